"""A form's whole way: shown, sent, settled, judged, kept by a FHIR server, read back, shown again.

``FORM_EXAMPLES=3000`` runs it long; an ordinary run takes some tens of examples.
"""

import os
from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartapp.content import FOLDER
from smartapp.content.words import read_words
from smartapp.fhir import wire
from smartapp.forms.entry import read_entry
from smartapp.forms.reading import read_questionnaire
from smartapp.forms.state import Context, begin, settle
from smartapp.forms.validate import validate
from smartapp.forms.written import kept_fields
from smartapp.store import rest
from smartapp.store.storage import FhirStore
from smartapp.web.questionnaire import render

CORE = "http://hl7.org/fhir/StructureDefinition/"
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"
CONTEXT = Context(now=datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
EXAMPLES = int(os.environ.get("FORM_EXAMPLES", "30"))
long_or_short = settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck)
)
SPOKEN = read_words(FOLDER / "words").languages
CODES = [{"system": "http://x.example/s", "code": code, "display": f"Say {code}"} for code in "abc"]
HOSTILE = ["<script>alert(1)</script>", "\"'><img src=x onerror=alert(1)>", "{{ 7*7 }}", "&amp;"]
HOSTILE += ["</textarea></select></fieldset>", "\u202eesrever", "é\u0301 \U0001f600", "]]>", "-->"]
LETTERS = st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp"))
WORDS = st.text(LETTERS, min_size=1, max_size=8).map(str.strip).filter(str.isprintable)
SAID = WORDS.filter(bool) | st.sampled_from(HOSTILE)
LINK_IDS = SAID.filter(str.isprintable)
NUMBERS = st.decimals(-500, 500, places=2) | st.sampled_from(
    ["1.50", "0.000", "7E+1", "-0.0", "5"]
).map(Decimal)
OPERATORS = {"integer": ["=", "!=", ">", "<", ">=", "<="], "boolean": ["=", "!="]}


class Browser(HTMLParser):
    """What is sent of a page: its fields that are not disabled, as the person sees them."""

    def __init__(self, page):
        super().__init__()
        self.sent, self.tags, self._name, self._kind = {}, set(), "", ""
        self.feed(str(page))
        self.close()

    def handle_starttag(self, tag, attrs):
        given_ = dict(attrs)
        self.tags.add(tag)
        assert not any(name.startswith("on") or name == "style" for name in given_)
        if tag == "option" and self._kind == "select":
            if "selected" in given_ or not self.sent[self._name]:
                self.sent[self._name] = [given_["value"]]
        elif "name" in given_ and "disabled" not in given_:
            self._field(tag, given_)

    def _field(self, tag, given_):
        if tag in {"select", "textarea"}:
            self._name, self._kind = given_["name"], tag
            self.sent[self._name] = [] if tag == "select" else [""]
        is_mark = given_.get("type") in {"radio", "checkbox"}
        if tag == "input" and given_["type"] != "file" and (not is_mark or "checked" in given_):
            self.sent.setdefault(given_["name"], []).append(given_.get("value", "on"))

    def handle_data(self, data):
        if self._kind == "textarea":
            self.sent[self._name][0] += data

    def handle_endtag(self, tag):
        if tag == "textarea" and self._kind == tag:
            text = self.sent[self._name][0].removeprefix("\n")
            self.sent[self._name][0] = text.replace("\n", "\r\n")
        self._kind = "" if tag == self._kind else self._kind


def setting(name, kind, value):
    return {"url": f"{CORE}{name}", f"value{kind}": value}


def formula(name, expression):
    value = {"language": "text/fhirpath", "expression": expression}
    return {"url": f"{SDC}{name}", "valueExpression": value}


