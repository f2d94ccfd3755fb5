"""The budget counts real work: whatever an expression does, it is refused soon."""

import contextlib
import time
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartapp.errors import ContentError
from smartapp.fhirpath import Allowance, PathFailed, compile
from smartapp.fhirpath.catalogue import FUNCTIONS
from smartapp.fhirpath.operator import OPERATORS

pytestmark = pytest.mark.untraced  # the whole budget takes far longer when traced

SOON = 60.0
"""Seconds of the processor; without a budget it would take hours."""
CODING = {"system": "http://x.example", "code": "a", "display": "A"}
ANSWERED = {
    "resourceType": "QuestionnaireResponse",
    "item": [
        {"linkId": f"g{n}", "item": [{"linkId": f"q{n}", "answer": [{"valueCoding": CODING}] * 10}]}
        for n in range(100)
    ],
}
BIG = "x" * 900_000
MANY = list(range(5_000))


def took(evaluate, expression, **variables):
    """Evaluate on a large response in time; return why it was refused, "" if it was not."""
    began, reason = time.process_time(), ""
    try:
        evaluate(expression, ANSWERED, **variables)
    except ContentError as refused:
        reason = str(refused)
    assert time.process_time() - began < SOON
    return reason


@pytest.mark.parametrize(
    "expression",
    [
        "descendants().select(%context.descendants())",
        "descendants().where($this in %context.descendants())",
        "descendants().all(%context.descendants().exists())",
        "descendants().select(%context.descendants().where(linkId = 'x').exists())",
        "descendants().intersect(descendants().select(%context.descendants()))",
        "descendants()" + ".combine(descendants())" * 200,
        "descendants()" + " = descendants() and descendants()" * 200,
        "descendants().aggregate($total.combine($this), {})",
        "%n.select(%n.sum())",
        "%n.select(%n.max())",
        "%n.select(%n.avg())",
        "%n.select(%n.ofType(Integer).count())",
        "%n.select(%n.distinct())",
        "%n.select(%n.select(%n.count()))",
    ],
)
def test_work_on_many_items_uses_up_the_budget(evaluate, expression):
    assert "steps" in took(evaluate, expression, n=MANY)


@pytest.mark.parametrize(
    "expression",
    [
        "%n.select(%big ~ %big)",
        "%n.select(%big = (%big & 'y'))",
        "%n.select(%big & 'y' < %big)",
        "%n.select(%big.upper())",
        "%n.select(%big.split('x').count())",
        "%n.select(%big.toChars().count())",
        "%n.aggregate($total & 'aaaaaaaaaa' & $total, '')",
        "%big.replaceMatches('x', 'y')",
        "%big.replaceMatches('', 'y')",
        "%n.select('abcdefghij'.replaceMatches('.', '$1$1'))",
    ],
)
def test_work_on_long_texts_uses_up_the_budget(evaluate, expression):
    assert took(evaluate, expression, n=MANY, big=BIG)


def test_looking_only_at_the_beginning_of_a_text_costs_little(evaluate):
    expression = (
        "%n.select(%big.toBoolean() | %big.toInteger() | %big.toDate() | %big.toQuantity())"
    )
    assert took(evaluate, expression, n=MANY, big=BIG) == ""


def test_several_expressions_take_their_steps_from_one_allowance(now):
    allowance = Allowance(1_000)
    path = compile("%n.count() + %n.sum()", ["n"])
    found = [path.evaluate(None, {"n": [1] * 200}, now=now, allowance=allowance) for _ in range(2)]
    assert found == [[400], [400]]
    with pytest.raises(PathFailed, match="steps"):
        path.evaluate(None, {"n": [1] * 200}, now=now, allowance=allowance)
    assert allowance.is_used_up


def test_one_expression_takes_no_more_of_the_allowance_than_its_own_budget(now):
    allowance = Allowance(10_000)
    with pytest.raises(PathFailed, match="steps"):
        compile("%n.sum()", ["n"]).evaluate(
            None, {"n": MANY}, now=now, budget=100, allowance=allowance
        )
    assert allowance.left == 9_900


HUGE = [Decimal("1e999999"), Decimal("1e-999999"), Decimal("0." + "1" * 5_000), 10**5_000]
STRANGE = [Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity")]
USES = ["", " + 1", " * 2", ".toString()", ".truncate()", ".round(2)", ".exp()", " = 1", " ~ 1.5"]


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("number", HUGE + STRANGE, ids=lambda number: type(number).__name__)
def test_a_number_of_the_data_that_nobody_can_work_with_is_refused(evaluate, number, use):
    """It is not left out: a sum without it would be wrong."""
    reasons = [
        took(evaluate, f"%given.valueDecimal{use}", given={"valueDecimal": number}),
        took(evaluate, f"(%given | 1){use or '.sum()'}", given=number),
    ]
    assert reasons == ["a number that is out of range"] * 2


@pytest.mark.parametrize("number", HUGE + STRANGE, ids=lambda number: type(number).__name__)
@pytest.mark.parametrize("use", [" + 1 day", " = %given.valueQuantity", " ~ 1 day", ".toString()"])
def test_an_amount_that_nobody_can_work_with_is_refused(evaluate, number, use):
    given = {"valueQuantity": {"value": number, "unit": "days"}}
    assert "out of range" in took(evaluate, f"%given.valueQuantity{use}", given=given)


def test_numbers_far_from_each_other_are_compared_with_all_their_digits(evaluate):
    digits = Decimal("1234567890123456789012345678")
    assert evaluate("%n ~ 0.5", n=digits) == [False]
    assert evaluate("%n ~ %m", n=digits, m=digits + Decimal("0.00")) == [True]


STARTS = ["item", "item.value", "item.answer.value", "item.descendants()", "item.valueQuantity"]
ARGUMENTS = ["item.value", "'a'", "2", "1.5", "$this", "4 'kg'", "@2020-01", "item.code", "item"]
NAMES = ["item", "answer", "value", "unit", "code", "system", "url", "extension", "linkId"]
NAMES += ["valueQuantity", "valueDecimal", "_valueDecimal", "valueDate", "valueCoding"]
ODD = [*HUGE[:2], *STRANGE, "2020-01", "9999-12-31T23:59:59Z", "4 'kg'", "days", "\ud800", "\0"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.sampled_from(ODD),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=10,
)


def _call(name, function):
    if function.takes == "type":
        kinds = st.sampled_from(["Quantity", "Coding", "String", "Decimal", "DateTime"])
        return kinds.map(lambda kind: f".{name}({kind})")
    given_ = st.lists(st.sampled_from(ARGUMENTS), min_size=function.least, max_size=function.most)
    return given_.map(lambda arguments: f".{name}({', '.join(arguments)})")


CALLS = st.one_of([_call(name, function) for name, function in FUNCTIONS.items()])
OPERATIONS = st.tuples(st.sampled_from([*OPERATORS]), st.sampled_from(ARGUMENTS)).map(
    lambda pair: f" {pair[0]} {pair[1]}"
)


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(STARTS), st.lists(CALLS, max_size=3), OPERATIONS | st.just(""), JSON)
def test_every_function_on_any_data_yields_a_collection_or_a_refusal(
    now, start, calls, operation, data
):
    path = compile(f"{start}{''.join(calls)}{operation}")
    with contextlib.suppress(PathFailed):
        assert isinstance(path.evaluate({"item": data}, now=now, budget=3_000), list)
