"""The trail and the log of the real app at work: what they say, and what they never say."""

import json
import logging
import re
from uuid import UUID

import pytest
from cryptography.fernet import Fernet
from fhir.resources.R4B.auditevent import AuditEvent

from smartapp import parts
from smartapp.config import Config
from smartapp.drafts.patient import PatientDrafts
from smartapp.logs import JsonLines
from smartapp.web.errors import STATUS

APP = "https://app.example"
PROGRAM_PAGE = {"CarePlan", "CareTeam", "Condition", "Goal", "Observation", "QuestionnaireResponse"}
TYPED = {"text": "Walk to the shop", "due": "2027-01-04", "importance": "8", "confidence": "6"}
PRIVATE = (
    *("Quillfeather", "Ada", "1961-04-12", "12 April", "MRN-4711", "Dana", "Thornfield"),
    *("Walk to the shop", "My note", "Chronic back pain", "Hypertension", "2027-01-04"),
    *("valueInteger", "valueDecimal", "91147-9", "peg", "female"),
    *("access-secret", "one-time-code", "opaque", "eyJ"),
)


@pytest.fixture
def lines(clinic):
    """The lines written since the test began, each proved to be an AuditEvent."""

    def every():
        files = sorted((clinic.ehr.folder / "audit").iterdir())
        return {file: file.read_text().splitlines() for file in files}

    before = {file: len(lines) for file, lines in every().items()}

    def read():
        new = [line for file, lines in every().items() for line in lines[before.get(file, 0) :]]
        found = [json.loads(line) for line in new]
        for line in found:
            AuditEvent.model_validate(line)
        return found

    return read


def types(line):
    """The types of resources a line is about, beside the patient."""
    return {e["type"]["code"] for e in line["entity"] if "resource-types" in e["type"]["system"]}


def deeds(lines):
    """What was done in the lines, shortly."""
    return [(line["subtype"][0]["code"], line["outcome"]) for line in lines]


@pytest.fixture
def enter(clinic, ehr, staff):
    """The whole way in, through the EHR's sign-in, with a code nobody else has."""

    def go(patient):
        ehr.granted["patient"] = patient
        ehr.claims = {"fhirUser": f"Practitioner/{staff['Dana']}"}
        http = clinic.browser()
        clinic.begin(http)
        arrived = clinic.back(http, code="one-time-code")
        coach = clinic.coach(patient, http)
        coach.handle = arrived.location.split("/")[2]
        return coach

    return go


class TestLines:
    def test_a_launch_is_followed_from_its_beginning_to_its_end(self, enter, patient, lines):
        coach = enter(patient)
        coach.post(f"{coach.home}logout", csrf_token=coach.open("").values["csrf_token"])
        told = [deed for deed, _ in deeds(lines())]
        assert told == ["launch-begun", "launch-finished", "read", "launch-ended"]

    def test_a_page_is_one_line_that_names_what_was_read(self, coach, lines):
        coach.see()
        (line,) = lines()
        assert types(line) >= PROGRAM_PAGE
        assert (line["action"], line["source"]["site"]) == ("R", "Clinic")

    def test_a_goal_is_one_write_with_user_patient_and_version(self, coach, lines, ehr, staff):
        coach.add_goal()
        written = [line for line in lines() if types(line) == {"Goal"} and line["action"] == "C"]
        (line,) = written
        goal = ehr.kept("Goal", coach.patient)[0]["id"]
        assert line["entity"][1]["what"]["reference"] == f"{ehr.base}/Goal/{goal}/_history/1"
        assert line["agent"][0]["who"]["reference"] == f"{ehr.base}/Practitioner/{staff['Dana']}"

    @pytest.mark.parametrize(
        ("trouble", "told"),
        [({"failing": 1}, "unsure: ehr-unsure"), ({"dropping": 1}, "unsure: ehr-unsure")],
    )
    def test_a_write_nobody_is_sure_of_says_so(self, coach, lines, ehr, trouble, told):
        form = coach.open("goals/new")
        vars(ehr).update(trouble)
        coach.send(form, **TYPED)
        assert told in [line.get("outcomeDesc") for line in lines()]

    def test_what_the_ehr_refuses_is_a_line_and_so_is_what_the_store_takes(self, coach, lines, ehr):
        ehr.refused["POST", "Goal"] = 405
        coach.add_goal()
        tried = [line for line in lines() if types(line) == {"Goal"} and line["action"] == "C"]
        assert [line.get("outcomeDesc") for line in tried] == ["refused: ehr-rejected", None]
        places = [line["entity"][1]["what"]["reference"] for line in tried]
        assert places[0] == f"{ehr.base}/Goal"
        assert places[1].startswith(f"{APP}/fhir/Goal/")

    def test_a_page_without_its_cookie_is_a_refusal(self, clinic, coach, lines):
        coach.http = clinic.browser()
        coach.get()
        assert deeds(lines()) == [("launch-refused", "4")]

    def test_a_stylesheet_is_not_a_look_at_a_patient(self, coach, lines):
        coach.see()
        coach.see("style.css")
        assert len(lines()) == 1


