"""Our forms and LHC-Forms in one browser, on one PHQ-9: ``python -m benchmarks peer``.

Both are measured in turn on the same tablet, and every bundled form of ours besides. Exit status 1
when a target is missed: those the program has set for its forms, and that it stays ahead of the
peer by far. ``--keep`` writes the tables into RESULTS.md; ``--runs`` is how often each is visited,
``--others`` how often at least the forms that the peer is not measured on; with ``--slack 0`` times
are told and no reason to fail.
"""

import argparse
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks import peer_browser
from benchmarks.peer_browser import Cookies, Visit, chromium, middle, visit
from benchmarks.peer_ours import Ours, ours
from benchmarks.peer_server import work
from benchmarks.peer_serving import STRICT, install, served
from benchmarks.peer_table import PARTS, SLACK, SLUG, TITLE, Measured, Side, misses, over, section

RESULTS = Path(__file__).with_name("RESULTS.md")


def main(arguments: list[str]) -> int:
    """Measure, print the tables, and say by the exit status whether a target is missed."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks peer")
    asked.add_argument("--runs", type=int, default=5)
    asked.add_argument("--others", type=int, default=5)
    asked.add_argument("--slack", type=int, default=SLACK)
    asked.add_argument("--keep", action="store_true")
    options = asked.parse_args(arguments)
    install()
    found = measured(options.runs, options.others)
    text = section(found, options.runs)
    print(text)
    if options.keep:
        keep(text)
    return 1 if list(misses(found, options.slack)) else 0


def measured(runs: int, others: int) -> Measured:
    """Measure both sides in turn, so that a busy moment of the machine hits both."""
    server = work()
    with ours() as app, served() as peer, chromium() as browser:
        cookies = app.cookies()
        own, theirs = [], []
        for _ in range(runs):
            theirs.append(visit(browser, f"{peer}/", []))
            own.append(visit(browser, app.start(SLUG), cookies))
        rest = [slug for slug in app.slugs() if slug != SLUG]
        forms = {slug: _visits(browser, app, slug, others, runs) for slug in rest}
        pages = [f"{peer}{STRICT}", f"{peer}/", f"{peer}/"]
        first = _side(browser, middle(theirs), pages, [])
        second = _side(browser, middle(own), [app.start(SLUG) for _ in range(3)], cookies)
    return Measured(first, second, {SLUG: own, **forms}, server)


def _visits(browser: Browser, app: Ours, slug: str, least: int, most: int) -> list[Visit]:
    """Visit a form ``least`` times, and once more as long as a target is missed."""
    visits: list[Visit] = []
    while len(visits) < least or (len(visits) < most and _is_slow(slug, visits)):
        visits.append(visit(browser, app.start(slug), app.cookies()))
    return visits


def _is_slow(slug: str, visits: list[Visit]) -> bool:
    return any(list(over(slug, visits, part)) for part in PARTS)


def keep(text: str, file: Path = RESULTS) -> None:
    """Write the section into the file, in the place of the one that is there."""
    before, _, rest = file.read_text("utf-8").partition(f"\n{TITLE}\n")
    _, heading, after = rest.partition("\n## ")
    file.write_text(f"{before.rstrip()}\n\n{text}{heading}{after}", "utf-8")


def _side(browser: Browser, visit: Visit, pages: list[str], cookies: Cookies) -> Side:
    """``pages``: one under a strict policy, one to be lost, one for a browser without scripts."""
    refused, axe = peer_browser.violations(browser, pages[0], cookies)
    kept = peer_browser.kept(browser, pages[1], cookies)
    return Side(
        visit, refused, axe, kept, peer_browser.works_without_scripts(browser, pages[2], cookies)
    )
