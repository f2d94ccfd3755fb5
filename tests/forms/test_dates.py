"""Days as each language writes them, and as its people type them."""

import pytest

from smartapp.content import FOLDER
from smartapp.content.words import read_words
from smartapp.forms.dates import kept, moment_kept, moment_written, written

SPOKEN = read_words(FOLDER / "words").languages
TEXTS = {tag: words.texts for tag, words in SPOKEN.items()}
MONTH_FIRST = TEXTS["en"] | {"date-order": "month-day"}
JAPANESE = {
    "months": " ".join(f"{month}月" for month in range(1, 13)),
    "day": "{year}年{month}{day}日",
    "month": "{year}年{month}",
    "moment": "{day} {time}",
    "date-words": "の",
    "date-order": "month-day",
}


class TestWritten:
    @pytest.mark.parametrize(
        ("tag", "day", "said"),
        [
            ("es", "1968-02-04", "4 de febrero de 1968"),
            ("es", "1968-02", "febrero de 1968"),
            ("de", "1968-02-04", "4. Februar 1968"),
            ("de", "1968-02", "Februar 1968"),
            ("en", "1968-02-04", "4 February 1968"),
            ("en", "1968", "1968"),
        ],
    )
    def test_as_the_language_does_and_no_finer_than_it_is_known(self, tag, day, said):
        assert written(day, TEXTS[tag]) == said

    @pytest.mark.parametrize("text", ["soon", "2026-13", "2026-02-30", "0000-01-01", ""])
    def test_what_is_no_day_stays_as_it_is(self, text):
        assert written(text, TEXTS["de"]) == text

    @pytest.mark.parametrize(
        ("moment", "said"),
        [
            ("2026-11-23T14:30:00", "23. November 2026, 14:30"),
            ("2026-11-23 14:30 +01:00", "23. November 2026, 14:30 +01:00"),
            ("2026-11-23 14:30:05.250 Z", "23. November 2026, 14:30:05.250 Z"),
            ("2026-11", "November 2026"),
        ],
    )
    def test_a_time_stands_beside_its_day(self, moment, said):
        assert moment_written(moment, TEXTS["de"]) == said


class TestTyped:
    @pytest.mark.parametrize(
        ("tag", "typed", "day"),
        [
            ("de", "23.11.2026", "2026-11-23"),
            ("de", "4. Feb. 1968", "1968-02-04"),
            ("de", "4 Marz 1968", "1968-03-04"),
            ("de", "den 4. März 1968", "1968-03-04"),
            ("de", "11.2026", "2026-11"),
            ("es", "3/4/2026", "2026-04-03"),
            ("es", "4 de febrero del 1968", "1968-02-04"),
            ("es", "Febrero de 1968", "1968-02"),
            ("en", "February 4th, 1968", "1968-02-04"),
            ("en", "4 feb 1968", "1968-02-04"),
            ("en", "11/2026", "2026-11"),
            ("en", "13/4/2026", "2026-04-13"),
            ("en", "5/5/2026", "2026-05-05"),
            ("en", " 2026-11-23 ", "2026-11-23"),
            ("en", "2026/3/4", "2026-03-04"),
            ("en", "2026", "2026"),
        ],
    )
    def test_is_read_by_the_languages_rule(self, tag, typed, day):
        assert kept(typed, TEXTS[tag]) == day

    @pytest.mark.parametrize(
        ("tag", "typed"),
        [
            ("en", "3/4/2026"),
            ("es", "11/23/2026"),
            ("de", "23.11.26"),
            ("de", "30.2.2026"),
            ("de", "23. Brumaire 2026"),
            ("de", "23. November 2026?"),
            ("de", "23. Ju 2026"),
            ("de", "23 24 Mai 2026"),
            ("de", "123 Mai 2026"),
            ("de", "23. Mai"),
            ("en", "maybe 2026"),
            ("en", "tomorrow"),
            ("en", ""),
        ],
    )
    def test_is_never_guessed(self, tag, typed):
        with pytest.raises(ValueError):  # noqa: PT011 - whatever part of it cannot be read
            kept(typed, TEXTS[tag])

    def test_the_month_comes_first_where_a_site_says_so(self):
        assert kept("3/4/2026", MONTH_FIRST) == "2026-03-04"
        with pytest.raises(ValueError, match="unpack"):
            kept("13/4/2026", MONTH_FIRST)

    @pytest.mark.parametrize(
        ("typed", "moment"),
        [
            ("23.11.2026, 14:30", "2026-11-23 14:30"),
            ("am 23. November 2026 um 9:05 Uhr", "2026-11-23 09:05"),
            ("2026-11-23T14:30:00+01:00", "2026-11-23 14:30 +01:00"),
            ("14:30:05 23.11.2026", "2026-11-23 14:30:05"),
            ("November 2026", "2026-11"),
        ],
    )
    def test_a_time_may_stand_with_it(self, typed, moment):
        assert moment_kept(typed, TEXTS["de"]) == moment


@pytest.mark.parametrize("texts", [*TEXTS.values(), MONTH_FIRST, JAPANESE])
@pytest.mark.parametrize("day", ["2026-01-31", "2026-03-04", "2024-02-29", "2026-11", "2026"])
def test_whatever_is_written_is_read_again(texts, day):
    assert kept(written(day, texts), texts) == day
    if len(day) == 10:
        moment = f"{day} 14:30 +10:30"
        assert moment_kept(moment_written(moment, texts), texts) == moment
