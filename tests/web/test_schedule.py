"""The schedule on the program page: what is planned, in words, and the next with one click."""

import re
from types import SimpleNamespace

import pytest


@pytest.fixture
def enrolled(coach):
    coach.enroll()
    return coach


@pytest.fixture
def rows():
    """The card's rows as plain text."""

    def read(coach):
        found = re.search(r'<ol class="schedule">(.*?)</ol>', coach.see(), re.DOTALL)
        plain = [re.sub(r"<[^>]+>", " ", row) for row in found[1].split("</li>")]
        return [" ".join(row.split()) for row in plain if row.strip()]

    return read


def starts(coach):
    """The forms of the card's buttons, in order."""
    found = re.findall(r"<form .*?</form>", coach.see(), re.DOTALL)
    return [coach.form(SimpleNamespace(text=f)) for f in found if 'name="occasion"' in f]


def test_without_an_enrollment_says_what_can_be_done(coach):
    page = coach.see()
    assert "planned once the patient is enrolled" in page
    assert 'class="schedule"' not in page


def test_every_planned_assessment_has_its_state_in_words(enrolled, rows):
    assert rows(enrolled) == [
        "Baseline Due today PEG, PSEQ, PHQ-9, GAD-7, HRQOL-4, SEMCD-6"
        " Start : Baseline From paper : Baseline",
        "Session 2 Upcoming PEG, PSEQ-2, PHQ-4",
        "Session 4 Upcoming PEG, PSEQ-2, PHQ-4",
        "Session 6 Upcoming PEG, PSEQ-2, PHQ-4",
        "Session 8 Upcoming PEG, PSEQ-2, PHQ-4",
        "End of the program Upcoming with the last session"
        " PEG, PSEQ, PHQ-9, GAD-7, HRQOL-4, SEMCD-6, PGIC",
        "Follow-up Upcoming 3 months after the end PEG, PSEQ, PHQ-9, GAD-7, HRQOL-4, SEMCD-6, PGIC",
    ]


def test_what_was_made_says_when_and_without_what(enrolled, rows):
    enrolled.assess(peg=6, pseq=3)
    done = "Baseline Done on 23 November 2026 without PHQ-9, GAD-7, HRQOL-4, SEMCD-6"
    assert rows(enrolled)[0].startswith(done)


def test_a_late_baseline_is_overdue_since_its_day(enrolled, clinic, new_coach, rows):
    clinic.clock.forward(days=8)
    later = new_coach(enrolled.patient)
    assert rows(later)[0].startswith("Baseline Overdue since 23 November 2026")


def test_a_session_that_was_passed_over_is_overdue_and_then_missed(enrolled, rows):
    enrolled.assess(peg=6, occasion="session", session_number="3")
    assert rows(enrolled)[1].startswith("Session 2 Overdue PEG")
    assert rows(enrolled)[2].startswith("Session 4 Due at the next session")
    enrolled.assess(peg=6, occasion="session", session_number="4")
    assert rows(enrolled)[1] == "Session 2 Missed PEG, PSEQ-2, PHQ-4"


def test_the_next_starts_with_one_click_and_what_is_planned(enrolled):
    page = enrolled.follow(enrolled.send(starts(enrolled)[0])).text
    assert "Questionnaire <b>1</b> of 6" in page
    assert "Baseline" in page


def test_after_the_baseline_the_next_session_starts_with_one_click(enrolled, rows):
    enrolled.assess(peg=6)
    assert rows(enrolled)[1].endswith("Start : Session 2 From paper : Session 2")
    page = enrolled.follow(enrolled.send(starts(enrolled)[0])).text
    assert "Session 2" in page
    assert "Questionnaire <b>1</b> of 3" in page


def test_from_paper_asks_for_the_day_alone_and_then_begins_what_is_planned(enrolled):
    asked = enrolled.send(starts(enrolled)[0], manner="paper")
    assert asked.status_code == 200
    assert enrolled.form(asked).values["manner"] == "paper"
    begun = enrolled.send(enrolled.form(asked), filled_on="2026-11-12")
    page = enrolled.follow(begun).text
    assert "From paper, filled in on 12 November 2026" in page
    assert "Questionnaire <b>1</b> of 6" in page


def test_only_one_is_the_next(enrolled):
    enrolled.assess(peg=6, occasion="session", session_number="3")
    page = enrolled.see()
    assert page.count('<li class="next">') == 1
    assert re.search(r'<li class="next">\s*<div>\s*<p><strong>Session 4', page)


def test_what_is_begun_is_gone_on_with(enrolled, rows):
    begun = enrolled.send(starts(enrolled)[0])
    assert rows(enrolled)[0].endswith("Continue : Baseline")
    key = begun.location.split("/")[-2]
    assert f"assessments/{key}/resume" in enrolled.see()


def test_what_was_submitted_and_waits_is_neither_due_nor_gone_on_with(enrolled, ehr, rows):
    review = enrolled.fill_in(peg=7)
    ehr.failing, ehr.failing_with = 2, 400
    enrolled.submit(review)
    assert rows(enrolled)[0].startswith("Baseline Submitted, not yet in the record PEG,")
    assert rows(enrolled)[0].endswith("See : Baseline")


def test_a_click_that_is_sent_twice_starts_one(enrolled):
    (form,) = starts(enrolled)
    key = enrolled.send(form).location.split("/")[-2]
    assert enrolled.send(form).location.endswith(f"assessments/{key}/resume")


def test_two_pages_that_start_the_same_start_one(enrolled):
    """Each page's form has an identity of its own, so that the occasion has to tell."""
    (first,), (second,) = starts(enrolled), starts(enrolled)
    key = enrolled.send(first).location.split("/")[-2]
    assert enrolled.send(second).location.endswith(f"assessments/{key}/resume")


def test_a_draft_of_another_enrollment_is_not_gone_on_with(enrolled):
    (first,), (second,) = starts(enrolled), starts(enrolled)
    enrolled.send(first)
    assert enrolled.send(second, planned="CarePlan/other").location.endswith("/1")


@pytest.mark.parametrize(("way", "reason"), [("complete", "finished"), ("withdraw", "own-choice")])
def test_after_the_end_what_is_still_planned_stays(enrolled, ehr, patient, rows, way, reason):
    plan = ehr.kept("CarePlan", patient)[0]["id"]
    enrolled.fill(f"enrollment/{plan}/{way}", reason=reason)
    baseline, end, later = rows(enrolled)
    assert baseline.startswith("Baseline Missed")
    assert end.startswith("End of the program Due today")
    assert later.startswith("Follow-up Upcoming on 23 February 2027")


def test_what_was_made_in_an_earlier_enrollment_does_not_count(enrolled, ehr, patient, rows):
    enrolled.assess(peg=6)
    plan = ehr.kept("CarePlan", patient)[0]["id"]
    enrolled.fill(f"enrollment/{plan}/withdraw", reason="own-choice")
    enrolled.enroll()
    assert rows(enrolled)[0].startswith("Baseline Due today")
