"""When an item is enabled: enableWhen as FHIR R4 defines it."""

from itertools import pairwise

import pytest

from smartapp.forms.reading import read_questionnaire
from smartapp.forms.state import settle

A = {"system": "urn:s", "code": "a"}
KG = {"system": "http://unitsofmeasure.org", "code": "kg"}


def when(question, operator, **answer):
    return {"question": question, "operator": operator, **answer}


def given(link_id, *values, **below):
    return {"linkId": link_id, "answer": [{**value, **below} for value in values]}


@pytest.fixture
def is_enabled(form, asked, context):
    """Tell whether an item with one condition on a question of a type is enabled."""

    def tell(type_, condition, *values, **more):
        target = asked("q", type_, repeats=True, **more)
        questionnaire = read_questionnaire(form(target, asked("x", enableWhen=[condition])))
        items = [given("q", *values)] if values else []
        return settle(questionnaire, items, context).enabled((("x", 0),))

    return tell


@pytest.mark.parametrize(
    ("type_", "operator", "expected", "value", "holds"),
    [
        ("boolean", "=", {"answerBoolean": True}, {"valueBoolean": True}, True),
        ("boolean", "=", {"answerBoolean": False}, {"valueBoolean": True}, False),
        ("integer", "=", {"answerInteger": 3}, {"valueInteger": 3}, True),
        ("integer", ">", {"answerDecimal": 2.5}, {"valueInteger": 3}, True),
        ("integer", "<", {"answerInteger": 3}, {"valueInteger": 3}, False),
        ("integer", "<=", {"answerInteger": 3}, {"valueInteger": 3}, True),
        ("integer", ">=", {"answerInteger": 10}, {"valueInteger": 9}, False),
        ("decimal", "=", {"answerDecimal": 2.50}, {"valueDecimal": 2.5}, True),
        ("decimal", "!=", {"answerInteger": 2}, {"valueDecimal": 2.5}, True),
        ("date", ">", {"answerDate": "2020-06-30"}, {"valueDate": "2020-07-01"}, True),
        ("date", ">", {"answerDate": "2020-06"}, {"valueDate": "2020-06-30"}, False),
        ("date", "=", {"answerDate": "2020-06"}, {"valueDate": "2020-06-30"}, False),
        ("date", "<", {"answerDate": "2020-07"}, {"valueDate": "2020-06-30"}, True),
        ("date", "=", {"answerDate": "2020-06-30"}, {"valueDate": "no date"}, False),
        (
            "dateTime",
            "=",
            {"answerDateTime": "2020-06-30T10:00:00Z"},
            {"valueDateTime": "2020-06-30T12:00:00+02:00"},
            True,
        ),
        ("time", "<", {"answerTime": "06:00:00"}, {"valueTime": "05:59:59"}, True),
        ("string", "=", {"answerString": "no"}, {"valueString": "No"}, False),
        ("url", "=", {"answerString": "http://a"}, {"valueUri": "http://a"}, True),
        (
            "reference",
            "=",
            {"answerReference": {"reference": "P/1"}},
            {"valueReference": {"reference": "P/1", "display": "P"}},
            True,
        ),
        (
            "quantity",
            ">",
            {"answerQuantity": {"value": 1, **KG}},
            {"valueQuantity": {"value": 1001, **KG, "code": "g"}},
            True,
        ),
        (
            "quantity",
            ">",
            {"answerQuantity": {"value": 1, **KG}},
            {"valueQuantity": {"value": 9, **KG, "code": "m"}},
            False,
        ),
        (
            "quantity",
            "=",
            {"answerQuantity": {"value": 1, **KG}},
            {"valueQuantity": {"unit": "kg"}},
            False,
        ),
    ],
)
def test_answers_are_compared_by_their_type(is_enabled, type_, operator, expected, value, holds):
    assert is_enabled(type_, when("q", operator, **expected), value) is holds


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        ({"valueCoding": {**A, "display": "Another display"}}, True),
        ({"valueCoding": {"system": "urn:other", "code": "a"}}, False),
        ({"valueCoding": {"code": "a"}}, False),
        ({"valueString": "a"}, False),
    ],
)
def test_a_coding_is_the_same_by_system_and_code(is_enabled, value, holds):
    options = [{"valueCoding": {**A, "display": "A"}}]
    condition = when("q", "=", answerCoding=A)
    assert is_enabled("open-choice", condition, value, answerOption=options) is holds


@pytest.mark.parametrize(
    ("operator", "answer", "values", "holds"),
    [
        ("exists", {"answerBoolean": True}, [], False),
        ("exists", {"answerBoolean": False}, [], True),
        ("exists", {"answerBoolean": True}, [0], True),
        ("exists", {"answerBoolean": False}, [0], False),
        ("=", {"answerInteger": 2}, [1, 2], True),
        ("!=", {"answerInteger": 2}, [1, 2], False),
        ("!=", {"answerInteger": 2}, [1, 3], True),
        ("!=", {"answerInteger": 2}, [], True),
        (">", {"answerInteger": 2}, [1, 3], True),
        (">", {"answerInteger": 2}, [], False),
        ("=", {"answerInteger": 2}, [], False),
    ],
)
def test_one_of_several_answers_is_enough_but_not_for_unequal(
    is_enabled, operator, answer, values, holds
):
    given_values = [{"valueInteger": value} for value in values]
    assert is_enabled("integer", when("q", operator, **answer), *given_values) is holds


