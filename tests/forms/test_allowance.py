"""All expressions of a form share one allowance: many hostile ones take no longer than one."""

from dataclasses import replace
from time import process_time

import pytest

from smartapp.forms.reading import read_questionnaire
from smartapp.forms.rules.expressions import OUT_OF_ORDER
from smartapp.forms.state import begin, settle
from smartapp.forms.validate import validate

pytestmark = pytest.mark.untraced  # what takes all its steps takes them far slower when traced

SECONDS = 60.0
"""Of the processor: without an allowance it would take hours."""
MANY = 150
HOSTILE = [
    "(1 | 2).repeat($this + 1).count()",
    "%resource.descendants().select(%resource.descendants()).count()",
    "%questionnaire.descendants().select(%questionnaire.descendants()).count()",
    "%questionnaire.descendants().aggregate($total & 'aaaaaaaaaaaaaaaa', '').length()",
]
ANSWERED = [{"linkId": "a", "answer": [{"valueInteger": 3}]}]


@pytest.fixture
def in_time():
    """Fail when a test takes longer than a person would wait."""
    start = process_time()
    yield
    assert process_time() - start < SECONDS


@pytest.fixture
def short(context):
    """The context of a form whose expressions have a twentieth of the usual steps."""
    return replace(context, steps=50_000)


@pytest.fixture
def many(form, asked, formula):
    """Make a form of one question and many items with the same expression."""

    def make(name, expression, **more):
        extension = [formula(name, expression)]
        items = [asked(f"c{n}", "integer", extension=extension, **more) for n in range(MANY)]
        return read_questionnaire(form(asked("a", "integer"), *items))

    return make


@pytest.mark.parametrize("expression", HOSTILE)
def test_many_hostile_calculations_end_without_any_number(many, short, in_time, expression):
    settled = settle(many("calculatedExpression", expression, readOnly=True), ANSWERED, short)
    assert set(settled.calculated.values()) == {()}
    assert len(settled.failed) == MANY
    assert [entry["linkId"] for entry in settled.submitted()] == ["a"]


@pytest.mark.parametrize("expression", HOSTILE)
def test_many_hostile_conditions_hide_nothing(many, short, in_time, expression):
    questionnaire = many("enableWhenExpression", f"{expression} = 0")
    settled = settle(questionnaire, ANSWERED, short)
    assert settled.closed == frozenset() or not settled.failed


@pytest.mark.parametrize("expression", HOSTILE)
def test_many_hostile_beginnings_give_no_answer(many, short, in_time, expression):
    begun = begin(many("initialExpression", expression), short)
    assert len(begun) < MANY


def test_what_was_calculated_before_the_steps_were_used_up_is_taken_back(
    form, asked, formula, short
):
    """No number is better than one that depends on when we stopped."""
    good = asked("sum", "integer", readOnly=True, extension=[formula("calculatedExpression", "1")])
    bad = [
        asked(f"c{n}", "integer", readOnly=True, extension=[formula("calculatedExpression", text)])
        for n, text in enumerate(HOSTILE[:1] * 20)
    ]
    settled = settle(read_questionnaire(form(good, *bad)), [], short)
    assert (settled.submitted(), settled.calculated[("sum", 0),]) == ([], ())


def test_a_form_that_used_up_its_steps_says_so_to_who_hands_it_in(many, context, in_time):
    questionnaire = many("enableWhenExpression", HOSTILE[0])
    items = [*ANSWERED, {"linkId": "c0", "answer": [{"valueInteger": 1}]}]
    head = {"resourceType": "QuestionnaireResponse", "questionnaire": questionnaire.canonical}
    issues = validate(questionnaire, {**head, "status": "completed", "item": items}, context)
    assert (58, OUT_OF_ORDER) in {(issue.rule, issue.sentence) for issue in issues}


def test_constraints_are_judged_though_the_calculations_took_all_steps(form, asked, formula, short):
    constraint = {
        "url": "http://hl7.org/fhir/StructureDefinition/questionnaire-constraint",
        "extension": [
            {"url": "key", "valueId": "low"},
            {"url": "severity", "valueCode": "error"},
            {"url": "human", "valueString": "Too low."},
            {"url": "expression", "valueString": "%resource.item.answer.value > 5"},
        ],
    }
    calculated = [formula("calculatedExpression", HOSTILE[0])]
    items = [asked(f"c{n}", "integer", readOnly=True, extension=calculated) for n in range(20)]
    raw = form(asked("a", "integer"), *items, extension=[constraint])
    response = {"questionnaire": "https://example.org/q|1", "status": "completed", "item": ANSWERED}
    issues = validate(
        read_questionnaire(raw), {"resourceType": "QuestionnaireResponse", **response}, short
    )
    assert "Too low." in {issue.sentence for issue in issues}


def test_a_large_form_that_means_well_comes_to_rest(form, asked, formula, context):
    """A hundred sums over two hundred answers."""
    total = "%resource.item.where(linkId = 'q3').answer.value.sum() + 3"
    sums = [
        asked(f"s{n}", "integer", readOnly=True, extension=[formula("calculatedExpression", total)])
        for n in range(100)
    ]
    questions = [asked(f"q{n}", "integer") for n in range(200)]
    items = [{"linkId": f"q{n}", "answer": [{"valueInteger": n}]} for n in range(200)]
    settled = settle(read_questionnaire(form(*questions, *sums)), items, context)
    assert settled.failed == frozenset()
    assert settled.calculated[("s99", 0),] == ({"valueInteger": 6},)


def test_ten_thousand_answers_with_items_below_them_take_no_longer_than_their_number(
    form, asked, context, in_time
):
    inner = asked("n", "string")
    questionnaire = read_questionnaire(form(asked("t", "string", repeats=True, item=[inner])))
    below = [{"linkId": "n", "answer": [{"valueString": "y"}]}]
    items = [{"linkId": "t", "answer": [{"valueString": "x", "item": below}] * 10_000}]
    (entry,) = settle(questionnaire, items, context).submitted()
    assert [len(answer["item"]) for answer in entry["answer"]] == [1] * 10_000
