"""Whatever JSON comes: issues, soon, and never an exception."""

import contextlib
import time
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartapp.errors import ContentError
from smartapp.fhir import wire
from smartapp.forms.pattern import keeps
from smartapp.forms.questionnaire import Item, ItemType, Limits, Text
from smartapp.forms.reading import read_questionnaire
from smartapp.forms.state import Context
from smartapp.forms.validate import MOST_ISSUES, validate

pytestmark = pytest.mark.untraced  # ten megabytes take far longer when traced

SECONDS = 60.0
OPTIONS = [{"valueCoding": {"system": "http://example.org/s", "code": c}} for c in "ab"]
KINDS = ["boolean", "decimal", "integer", "date", "dateTime", "time", "string", "text", "url"]
KINDS += ["attachment", "reference", "quantity"]
CORE = "http://hl7.org/fhir/StructureDefinition/"
LIMITS = {
    "decimal": [{"url": f"{CORE}maxDecimalPlaces", "valueInteger": 2}],
    "dateTime": [{"url": f"{CORE}minValue", "valueDateTime": "2000-01-01T00:00:00Z"}],
    "date": [{"url": f"{CORE}maxValue", "valueDate": "2030"}],
    "string": [{"url": f"{CORE}regex", "valueString": "(a+)+b"}],
}
FORM = read_questionnaire(
    {
        "resourceType": "Questionnaire",
        "url": "http://example.org/q",
        "status": "active",
        "item": [
            {
                "linkId": "g",
                "type": "group",
                "repeats": True,
                "text": "All kinds",
                "item": [
                    {"linkId": k, "type": k, "text": k, "repeats": True}
                    | ({"extension": LIMITS[k]} if k in LIMITS else {})
                    for k in KINDS
                ],
            },
            {
                "linkId": "c",
                "type": "open-choice",
                "text": "Choose",
                "repeats": True,
                "answerOption": OPTIONS,
                "item": [{"linkId": "why", "type": "text", "text": "Why?"}],
            },
        ],
    }
)
SAMPLES = {
    "boolean": {"valueBoolean": True},
    "decimal": {"valueDecimal": Decimal("1.5")},
    "integer": {"valueInteger": 1},
    "date": {"valueDate": "2026-11"},
    "dateTime": {"valueDateTime": "2026-11-23T12:00:00+01:00"},
    "time": {"valueTime": "12:00:00"},
    "string": {"valueString": "aab"},
    "text": {"valueString": "a\nb"},
    "url": {"valueUri": "http://example.org"},
    "attachment": {"valueAttachment": {"contentType": "text/plain", "data": "aGk=", "size": 2}},
    "reference": {"valueReference": {"reference": "#p", "type": "Patient"}},
    "quantity": {"valueQuantity": {"value": 1, "unit": "kg"}},
}
SOUND = {
    "resourceType": "QuestionnaireResponse",
    "questionnaire": "http://example.org/q",
    "status": "completed",
    "authored": "2026-11-23",
    "subject": {"reference": "Patient/1"},
    "author": {"reference": "Patient/1"},
    "contained": [{"resourceType": "Patient", "id": "p"}],
    "item": [
        {
            "linkId": "g",
            "text": "All kinds",
            "item": [{"linkId": k, "answer": [a]} for k, a in SAMPLES.items()],
        },
        {
            "linkId": "c",
            "answer": [
                {**OPTIONS[0], "item": [{"linkId": "why", "answer": [{"valueString": "So"}]}]},
                {"valueString": "else"},
            ],
        },
    ],
}
CONTEXT = Context(datetime.fromisoformat("2026-11-23T12:00:00+01:00"))


def judged(response, form=FORM):
    return validate(form, response, CONTEXT)


def answered(link_id, *answers):
    entry = {"linkId": link_id, "answer": list(answers)}
    return {**SOUND, "item": [{"linkId": "g", "item": [entry]}]}


def test_the_sound_one_is_sound():
    assert judged(SOUND) == ()


def places(node, path=()):
    """Return the path of every part of some JSON."""
    yield path
    keys = node if isinstance(node, dict) else range(len(node) if isinstance(node, list) else 0)
    for key, part in ((key, node[key]) for key in keys):
        yield from places(part, (*path, key))


def changed(node, path, new):
    """Return the JSON with another part at a path."""
    if not path:
        return new
    key, *rest = path
    copy = dict(node) if isinstance(node, dict) else list(node)
    copy[key] = changed(node[key], rest, new)
    return copy


PATHS = [path for path in places(SOUND) if path]
STRANGE = [None, True, 0, -1, Decimal("NaN"), 1.5, "", " ", "x", "\ud800", [], {}, [[]], [None]]
STRANGE += [
    {"": ""},
    {"linkId": "g"},
    [{"linkId": "g"}],
    [{}],
    10**30,
    Decimal("1e999999"),
    "a" * 9,
]


@pytest.mark.parametrize("new", STRANGE, ids=repr)
def test_any_part_may_be_of_any_type(new):
    for path in PATHS:
        for issue in judged(changed(SOUND, path, new)):
            assert issue.sentence
            assert issue.expression.startswith("QuestionnaireResponse")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["linkId", "answer", "item", "valueString", "x"]), inner)
    ),
    max_leaves=8,
)


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(PATHS), JSON, st.sampled_from(PATHS), JSON)
def test_nothing_that_is_changed_makes_it_fail(first, one, second, two):
    response = changed(SOUND, first, one)
    with contextlib.suppress(KeyError, IndexError, TypeError):
        response = changed(response, second, two)
    judged(response)


