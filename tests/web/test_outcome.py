"""Change: first against last, in points and in words, with the source of every threshold."""

import pytest

from smartapp.web.outcome import Course


@pytest.fixture
def assessed(coach, clinic):
    """Record PEG scores one day after another."""

    def record(*answers):
        for number in answers:
            coach.assess(peg=number, occasion="follow-up")
            clinic.clock.forward(minutes=25)
        return coach

    return record


def test_before_any_score_offers_the_first_assessment(coach):
    page = coach.see("outcomes")
    assert "No scores yet" in page
    assert "Start an assessment" in page


def test_one_score_is_no_change_yet(assessed):
    assert "change shows after the next assessment" in assessed(6).see("outcomes")


def test_without_two_scores_there_is_no_change_to_speak_of(content):
    course = Course(content.instruments["peg"].scales[0], ())
    assert (course.change, course.summary, course.verdicts) == ("", "", ())


@pytest.mark.parametrize(
    ("first", "last", "verdict", "change"),
    [
        (7, 3, "Meaningfully better", "-4.0"),
        (3, 7, "Meaningfully worse", "+4.0"),
        (5, 5, "No meaningful change", "0.0"),
    ],
)
def test_first_against_last_has_a_verdict(assessed, first, last, verdict, change):
    page = assessed(first, 1, last).see("outcomes")
    assert verdict in page
    assert f"<dt>Change</dt><dd>{change}</dd>" in page


def test_every_threshold_is_shown_with_its_source(assessed, content):
    page = assessed(7, 3).see("outcomes")
    for threshold in content.instruments["peg"].scales[0].thresholds:
        assert threshold.source in page
    assert "at least 30%" in page


def test_a_scale_with_bands_names_the_last_ones(coach, content):
    coach.assess(pseq=5)
    scale = content.instruments["pseq"].scales[0]
    page = coach.see("outcomes")
    assert scale.bands_source in page


def test_the_picture_has_a_text_beside_it(assessed):
    page = assessed(7, 3).see()
    assert "<svg" in page
    assert "Show the numbers" in page


def test_the_page_needs_no_further_read_for_the_trend(assessed, ehr):
    coach = assessed(7, 5, 3)
    ehr.log = []
    coach.see("outcomes")
    assert len(ehr.log) == 7


def test_scores_of_an_earlier_enrollment_do_not_count(coach, ehr, patient, clinic):
    coach.enroll()
    coach.assess(peg=9)
    plan = ehr.kept("CarePlan", patient)[0]["id"]
    coach.fill(f"enrollment/{plan}/withdraw", reason="own-choice")
    clinic.clock.forward(minutes=20)
    coach.enroll()
    coach.assess(peg=4, occasion="baseline")
    assert "change shows after the next assessment" in coach.see("outcomes")


def test_scores_others_recorded_are_shown_apart(coach, ehr, patient):
    coding = {"system": "http://loinc.org", "code": "91147-9"}
    about = {"status": "final", "code": {"coding": [coding]}, "valueQuantity": {"value": 7}}
    subject = {"reference": f"Patient/{patient}"}
    ehr.create("Observation", subject=subject, effectiveDateTime="2026-10-01T09:00:00Z", **about)
    page = coach.see("outcomes")
    assert "Recorded outside the program" in page
    assert "No scores yet" in page