KINDS = {
    "boolean": st.booleans().map(lambda v: {"valueBoolean": v}),
    "integer": st.integers(0, 10).map(lambda v: {"valueInteger": v}),
    "decimal": NUMBERS.map(lambda v: {"valueDecimal": v}),
    "date": st.sampled_from(["2026", "2026-02", "2026-02-03"]).map(lambda v: {"valueDate": v}),
    "dateTime": st.sampled_from(["2026-02", "2026-02-03T10:11:12.5+10:30"]).map(
        lambda v: {"valueDateTime": v}
    ),
    "time": st.sampled_from(["10:11:12", "00:00:00", "23:59:59.25"]).map(
        lambda v: {"valueTime": v}
    ),
    "string": SAID.map(lambda v: {"valueString": v}),
    "text": st.lists(SAID, min_size=1, max_size=3).map(lambda v: {"valueString": "\n".join(v)}),
    "url": st.sampled_from(["https://x.example/?a=1&b=%27", "urn:oid:1.2.3"]).map(
        lambda v: {"valueUri": v}
    ),
    "reference": st.sampled_from(["Patient/1", "https://x.example/fhir/Group/2"]).map(
        lambda v: {"valueReference": {"reference": v}}
    ),
    "quantity": NUMBERS.map(
        lambda v: {
            "valueQuantity": {
                "value": v,
                "unit": "kg",
                "system": "http://unitsofmeasure.org",
                "code": "kg",
            }
        }
    ),
    "choice": st.sampled_from(CODES).map(lambda v: {"valueCoding": v}),
    "open-choice": st.sampled_from(CODES).map(lambda v: {"valueCoding": v})
    | SAID.map(lambda v: {"valueString": v}),
}
LIMITS = {
    "integer": [setting("minValue", "Integer", 0), setting("maxValue", "Integer", 10)],
    "decimal": [setting("maxDecimalPlaces", "Integer", 3)],
    "string": [setting("minLength", "Integer", 1), setting("regex", "String", r".{1,60}")],
    "date": [setting("minValue", "Date", "2000-01-01")],
    "quantity": [
        setting(
            "questionnaire-unit",
            "Coding",
            {"system": "http://unitsofmeasure.org", "code": "kg", "display": "kg"},
        )
    ],
}


@st.composite
def forms(draw):
    """A raw Questionnaire, its texts and linkIds of any kind, with conditions and a total."""
    asked = []
    items = draw(levels(asked, depth=2))
    whole = [i["linkId"] for i in items if i["type"] == "integer" and not i.get("repeats")]
    if whole and draw(st.booleans()):
        path = f"%resource.item.where(linkId = {quoted(whole[0])}).answer.value + 1"
        total = [formula("calculatedExpression", path)]
        items.append(made("total|", "integer", "Total") | {"readOnly": True, "extension": total})
    head = {"resourceType": "Questionnaire", "url": "http://x.example/q", "version": "1"}
    return {**head, "status": "active", "title": draw(SAID), "item": items}


def quoted(text):
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def made(link_id, kind, text):
    return {"linkId": link_id, "type": kind, "text": text}


@st.composite
def levels(draw, asked, depth):
    return [draw(items(asked, depth)) for _ in range(draw(st.integers(1, 3)))]


@st.composite
def items(draw, asked, depth):
    kind = draw(st.sampled_from([*KINDS, *(["group"] * 4 if depth else ["display"])]))
    one = made(f"{draw(LINK_IDS)}|{len(asked)}", kind, draw(SAID))
    conditions(draw, one, asked)
    asked.append(one)
    if kind == "display":
        return one
    one |= {"repeats": draw(st.booleans())}
    if kind in LIMITS and (kind == "quantity" or draw(st.booleans())):
        one["extension"] = LIMITS[kind]
    if "choice" in kind:
        one["answerOption"] = [{"valueCoding": coding} for coding in CODES]
    if kind == "group" or (depth and kind not in {"choice", "open-choice"} and draw(st.booleans())):
        one["item"] = draw(levels(asked, depth - 1))
    return one


def conditions(draw, one, asked):
    """Ask about an earlier question now and then."""
    targets = [earlier for earlier in asked if earlier["type"] in OPERATORS]
    if targets and draw(st.integers(0, 2)) == 0:
        target = draw(st.sampled_from(targets))
        kind = target["type"].title()
        value = draw(KINDS[target["type"]])[f"value{kind}"]
        operator = draw(st.sampled_from(OPERATORS[target["type"]]))
        when = {"question": target["linkId"], "operator": operator, f"answer{kind}": value}
        one["enableWhen"] = [when]


@st.composite
def answers(draw, level):
    """Answers to some of the items, as a form would write them."""
    found = []
    for one in (one for one in level if one["type"] != "display" and not one.get("readOnly")):
        count = draw(st.integers(0, 3 if one["repeats"] else 1))
        if one["type"] == "group":
            rows = [draw(answers(one["item"])) for _ in range(count)]
            found += [{"linkId": one["linkId"], "item": row} for row in rows if row]
        elif values := draw(chosen(one, count)):
            found.append({"linkId": one["linkId"], "answer": values})
    return found


