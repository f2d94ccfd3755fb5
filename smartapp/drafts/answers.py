"""What was typed into the fields of one questionnaire, and which of two changes counts.

Of one client's changes of a field the one with the highest sequence number counts, whatever order
they arrive in; between clients the one that arrives last. What was heard before changes nothing.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

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


Sheet = Mapping[str, Answer]
"""The fields of one questionnaire by name; one that was never touched is not there."""


@dataclass(frozen=True)
class Change:
    """Fields as one client has them now; its ``sequence`` rises with every change it sends."""

    client: str
    sequence: int
    fields: Mapping[str, Sequence[str]]


def heard(sheet: Sheet, change: Change, revision: int) -> Sheet:
    """The sheet with a change in it; equal to ``sheet`` when all of it was heard before."""
    news = {
        name: _untouched(sheet, name)
        .changed(tuple(texts), revision, change.client)
        .listened(change.client, change.sequence)
        for name, texts in change.fields.items()
        if change.sequence > _untouched(sheet, name).heard.get(change.client, -1)
    }
    return {**sheet, **news}


def posted(
    sheet: Sheet,
    fields: Mapping[str, Sequence[str]],
    shown: Collection[str],
    shown_at: int,
    revision: int,
) -> Sheet:
    """The sheet after a whole page was posted that ``shown`` these fields at an earlier revision.

    Only what differs from what the page showed was typed there: the rest must not undo what came
    from another device meanwhile. A field that was shown and is not posted was emptied.
    """
    said = {name: tuple(fields.get(name, ())) for name in dict.fromkeys([*shown, *fields])}
    typed = {n: t for n, t in said.items() if t != _untouched(sheet, n).at(shown_at)}
    news = {name: _untouched(sheet, name).changed(t, revision) for name, t in typed.items()}
    return {**sheet, **news}


def changed_by_others(sheet: Sheet, client: str, revision: int) -> bool:
    """Whether somebody else than this client changed a field after that revision."""
    return any(a.revision > revision and a.by != client for a in sheet.values())


def _untouched(sheet: Sheet, name: str) -> Answer:
    return sheet.get(name, Answer())
