"""A form at rest: calculations, variables, expressions that enable and offer, what is saved."""

from copy import deepcopy
from dataclasses import replace
from decimal import Decimal

import pytest

from smartapp.errors import PathFailed
from smartapp.fhirpath import compile
from smartapp.forms.reading import read_questionnaire
from smartapp.forms.state import settle

SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"
TOTAL, BAND = (("total", 0),), (("band", 0),)


def number(link_id, *values):
    return {"linkId": link_id, "answer": [{"valueInteger": value} for value in values]}


def by_link_id(items):
    return {entry["linkId"]: entry for entry in items}


@pytest.fixture
def sum_of(form, asked, formula):
    """A form with two numbers and their sum; ``more`` is said of the sum."""

    def make(expression="%a + %b", type_="integer", **more):
        value = "%resource.item.where(linkId = '{}').answer.value"
        variables = [formula("variable", value.format(name), name) for name in "ab"]
        extension = [formula("calculatedExpression", expression)]
        total = asked("total", type_, extension=extension, **{"readOnly": True, **more})
        items = (asked("a", "integer"), asked("b", "integer"), total)
        return read_questionnaire(form(*items, extension=variables))

    return make


def test_a_calculated_value_is_put_in(sum_of, context):
    settled = settle(sum_of(), [number("a", 1), number("b", 2)], context)
    assert by_link_id(settled.items)["total"] == number("total", 3)
    assert settled.calculated == {TOTAL: ({"valueInteger": 3},)}
    assert by_link_id(settled.submitted())["total"]["answer"] == [{"valueInteger": 3}]


def test_a_missing_answer_gives_no_value_and_takes_an_old_one_away(sum_of, context):
    settled = settle(sum_of(), [number("a", 1), number("total", 3)], context)
    assert [entry["linkId"] for entry in settled.submitted()] == ["a"]


def test_the_answers_given_are_never_changed(named, context):
    items = [number("a", 1), {"linkId": "total", "answer": [{"valueInteger": 9}]}]
    before = deepcopy(items)
    settled = settle(named("expressions"), items, context)
    settled.items.clear()
    assert items == before


def test_what_was_typed_over_a_calculation_stays(sum_of, context):
    editable = sum_of(readOnly=False)
    typed = [number("a", 1), number("b", 2), number("total", 7)]
    settled = settle(editable, typed, context)
    assert by_link_id(settled.items)["total"] == number("total", 7)
    assert settled.calculated[TOTAL] == ({"valueInteger": 3},)


def test_what_was_calculated_before_and_not_edited_is_calculated_again(sum_of, context):
    editable = sum_of(readOnly=False)
    before = settle(editable, [number("a", 1), number("b", 2)], context).items
    now = [number("a", 5), *before[1:]]
    assert by_link_id(settle(editable, now, context, before).items)["total"] == number("total", 7)
    edited = [*now[:2], number("total", 4)]
    assert by_link_id(settle(editable, edited, context, before).items)["total"] == number(
        "total", 4
    )


@pytest.mark.parametrize(
    ("type_", "expression", "value"),
    [
        ("integer", "3.0", {"valueInteger": 3}),
        ("integer", "3.5", None),
        ("integer", "true", None),
        ("integer", "1 | 2", None),
        ("integer", "1 / 0", None),
        ("decimal", "1", {"valueDecimal": Decimal(1)}),
        ("boolean", "1 = 1", {"valueBoolean": True}),
        ("boolean", "1", None),
        ("string", "1.50", {"valueString": "1.50"}),
        ("string", "'a' & 'b'", {"valueString": "ab"}),
        ("string", "''", None),
        ("text", "today()", {"valueString": "2026-11-23"}),
        ("date", "@2020-02-29 + 1 year", {"valueDate": "2021-02-28"}),
        ("date", "'2020-02'", {"valueDate": "2020-02"}),
        ("date", "'soon'", None),
        ("dateTime", "@2020-02-29T10:00:00Z", {"valueDateTime": "2020-02-29T10:00:00Z"}),
        ("time", "@T07:30", {"valueTime": "07:30"}),
        ("url", "'urn:x'", {"valueUri": "urn:x"}),
        (
            "quantity",
            "3 'kg'",
            {
                "valueQuantity": {
                    "value": 3,
                    "unit": "kg",
                    "system": "http://unitsofmeasure.org",
                    "code": "kg",
                }
            },
        ),
        ("quantity", "3", None),
        ("reference", "%resource", None),
        ("quantity", "%questionnaire.item.first()", None),
        ("attachment", "1", None),
    ],
)
def test_a_result_becomes_an_answer_of_the_items_type_or_none(
    sum_of, context, type_, expression, value
):
    (values,) = settle(sum_of(expression, type_), [], context).calculated.values()
    assert values == (() if value is None else (value,))


