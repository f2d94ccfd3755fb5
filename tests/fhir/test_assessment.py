"""Assessments in the record: exact scores, tied to their answers and their occasion."""

from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest

from smartapp.errors import EhrConflict
from smartapp.fhir import assessment as assessments
from smartapp.fhir import names
from smartapp.fhir.assessment import Elsewhere
from smartapp.fhir.response import Answered
from smartapp.program.assessment import Occasion, Response, score

FORM = UUID(int=5)


@pytest.fixture
def answered(content):
    """PEG 7, 7, 6 (mean 20/3) and PSEQ all 4 (total 40)."""
    peg, pseq = content.instruments["peg"], content.instruments["pseq"]
    return [
        Response(peg, dict(zip(("pain", "enjoyment", "activity"), (7, 7, 6), strict=True))),
        Response(pseq, {item.link_id: 4 for item in pseq.items}),
    ]


@pytest.fixture
def add(chart, answered):
    def add(occasion=Occasion.BASELINE, number=None, enrolled=None, responses=None, form=FORM):
        given = answered if responses is None else responses
        scores = [s for response in given for s in score(response)]
        return assessments.add(chart, occasion, number, given, scores, enrolled, form)

    return add


def peg_observation(ehr):
    return next(o for o in ehr.all("Observation") if "component" in o)


def test_scores_are_exact_when_read_again(chart, add) -> None:
    kept = add()
    assert [s.value for s in kept.scores] == [Fraction(20, 3), Fraction(40)]
    assert chart.open().assessments == (kept,)
    assert chart.open().elsewhere == ()


def test_the_peg_observation_has_the_shape_pain_summaries_read(ehr, add) -> None:
    """FACTS 2.3: AHRQ's FactorsToConsiderInManagingChronicPainFHIRv401.cql, lines 656-720."""
    add()
    observation = peg_observation(ehr)
    assert observation["status"] == "final"
    assert observation["code"]["coding"][0]["system"] == "http://loinc.org"
    assert observation["code"]["coding"][0]["code"] == "91147-9"
    assert observation["effectiveDateTime"] == "2026-11-23T09:30:05+10:30"
    unit = {"unit": "{score}", "system": "http://unitsofmeasure.org", "code": "{score}"}
    assert observation["valueQuantity"] == {"value": Decimal("6.7"), **unit}
    parts = {c["code"]["coding"][0]["code"]: c["valueQuantity"] for c in observation["component"]}
    assert parts == {
        code: {"value": value, **unit}
        for code, value in (("75893-8", 7), ("91145-3", 7), ("91146-1", 6))
    }


def test_responses_say_who_what_when(ehr, chart, add, enrolled) -> None:
    kept = add(Occasion.SESSION, 3, enrolled)
    response = next(r for r in ehr.all("QuestionnaireResponse") if "basedOn" in r)
    assert response["questionnaire"].endswith("/Questionnaire/peg|1.1.0")
    assert response["basedOn"] == [{"reference": f"CarePlan/{enrolled.id}"}]
    assert response["source"] == {"reference": "Patient/p1"}
    assert response["item"][0]["answer"] == [{"valueInteger": 7}]
    assert (kept.occasion, kept.session_number) == (Occasion.SESSION, 3)
    assert kept.author_name == "Dana Coach"
    assert peg_observation(ehr)["derivedFrom"][0]["reference"].endswith(response["id"])


def test_a_user_the_ehr_did_not_name_is_no_performer(ehr, chart, add) -> None:
    chart.author = None
    assert add().author_name == ""
    assert "performer" not in peg_observation(ehr)


def test_the_same_form_is_saved_once(ehr, add) -> None:
    assert add() == add()
    assert len(ehr.all("Observation")) == 2


def test_the_same_form_with_other_answers_is_a_conflict(answered, add) -> None:
    add()
    answers = {**answered[0].answers, "pain": 0}
    with pytest.raises(EhrConflict):
        add(responses=[replace(answered[0], answers=answers), answered[1]])


def test_assessments_come_oldest_first(chart, ehr, add) -> None:
    add()
    later = add(Occasion.END, form=UUID(int=6))
    for row in [*ehr.all("QuestionnaireResponse")[-2:], *ehr.all("Observation")[-2:]]:
        ehr.put({**row, **_at(row, "2026-11-22T09:00:00Z")})
    assert chart.open().assessments[0].key == later.key


def _at(row, time: str) -> dict[str, str]:
    return {("authored" if "authored" in row else "effectiveDateTime"): time}


def test_without_observations_the_answers_are_scored(ehr, chart, add) -> None:
    kept = add()
    ehr.refused["GET", "Observation"] = 403
    record = chart.open()
    assert record.assessments[0].scores == kept.scores
    assert record.unread == ("Observation",)


def test_a_withdrawn_score_does_not_come_back(ehr, chart, add) -> None:
    add()
    ehr.put({**peg_observation(ehr), "status": "entered-in-error"})
    (kept,) = chart.open().assessments
    assert [s.scale.title for s in kept.scores] == ["PSEQ total"]


