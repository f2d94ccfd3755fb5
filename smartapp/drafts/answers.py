"""What was typed into the fields of one questionnaire, and which of two changes counts.

Of one client's changes of a field the one with the highest sequence number counts, whatever order
they arrive in; between clients the one that was given last, whenever it arrives. What was heard
before changes nothing. When a client did not know what it replaces, or comes too late to replace
it, the answer that does not count is set aside and not forgotten. A field that was emptied says
nothing, so nothing of it is set aside; what it no longer counts of another client's is.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from smartapp.drafts.hand import Hand
from smartapp.errors import DraftChanged

Texts = tuple[str, ...]
"""What stands in a field: nothing, one text, or one for each box that is ticked."""
CLIENTS = 30
"""Clients remembered for a field; a page that is open is one client."""
EARLIER = 10
"""Earlier states remembered for a field, for pages without JavaScript that were shown then."""
ASIDES = 20
"""Answers set aside that are remembered for a field."""


@dataclass(frozen=True)
class Aside:
    """What the client ``by`` had in a field as well, ``given`` at a POSIX time, and is not kept.

    ``hand`` gave it, None in what was kept before this was known. The oldest that is remembered
    counts those ``earlier`` that are not.
    """

    texts: Texts
    given: float
    by: str = ""
    hand: Hand | None = None
    earlier: int = 0


@dataclass(frozen=True)
class News:
    """Whose change it is, when it was ``given`` (POSIX), and the revision its page had ``seen``.

    Without ``seen`` it is one by somebody who knew what stood there.
    """

    by: str = ""
    given: float = 0.0
    seen: int | None = None
    hand: Hand | None = None


@dataclass(frozen=True)
class Answer:
    """One field: its ``texts`` since ``revision`` of the draft, put there by the client ``by``.

    They were ``given`` at a POSIX time, by that ``hand``. ``heard`` has each client's highest
    sequence number, ``earlier`` what stood there before, as (revision it stood there since, texts),
    the newest first; ``asides`` what else was answered and does not count, the newest first.
    """

    texts: Texts = ()
    revision: int = 0
    by: str = ""
    heard: Mapping[str, int] = field(default_factory=dict)
    earlier: tuple[tuple[int, Texts], ...] = ()
    given: float = 0.0
    asides: tuple[Aside, ...] = ()
    hand: Hand | None = None

    def at(self, revision: int) -> Texts:
        """What stood there at that revision."""
        known = ((self.revision, self.texts), *self.earlier)
        return next((texts for since, texts in known if since <= revision), ())

    def forgot(self, revision: int) -> bool:
        """Whether it is not known any more what stood there then."""
        since = min((known for known, _ in self.earlier), default=0)
        return len(self.earlier) >= EARLIER and since > revision

    def changed(self, texts: Texts, revision: int, news: News) -> "Answer":
        """The field with other texts in it, or with them set aside where a later answer stands."""
        if texts == self.texts:
            return self
        is_own = bool(news.by) and news.by == self.by
        is_known = is_own or news.seen is None or self.revision <= news.seen
        if not is_known and news.given < self.given:
            return self.put_aside(Aside(texts, news.given, news.by, news.hand))
        left = self.without(news.by)
        own = Aside(self.texts, self.given, self.by, self.hand)
        before = left if is_known else left.put_aside(own)
        earlier = ((self.revision, self.texts), *self.earlier)[:EARLIER]
        new = {"texts": texts, "revision": revision, "by": news.by, "given": news.given}
        return replace(before, earlier=earlier, hand=news.hand, **new)  # type: ignore[arg-type]  # fields of Answer, by name

    def put_aside(self, aside: Aside) -> "Answer":
        """The field with an answer set aside; of one client the last, and none without a word."""
        if not any(text.strip() for text in aside.texts):
            return self.without(aside.by)
        return replace(self, asides=_newest((aside, *self.without(aside.by).asides)))

    def without(self, client: str) -> "Answer":
        """The field without what this client had set aside; pages without a script are nobody."""
        return replace(self, asides=tuple(a for a in self.asides if not a.by or a.by != client))

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
    ``floor`` has the sequence number up to which each client was heard until then, ``left`` by the
    field's name of then what was set aside.

    ``hands`` gave or changed answers, the last one last. What staff put in is from a paper form
    that was filled in on the day ``paper_on`` (ISO 8601), if that is there.
    """

    base: tuple[Mapping[str, Any], ...] = ()
    fields: Mapping[str, Answer] = field(default_factory=dict)
    rebased: int = 0
    floor: Mapping[str, int] = field(default_factory=dict)
    left: Mapping[str, tuple[Aside, ...]] = field(default_factory=dict)
    hands: tuple[Hand, ...] = ()
    paper_on: str = ""

    def asides(self) -> dict[str, tuple[Aside, ...]]:
        """By field, what was set aside and is not what stands there now."""
        every = {name: self._asides(name) for name in [*self.left, *self.fields]}
        return {name: asides for name, asides in every.items() if asides}

    def _asides(self, name: str) -> tuple[Aside, ...]:
        answer = self.answer(name)
        every = (*answer.asides, *self.left.get(name, ()))
        return tuple(aside for aside in every if aside.texts != answer.texts)

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

    @property
    def is_touched(self) -> bool:
        """Whether anybody's answers may be in it, beside what it began with."""
        return self.rebased > 0 or bool(_said(self))

    def after(self, before: "Sheet", hand: Hand) -> "Sheet":
        """The sheet, made of ``before`` by that hand; who changed nothing gave no answer.

        When everything is empty again nobody has answered.
        """
        if self.rebased == before.rebased and _said(self) == _said(before):
            return self
        others = (one for one in before.hands if one != hand)
        return replace(self, hands=(*others, hand) if self.is_touched else ())


