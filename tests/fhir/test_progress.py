"""Unfinished answers in the EHR: one resource from the first answer on, never over another's."""

from copy import deepcopy
from decimal import Decimal
from uuid import UUID

import pytest

from smartapp.errors import (
    EhrAnswersChanged,
    EhrConflict,
    EhrForbidden,
    EhrRejected,
    EhrUnsure,
    EhrWrongPatient,
    StoreFailed,
)
from smartapp.fhir import assessment, names, progress, record, safety
from smartapp.fhir.kept import identifier
from smartapp.fhir.plan import Wish
from smartapp.fhir.response import Answered
from smartapp.program.assessment import Occasion, Response, score

FORM = UUID(int=11)
TYPE = "QuestionnaireResponse"


@pytest.fixture
def peg(content):
    return content.instruments["peg"]


@pytest.fixture
def keep(peg):
    """Keeps a PEG as far as it is answered."""

    def keep(chart, *numbers, **manner):
        progress.keep(chart, written(chart, peg, *numbers, **manner))

    return keep


@pytest.fixture
def submit(peg):
    """Submits a PEG, 7 throughout."""

    def submit(chart):
        response = given(peg, 7, 7, 7)
        said = (chart, Occasion.SESSION, 3, [response], score(response), None, FORM)
        return assessment.add(*said)

    return submit


def given(peg, *numbers):
    return Response(peg, {i.link_id: n for i, n in zip(peg.items, numbers, strict=False)})


def written(chart, peg, *numbers):
    answered = [Answered.of(given(peg, *numbers))]
    return assessment.written(chart, Occasion.SESSION, 3, answered, None, FORM)["peg"]


def answers(response):
    return [item["answer"][0]["valueInteger"] for item in response.get("item", ())]


def puts(ehr):
    return [asked for asked in ehr.log if asked[0] == "PUT"]


class TestKept:
    def test_is_what_is_submitted_but_for_its_status(self, chart, ehr, keep, submit):
        """Identifier, subject, author, source, encounter and occasion stay when it is completed."""
        keep(chart, 4)
        before = deepcopy(ehr.only(TYPE))
        submit(chart)
        after = ehr.only(TYPE)
        assert (before["status"], after["status"]) == ("in-progress", "completed")
        same = ("id", "identifier", "subject", "author", "source", "encounter", "questionnaire")
        assert {name: before[name] for name in same} == {name: after[name] for name in same}
        assert [e["url"] for e in before["extension"]] == [names.OCCASION, names.PROGRESS]
        assert after["extension"] == before["extension"][:1]

    def test_is_changed_by_version_with_each_step(self, chart, ehr, keep):
        keep(chart, 4)
        keep(chart, 4, 5)
        assert answers(ehr.only(TYPE)) == [4, 5]
        assert ehr.sent[-1].headers["If-Match"] == 'W/"1"'

    def test_what_is_there_already_is_not_sent_again(self, chart, ehr, keep):
        keep(chart, 4)
        keep(chart, 4)
        assert not puts(ehr)

    def test_without_an_answer_none_is_begun(self, chart, ehr, keep):
        keep(chart)
        assert not ehr.all(TYPE)

    def test_answers_that_were_taken_back_are_gone(self, chart, ehr, keep):
        keep(chart, 4)
        keep(chart)
        assert answers(ehr.only(TYPE)) == []

    def test_leaves_no_provenance_and_no_score(self, chart, ehr, keep):
        keep(chart, 4, 4, 4)
        assert not ehr.all("Provenance") + ehr.all("Observation")

    def test_what_others_put_beside_it_stays(self, chart, ehr, keep):
        keep(chart, 4)
        theirs = {"url": "https://ehr.example/seen", "valueBoolean": True}
        kept = ehr.only(TYPE)
        ehr.put({**kept, "extension": [*kept["extension"], theirs]})
        keep(chart, 5)
        assert answers(ehr.only(TYPE)) == [5]
        assert theirs in ehr.only(TYPE)["extension"]

    @pytest.mark.parametrize("status", ["completed", "entered-in-error", "stopped"])
    def test_what_is_over_is_not_begun_again(self, chart, ehr, keep, status):
        keep(chart, 4)
        ehr.put({**ehr.only(TYPE), "status": status})
        keep(chart, 5)
        assert not puts(ehr)

    def test_a_server_without_versions_is_not_asked_to_change_it(self, chart, ehr, keep):
        """A late PUT could undo what was submitted meanwhile."""
        keep(chart, 4)
        ehr.only(TYPE)["meta"].pop("versionId")
        keep(chart, 5)
        assert not puts(ehr)

    def test_another_patients_record_is_never_written(self, chart, ehr, peg):
        made = written(chart, peg, 4) | {"subject": {"reference": "Patient/p2"}}
        with pytest.raises(EhrWrongPatient):
            progress.keep(chart, made)
        assert not ehr.all(TYPE)


