"""What is saved of a form, and what a new form begins with."""

from dataclasses import replace

import pytest

from smartapp.forms.reading import read_questionnaire
from smartapp.forms.state import begin, settle


def answered(link_id, *values, **more):
    return {"linkId": link_id, "answer": [{"valueString": value} for value in values], **more}


@pytest.fixture
def saved(form, asked, context):
    """Return what is saved of a form: a text, a group with a text, a text with a child."""
    group = asked("g", "group", repeats=True, item=[asked("b", "string")])
    parent = asked("c", "string", repeats=True, item=[asked("d", "string")])
    questionnaire = read_questionnaire(form(asked("a", "string"), group, parent))
    return lambda *items: settle(questionnaire, list(items), context).submitted()


def test_items_are_in_the_order_of_the_form_with_their_words(saved):
    rows = [{"linkId": "g", "item": [answered("b", text)]} for text in "xy"]
    items = saved(answered("c", "1"), rows[0], answered("a", "2"), rows[1])
    assert [item["linkId"] for item in items] == ["a", "g", "g", "c"]
    assert items[0] == answered("a", "2", text="What about a?")
    assert items[2]["item"][0]["answer"] == [{"valueString": "y"}]


def test_words_are_in_the_language_of_the_form(named, context):
    option = dict(named("translations-and-rich-text").item("1").options[0].value)
    german = replace(context, language="de")
    items = [{"linkId": "1", "answer": [option]}]
    (item,) = settle(named("translations-and-rich-text"), items, german).submitted()
    assert item["text"] == "Wie geht es Ihnen?"


@pytest.mark.parametrize(
    "empty",
    [
        {"linkId": "a"},
        {"linkId": "a", "answer": []},
        {"linkId": "a", "answer": [{}]},
        {"linkId": "a", "answer": [{"valueString": ""}]},
        {"linkId": "g", "item": []},
        {"linkId": "g", "item": [{"linkId": "b", "answer": []}]},
        {"linkId": "c", "answer": [{"item": [{"linkId": "d"}]}]},
    ],
)
def test_what_says_nothing_is_not_saved(saved, empty):
    assert saved(empty) == []


def test_a_child_is_saved_below_its_own_answer(saved):
    child = {"item": [answered("d", "child")]}
    (item,) = saved(
        {"linkId": "c", "answer": [{"valueString": "1"}, {"valueString": "2", **child}]}
    )
    assert "item" not in item["answer"][0]
    assert item["answer"][1]["item"][0]["answer"] == [{"valueString": "child"}]


def test_a_child_is_saved_although_its_question_was_cleared(saved):
    (item,) = saved({"linkId": "c", "answer": [{"item": [answered("d", "child")]}]})
    assert list(item["answer"][0]) == ["item"]


def test_a_reason_for_no_answer_is_kept(saved):
    reason = [{"url": "urn:absent", "valueCode": "asked-declined"}]
    (item,) = saved({"linkId": "a", "answer": [{"extension": reason}]})
    assert item["answer"] == [{"extension": reason}]


def test_what_does_not_belong_to_the_form_is_kept_for_validation_to_name(saved):
    stranger = {"linkId": "no", "answer": [{"valueString": "x"}]}
    inside = {"linkId": "g", "item": [stranger]}
    assert saved(stranger, "nonsense") == [stranger, "nonsense"]
    assert saved(inside)[0]["item"] == [stranger]
    assert saved({"linkId": "a", "item": [stranger]})[0]["item"] == [stranger]


def test_a_question_that_stands_there_twice_keeps_both_answers(saved):
    (item,) = saved(answered("a", "1"), answered("a", "2"))
    assert item["answer"] == [{"valueString": "1"}, {"valueString": "2"}]


def test_what_is_saved_can_be_changed_without_changing_the_state(named, context):
    settled = settle(named("every-type"), [answered("string", "x")], context)
    settled.submitted()[0]["answer"].clear()
    assert settled.submitted()[0]["answer"] == [{"valueString": "x"}]


def test_a_new_form_has_its_initial_values(named, context):
    items = {entry["linkId"]: entry for entry in begin(named("hidden-read-only-initial"), context)}
    assert items["version"]["answer"] == [{"valueString": "2"}]
    assert [answer["valueString"] for answer in items["words"]["answer"]] == ["one", "two"]
    assert items["integer"]["answer"] == [{"valueInteger": 0}]


def test_a_new_form_has_the_options_chosen_before(named, context):
    (chosen,) = begin(named("options-of-every-kind"), context)
    assert chosen["answer"][0]["valueCoding"]["code"] == "y"


def test_a_new_form_has_as_many_rows_as_there_must_be(named, context):
    items = begin(named("hidden-read-only-initial"), context)
    assert items[-2:] == [{"linkId": "pair"}, {"linkId": "pair"}]


def test_initial_values_are_below_every_answer_and_in_every_row(form, asked, context):
    first = asked("b", "string", initial=[{"valueString": "x"}])
    parent = asked("a", "string", initial=[{"valueString": "y"}], item=[first])
    (item,) = begin(read_questionnaire(form(parent)), context)
    assert item["answer"] == [{"valueString": "y", "item": [answered("b", "x")]}]
    (row,) = begin(read_questionnaire(form(asked("g", "group", item=[first]))), context)
    assert row == {"linkId": "g", "item": [answered("b", "x")]}


def test_initial_expressions_see_the_launch_the_clock_and_each_other(
    named, context, form, asked, formula
):
    known = replace(context, patient={"resourceType": "Patient", "name": [{"given": ["Ana"]}]})
    items = {entry["linkId"]: entry["answer"] for entry in begin(named("expressions"), known)}
    assert items == {"name": [{"valueString": "Ana"}], "today": [{"valueDate": "2026-11-23"}]}
    second = "%resource.item.where(linkId = 'a').answer.value & 'y'"
    texts = (("a", "'x'"), ("b", second), ("c", "1 + 'a'"))
    made = [asked(n, "string", extension=[formula("initialExpression", t)]) for n, t in texts]
    assert begin(read_questionnaire(form(*made)), context) == [
        answered("a", "x"),
        answered("b", "xy"),
    ]


@pytest.mark.parametrize("stray", [{"linkId": ["a"]}, {"linkId": {}}, "words", None, 7])
def test_what_is_no_item_stays_for_validation_to_name(saved, stray):
    assert saved(answered("a", "1"), stray)[1:] == [stray]


@pytest.mark.parametrize("stray", [{"linkId": ["a"]}, "words"])
def test_a_calculation_finds_its_place_beside_what_is_no_item(form, asked, formula, context, stray):
    total = asked("t", "integer", readOnly=True, extension=[formula("calculatedExpression", "7")])
    questionnaire = read_questionnaire(form(asked("a", "string"), total))
    settled = settle(questionnaire, [answered("a", "1"), stray], context)
    assert {"linkId": "t", "answer": [{"valueInteger": 7}]} in settled.items


def test_a_calculation_has_no_room_in_a_group_that_is_none(form, asked, formula, context):
    total = asked("t", "integer", readOnly=True, extension=[formula("calculatedExpression", "7")])
    questionnaire = read_questionnaire(form(asked("g", "group", item=[total])))
    given = [{"linkId": "g", "item": "words"}]
    assert settle(questionnaire, given, context).items == given
