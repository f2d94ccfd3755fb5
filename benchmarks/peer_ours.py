"""Our own forms as they are opened in a launch, and what the server does for each."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests

from benchmarks.peer_browser import Cookies
from benchmarks.visiting import browser, launched, sandbox

_FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
_ASKED = re.compile(r'name="ask\.([^"]+)"')


@dataclass(frozen=True)
class Ours:
    """The app at work in one launch."""

    session: requests.Session
    home: str

    def slugs(self) -> list[str]:
        """The instruments that may be asked."""
        return _ASKED.findall(self._page())

    def start(self, slug: str) -> str:
        """Start an assessment with one instrument, and return the address of its form."""
        fields = dict(_FIELD.findall(self._page()))
        asked = {"occasion": "baseline", f"ask.{slug}": "yes"}
        answer = self.session.post(f"{self.home}assessments", data=fields | asked, timeout=60)
        answer.raise_for_status()
        if not answer.url.endswith("/1"):
            raise RuntimeError(f"{slug} does not begin with a form but at {answer.url}")
        return answer.url

    def cookies(self) -> Cookies:
        """What makes another browser part of this launch."""
        # A browser takes loopback for as good as https, but not where cookies are put by hand.
        given = {"url": f"https://{urlsplit(self.home).netloc}/", "secure": True}
        return [{"name": one.name, "value": one.value, **given} for one in self.session.cookies]

    def _page(self) -> str:
        answer = self.session.get(f"{self.home}assessments/new", timeout=60)
        answer.raise_for_status()
        return answer.text


@contextmanager
def ours() -> Iterator[Ours]:
    """Run the app and its sandbox EHR, and launch it from a chart."""
    with sandbox() as (both, _):
        session = browser(both)
        yield Ours(session, launched(both, session))
