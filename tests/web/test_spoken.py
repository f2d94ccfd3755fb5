"""The patient's language: chosen once at the hand-over, and heard on every page until it ends."""

import json
import re
from dataclasses import replace
from decimal import Decimal

import pytest

from smartapp.content.words import with_site
from smartapp.forms.reading import read_questionnaire
from smartapp.program.safety import Crisis, SiteSafety
from smartapp.web.opened import EXTENSION
from smartapp.web.spoken import EXTENSION as WORDS

APP = "https://app.example"
PIN = "2580"
SDC = "http://hl7.org/fhir/StructureDefinition/"
OURS = re.compile(r"Next|Back|Hand back|Thank you|locked|Clear|Skip to|required|Questions about")


@pytest.fixture
def hand(coach):
    """Hand a PEG over; the address of the draft."""

    def hand(language=None, slug="peg", **typed):
        page = coach.follow(coach.start(slug))
        place = "assessments/" + page.request.path.split("/")[4]
        told = {"language": language} if language else {}
        answered = coach.fill(f"{place}/hand-over", pin=PIN, pin_again=PIN, **told, **typed)
        assert answered.status_code == 303, answered.text
        return place

    return hand


@pytest.fixture
def speaking(ehr, patient):
    """Let the record say what the patient speaks."""

    def speaking(*tags):
        spoken = [{"language": {"coding": [{"code": tag}]}} for tag in tags]
        spoken[-1]["preferred"] = True
        ehr.change("Patient", patient, communication=spoken)

    return speaking


@pytest.fixture
def with_words(clinic):
    """Let the site have words of its own."""
    before = clinic.app.extensions[WORDS]

    def with_words(language, name, **words):
        given = {"language": language, "name": name, "words": words}
        clinic.app.extensions[WORDS] = with_site(before, [given])

    yield with_words
    clinic.app.extensions[WORDS] = before


@pytest.fixture
def with_crisis(clinic):
    """Let the site have crisis texts."""
    before = clinic.app.extensions[EXTENSION]

    def with_crisis(site, **texts):
        crisis = {tag.replace("_", "-"): text for tag, text in texts.items()}
        made = {tag: Crisis(tag, text, ("999",)) for tag, text in crisis.items()}
        safety = SiteSafety("", site, made)
        clinic.app.extensions[EXTENSION] = lambda handle: replace(before(handle), safety=safety)

    yield with_crisis
    clinic.app.extensions[EXTENSION] = before


@pytest.fixture
def required(clinic):
    """Let PEG ask for its first answer; what a Spanish sentence calls that question."""
    forms, peg = clinic.content.forms, clinic.content.instruments["peg"]
    before = forms[f"{peg.url}|{peg.version}"]
    items = [replace(i, required=i.link_id == "pain") for i in before.items]
    forms[before.canonical] = replace(before, items=tuple(items))
    yield "la pregunta 1"
    forms[before.canonical] = before


def our_words(page):
    """The page without what stays English on purpose: the form's words, the staff's, the head."""
    page = re.sub(r'<(span|section|div|p)[^>]* lang="en".*?</\1>', "", page, flags=re.S)
    return re.sub(r"<[^>]*>", " ", page)


class TestEveryPageOfAPatient:
    @pytest.mark.parametrize("tag", ["es", "de"])
    def test_says_nothing_of_ours_in_english(self, coach, hand, tag):
        place = hand(tag)
        for at in (f"{place}/1", f"{place}/1?check=yes", f"{place}/finished", "lock"):
            page = coach.see(at)
            assert f'<html lang="{tag}">' in page
            assert not OURS.search(our_words(page)), at

    def test_marks_the_published_words_of_a_form_as_what_they_are(self, coach, hand):
        page = coach.see(f"{hand('es')}/1")
        assert re.search(r'<h1><span lang="en" dir="ltr">.*PEG', page)
        assert '<span lang="en" dir="ltr">' in page.partition("<fieldset")[2]

    def test_says_what_is_wrong_in_its_language(self, coach, hand, required):
        place = hand("es")
        coach.answer(coach.get(f"{place}/1"), enjoyment=7, go="back")
        page = coach.see(f"{place}/1?check=yes")
        assert "Hay una cosa que debe revisar" in page
        assert f"Falta la respuesta para {required}." in page
        assert "Corrija esto:" in page

    def test_of_an_address_that_is_none_of_theirs_too(self, coach, hand):
        hand("de")
        assert "Dieses Gerät ist gesperrt" in coach.get("goals/new").text
        assert "Dieses Gerät ist gesperrt" in coach.get("nowhere").text

    def test_ends_with_the_hand_over(self, coach, hand):
        place = hand("es")
        coach.fill("lock", pin=PIN)
        assert '<html lang="en">' in coach.see(f"{place}/1")