class TestNever:
    """Where the EHR does not have the answers alone, and to be changed, the draft is all."""

    def test_where_the_answers_belong_in_the_store(self, open_at, played, kept_apart, keep):
        keep(open_at(**{TYPE: Wish.STORE}), 4)
        assert not played.all(TYPE) + kept_apart.all(TYPE)

    def test_where_a_copy_is_kept(self, open_at, played, kept_apart, keep):
        keep(open_at(**{TYPE: Wish.BOTH}), 4)
        assert not played.all(TYPE) + kept_apart.all(TYPE)

    @pytest.mark.parametrize("vendor", ["epic", "oracle-health", "athenahealth", "nextgen"])
    def test_where_answers_cannot_be_changed_or_created(self, open_at, played, keep, vendor):
        keep(open_at(vendor), 4)
        assert not played.all(TYPE)

    def test_is_refused_for_good_by_a_refusal_of_what_is_unfinished(self, open_at, played, keep):
        """422 to a draft says nothing of what is submitted."""
        played.refuse(TYPE, status=422)
        chart = open_at()
        with pytest.raises(EhrRejected):
            keep(chart, 4)
        assert progress.takes(chart.plan())


class TestSubmitted:
    def test_once_with_its_score(self, chart, ehr, keep, submit):
        keep(chart, 4)
        submit(chart)
        assert answers(ehr.only(TYPE)) == [7, 7, 7]
        source = ehr.only("Observation")["derivedFrom"]
        assert source == [{"reference": f"{TYPE}/{ehr.only(TYPE)['id']}"}]

    def test_twice_is_once(self, chart, ehr, keep, submit):
        keep(chart, 4)
        assert submit(chart).key == submit(chart).key
        assert len(puts(ehr)) == 1
        assert ehr.only("Observation")

    def test_by_a_transaction_too(self, chart, ehr, keep, submit):
        ehr.offer(transaction=True, conditional=(TYPE, "Observation"))
        keep(chart, 4)
        submit(chart)
        assert ehr.only(TYPE)["status"] == "completed"
        assert ehr.only("Observation")

    def test_not_over_what_somebody_else_changed(self, chart, ehr, keep, submit):
        keep(chart, 4)
        theirs = deepcopy(ehr.only(TYPE))
        theirs["item"][0]["answer"] = [{"valueInteger": 9}]
        ehr.put(theirs)
        with pytest.raises(EhrAnswersChanged):
            submit(chart)
        assert answers(ehr.only(TYPE)) == [9]
        assert not ehr.all("Observation")

    @pytest.mark.parametrize("status", ["entered-in-error", "stopped"])
    def test_not_over_what_somebody_else_ended(self, chart, ehr, keep, submit, status):
        keep(chart, 4)
        ehr.put({**ehr.only(TYPE), "status": status})
        with pytest.raises(EhrAnswersChanged):
            submit(chart)
        assert ehr.only(TYPE)["status"] == status

    def test_over_what_another_device_of_ours_wrote_last(self, chart, ehr, keep, submit):
        keep(chart, 4)
        keep(chart, 1, 1)
        submit(chart)
        assert answers(ehr.only(TYPE)) == [7, 7, 7]

    def test_over_what_another_device_writes_in_that_moment(self, chart, ehr, keep, submit):
        """The version it was read at is gone by then; the answers are still ours."""
        keep(chart, 4)
        update = ehr._update

        def meanwhile(*asked):
            ehr._update = update
            keep(chart, 5)
            return update(*asked)

        ehr._update = meanwhile
        submit(chart)
        assert answers(ehr.only(TYPE)) == [7, 7, 7]

    def test_a_conflict_without_end_is_told(self, chart, ehr, keep, submit):
        keep(chart, 4)
        ehr.refused["PUT", TYPE] = 409
        with pytest.raises(EhrConflict):
            submit(chart)
        assert len(puts(ehr)) == progress.TRIES
        assert not ehr.all("Observation")

    def test_what_is_completed_is_never_said_to_be_unsaved(self, chart, ehr, keep, submit):
        keep(chart, 4)
        ehr.refused["POST", "Observation"] = 429
        with pytest.raises(EhrUnsure):
            submit(chart)
        del ehr.refused["POST", "Observation"]
        submit(chart)
        assert ehr.only("Observation")
        assert len(puts(ehr)) == 1

    def test_the_stores_failure_is_told_as_the_stores(self, open_at, kept_apart, keep, submit):
        keep(open_at(), 4)
        chart = open_at(Observation=Wish.STORE)
        kept_apart.down = True
        with pytest.raises(StoreFailed):
            submit(chart)

    def test_in_the_store_where_the_ehr_lets_nobody_complete_it(
        self, open_at, played, kept_apart, keep, submit
    ):
        """Nothing is lost, and the assessment is read once, however often it is sent."""
        keep(open_at(), 4)
        played.refuse(TYPE)
        for _ in range(2):
            submit(open_at())
        assert [r["status"] for r in kept_apart.all(TYPE)] == ["completed"]
        (found,) = open_at().open().assessments
        assert len(found.scores) == 1


