"""The program's own FHIR R4 store: where what an EHR does not take is kept.

Either the embedded store, asked in this process without a network, or any FHIR server by URL. Both
look the same from here: a base, and sessions that may ask below it.
"""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import HTTPResponse

from smartapp.fhir.client import EhrClient
from smartapp.fhir.witness import Witness, unseen


class Reply(Protocol):
    """An HTTP answer in parts."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The header fields."""

    @property
    def body(self) -> bytes:
        """The body, empty when there is none."""


Answer = Callable[[str, str, str, Mapping[str, str], bytes], Reply]
"""Method, path below the base, query string, headers and body to the answer."""


@dataclass(frozen=True)
class ProgramStore:
    """The store at ``base``, without a slash at its end; ``session`` makes an authorized session.

    ``base`` is also the address by which the EHR's resources refer to what is kept here;
    ``witness`` is told what its clients read and write.
    """

    base: str
    session: Callable[[], requests.Session]
    witness: Witness = unseen

    def client(self, patient: str | None) -> EhrClient:
        """A client of it, bound to a patient by the id the store knows them under."""
        return EhrClient(self.session(), self.base, patient=patient, witness=self.witness)


class InProcess(requests.Session):
    """A session whose every request is answered by ``answer``; nothing leaves the process."""

    def __init__(self, base: str, answer: Answer) -> None:
        super().__init__()
        self.trust_env = False
        self._adapter = _Adapter(base, answer)

    def get_adapter(self, url: str) -> BaseAdapter:  # noqa: ARG002 - all are answered here
        """The one adapter, whatever was mounted."""
        return self._adapter


class _Adapter(BaseAdapter):
    def __init__(self, base: str, answer: Answer) -> None:
        super().__init__()
        self._root, self._answer = urlsplit(base).path, answer

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]  # requests passes all of them by name
        url = urlsplit(str(request.url))
        path = unquote(url.path.removeprefix(self._root)).strip("/")
        body = cast(bytes, request.body or b"")
        try:
            reply = self._answer(str(request.method), path, url.query, dict(request.headers), body)
        except Exception as error:
            # A database that fails is a server that breaks off: the kind says all that may be said.
            raise requests.ConnectionError(type(error).__name__) from error
        return _response(request, reply)

    def close(self) -> None:
        """Nothing is held open."""


def _response(request: requests.PreparedRequest, reply: Reply) -> requests.Response:
    response = requests.Response()
    response.status_code = reply.status
    response.headers = CaseInsensitiveDict(reply.headers)
    response.raw = HTTPResponse(io.BytesIO(reply.body), preload_content=False)
    response.request, response.url = request, str(request.url)
    return response
