"""Forms and answers made to hang, to exhaust or to deceive the server."""

from time import process_time

import pytest

from smartapp.forms.reading import lint, read_questionnaire
from smartapp.forms.state import begin, settle

CORE = "http://hl7.org/fhir/StructureDefinition/"
pytestmark = pytest.mark.untraced  # ten megabytes take far longer when traced

SECONDS = 60.0
"""Of the processor; what is not bounded would take hours."""


@pytest.fixture
def in_time():
    """Fail when a test takes longer than a person would wait."""
    start = process_time()
    yield
    assert process_time() - start < SECONDS


@pytest.fixture
def settles(form, asked, formula, context):
    """Settle a form whose read-only text is calculated by an expression, over a long answer."""

    def settle_it(expression, answer="x"):
        extension = [formula("calculatedExpression", expression)]
        item = asked("x", "string", readOnly=True, extension=extension)
        questionnaire = read_questionnaire(form(asked("a", "text"), item))
        return settle(
            questionnaire, [{"linkId": "a", "answer": [{"valueString": answer}]}], context
        )

    return settle_it


@pytest.mark.parametrize(
    "expression",
    [
        "%resource.repeat($this)",
        "(1 | 2 | 3 | 4).repeat($this + 1)",
        "'a'.replace('a', 'aaaaaaaaaa')" + ".replace('a', 'aaaaaaaaaa')" * 12,
    ],
)
def test_an_expression_that_loops_gives_nothing(settles, in_time, expression):
    settled = settles(expression)
    assert [entry["linkId"] for entry in settled.submitted()] == ["a"]


def test_a_pattern_that_explodes_elsewhere_is_harmless_or_refused(form, asked, in_time):
    patterns = ("(a+)+$", "([a-zA-Z]+)*$", "(.*a){30}", r"(a|aa)+\1", "(?<=a)b")
    items = [
        asked(str(number), "string", extension=[{"url": f"{CORE}regex", "valueString": pattern}])
        for number, pattern in enumerate(patterns)
    ]
    refused = {finding.element for finding in lint(form(*items))}
    assert refused == {f"Questionnaire.item[{number}].extension" for number in (3, 4)}


def test_an_answer_of_ten_megabytes_settles(settles, in_time):
    settled = settles("'short'", "x" * 10_000_000)
    assert settled.submitted()[1]["answer"] == [{"valueString": "short"}]


@pytest.mark.parametrize("name", ["valueCoding", "item", "extension"])
def test_answers_nested_beyond_any_form_exhaust_nothing(named, context, in_time, name):
    deep = {"linkId": "deep"}
    for _ in range(5_000):
        deep = {"linkId": "deep", "item": [deep]}
    items = [{"linkId": "choice", "answer": [{name: deep if name == "valueCoding" else [deep]}]}]
    settled = settle(named("every-type"), [*items, deep], context)
    assert settled.submitted()[-1] is not None


def test_thousands_of_rows_settle(form, asked, context, in_time):
    condition = {"question": "q", "operator": "=", "answerBoolean": True}
    row = asked("row", "group", repeats=True, item=[asked("q"), asked("x", enableWhen=[condition])])
    rows = [
        {"linkId": "row", "item": [{"linkId": "q", "answer": [{"valueBoolean": bool(n % 2)}]}]}
        for n in range(3_000)
    ]
    settled = settle(read_questionnaire(form(row)), rows, context)
    assert len(settled.closed) == 1_500


def test_a_form_asks_for_no_more_rows_than_a_page_can_show(form, asked, context):
    extension = [{"url": f"{CORE}questionnaire-minOccurs", "valueInteger": 1_000_000}]
    inner = asked("b", "string", initial=[{"valueString": "x"}])
    row = asked("row", "group", repeats=True, extension=extension, item=[inner])
    assert len(begin(read_questionnaire(form(row)), context)) == 50


def test_rows_inside_rows_do_not_multiply_without_bound(form, asked, context, in_time):
    extension = [{"url": f"{CORE}questionnaire-minOccurs", "valueInteger": 50}]
    item = asked("q", "string", initial=[{"valueString": "x"}])
    for level in range(6):
        item = asked(f"g{level}", "group", repeats=True, extension=extension, item=[item])
    questionnaire = read_questionnaire(form(item))
    assert str(begin(questionnaire, context)).count("'q'") == 50


@pytest.mark.parametrize("text", ["<script>alert(1)</script>", "${7*7}", "{{ 7*7 }}", "' or 1=1"])
def test_words_are_never_read_as_anything_else(form, asked, context, text):
    questionnaire = read_questionnaire(form({**asked("a", "string"), "text": text}))
    items = [{"linkId": "a", "answer": [{"valueString": text}]}]
    assert settle(questionnaire, items, context).submitted() == [{**items[0], "text": text}]
