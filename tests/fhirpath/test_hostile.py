"""Hostile expressions and data are refused or bounded: no hanging, no crash, no full memory."""

import time
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartapp.errors import ContentError
from smartapp.fhirpath import PathError, PathFailed, compile
from smartapp.fhirpath.lexer import LONGEST
from smartapp.fhirpath.parser import DEEPEST

pytestmark = pytest.mark.untraced  # the whole budget takes far longer when traced

SOON = 60.0
"""Seconds of the processor; without a budget it would take hours."""
SOME = """
item answer value . ( ) [ ] { } , ' ` % $this $index $total + - * / div mod & | = != ~ !~ < > <=
>= in contains and or xor implies is as Coding Quantity where( select( exists( repeat(
aggregate( iif( count() sum() first() 1 2.5 'a' @2020-01-01 @T10:00 4 'kg' days true %resource
matches('a+') toInteger() round( power( descendants() ofType(
"""
WORDS = st.sampled_from(SOME.split())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["item", "answer", "valueCoding", "_value", "linkId", "extension"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=8,
)


def refusal(call, error):
    """Return why a call is refused, None if it is not; any other error is a failure."""
    try:
        call()
    except error as refused:
        return str(refused)
    return None


def failed(evaluate, expression, focus=None, **variables):
    """Evaluate what must be refused, in time; return the reason."""
    began = time.process_time()
    with pytest.raises(ContentError) as refused:
        evaluate(expression, focus, **variables)
    assert time.process_time() - began < SOON
    return str(refused.value)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60))
def test_any_text_compiles_or_is_refused_with_its_place(text):
    reason = refusal(lambda: compile(text), PathError)
    assert reason is None or reason.startswith("at column ")


@settings(max_examples=50, deadline=None)
@given(words=st.lists(WORDS, max_size=12), focus=JSON)
def test_any_words_on_any_data_yield_a_collection_or_an_error_of_ours(evaluate, words, focus):
    try:
        found = evaluate(" ".join(words), {"resourceType": "X", "item": focus}, budget=5_000)
    except ContentError:
        return
    assert isinstance(found, list)


@settings(max_examples=40, deadline=None)
@given(focus=JSON)
def test_the_functions_of_forms_bear_any_data(evaluate, focus):
    expression = (
        "descendants().ordinal() | answers() | item.extension('a').value | item.answer.ordinal()"
    )
    questionnaire = {"resourceType": "Questionnaire", "item": focus, "contained": focus}
    call = partial(evaluate, expression, {"item": focus}, questionnaire=questionnaire)
    assert "ordinal() " in (refusal(call, PathFailed) or "ordinal() ")


@pytest.mark.parametrize("opening", ["(", "iif(", "-(", "a.where(", "a[", "1 + (", "{", "not("])
def test_brackets_within_brackets_without_end_are_refused(opening):
    with pytest.raises(PathError, match="at column"):
        compile(opening * 2_000)


def test_as_deep_as_allowed_compiles_and_evaluates(evaluate):
    expression = "(" * (DEEPEST - 1) + "1" + ")" * (DEEPEST - 1)
    assert evaluate(expression) == [1]


def test_one_bracket_too_many_is_refused(evaluate):
    deep = DEEPEST + 1
    assert "within each other" in failed(evaluate, "(" * deep + "1" + ")" * deep)


def test_too_long_an_expression_is_refused(evaluate):
    assert "longer than" in failed(evaluate, "1" + " " * LONGEST)


@pytest.mark.parametrize("link", [".a", " + 1", "[0]", " and true", ".first()", " | 1"])
def test_a_long_chain_is_no_deep_one(evaluate, link):
    """Two thousand links are evaluated one after the other, not one within the other."""
    evaluate("1" + link * 2_000, {})


def test_many_signs_are_no_deep_expression(evaluate):
    assert evaluate("-" * 5_001 + "1") == [-1]


@pytest.mark.parametrize(
    "expression",
    [
        "repeat($this + 1)",
        "(1|2).repeat($this + 1 | $this * 2)",
        "''.repeat($this & 'x')",
        "(1|2|3|4|5|6|7|8|9).aggregate($total | $total.repeat($this + 1), 1)",
    ],
)
def test_what_goes_on_for_ever_uses_up_its_budget(evaluate, expression):
    reason = refusal(lambda: evaluate(expression, 1, budget=10_000), PathFailed)
    assert "steps" in (reason or "")


