"""Every page a patient can see, in every language of ours: not one English word of the program's.

The form on them has every kind of question, with words of its own that no language has, so that
whatever is English is ours. What is for staff on a patient's page is marked as English.
"""

import json
import re
from html.parser import HTMLParser

import pytest

from smartapp.content import FOLDER
from smartapp.forms.reading import read_questionnaire

CORE = "http://hl7.org/fhir/StructureDefinition/"
PIN = "2580"
COMMON = """
    the this these that there and or not is are was were be been has have had do does did done will
    would can could cannot may must should of to from for with without within into out by as at in
    on if then than when where who what which why how you your yours it its they their them no yes
    answer answers answered question questions page save saved sent send choose write type date time
    day month year number name record chart patient clinician staff device any all every each other
    another one two now here more less again back next enter add remove please
"""
SHOWN = ("aria-label", "title", "placeholder", "alt", "data-alarm")
"""Attributes whose text somebody reads or hears."""
VOID = {"meta", "link", "input", "br", "img", "hr", "option"}


def texts(tag):
    return json.loads((FOLDER / "words" / f"{tag}.json").read_text())["words"]


def words_of(text):
    return {word.casefold() for word in re.findall(r"[^\W\d_]{2,}", re.sub(r"\{\w+\}", " ", text))}


def english_only(tag):
    """The words by which a text is known to be English and not of that language."""
    ours = set().union(*map(words_of, texts("en").values())) | words_of(COMMON)
    return ours - set().union(*map(words_of, texts(tag).values()))


class Read(HTMLParser):
    """What is read or heard of a page, by its language; its title cannot be marked and is left."""

    def __init__(self, page, language):
        super().__init__()
        self.languages, self.said = [("", language)], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        language = given.get("lang") or self.languages[-1][1]
        if tag not in VOID:
            self.languages.append((tag, language))
        script = json.loads(given.get("data-words", "{}")).values()
        heard = [given.get(name) or "" for name in SHOWN]
        self.keep(" ".join([*heard, *script]), language)

    def handle_endtag(self, tag):
        while tag not in VOID and self.languages.pop()[0] != tag:
            pass

    def handle_data(self, text):
        if self.languages[-1][0] not in {"script", "style", "title"}:
            self.keep(text, self.languages[-1][1])

    def keep(self, text, language):
        self.said += [(language, word) for word in words_of(text)]

    def of(self, language):
        return {word for spoken, word in self.said if spoken == language}


def extension(name, **value):
    return {"url": CORE + name, **value}


def control(code):
    coded = {"coding": [{"system": "http://hl7.org/fhir/questionnaire-item-control", "code": code}]}
    return extension("questionnaire-itemControl", valueCodeableConcept=coded)


def aside(code):
    words = {"linkId": f"aside-{code}", "type": "display", "text": "Quux"}
    return {**words, "extension": [control(code)]}


OPTIONS = [{"valueCoding": {"code": c, "display": f"Xyzzy {c}"}} for c in ("a1", "b2", "c3")]
UNIT = extension("questionnaire-unitOption", valueCoding={"code": "kg", "display": "kg"})
LIMITS = {
    "decimal": [
        extension("minValue", valueDecimal=0.5),
        extension("maxValue", valueDecimal=9),
        extension("maxDecimalPlaces", valueInteger=1),
    ],
    "date": [extension("minValue", valueDate="2026-03-01")],
    "dateTime": [extension("maxValue", valueDateTime="2026-03-01")],
    "string": [extension("minLength", valueInteger=3), extension("regex", valueString="[0-9]+")],
    "quantity": [UNIT, extension("questionnaire-unitOption", valueCoding={"code": "g"})],
    "reference": [
        extension("questionnaire-referenceResource", valueCode=kind)
        for kind in ("Practitioner", "Organization")
    ],
    "attachment": [
        extension("mimeType", valueCode="image/png"),
        extension("maxSize", valueDecimal=9),
    ],
}
TYPED = [*LIMITS, "boolean", "integer", "time", "text", "url"]


CLOSED = {"readOnly": True, "prefix": "1"}


def asked(type_, **more):
    link = f"{type_}{len(more)}{'r' if more.get('repeats') else ''}"
    return {"linkId": link, "type": type_, "text": "Foobar", **more}