@pytest.mark.parametrize("type_", ["reference", "quantity", "attachment"])
def test_a_part_of_a_resource_is_copied(form, asked, formula, context, type_):
    name = f"value{type_.capitalize()}"
    content = {"reference": "P/1", "value": 1, "url": "urn:x", "data": "eA=="}
    extension = [formula("calculatedExpression", "%resource.item.where(linkId='a').answer.value")]
    items = asked("a", type_), asked("b", type_, readOnly=True, extension=extension)
    given = [{"linkId": "a", "answer": [{name: content}]}]
    (values,) = settle(read_questionnaire(form(*items)), given, context).calculated.values()
    assert values == ({name: content},)
    assert values[0][name] is not content


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("'b'", {"valueCoding": {"system": "s", "code": "b", "display": "B"}}),
        (
            "%questionnaire.item[2].answerOption.value.where(code = 'a')",
            {"valueCoding": {"system": "s", "code": "a"}},
        ),
        ("3", {"valueInteger": 3}),
        ("'free'", {"valueString": "free"}),
        ("true", None),
        ("%questionnaire", None),
    ],
)
def test_a_result_names_an_option(sum_of, context, expression, value):
    codings = ({"system": "s", "code": "a"}, {"system": "s", "code": "b", "display": "B"})
    options = [*({"valueCoding": coding} for coding in codings), {"valueInteger": 3}]
    questionnaire = sum_of(expression, "open-choice", answerOption=options)
    assert settle(questionnaire, [], context).calculated[TOTAL] == ((value,) if value else ())


def test_a_number_becomes_a_quantity_in_the_items_unit(form, asked, formula, context):
    url = "http://hl7.org/fhir/StructureDefinition/questionnaire-unit"
    unit = {"url": url, "valueCoding": {"system": "urn:u", "code": "kg", "display": "kilo"}}
    extension = [unit, formula("calculatedExpression", "2.5")]
    item = asked("q", "quantity", readOnly=True, extension=extension)
    (values,) = settle(read_questionnaire(form(item)), [], context).calculated.values()
    expected = {"value": Decimal("2.5"), "system": "urn:u", "code": "kg", "unit": "kilo"}
    assert values == ({"valueQuantity": expected},)


def test_several_results_fit_a_repeating_item(sum_of, context):
    questionnaire = sum_of("1 | 2", repeats=True)
    assert len(settle(questionnaire, [], context).calculated[TOTAL]) == 2


@pytest.fixture
def scored(named):
    """Give the answers of the expressions example, the three items answered by option."""

    def make(*chosen):
        questionnaire = named("expressions")
        pairs = zip(("i1", "i2", "i3"), chosen, strict=False)
        answers = [(n, dict(questionnaire.item(n).options[c].value)) for n, c in pairs]
        inner = [{"linkId": name, "answer": [value]} for name, value in answers]
        return questionnaire, [{"linkId": "items", "item": inner}]

    return make