def test_a_collection_that_doubles_uses_up_its_budget(evaluate):
    many = list(range(60))
    assert "steps" in failed(evaluate, "%n.aggregate($total.combine($total), 1)", n=many)


@pytest.mark.parametrize(
    "join", ["$total & $total", "$total + $total", "$total.replace('a', 'aaaa')"]
)
def test_a_text_that_doubles_is_stopped(evaluate, join):
    many = list(range(60))
    assert failed(evaluate, f"%n.aggregate({join}, 'a')", n=many)


@pytest.mark.parametrize("growing", ["$total * $total", "$total.power(9)", "$total * 1000000.5"])
def test_a_number_that_explodes_becomes_empty(evaluate, growing):
    """Overflow is empty (FHIRPath 2.0.0, "Math")."""
    assert evaluate(f"%n.aggregate({growing}, 10)", n=list(range(60))) == []


@pytest.mark.parametrize(
    "expression",
    [
        "2.power(1000000000)",
        "2.power(-1000000000.5)",
        "9999999.exp()",
        "0.ln()",
        "(-1).ln()",
        "1.log(1)",
        "0.power(-1)",
        "(-2).power(0.5)",
    ],
)
def test_arithmetic_without_an_answer_is_empty(evaluate, expression):
    assert evaluate(expression) in ([], [0])


@pytest.mark.parametrize("written", ["9" * 29, "9" * 5_000, "2147483648", "1." + "0" * 40])
def test_a_huge_number_is_refused_as_written(evaluate, written):
    assert "at column 1" in failed(evaluate, written)


@pytest.mark.parametrize("text", ["9" * 40, "9" * 5_000, "1e999999999", "١٢"])
def test_a_huge_number_in_a_text_is_none(evaluate, text):
    assert evaluate("%t.toInteger() | %t.toDecimal() | %t.toQuantity()", t=text) == []


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(a|aa)+$", "(.*)*x"])
def test_a_regular_expression_that_explodes_elsewhere_is_quick_here(evaluate, pattern):
    began = time.process_time()
    assert evaluate("%t.matches(%p)", t="a" * 50_000 + "!", p=pattern) == [False]
    assert time.process_time() - began < SOON


@pytest.mark.parametrize("pattern", ["(", "(?=a)", r"(a)\1", "a{5000}", "((a{100}){100}){100}"])
def test_a_regular_expression_that_is_not_linear_is_refused(evaluate, pattern):
    assert "regular expression" in failed(evaluate, "'a'.matches(%p)", p=pattern)


def test_a_pattern_may_not_be_a_book(evaluate):
    assert "2000 characters" in failed(evaluate, "'a'.matches(%p)", p="a" * 2_001)


def test_a_text_may_not_be_ten_megabytes(evaluate):
    assert "characters" in failed(evaluate, "%t.matches('a')", t="a" * 10_000_000)


def test_many_patterns_use_up_the_budget(evaluate):
    assert "steps" in failed(
        evaluate, "%n.select('a'.matches('a' & $this.toString()))", n=list(range(5_000))
    )


def test_data_nested_without_end_are_bounded(evaluate):
    deep = {}
    for _ in range(5_000):
        deep = {"item": [deep]}
    assert evaluate("descendants().count()", deep) == [5_000]
    assert "nested" in failed(evaluate, "item = item", deep)


def test_the_same_data_many_times_use_up_the_budget(evaluate):
    wide = {"resourceType": "X", "item": [{"linkId": str(n)} for n in range(500)]}
    assert "steps" in failed(evaluate, "item.select(%resource.descendants())", wide, resource=wide)


@pytest.mark.parametrize(
    "expression",
    ["@9999-12-31 + 1 day", "@0001-01-01 - 1 month", "@9999-12-31T23:59:59Z + 9999999 hours"],
)
def test_a_date_outside_the_calendar_is_refused(evaluate, expression):
    assert "1 to 9999" in failed(evaluate, expression)


def test_no_reason_tells_what_the_data_say(evaluate):
    secret = {"item": [{"linkId": "Ida Ferro"}, {"linkId": "Ada Ferro"}]}
    for expression in ("item.linkId + 1", "item.first().linkId + 1", "item.linkId.single()"):
        assert "Ferro" not in failed(evaluate, expression, secret)
