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


def slug(response):
    return response["questionnaire"].partition("|")[0].rpartition("/")[2]


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


@pytest.fixture
def begun(coach):
    """The place of an assessment with PEG and PSEQ, the PEG answered."""
    page = coach.follow(coach.start("peg", "pseq"))
    coach.answer(page, 6)
    return "assessments/" + page.request.path.split("/")[4]


class TestOneQuestionnaire:
    """PEG is from paper of 12 November; PSEQ is asked on the 23rd."""

    @pytest.fixture
    def marked(self, coach, begun):
        coach.fill(f"{begun}/1/paper", filled_on="2026-11-12")
        return begun

    @pytest.fixture
    def kept(self, coach, marked, ehr, patient):
        """What the record has, by the name of the questionnaire: responses, and scores."""
        coach.answer(coach.get(f"{marked}/2"), 3)
        coach.submit(coach.get(f"{marked}/review"))
        responses = ehr.kept("QuestionnaireResponse", patient)
        named = {f"QuestionnaireResponse/{one['id']}": slug(one) for one in responses}
        scores = {
            named[s["derivedFrom"][0]["reference"]]: s for s in ehr.kept("Observation", patient)
        }
        return {slug(one): one for one in responses}, scores

    def test_each_answer_and_score_has_the_day_of_its_questionnaire(self, kept):
        responses, scores = kept
        assert responses["peg"]["authored"] == scores["peg"]["effectiveDateTime"] == "2026-11-12"
        assert responses["pseq"]["authored"] == scores["pseq"]["effectiveDateTime"]
        assert responses["pseq"]["authored"].startswith("2026-11-23T")

    def test_only_the_one_is_marked_as_written(self, kept):
        responses, _ = kept
        assert mode(responses["peg"])[1] == "WRITTEN"
        assert names.COMPLETION_MODE not in [e["url"] for e in responses["pseq"]["extension"]]

    def test_the_schedule_and_the_outcomes_say_both_days(self, coach, marked):
        """The trend has each score on the day of its questionnaire."""
        coach.enroll()
        coach.answer(coach.get(f"{marked}/2"), 3)
        coach.submit(coach.get(f"{marked}/review"))
        assert "on 23 November 2026 (PEG on 12 November 2026)" in coach.see()
        table = coach.see("outcomes")
        assert "Baseline, from paper</th><td>12 Nov 2026" in re.sub(r"\s*<td[^>]*>", "<td>", table)
        assert "Baseline</th><td>23 Nov 2026" in re.sub(r"\s*<td[^>]*>", "<td>", table)
        note = coach.see("note")
        assert "12 November 2026" in note

    def test_every_page_of_it_says_what_is_from_paper(self, coach, marked):
        assert TYPED in coach.see(f"{marked}/review")
        assert "From paper, filled in on 12 November 2026." in coach.see(f"{marked}/1")
        assert "From paper, filled in" not in coach.see(f"{marked}/2")

    def test_what_is_typed_in_stays(self, coach, marked):
        assert coach.open(f"{marked}/1").values["q/pain"] == "6"

    def test_it_can_be_taken_back(self, coach, marked, ehr, patient):
        assert coach.open(f"{marked}/1/paper").values["filled_on"] == "2026-11-12"
        page = coach.follow(coach.fill(f"{marked}/1/paper", go="back"))
        assert "not from paper" in page.text
        coach.submit(coach.get(f"{marked}/review"))
        (response,) = ehr.kept("QuestionnaireResponse", patient)
        assert response["authored"].startswith("2026-11-23T")

    @pytest.mark.parametrize("day", ["", "2026-11-24", "1961-04-11"])
    def test_a_day_that_cannot_be_is_refused(self, coach, begun, day):
        refused = coach.fill(f"{begun}/1/paper", filled_on=day)
        assert refused.status_code == 422
        assert "From paper, filled in" not in coach.see(f"{begun}/1")

    def test_the_way_there_is_on_the_review_and_on_its_page(self, coach, begun):
        assert f"{begun}/1/paper" in coach.see(f"{begun}/review")
        assert f"{begun}/2/paper" in coach.see(f"{begun}/review")
        assert f"{begun}/1/paper" in coach.see(f"{begun}/1")

    @pytest.mark.parametrize("send", [False, True])
    def test_of_what_was_submitted_it_leads_to_the_assessment(self, coach, begun, send):
        form = coach.open(f"{begun}/1/paper")
        coach.submit(coach.get(f"{begun}/review"))
        sent = coach.send(form, filled_on="2026-11-12") if send else coach.get(f"{begun}/1/paper")
        assert "Answers:" in coach.follow(sent).text


class TestWhatThePatientAnswered:
    @pytest.fixture
    def answered(self, coach):
        """The place of a PEG that the patient answered on the device."""
        page = coach.follow(coach.start("peg"))
        place = "assessments/" + page.request.path.split("/")[4]
        coach.fill(f"{place}/hand-over", pin="2580", pin_again="2580")
        coach.answer(coach.get(f"{place}/1"), 6)
        return place

    def test_is_not_theirs_to_say(self, coach, answered):
        assert coach.get(f"{answered}/1/paper").status_code == 423

    def test_is_not_from_paper(self, coach, answered):
        coach.fill("lock", pin="2580")
        assert f"{answered}/1/paper" not in coach.see(f"{answered}/review")
        assert "The patient answered this one" in coach.see(f"{answered}/1/paper")
        form = coach.open(f"{answered}/review")
        path = f"{coach.home}{answered}/1/paper"
        sent = coach.post(path, csrf_token=form.values["csrf_token"], filled_on="2026-11-12")
        assert sent.status_code == 422

    def test_and_then_it_is_theirs_though_it_was_said_to_be(self, coach, clinic, patient):
        """Handed over after all: the numbers of a paper form are of no use any more."""
        page = coach.follow(coach.start("peg", **PAPER))
        place = "assessments/" + page.request.path.split("/")[4]
        coach.fill(f"{place}/hand-over", pin="2580", pin_again="2580")
        coach.answer(coach.get(f"{place}/1"), 6)
        coach.fill("lock", pin="2580")
        assert "data-paper=" not in coach.see(f"{place}/1")
        assert "Answered by the patient alone" in coach.see(f"{place}/review")