class TestWithdrawn:
    def named(self):
        return {"resourceType": TYPE, "identifier": identifier(FORM, "response/peg")}

    def test_is_entered_in_error(self, chart, ehr, keep):
        keep(chart, 4)
        progress.withdraw(chart, [self.named()])
        assert ehr.only(TYPE)["status"] == "entered-in-error"

    def test_not_where_somebody_else_was(self, chart, ehr, keep):
        keep(chart, 4)
        ehr.put({**ehr.only(TYPE), "item": []})
        progress.withdraw(chart, [self.named()])
        assert not puts(ehr)

    def test_nothing_is_asked_where_answers_are_in_the_store(self, open_at, played):
        progress.withdraw(open_at(**{TYPE: Wish.STORE}), [self.named()])
        assert not [asked for asked in played.log if TYPE in asked[1]]

    def test_a_refusal_is_raised(self, chart, ehr, keep):
        keep(chart, 4)
        ehr.refused["PUT", TYPE] = 403
        with pytest.raises(EhrForbidden):
            progress.withdraw(chart, [self.named()])


class TestRead:
    def test_counts_for_nothing(self, chart, keep):
        keep(chart, 7, 7, 7)
        assert chart.open().assessments == ()
        assert chart.open().elsewhere == ()

    def test_hides_nothing_that_was_submitted(self, chart, ehr, keep, submit):
        """A draft that a second sending left beside the answers, and changed last."""
        keep(chart, 4)
        draft = deepcopy(ehr.only(TYPE))
        submit(chart)
        ehr.put({**draft, "id": "late", "meta": {"lastUpdated": "2026-12-01T00:00:00Z"}})
        (found,) = chart.open().assessments
        assert found.scores

    def test_its_alerts_count(self, chart, ehr, keep):
        keep(chart, 4)
        item = {"linkId": "44260-8", "answer": [{"valueInteger": 2}]}
        ehr.put({**ehr.only(TYPE), "item": [item]})
        assert len(safety.past(chart, record.rows(chart))) == 1


class TestDigest:
    @pytest.mark.parametrize(
        ("sent", "told"),
        [
            ({"valueDecimal": Decimal("0.40")}, {"valueDecimal": Decimal("0.4")}),
            ({"valueInteger": 2}, {"valueInteger": 2, "id": "x"}),
            (
                {"valueDateTime": "2026-11-23T10:00:00+10:30"},
                {"valueDateTime": "2026-11-22T23:30:00Z"},
            ),
            ({"valueCoding": {"code": "a"}}, {"valueCoding": {"code": "a", "display": "A"}}),
            (
                {"valueReference": {"reference": "Patient/1"}},
                {"valueReference": {"reference": "https://e/fhir/Patient/1"}},
            ),
        ],
    )
    def test_how_a_server_writes_it_does_not_matter(self, sent, told):
        assert digest(sent) == digest(told)

    @pytest.mark.parametrize(
        ("sent", "told"),
        [
            ({"valueBoolean": True}, {"valueBoolean": False}),
            ({"valueBoolean": True}, {"valueInteger": 1}),
            ({"valueString": "1/2"}, {"valueString": "3/2"}),
            (
                {"valueQuantity": {"value": 1, "code": "kg"}},
                {"valueQuantity": {"value": 2, "code": "kg"}},
            ),
            (
                {"valueString": "a", "item": []},
                {"valueString": "a", "item": [{"linkId": "b", "answer": [{}]}]},
            ),
        ],
    )
    def test_what_is_answered_does(self, sent, told):
        assert digest(sent) != digest(told)


def digest(answer):
    return progress.digest({"item": [{"linkId": "a", "answer": [answer]}]})
