"""The program's own words: one file a language; a site adds languages."""

import ast
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from smartapp import forms
from smartapp.content import FOLDER, load
from smartapp.content.check import check
from smartapp.content.words import read_words
from smartapp.errors import ContentError
from smartapp.forms.said import either, quoted, said

OURS = json.loads((FOLDER / "words" / "en.json").read_text())["words"]
NOT_SEEN = {"header.py", "structure.py"}
"""Rules about the resource, which no form can break."""


def french(**words):
    return {"language": "fr", "name": "Français", "words": words}


@pytest.fixture
def fault(put, errors):
    """Put one file of words there; what is wrong with it."""

    def fault(held, name="words/fr.json"):
        put(name, held)
        return errors()

    return fault


class TestShipped:
    @pytest.mark.parametrize("tag", ["es", "de"])
    def test_a_language_lacks_nothing_and_asks_for_review(self, shipped, tag):
        assert not shipped.words.of(tag).lacking
        notice = json.loads((FOLDER / "words" / f"{tag}.json").read_text())["notice"]
        assert "review by a clinician who is a native speaker" in notice

    def test_every_sentence_of_the_forms_can_be_looked_up(self):
        """A sentence in the rules is known by its English: a changed one must change in both."""
        folder = Path(forms.__file__).parent
        modules = [*folder.glob("rules/*.py"), *folder.glob("entry*.py"), folder / "said.py"]
        missing = {
            text
            for module in modules
            if module.name not in NOT_SEEN
            for text in sentences(ast.parse(module.read_text()))
            if text not in OURS.values()
        }
        assert not missing

    def test_no_two_keys_are_the_same_english(self):
        assert len(set(OURS.values())) == len(OURS)

    def test_the_check_names_them(self):
        lines, is_sound = check(FOLDER)
        assert is_sound
        assert "words/es.json: sound. The program's own words, Español." in lines

    @pytest.mark.parametrize(
        ("name", "held", "reason"),
        [
            ("de.json", french(), "words/de.json: language: is not the file's name"),
            ("en.json", "[]", "words/en.json: file: is not a resource"),
            ("en.json", None, "words/en.json: file: is missing"),
        ],
    )
    def test_an_unsound_file_stops_the_start(self, tmp_path, name, held, reason):
        (tmp_path / "en.json").write_text(json.dumps({"language": "en", "name": "E", "words": {}}))
        (tmp_path / name).write_text(held if isinstance(held, str) else json.dumps(held))
        if held is None:
            (tmp_path / name).unlink()
        with pytest.raises(ContentError, match=f"^{reason}"):
            read_words(tmp_path)


def sentences(tree):
    """Every text of a module that a person may be told: a capital first, a full stop last."""
    nodes = list(ast.walk(tree))
    docs = [node.value for node in nodes if isinstance(node, ast.Expr)]
    for node in nodes:
        if isinstance(node, ast.Constant | ast.JoinedStr) and node not in docs:
            is_plain = isinstance(node, ast.Constant)
            text = str(node.value) if is_plain else ast.unparse(node)[2:-1]
            if text[:1].isupper() and text.endswith(".") and " " in text:
                yield text


