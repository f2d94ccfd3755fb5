"""What the EHR's FHIR server, or the program's own store, does not do."""

from smartapp.errors.root import GshError


class EhrError(GshError):
    """The EHR's FHIR server did not do what was asked; ``status`` is its HTTP answer, or 0."""

    code = "ehr"
    status: int = 0
    sentence = "The EHR did not do what was asked. Nothing was saved. Try again in a minute."


class EhrUnreachable(EhrError):
    """No connection or no answer, and nothing can have been written."""

    code = "ehr-unreachable"
    sentence = "The EHR does not answer. Nothing was saved. Wait a minute, then try again."


class EhrWaiting(EhrUnreachable):
    """An earlier write for the same patient is not settled, and this one must not overtake it."""

    code = "ehr-waiting"
    sentence = (
        "An earlier entry of this patient is still waiting to be saved, so this one waits behind "
        "it. See what is waiting on the program page: there it can be retried or discarded."
    )


class EhrUnsure(EhrError):
    """A write was sent and its answer never came, so it may or may not have happened."""

    code = "ehr-unsure"
    sentence = (
        "The EHR stopped answering while saving, so it may or may not have been saved. "
        "Save again: nothing will be entered twice."
    )


class EhrForbidden(EhrError):
    """The EHR refuses this access (403, or 401 with a fresh token)."""

    code = "ehr-forbidden"
    sentence = (
        "The EHR does not allow this for you or for this app. Nothing was saved. "
        "Ask your administrator for access."
    )


class EhrNotFound(EhrError):
    """The EHR has no such resource (404 or 410)."""

    code = "ehr-not-found"
    sentence = "The EHR no longer has this entry. Nothing was saved. Go back to the program page."


class EhrConflict(EhrError):
    """Somebody else changed the resource first (409 or 412)."""

    code = "ehr-conflict"
    sentence = (
        "Somebody else changed this entry while you were working on it. Yours was not saved. "
        "Compare both versions and choose."
    )


class EhrSavedBefore(EhrConflict):
    """An earlier sending of the same form was saved, and this one says something else."""

    code = "ehr-saved-before"
    sentence = (
        "This form was already saved when it was sent the first time, and it said something else. "
        "That is in the record; what you changed since is not. Correct it from the program page."
    )


class EhrAnswersChanged(EhrConflict):
    """The unfinished answers of an assessment in the EHR are not as this program left them."""

    code = "ehr-answers-changed"
    sentence = (
        "Somebody else changed the unfinished answers of this assessment in the EHR. They were "
        "left as they are, and yours were not saved there. Compare both: delete those in the EHR "
        "to submit yours, or discard this assessment to leave theirs."
    )


class EhrRejected(EhrError):
    """The EHR does not accept what was written (any other 4xx, or a failed Bundle entry)."""

    code = "ehr-rejected"
    sentence = (
        "The EHR did not accept this entry. What the EHR refused was not saved. "
        "Tell your administrator; what you typed is still below."
    )


class EhrNonsense(EhrError):
    """The EHR's answer is not FHIR, or not an answer to what was asked."""

    code = "ehr-nonsense"
    sentence = (
        "The EHR gave an answer we cannot read. Check the chart before you enter it again, "
        "and tell your administrator."
    )


class EhrWrongPatient(EhrError):
    """The resource belongs to another patient than the launch's; nothing of it was used.

    It may be what a write was answered with: then something was written.
    """

    code = "ehr-wrong-patient"
    sentence = (
        "The EHR sent an entry of another patient. It was not shown. Check the chart before you "
        "enter anything again, and tell your administrator at once."
    )


class StoreFailed(EhrUnreachable):
    """The program's own store, where the EHR takes no such entry, could not be used."""

    code = "store-failed"
    sentence = (
        "The program's own store could not be used. What belongs there was not saved; what the "
        "EHR has taken is kept. Try again in a minute: nothing will be entered twice."
    )


class StoreUnsure(EhrUnsure):
    """A write was sent to the program's own store and its answer never came."""

    code = "store-unsure"
    sentence = (
        "The program's own store stopped answering while saving, so it may or may not have been "
        "saved. Save again: nothing will be entered twice."
    )
