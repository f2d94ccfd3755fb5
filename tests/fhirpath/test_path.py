"""The engine's front door: what compiles, what is given to it, and what comes back."""

from decimal import Decimal

import pytest

from smartapp.errors import PathError, PathFailed
from smartapp.fhirpath import Date, DateTime, Quantity, Time, compile, to_answer


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("a.foo()", "at column 3: the function foo() is not known"),
        ("resolve()", "at column 1: the function resolve() is not known"),
        ("a.memberOf('b')", "at column 3: the function memberOf() is not known"),
        ("a.where()", "at column 3: where() has too many or too few arguments"),
        ("1 + %nobody", "at column 5: %nobody is not known here"),
        ("1 is Codng", "at column 6: the type Codng is not known"),
        ("1 is System.Coding", "at column 6: the type System.Coding is not known"),
        ("1 2", "at column 3: the end is expected"),
        ("a..b", "at column 3: a name is expected"),
        ("a.and", "at column 3: a name is expected"),
        ("(1", "at column 3: a closing ) is expected"),
        ("a[1", "at column 4: a closing ] is expected"),
        ("{1}", "at column 2: a closing } is expected"),
        ("iif(1 2)", "at column 7: a comma or a closing ) is expected"),
        ("1 +", "at column 4: the expression ends too early"),
        ("", "at column 1: the expression ends too early"),
        ("* 1", "at column 1: a value is expected"),
        ("'\\q'", "at column 2: an escape that FHIRPath has not"),
        ("'open", "at column 1: no word of FHIRPath begins here"),
        ("@2020-02-30", "at column 1: no such date or time"),
        ("@T24:00", "at column 1: no such date or time"),
    ],
)
def test_an_unsound_expression_is_refused_with_column_and_reason(expression, reason):
    with pytest.raises(PathError) as refused:
        compile(expression)
    assert str(refused.value) == reason


def test_a_path_tells_the_variables_it_uses():
    path = compile("%a + %`b` + %resource.x.count() + %ucum.length()", {"a", "b", "c"})
    assert path.names == {"a", "b", "resource"}


def test_a_path_shows_its_expression():
    assert compile("1 + 1").expression == "1 + 1"


def test_a_declared_variable_may_hide_a_constant(evaluate):
    assert evaluate("%ucum", ucum="mine") == ["mine"]


def test_a_variable_that_was_not_given_is_an_error_and_not_empty(now):
    with pytest.raises(PathFailed, match="%a was not given"):
        compile("%a", {"a"}).evaluate({}, {}, now=now)


def test_a_variable_without_value_is_empty(evaluate):
    assert evaluate("%a.empty()", a=None) == [True]


def test_the_resource_is_the_focus_unless_it_is_given(evaluate):
    patient = {"resourceType": "Patient", "id": "p"}
    assert evaluate("%resource.id", patient) == ["p"]
    assert evaluate("%resource.id", {"id": "part"}, resource=patient) == ["p"]
    assert evaluate("%rootResource.id", {"id": "part"}, resource=patient) == ["p"]


def test_an_element_alone_is_no_resource(evaluate):
    with pytest.raises(PathFailed, match="%resource was not given"):
        evaluate("%resource", {"id": "part"})


def test_the_focus_may_be_a_list(evaluate):
    assert evaluate("id", [{"id": "a"}, {"id": "b"}]) == ["a", "b"]


def test_what_came_out_goes_in_again(evaluate):
    """Variables of a form feed each other: a date or an amount stays one."""
    (day,) = evaluate("@2026-01-31")
    assert evaluate("%day + 1 month", day=day) == [Date((2026, 2, 28))]
    assert evaluate("%a > 1 'g'", a=evaluate("1 'kg'")) == [True]


def test_a_decimal_element_comes_back_as_decimal(evaluate, answered):
    (found,) = evaluate("item.answer.value", answered({"valueDecimal": 3}))
    assert isinstance(found, Decimal)
    (found,) = evaluate("item.answer.value", answered({"valueDecimal": 0.1}))
    assert found == Decimal("0.1")


def test_an_integer_stays_an_integer(evaluate, answered):
    (found,) = evaluate("item.answer.value + 1", answered({"valueInteger": 3}))
    assert found == 4
    assert type(found) is int


def test_the_clock_is_the_one_that_is_given(evaluate):
    assert str(evaluate("now()")[0]) == "2026-03-02T12:00:07.250+01:00"
    assert str(evaluate("today()")[0]) == "2026-03-02"
    assert str(evaluate("timeOfDay()")[0]) == "12:00:07.250"


def test_a_time_without_zone_is_in_the_zone_of_the_clock(evaluate):
    assert evaluate("@2026-03-02T11:00:07.250Z = @2026-03-02T12:00:07.250") == [True]


@pytest.mark.parametrize(
    ("value", "item_type", "answer"),
    [
        (True, "", {"valueBoolean": True}),
        (3, "", {"valueInteger": 3}),
        (3, "decimal", {"valueDecimal": Decimal(3)}),
        (3, "quantity", {"valueQuantity": {"value": 3}}),
        (Decimal("3.0"), "integer", {"valueInteger": 3}),
        (Decimal("3.5"), "integer", {"valueDecimal": Decimal("3.5")}),
        (Decimal("3.5"), "", {"valueDecimal": Decimal("3.5")}),
        ("a", "", {"valueString": "a"}),
        ("2026-03-02", "date", {"valueDate": "2026-03-02"}),
        ("urn:a", "url", {"valueUri": "urn:a"}),
        (Date((2026, 3)), "", {"valueDate": "2026-03"}),
        (DateTime((2026, 3, 2, 9, 5), -90), "", {"valueDateTime": "2026-03-02T09:05-01:30"}),
        (DateTime((2026, 3)), "", {"valueDateTime": "2026-03"}),
        (Time((9, 5)), "", {"valueTime": "09:05"}),
        ({"code": "a"}, "choice", {"valueCoding": {"code": "a"}}),
        ({"value": 1}, "", {"valueQuantity": {"value": 1}}),
        ({"reference": "a/1"}, "", {"valueReference": {"reference": "a/1"}}),
        ({"url": "a"}, "attachment", {"valueAttachment": {"url": "a"}}),
    ],
)
def test_a_value_becomes_the_answer_of_its_item(value, item_type, answer):
    found = to_answer(value, item_type)
    assert found == answer
    assert list(map(type, found.values())) == list(map(type, answer.values()))


@pytest.mark.parametrize(("unit", "code"), [("days", "d"), ("year", "a"), ("kg", "kg")])
def test_an_amount_becomes_a_quantity_with_its_ucum_code(unit, code):
    quantity = to_answer(Quantity(4, unit))["valueQuantity"]
    assert (quantity["value"], quantity["code"]) == (4, code)