@st.composite
def chosen(draw, one, count):
    values = draw(st.lists(KINDS[one["type"]], max_size=count, unique_by=lambda v: str(same(v))))
    if "choice" in one["type"]:
        values.sort(key=lambda v: CODES.index(v["valueCoding"]) if "valueCoding" in v else 9)
    below = [draw(answers(one["item"])) if "item" in one else [] for _ in values]
    return [{**v, **({"item": b} if b else {})} for v, b in zip(values, below, strict=True)]


def same(value):
    """What makes an answer the same as another: of numbers the number, not its digits."""
    content = next(iter(value.values()))
    content = content.get("value", content) if isinstance(content, dict) else content
    return float(content) if isinstance(content, Decimal) else content


@st.composite
def filled(draw):
    raw = draw(forms())
    return raw, draw(answers(raw["item"]))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Send a FHIR request to a store through its REST layer; return the answer."""
    store = FhirStore(tmp_path_factory.mktemp("cycle") / "ehr.sqlite3", base="https://x.example")

    def send(method, path, resource=None):
        body = wire.encode(resource) if resource else b""
        return rest.answer(store, method, path, body=body)

    return send


def kept(server, response):
    """Create a response and read it back."""
    created = server("POST", "QuestionnaireResponse", response)
    assert created.status == 201, created.body
    name = wire.decode(created.body)["id"]
    return wire.decode(server("GET", f"QuestionnaireResponse/{name}").body)


def completed(questionnaire, saved):
    head = {"resourceType": "QuestionnaireResponse", "questionnaire": questionnaire.canonical}
    authored = CONTEXT.now.isoformat()
    return {
        **head,
        "status": "completed",
        "authored": authored,
        **({"item": saved} if saved else {}),
    }


def exact(node):
    """Return JSON with every number as it is written: 1.50 is not 1.5 here; zero has no sign."""
    if isinstance(node, dict):
        return {name: exact(part) for name, part in node.items()}
    if isinstance(node, list):
        return [exact(part) for part in node]
    return str(node or abs(node)) if type(node) in {int, Decimal} else node


def shown(questionnaire, settled, words=SPOKEN["en"]):
    """What a browser sends of the page in a language, as it is kept."""
    page = Browser(render(questionnaire, settled, live=True, words=words))
    page.sent = kept_fields(questionnaire, page.sent, words)
    return page


@long_or_short
@given(filled(), st.sampled_from([*SPOKEN.values()]))
def test_what_is_shown_and_sent_is_what_is_kept_and_shown_again(server, form, words):
    raw, given_ = form
    questionnaire = read_questionnaire(raw)
    settled = settle(questionnaire, given_, CONTEXT)
    first = shown(questionnaire, settled, words)
    assert not first.tags & {"script", "img", "style", "iframe", "form"}
    entered = read_entry(questionnaire, first.sent, settled.items)
    assert entered.problems == ()
    assert exact(entered.items) == exact(settled.items)
    response = completed(questionnaire, settle(questionnaire, entered.items, CONTEXT).submitted())
    assert [i for i in validate(questionnaire, response, CONTEXT) if i.severity == "error"] == []
    back = kept(server, response)
    assert exact(back.get("item", [])) == exact(response.get("item", []))
    again = settle(questionnaire, back.get("item", []), CONTEXT)
    assert exact(again.submitted()) == exact(response.get("item", []))
    second = read_entry(questionnaire, shown(questionnaire, again).sent, again.items)
    assert (exact(second.items), second.problems) == (exact(again.items), ())


@long_or_short
@given(filled(), st.sampled_from([*SPOKEN.values()]))
def test_an_empty_page_filled_in_gives_the_same_answers(form, words):
    """Whoever types the texts that the page shows gets the answers that it shows."""
    raw, given_ = form
    questionnaire = read_questionnaire(raw)
    settled = settle(questionnaire, given_, CONTEXT)
    sent = shown(questionnaire, settled, words).sent
    typed = read_entry(questionnaire, sent, begin(questionnaire, CONTEXT))
    again = settle(questionnaire, typed.items, CONTEXT)
    assert exact(again.submitted()) == exact(settled.submitted())
