"""Every error this program raises on purpose, as one tree.

    GshError
    ├── LaunchError
    │   ├── IssuerUnknown         the issuer is not one of our sites
    │   ├── DiscoveryFailed       the site's SMART configuration could not be read
    │   ├── StateInvalid          forged, unknown, foreign or replayed state
    │   ├── StateExpired          more than ten minutes between launch and callback
    │   ├── IssuerMismatch        RFC 9207: the callback's issuer is another
    │   ├── LaunchDenied          the EHR answered with an error instead of a code
    │   ├── TokenRefused          the token endpoint refused the code
    │   ├── IdentityInvalid       the id_token did not verify
    │   ├── PatientMissing        no patient in the launch context
    │   ├── ScopeMissing          the EHR granted too little to show the program
    │   ├── CookieMissing         the browser did not return our cookie
    │   ├── LaunchUnknown         no such launch, or its cookie is another's
    │   └── LaunchEnded           expired, logged out, or the EHR ended its token
    ├── EhrError
    │   ├── EhrUnreachable        no answer; nothing was sent, or only a read was
    │   │   └── EhrWaiting        not sent yet, because an earlier one of the patient waits
    │   ├── EhrUnsure             a write was sent and no answer came
    │   ├── EhrForbidden          401 after refresh, or 403
    │   ├── EhrNotFound           404 or 410
    │   ├── EhrConflict           409 or 412: somebody else changed it first
    │   │   └── EhrSavedBefore    the same form was saved already, saying something else
    │   ├── EhrRejected           any other 4xx to a write: the EHR will not take it
    │   ├── EhrNonsense           an answer that is not FHIR, or not what was asked
    │   ├── EhrWrongPatient       a resource of another patient; nothing was used
    │   ├── StoreFailed           the program's own store did not do what was asked
    │   └── StoreUnsure           a write was sent to the store and no answer came
    ├── ProgramError
    │   ├── EntryRefused          what was typed breaks a rule; carries the problems
    │   ├── DraftUnknown          this patient has no assessment in progress of that name
    │   ├── DraftClosed           the assessment was submitted or discarded: no answers any more
    │   ├── DraftChanged          answers were changed elsewhere after they were shown for review
    │   └── FormGone              the questionnaire is not part of the program's content any more
    ├── ConfigError               start-up only: names the key at fault
    └── ContentError              start-up only: names file, element and reason
        ├── PathError             an expression of a form cannot be compiled: names the column
        └── PathFailed            an expression of a form could not be evaluated on these data

Each error but the start-up ones has a stable ``code`` and one ``sentence`` for the clinician: what
happened, whether anything was saved, what to do. Sentences never interpolate a value, so no
patient data can reach a page, a log or a URL through an error.
"""

from dataclasses import dataclass
from typing import ClassVar


class GshError(Exception):
    """The root of the tree; ``code`` is stable, ``sentence`` is for the clinician."""

    code: ClassVar[str] = "unexpected"
    sentence: ClassVar[str] = (
        "Something went wrong that we did not expect. Check the chart before you enter it again."
    )


class LaunchError(GshError):
    """The way from the EHR to the program page was broken off."""

    code = "launch"
    sentence = "The launch did not finish. Nothing was saved. Start again from the patient's chart."


class IssuerUnknown(LaunchError):
    """The launch names an issuer that is not one of the configured sites."""

    code = "issuer-unknown"
    sentence = (
        "This EHR is not registered with the program, so nothing was sent to it. "
        "Ask your administrator to add it to the sites file."
    )


class DiscoveryFailed(LaunchError):
    """Neither smart-configuration nor the CapabilityStatement gave the endpoints."""

    code = "discovery-failed"
    sentence = (
        "The EHR did not say where to sign in. Nothing was saved. "
        "Try again in a minute; if it stays so, tell your administrator."
    )


class StateInvalid(LaunchError):
    """The callback's state is forged, unknown, another browser's, or used before."""

    code = "state-invalid"
    sentence = (
        "This sign-in answer does not belong to a launch that is waiting in this browser. "
        "Nothing was saved. Start again from the patient's chart."
    )