def test_without_responses_the_components_are_exact(ehr, chart, add) -> None:
    add()
    ehr.refused["GET", "QuestionnaireResponse"] = 403
    (kept,) = chart.open().assessments
    peg, pseq = kept.scores
    assert (peg.value, pseq.value) == (Fraction(20, 3), Fraction(40))
    assert "written" in pseq.how
    assert kept.responses == ()


def test_a_score_the_answers_do_not_explain_is_believed(ehr, chart, add) -> None:
    add()
    observation = peg_observation(ehr)
    ehr.put({**observation, "valueQuantity": {"value": Decimal("2.50")}})
    (kept,) = chart.open().assessments
    assert kept.scores[0].value == Fraction(5, 2)
    assert "written" in kept.scores[0].how


def test_an_observation_without_a_number_is_no_score(ehr, chart, add) -> None:
    add()
    ehr.put({**peg_observation(ehr), "valueQuantity": {"unit": "?"}})
    assert len(chart.open().assessments[0].scores) == 1


def elsewhere(ehr, value: object, *parts: int, **more) -> None:
    codes = ("75893-8", "91145-3", "91146-1")
    ehr.put(
        {
            "resourceType": "Observation",
            "status": "final",
            "code": {"coding": [{"system": names.LOINC, "code": "91147-9"}]},
            "subject": {"reference": "Patient/p1"},
            "effectiveDateTime": "2025-01-01T10:00:00Z",
            "performer": [{"display": "Dr. Else"}],
            "valueQuantity": {"value": value},
            "component": [
                {
                    "code": {"coding": [{"system": names.LOINC, "code": code}]},
                    "valueInteger": part,
                }
                for code, part in zip(codes, parts, strict=False)
            ],
            **more,
        }
    )


@pytest.mark.parametrize("stored", [7, Decimal("6.7"), Decimal("6.67")])
def test_pegs_of_others_are_history_exact_by_their_components(ehr, chart, stored) -> None:
    elsewhere(ehr, stored, 7, 7, 6)
    record = chart.open()
    assert record.assessments == ()
    (kept,) = record.elsewhere
    assert kept.scores[0].value == Fraction(20, 3)
    assert (kept.occasion, kept.author_name) == (Elsewhere.ELSEWHERE, "Dr. Else")


def test_components_out_of_range_are_no_answers(ehr, chart) -> None:
    elsewhere(ehr, Decimal("6.5"), 7, 7, 60)
    assert chart.open().elsewhere[0].scores[0].value == Fraction(13, 2)


@pytest.mark.parametrize(
    "odd", [{"effectiveDateTime": "2025"}, {"code": {"text": "PEG"}}, {"valueQuantity": None}]
)
def test_what_cannot_be_placed_is_no_history(ehr, chart, odd) -> None:
    elsewhere(ehr, 5, **odd)
    assert chart.open().elsewhere == ()


def loinc_peg(ehr, *answers: dict, link: str = "/{}", **more) -> None:
    """A PEG as LOINC's own form is answered: decimal first, then choices, no code on the items."""
    codes = ("75893-8", "91145-3", "91146-1")
    items = [
        {"linkId": link.format(code), "answer": [answer]}
        for code, answer in zip(codes, answers, strict=False)
    ]
    ehr.put(
        {
            "resourceType": "QuestionnaireResponse",
            "status": "completed",
            "questionnaire": "http://loinc.org/q/91148-7",
            "subject": {"reference": "Patient/p1"},
            "authored": "2025-01-01T10:00:00Z",
            "item": [{"linkId": "group", "item": items}],
            **more,
        }
    )


ORDINAL = [{"url": names.ORDINAL, "valueDecimal": 6}]


@pytest.mark.parametrize(
    "last",
    [
        {"valueInteger": 6},
        {"valueDecimal": Decimal("6.0")},
        {"valueQuantity": {"value": 6}},
        {"valueString": " 6 "},
        {"valueCoding": {"code": "LA10138-8", "display": "2 or more"}},
        {"valueCoding": {"code": "x", "extension": ORDINAL}},
        {"valueCoding": {"code": "x", "display": "6"}},
    ],
)
def test_pegs_answered_in_other_ways_are_understood(ehr, chart, last) -> None:
    loinc_peg(ehr, {"valueDecimal": Decimal("7")}, {"valueCoding": {"code": "LA10139-6"}}, last)
    (kept,) = chart.open().elsewhere
    assert kept.scores[0].value == Fraction(20, 3)


@pytest.mark.parametrize(
    "last",
    [
        {},
        {"valueBoolean": True},
        {"valueInteger": True},
        {"valueInteger": 11},
        {"valueDecimal": Decimal("6.5")},
        {"valueString": "six"},
        {"valueString": "NaN"},
        {"valueDate": "2026-01-01"},
    ],
)
def test_what_is_no_answer_is_never_guessed(ehr, chart, last) -> None:
    loinc_peg(ehr, {"valueInteger": 7}, {"valueInteger": 7}, last)
    assert chart.open().elsewhere == ()


