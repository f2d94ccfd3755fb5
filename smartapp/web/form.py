"""What was typed into a page, kept through every refusal so that nothing has to be typed twice."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID, uuid4

from flask import request

from smartapp.errors import EntryRefused, GshError, Problem
from smartapp.web.trend_words import day

Words = Mapping[str, Callable[[str], str]]
LONGEST_REASON = 1000
NO_REASON = Problem("reason", "Say why it is discarded, so that others can follow it.")
REASON_LONG = Problem("reason", f"Say it in at most {LONGEST_REASON} characters.")


@dataclass(frozen=True)
class Form:
    """One form as shown: the typed ``values``, what is wrong with them, and its identity.

    ``form_id`` is made when the form is first opened and is the root of every identifier it
    writes, so sending it twice saves once. ``version`` is the resource version it was shown at.
    ``waits``: what it wants is kept in the outbox and is sent without being typed again;
    ``unkept``: the outbox cannot be used, so that nothing is.
    """

    form_id: UUID
    values: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    problems: tuple[Problem, ...] = ()
    error: GshError | None = None
    waits: bool = False
    unkept: bool = False

    def value(self, name: str, default: str = "") -> str:
        """Return what stands in the field, or ``default`` when it was never shown."""
        return self.values.get(name, default)

    def problem(self, name: str) -> str:
        """Return the first sentence about the field, or an empty string."""
        return next((p.sentence for p in self.problems if p.field == name), "")

    def refused(self, error: GshError) -> "Form":
        """Return the same form with the refusal to show."""
        problems = error.problems if isinstance(error, EntryRefused) else ()
        return replace(self, error=error, problems=problems)


def blank(version: str = "", **values: str) -> Form:
    """Open a new form with its default values."""
    return Form(uuid4(), values, version)


def typed() -> Form:
    """Take the form that was just sent; a missing or damaged form id gets a new one."""
    values = {name: value.strip("\r\n") for name, value in request.form.items()}
    return Form(_form_id(values.pop("form_id", "")), values, values.pop("version", ""))


def _form_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


def compared(
    mine: Form, theirs: Form, labels: Mapping[str, str], words: Words
) -> list[tuple[str, str, str]]:
    """Return (label, mine, theirs) for every labelled field the form has, for the conflict page.

    ``words`` says by a field's name what its text is called; other texts are shown as they are.
    """
    shown = [(label, name, words.get(name, str)) for name, label in labels.items()]
    return [
        (label, called(mine.value(name)), called(theirs.value(name)))
        for label, name, called in shown
        if name in mine.values
    ]


def day_said(text: str) -> str:
    """Return a day that a form sends as a person reads it, and any other text as it is."""
    try:
        return day(date.fromisoformat(text))
    except ValueError:
        return text


def discarding(form: Form) -> str:
    """Return why something is discarded; raise EntryRefused where that is not said, or too long."""
    reason = form.value("reason").strip()
    if not reason:
        raise EntryRefused(NO_REASON)
    if len(reason) > LONGEST_REASON:
        raise EntryRefused(REASON_LONG)
    return reason
