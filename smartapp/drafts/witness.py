"""What the drafts tell of what becomes of them, for whoever keeps the audit trail."""

from collections.abc import Callable
from enum import StrEnum
from uuid import UUID


class Step(StrEnum):
    """What happened to a draft.

    HANDED_BACK: staff have the device again on which a patient had it, also where its launch ended;
    LATE: changed by what a patient answered on a device that staff have back by now; DATED: in
    whether one form is from paper, and of which day.
    """

    CHANGED = "draft-changed"
    HANDED_BACK = "draft-handed-back"
    LATE = "draft-changed-late"
    DATED = "draft-paper-dated"
    DISCARDED = "draft-discarded"


Witness = Callable[[Step, UUID], None]
"""Is told of each step and the draft's key, which says nothing of anybody; must not raise."""


def unseen(_: Step, __: UUID) -> None:
    """The witness where nobody keeps a trail."""