def test_items_are_recognized_by_their_words_too(ehr, chart, content) -> None:
    items = [
        {"linkId": str(n), "text": f" {item.text} ", "answer": [{"valueInteger": 5}]}
        for n, item in enumerate(content.instruments["peg"].items)
    ]
    loinc_peg(ehr, item=items)
    assert chart.open().elsewhere[0].scores[0].value == 5


@pytest.mark.parametrize("more", [{"status": "in-progress"}, {"authored": None}, {"item": []}])
def test_unfinished_undated_or_empty_responses_are_no_history(ehr, chart, more) -> None:
    five = {"valueInteger": 5}
    loinc_peg(ehr, five, five, five, **more)
    assert chart.open().elsewhere == ()


def test_a_response_and_its_observation_elsewhere_are_one(ehr, chart) -> None:
    five = {"valueInteger": 5}
    loinc_peg(ehr, five, five, five)
    source = ehr.only("QuestionnaireResponse")["id"]
    elsewhere(ehr, 5, derivedFrom=[{"reference": f"QuestionnaireResponse/{source}"}])
    (kept,) = chart.open().elsewhere
    assert len(kept.scores) == len(kept.responses) == 1


def test_an_assessment_belongs_to_the_enrollment_it_was_made_in(chart, add, enrolled) -> None:
    kept = add(enrolled=enrolled)
    assert assessments.belongs(chart, kept, enrolled)
    assert not assessments.belongs(chart, kept, None)


def test_before_anybody_enrolled_it_belongs_to_whatever_follows(chart, add, enrolled) -> None:
    assert assessments.belongs(chart, add(), enrolled)


class TestWholeAnswers:
    """What was answered is kept whole, whether it counts for a score or not."""

    DIARY = (
        {
            "linkId": "night",
            "text": "Last night",
            "item": [
                {
                    "linkId": "slept",
                    "text": "How did you sleep?",
                    "answer": [
                        {
                            "valueString": "badly",
                            "item": [
                                {
                                    "linkId": "why",
                                    "text": "Why?",
                                    "answer": [{"valueString": "pain"}],
                                }
                            ],
                        }
                    ],
                },
                {"linkId": "hours", "answer": [{"valueDecimal": Decimal("4.50")}]},
            ],
        },
    )

    @pytest.fixture
    def submit(self, chart):
        def submit(*answered, scores=(), enrollment=None):
            said = (Occasion.BASELINE, None, answered, scores, enrollment, FORM)
            return assessments.submit(chart, *said)

        return submit

    def test_a_questionnaire_without_scales_is_an_assessment(self, ehr, chart, submit) -> None:
        submit(Answered("diary", "https://x.example/diary|1", self.DIARY))
        (kept,) = chart.open().assessments
        assert (kept.scores, kept.responses) == ((), ())
        assert kept.key == assessments.key_of(FORM)
        assert kept.answered[0]["item"] == list(self.DIARY)
        assert ehr.only("QuestionnaireResponse")["questionnaire"] == "https://x.example/diary|1"

    def test_a_score_is_made_from_numbers_inside_groups_and_answers(self, content) -> None:
        peg = content.instruments["peg"]
        flat = Answered.of(Response(peg, {"pain": 7, "enjoyment": 7, "activity": 6}))
        inside = [{"linkId": "g", "answer": [{"valueString": "x", "item": [flat.items[0]]}]}]
        nested = replace(flat, items=[*inside, {"linkId": "h", "item": flat.items[1:]}])
        assert nested.response == flat.response

    def test_beside_a_scored_one_both_are_one_assessment(self, chart, answered, submit) -> None:
        diary = Answered("diary", "https://x.example/diary|1", self.DIARY)
        kept = submit(diary, Answered.of(answered[0]), scores=score(answered[0]))
        assert len(kept.answered) == 2
        assert [s.value for s in kept.scores] == [Fraction(20, 3)]
        assert diary.response is None

    def test_without_any_answer_it_has_no_items(self, ehr, submit) -> None:
        submit(Answered("diary", "https://x.example/diary|1", ()))
        assert "item" not in ehr.only("QuestionnaireResponse")

    def test_an_unfinished_one_is_no_assessment(self, ehr, chart, submit) -> None:
        submit(Answered("diary", "https://x.example/diary|1", self.DIARY))
        ehr.put({**ehr.only("QuestionnaireResponse"), "status": "in-progress"})
        assert chart.open().assessments == ()

    def test_the_same_form_with_another_answer_deep_inside_is_a_conflict(self, submit) -> None:
        submit(Answered("diary", "https://x.example/diary|1", self.DIARY))
        changed = deepcopy(self.DIARY)
        changed[0]["item"][0]["answer"][0]["item"][0]["answer"][0]["valueString"] = "noise"
        with pytest.raises(EhrConflict):
            submit(Answered("diary", "https://x.example/diary|1", changed))

    def test_it_names_its_enrollment(self, ehr, submit) -> None:
        submit(Answered("diary", "https://x.example/diary|1", ()), enrollment="CarePlan/c1")
        assert ehr.only("QuestionnaireResponse")["basedOn"] == [{"reference": "CarePlan/c1"}]
