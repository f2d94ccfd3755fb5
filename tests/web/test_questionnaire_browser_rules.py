"""form.js shows and hides exactly what the server enables: each condition is judged by both."""

import json
import shutil
import subprocess
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser
from itertools import pairwise, product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import smartapp.web
from smartapp.forms.entry_names import field_name
from smartapp.forms.reading import read_questionnaire
from smartapp.forms.state import Context, settle
from smartapp.forms.state_place import places
from smartapp.web.questionnaire import render

NODE = shutil.which("node")
SCRIPT = Path(smartapp.web.__file__).with_name("static") / "form.js"
STAND_IN = Path(__file__).with_name("page_in_node.js")
CONTEXT = Context(now=datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
VOID = {"input", "br"}
CODES = [{"system": "urn:s", "code": code, "display": code.upper()} for code in "abc"]
ORDERS = ["=", "!=", ">", "<", ">=", "<="]
SAME = ["=", "!="]
needs_node = pytest.mark.skipif(NODE is None, reason="Node.js is not installed")


class Tree(HTMLParser):
    """A page as a tree that JSON can carry; whatever the server hid or disabled is open in it."""

    def __init__(self, page):
        super().__init__()
        self.root = {"tag": "form", "attributes": {}, "children": [], "value": ""}
        self._open = [self.root]
        self.feed(str(page))

    def handle_starttag(self, tag, attrs):
        attributes = {name: value or "" for name, value in attrs}
        value = attributes.get("value", "")
        part = {"tag": tag, "attributes": attributes, "children": [], "value": value}
        self._open[-1]["children"].append(part)
        if tag == "option" and "selected" in attributes:
            self._open[-1]["value"] = value
        if tag not in VOID:
            self._open.append(part)

    def handle_endtag(self, tag):
        part = self._open.pop()
        part["value"] = part["value"].removeprefix("\n") if tag == "textarea" else part["value"]

    def handle_data(self, data):
        if self._open[-1]["tag"] == "textarea":
            self._open[-1]["value"] += data


def in_browser(pages):
    """Return what form.js leaves to be seen of every conditional part, page by page."""
    given_ = json.dumps([SCRIPT.read_text("utf-8"), [Tree(page).root for page in pages]])
    done = subprocess.run([NODE, STAND_IN], input=given_.encode(), capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def on_server(questionnaire, settled, ids):
    """Return what the server enables of the parts that form.js judges."""
    found = places(questionnaire, settled.items)
    named = {f"item-{field_name(place.path)}": place.path for place in found}
    return {name: settled.enabled(named[name]) for name in ids}


def compare(forms):
    """Judge forms with their answers in both places; return the number of parts compared."""
    settled = [settle(questionnaire, items, CONTEXT) for questionnaire, items in forms]
    pages = [render(q, s) for (q, _), s in zip(forms, settled, strict=True)]
    seen = in_browser(pages)
    for (questionnaire, items), state, shown in zip(forms, settled, seen, strict=True):
        assert shown == on_server(questionnaire, state, shown), (questionnaire.raw, items)
    return sum(map(len, seen))


def form(*items):
    head = {"resourceType": "Questionnaire", "url": "http://x.example/q", "status": "active"}
    return read_questionnaire({**head, "item": list(items)})


def item(link_id, kind, **more):
    options = {"answerOption": [{"valueCoding": c} for c in CODES]} if "choice" in kind else {}
    return {"linkId": link_id, "type": kind, "text": link_id, **options, **more}


def when(question, operator, answer):
    return {"question": question, "operator": operator, **answer}


NUMBERS = [Decimal("2.0"), Decimal("2.50"), Decimal("-1"), Decimal("7E+1")]
VALUES = {
    "boolean": ("Boolean", SAME, [True, False]),
    "integer": ("Integer", ORDERS, [0, 2, 10, -3]),
    "decimal": ("Decimal", ORDERS, NUMBERS),
    "string": ("String", SAME, ["a", "A", " a ", "<b>\"'"]),
    "text": ("String", SAME, ["a", "a\nb"]),
    "url": ("Uri", SAME, ["https://x.example", "urn:a"]),
    "choice": ("Coding", SAME, CODES),
    "open-choice": ("Coding", SAME, CODES[:2]),
}

ANSWERS = {"Uri": "answerString"}
"""R4 has no answerUri."""


def given_answers(kind, name, values):
    """Return no answer, each value alone, and all of them at once."""
    own = [{"valueString": "other words"}] if kind == "open-choice" else []
    each = [{f"value{name}": value} for value in values] + own
    return [[], *([one] for one in each), each]


def cases(kind):
    name, operators, values = VALUES[kind]
    rules = [*product(operators, values), ("exists", True), ("exists", False)]
    for (operator, value), answers in product(rules, given_answers(kind, name, values)):
        answer = {
            "answerBoolean" if operator == "exists" else ANSWERS.get(name, f"answer{name}"): value
        }
        question = item("q", kind, repeats=len(answers) > 1)
        asked = form(question, item("x", "string", enableWhen=[when("q", operator, answer)]))
        yield asked, [{"linkId": "q", "answer": answers}] if answers else []


@needs_node
@pytest.mark.parametrize("kind", VALUES)
def test_every_operator_says_the_same_in_both_places(kind):
    forms = [case for case in cases(kind) if kind != "boolean" or len(case[1][:1]) <= 1]
    assert compare(forms) >= len(forms) // 2


@needs_node
def test_without_an_answer_not_equal_holds_and_an_order_does_not():
    rules = [("!=", True), ("=", False), (">", False), ("<=", False)]
    forms = [
        (form(item("q", "integer"), item("x", "string", enableWhen=[when("q", o, TWO)])), [])
        for o, _ in rules
    ]
    pages = [render(q, settle(q, [], CONTEXT)) for q, _ in forms]
    assert in_browser(pages) == [{"item-x": holds} for _, holds in rules]


TWO = {"answerInteger": 2}
YES = {"answerBoolean": True}


def row(*values):
    entries = [{"linkId": "q", "answer": [{"valueBoolean": v}]} for v in values if v is not None]
    return {"linkId": "row", **({"item": entries} if entries else {})}


@needs_node
def test_in_rows_the_question_of_the_same_row_is_meant():
    asked = [item("q", "boolean"), item("x", "string", enableWhen=[when("q", "=", YES)])]
    questionnaire = form(item("row", "group", repeats=True, item=asked))
    items = [row(True), row(False), row(None), row(True)]
    assert compare([(questionnaire, items)]) >= 4


@needs_node
def test_below_an_answer_the_question_of_the_same_answer_is_meant():
    inner = [item("q", "boolean"), item("x", "string", enableWhen=[when("q", "!=", YES)])]
    questionnaire = form(item("drug", "string", repeats=True, item=inner))
    told = [{"linkId": "q", "answer": [{"valueBoolean": True}]}]
    answers = [{"valueString": "a", "item": told}, {"valueString": "b"}]
    assert compare([(questionnaire, [{"linkId": "drug", "answer": answers}])]) >= 2


@needs_node
def test_an_answer_that_is_hidden_counts_as_none():
    """A chain of questions, each asked when the one before it was answered with yes."""
    links = [f"q{number}" for number in range(8)]
    chain = [item(links[0], "boolean")]
    for before, link in pairwise(links):
        chain.append(item(link, "boolean", enableWhen=[when(before, "=", YES)]))
    given_ = [{"linkId": link, "answer": [{"valueBoolean": link != "q2"}]} for link in links]
    assert compare([(form(*chain), given_)]) == 7


@st.composite
def random_forms(draw):
    """Questions in groups, each of which may depend on any earlier one, with answers."""
    asked, items, answers = [], [], []
    for number in range(draw(st.integers(2, 5))):
        inner = [_question(draw, asked, f"{number}.{n}") for n in range(draw(st.integers(1, 3)))]
        told = [e for one in inner if (e := _answered(draw, one))]
        if draw(st.booleans()):
            group = item(str(number), "group", item=inner)
            _depend(draw, group, [one for one in asked if one not in inner])
            items.append(group)
            answers += [{"linkId": str(number), "item": told}] if told else []
        else:
            items += inner
            answers += told
    return form(*items), answers


def _question(draw, asked, link_id):
    made = item(link_id, draw(st.sampled_from([*VALUES])))
    _depend(draw, made, asked)
    asked.append(made)
    return made


def _depend(draw, made, asked):
    targets = draw(st.lists(st.sampled_from(asked), max_size=3)) if asked else []
    conditions = [draw(_conditions(target)) for target in targets]
    if conditions:
        made["enableWhen"] = conditions
        made["enableBehavior"] = draw(st.sampled_from(["all", "any"]))


@st.composite
def _conditions(draw, target):
    name, operators, values = VALUES[target["type"]]
    if draw(st.integers(0, 4)) == 0:
        return when(target["linkId"], "exists", {"answerBoolean": draw(st.booleans())})
    answer = {ANSWERS.get(name, f"answer{name}"): draw(st.sampled_from(values))}
    return when(target["linkId"], draw(st.sampled_from(operators)), answer)


def _answered(draw, one):
    name, _, values = VALUES[one["type"]]
    value = draw(st.sampled_from([None, *values]))
    answer = [{f"value{name}": value}]
    return None if value is None else {"linkId": one["linkId"], "answer": answer}


@needs_node
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(random_forms(), min_size=1, max_size=6))
def test_any_conditions_on_any_answers_say_the_same_in_both_places(forms):
    compare(forms)