def form(url, version, language):
    """Every kind of question and group, each with words of its own."""
    items = [asked(t, required=True, extension=LIMITS.get(t, [])) for t in TYPED]
    items += [asked(t, repeats=True, maxLength=5) for t in ("string", "text")]
    items += [asked("date", repeats=True, extension=[]), asked("quantity")]
    items += [asked(t, required=True, answerOption=OPTIONS) for t in ("choice", "open-choice")]
    items += [asked(t, repeats=True, answerOption=OPTIONS) for t in ("choice", "open-choice")]
    listed = {"answerOption": OPTIONS, "prefix": "9"}
    items += [
        asked("choice", extension=[control("drop-down")], **listed),
        asked("open-choice", extension=[control("drop-down")], **listed),
        asked("open-choice", extension=[control("autocomplete")], required=True, **listed),
        asked("boolean", initial=[{"valueBoolean": True}], **CLOSED),
        asked("attachment", initial=[{"valueAttachment": {"data": "YQ=="}}], **CLOSED),
        asked("string", item=[aside(code) for code in ("help", "legal", "flyover", "unit")]),
        {"linkId": "grid", "type": "group", "text": "Foobar", "item": [
            asked("choice", answerOption=OPTIONS, prefix=p, linkId=f"row{p}") for p in "78"]},
        {"linkId": "again", "type": "group", "text": "Foobar", "repeats": True, "required": True,
         "item": [asked("string", linkId="inner", prefix="3")]},
        asked("integer", linkId="scale", item=[aside("lower"), aside("upper")], extension=[
            extension("minValue", valueInteger=0), extension("maxValue", valueInteger=10)]),
    ]  # fmt: skip
    raw = {"resourceType": "Questionnaire", "url": url, "version": version, "status": "active"}
    raw |= {"title": "Xyzzy", "language": language, "copyright": "Frobozz", "item": items}
    return read_questionnaire(raw)


@pytest.fixture(params=["es", "de"])
def language(request):
    return request.param


@pytest.fixture
def handed(coach, clinic, language):
    """The form in a patient's hands, in a language; where it is."""
    forms, peg = clinic.content.forms, clinic.content.instruments["peg"]
    canonical = f"{peg.url}|{peg.version}"
    before = forms[canonical]
    forms[canonical] = form(peg.url, peg.version, language)
    first = coach.follow(coach.start("peg", "pseq"))
    place = "assessments/" + first.request.path.split("/")[4]
    coach.fill(f"{place}/hand-over", pin=PIN, pin_again=PIN, language=language)
    yield place
    forms[canonical] = before


@pytest.fixture
def speaks(language):
    """Fail where a page says a word of ours in English."""

    def speaks(answered, names_staff=False):
        page = answered.text
        assert f'<html lang="{language}"' in page
        read = Read(page, language)
        found = read.of(language) & english_only(language)
        assert not found, (answered.request.path, found)
        assert ("staff" in read.of("en")) is names_staff

    return speaks


WRONG = {
    "decimal2": "77,77", "integer2": "4,5", "date2": "1.1.99", "dateTime2": "2027", "time2": "x",
    "string2": "zz", "url2": "z z", "quantity2": "lots", "reference2": "z", "string2r": "zzzzzzzz",
    "open-choice3:other": "zz", "open-choice3": "0",
}  # fmt: skip


def test_the_form_as_it_is_found_and_as_it_is_refused(coach, handed, speaks):
    speaks(coach.get(f"{handed}/1"))
    answered = coach.answer(coach.get(f"{handed}/1"), **WRONG)
    assert answered.text.count('class="problem"') > 5
    speaks(answered)
    speaks(coach.get(f"{handed}/1?check=yes"))
    assert coach.get(f"{handed}/1?check=yes").text.count('class="problem"') > 10


def test_what_is_judged_only_when_it_can_be_read(coach, handed, speaks):
    given = {"decimal2": "77,77", "date2": "1.1.1999", "dateTime2": "1.1.2027", "string2": "zz"}
    coach.answer(coach.get(f"{handed}/1"), **given, go="back")
    answered = coach.get(f"{handed}/1?check=yes")
    assert "2026" in answered.text
    assert answered.text.count('class="problem"') > 10
    speaks(answered)


def test_the_questions_of_a_form_in_another_language_are_marked(coach, handed, speaks):
    speaks(coach.get(f"{handed}/2"))
    speaks(coach.get(f"{handed}/2?check=yes"))


def test_the_last_page_and_the_lock_screen(coach, handed, speaks):
    speaks(coach.get(f"{handed}/finished"))
    speaks(coach.get("lock"), names_staff=True)
    coach.fill("lock", pin="0000")
    speaks(coach.get("goals/new"), names_staff=True)
    speaks(coach.get("nowhere"), names_staff=True)


def test_the_lock_screen_of_a_launch_that_is_over(coach, handed, speaks):
    for _ in range(5):
        coach.fill("lock", pin="0000")
    speaks(coach.get("lock"), names_staff=True)
    speaks(coach.http.get("/unlock", base_url="https://app.example"), names_staff=True)


def test_the_page_without_a_connection(coach, language, handed, speaks):
    page = coach.get(f"{handed}/1").text
    address = re.search(r'data-blank="([^"]*)"', page)[1]
    speaks(coach.http.get(address, base_url="https://app.example"))


def test_what_went_wrong_and_what_was_typed(coach, handed, speaks):
    form = coach.open(f"{handed}/1")
    answered = coach.send(form, csrf_token="old", **{"q/text2": "Foobar", "language": "xx"})
    assert answered.status_code == 400
    assert "Foobar" in answered.text
    assert "q/" not in answered.text.casefold().partition("<main")[2].partition("<p><a")[0]
    speaks(answered)
