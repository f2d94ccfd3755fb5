"""Any form with any answers: shown, sent back untouched by a browser, read: equal answers."""

from datetime import UTC, datetime
from decimal import Decimal
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartapp.content import FOLDER
from smartapp.content.words import read_words
from smartapp.forms.entry import read_entry
from smartapp.forms.reading import read_questionnaire
from smartapp.forms.state import Context, settle
from smartapp.forms.written import kept_fields
from smartapp.web.questionnaire import render

SDC = "http://hl7.org/fhir/StructureDefinition/"
CONTEXT = Context(now=datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
SPOKEN = read_words(FOLDER / "words").languages
HOSTILE = "</textarea></script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>&amp;\u202e"


LINK_ID = HOSTILE.replace("\u202e", "")


class Sent(HTMLParser):
    """What a browser sends of a form (HTML, "constructing the entry list"), as name -> texts."""

    def __init__(self, page):
        super().__init__()
        self.entry, self._open = {}, None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if "disabled" not in a:
            getattr(self, f"_{tag}", lambda a: None)(a)

    def _input(self, a):
        if self._counts(a):
            self._add(a["name"], a.get("value", "on"))

    def _select(self, a):
        self._open = (a["name"], "select")
        self.entry.setdefault(a["name"], [])

    def _option(self, a):
        if self._open and self._open[1] == "select":
            chosen = self.entry[self._open[0]]
            if "selected" in a or not chosen:
                chosen[:] = [a["value"]]

    def _textarea(self, a):
        self._open = (a["name"], "textarea")
        self._add(a["name"], "")

    def _counts(self, a):
        kind = a.get("type", "text")
        return kind not in {"radio", "checkbox", "file"} or (kind != "file" and "checked" in a)

    def _add(self, name, value):
        self.entry.setdefault(name, []).append(value)

    def handle_data(self, data):
        if self._open and self._open[1] == "textarea":
            self.entry[self._open[0]][-1] += data

    def handle_endtag(self, tag):
        if tag == "textarea" and self._open:
            name = self._open[0]
            text = self.entry[name][-1].removeprefix("\n")
            self.entry[name][-1] = text.replace("\n", "\r\n")
        if tag in {"select", "textarea"}:
            self._open = None


def coding(code):
    return {"valueCoding": {"system": "http://x.org/s", "code": code, "display": f"Option {code}"}}


OPTIONS = [coding(code) for code in "abcd"]
CONTROL = f"{SDC}questionnaire-itemControl"
words = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
names = words.map(str.strip).filter(bool).filter(str.isprintable)
texts = (words | st.sampled_from(["\nstarts", "a\nb", " x "])).filter(str.strip)
decimals = st.decimals(-1000, 1000, places=3) | st.sampled_from(["1E+2"]).map(Decimal)
VALUES = {
    "boolean": st.booleans().map(lambda v: {"valueBoolean": v}),
    "integer": st.integers(-(2**31) + 1, 2**31 - 1).map(lambda v: {"valueInteger": v}),
    "decimal": decimals.map(lambda v: {"valueDecimal": v}),
    "date": st.sampled_from(["2026", "2026-02", "2026-02-03"]).map(lambda v: {"valueDate": v}),
    "dateTime": st.sampled_from(["2026", "2026-02-03T10:11:12+10:30", "2026-02-03T10:11:00Z"]).map(
        lambda v: {"valueDateTime": v}
    ),
    "time": st.sampled_from(["10:11:12", "00:00:00"]).map(lambda v: {"valueTime": v}),
    "string": texts.map(lambda v: {"valueString": v}),
    "text": texts.map(lambda v: {"valueString": v}),
    "url": st.just({"valueUri": "https://x.example/a?b=1&c=2"}),
    "reference": st.sampled_from(["Patient/1", "https://x.example/Patient/2"]).map(
        lambda v: {"valueReference": {"reference": v}}
    ),
    "quantity": decimals.map(lambda v: {"valueQuantity": {"value": v, "unit": "cups"}}),
    "choice": st.sampled_from(OPTIONS),
    "open-choice": st.sampled_from(OPTIONS)
    | texts.map(lambda v: {"valueString": v.strip().replace("\n", " ")}),
}


def control(code):
    return {"url": CONTROL, "valueCodeableConcept": {"coding": [{"code": code}]}}


@st.composite
def items(draw, depth=2, prefix=""):
    """Items of every type, with linkIds of any text, nested ``depth`` deep."""
    link_ids = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    return [draw(item(f"{prefix}{link_id}", depth)) for link_id in link_ids]


@st.composite
def item(draw, link_id, depth):
    kinds = [*VALUES, *(["group"] * 3 if depth else [])]
    made = {
        "linkId": link_id,
        "type": draw(st.sampled_from(kinds)),
        "text": draw(words.filter(str.strip)),
    }
    made["repeats"] = draw(st.booleans())
    if made["type"] in {"choice", "open-choice"}:
        made["answerOption"] = OPTIONS
        code = draw(st.sampled_from(["", "drop-down", "radio-button", "check-box", "autocomplete"]))
        fits = code and not (code == "radio-button" and made["repeats"])
        made |= (
            {"extension": [control(code)]}
            if fits and (code != "check-box" or made["repeats"])
            else {}
        )
    if made["type"] == "group" or (depth and draw(st.integers(0, 3)) == 0):
        made["item"] = draw(items(depth - 1, f"{link_id}|"))
    return made


@st.composite
def answers(draw, level):
    """Answers to some of the items, as the form itself would write them."""
    made = []
    for one in level:
        count = draw(st.integers(0, 3 if one.get("repeats") else 1))
        if one["type"] == "group":
            made += [e for _ in range(count) if (e := draw(instance(one))).get("item")]
        elif found := draw(values(one, count)):
            made.append({"linkId": one["linkId"], "answer": found})
    return made


@st.composite
def instance(draw, one):
    return {"linkId": one["linkId"], "item": draw(answers(one["item"]))}


@st.composite
def values(draw, one, count):
    # A choice's answers come in the order of the options, own words after them.
    found = draw(st.lists(VALUES[one["type"]], min_size=count, max_size=count))
    if one["type"] in {"choice", "open-choice"}:
        unique = {str(value): value for value in found}.values()
        found = sorted(unique, key=lambda v: OPTIONS.index(v) if v in OPTIONS else 9)
    return [draw(nested(one, value, place)) for place, value in enumerate(found)]


@st.composite
def nested(draw, one, value, place):
    below = draw(answers(one["item"])) if one.get("item") else []
    return {**value, "item": below} if below else dict(value)


@st.composite
def filled(draw):
    level = draw(items())
    raw = {
        "resourceType": "Questionnaire",
        "url": "http://x.org/q",
        "status": "active",
        "item": level,
    }
    return raw, draw(answers(level))


def shown(raw, given, **more):
    questionnaire = read_questionnaire(raw)
    settled = settle(questionnaire, given, CONTEXT)
    return questionnaire, render(questionnaire, settled, **more)


class TestTrip:
    @settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
    @given(filled(), st.sampled_from([*SPOKEN.values()]))
    def test_sent_back_untouched_nothing_changes(self, form, spoken):
        raw, given = form
        questionnaire, page = shown(raw, given, prefix="p", words=spoken)
        sent = kept_fields(questionnaire, Sent(page).entry, spoken)
        entered = read_entry(questionnaire, sent, given, prefix="p")
        assert (entered.items, entered.problems) == (given, ())

    @settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
    @given(filled(), st.sampled_from([*SPOKEN.values()]))
    def test_the_page_alone_carries_every_answer(self, form, spoken):
        raw, given = form
        if any(
            one["repeats"] and one.get("item") for one in walk(raw["item"]) if "answerOption" in one
        ):
            return  # what is below one of several options needs the option to be there already
        questionnaire, page = shown(raw, given, words=spoken)
        sent = kept_fields(questionnaire, Sent(page).entry, spoken)
        assert read_entry(questionnaire, sent, []).items == given

    @settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
    @given(filled(), st.dictionaries(words, st.lists(words, max_size=3), max_size=5))
    def test_whatever_is_sent_something_is_read(self, form, junk):
        raw, given = form
        questionnaire, page = shown(raw, given)
        names = list(Sent(page).entry)
        sent = dict(zip(names, junk.values(), strict=False)) | junk
        again = read_entry(questionnaire, sent, given)
        settled = settle(questionnaire, again.items, CONTEXT)
        assert render(questionnaire, settled, unread=again.unread, problems=again.problems)


def walk(level):
    for one in level:
        yield one
        yield from walk(one.get("item", []))


@pytest.mark.parametrize("type_", VALUES)
def test_hostile_words_stay_words(type_):
    made = {"linkId": LINK_ID, "type": type_, "text": HOSTILE, "prefix": HOSTILE, "repeats": True}
    if "choice" in type_:
        made["answerOption"] = [{"valueString": HOSTILE}]
    raw = {"resourceType": "Questionnaire", "url": "u", "status": "active", "item": [made]}
    given = [{"linkId": LINK_ID, "answer": [{"valueString": HOSTILE + "\0"}]}]
    _, page = shown(raw, given)
    assert not {"script", "img"} & Elements(page).names
    assert "\0" not in page


class Elements(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.names, self.attributes = set(), set()
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_text_that_cannot_be_read_is_shown_again_with_its_sentence():
    raw = {"resourceType": "Questionnaire", "url": "u", "status": "active"}
    raw["item"] = [{"linkId": "n", "type": "integer", "repeats": True, "text": "N"}]
    questionnaire = read_questionnaire(raw)
    entered = read_entry(questionnaire, {"n": ["1"], "n*1": [HOSTILE]}, [])
    _, page = shown(raw, entered.items, unread=entered.unread, problems=entered.problems)
    assert Sent(page).entry["n*1"] == [HOSTILE]
    assert entered.problems[0].sentence in page


UNITS = [
    {
        "url": f"{SDC}questionnaire-unitOption",
        "valueCoding": {"system": "u", "code": code, "display": code},
    }
    for code in ("kg", "g")
]
KINDS = [
    {"url": f"{SDC}questionnaire-referenceResource", "valueCode": code}
    for code in ("Practitioner", "Organization")
]


@pytest.mark.parametrize(
    ("made", "value"),
    [
        ({"type": "quantity", "extension": UNITS}, {"value": 5, "unit": "g", "code": "g"}),
        ({"type": "quantity", "extension": UNITS}, {"value": 5, "unit": "stone"}),
        ({"type": "quantity", "extension": UNITS[:1]}, {"value": 5}),
        ({"type": "quantity"}, {"value": 5, "unit": "cups", "comparator": ">="}),
        (
            {"type": "reference", "extension": KINDS},
            {"reference": "Organization/1", "display": "A"},
        ),
        ({"type": "reference", "extension": KINDS}, {"reference": "https://x.example/Group/1"}),
        ({"type": "reference", "extension": KINDS[:1]}, {"display": "A"}),
        ({"type": "attachment"}, {"title": "a.pdf", "data": "YQ=="}),
        ({"type": "choice", "answerOption": OPTIONS}, {"code": "retired", "display": "Retired"}),
        (
            {"type": "open-choice", "answerOption": OPTIONS, "extension": [control("drop-down")]},
            {"code": "retired"},
        ),
        (
            {
                "type": "open-choice",
                "answerOption": OPTIONS,
                "extension": [control("autocomplete")],
            },
            {"system": "http://x.org/s", "code": "retired", "display": "Retired"},
        ),
    ],
)
@pytest.mark.parametrize("repeats", [True, False])
def test_what_a_field_cannot_say_of_an_answer_stays_with_it(made, value, repeats):
    kind = made["type"].removeprefix("open-")
    name = "valueCoding" if kind == "choice" else f"value{kind.title()}"
    raw = {"resourceType": "Questionnaire", "url": "u", "status": "active"}
    raw["item"] = [{"linkId": "q", "text": "Q", "repeats": repeats, **made}]
    given = [{"linkId": "q", "answer": [{name: value, "id": "kept"}]}]
    questionnaire, page = shown(raw, given)
    assert read_entry(questionnaire, Sent(page).entry, given).items == given
