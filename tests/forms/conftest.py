"""What the tests of forms share: the examples, and random Questionnaires with random answers."""

import json
from base64 import b64encode
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import strategies as st

from smartapp.forms.reading import read_questionnaire
from smartapp.forms.state import Context

CORE = "http://hl7.org/fhir/StructureDefinition/"
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"
EXAMPLES = sorted(Path(__file__).with_name("examples").glob("*.json"))
CODES = [{"valueCoding": {"system": "urn:example", "code": c, "display": c}} for c in "abcd"]
WORDS = st.text("abcdefghij 'é&<>\"", min_size=1, max_size=12).map(str.strip).filter(bool)
NAMES = {"text": "String", "url": "Uri", "dateTime": "DateTime"}
PLAIN = ("boolean", "decimal", "integer", "date", "dateTime", "time", "string", "text", "url")
QUESTIONS = (*PLAIN, "choice", "open-choice", "attachment", "reference", "quantity")


def load(path):
    return json.loads(path.read_text("utf-8"), parse_float=Decimal)


def pytest_generate_tests(metafunc):
    """Run a test that asks for ``example`` once with every example Questionnaire (raw)."""
    if "example" in metafunc.fixturenames:
        metafunc.parametrize("example", [*map(load, EXAMPLES)], ids=[p.stem for p in EXAMPLES])


@pytest.fixture
def named():
    """Read the example of a name."""
    paths = {path.stem: path for path in EXAMPLES}
    return lambda name: read_questionnaire(load(paths[name]))


@pytest.fixture(scope="session")
def context():
    return Context(datetime(2026, 11, 23, 9, 30, tzinfo=UTC), language="en")


@pytest.fixture(scope="session")
def form():
    """Make a raw Questionnaire of items."""

    def make(*items, **more):
        given = {"url": "https://example.org/q", "version": "1", "title": "A form"}
        head = {"resourceType": "Questionnaire", "status": "active"}
        return {**head, **given, **more, "item": list(items)}

    return make


@pytest.fixture(scope="session")
def asked():
    """Make one item: ``asked("a", "integer", required=True)``; extensions by keyword too."""

    def make(link_id, type_="boolean", **more):
        return {"linkId": link_id, "text": f"What about {link_id}?", "type": type_, **more}

    return make


@pytest.fixture(scope="session")
def formula():
    """Make an extension with an expression: ``formula("calculatedExpression", "1 + 1")``."""

    def make(name, expression, variable=None, language="text/fhirpath"):
        value = {"language": language, "expression": expression}
        url = f"{CORE if name == 'variable' else SDC}{name}"
        return {"url": url, "valueExpression": value | ({"name": variable} if variable else {})}

    return make


@pytest.fixture(scope="session")
def questionnaires():
    """Give the strategy of random raw Questionnaires, sound and without expressions."""
    return random_questionnaires


@pytest.fixture(scope="session")
def answers():
    """Give the strategy of answers to a read Questionnaire: its items, each of the right type."""
    return random_items


@pytest.fixture(scope="session")
def example_items():
    """Give every item of the examples, raw."""
    return [dict(item.raw) for path in EXAMPLES for item in read_questionnaire(load(path)).walk()]


@pytest.fixture(scope="session")
def whole_form():
    """Read the example with every type of item."""
    return read_questionnaire(load(Path(__file__).with_name("examples") / "every-type.json"))


@st.composite
def random_questionnaires(draw):
    made = []
    items = draw(_items(made, depth=0))
    items = items or [_bare("only", "boolean")]
    url = "https://example.org/random"
    head = {"resourceType": "Questionnaire", "url": url, "version": "1", "status": "active"}
    return {**head, "title": draw(WORDS), "item": items}


@st.composite
def _items(draw, made, depth):
    return [draw(_item(made, depth)) for _ in range(draw(st.integers(1, 4 - depth)))]


@st.composite
def _item(draw, made, depth):
    kinds = (*QUESTIONS, "display") + (("group",) * 3 if depth < 2 else ())
    item = _bare(f"i{len(made)}", draw(st.sampled_from(kinds)))
    made.append(item)
    _conditions(draw, item, made)
    if item["type"] == "display":
        return item
    item["repeats"] = draw(st.booleans())
    item["required"] = draw(st.booleans())
    _limits(draw, item)
    if item["type"] == "group" or (depth < 2 and draw(st.integers(0, 3)) == 0):
        item["item"] = draw(_items(made, depth + 1))
    return item


