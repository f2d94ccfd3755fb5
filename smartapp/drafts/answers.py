"""What was typed into the fields of one questionnaire, and which of two changes counts.

Of one client's changes of a field the one with the highest sequence number counts, whatever order
they arrive in; between clients the one that arrives last. What was heard before changes nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from smartapp.errors import DraftChanged

Texts = tuple[str, ...]
"""What stands in a field: nothing, one text, or one for each box that is ticked."""
CLIENTS = 30
"""Clients remembered for a field; a page that is open is one client."""
EARLIER = 10
"""Earlier states remembered for a field, for pages without JavaScript that were shown then."""


@dataclass(frozen=True)
class Answer:
    """One field: its ``texts`` since ``revision`` of the draft, put there by the client ``by``.

    ``heard`` has each client's highest sequence number, ``earlier`` what stood there before, as
    (revision it stood there since, texts), the newest first.
    """

    texts: Texts = ()
    revision: int = 0
    by: str = ""
    heard: Mapping[str, int] = field(default_factory=dict)
    earlier: tuple[tuple[int, Texts], ...] = ()

    def at(self, revision: int) -> Texts:
        """What stood there at that revision."""
        known = ((self.revision, self.texts), *self.earlier)
        return next((texts for since, texts in known if since <= revision), ())

    def changed(self, texts: Texts, revision: int, by: str = "") -> "Answer":
        """The field with other texts in it."""
        if texts == self.texts:
            return self
        earlier = ((self.revision, self.texts), *self.earlier)[:EARLIER]
        return replace(self, texts=texts, revision=revision, by=by, earlier=earlier)

    def listened(self, client: str, sequence: int) -> "Answer":
        """The field, knowing that this client was heard; the clients heard last are remembered."""
        others = {name: number for name, number in self.heard.items() if name != client}
        kept = dict(list(others.items())[1 - CLIENTS :])
        return replace(self, heard=kept | {client: sequence})


@dataclass(frozen=True)
class Sheet:
    """One questionnaire of a draft: what is typed into its ``fields``, upon the ``base`` items.

    A field that was never touched is not there. When a group or an answer is added or taken away,
    or a file is sent, the fields go into a new base and are named anew: ``rebased`` counts that.
    ``floor`` has the sequence number up to which each client was heard until then.
    """

    base: tuple[Mapping[str, Any], ...] = ()
    fields: Mapping[str, Answer] = field(default_factory=dict)
    rebased: int = 0
    floor: Mapping[str, int] = field(default_factory=dict)

    def answer(self, name: str) -> Answer:
        """The field of that name."""
        return self.fields.get(name, Answer())

    def has_heard(self, name: str, client: str, sequence: int) -> bool:
        """Whether this change of the field, or a later one of the same client, was heard."""
        known = self.answer(name).heard.get(client, -1)
        return sequence <= max(known, self.floor.get(client, -1))

    def typed(self) -> dict[str, Texts]:
        """What stands in each field."""
        return {name: answer.texts for name, answer in self.fields.items()}


@dataclass(frozen=True)
class Change:
    """Fields as one client has them now; its ``sequence`` rises with every change it sends.

    ``rebased`` is that of the sheet whose names the client knows.
    """

    client: str
    sequence: int
    fields: Mapping[str, Sequence[str]]
    rebased: int = 0


@dataclass(frozen=True)
class Page:
    """A whole page as posted: the ``fields`` in it, and those it had ``shown`` at ``revision``."""

    fields: Mapping[str, Sequence[str]]
    shown: Collection[str]
    revision: int
    rebased: int = 0


def heard(sheet: Sheet, change: Change, revision: int) -> Sheet:
    """The sheet with a change in it; equal to ``sheet`` when all of it was heard before.

    Raises DraftChanged for a change that is new but goes by names of an earlier base.
    """
    client, sequence = change.client, change.sequence
    fresh = {n: t for n, t in change.fields.items() if not sheet.has_heard(n, client, sequence)}
    if fresh and change.rebased != sheet.rebased:
        raise DraftChanged
    news = {
        name: sheet.answer(name).changed(tuple(texts), revision, client).listened(client, sequence)
        for name, texts in fresh.items()
    }
    return replace(sheet, fields={**sheet.fields, **news})


def posted(sheet: Sheet, page: Page, revision: int) -> Sheet:
    """The sheet after a whole page was posted.

    Only what differs from what the page showed was typed there: the rest must not undo what came
    from another device meanwhile. A field that was shown and is not posted was emptied. Raises
    DraftChanged for a page that goes by names of an earlier base.
    """
    if page.rebased != sheet.rebased:
        raise DraftChanged
    names = dict.fromkeys([*page.shown, *page.fields])
    said = {name: tuple(page.fields.get(name, ())) for name in names}
    typed = {n: t for n, t in said.items() if t != sheet.answer(n).at(page.revision)}
    news = {name: sheet.answer(name).changed(texts, revision) for name, texts in typed.items()}
    return replace(sheet, fields={**sheet.fields, **news})


def rebased(
    sheet: Sheet, base: Sequence[Mapping[str, Any]], unread: Mapping[str, str], revision: int
) -> Sheet:
    """The sheet upon new items, with what could not be read still in its fields."""
    floor = dict(sheet.floor)
    for answer in sheet.fields.values():
        for client, sequence in answer.heard.items():
            floor[client] = max(sequence, floor.get(client, -1))
    fields = {name: Answer((text,), revision) for name, text in unread.items()}
    return Sheet(tuple(base), fields, sheet.rebased + 1, floor)


def changed_by_others(sheet: Sheet, client: str, revision: int) -> bool:
    """Whether somebody else than this client changed a field after that revision."""
    return any(a.revision > revision and a.by != client for a in sheet.fields.values())
