"""A safety alert in the record: Flag and Task at once, a Communication, and both then done."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from smartapp.errors import EhrUnreachable
from smartapp.fhir import names, safety
from smartapp.fhir.authored import faults
from smartapp.fhir.ehrs import profiles
from smartapp.fhir.place import Place
from smartapp.program.enrollment import Person
from smartapp.program.safety import Action, Asked, Handled, SafetyAlert

DANA, SAM = Person("Practitioner/d1", "Dana Coach"), Person("Practitioner/d2", "Sam Visor")
ACTIONS = (Action("supervisor-called", "The supervisor was called"),)
TYPES = ("Flag", "Task", "Communication")
SEVERAL = {"valueCoding": {"system": names.LOINC, "code": "LA6569-3"}}
SUBJECT = {"subject": {"reference": "Patient/p1"}}
DAY = "2026-11-01T10:00:00+10:30"


@pytest.fixture
def alert(chart):
    asked = Asked(UUID(int=7), "phq-9", "the PHQ-9", "/44260-8", "9", "Thoughts of being dead")
    at = chart.moment()
    return SafetyAlert(UUID(int=8), asked, 1, "Several days", at, DANA, "clinician")


@pytest.fixture
def handled(chart):
    at = chart.moment() + timedelta(minutes=5)
    told = (SAM, Person("", "Dr Who"))
    return Handled(told, at, ("supervisor-called",), "Safe at home.", DANA, at, UUID(int=9))


def wrong(resource):
    return {**resource, "status": "banana"}


class TestReport:
    def test_a_flag_says_that_the_answer_needs_action_and_no_more(self, ehr, chart, alert):
        safety.report(chart, alert, SAM)
        flag = ehr.only("Flag")
        assert flag["status"] == "active"
        assert flag["category"][0]["coding"][0]["code"] == "safety"
        assert flag["code"]["text"] == "Answer to question 9 of the PHQ-9 needs action"
        assert flag["period"] == {"start": "2026-11-23T09:30:05+10:30"}
        assert "Several" not in str(flag)

    def test_a_task_asks_the_supervisor(self, ehr, chart, alert):
        safety.report(chart, alert, SAM)
        task = ehr.only("Task")
        assert (task["status"], task["intent"], task["priority"]) == (
            "requested",
            "order",
            "urgent",
        )
        assert task["owner"] == {"reference": "Practitioner/d2", "display": "Sam Visor"}
        assert task["requester"]["reference"] == "Practitioner/d1"
        assert task["for"] == {"reference": "Patient/p1"}
        assert task["focus"] == {"reference": f"Flag/{ehr.only('Flag')['id']}"}

    def test_the_task_names_the_response_before_there_is_one(self, ehr, chart, alert):
        safety.report(chart, alert, None)
        named = ehr.only("Task")["reasonReference"]
        assert named["identifier"]["system"] == names.IDENTIFIER
        assert "owner" not in ehr.only("Task")

    def test_reporting_again_doubles_nothing(self, ehr, chart, alert):
        for _ in range(2):
            safety.report(chart, alert, SAM)
        assert [len(ehr.all(type_)) for type_ in ("Flag", "Task")] == [1, 1]

    def test_what_was_dealt_with_meanwhile_is_told_as_done(self, ehr, chart, alert, handled):
        safety.report(chart, replace(alert, handled=handled), SAM)
        assert ehr.only("Flag")["status"] == "inactive"
        assert ehr.only("Task")["status"] == "completed"


@pytest.mark.parametrize("is_late", [False, True], ids=["responded-after", "reported-after"])
def test_who_was_told_within_the_minute_ends_nothing_before_it_began(
    ehr, chart, alert, handled, is_late
):
    """Times of telling are typed to the minute; R4 refuses such a Flag (per-1) and Task (inv-1)."""
    early = replace(handled, at=alert.raised_at.replace(second=0))
    safety.report(chart, replace(alert, handled=early) if is_late else alert, SAM)
    safety.respond(chart, alert, early, ACTIONS)
    flag, task = ehr.only("Flag"), ehr.only("Task")
    assert (flag["status"], task["status"]) == ("inactive", "completed")
    assert flag["period"]["end"] == flag["period"]["start"]
    assert task["lastModified"] == task["authoredOn"]
    assert ehr.only("Communication")["sent"] == "2026-11-23T09:30:00+10:30"


class TestResponse:
    @pytest.fixture(autouse=True)
    def _responded(self, chart, alert, handled):
        safety.report(chart, alert, SAM)
        safety.respond(chart, alert, handled, ACTIONS)

    def test_says_who_was_told_when_what_was_done_and_the_outcome(self, ehr):
        made = ehr.only("Communication")
        assert made["status"] == "completed"
        assert made["sent"] == "2026-11-23T09:35:05+10:30"
        assert [one.get("reference") for one in made["recipient"]] == ["Practitioner/d2", None]
        assert made["sender"]["reference"] == "Practitioner/d1"
        text = made["payload"][0]["contentString"]
        assert "Several days" in text
        told = "; ".join(one["display"] for one in made["recipient"])
        assert f"Told: {told}." in text
        assert "The supervisor was called" in text
        assert "Safe at home." in text

    def test_ends_the_flag_and_the_task(self, ehr):
        flag, task = ehr.only("Flag"), ehr.only("Task")
        assert (flag["status"], task["status"]) == ("inactive", "completed")
        assert flag["period"]["end"] == task["lastModified"] == "2026-11-23T09:35:05+10:30"

    def test_resolving_again_changes_nothing(self, ehr, chart):
        versions = [one["meta"]["versionId"] for one in (ehr.only("Flag"), ehr.only("Task"))]
        safety.resolve(chart, ehr.only("Communication"), UUID(int=9))
        assert [
            one["meta"]["versionId"] for one in (ehr.only("Flag"), ehr.only("Task"))
        ] == versions

    @pytest.mark.parametrize("type_", TYPES)
    def test_is_valid_fhir_and_a_fault_in_it_is_seen(self, ehr, type_):
        (made,) = ehr.all(type_)
        assert list(faults(made)) == []
        assert list(faults(wrong(made))) == ["status"]

    def test_who_did_it_is_in_the_record(self, ehr):
        told = [t["reference"] for p in ehr.all("Provenance") for t in p["target"]]
        assert {reference.split("/")[0] for reference in told} == set(TYPES)


def test_a_task_for_nobody_is_not_sent():
    bare = {"resourceType": "Task", "status": "requested", "intent": "order", "priority": "urgent"}
    assert "for" in list(faults(bare))


def test_without_a_flag_there_is_nothing_to_end(ehr, chart, alert, handled):
    assert safety.kept_at(chart, handled) is None
    safety.respond(chart, alert, handled, ())
    assert safety.kept_at(chart, handled) is Place.EHR
    assert ehr.all("Flag") == []
    assert "supervisor-called" in ehr.only("Communication")["payload"][0]["contentString"]


@pytest.mark.parametrize("vendor", sorted(profiles()))
def test_each_vendors_ehr_keeps_or_leaves_it_and_it_ends_there(
    vendor, open_at, played, kept_apart, alert, handled
):
    """What the EHR does not take is in the store, and is ended where it is."""
    played.play(profiles()[vendor])
    safety.report(open_at(vendor), alert, SAM)
    safety.respond(open_at(vendor), alert, handled, ACTIONS)
    rows = {type_: played.all(type_) + kept_apart.all(type_) for type_ in TYPES}
    assert {type_: len(found) for type_, found in rows.items()} == dict.fromkeys(TYPES, 1)
    assert rows["Flag"][0]["status"] == "inactive"
    assert rows["Task"][0]["status"] == "completed"


def test_an_ehr_that_is_down_is_told_of(open_at, played, alert):
    chart = open_at()
    played.down = True
    with pytest.raises(EhrUnreachable):
        safety.report(chart, alert, SAM)


class TestPast:
    @pytest.fixture
    def record(self, ehr, chart):
        """What the record says after these were put into the EHR."""

        def read(*rows):
            for row in rows:
                ehr.put(SUBJECT | row)
            return chart.open().alerting

        return read

    def response(self, **more):
        item = [{"linkId": "/44260-8", "answer": [SEVERAL]}]
        made = {"resourceType": "QuestionnaireResponse", "status": "completed", "authored": DAY}
        return {**made, "id": "r1", "item": item, **more}

    def observation(self, **more):
        code = {"coding": [{"system": names.LOINC, "code": "44260-8"}]}
        made = {"resourceType": "Observation", "id": "o1", "status": "final", "code": code}
        value = {"valueCodeableConcept": {"coding": [SEVERAL["valueCoding"]]}}
        return {**made, "effectiveDateTime": DAY, **value, **more}

    def test_a_response_of_others_is_told_with_day_and_author(self, record):
        (past,) = record(self.response(author={"display": "Dr Who"}))
        assert (past.found.answer, past.author_name, past.assessment) == (1, "Dr Who", "")
        assert past.on.isoformat() == DAY

    def test_so_is_an_observation_of_the_question_by_itself(self, record):
        (past,) = record(self.observation())
        assert past.found.words == "Several days"

    def test_the_record_is_asked_for_such_observations(self, ehr, record):
        record()
        asked = [str(one.url) for one in ehr.sent if "/Observation?" in str(one.url)]
        assert "44260-8" in asked[0]

    def test_an_observation_derived_from_a_response_is_not_told_twice(self, record):
        derived = [{"reference": "QuestionnaireResponse/r1"}]
        (past,) = record(self.response(), self.observation(derivedFrom=derived))
        assert past.form == ""

    def test_not_at_all_and_what_was_withdrawn_are_not_told(self, record):
        wrong_one = self.response(status="entered-in-error")
        zero = self.observation(
            valueCodeableConcept={"coding": [{"system": names.LOINC, "code": "LA6568-5"}]}
        )
        assert record(wrong_one, zero) == ()

    def test_without_its_own_time_it_is_told_at_that_of_the_record(self, record):
        (past,) = record(self.response(authored=None, meta={"lastUpdated": DAY}))
        assert past.on.isoformat() == DAY

    def test_the_newest_comes_first_and_keys_stay(self, record):
        late = self.response(id="r2", authored="2026-11-05T10:00:00+10:30")
        first = record(self.response(), late)
        assert [past.on.day for past in first] == [5, 1]
        assert [past.key for past in record()] == [past.key for past in first]

    def test_the_assessment_of_ours_is_named(self, record):
        told = [{"url": "assessment", "valueUri": "urn:uuid:abc"}]
        ours = {"extension": [{"url": names.OCCASION, "extension": told}]}
        assert record(self.response(**ours))[0].assessment == "abc"