class TestOfASite:
    def test_a_language_is_added_and_lacks_what_it_does_not_say(self, put, folder):
        put("words/fr.json", french(next="Suivant"))
        words = load(site=folder).words.of("fr-CA")
        assert (words.say("next"), words.say("back")) == ("Suivant", "Back")
        assert (words.spoken("next"), words.spoken("back")) == ("fr", "en")

    def test_its_wording_stands_before_ours(self, put, folder):
        put("words/es.json", {"language": "es", "name": "Español", "words": {"next": "Adelante"}})
        words = load(site=folder).words.of("es")
        assert (words.say("next"), words.say("back")) == ("Adelante", "Atrás")

    def test_a_region_says_only_what_differs_from_its_language(self, put, folder):
        held = {"language": "es-MX", "name": "Español (México)", "words": {"decimal-mark": "."}}
        put("words/es-MX.json", held)
        words = load(site=folder).words
        assert (words.of("es-MX").number(1.5), words.of("es").number(1.5)) == ("1.5", "1,5")
        assert words.of("es-MX").say("next") == "Siguiente"

    def test_changed_english_still_translates_the_programs_sentences(self, put, folder):
        held = {"language": "en", "name": "English", "words": {"be-text": "Words, please."}}
        put("words/en.json", held)
        words = load(site=folder).words
        assert words.of("en").of("This must be text.") == "Words, please."
        assert words.of("de").of("This must be text.") == "Das muss ein Text sein."

    def test_the_check_says_what_is_missing(self, put, folder):
        put("words/fr.json", french(**{key: OURS[key] for key in OURS if key != "next"}))
        lines, is_sound = check(folder)
        assert is_sound
        assert lines == [
            "words/fr.json: sound. The program's own words, Français.",
            "words/fr.json: warning: words: 1 texts are missing and shown in English: next",
        ]

    @pytest.mark.parametrize(
        ("words", "reason"),
        [
            ({"nxt": "Suivant"}, "words.nxt: is no key of the program's words"),
            ({"next": " "}, "words.next: is not a text of 1 to 1000 characters"),
            ({"next": 7}, "words.next: is not a text of 1 to 1000 characters"),
            ({"too-short": "{most}"}, "names in braces that the English has: {few}"),
            ({"next": "{x}"}, "has not the names in braces that the English has: none"),
            ({"too-short": "{few.real}"}, "has braces that are not around a plain name"),
            ({"too-short": "{few!r}"}, "has braces that are not around a plain name"),
            ({"next": "{"}, "has braces that are not around a plain name"),
            ({"decimal-mark": ";"}, "is neither a point nor a comma"),
            ({"months": "janvier"}, "is not twelve names"),
            ({"months": " ".join(["mois"] * 12)}, "is not twelve names"),
            ({"date-order": "year"}, "is none of day-month, month-day, either"),
            (
                {"day": "{day} ({month}) {year}"},
                "23 (January) 2026 is not read as 2026-01-23 again",
            ),
            ({"month": "{year}: {month}"}, "words.month: 2026: January is not read as 2026-01"),
        ],
    )
    def test_a_wrong_text_is_refused_by_file_key_and_reason(self, fault, words, reason):
        (line,) = fault(french(**words))
        assert line.startswith("words/fr.json: words")
        assert reason in line

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"language": "french"}, "language: is not the file's name"),
            ({"name": ""}, "name: is missing: what the language calls itself"),
            ({"words": []}, "words: is missing"),
            ({"license": "free"}, "license: is not a part of this file"),
        ],
    )
    def test_a_wrong_file_is_refused(self, fault, change, reason):
        (line,) = fault(french() | change)
        assert line.startswith(f"words/fr.json: {reason}")

    def test_what_is_no_json_is_refused(self, fault, folder):
        assert fault("{") == ["words/fr.json: file: is not JSON in UTF-8: line 1, column 2"]
        with pytest.raises(ContentError, match=r"words/fr\.json"):
            load(site=folder)


class TestSaying:
    def test_a_sentence_is_english_until_it_is_translated(self, shipped):
        made = said("Write at most {many} characters.", many=3)
        assert made == "Write at most 3 characters."
        assert shipped.words.of("de").of(made) == "Schreiben Sie höchstens 3 Zeichen."

    def test_what_stands_in_it_is_translated_with_it(self, shipped):
        made = said("Attach a file of type {types}.", types=either(["a", "b", "c"]))
        assert made == "Attach a file of type a or b or c."
        assert shipped.words.of("es").of(made) == "Adjunte un archivo de tipo a o b o c."

    def test_words_of_others_are_quoted_and_not_touched(self, shipped):
        made = said("Answer {name}.", name=quoted("Next {x}"))
        assert made == "Answer “Next {x}”."
        assert shipped.words.of("de").of(made) == "Hier fehlt eine Antwort: „Next {x}“."
        assert shipped.words.of("de").of("A site's own sentence.") == "A site's own sentence."

    def test_numbers_and_days_are_written_as_in_the_language(self, shipped):
        words = shipped.words.of("de")
        assert words.say("or-more", limit=Decimal("1.50")) == "Das muss 1,50 oder mehr sein."
        assert words.day(date(2026, 11, 23)) == "23. November 2026"
        assert shipped.words.of("es").day(date(2026, 3, 1)) == "1 de marzo de 2026"

    def test_an_unknown_language_is_english(self, shipped):
        assert shipped.words.of("vi").language == shipped.words.of("").language == "en"
