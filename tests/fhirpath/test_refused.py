"""Evaluations that the specification calls errors: refused with a reason, never guessed."""

import pytest

from smartapp.errors import PathFailed
from smartapp.fhirpath import Quantity


@pytest.mark.parametrize(
    "expression",
    [
        "true + 1",
        "'a' * 2",
        "'a' / 2",
        "4 'kg' div 2",
        "5 mod 'a'",
        "4 'a' + 1",
        "4 'kg' / 2 's'",
        "1 'kg' + 1 's'",
        "@2020-01-01 + 1 'a'",
        "@2020-01-01 + 4 'kg'",
        "@T10 + 1 day",
        "'no date' + 1 day",
        "@T10 < @2020",
        "-'a'",
        "(1|2) + 1",
        "1 & 'a'",
        "(1|2).is(Integer)",
        "(1|2).as(Integer)",
        "(1|2) and true",
        "'abc'[true]",
        "'a'.power(2)",
        "'a'.abs()",
        "1.round(29)",
        "1.combine('a').allTrue()",
        "true.sum()",
        "1.join(',')",
        "'a'.substring('b')",
        "1.upper()",
        "(1|'a').max()",
    ],
)
def test_values_that_do_not_fit_are_refused(evaluate, expression):
    with pytest.raises(PathFailed):
        evaluate(expression)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("-(4 'kg')", Quantity(-4, "kg")),
        ("(-4 'kg').abs()", Quantity(4, "kg")),
        ("4 'kg' / 2", Quantity(2, "kg")),
        ("2 * 4 'kg'", Quantity(8, "kg")),
        ("(1 'kg').toQuantity('g')", Quantity(1000, "g")),
        ("true.toQuantity()", Quantity(1)),
        ("(4 'kg').value", 4),
        ("(4 'kg').unit", "kg"),
        ("4 months.toString()", "4 months"),
        ("1 '{score}' = 1", True),
        ("5 '%' = 0.05", True),
        ("4 'kg' = 'x'", False),
        ("@T10 = @2020", False),
        ("@2020-01-01 = 1", False),
        ("1 ~ 1 '1'", True),
        ("'a'.toBoolean().empty()", True),
        ("(1.5).toBoolean().empty()", True),
        ("@2020.toDateTime() is DateTime", True),
        ("@2020-01-01.toDate() is Date", True),
        ("@2020T.toDateTime() is DateTime", True),
        ("@T10.toTime() is Time", True),
        ("1.toTime().empty()", True),
        ("1.toQuantity('kg').empty()", True),
        ("1.convertsToQuantity('kg')", False),
        ("'abc'.substring(1, -1)", ""),
        ("'abc'.substring({}).empty()", True),
        ("'ab'.split('').count()", 2),
        ("{}.split(',').empty()", True),
        ("'ab'.replaceMatches('(a)', '$1$2')", "a$2b"),
        ("{}.log(2).empty()", True),
        ("{}.power(2).empty()", True),
        ("{}.abs().empty()", True),
        ("'a'.sum()", "a"),
        ("(-{}).empty()", True),
        ("(1|2)[-1].empty()", True),
        ("'2020-01-01' + 1 month = @2020-02-01", True),
        ("'2020-01-01' < @2020-01-02", True),
        ("'10:00' < @T11:00", True),
        ("@2020-01-01T10:00:00.5Z + 500 'ms' = @2020-01-01T10:00:01Z", True),
        ("@2020-01-01T10:00:00Z - 0.5 seconds = @2020-01-01T09:59:59.5Z", True),
        ("@2020 + 400 days = @2021", True),
        ("@2020-05 - 61 days = @2020-03", True),
        ("@T00:30 - 1 hour = @T23:30", True),
        ("@2020-01-31T10 + 1 month = @2020-02-29T10", True),
        ("(@2020 | @2020-01 | @2020).count()", 2),
        ("(1 | 1.0 | true | 'a').count()", 3),
        ("%x ~ %y", True),
        ("%x = %y", False),
    ],
)
def test_amounts_dates_and_corners_of_conversion(evaluate, expression, value):
    """Beyond the table: units, precision, and arguments that are missing."""
    x, y = {"a": ["Big  ", 1.0]}, {"a": [1, "big  "]}
    assert evaluate(expression, x=x, y=y) == [value]


def test_a_calendar_year_is_no_number_of_ucum_years(evaluate):
    """They are equivalent, and whether they are equal has no answer."""
    assert evaluate("1 year = 1 'a'") == []
    assert evaluate("1 year ~ 1 'a'") == [True]
    assert evaluate("1 year < 400 days") == []
