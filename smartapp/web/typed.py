"""Forms that could not be sent because the record could not be read, offered again to their user.

They are checked and sent by a person: nothing in the record comes of them by itself.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from smartapp.errors import EhrUnreachable, GshError, LaunchEnded
from smartapp.web.form import Form
from smartapp.web.opened import opened
from smartapp.web.pages import pages

ENROLLMENT = "enrollment"
"""The kind of form that is kept: what else is typed is kept in the outbox, or as a draft."""


@dataclass(frozen=True)
class SetAside:
    """A form as it was typed, and when, on the clinic's clock."""

    form: Form
    at: datetime


def set_aside() -> SetAside | None:
    """Return the enrollment this user filled in for this patient and could not send."""
    found = opened().typed.find(ENROLLMENT)
    if found is None:
        return None
    at = opened().local(datetime.fromtimestamp(found.at, UTC))
    return SetAside(Form(found.form_id, found.values), at)


def put_aside(form: Form, error: GshError, *, is_read: bool) -> bool:
    """Keep an enrollment that met this error, where the record could not be read; whether it is.

    ``is_read``: the record itself was read. What waits in the outbox needs no second keeping.
    """
    is_unread = not is_read or isinstance(error, (EhrUnreachable, LaunchEnded))
    if not is_unread or opened().outbox.holds(form.form_id):
        return False
    said = {name: text for name, text in form.values.items() if name != "csrf_token"}
    return opened().typed.keep(ENROLLMENT, form.form_id, said)


@pages.post("/enrollment/forget")
def update_set_aside() -> ResponseReturnValue:
    """Forget what was kept, as its user asks."""
    opened().typed.drop(ENROLLMENT)
    flash("What you had filled in is forgotten.", "note")
    return redirect(url_for("pages.index"), 303)
