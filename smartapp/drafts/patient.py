"""The drafts as one launch has them: its patient's, and nobody else's.

Whose a draft is, is asked with every step: a key alone opens nothing.
"""

import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from smartapp.drafts.answers import Change, Page, Sheet, heard, posted, rebased
from smartapp.drafts.draft import Draft, HandOver, Start, State
from smartapp.drafts.drawer import Drawer, Pulled
from smartapp.drafts.hand import Hand
from smartapp.drafts.sealed import Head
from smartapp.drafts.witness import Step, Witness, unseen
from smartapp.errors import DraftChanged, DraftClosed, DraftUnknown
from smartapp.sealed import Whose

Base = tuple[Sequence[Mapping[str, Any]], Mapping[str, str]]
"""The items of a form, and by field name what is typed that could not be read."""
_UNFINISHED = frozenset({State.OPEN, State.SENDING})


@dataclass(frozen=True)
class Giver:
    """Who sends answers, and ``over``, the secret of the hand-over that their page was served in.

    By that the page's answers are the patient's, whenever they arrive; the device may have been
    without a connection until staff had it back. Without it they are those of who has the device.
    """

    hand: Hand
    over: str = ""

    @property
    def step(self) -> Step:
        """What the audit trail is told of the change."""
        return Step.LATE if self.over and not self.hand.alone else Step.CHANGED

    def hand_of(self, draft: Draft) -> Hand:
        """Who gave them; raises DraftUnknown for a hand-over of anything but this draft."""
        start = draft.start
        if self.over and (start is None or self.over not in start.handed):
            raise DraftUnknown
        if start is None or not (self.over or self.hand.alone):
            return self.hand
        return Hand(alone=True, proxy=start.handed[self.over].proxy if self.over else start.proxy)


