"""A field's text on a page in a language, and the text that is kept of it."""

from decimal import Decimal

import pytest

from smartapp.content import FOLDER
from smartapp.content.words import read_words
from smartapp.forms.entry import read_entry
from smartapp.forms.questionnaire import ItemType
from smartapp.forms.reading import read_questionnaire
from smartapp.forms.said import Moment, said
from smartapp.forms.written import LONGEST, as_kept, as_written, kept_fields

SPOKEN = read_words(FOLDER / "words").languages


def form(*types):
    raw = {"resourceType": "Questionnaire", "url": "u", "status": "active"}
    raw["item"] = [{"linkId": f"a/{type_}", "type": type_, "text": "Q"} for type_ in types]
    return read_questionnaire(raw)


def read(tag, type_, typed):
    """The answer that a text is on a page in that language, and what is said about it."""
    questionnaire = form(type_)
    name = f"a~2f{type_}"
    sent = kept_fields(questionnaire, {name: [typed]}, SPOKEN[tag])
    entered = read_entry(questionnaire, sent, [])
    back = [as_written(SPOKEN[tag], ItemType(type_), text) for text in entered.unread.values()]
    answers = entered.items[0]["answer"] if entered.items else []
    return answers, back, [SPOKEN[tag].of(one.sentence) for one in entered.problems]


@pytest.mark.parametrize(
    ("tag", "typed", "number"),
    [
        ("de", "3,5", "3.5"),
        ("de", "3.5", "3.5"),
        ("de", "3,50", "3.50"),
        ("de", "1,234", "1.234"),
        ("de", "-1,234", "-1.234"),
        ("de", "0.125", "0.125"),
        ("de", "1234,567", "1234.567"),
        ("es", " 12,5 ", "12.5"),
        ("en", "3.5", "3.5"),
        ("en", "3,5", "3.5"),
        ("en", "1.234", "1.234"),
    ],
)
def test_a_number_is_read_with_its_digits_by_the_languages_mark(tag, typed, number):
    ((answer,), _, _) = read(tag, "decimal", typed)
    assert str(answer["valueDecimal"]) == number


@pytest.mark.parametrize(
    ("tag", "typed", "asked"),
    [
        ("de", "1.234", "Das kann 1234 oder 1,234 heißen."),
        ("es", "12.345", "Esto puede significar 12345 o 12,345."),
        ("en", "1,234", "This may mean 1234 or 1.234."),
        ("de", "1.234,5", "Schreiben Sie eine Zahl mit Komma und ohne andere Zeichen"),
        ("de", "1.234.567", "Schreiben Sie eine Zahl mit Komma und ohne andere Zeichen"),
        ("de", "sieben. oder so, ja", "Schreiben Sie eine Zahl mit Komma"),
    ],
)
def test_what_may_be_two_numbers_is_given_back_as_typed_and_asked_about(tag, typed, asked):
    answers, back, told = read(tag, "decimal", typed)
    assert (answers, back) == ([], [typed])
    assert told[0].startswith(asked)


def test_what_was_asked_about_in_one_language_is_no_number_in_another():
    """A draft goes from a patient's hands into a clinician's."""
    kept = as_kept(SPOKEN["de"], ItemType.DECIMAL, "1.234")
    shown = as_written(SPOKEN["en"], ItemType.DECIMAL, kept)
    assert shown == "1,234"
    assert read("en", "decimal", shown)[0] == []


@pytest.mark.parametrize(("typed", "value"), [("12", 12), ("1.234", None), ("3,0", None)])
def test_a_whole_number_has_no_marks(typed, value):
    answers, _, _ = read("de", "integer", typed)
    assert [one["valueInteger"] for one in answers] == ([value] if value else [])


def test_an_amount_may_have_a_comparator():
    ((answer,), _, _) = read("de", "quantity", "<3,5")
    assert answer["valueQuantity"] == {"value": Decimal("3.5"), "comparator": "<"}


@pytest.mark.parametrize(
    ("type_", "typed", "value"),
    [
        ("date", "23.11.2026", {"valueDate": "2026-11-23"}),
        ("date", "11.2026", {"valueDate": "2026-11"}),
        ("dateTime", "23.11.2026 9:30", {"valueDateTime": "2026-11-23T09:30:00+00:00"}),
        ("time", "9:30", {"valueTime": "09:30:00"}),
        ("string", "1.234,5", {"valueString": "1.234,5"}),
    ],
)
def test_days_and_times_are_read_as_they_are_typed(type_, typed, value):
    assert read("de", type_, typed)[0] == [value]


@pytest.mark.parametrize("type_", ["date", "dateTime", "time"])
def test_the_expected_form_is_said_in_the_language(type_):
    _, back, (told,) = read("de", type_, "30.2.26")
    assert back == ["30.2.26"]
    assert "23.11.2026" in told or "14:30" in told


@pytest.mark.parametrize(
    ("kept", "shown"), [("09:30:00", "09:30"), ("09:30:15", "09:30:15"), ("soon", "soon")]
)
def test_a_time_is_shown_without_seconds_that_nobody_typed(kept, shown):
    assert as_written(SPOKEN["de"], ItemType.TIME, kept) == shown
    assert as_kept(SPOKEN["de"], ItemType.TIME, shown) == kept


def test_fields_that_are_no_numbers_or_days_stay_as_they_are():
    fields = {"a~2fdecimal:unit": ["1.5"], "gone": ["1.5"], "q/x:other": ["1.5"], "shown": ["g"]}
    assert kept_fields(form("decimal"), fields, SPOKEN["de"]) == fields


@pytest.mark.parametrize("type_", [ItemType.DECIMAL, ItemType.DATE])
def test_what_is_far_too_long_is_not_looked_at(type_):
    long = "1.5" * LONGEST
    assert as_kept(SPOKEN["de"], type_, long) == long
    assert as_written(SPOKEN["de"], type_, long) == long


@pytest.mark.parametrize(
    ("moment", "said_"),
    [("2026-11-23", "23. November 2026"), ("14:30:00", "14:30"), ("2026", "2026")],
)
def test_a_sentence_says_a_day_as_the_language_does(moment, said_):
    made = said("This must be {limit} or later.", limit=Moment(moment))
    assert made == f"This must be {moment} or later."
    assert SPOKEN["de"].of(made) == f"Das muss {said_} oder später sein."
