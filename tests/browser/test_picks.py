"""Where new entries go, in real Chromium: readable and accessible, by keyboard, without scripts."""

import pytest

pytestmark = pytest.mark.browser

CHOOSE = "Choose where new entries go"


def checked(page):
    return page.locator("input[name=goals]:checked").get_attribute("value")


def test_a_choice_made_by_keyboard_counts_and_can_be_undone(new_context, in_tab, looked_at):
    work = in_tab(new_context())
    work.follow(CHOOSE)
    looked_at(work.page, "picks-first")
    work.page.locator("#field-goals").focus()
    work.page.keyboard.press("ArrowDown")
    assert checked(work.page) == "store"
    work.page.keyboard.press("Enter")
    work.see("You chose for new entries: Goals: the program's own store.")
    work.add_goal("Walk to the shop")
    work.follow(CHOOSE)
    work.page.locator("input[name=goals][value=ehr]").check()
    work.press("Keep these choices")
    work.follow(CHOOSE)
    looked_at(work.page, "picks-movable")
    work.press("Move it into the EHR")
    work.see("1 entry is in the EHR now.")


def test_it_works_without_scripts(new_context, in_tab):
    work = in_tab(new_context(java_script_enabled=False))
    work.follow(CHOOSE)
    work.page.locator("input[name=goals][value=both]").check()
    work.press("Keep these choices")
    work.see("You chose for new entries: Goals: both places.")
