"""What Chromium leaves on the disk of a device: nothing of a patient that anybody can read."""

import os
import shutil

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
ANY_KEPT = "Object.keys(localStorage).some(name => name.startsWith('draft/'))"


@pytest.fixture
def lasting(browser, contexts, tmp_path):
    """A browser whose profile stays in ``tmp_path / "profile"``."""
    executable = os.environ.get("GSH_CHROMIUM") or shutil.which("chromium")
    context = browser.browser_type.launch_persistent_context(
        str(tmp_path / "profile"), executable_path=executable, args=QUIET
    )
    contexts.append(context)
    return context


@pytest.fixture
def program(lasting, clinic):
    """The program page of a patient, without the EHR's own pages about them before it."""
    page = lasting.new_page()
    page.goto(clinic.ehr_url)
    page.locator("button[name=clinician]").first.click()
    page.goto(clinic.launch_url())
    expect(page.get_by_role("heading", level=1)).to_have_text("Guided self-help program")
    return page


def files(folder):
    """Every file of a profile by its name, as it is."""
    every = (file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): file.read_bytes() for file in every}


def holding(folder, word):
    """The files in which a word stands, in either of the browser's ways to write one."""
    ways = (word.encode(), word.encode("utf-16-le"))
    return [name for name, body in files(folder).items() if any(way in body for way in ways)]


def test_pages_answers_and_what_waits_for_the_connection(lasting, program, tmp_path):
    patient = program.locator(".banner-name").inner_text().split()[-1]
    number = program.locator(".banner-facts dd").last.inner_text()
    program.get_by_role("link", name="Start").first.click()
    program.get_by_role("button", name="Start").first.click()
    program.locator("[name='q/pain'][value='7']").check()
    question = "enjoyment of life"
    assert question in program.content()
    lasting.set_offline(True)
    program.locator("[name='q/enjoyment'][value='4']").check()
    program.wait_for_function(ANY_KEPT)
    profile = tmp_path / "profile"
    lasting.close()
    assert holding(profile, "draft/"), "we did look at the right files"
    told = {word: holding(profile, word) for word in (patient, number, question, "q/enjoyment")}
    assert not any(told.values()), told
    cached = [name for name in holding(profile, "/assessments/") if "Cache_Data" in name]
    assert not cached, "a page may lie there compressed"
