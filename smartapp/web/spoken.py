"""In which language our own words on a page are: the patient's while they have the device.

The language is chosen once, when the device is handed over (web/tablet.py): the questionnaire, the
crisis text, the lock screen and the script's sentences all follow it. A clinician reads English.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from flask import Flask, current_app, g
from markupsafe import Markup

from smartapp.content import FOLDER
from smartapp.content.words import WORDS, read_words
from smartapp.drafts.draft import Draft
from smartapp.errors import Problem
from smartapp.forms.words import SOURCE, Vocabulary, Words, direction
from smartapp.web.questionnaire_element import tag

EXTENSION = "smartapp.words"
STAFF = "staff"
_BOTH = ("saving", "saved", "elsewhere", "offline", "offline-kept", "offline-saved", "online",
         "stale", "reload", "lost", "cannot-keep", "ended-unsent", "ended-saved", "idle-title",
         "idle", "idle-unsent", "idle-saved")  # fmt: skip
_ALONE = ("ended-alone", "again-alone")
_OTHERS = ("ended", "again", "again-here", "again-link", "offline-submit")


def register(app: Flask, vocabulary: Vocabulary) -> None:
    """Let the app's templates say the words of the page's language."""
    app.extensions[EXTENSION] = vocabulary
    app.jinja_env.globals.update(
        say=say, word=word, words=words, script_language=script_language, direction=direction
    )


def vocabulary() -> Vocabulary:
    """The words of every language of this app."""
    return cast(Vocabulary, current_app.extensions[EXTENSION])


def words() -> Words:
    """The words of the page of this request."""
    handed = g.get("handed")
    return vocabulary().of(g.get("language") or (handed.language if handed else SOURCE))


@cache
def english() -> Words:
    """The program's own English, where no site has a say."""
    return read_words(FOLDER / WORDS).of(SOURCE)


def word(key: str, /, **values: object) -> str:
    """The text of that key in the page's language, for an attribute."""
    return words().say(key, **values)


def say(key: str, /, **values: object) -> Markup:
    """The text of that key in the page's language, marked where it is English for want of one."""
    return told(words(), key, **values)


def told(words: Words, key: str, /, **values: object) -> Markup:
    """The text of that key; ``values`` may be markup."""
    text = Markup.escape(words.texts[key])
    if values:
        text = text.format(**{name: Markup.escape(value) for name, value in values.items()})
    return tag("span", {"lang": SOURCE, "dir": "ltr"}, text) if key in words.lacking else text


def translated(problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """The problems with their sentences in the page's language."""
    known = words()
    return tuple(Problem(one.field, known.of(one.sentence)) for one in problems)


def script_words(vocabulary: Vocabulary) -> dict[str, dict[str, str]]:
    """What draft.js says, to ``STAFF`` and to a patient alone in each language, by key.

    Names in braces it fills in itself.
    """
    staff = {key: vocabulary.of(SOURCE).texts[key] for key in _BOTH + _OTHERS}
    alone = {
        tag: {key: known.texts[key] for key in _BOTH + _ALONE}
        for tag, known in vocabulary.languages.items()
    }
    return {STAFF: staff, **alone}


def script_language() -> str:
    """For whom draft.js is to speak on the page of this request: a key of ``script_words``."""
    return words().language if g.get("handed") else STAFF


def preferred(patient: Mapping[str, Any]) -> list[str]:
    """The languages the record says a patient speaks, the preferred first."""
    spoken = [*patient.get("communication", ())]
    spoken.sort(key=lambda one: not one.get("preferred"))
    tags = (c.get("code") for one in spoken for c in one.get("language", {}).get("coding", ()))
    return [str(tag) for tag in tags if tag]


def locale_of(draft: Draft) -> str:
    """The patient's locale: as chosen at the hand-over, else the record's language."""
    if draft.start is None:
        return ""
    return draft.start.language or next(iter(preferred(draft.start.patient)), "")
