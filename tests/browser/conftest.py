"""Real headless Chromium: console errors and CSP violations fail a test, and axe judges pages.

Chromium is Debian's; without it these tests are skipped, except in CI, where that is a failure.
``GSH_CHROMIUM`` names another executable; ``GSH_SCREENSHOTS`` names a folder for screenshots.
"""

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RULES = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": WCAG}}
TIMEOUT = 10_000
"""Milliseconds a page may take to show what a test waits for."""


@dataclass
class Watch:
    """What a browser context complained about; a refused page's own status is no complaint."""

    complaints: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)

    def over(self, context):
        """Listen to every page and frame of a context, and return it."""
        context.on("response", self._response)
        context.on("console", self._console)
        context.on("weberror", lambda event: self.complaints.append(f"script: {event.error}"))
        return context

    def _response(self, response):
        if response.status >= 400 and response.request.is_navigation_request():
            self.refused.add(response.url)

    def _console(self, message):
        is_status = message.text.startswith("Failed to load resource")
        if message.type == "error":
            source = message.location["url"]
            self.complaints.append(f"{source if is_status else ''} {message.text}")

    def found(self):
        """Return the complaints, without those about a page that was refused on purpose."""
        return [c for c in self.complaints if c.split(" ", 1)[0] not in self.refused]


def _executable():
    found = os.environ.get("GSH_CHROMIUM") or shutil.which("chromium")
    if found:
        return found
    if os.environ.get("CI"):
        pytest.fail("CI needs Chromium (Debian's package chromium)")
    pytest.skip("needs Chromium (Debian's package chromium)")


@pytest.fixture(scope="session")
def browser():
    """One headless Chromium for the whole run."""
    executable = _executable()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def watch():
    """The complaints of this test's pages; any left at the end fails the test."""
    watch = Watch()
    yield watch
    assert not watch.found(), "the browser complained:\n" + "\n".join(watch.found())


@pytest.fixture
def new_context(browser, watch):
    """Make a watched browser context, which shares no cookie with any other.

    Options are Playwright's: ``viewport``, ``color_scheme``, ``java_script_enabled``, ...
    """
    contexts = []

    def make(**options):
        options.setdefault("locale", "en-AU")
        context = watch.over(browser.new_context(**options))
        context.set_default_timeout(TIMEOUT)
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_context):
    """A page 1280 pixels wide, in a context of its own."""
    return new_context(viewport={"width": 1280, "height": 900}).new_page()


@pytest.fixture(scope="session")
def judge():
    """Judge a page or one of its frames by WCAG 2.2 AA: no violation is accepted."""
    axe = Axe()

    def judge(page):
        results = axe.run(page, options=RULES)
        assert results.violations_count == 0, f"{page.url}\n{results.generate_report()}"

    return judge


@pytest.fixture(scope="session")
def shoot():
    """Save a screenshot of the whole page as ``<name>.png``, when a folder for them is named."""

    def shoot(page, name):
        folder = os.environ.get("GSH_SCREENSHOTS")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return shoot