class TestAnAssessment:
    @pytest.fixture
    def first(self, coach):
        return coach.follow(coach.start("peg"))

    @pytest.fixture
    def changes(self, lines):
        """The subtypes of each line about answers in progress."""

        def changes():
            codes = [[one["code"] for one in line["subtype"]] for line in lines()]
            return [told for told in codes if told[0].startswith("draft-")]

        return changes

    def test_each_request_that_changed_answers_is_one_line(self, coach, first, changes):
        coach.answer(first, 6)
        assert changes() == [["draft-changed"]]

    def test_a_request_that_changed_none_is_no_line(self, coach, first, changes):
        coach.answer(first, 6)
        coach.answer(coach.get("assessments/" + first.request.path.split("/")[4] + "/1"), 6)
        assert len(changes()) == 1

    def test_that_one_questionnaire_is_from_paper_is_one_and_taking_it_back(
        self, coach, first, changes
    ):
        place = "assessments/" + first.request.path.split("/")[4] + "/1/paper"
        coach.fill(place, filled_on="2026-11-12")
        coach.fill(place, filled_on="2026-11-12")
        coach.fill(place, go="back")
        assert changes() == [["draft-paper-dated"]] * 2

    def test_discarding_is_one(self, coach, first, changes):
        place = "assessments/" + first.request.path.split("/")[4]
        coach.fill(f"{place}/discard", reason="wrong session")
        assert changes() == [["draft-discarded"]]

    def test_what_a_patient_answers_on_a_device_says_so(self, coach, first, changes, lines):
        place = "assessments/" + first.request.path.split("/")[4]
        coach.fill(f"{place}/hand-over", pin="2580", pin_again="2580")
        coach.answer(coach.get(f"{place}/1"), 6)
        coach.fill("lock", pin="0000")
        coach.fill("lock", pin="2580")
        assert changes() == [["draft-changed", "device-handed-over"], ["draft-handed-back"]]
        told = [deed for deed, _ in deeds(lines()) if deed.startswith("device-")]
        assert told == ["device-handed-over", "device-pin-wrong", "device-unlocked"]

    @pytest.mark.parametrize("is_by_code", [False, True], ids=["PIN", "code"])
    def test_that_a_device_came_back_after_its_launch_had_ended_is_one_too(
        self, clinic, coach, new_coach, first, changes, is_by_code
    ):
        place = "assessments/" + first.request.path.split("/")[4]
        coach.fill(f"{place}/hand-over", pin="2580", pin_again="2580")
        clinic.store.end(coach.handle)
        if is_by_code:
            code = re.search(
                r"<strong>(\w{4}-\w{4})", coach.http.get("/unlock", base_url=APP).text
            )[1]
            new_coach(coach.patient).fill("device", code=code)
        else:
            form = coach.form(coach.http.get("/unlock", base_url=APP))
            coach.send(form, pin="2580")
        assert changes() == [["draft-handed-back"]]
        key = UUID(place.split("/")[1])
        kept = PatientDrafts(parts.drafts(clinic.config), clinic.ehr.base, coach.patient).find(key)
        (told,) = kept.start.handed.values()
        assert told.since <= told.back == clinic.clock().timestamp()


def journey(coach, ehr):
    """One through six of what a clinician does, and what can go wrong."""
    coach.see()
    coach.enroll()
    coach.add_goal("Walk to the shop")
    goal, plan = (ehr.kept(kind, coach.patient)[0]["id"] for kind in ("Goal", "CarePlan"))
    coach.fill(f"goals/{goal}/progress", achievement="improving", note="My note")
    coach.see(f"goals/{goal}/versions")
    coach.assess(peg=7, pseq=2)
    coach.see("outcomes")
    form = coach.open("goals/new")
    for trouble in ({"failing": 1}, {"dropping": 1}, {"is_down": True}):
        vars(ehr).update(trouble)
        coach.send(form, **TYPED)
    ehr.is_down = False
    coach.fill(f"enrollment/{plan}/complete", reason="finished", note="My note")
    form.action = f"{coach.home}broken"
    coach.send(form, **TYPED)


@pytest.fixture
def everything(enter, patient, new_patient, ehr, lines, caplog):
    """Log and trail of the journey, and every secret used on the way."""
    other = new_patient("Eve")
    ehr.stray = [{"resourceType": "Goal", "id": "g", "subject": {"reference": f"Patient/{other}"}}]
    with caplog.at_level(logging.DEBUG):
        coach = enter(patient)
        journey(coach, ehr)
        coach.post(f"{coach.home}logout", csrf_token=coach.open("").values["csrf_token"])
    raw = [record.getMessage() for record in caplog.records]
    told = [JsonLines().format(record) for record in caplog.records]
    sent = (ehr.asked[name] for name in ("state", "nonce", "code_challenge"))
    cookies = [cookie.value for cookie in coach.http._cookies.values() if cookie.value]
    secrets = (*PRIVATE, *sent, *cookies, patient, other, coach.handle)
    return "\n".join(raw + told), "\n".join(map(json.dumps, lines())), secrets


def test_no_log_and_no_line_says_what_is_private(everything):
    log, trail, secrets = everything
    assert log.count("\n") > 20
    assert trail.count("\n") > 20
    assert [secret for secret in secrets if secret in log] == []
    assert [secret for secret in secrets if secret in trail] == []


@pytest.mark.parametrize("error", STATUS)
def test_no_line_tells_more_of_an_error_than_its_code(error):
    assert error.code.replace("-", "").isalpha()


def test_whose_lines_they_are_can_be_told_with_the_key_only(tmp_path):
    made = [
        parts.trail(Config(APP, tmp_path, (), (Fernet.generate_key(),))).keys.pseudonym(APP, "p1")
        for _ in range(2)
    ]
    assert made[0] != made[1]
