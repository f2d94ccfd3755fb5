"""A device whose launch ended while a patient had it: nothing opens there until staff unlock it.

With the PIN, on the device; without it by its code, from a launch of their own on another one.
"""

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from smartapp.errors import EntryRefused, Problem
from smartapp.web.device import LOCKED, Handed, device
from smartapp.web.form import blank, typed
from smartapp.web.opened import opened
from smartapp.web.pages import again, page, pages, saved

RELEASE = "tablet/release.html"
LONGEST = 20
NO_SUCH = Problem("code", "No device of this clinic is locked with this code. Look at it again.")
NOT_STAFF = Problem("code", "Only staff can unlock a device.")
OTHER_CHART = Problem(
    "code",
    "The EHR does not say who you are, so this may be the patient's own launch. "
    "Unlock the device from another patient's chart.",
)

blueprint = Blueprint("locked", __name__)


@blueprint.get("/unlock")
def show() -> ResponseReturnValue:
    """The lock screen of a device without a launch, and where to type the PIN."""
    return _elsewhere() or closed(g.handed)


@blueprint.post("/unlock")
def update() -> ResponseReturnValue:
    """With the right PIN the device is free; nothing of the launch comes back."""
    elsewhere = _elsewhere()
    if elsewhere:
        return elsewhere
    if device().unlock("", request.form.get("pin", "")[:LONGEST]) >= 0:
        return closed(device().handed(), wrong=True), LOCKED
    g.handed = None
    return render_template("tablet/unlocked.html")


@pages.get("/device")
def edit_device() -> ResponseReturnValue:
    """Ask for the code that a locked device shows."""
    return page(RELEASE, form=blank())


@pages.post("/device")
def update_device() -> ResponseReturnValue:
    """Take the lock of that code away."""
    sent = typed()
    try:
        _release(sent.value("code")[:LONGEST])
    except EntryRefused as error:
        return again(RELEASE, sent, error)
    return saved("The other device is unlocked.", "pages.index")


def closed(handed: Handed | None, *, wrong: bool = False) -> str:
    """The lock screen of a device without a launch; after a ``wrong`` PIN it says so."""
    g.handed = handed
    code = handed.code if handed else ""
    shown = f"{code[:4]}-{code[4:]}"
    minutes = -(-handed.wait // 60) if handed else 0
    here = request.path == url_for("locked.show")
    return render_template(
        "tablet/closed.html", here=here, code=shown, minutes=minutes, wrong=wrong
    )


def _elsewhere() -> ResponseReturnValue | None:
    """The way on where there is no such lock."""
    handed: Handed | None = g.get("handed")
    if handed is None:
        return redirect(url_for("start"), 303)
    if handed.handle:
        return redirect(url_for("pages.show_lock", handle=handed.handle), 303)
    return None


def _release(code: str) -> None:
    who = (opened().user_reference or "").partition("/")[0]
    if who in ("Patient", "RelatedPerson"):
        raise EntryRefused(NOT_STAFF)
    if not who and device().has_patient(code, opened().handle):
        raise EntryRefused(OTHER_CHART)
    if not device().release(code, opened().handle):
        raise EntryRefused(NO_SUCH)
