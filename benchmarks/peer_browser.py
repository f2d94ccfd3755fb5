"""One visit to a form in headless Chromium: a tablet on slow 4G with a quarter of its speed.

The network is Lighthouse's slow 4G (150 ms, 1.6 Mbit/s down, 0.75 up), the processor four times
slower. Every visit has an empty cache, unless it says otherwise.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, CDPSession, Error, Page, sync_playwright

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
TABLET = {"width": 810, "height": 1080}
SLOW_4G = {"latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
FAST = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
SLOWER = 4
QUESTIONS = 9
PATIENCE = 60_000
"""Milliseconds anything may take."""
BROKEN = 8_000
"""Milliseconds after which a page that is not ready is taken for broken."""
SHORTEST = 16
"""Milliseconds; browsers do not tell of events that are faster."""
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_WATCH = Path(__file__).with_name("peer_watch.js")
_PAINTED = "new Promise(done => requestAnimationFrame(() => setTimeout(done, 60)))"
Cookies = list[dict[str, Any]]


@dataclass(frozen=True)
class Visit:
    """What one visit cost: milliseconds, and bytes of what came over the wire, as it came.

    Headers are not counted: over HTTP/2 they are a few bytes, and a proxy's rather than ours.
    """

    ready: float
    blocking: float
    click: float
    wire: float
    again: float
    """Bytes of a second visit, with what the first left in the cache."""
    whole: float
    """Bytes of the first visit by the time its questions are answered."""


def middle(visits: list[Visit]) -> Visit:
    """The median of each figure."""
    return Visit(*(median(getattr(v, name) for v in visits) for name in Visit.__annotations__))


def best(visits: list[Visit]) -> Visit:
    """The least of each figure: what else a machine does makes a page slower, never faster."""
    return Visit(*(min(getattr(v, name) for v in visits) for name in Visit.__annotations__))


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run headless Chromium: Debian's, or the one ``GSH_CHROMIUM`` names."""
    executable = os.environ.get("GSH_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def tablet(browser: Browser, cookies: Cookies, **options: Any) -> Iterator[Page]:
    """Open a browser with nothing but these cookies, at a blank page."""
    context = browser.new_context(viewport=TABLET, has_touch=True, **options)  # type: ignore[arg-type]  # a viewport is a dict
    context.set_default_timeout(PATIENCE)
    context.add_init_script(path=_WATCH)
    context.add_cookies(cookies)  # type: ignore[arg-type]  # cookies are dicts
    try:
        yield context.new_page()
    finally:
        context.close()


def visit(browser: Browser, address: str, cookies: Cookies) -> Visit:
    """Open a form, answer its first questions, and open it again.

    No service worker is between: what it fetched before would not be counted.
    """
    with tablet(browser, cookies, service_workers="block") as page:
        wire = _Wire(page)
        wire.devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        wire.be(SLOW_4G)
        _open(page, address)
        page.wait_for_timeout(300)
        seen = page.evaluate("seen")
        first = wire.taken()
        wire.be(FAST)
        answer(page, QUESTIONS)
        page.wait_for_timeout(150)
        click = max(page.evaluate("seen.click"), SHORTEST)
        wire.devtools.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        whole = first + wire.taken()
        _open(page, address)
        return Visit(seen["ready"], seen["blocking"], click, first, wire.taken(), whole)


class _Wire:
    """Counts what comes over the wire, and says how fast it is."""

    def __init__(self, page: Page) -> None:
        self.devtools: CDPSession = page.context.new_cdp_session(page)
        self.devtools.send("Network.enable")
        # A service worker's requests are not the page's; it only helps when there is no connection.
        self.devtools.send("Network.setBypassServiceWorker", {"bypass": True})
        self.devtools.on("Network.responseReceived", self._begin)
        self.devtools.on("Network.loadingFinished", self._count)
        self._heads: dict[str, float] = {}
        self._bytes = 0.0

    def _begin(self, told: dict[str, Any]) -> None:
        self._heads[told["requestId"]] = told["response"]["encodedDataLength"]

    def _count(self, told: dict[str, Any]) -> None:
        head = self._heads.pop(told["requestId"], 0)
        self._bytes += max(told["encodedDataLength"] - head, 0)

    def be(self, speed: Mapping[str, float]) -> None:
        """Be this fast from now on."""
        self.devtools.send("Network.emulateNetworkConditions", {"offline": False, **speed})

    def taken(self) -> float:
        """Bytes since this was asked last."""
        taken, self._bytes = self._bytes, 0.0
        return taken


def _open(page: Page, address: str) -> None:
    page.goto(address, wait_until="load")
    page.wait_for_function("seen.ready > 0")


def answer(page: Page, most: int) -> None:
    """Press the first answer of the first questions with a real pointer."""
    for number in range(most):
        place = page.evaluate("number => seen.target(number)", number)
        if place is None:
            return
        page.mouse.click(*place)
        page.evaluate(_PAINTED)


def violations(browser: Browser, address: str, cookies: Cookies) -> tuple[int, int]:
    """Count what the page's security policy had to stop, and what axe finds by WCAG 2.2 AA."""
    with tablet(browser, cookies, reduced_motion="reduce") as page:
        page.goto(address, wait_until="load")
        with suppress(Error):  # a page that its policy breaks is never ready
            page.wait_for_function("seen.ready > 0", timeout=BROKEN)
        options = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": WCAG}}
        found = Axe().run(page, options=options)
        return page.evaluate("seen.violations"), found.violations_count


def kept(browser: Browser, address: str, cookies: Cookies) -> int:
    """Answer nine questions offline, reload, connect again: how many are still answered."""
    with tablet(browser, cookies) as page:
        _open(page, address)
        page.wait_for_timeout(1500)
        page.context.set_offline(True)
        answer(page, QUESTIONS)
        page.wait_for_timeout(300)
        with suppress(Error):
            page.reload()
        page.context.set_offline(False)
        if page.url != address:
            page.goto(address)
        return _found_again(page)


def _found_again(page: Page) -> int:
    for _ in range(40):
        page.wait_for_timeout(250)
        with suppress(Error):
            if page.evaluate("seen.ready > 0 ? seen.checked() : 0") >= QUESTIONS:
                return QUESTIONS
    return int(page.evaluate("seen.checked()"))


def works_without_scripts(browser: Browser, address: str, cookies: Cookies) -> bool:
    """Tell whether nine questions can be answered and sent by a browser that runs no script."""
    with tablet(browser, cookies, java_script_enabled=False) as page:
        page.goto(address)
        first = page.locator("input[type=radio][value='0']")
        if first.count() < QUESTIONS:
            return False
        for number in range(first.count()):
            first.nth(number).check()
        with page.expect_navigation():
            page.get_by_role("button", name="Next").click()
        return page.url != address and "Review" in page.title()
