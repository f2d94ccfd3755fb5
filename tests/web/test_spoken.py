"""The patient's language: chosen once at the hand-over, and heard on every page until it ends."""

import json
import re
from dataclasses import replace
from html import unescape

import pytest

from smartapp.content.words import with_site
from smartapp.program.safety import Crisis, SiteSafety
from smartapp.web.opened import EXTENSION
from smartapp.web.spoken import EXTENSION as WORDS

APP = "https://app.example"
PIN = "2580"
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
        assert '<span lang="en">Hand back</span>' in page

    def test_may_run_from_right_to_left(self, coach, hand, with_words):
        with_words("ar", "العربية", next="التالي")
        page = coach.see(f"{hand('ar')}/1")
        assert '<html lang="ar" dir="rtl">' in page


class TestTheScript:
    def words(self, page):
        return json.loads(unescape(re.search(r'data-words="([^"]*)"', page)[1]))

    def test_is_told_what_to_say(self, coach, hand):
        told = self.words(coach.get(f"{hand('es')}/1").text)
        assert told["offline"] == "Sin conexión."
        assert told["again-alone"] == "Devuelva el dispositivo, por favor."

    def test_is_not_told_what_the_page_does_not_need(self, coach, hand):
        theirs = self.words(coach.follow(coach.start("peg")).text)
        assert "again-alone" not in theirs
        assert "again-link" not in self.words(coach.get(f"{hand('es')}/1").text)

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
