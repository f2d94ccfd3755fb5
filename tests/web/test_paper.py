"""From paper: the day on the form counts, and everybody is told that it was typed in."""

import json
import re
from html import unescape

import pytest

from smartapp.fhir import names
from smartapp.fhir.manner import Manner, on, read, stamp
from smartapp.web.hands import words

PAPER = {"manner": "paper", "filled_on": "2026-11-12"}
TYPED = "From paper, filled in on 12 November 2026, typed in by Dana Coach."


@pytest.fixture
def entered(coach):
    """The page of an assessment that was typed in from paper."""
    answered = coach.submit(coach.answer(coach.start("peg", **PAPER), 6))
    return coach.follow(answered)


def mode(response):
    (found,) = [e for e in response["extension"] if e["url"] == names.COMPLETION_MODE]
    (coded,) = found["valueCodeableConcept"]["coding"]
    return coded["system"], coded["code"]


class TestInTheRecord:
    def test_the_day_on_the_form_is_that_of_answers_and_scores(self, entered, ehr, patient):
        (response,), (score,) = (
            ehr.kept(kind, patient) for kind in ("QuestionnaireResponse", "Observation")
        )
        assert response["authored"] == score["effectiveDateTime"] == "2026-11-12"

    def test_it_is_marked_as_written_by_the_extension_of_r4(self, entered, ehr, patient):
        """ValueSet questionnaireresponse-mode, a required binding of the extension."""
        (response,) = ehr.kept("QuestionnaireResponse", patient)
        system = "http://terminology.hl7.org/CodeSystem/v3-ParticipationMode"
        assert mode(response) == (system, "WRITTEN")

    def test_the_author_typed_it_in_and_the_source_is_the_patient(self, entered, ehr, coach, staff):
        (response,) = ehr.kept("QuestionnaireResponse", coach.patient)
        assert response["author"]["reference"] == f"Practitioner/{staff['Dana']}"
        assert response["source"]["reference"] == response["subject"]["reference"]

    def test_what_a_clinician_asked_carries_no_mark(self, coach, ehr, patient):
        coach.assess(peg=6)
        (response,) = ehr.kept("QuestionnaireResponse", patient)
        assert all(e["url"] != names.COMPLETION_MODE for e in response["extension"])


class TestShown:
    def test_the_day_is_written_out_while_it_is_typed_in(self, coach):
        page = coach.follow(coach.start("peg", **PAPER)).text
        assert "From paper, filled in on 12 November 2026." in page

    def test_the_day_is_written_out_among_the_versions(self, coach, entered, ehr):
        (response,) = ehr.kept("QuestionnaireResponse", coach.patient)
        page = coach.see(f"responses/{response['id']}/versions")
        assert "12 November 2026" in page
        assert "2026-11-12" not in page

    def test_on_its_own_page(self, entered):
        assert TYPED in entered.text
        assert "12 November 2026" in entered.text

    def test_on_the_program_page_and_among_the_outcomes(self, coach, entered):
        assert "Baseline, from paper" in coach.see()
        assert "Baseline, from paper" in coach.see("outcomes")

    def test_before_what_was_answered_later(self, coach, entered):
        coach.assess(peg=2)
        page = coach.see("outcomes")
        assert "-4.0" in page


class TestRefused:
    @pytest.mark.parametrize(
        ("day", "sentence"),
        [
            ("", "Give the day"),
            ("soon", "Give the day"),
            ("2026-11", "Give the day"),
            ("2026-02-30", "Give the day"),
            ("2026-11-24", "still to come"),
            ("1961-04-11", "not born by then"),
        ],
    )
    def test_a_day_that_cannot_be(self, coach, day, sentence):
        refused = coach.start("peg", manner="paper", filled_on=day)
        assert refused.status_code == 422
        assert sentence in refused.text

    @pytest.mark.parametrize("day", ["2026-11-23", "1961-04-12"])
    def test_not_today_nor_the_day_of_birth(self, coach, day):
        assert coach.start("peg", manner="paper", filled_on=day).status_code == 303

    def test_a_day_is_not_asked_for_without_paper(self, coach):
        assert coach.start("peg", manner="clinician", filled_on="nonsense").status_code == 303


class TestWords:
    def said(self, manner, **more):
        made = {"source": {"reference": "Patient/1"}, "author": {"display": "Dana"}, **more}
        stamp(made, manner)
        return made

    @pytest.mark.parametrize(
        ("manner", "said"),
        [
            (Manner(), "Recorded by Dana."),
            (Manner(alone=True), "Answered by the patient alone, on a device."),
            (
                Manner(alone=True, edited=True),
                "Answered by the patient on a device; some answers were entered by Dana.",
            ),
            (
                Manner(alone=True, proxy="Her son"),
                "Answered by Her son, for the patient, alone, on a device.",
            ),
        ],
    )
    def test_say_who_answered(self, manner, said):
        assert words(self.said(manner)) == said

    def test_are_read_back_as_they_were_written(self):
        for manner in (Manner(alone=True, proxy="Her son"), Manner(alone=True, edited=True)):
            assert read(self.said(manner)) == manner


def test_a_partial_or_broken_moment_is_none():
    assert on("2026-11", None) is None
    assert on("2026-13-40", None) is None
    assert on(None, None) is None


class TestKeys:
    """The number that a paper form prints is the questionnaire's own, never a place in a row."""

    def numbers(self, coach, slug, **typed):
        page = coach.follow(coach.start(slug, **typed)).text
        found = re.search(r'data-paper="([^"]*)"', page)
        return found and json.loads(unescape(found[1]))

    def test_are_the_ordinals_of_worded_answers(self, coach):
        keys = self.numbers(coach, "phq-9", **PAPER)
        assert keys["q/symptoms/44250-9"] == {"0": "0", "1": "1", "2": "2", "3": "3"}

    def test_of_a_scale_that_begins_at_one_pick_what_is_printed(self, coach, content):
        keys = self.numbers(coach, "pgic", **PAPER)
        ordinals = [option.value for option in content.instruments["pgic"].items[0].options]
        assert keys["q/change"] == {str(n): str(i) for i, n in enumerate(ordinals)}

    def test_of_a_pain_scale_are_its_numbers(self, coach):
        assert self.numbers(coach, "peg", **PAPER)["q/pain"]["10"] == "10"

    def test_are_there_from_paper_only(self, coach):
        assert self.numbers(coach, "peg") is None
