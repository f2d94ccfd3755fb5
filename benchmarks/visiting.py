"""The app and its sandbox EHR on loopback, visited as a browser would, with every request seen."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import Cookie
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import requests
from requests.cookies import RequestsCookieJar

from smartapp.fhir import parallel
from smartapp.sandbox import running
from smartapp.sandbox.faults import Faults

DELAY = 0.05
"""Seconds that every FHIR answer is held back, as a network and a busy EHR would."""


class Clock(Faults):
    """Holds every FHIR answer back, and remembers when each request was waiting."""

    def wait(self) -> None:
        """Wait, and keep when that began and ended."""
        began = perf_counter()
        super().wait()
        self.waits.append((began, perf_counter()))

    def begin(self, delay: float) -> None:
        """Start to count anew, with this delay in seconds."""
        self.delay = delay
        self.waits: list[tuple[float, float]] = []

    def rounds(self) -> int:
        """Return the length of the longest row of requests of which none overlapped another."""
        count, ended = 0, 0.0
        for began, over in sorted(self.waits, key=lambda wait: wait[1]):
            if began >= ended:
                count, ended = count + 1, over
        return count


class Cookies(RequestsCookieJar):
    """Sends Secure cookies over plain HTTP too, as browsers do on loopback."""

    def set_cookie(self, cookie: Cookie, *more: object, **named: object) -> object:
        """Keep a cookie, whatever it was sent over."""
        cookie.secure = False
        return super().set_cookie(cookie, *more, **named)


def browser(both: running.Running) -> requests.Session:
    """Return a session signed in to the EHR."""
    session = requests.Session()
    session.trust_env = False
    session.cookies = Cookies()
    address = f"{both.ehr_url}/sign-in"
    token = re.search(r'name="csrf_token" value="([^"]+)"', session.get(address, timeout=60).text)
    if token is None:
        raise RuntimeError("The EHR's sign-in page has no form")
    form = {"csrf_token": token[1], "clinician": "coach-1"}
    session.post(address, data=form, timeout=60).raise_for_status()
    return session


def launched(both: running.Running, session: requests.Session) -> str:
    """Launch from the first patient's chart, and return the address of the program page."""
    answer = session.get(both.launch_url(), timeout=60)
    answer.raise_for_status()
    if "/launches/" not in answer.url:
        raise RuntimeError(f"The launch ended at {answer.url}")
    return answer.url


@contextmanager
def sandbox() -> Iterator[tuple[running.Running, Clock]]:
    """Run both servers over an empty folder, and stop them."""
    clock = Clock()
    clock.begin(0)
    with TemporaryDirectory() as folder, running.start(Path(folder), faults=clock) as both:
        yield both, clock


@contextmanager
def workers(count: int) -> Iterator[None]:
    """Let the app ask the EHR with so many requests at once; one makes it a sequential client."""
    real = parallel.together
    parallel.together = lambda calls, most: real(calls, min(most, count))
    try:
        yield
    finally:
        parallel.together = real
