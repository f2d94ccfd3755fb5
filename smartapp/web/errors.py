"""Every error's page: the one place where errors meet HTTP status codes."""

from flask import Flask, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from smartapp import errors as tree
from smartapp.errors import GshError
from smartapp.web.spoken import word

STATUS: dict[type[GshError], int] = {
    tree.GshError: 500,
    tree.LaunchError: 400,
    tree.IssuerUnknown: 403,
    tree.DiscoveryFailed: 502,
    tree.StateInvalid: 400,
    tree.StateExpired: 400,
    tree.IssuerMismatch: 400,
    tree.LaunchDenied: 403,
    tree.TokenRefused: 502,
    tree.IdentityInvalid: 502,
    tree.PatientMissing: 400,
    tree.ScopeMissing: 403,
    tree.CookieMissing: 400,
    tree.LaunchUnknown: 403,
    tree.LaunchEnded: 401,
    tree.EhrError: 502,
    tree.EhrUnreachable: 503,
    tree.EhrWaiting: 503,
    tree.EhrUnsure: 504,
    tree.EhrForbidden: 403,
    tree.EhrNotFound: 404,
    tree.EhrConflict: 409,
    tree.EhrSavedBefore: 409,
    tree.EhrAnswersChanged: 409,
    tree.EhrRejected: 422,
    tree.EhrNonsense: 502,
    tree.EhrWrongPatient: 502,
    tree.StoreFailed: 500,
    tree.StoreUnsure: 504,
    tree.ProgramError: 422,
    tree.EntryRefused: 422,
    tree.DraftUnknown: 404,
    tree.DraftClosed: 409,
    tree.DraftChanged: 409,
    tree.DraftFull: 413,
    tree.FormGone: 409,
    tree.AlertsFailed: 500,
    tree.MoveRunning: 409,
    tree.ConfigError: 500,
    tree.ContentError: 500,
    tree.PathError: 500,
    tree.PathFailed: 500,
}
"""The HTTP status of each error's page (RFC 9110)."""

TITLES = {
    400: "This could not be done",
    401: "Your time in this chart has ended",
    403: "Not allowed",
    404: "Not found",
    405: "Not allowed here",
    409: "Somebody else was here first",
    413: "Too much at once",
    422: "Not saved yet",
    500: "Something went wrong",
    502: "The EHR gave an unexpected answer",
    503: "The EHR does not answer",
    504: "Not sure whether it was saved",
}
HTTP_SENTENCES = {
    404: "There is no such page. Nothing was saved. Go back to the patient's chart.",
    405: "This address cannot be used this way. Nothing was saved.",
    413: (
        "What was sent is larger than the program accepts, so nothing of it was saved. What was "
        "kept before is still there. Go back, shorten it and save again."
    ),
}
FORM_EXPIRED = (
    "This form no longer belongs to an open launch, so it was not saved. "
    "Copy what you typed, then launch again from the patient's chart."
)
_OURS = {
    "csrf_token",
    "form_id",
    "version",
    "revision",
    "rebased",
    "shown",
    "go",
    "sent",
    "language",
}
_SECRET = {"pin", "pin_again"}
"""What is never given back, whoever holds the device."""


def status(error: GshError) -> int:
    """Return the HTTP status of the error's page."""
    return STATUS[type(error)]


def register(app: Flask) -> None:
    """Give every error in the tree, and every HTTP error, its page."""
    app.register_error_handler(GshError, _ours)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _ours(error: GshError) -> ResponseReturnValue:
    return _page(status(error), error.code, error.sentence)


def _csrf(_: CSRFError) -> ResponseReturnValue:
    return _page(400, "form-expired", FORM_EXPIRED)


def _http(error: HTTPException) -> ResponseReturnValue:
    number = error.code or 500
    return _page(number, f"http-{number}", HTTP_SENTENCES.get(number, GshError.sentence))


def _unexpected(error: Exception) -> ResponseReturnValue:
    from flask import current_app

    # The class alone: a message or a traceback can carry what was typed or read.
    current_app.logger.error("unexpected %s", type(error).__name__)
    return _page(500, GshError.code, GshError.sentence)


def _page(number: int, code: str, sentence: str) -> ResponseReturnValue:
    handed = g.get("handed")
    page = render_template(
        "error.html",
        title=word("error") if handed else TITLES.get(number, TITLES[500]),
        code=code,
        sentence=word("error-help") if handed else sentence,
        kept=_typed(),
        # A device in the patient's hands shows nothing of the chart, whatever went wrong.
        opened=None if handed else g.get("opened"),
        frame="tablet/frame.html" if handed else "base.html",
    )
    return page, number


def _typed() -> dict[str, str]:
    """Return what was typed, so that a page that cannot be saved any more can still be copied."""
    try:
        form = request.form
    except HTTPException:  # too large to be read at all
        return {}
    return {k: v for k, v in form.items() if k not in _OURS | _SECRET and v.strip()}