def test_an_empty_answer_is_no_answer(is_enabled):
    assert not is_enabled("string", when("q", "exists", answerBoolean=True), {"valueString": ""})


@pytest.mark.parametrize(("behavior", "holds"), [("all", False), ("any", True)])
def test_enable_behavior_joins_the_conditions(form, asked, context, behavior, holds):
    conditions = [when("a", "=", answerBoolean=True), when("a", "exists", answerBoolean=False)]
    item = asked("x", enableWhen=conditions, enableBehavior=behavior)
    questionnaire = read_questionnaire(form(asked("a"), item))
    settled = settle(questionnaire, [given("a", {"valueBoolean": True})], context)
    assert settled.enabled((("x", 0),)) is holds


def test_answers_of_what_is_disabled_count_as_absent(form, asked, context):
    yes = {"valueBoolean": True}
    chain = [asked(n, enableWhen=[when(m, "=", answerBoolean=True)]) for m, n in ("ab", "bc")]
    questionnaire = read_questionnaire(form(asked("a"), *chain))
    items = [given("a", {"valueBoolean": False}), given("b", yes), given("c", yes)]
    settled = settle(questionnaire, items, context)
    assert settled.closed == {(("b", 0),), (("c", 0),)}
    assert [entry["linkId"] for entry in settled.submitted()] == ["a"]
    assert settled.items == items


def test_a_condition_may_look_at_what_comes_later(form, asked, context):
    first = asked("first", enableWhen=[when("last", "=", answerBoolean=True)])
    questionnaire = read_questionnaire(form(first, asked("last")))
    items = [given("last", {"valueBoolean": True})]
    assert settle(questionnaire, items, context).enabled((("first", 0),))


def test_nothing_is_enabled_below_a_disabled_item(form, asked, context):
    group = asked("g", "group", enableWhen=[when("a", "=", answerBoolean=True)], item=[asked("b")])
    settled = settle(read_questionnaire(form(asked("a"), group)), [], context)
    assert not settled.enabled((("g", 0), ("b", 0)))
    assert not settled.enabled((("g", 0), ("b", 0), ("unknown", 0)))


@pytest.fixture
def rows(form, asked):
    """A repeating group whose last item depends on its first, and one that asks outside."""
    inner = asked("why", enableWhen=[when("stopped", "=", answerBoolean=True)])
    outer = asked("any", enableWhen=[when("stopped", "=", answerBoolean=True)])
    before = asked("early", enableWhen=[when("stopped", "=", answerBoolean=True)])
    row = asked("row", "group", repeats=True, item=[inner, asked("stopped")])
    return read_questionnaire(form(before, row, outer))


def row(*values):
    return {"linkId": "row", "item": [given("stopped", {"valueBoolean": v}) for v in values]}


def test_a_condition_looks_into_its_own_row_first(rows, context):
    settled = settle(rows, [row(True), row(), row(False), row(True)], context)
    shown = [settled.enabled((("row", n), ("why", 0))) for n in range(4)]
    assert shown == [True, False, False, True]


def test_from_outside_the_nearest_row_before_counts_else_the_first_after(rows, context):
    settled = settle(rows, [row(True), row(False)], context)
    assert not settled.enabled((("any", 0),))
    assert settled.enabled((("early", 0),))


def test_a_child_of_an_answer_looks_at_that_answer_and_its_siblings(form, asked, context):
    child = asked("child", enableWhen=[when("beside", "=", answerBoolean=True)])
    parent = asked("q", "string", repeats=True, item=[asked("beside"), child])
    questionnaire = read_questionnaire(form(parent))
    yes = {"item": [given("beside", {"valueBoolean": True})]}
    items = [{"linkId": "q", "answer": [{"valueString": "a"}, {"valueString": "b", **yes}]}]
    settled = settle(questionnaire, items, context)
    assert [settled.enabled((("q", n), ("child", 0))) for n in (0, 1)] == [False, True]


def test_a_disabled_question_closes_the_way_to_each_of_its_answers(form, asked, context):
    condition = [when("a", "=", answerBoolean=True)]
    parent = asked("q", "string", repeats=True, enableWhen=condition, item=[asked("child")])
    items = [given("q", {"valueString": "a"}, {"valueString": "b"})]
    settled = settle(read_questionnaire(form(asked("a"), parent)), items, context)
    assert not settled.enabled((("q", 1), ("child", 0)))
    assert not settled.enabled((("q", 2), ("child", 0))), "nor to one that is added"
    assert settled.submitted() == []


def test_a_long_chain_of_conditions_needs_no_stack(form, asked, context):
    names = [f"n{number}" for number in range(1500)]
    links = pairwise(names)
    items = [asked(n, enableWhen=[when(later, "exists", answerBoolean=True)]) for n, later in links]
    questionnaire = read_questionnaire(form(*items, asked(names[-1])))
    settled = settle(questionnaire, [given(n, {"valueBoolean": True}) for n in names], context)
    assert settled.closed == frozenset()