@pytest.mark.parametrize(
    ("chosen", "total", "band", "asks_more"),
    [((3, 3, 3), 9, "high", True), ((0, 0, 0), 0, "low", False), ((2, 2, 2), 6, "high", True)],
)
def test_calculations_conditions_and_variables_come_to_rest(
    scored, context, chosen, total, band, asks_more
):
    questionnaire, items = scored(*chosen)
    settled = settle(questionnaire, items, context)
    assert settled.calculated[TOTAL] == ({"valueInteger": total},)
    assert settled.calculated[BAND] == ({"valueString": band},)
    assert settled.enabled((("more", 0),)) is asks_more
    assert settled.failed == frozenset()


def test_an_incomplete_score_is_no_score(scored, context):
    settled = settle(*scored(3, 3), context)
    assert settled.calculated[TOTAL] == settled.calculated[BAND] == ()
    assert not settled.enabled((("more", 0),))


def test_settling_again_changes_nothing(scored, context):
    questionnaire, items = scored(1, 2, 3)
    once = settle(questionnaire, items, context)
    again = settle(questionnaire, once.items, context)
    assert (again.items, again.closed) == (once.items, once.closed)


def test_each_row_has_variables_of_its_own(named, context):
    rows = [[number("walked", walked), number("rested", 1)] for walked in (10, 20)]
    items = [{"linkId": "days", "item": row} for row in rows]
    settled = settle(named("expressions"), items, context)
    sums = [settled.calculated[(("days", n), ("sum", 0))] for n in (0, 1)]
    assert sums == [({"valueInteger": 11},), ({"valueInteger": 21},)]
    assert [len(row["item"]) for row in settled.items] == [3, 3]


def test_the_group_around_a_calculated_value_is_made_in_its_place(form, asked, formula, context):
    extension = [formula("calculatedExpression", "5")]
    inner = asked("x", "integer", readOnly=True, extension=extension)
    group = asked("g", "group", item=[asked("g", "group", item=[inner]) | {"linkId": "h"}])
    questionnaire = read_questionnaire(form(asked("a"), group, asked("z")))
    settled = settle(questionnaire, [number("a", 1), number("z", 2)], context)
    assert [entry["linkId"] for entry in settled.items] == ["a", "g", "z"]
    assert settled.items[1]["item"] == [{"linkId": "h", "item": [number("x", 5)]}]


def test_a_calculation_below_a_question_waits_for_its_answer(form, asked, formula, context):
    extension = [formula("calculatedExpression", "5")]
    inner = asked("x", "integer", readOnly=True, extension=extension)
    questionnaire = read_questionnaire(form(asked("q", "integer", item=[inner])))
    assert settle(questionnaire, [], context).items == []
    (entry,) = settle(questionnaire, [number("q", 1)], context).items
    assert entry["answer"][0]["item"] == [number("x", 5)]


def test_a_disabled_item_is_not_calculated_and_keeps_what_it_has(form, asked, formula, context):
    rules = [formula("calculatedExpression", "5"), formula("enableWhenExpression", "false")]
    item = asked("x", "integer", readOnly=True, extension=rules)
    settled = settle(read_questionnaire(form(item)), [number("x", 1)], context)
    assert settled.items == [number("x", 1)]
    assert (settled.calculated, settled.submitted()) == ({}, [])


def test_a_calculation_does_not_see_disabled_answers(form, asked, formula, context):
    rule = {"question": "a", "operator": "exists", "answerBoolean": False}
    extension = [
        formula("calculatedExpression", "%resource.descendants().where($this is integer).count()")
    ]
    total = asked("t", "string", readOnly=True, extension=extension)
    items = [asked("a", "integer"), asked("b", "integer", enableWhen=[rule]), total]
    settled = settle(read_questionnaire(form(*items)), [number("a", 1), number("b", 1)], context)
    assert settled.closed == {(("b", 0),)}
    assert by_link_id(settled.items)["t"]["answer"][0]["valueString"] in ("0", "1")


def test_a_form_that_does_not_come_to_rest_has_no_value(form, asked, formula, context):
    rules = [formula("calculatedExpression", "iif(%resource.item.answer.empty(), 1)")]
    questionnaire = read_questionnaire(form(asked("x", "integer", readOnly=True, extension=rules)))
    settled = settle(questionnaire, [], context)
    assert (settled.submitted(), settled.failed) == ([], {(("x", 0),)})


