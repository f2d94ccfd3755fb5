"""Two answers to one question: the one given last counts, and the other is not forgotten."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from smartapp.drafts.answers import Change
from smartapp.drafts.hand import Hand
from smartapp.drafts.patient import Giver, PatientDrafts
from smartapp.fhir import aside as records
from smartapp.fhir.aside import By, OtherAnswer
from smartapp.fhir.safety import assessment_of
from smartapp.parts import drafts

APP = "https://app.example"
HOUR = 60 * 60 * 1000


class Device:
    """One open page, sending as its script does."""

    def __init__(self, coach, page, client):
        self.coach, self.page, self.client, self.sequence = coach, page, client, 0
        self.form = coach.form(page)

    def send(self, name, text, age=0, **other):
        self.sequence += 1
        told = {"client": self.client, "sequence": self.sequence, "fields": {name: [text]}}
        told |= {"rebased": 0, "age": age, "revision": int(self.form.values["revision"]), **other}
        headers = {"Referer": APP + self.coach.home}
        headers["X-CSRFToken"] = self.form.values["csrf_token"]
        path = f"{self.page.request.path}/answers"
        return self.coach.http.patch(path, base_url=APP, json=told, headers=headers)


@pytest.fixture
def devices(coach):
    """Two open pages of one questionnaire."""

    def devices(slug):
        page = coach.follow(coach.start(slug))
        return Device(coach, page, "phone"), Device(coach, page, "desk")

    return devices


@pytest.fixture
def pegs(devices):
    return devices("peg")


def place(device):
    return device.page.request.path.removeprefix(device.coach.home)


def beside(device, name):
    """Another page of the same draft."""
    return place(device).removesuffix("/1") + f"/{name}"


def kept(device):
    return device.coach.form(device.coach.get(place(device))).values["q/pain"]


def test_an_answer_given_earlier_and_sent_later_is_set_aside_and_shown(pegs, coach):
    """Phone at 7:30, without a connection until now; desk at 8:30."""
    phone, desk = pegs
    desk.send("q/pain", "3", age=HOUR)
    assert phone.send("q/pain", "7", age=2 * HOUR).status_code == 200
    assert kept(desk) == "3"
    page = coach.see(place(desk))
    assert "Answered twice" in page
    assert "“3” (08:30) counts; set aside: “7” (" in page
    assert "at 07:30" in page


def test_an_answer_given_later_counts_and_the_other_is_shown(pegs, coach):
    phone, desk = pegs
    desk.send("q/pain", "3", age=2 * HOUR)
    assert phone.send("q/pain", "7", age=HOUR).json["elsewhere"]
    assert kept(desk) == "7"
    assert "set aside: “3”" in coach.see(place(desk))


def test_the_review_shows_it_before_anything_is_submitted(pegs, coach):
    phone, desk = pegs
    desk.send("q/pain", "3", age=HOUR)
    phone.send("q/pain", "7", age=2 * HOUR)
    review = coach.see(beside(desk, "review"))
    assert "Answered twice" in review
    assert "/1?check=yes#field-q/pain" in review


def test_a_page_that_knew_the_answer_changes_it_and_nobody_is_asked(pegs, coach):
    phone, desk = pegs
    revision = desk.send("q/pain", "3").json["revision"]
    phone.send("q/pain", "7", seen=revision)
    assert "Answered twice" not in coach.see(place(desk))


@pytest.mark.parametrize("age", [-5, 2**60, "7", None, 30 * HOUR, True])
def test_an_age_that_cannot_be_is_no_reason_to_lose_an_answer(pegs, age):
    phone, _ = pegs
    assert phone.send("q/pain", "7", age=age).status_code == 200
    assert kept(phone) == "7"


def test_a_patient_alone_is_not_shown_what_others_answered(pegs, coach):
    phone, desk = pegs
    desk.send("q/pain", "3", age=HOUR)
    phone.send("q/pain", "7", age=2 * HOUR)
    pins = {"pin": "2580", "pin_again": "2580"}
    coach.fill(beside(desk, "hand-over"), **pins)
    assert "Answered twice" not in coach.see(place(desk))


@pytest.mark.parametrize(
    ("name", "question"), [("q/pain", "pain"), ("q/gone", "A question that is not asked now")]
)
def test_what_cannot_be_read_is_shown_as_it_was_typed(pegs, coach, name, question):
    phone, desk = pegs
    desk.send(name, "3", age=HOUR)
    phone.send(name, "a few", age=2 * HOUR)
    page = coach.see(place(desk))
    assert "set aside: “a few”" in page
    assert question in page.split("Answered twice")[1].split("</a>")[0]


class TestSubmitted:
    """The PEG of two devices, answered throughout and submitted."""

    @pytest.fixture
    def submit(self, pegs, coach, ehr, patient):
        """Submit it; the response."""

        def submit():
            coach.send(
                coach.open(place(pegs[0])), **{f"q/{n}": "6" for n in ("enjoyment", "activity")}
            )
            assert coach.submit(coach.get(beside(pegs[0], "review"))).status_code == 303
            (response,) = ehr.kept("QuestionnaireResponse", patient)
            return response

        return submit

    @pytest.fixture
    def response(self, pegs, submit):
        phone, desk = pegs
        desk.send("q/pain", "3", age=HOUR)
        phone.send("q/pain", "7", age=2 * HOUR)
        return submit()

    def test_the_record_keeps_what_was_set_aside_beside_what_counts(self, response):
        told = OtherAnswer(
            "pain",
            response["item"][0]["text"],
            [{"valueInteger": 7}],
            datetime(2026, 11, 23, 7, 30, tzinfo=UTC),
            By.STAFF,
        )
        assert records.read(response) == [told]
        assert response["item"][0]["answer"] == [{"valueInteger": 3}]

    def test_the_score_is_of_what_counts(self, response, ehr, patient):
        (score,) = ehr.kept("Observation", patient)
        assert score["valueQuantity"]["value"] == 5

    def test_its_page_shows_it(self, response, coach):
        page = coach.see(f"assessments/{assessment_of(response)}")
        assert "no score is made of it" in page
        assert "set aside “7” (<time" in page
        assert "at 07:30, by staff)" in page

    def test_who_corrects_it_sees_it_and_the_correction_keeps_it(
        self, response, coach, ehr, patient
    ):
        there = f"responses/{response['id']}"
        assert "set aside “7”" in coach.see(f"{there}/edit")
        coach.fill(f"{there}/edit", reason="She meant 7", **{"q/pain": "7"})
        (after,) = ehr.kept("QuestionnaireResponse", patient)
        assert (after["status"], records.read(after)) == ("amended", records.read(response))
        assert "set aside “7”" in coach.see(f"{there}/versions")

    def test_of_what_was_answered_once_nothing_is_said(self, pegs, submit, coach):
        pegs[0].send("q/pain", "3")
        assert records.read(submit()) == []

    @pytest.mark.parametrize(("proxy", "by"), [("", By.PATIENT), ("Her son", By.RELATED)])
    def test_what_a_patient_answered_is_theirs(self, pegs, submit, clinic, patient, proxy, by):
        _, desk = pegs
        drawer, key = drafts(clinic.config, clinic.clock), UUID(place(desk).split("/")[1])
        kept = PatientDrafts(drawer, clinic.ehr.base, patient)
        kept.restart(key, lambda start: replace(start, proxy=proxy))
        desk.send("q/pain", "3", age=HOUR)
        kept.hear(key, 1, Change("tablet", 1, {"q/pain": ["7"]}, seen=1), Giver(Hand(alone=True)))
        (other,) = records.read(submit())
        assert (other.by, other.given) == (by, None)

    def test_what_cannot_be_read_is_kept_as_it_was_typed(self, pegs, submit):
        phone, desk = pegs
        desk.send("q/pain", "3", age=HOUR)
        phone.send("q/pain", "a few", age=2 * HOUR)
        (other,) = records.read(submit())
        assert (other.link_id, other.values) == ("pain", [{"valueString": "a few"}])

    def test_what_is_no_question_of_this_form_is_kept_all_the_same(self, pegs, submit, coach):
        phone, desk = pegs
        phone.send("q/pain", "3")
        desk.send("q/gone", "3", age=HOUR)
        phone.send("q/gone", "7", age=2 * HOUR)
        assert [(o.link_id, o.question) for o in records.read(submit())] == [("gone", "")]


class TestSafety:
    BAR = "Answer to question 9 of the PHQ-9 needs action now"

    @pytest.fixture
    def nine(self, devices):
        phone, desk = devices("phq-9")
        name = next(n for n in desk.form.offered if "44260" in n)
        return phone, desk, name, [one for one in desk.form.offered[name] if one]

    def test_an_answer_set_aside_alerts_all_the_same(self, nine, coach):
        phone, desk, name, options = nine
        desk.send(name, options[0], age=HOUR)
        assert phone.send(name, options[2], age=2 * HOUR).json["alert"]
        assert self.BAR in coach.see()
        (line,) = set(coach.see().split("data-alert-bar")[1].split('<a href="')[1:2])
        shown = coach.see(line.split('"')[0].removeprefix(coach.home))
        assert "More than half the days" in shown
        assert "Changed since to" in shown

    def test_it_alerts_once_however_often_it_is_looked_at(self, nine, coach):
        phone, desk, name, options = nine
        desk.send(name, options[0], age=HOUR)
        phone.send(name, options[2], age=2 * HOUR)
        assert coach.see().count(self.BAR) == coach.see().count(self.BAR) == 1
