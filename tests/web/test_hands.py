"""Who answered, questionnaire by questionnaire: in the record, and wherever it is said."""

import pytest

from smartapp.drafts.answers import Sheet
from smartapp.drafts.hand import Hand
from smartapp.fhir import names
from smartapp.fhir.manner import Manner, stamp
from smartapp.web.hands import manner

PIN = "2580"
ALONE = "Answered by the patient alone, on a device."
DANA = "Recorded by Dana Coach."
BOTH = "Answered by the patient on a device; some answers were entered by Dana Coach."


class Tablet:
    """A draft of a PEG and a PSEQ, handed over and back."""

    def __init__(self, coach):
        self.coach = coach
        begun = coach.follow(coach.start("peg", "pseq"))
        self.place = "assessments/" + begun.request.path.split("/")[4]

    def answer(self, number, told=None, **typed):
        return self.coach.answer(self.coach.get(f"{self.place}/{number}"), told, **typed)

    def hand_over(self, **typed):
        pins = {"pin": PIN, "pin_again": PIN}
        assert self.coach.fill(f"{self.place}/hand-over", **pins, **typed).status_code == 303

    def unlock(self):
        self.coach.fill("lock", pin=PIN)

    def review(self):
        return self.coach.see(f"{self.place}/review")

    def submit(self):
        return self.coach.submit(self.coach.get(f"{self.place}/review"))


@pytest.fixture
def tablet(coach):
    return Tablet(coach)


@pytest.fixture
def divided(tablet):
    """The clinician asked the PEG, the patient answered the PSEQ alone."""
    tablet.answer(1, 6)
    tablet.hand_over()
    tablet.answer(2, 3, go="hand-back")
    tablet.unlock()
    return tablet


@pytest.fixture
def responses(ehr, patient):
    """What the record has, by the instrument at the end of its address."""

    def responses():
        found = ehr.kept("QuestionnaireResponse", patient)
        return {one["questionnaire"].partition("|")[0].rpartition("/")[2]: one for one in found}

    return responses


def who(response):
    """Source, author, and whether it says that it was answered on a device."""
    device = any(e["url"] == names.COMPLETION_MODE for e in response["extension"])
    parts = (response[name].get("reference") for name in ("source", "author"))
    return (*(str(part).partition("/")[0] for part in parts), device)


class TestInTheRecord:
    ASKED = ("Patient", "Practitioner", False)
    ALONE = ("Patient", "Patient", True)

    def test_each_says_who_answered_it(self, divided, responses):
        divided.submit()
        found = {slug: who(one) for slug, one in responses().items()}
        assert found == {"peg": self.ASKED, "pseq": self.ALONE}

    def test_while_it_is_in_progress_too(self, divided, responses):
        found = {slug: who(one) for slug, one in responses().items()}
        assert found == {"peg": self.ASKED, "pseq": self.ALONE}
        assert {one["status"] for one in responses().values()} == {"in-progress"}

    def test_one_that_both_answered_is_the_clinicians_to_have_recorded(self, divided, responses):
        divided.answer(2, **{"1": 5})
        divided.submit()
        assert who(responses()["pseq"]) == ("Patient", "Practitioner", True)
        assert who(responses()["peg"]) == self.ASKED

    def test_the_author_is_who_asked_not_who_submits(self, divided, new_coach, staff, responses):
        other = new_coach(divided.coach.patient, user=f"Practitioner/{staff['Sam']}")
        other.submit(other.get(f"{divided.place}/review"))
        author = responses()["peg"]["author"]
        assert author == {"reference": f"Practitioner/{staff['Dana']}", "display": "Dana Coach"}

    def test_who_answered_for_the_patient_did_so_in_those_they_answered(self, tablet, responses):
        tablet.hand_over()
        tablet.answer(1, 6, go="hand-back")
        tablet.unlock()
        tablet.hand_over(proxy="Her daughter")
        tablet.answer(2, 3, go="hand-back")
        tablet.unlock()
        tablet.submit()
        assert responses()["pseq"]["source"] == {"display": "Her daughter"}
        assert who(responses()["peg"]) == self.ALONE


class TestShown:
    def test_before_it_is_submitted_and_after(self, divided):
        for page in (divided.review(), divided.coach.follow(divided.submit()).text):
            assert (page.count(DANA), page.count(ALONE)) == (1, 1)
            assert page.index(DANA) < page.index(ALONE)
            assert BOTH not in page

    def test_of_both_only_where_it_was_both(self, divided):
        divided.answer(2, **{"1": 5})
        for page in (divided.review(), divided.coach.follow(divided.submit()).text):
            assert (page.count(DANA), page.count(BOTH), page.count(ALONE)) == (1, 1, 0)

    def test_nothing_of_one_without_an_answer(self, tablet):
        tablet.answer(1, 6)
        assert tablet.review().count(DANA) == 1


def test_looking_at_what_the_patient_answered_changes_nothing(divided):
    divided.answer(2)
    assert BOTH not in divided.review()


def test_an_alert_says_who_gave_that_answer(coach):
    """The device was handed over in the same assessment; the ninth question was asked."""
    begun = coach.follow(coach.start("phq-9", "peg"))
    place = "assessments/" + begun.request.path.split("/")[4]
    coach.fill(f"{place}/hand-over", pin=PIN, pin_again=PIN)
    coach.fill("lock", pin=PIN)
    form = coach.open(f"{place}/2")
    (ninth,) = [n for n in form.offered if "44260-8" in n and n.startswith("q/")]
    alert = coach.follow(coach.send(form, **{ninth: form.offered[ninth][1]}, go="next"))
    assert "with Dana Coach" in alert.text
    assert "by the patient alone" not in alert.text


class TestManner:
    DANA, SAM = Hand(reference="Practitioner/1", name="Dana"), Hand(reference="Practitioner/2")
    PATIENT, SON, WIFE = Hand(alone=True), Hand(True, proxy="Son"), Hand(True, proxy="Wife")

    @pytest.mark.parametrize(
        ("hands", "source", "author"),
        [
            ((DANA, SAM), "Patient/1", "Practitioner/2"),
            ((PATIENT,), "Patient/1", "Patient/1"),
            ((DANA, PATIENT), "Patient/1", "Practitioner/1"),
            ((SON, DANA), "Son", "Practitioner/1"),
            ((SON, PATIENT), "Patient/1", "Son"),
            ((SON, WIFE), "Son", "Wife"),
            ((), "Patient/1", "Practitioner/9"),
        ],
    )
    def test_source_answered_and_author_recorded(self, hands, source, author):
        made = {"source": {"reference": "Patient/1"}, "author": {"reference": "Practitioner/9"}}
        stamp(made, manner(Sheet(hands=hands)))
        told = (
            made[name].get("reference") or made[name]["display"]
            for name in made
            if name in ("source", "author")
        )
        assert tuple(told) == (source, author)

    def test_of_paper_that_the_patient_changed_is_that_of_the_device(self):
        changed = manner(Sheet(hands=(self.DANA, self.PATIENT), paper_on="2026-11-12"))
        assert changed == Manner(True, True, author="Practitioner/1", author_name="Dana")