class StateExpired(LaunchError):
    """More than ten minutes passed between launch and callback."""

    code = "state-expired"
    sentence = (
        "The sign-in took longer than ten minutes and has expired. Nothing was saved. "
        "Start again from the patient's chart."
    )


class IssuerMismatch(LaunchError):
    """The callback's ``iss`` parameter is not the issuer the launch went to (RFC 9207)."""

    code = "issuer-mismatch"
    sentence = (
        "The sign-in answer came from a different server than the one asked. Nothing was saved. "
        "Start again from the patient's chart and tell your administrator if it happens again."
    )


class LaunchDenied(LaunchError):
    """The authorization server answered with an error instead of a code."""

    code = "launch-denied"
    sentence = (
        "The EHR did not allow the launch, or it was cancelled there. Nothing was saved. "
        "Start again from the patient's chart, or ask your administrator for access."
    )


class TokenRefused(LaunchError):
    """The token endpoint refused the code, or gave an answer without a usable token."""

    code = "token-refused"
    sentence = (
        "The EHR did not complete the sign-in. Nothing was saved. "
        "Start again from the patient's chart."
    )


class IdentityInvalid(LaunchError):
    """The id_token is missing or did not verify (signature, issuer, audience, expiry, nonce)."""

    code = "identity-invalid"
    sentence = (
        "The EHR's statement of who you are could not be verified, so the launch was stopped. "
        "Nothing was saved. Tell your administrator."
    )


class PatientMissing(LaunchError):
    """The token response carries no patient in context."""

    code = "patient-missing"
    sentence = (
        "The EHR did not say which patient this is, so nothing was opened or saved. "
        "Open a patient's chart first and launch from there."
    )


class ScopeMissing(LaunchError):
    """The granted scopes do not allow the program page to be shown."""

    code = "scope-missing"
    sentence = (
        "The EHR did not grant the access the program needs to show this patient. "
        "Nothing was saved. Ask your administrator to allow the missing access."
    )


class CookieMissing(LaunchError):
    """The browser did not return the cookie set at the launch."""

    code = "cookie-missing"
    sentence = (
        "Your browser did not keep the cookie that protects this patient's page. "
        "Nothing was saved. Launch again from the chart; if it happens again, "
        "open the program in its own window."
    )


class LaunchUnknown(LaunchError):
    """The launch in the address is not known, or the cookie belongs to another launch."""

    code = "launch-unknown"
    sentence = (
        "This page and this browser do not belong to the same launch, so it was refused. "
        "Nothing was saved. Go back to the patient's chart and launch from there."
    )


class LaunchEnded(LaunchError):
    """The launch expired, was logged out, or the EHR no longer accepts its token."""

    code = "launch-ended"
    sentence = (
        "Your time in this chart has ended. If you were just saving something, it was not saved. "
        "Launch again from the patient's chart."
    )


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
    """The resource belongs to another patient than the launch's; nothing of it was used."""

    code = "ehr-wrong-patient"
    sentence = (
        "The EHR sent an entry of another patient. It was not shown and nothing was saved. "
        "Tell your administrator at once."
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


class FormGone(ProgramError):
    """A draft was started with a questionnaire, or a version of it, that is no longer there."""

    code = "form-gone"
    sentence = (
        "This assessment was started with a questionnaire the program no longer has in that "
        "version. Its answers are kept. Ask your administrator to bring the version back."
    )


class ConfigError(GshError):
    """The configuration is wrong; the message is one sentence that names the key."""

    code = "config"
    sentence = "The configuration is wrong; see the server's start-up message."


class ContentError(GshError):
    """A content file is unsound; the message names file, element and reason."""

    code = "content"
    sentence = "The program's content is unsound; see the server's start-up message."


class PathError(ContentError):
    """A FHIRPath expression cannot be compiled; the message is ``at column N: reason``."""

    code = "path"
    sentence = (
        "A formula in the definition of this form is unsound, so the form cannot be used. "
        "Tell your administrator."
    )


class PathFailed(ContentError):
    """A FHIRPath expression could not be evaluated; the message is a reason without any data."""

    code = "path-failed"
    sentence = (
        "A formula of this form could not be worked out with these answers. "
        "Tell your administrator which form it is."
    )