@pytest.fixture
def diary(clinic):
    """A form of the site with a number and two days, of which one is known."""
    forms, peg = clinic.content.forms, clinic.content.instruments["peg"]
    before = forms[f"{peg.url}|{peg.version}"]
    least, most = ({"valueDecimal": Decimal(n)} for n in ("0.5", "24"))
    limits = [{"url": f"{SDC}minValue", **least}, {"url": f"{SDC}maxValue", **most}]
    since = [{"url": f"{SDC}minValue", "valueDate": "2026-03-01"}]
    birth = {"readOnly": True, "initial": [{"valueDate": "1968-02-04"}]}
    items = [
        {"linkId": "slept", "type": "decimal", "text": "Slept", "extension": limits},
        {"linkId": "since", "type": "date", "text": "Since", "extension": since},
        {"linkId": "born", "type": "date", "text": "Born", **birth},
    ]
    raw = {"resourceType": "Questionnaire", "url": peg.url, "version": peg.version}
    forms[before.canonical] = read_questionnaire({**raw, "status": "active", "item": items})
    yield
    forms[before.canonical] = before


def value_of(page, name):
    return re.search(rf'id="field-q/{name}"[^>]* value="([^"]*)"', page)[1]


@pytest.mark.usefixtures("diary")
class TestNumbersAndDays:
    def test_are_shown_as_the_language_writes_them(self, coach, hand):
        page = coach.see(f"{hand('es')}/1")
        assert "4 de febrero de 1968" in page
        assert "De 0,5 a 24." in page
        assert "1 de marzo de 2026 o posterior." in page
        assert not re.search(r"[0-9]{4}-[0-9]{2}", our_words(page))

    def test_are_kept_the_same_whatever_language_they_were_typed_in(self, coach, hand):
        place = hand("de")
        coach.answer(coach.get(f"{place}/1"), slept="3,50", since="23.11.2026", go="back")
        page = coach.see(f"{place}/1")
        assert value_of(page, "slept") == "3,50"
        assert value_of(page, "since") == "23. November 2026"
        coach.fill("lock", pin=PIN)
        english = coach.see(f"{place}/1")
        assert value_of(english, "slept") == "3.50"
        assert value_of(english, "since") == "23 November 2026"

    def test_who_sends_the_page_on_unchanged_gave_no_answer(self, coach, hand):
        place = hand("de")
        coach.answer(coach.get(f"{place}/1"), slept="3,50", since="11.2026", go="back")
        coach.fill("lock", pin=PIN)
        coach.answer(coach.get(f"{place}/1"), go="back")
        assert "on a device; some answers were entered" not in coach.see(f"{place}/review")
        assert "alone, on a device" in coach.see(f"{place}/review")

    def test_are_asked_about_where_they_may_be_two_things(self, coach, hand):
        place = hand("de")
        page = coach.answer(coach.get(f"{place}/1"), slept="1.234", go="next").text
        assert "Das kann 1234 oder 1,234 heißen." in page
        assert value_of(page, "slept") == "1.234"

    def test_are_judged_in_the_languages_own_words(self, coach, hand):
        place = hand("de")
        coach.answer(coach.get(f"{place}/1"), slept="0,25", since="1.2.2026", go="back")
        page = coach.see(f"{place}/1?check=yes")
        assert "Das muss 0,5 oder mehr sein." in page
        assert "Das muss 1. März 2026 oder später sein." in page

    @pytest.mark.parametrize(("language", "kept"), [("de", "1,234"), (None, "1.234"), (7, "1.234")])
    def test_are_read_by_the_page_they_were_typed_on_whenever_they_come(
        self, coach, hand, language, kept
    ):
        """A page that had no connection may be sent when the clinician has the device again."""
        place = hand("de")
        coach.fill("lock", pin=PIN)
        form = coach.open(f"{place}/1")
        told = {"client": "c", "sequence": 1, "rebased": 0, "fields": {"q/slept": ["1.234"]}}
        coach.http.patch(
            f"{form.action}/answers",
            base_url=APP,
            headers={"Referer": APP + coach.home, "X-CSRFToken": form.values["csrf_token"]},
            json=told | ({"language": language} if language else {}),
        )
        assert value_of(coach.see(f"{place}/1"), "slept") == kept