@dataclass(frozen=True)
class Change:
    """Fields as one client has them now; its ``sequence`` rises with every change it sends.

    ``rebased`` is that of the sheet whose names the client knows; ``given`` is when the answers
    were given (POSIX), ``seen`` the revision that the page had seen then.
    """

    client: str
    sequence: int
    fields: Mapping[str, Sequence[str]]
    rebased: int = 0
    given: float = 0.0
    seen: int | None = None


@dataclass(frozen=True)
class Page:
    """A whole page as posted: the ``fields`` in it, and those it had ``shown`` at ``revision``.

    It was posted at ``given`` (POSIX).
    """

    fields: Mapping[str, Sequence[str]]
    shown: Collection[str]
    revision: int
    rebased: int = 0
    given: float = 0.0


def heard(sheet: Sheet, change: Change, revision: int, hand: Hand | None = None) -> Sheet:
    """The sheet with a change of that hand in it; equal to ``sheet`` when all was heard before.

    Raises DraftChanged for a change that is new but goes by names of an earlier base.
    """
    client, sequence = change.client, change.sequence
    fresh = {n: t for n, t in change.fields.items() if not sheet.has_heard(n, client, sequence)}
    if fresh and change.rebased != sheet.rebased:
        raise DraftChanged
    by = News(client, change.given, change.seen, hand)
    news = {
        name: sheet.answer(name).changed(tuple(texts), revision, by).listened(client, sequence)
        for name, texts in fresh.items()
    }
    return replace(sheet, fields={**sheet.fields, **news})


def posted(sheet: Sheet, page: Page, revision: int, hand: Hand | None = None) -> Sheet:
    """The sheet after a whole page was posted, which that hand had filled in.

    Only what differs from what the page showed was typed there: the rest must not undo what came
    from another device meanwhile. A field that was shown and is not posted was emptied. Of a page
    so old that it is not known what it showed, what differs now is set aside. Raises DraftChanged
    for a page that goes by names of an earlier base.
    """
    if page.rebased != sheet.rebased:
        raise DraftChanged
    names = dict.fromkeys([*page.shown, *page.fields])
    said = {name: tuple(page.fields.get(name, ())) for name in names}
    by = News("", page.given, page.revision, hand)
    news = {name: _posted(sheet.answer(name), texts, by, revision) for name, texts in said.items()}
    changed = {name: answer for name, answer in news.items() if answer != sheet.answer(name)}
    return replace(sheet, fields={**sheet.fields, **changed})


def _posted(answer: Answer, texts: Texts, by: News, revision: int) -> Answer:
    seen = by.seen or 0
    if answer.forgot(seen) and texts != answer.texts:
        return answer.put_aside(Aside(texts, by.given, hand=by.hand))
    return answer if texts == answer.at(seen) else answer.changed(texts, revision, by)


def rebased(
    sheet: Sheet, base: Sequence[Mapping[str, Any]], unread: Mapping[str, str], revision: int
) -> Sheet:
    """The sheet upon new items, with what could not be read still in its fields."""
    floor = dict(sheet.floor)
    for answer in sheet.fields.values():
        for client, sequence in answer.heard.items():
            floor[client] = max(sequence, floor.get(client, -1))
    fields = {name: Answer((text,), revision) for name, text in unread.items()}
    made = Sheet(tuple(base), fields, sheet.rebased + 1, floor, sheet.asides())
    return replace(made, hands=sheet.hands, paper_on=sheet.paper_on)


def changed_by_others(sheet: Sheet, client: str, revision: int) -> bool:
    """Whether somebody else than this client changed a field after that revision."""
    return any(a.revision > revision and a.by != client for a in sheet.fields.values())


def _newest(asides: tuple[Aside, ...]) -> tuple[Aside, ...]:
    kept, left = asides[:ASIDES], asides[ASIDES:]
    if not left:
        return kept
    lost = len(left) + sum(one.earlier for one in left)
    return (*kept[:-1], replace(kept[-1], earlier=lost))


def _said(sheet: Sheet) -> dict[str, Texts]:
    """The fields in which something stands."""
    return {name: texts for name, texts in sheet.typed().items() if any(texts)}