class PatientDrafts:
    """The drafts of one patient in ``drawer``: of the id ``patient`` at the FHIR base ``issuer``.

    Every step raises DraftUnknown for what is not this patient's, and DraftClosed when the state
    of the draft does not allow it.
    """

    def __init__(
        self, drawer: Drawer, issuer: str, patient: str, witness: Witness = unseen
    ) -> None:
        self._drawer, self._whose = drawer, Whose(issuer.rstrip("/"), patient)
        self._witness = witness

    def start(self, key: UUID, start: Start, sheets: Sequence[Sheet]) -> Draft:
        """The draft of that key, started now unless it was before; one sheet for each form."""
        secret = secrets.token_urlsafe(32)  # as a key in JSON is written (RFC 7517)
        head = Head(start, secret, by_sheet=True)
        with self._drawer.pulled() as pulled:
            pulled.add(self._whose, key, head, sheets)
            return self._required(pulled, key)

    def find(self, key: UUID) -> Draft:
        """The draft of that key."""
        with self._drawer.pulled() as pulled:
            return self._required(pulled, key)

    def unfinished(self) -> list[Draft]:
        """The drafts that are neither submitted nor discarded, the oldest first."""
        with self._drawer.pulled() as pulled:
            return pulled.unfinished(self._whose)

    def hear(self, key: UUID, number: int, change: Change, by: Giver) -> Draft:
        """Keep what a client changed in the form of that number, from 1; see ``Giver``."""
        return self._kept(key, number, lambda it, at, hand: heard(it, change, at, hand), by)

    def post(self, key: UUID, number: int, page: Page, by: Giver) -> Draft:
        """Keep a whole page; see ``answers.posted``."""
        return self._kept(key, number, lambda it, at, hand: posted(it, page, at, hand), by)

    def rebase(self, key: UUID, number: int, make: Callable[[Draft], Base], by: Giver) -> Draft:
        """Put the answers of one form upon the new items that ``make`` has of them."""

        def edit(draft: Draft) -> Sheet:
            before = draft.sheet(number)
            made = rebased(before, *make(draft), draft.revision + 1)
            return made.after(before, by.hand_of(draft))

        return self._edited(key, number, edit, by.step)

    def date_paper(self, key: UUID, number: int, day: str) -> Draft:
        """Say that staff enter one form from a paper form of that day; "" says that they do not."""

        def edit(draft: Draft) -> Sheet:
            return replace(draft.sheet(number), paper_on=day)

        return self._edited(key, number, edit, Step.DATED)

    def take(self, key: UUID, revision: int) -> Draft:
        """The draft, from now on being sent: its answers are fixed.

        Raises DraftChanged when it is not at ``revision`` any more. One that is being sent already
        can be sent again.
        """
        with self._drawer.pulled() as pulled:
            draft = self._required(pulled, key, _UNFINISHED)
            if draft.revision != revision:
                raise DraftChanged
            return pulled.move(draft, State.SENDING)

    def reopen(self, key: UUID) -> Draft:
        """Let a draft that was not accepted be changed again."""
        with self._drawer.pulled() as pulled:
            return pulled.move(self._required(pulled, key, _UNFINISHED), State.OPEN)

    def submitted(self, key: UUID) -> None:
        """It is in the record: wipe the draft, and remember only that it was."""
        with self._drawer.pulled() as pulled:
            draft = self._required(pulled, key)
            pulled.move(draft, State.SUBMITTED)
            pulled.behead(draft, None)

    def restart(self, key: UUID, edit: Callable[[Start], Start]) -> Draft:
        """Change how an open draft is answered; what is answered stays."""
        with self._drawer.pulled() as pulled:
            draft = self._required(pulled, key, {State.OPEN})
            if draft.start is None:
                raise DraftUnknown
            return pulled.restart(draft, edit(draft.start))

    def handed_back(self, key: UUID) -> None:
        """Keep when staff had the device back on which a patient had the draft."""
        with self._drawer.pulled() as pulled:
            draft = self._required(pulled, key)
            out = {s: one for s, one in _handed(draft).items() if not one.back}
            if draft.start is None or not out:
                return
            back = {secret: replace(one, back=pulled.now) for secret, one in out.items()}
            pulled.restart(draft, replace(draft.start, handed={**draft.start.handed, **back}))
        self._witness(Step.HANDED_BACK, key)

    def discard(self, key: UUID, reason: str) -> None:
        """Set an open draft aside for good."""
        with self._drawer.pulled() as pulled:
            draft = self._required(pulled, key, {State.OPEN})
            pulled.move(draft, State.DISCARDED)
            head = Head(draft.start, "", reason, by_sheet=True) if draft.start else None
            pulled.behead(draft, head)
        self._witness(Step.DISCARDED, key)

    def _kept(
        self, key: UUID, number: int, edit: Callable[[Sheet, int, Hand], Sheet], by: Giver
    ) -> Draft:
        def change(draft: Draft) -> Sheet:
            before, hand = draft.sheet(number), by.hand_of(draft)
            return edit(before, draft.revision + 1, hand).after(before, hand)

        return self._edited(key, number, change, by.step)

    def _edited(
        self, key: UUID, number: int, edit: Callable[[Draft], Sheet], step: Step = Step.CHANGED
    ) -> Draft:
        with self._drawer.pulled() as pulled:
            draft = self._sheeted(pulled, key, number)
            sheet = edit(draft)
            if sheet == draft.sheet(number):
                return draft
            kept = pulled.fill(draft, number, sheet)
        self._witness(step, key)
        return kept

    def _sheeted(self, pulled: Pulled, key: UUID, number: int) -> Draft:
        """An open draft that has a form of that number."""
        draft = self._required(pulled, key, {State.OPEN})
        if not 0 < number <= len(draft.sheets):
            raise DraftUnknown
        return draft

    def _required(
        self, pulled: Pulled, key: UUID, states: Collection[State] = tuple(State)
    ) -> Draft:
        draft = pulled.find(self._whose, key)
        if draft is None:
            raise DraftUnknown
        if draft.state not in states:
            raise DraftClosed
        return draft


def _handed(draft: Draft) -> Mapping[str, HandOver]:
    return draft.start.handed if draft.start else {}
