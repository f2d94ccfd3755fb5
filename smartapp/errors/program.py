"""What the program's own rules forbid."""

from dataclasses import dataclass

from smartapp.errors.root import GshError


class ProgramError(GshError):
    """A rule of the program forbids it."""

    code = "program"
    sentence = "The program does not allow this. Nothing was saved."


@dataclass(frozen=True)
class Problem:
    """One thing wrong: ``field`` is the form field's name, ``sentence`` the advice."""

    field: str
    sentence: str


class EntryRefused(ProgramError):
    """What was typed breaks a rule; ``problems`` says which field and what to do."""

    code = "entry-refused"
    sentence = "Nothing was saved yet. Correct what is marked below and save again."

    def __init__(self, *problems: Problem) -> None:
        super().__init__(self.code)
        self.problems = problems


class DraftUnknown(ProgramError):
    """There is no draft of that key, or it is another patient's."""

    code = "draft-unknown"
    sentence = (
        "This patient has no such assessment in progress. Nothing was saved. "
        "Go back to the program page and open it there."
    )


class DraftClosed(ProgramError):
    """The draft takes no answers any more: it is being sent, was submitted or discarded."""

    code = "draft-closed"
    sentence = (
        "This assessment was submitted or discarded meanwhile, on this device or another, so this "
        "was not kept. See the program page for what is in the record."
    )


class DraftChanged(ProgramError):
    """Answers were changed elsewhere after the page that submits them was shown."""

    code = "draft-changed"
    sentence = (
        "Answers were changed on another page or device after this was shown, so nothing was "
        "submitted yet. Look at the answers below, then submit."
    )


class DraftFull(ProgramError):
    """A questionnaire's answers are larger than a draft takes (``drafts.drawer.LARGEST``)."""

    code = "draft-full"
    sentence = (
        "These answers are longer than the program can keep, so the last was not kept. "
        "Shorten it, or attach a smaller file."
    )


class FormGone(ProgramError):
    """A draft was started with a questionnaire, or a version of it, that is no longer there."""

    code = "form-gone"
    sentence = (
        "This assessment was started with a questionnaire the program no longer has in that "
        "version. Its answers are kept. Ask your administrator to bring the version back."
    )


class AlertsFailed(ProgramError):
    """The file of safety alerts could not be read or written."""

    code = "alerts-failed"
    sentence = (
        "The program's safety alerts cannot be read or kept now, so it went no further. Answers "
        "kept so far stay, and are looked over again. Look at the answers yourself, and tell your "
        "administrator."
    )


class MoveRunning(ProgramError):
    """Somebody else, or the command, is just moving this patient's entries into the EHR."""

    code = "move-running"
    sentence = (
        "This patient's entries are being moved into the EHR at this moment, from another page or "
        "by the administrator. Nothing was done here. Open the program page again in a moment."
    )