def _bare(link_id, kind):
    item = {"linkId": link_id, "text": f"Question {link_id}", "type": kind}
    if kind in ("choice", "open-choice"):
        item["answerOption"] = CODES
    return item


def _conditions(draw, item, made):
    """Let some items depend on an earlier question that is not above them; never in a circle."""
    earlier = [i for i in made[:-1] if i["type"] in ("boolean", "integer", "choice")]
    if not earlier or draw(st.integers(0, 2)):
        return
    when = [
        _condition(draw, target) for target in draw(st.lists(st.sampled_from(earlier), max_size=2))
    ]
    if when:
        item["enableWhen"] = when
        item["enableBehavior"] = draw(st.sampled_from(["all", "any"]))


def _condition(draw, target):
    if draw(st.integers(0, 3)) == 0:
        answer, operator = {"answerBoolean": draw(st.booleans())}, "exists"
    else:
        operator = draw(st.sampled_from(["=", "!="]))
        choice = {"answerCoding": CODES[draw(st.integers(0, 3))]["valueCoding"]}
        whole = {"answerInteger": draw(st.integers(0, 3))}
        by_type = {"boolean": {"answerBoolean": draw(st.booleans())}, "choice": choice}
        answer = by_type.get(target["type"], whole)
    return {"question": target["linkId"], "operator": operator, **answer}


def _limits(draw, item):
    if item["type"] == "integer" and draw(st.booleans()):
        low = draw(st.integers(0, 3))
        limits = (("minValue", low), ("maxValue", low + draw(st.integers(0, 5))))
        item["extension"] = [{"url": CORE + n, "valueInteger": v} for n, v in limits]
    if item["type"] in ("string", "text") and draw(st.booleans()):
        item["maxLength"] = 12


@st.composite
def random_items(draw, questionnaire):
    return [e for item in questionnaire.items for e in draw(_entries(item))]


@st.composite
def _entries(draw, item):
    if item.type == "display" or draw(st.integers(0, 4)) == 0:
        return []
    count = draw(st.integers(1, 3)) if item.repeats else 1
    if item.type == "group":
        made = [[e for c in item.children for e in draw(_entries(c))] for _ in range(count)]
        return [{"linkId": item.link_id, "item": inner} for inner in made if inner]
    values = draw(st.lists(_value(item), min_size=1, max_size=count, unique_by=repr))
    return [{"linkId": item.link_id, "answer": [draw(_with_children(item, v)) for v in values]}]


@st.composite
def _with_children(draw, item, value):
    below = [e for child in item.children for e in draw(_entries(child))]
    return {**value, **({"item": below} if below else {})}


def _value(item):
    """Give the strategy of one value of the item's type, within its limits."""
    kind = str(item.type)
    if kind in ("choice", "open-choice"):
        chosen = st.sampled_from([dict(option.value) for option in item.options])
        own = WORDS.filter(lambda text: text not in "abcd").map(lambda text: {"valueString": text})
        return chosen if kind == "choice" else st.one_of(chosen, own)
    name = f"value{NAMES.get(kind, kind[0].upper() + kind[1:])}"
    return _contents(item)[kind].map(lambda content: {name: content})


def _contents(item):
    least, most = item.limits.least, item.limits.most
    numbers = st.integers(-9_999, 9_999)
    return {
        "boolean": st.booleans(),
        "decimal": numbers.map(lambda n: Decimal(n) / 100),
        "integer": st.integers(
            least["valueInteger"] if least else -50, most["valueInteger"] if most else 50
        ),
        "date": st.dates().map(str),
        "dateTime": st.datetimes().map(lambda at: f"{at:%Y-%m-%dT%H:%M:%S}Z".rjust(20, "0")),
        "time": st.times().map(lambda at: f"{at:%H:%M:%S}"),
        "string": WORDS,
        "text": st.lists(WORDS, min_size=1, max_size=2)
        .map("\n".join)
        .map(lambda t: t[:12].strip()),
        "url": st.text("abc", max_size=5).map(lambda path: f"https://example.org/{path}"),
        "attachment": st.binary(min_size=1, max_size=20).map(_attachment),
        "reference": st.sampled_from(["Practitioner/1", "Organization/2"]).map(_reference),
        "quantity": numbers.map(lambda n: {"value": Decimal(n) / 10, "unit": "kg"}),
    }


def _attachment(data):
    content = {"contentType": "application/octet-stream", "title": "file.bin"}
    return {**content, "data": b64encode(data).decode("ascii"), "size": len(data)}


def _reference(reference):
    return {"reference": reference}
