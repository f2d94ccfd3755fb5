"""Real headless Chromium: console errors and CSP violations fail a test, and axe judges pages.

Chromium is Debian's; without it these tests are skipped, except in CI, where that is a failure.
``GSH_CHROMIUM`` names another executable; ``GSH_SCREENSHOTS`` names a folder for screenshots.
"""

import os
import re
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FrameLocator, Page, expect, sync_playwright

from benchmarks import course
from smartapp.sandbox import running

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",  # a container gives it too little to live on
]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RULES = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": WCAG}}
SIZES = {"wide": (1280, 900, "light"), "narrow": (360, 740, "light"), "dark": (1280, 900, "dark")}
TIMEOUT = 60_000
"""Milliseconds a page may take to show what a test waits for, on however busy a machine."""
expect.set_options(timeout=TIMEOUT)


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
def contexts():
    """The browser contexts of this test, to be closed before the servers they talk to stop."""
    contexts = []
    yield contexts
    _close(contexts)


def _close(contexts):
    while contexts:
        contexts.pop().close()


@pytest.fixture
def new_context(browser, watch, contexts):
    """Make a watched browser context, which shares no cookie with any other.

    Options are Playwright's: ``viewport``, ``color_scheme``, ``java_script_enabled``, ...
    """

    def make(**options):
        options.setdefault("locale", "en-AU")
        # A colour on its way to another is no colour of ours; axe would judge it.
        options.setdefault("reduced_motion", "reduce")
        context = watch.over(browser.new_context(**options))
        context.set_default_timeout(TIMEOUT)
        contexts.append(context)
        return context

    return make


@pytest.fixture
def page(new_context):
    """A page 1280 pixels wide, in a context of its own."""
    return new_context(viewport={"width": 1280, "height": 900}).new_page()


@pytest.fixture(scope="session")
def judge():
    """Judge a page or one of its frames by WCAG 2.2 AA: no violation is accepted."""
    axe = Axe()

    def judge(page):
        page.wait_for_load_state()
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


@pytest.fixture
def looked_at(judge, shoot):
    """Judge a page wide, narrow and dark, save it, and fail where it is wider than its window."""

    def looked_at(page, name):
        for size, (width, height, scheme) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            page.emulate_media(color_scheme=scheme)
            judge(page)
            shoot(page, f"{name}-{size}")
            widths = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
            assert widths[0] <= widths[1], (name, size)

    return looked_at


@pytest.fixture(scope="session")
def begun_before(tmp_path_factory):
    """The data of a clinic that nobody has worked in: its keys and patients are made once."""
    folder = tmp_path_factory.mktemp("clinic") / "data"
    running.start(folder).stop()
    return folder


@pytest.fixture
def clinic(tmp_path, begun_before, contexts):
    """The sandbox EHR and the app, each a site of its own to the browser, over fresh data."""
    with running.start(shutil.copytree(begun_before, tmp_path / "data")) as clinic:
        yield clinic
        _close(contexts)


def _due():
    return (datetime.now(UTC).date() + timedelta(days=60)).isoformat()


@dataclass
class Work:
    """One clinician at work on one patient: the EHR's page, and the program in it or as a page."""

    page: Page
    program: Page | FrameLocator
    app_url: str

    def frame(self):
        """Return the frame the program is in; axe and scripts run there."""
        return next(frame for frame in self.page.frames if frame.url.startswith(self.app_url))

    def press(self, name, role="button"):
        """Press the button (or follow the link) of that name, in the window in front."""
        self.page.bring_to_front()
        self.program.get_by_role(role, name=name).first.click()

    def follow(self, name):
        """Follow the link whose name begins with this text."""
        self.press(re.compile(f"^{re.escape(name)}"), "link")

    def type(self, label, text):
        """Type into the field of that label."""
        self.program.get_by_label(label, exact=False).first.fill(text)

    def choose(self, group, option):
        """Choose one option of a group of radio buttons; ``option`` is how its name begins."""
        within = self.program.get_by_role("radiogroup", name=group)
        within.get_by_role("radio", name=re.compile(rf"^{re.escape(option)}\b")).check()

    def see(self, text):
        """Wait until the program shows this text."""
        expect(self.program.get_by_text(text).first).to_be_visible()

    def enroll(self):
        self.follow("Enroll this patient")
        self.type(re.compile("Find (the|another) supervisor"), "Thornfield")
        self.press("Find supervisor")
        self.choose("Supervisor", "Adaeze Thornfield")
        self.program.get_by_label("I have asked about every one of these").check()
        self.program.get_by_label("The patient consents to take part").check()
        self.press("Enroll the patient")
        self.see("The patient is enrolled")

    def add_goal(self, text):
        self.follow("Add a goal")
        self.type("Goal, in the patient's own words", text)
        self.type("To be reached by", _due())
        self.choose("How important is it to the patient?", "8")
        self.choose("How confident is the patient to reach it?", "5")
        self.press("Save the goal")
        self.see(text)

    def assess(self, peg, pseq=None):
        """Answer PEG and PSEQ; a questionnaire that is not answered is left out."""
        self.start("peg", "pseq")
        for title, value in (("PEG", peg), ("Pain Self-Efficacy", pseq)):
            expect(self.program.get_by_role("heading", level=1)).to_contain_text(title)
            if value is not None:
                self.answer(value)
            self.press("Next")
        self.press("Submit")
        self.see("The assessment is in the record.")
        self.follow("Program page")

    def start(self, *slugs):
        """Start an assessment with these instruments."""
        self.follow("Start an assessment")
        boxes = self.program.locator("input[name^='ask.']")
        expect(boxes.first).to_be_visible()
        for box in boxes.all():
            box.set_checked(box.get_attribute("name").removeprefix("ask.") in slugs)
        self.press("Start the assessment")

    def answer(self, value):
        """Answer every question of the page with the same number."""
        cells = self.program.locator(f"input[type=radio][name^='q/'][value='{value}']")
        for number in range(cells.count()):
            cells.nth(number).check()

    def complete(self):
        self.follow("Complete")
        self.program.get_by_role("radio").first.check()
        self.press("Complete the enrollment")
        self.see("The enrollment is completed")


@pytest.fixture
def chart(clinic):
    """Sign in to the EHR in a context and open the chart of its nth patient."""

    def chart(context, number=0, clinician=0):
        page = context.new_page()
        page.goto(clinic.ehr_url)
        if "/sign-in" in page.url:
            page.locator("button[name=clinician]").nth(clinician).click()
        page.locator("tbody th a").nth(number).click()
        return page

    return chart


@pytest.fixture
def embedded(clinic, chart):
    """Launch the program inside a patient's chart: a frame of another site."""

    def embedded(context, number=0):
        page = chart(context, number)
        page.get_by_role("link", name="Guided self-help").click()
        program = page.frame_locator("iframe")
        expect(program.get_by_role("heading", level=1)).to_have_text("Guided self-help program")
        return Work(page, program, clinic.app_url)

    return embedded


@pytest.fixture
def in_tab(clinic, chart):
    """Launch the program from a patient's chart in a tab of its own."""

    def in_tab(context, number=0):
        page = chart(context, number)
        with context.expect_page() as opened:
            page.get_by_role("button", name="open in a new tab").click()
        program = opened.value
        expect(program.get_by_role("heading", level=1)).to_have_text("Guided self-help program")
        return Work(program, program, clinic.app_url)

    return in_tab


@pytest.fixture
def past(clinic):
    """Give a generated patient a past: enrolled, with every instrument answered over months."""

    def past(many=None, patient="p01"):
        return course.record(clinic, patient, course.COURSE[:many])

    return past