def test_a_condition_that_does_not_come_to_rest_hides_nothing(form, asked, formula, context):
    rule = [formula("enableWhenExpression", "%resource.item.answer.empty()")]
    questionnaire = read_questionnaire(form(asked("x", extension=rule)))
    settled = settle(questionnaire, [number("x", 1)], context)
    assert (settled.closed, settled.failed) == (frozenset(), {(("x", 0),)})


@pytest.mark.parametrize(
    ("expression", "is_open", "has_failed"),
    [
        ("true", True, False),
        ("false", False, False),
        ("{}", False, False),
        ("'x'", True, False),
        ("true | false", True, True),
    ],
)
def test_a_condition_that_fails_hides_nothing(
    form, asked, formula, context, expression, is_open, has_failed
):
    rule = [formula("enableWhenExpression", expression)]
    settled = settle(read_questionnaire(form(asked("x", extension=rule))), [], context)
    assert settled.enabled((("x", 0),)) is is_open
    assert bool(settled.failed) is has_failed


@pytest.mark.parametrize(
    ("chosen", "off"),
    [(None, {"0", "1", "2", "3"}), ("back", {"2", "3"}), ("knee", {"0", "1"})],
)
def test_options_are_offered_while_a_toggle_is_true(named, context, chosen, off):
    questionnaire = named("expressions")
    values = (dict(option.value) for option in questionnaire.item("where").options)
    items = [
        {"linkId": "where", "answer": [v for v in values if v["valueCoding"]["code"] == chosen]}
    ]
    assert settle(questionnaire, items, context).toggled_off == {(("part", 0),): off}


def test_what_the_launch_gives_is_seen(sum_of, form, asked, formula, context):
    part = {"url": "name", "valueCoding": {"code": "patient"}}
    launch = {"url": f"{SDC}launchContext", "extension": [part]}
    rule = formula("enableWhenExpression", "%patient.gender = 'female'")
    questionnaire = read_questionnaire(form(asked("x", extension=[rule]), extension=[launch]))
    known = replace(context, patient={"resourceType": "Patient", "gender": "female"})
    assert settle(questionnaire, [], known).enabled((("x", 0),))
    assert not settle(questionnaire, [], context).enabled((("x", 0),))


def test_a_rule_can_be_evaluated_at_its_item(named, context):
    questionnaire = named("constraints")
    span = questionnaire.item("span")
    days = [("from", "2026-02-01"), ("to", "2026-01-01")]
    inner = [{"linkId": n, "answer": [{"valueDate": d}]} for n, d in days]
    settled = settle(questionnaire, [{"linkId": "span", "item": inner}], context)
    assert settled.evaluate(span.constraints[0].path, (("span", 0),)) == [False]
    assert settled.evaluate(questionnaire.constraints[0].path) == []
    with pytest.raises(PathFailed):
        settled.evaluate(compile("1 + 'a'"))
    with pytest.raises(PathFailed, match="no such item"):
        settled.evaluate(compile("1"), (("nothing", 0),))


def test_a_variable_that_fails_is_empty(form, asked, formula, context):
    extension = [formula("variable", "(1 | 2) + 1", "broken")]
    rule = formula("enableWhenExpression", "%broken.empty()")
    questionnaire = read_questionnaire(form(asked("x", extension=[rule]), extension=extension))
    settled = settle(questionnaire, [], context)
    assert settled.enabled((("x", 0),))


def test_a_long_chain_of_calculations_is_worked_out_in_its_order(form, asked, formula, context):
    def step(at):
        text = f"%resource.item.where(linkId = 'n{at + 1}').answer.value + 1"
        extension = [formula("calculatedExpression", text)]
        return asked(f"n{at}", "integer", readOnly=True, extension=extension)

    questionnaire = read_questionnaire(form(*map(step, range(60)), asked("n60", "integer")))
    settled = settle(questionnaire, [number("n60", 0)], context)
    assert settled.calculated[(("n0", 0),)] == ({"valueInteger": 60},)