@pytest.mark.parametrize("levels", [100, 5_000])
def test_nesting_without_end_is_refused_in_one_issue(levels):
    entry = {"linkId": "g"}
    for _ in range(levels):
        entry = {"linkId": "g", "item": [entry]}
    issues = judged({**SOUND, "item": [entry]})
    assert [issue.rule for issue in issues] == [11]


def test_a_form_of_many_levels_is_read_to_a_depth():
    item = Item("end", ItemType.STRING, Text("End"), "")
    entry = {"linkId": "end", "answer": [{"valueString": "x"}]}
    for level in range(61):
        item = Item(f"g{level}", ItemType.GROUP, Text("Deeper"), "", children=(item,))
        entry = {"linkId": f"g{level}", "item": [entry]}
    issues = judged({**SOUND, "item": [entry]}, replace(FORM, items=(item,)))
    assert [(issue.rule, "levels deep" in issue.sentence) for issue in issues] == [(17, True)]


def quickly(response, form=FORM):
    """Judge within some time of the processor, far more than it takes."""
    began = time.process_time()
    issues = judged(response, form)
    assert time.process_time() - began < SECONDS
    return issues


LONG = "a" * 10_000_000


@pytest.mark.parametrize(
    ("link_id", "answer", "rule"),
    [
        ("text", {"valueString": LONG}, 29),
        ("string", {"valueString": "a" * 1_000_000}, 41),
        ("url", {"valueUri": LONG}, 29),
        ("date", {"valueDate": "1" * 1_000_000}, 27),
        ("decimal", {"valueDecimal": Decimal("1" * 100_000)}, 27),
        ("decimal", {"valueDecimal": Decimal("1e-100000")}, 27),
        ("decimal", {"valueDecimal": 10**100_000}, 27),
        ("integer", {"valueInteger": 10**100_000}, 27),
        ("attachment", {"valueAttachment": {"contentType": "image/png", "data": LONG}}, 49),
        ("attachment", {"valueAttachment": {"contentType": "text/plain", "data": LONG + "a"}}, 27),
        ("quantity", {"valueQuantity": {"value": 1, "unit": LONG}}, 29),
        ("reference", {"valueReference": {"reference": "Patient/" + "a" * 1_000_000}}, 51),
    ],
)
def test_an_answer_of_ten_megabytes_is_refused_soon(link_id, answer, rule):
    assert [issue.rule for issue in quickly(answered(link_id, answer))] == [rule]


def test_a_file_of_ten_megabytes_is_taken_where_nothing_forbids_it():
    answer = {"valueAttachment": {"contentType": "text/plain", "data": LONG}}
    assert quickly(answered("attachment", answer)) == ()


@pytest.mark.parametrize(
    "item",
    [
        [{"linkId": "g"}] * 100_000,
        [{"linkId": "c", "answer": [OPTIONS[0]] * 100_000}],
        [
            {
                "linkId": "g",
                "item": [{"linkId": "integer", "answer": [{"valueInteger": 1}] * 50_000}],
            }
        ],
        [{"linkId": f"u{number}"} for number in range(100_000)],
        [{"linkId": "g", "item": [{"linkId": "u"}] * 100_000}],
        [None] * 100_000,
    ],
)
def test_answers_without_number_are_refused_soon(item):
    issues = quickly({**SOUND, "item": item})
    assert 0 < len(issues) <= MOST_ISSUES
    assert any(issue.severity == "error" for issue in issues)


def test_a_bomb_of_a_pattern_takes_no_time():
    (issue,) = quickly(answered("string", {"valueString": "a" * 90_000}))
    assert issue.rule == 41


def test_patterns_look_at_so_much_text_and_no_more(read, respond, judge):
    slow = {"url": f"{CORE}regex", "valueString": ".*a.{900}"}
    item = {"linkId": "s", "type": "string", "text": "How?", "repeats": True, "extension": [slow]}
    answers = [{"valueString": "a" * 5_000 + str(number)} for number in range(15)]
    began = time.process_time()
    issues = judge(read(item), respond({"linkId": "s", "answer": answers}))
    assert [issue.rule for issue in issues] == [41] * 6
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize("pattern", ["(?=a)b", r"(a)\1", "(", "a" * 3_000])
def test_a_pattern_that_could_hang_is_no_pattern(pattern):
    with pytest.raises(ContentError):
        keeps(pattern, "a")


def test_a_form_with_such_a_pattern_says_so(read, respond, judge):
    form = read({"linkId": "s", "type": "string", "text": "How?"})
    item = replace(form.items[0], limits=Limits(pattern="(?=a)b"))
    issues = judge(replace(form, items=(item,)), respond(answer := {"linkId": "s"}))
    assert issues == ()
    answer["answer"] = [{"valueString": "a"}]
    (issue,) = judge(replace(form, items=(item,)), respond(answer))
    assert (issue.rule, issue.sentence[:9]) == (41, "This form")


def test_hostile_text_is_only_text():
    script = "<script>alert(1)</script>' or 1=1; --"
    assert judged(answered("text", {"valueString": script})) == ()


def test_what_the_wire_decodes_can_be_judged():
    assert judged(wire.decode(wire.encode(SOUND))) == ()


def test_judging_changes_nothing():
    before = wire.encode(SOUND)
    judged(SOUND)
    assert wire.encode(SOUND) == before
