"""Keeping two charts in one browser apart.

A page of a launch needs both its handle in the path and that launch's own cookie. The form session
(which carries the CSRF token) lives inside the launch, so a form of one chart can never be sent
under another. Nothing that identifies a launch is ever in a URL alone.
"""

import base64
import hashlib
from dataclasses import replace
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SessionInterface, SessionMixin

from smartapp.errors import LaunchEnded, LaunchError
from smartapp.launch.context import Launch
from smartapp.launch.lock import MARK
from smartapp.launch.store import LaunchStore

PREFIX = "/launches/"
COOKIE = "__Host-launch-"
CSRF = "csrf_token"
"""The key under which Flask-WTF keeps the seed of its tokens."""
OPEN = "smartapp.launch"
"""Where a request remembers the launch it opened."""
KEPT = 20
"""Launch cookies a browser keeps; more would overflow a header, so the oldest go."""


def handle_in(path: str) -> str | None:
    """The launch handle in a path below ``/launches/<handle>/``."""
    handle, slash, _ = path.removeprefix(PREFIX).partition("/")
    return handle if path.startswith(PREFIX) and slash and handle else None


def open_launch(store: LaunchStore, request: Request, handle: str) -> Launch:
    """The launch of this path and this browser, opened once per request.

    Raises LaunchUnknown when path and cookie are not a pair, CookieMissing without a cookie,
    LaunchEnded when it is over.
    """
    opened = request.environ.get(OPEN)
    if isinstance(opened, Launch) and opened.handle == handle:
        return opened
    launch = store.open(handle, request.cookies.get(COOKIE + handle))
    request.environ[OPEN] = launch
    return launch


def set_cookie(
    response: Response, name: str, secret: str, seconds: int, *, partitioned: bool = True
) -> None:
    """Set a cookie that works in a cross-site iframe and is bound to this host."""
    response.set_cookie(
        name,
        secret,
        max_age=seconds,
        path="/",
        secure=True,
        httponly=True,
        samesite="None",
        partitioned=partitioned,
    )


def clear_cookie(response: Response, name: str, *, partitioned: bool = True) -> None:
    """Take back a cookie; a partitioned one needs the same attributes."""
    set_cookie(response, name, "", 0, partitioned=partitioned)


def drop_oldest(request: Request, response: Response) -> None:
    """Make room for one more launch cookie; browsers send the oldest first (RFC 6265, 5.4)."""
    names = [name for name in request.cookies if name.startswith(COOKIE)]
    for name in names[: max(0, len(names) - KEPT + 1)]:
        clear_cookie(response, name)


def _form_seed(request: Request, handle: str) -> str:
    """The seed of the launch's form tokens: known before any page, so that two first pages agree.

    It follows from the cookie's secret, which no page and no other launch knows. Without a launch
    a browser whose device is with a patient has its mark's.
    """
    secret = request.cookies.get(COOKIE + handle if handle else MARK, "")
    seed = hashlib.sha256(f"{CSRF}:{handle}:{secret}".encode()).digest()
    # 128 bits: it stands in every page, signed, and cannot be compressed.
    return base64.urlsafe_b64encode(seed[:16]).rstrip(b"=").decode()


class LaunchSession(SecureCookieSession):
    """The form session of one launch, or a throw-away one when ``handle`` is None."""

    def __init__(self, handle: str | None = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(initial)
        self.handle = handle
        self.before = dict(initial or {})

    def onto(self, kept: dict[str, Any]) -> dict[str, Any]:
        """What this request changed, over what others have kept meanwhile."""
        gone = self.before.keys() - self.keys()
        changed = {k: v for k, v in self.items() if k not in self.before or self.before[k] != v}
        return {k: v for k, v in kept.items() if k not in gone} | changed


class LaunchSessions(SessionInterface):
    """Flask sessions kept inside the launch the path names; other pages keep nothing."""

    def __init__(self, store: LaunchStore) -> None:
        self.store = store

    def open_session(self, _app: Flask, request: Request) -> LaunchSession:
        """The launch's session; a launch that cannot be opened is the view's to refuse."""
        handle = handle_in(request.path)
        if handle is None:
            seed = {CSRF: _form_seed(request, "")} if MARK in request.cookies else None
            return LaunchSession(None, seed)
        try:
            launch = open_launch(self.store, request, handle)
            return LaunchSession(handle, {CSRF: _form_seed(request, handle), **launch.http})
        except LaunchError:
            return LaunchSession()

    def save_session(self, _app: Flask, session: SessionMixin, _response: Response) -> None:
        """Keep what changed; a launch ended meanwhile stays ended."""
        if not (isinstance(session, LaunchSession) and session.handle and session.modified):
            return
        try:
            self.store.change(
                session.handle, lambda launch: replace(launch, http=session.onto(launch.http))
            )
        except LaunchEnded:
            return