class TestTheChoice:
    @pytest.mark.parametrize(
        ("spoken", "chosen"),
        [
            (["es"], "es"),
            (["es-MX"], "es"),
            (["en", "de"], "de"),
            (["vi"], "en"),
            (["vi", "xx"], "en"),
        ],
    )
    def test_begins_with_what_the_record_prefers(self, coach, speaking, hand, spoken, chosen):
        speaking(*spoken)
        assert f'<html lang="{chosen}">' in coach.see(f"{hand()}/1")

    def test_is_the_sites_own_where_the_record_says_nothing(self, coach, hand, with_crisis):
        with_crisis("de-AT", de_AT="Hilfe")
        assert '<html lang="de">' in coach.see(f"{hand()}/1")

    def test_is_the_clinicians(self, coach, speaking, hand):
        speaking("es")
        assert '<html lang="de">' in coach.see(f"{hand('de')}/1")

    def test_names_each_language_in_itself(self, coach, with_words):
        with_words("pt-BR", "Português (Brasil)", next="Próximo")
        page = coach.follow(coach.start("peg"))
        asked = coach.see("assessments/" + page.request.path.split("/")[4] + "/hand-over")
        for name in ("English", "Español", "Deutsch", "Português (Brasil)"):
            assert f">{name}</option>" in asked

    def test_the_crisis_text_follows_it(self, coach, hand, with_crisis):
        with_crisis("en-US", en_US="Call now", es_US="Llame ahora")
        page = coach.see(f"{hand('es')}/1")
        assert "Llame ahora" in page
        assert "Call now" not in page

    def test_a_language_with_crisis_contacts_alone_can_be_chosen(self, coach, hand, with_crisis):
        with_crisis("en-US", en_US="Call now", vi_US="Gọi ngay")
        page = coach.see(f"{hand('vi')}/1")
        assert "Gọi ngay" in page
        assert '<html lang="en">' in page


class TestALanguageOfTheSite:
    def test_says_in_english_what_it_lacks_and_marks_it(self, coach, hand, with_words):
        with_words("fr", "Français", next="Suivant")
        page = coach.see(f"{hand('fr')}/1")
        assert ">Suivant<" in page
        assert '<span lang="en" dir="ltr">Hand back</span>' in page

    def test_may_run_from_right_to_left(self, coach, hand, with_words, with_crisis):
        with_words("ar", "العربية", next="التالي")
        with_crisis("en-US", en_US="Call now", ar="اتصل الآن")
        place = hand("ar")
        page = coach.see(f"{place}/1")
        assert '<html lang="ar" dir="rtl">' in page
        assert 'lang="ar" dir="rtl">\n  <h2 id="crisis-title">اتصل الآن' in page
        assert 'lang="en" dir="ltr">\n<h2 id="unlock-title">' in coach.see("lock")


class TestTheScript:
    @pytest.fixture
    def words(self, coach):
        """What the script of a page is told to say."""

        def words(page):
            address = re.search(r'data-more="([^"]*)"', page)[1]
            script = coach.http.get(address, base_url=APP).text
            return json.JSONDecoder().raw_decode(script.removeprefix("kept.words="))[0]

        return words

    def test_is_told_what_to_say(self, coach, hand, words):
        told = words(coach.get(f"{hand('es')}/1").text)
        assert told["offline"] == "Sin conexión."
        assert told["again-alone"] == "Devuelva el dispositivo, por favor."

    def test_is_not_told_what_the_page_does_not_need(self, coach, hand, words):
        theirs = words(coach.follow(coach.start("peg")).text)
        assert "again-alone" not in theirs
        assert "again-link" not in words(coach.get(f"{hand('es')}/1").text)

    def test_hears_why_an_answer_was_not_kept(self, new_coach, patient, coach, hand):
        place = hand("de")
        form = coach.open(f"{place}/1")
        new_coach(patient).fill(f"{place}/discard", reason="Begun twice")
        told = coach.http.patch(
            f"{form.action}/answers",
            base_url=APP,
            headers={"Referer": APP + coach.home, "X-CSRFToken": form.values["csrf_token"]},
            json={"client": "c", "sequence": 1, "rebased": 0, "fields": {"q/pain": ["7"]}},
        )
        assert told.status_code == 409
        assert told.json["sentence"].startswith("Diese Fragen sind jetzt geschlossen.")
