"""Signing in to the sandbox: choose one of three clinicians, no password, and say so."""

import re
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import Blueprint, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from smartapp.sandbox.staff import CLINICIANS, Clinician

Parameters = ParamSpec("Parameters")
pages = Blueprint("signin", __name__)
_LOCAL = re.compile(r"/(?!/)[^\\\x00-\x20\x7f]*")


def clinician() -> Clinician | None:
    """Who is signed in to this browser, or None."""
    return Clinician.of(session.get("clinician"))


def signed_in_at() -> int:
    """When they signed in, epoch seconds."""
    return int(session.get("since", 0))


def required(
    view: Callable[Parameters, ResponseReturnValue],
) -> Callable[Parameters, ResponseReturnValue]:
    """A view that sends whoever is not signed in to the sign-in page and back."""

    @wraps(view)
    def guarded(*args: Parameters.args, **kwargs: Parameters.kwargs) -> ResponseReturnValue:
        return view(*args, **kwargs) if clinician() else to_sign_in()

    return guarded


def to_sign_in() -> ResponseReturnValue:
    """A redirect to the sign-in page that comes back to the present address."""
    return redirect(url_for("signin.show", next=request.full_path.rstrip("?")), 303)


@pages.get("/sign-in")
def show() -> ResponseReturnValue:
    """The three clinicians to choose from."""
    return render_template("sandbox/sign-in.html", clinicians=CLINICIANS, next=_next())


@pages.post("/sign-in")
def enter() -> ResponseReturnValue:
    """Sign in as the chosen clinician; 400 for anybody else."""
    chosen = Clinician.of(request.form.get("clinician"))
    if chosen is None:
        abort(400, "Choose one of the clinicians.")
    session.clear()
    session.update(clinician=chosen.key, since=int(time.time()))
    return redirect(_next(), 303)


@pages.post("/sign-out")
def leave() -> ResponseReturnValue:
    """Sign out of the sandbox."""
    session.clear()
    return redirect(url_for("signin.show"), 303)


def _next() -> str:
    wanted = request.values.get("next", "/")
    return wanted if _LOCAL.fullmatch(wanted) else "/"
