"""Sending without a user's token: into the program's store, and nowhere else.

The patient was read in a launch and is kept with the draft, so the cross-check between EHR and
store holds here too. Asking the EHR for anything fails as if it did not answer.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import requests
from requests.adapters import BaseAdapter

from smartapp.errors import EhrUnreachable
from smartapp.fhir.chart import Chart, Content
from smartapp.fhir.client import EhrClient
from smartapp.fhir.ehrs import WRITTEN
from smartapp.fhir.places import Rules
from smartapp.fhir.plan import Wish
from smartapp.fhir.witness import Witness
from smartapp.outbox.patient import Replay
from smartapp.outbox.sealed import Draft

_STORE_ONLY = dict.fromkeys([*WRITTEN, "Provenance"], Wish.STORE)


class NoEhr(requests.Session):
    """A session by which no server is ever reached."""

    def get_adapter(self, url: str) -> BaseAdapter:
        """None; the request counts as never sent."""
        raise requests.ConnectTimeout(url.partition("//")[0])


Watched = Callable[[Draft], AbstractContextManager[Witness]]
"""Opens the witness of one sending."""


def into_store(
    rules: Mapping[str, Rules], content: Content, now: Callable[[], datetime], watched: Watched
) -> Replay:
    """Opens charts whose every write goes into the store; ``rules`` by the site's FHIR base."""

    @contextmanager
    def replay(draft: Draft) -> Iterator[Chart]:
        found = rules.get(draft.issuer)
        if found is None or found.store is None:
            raise EhrUnreachable
        client = EhrClient(NoEhr(), draft.issuer, patient=draft.patient)
        with watched(draft) as witness:
            store = replace(found.store, witness=witness)
            only = replace(found, wishes=_STORE_ONLY, refusals=None, store=store)
            chart = Chart(client, draft.patient, now=now, content=content, rules=only, **by(draft))
            if draft.identity is not None:
                chart.recognize(draft.identity)
            yield chart

    return replay


def by(draft: Draft) -> dict[str, Any]:
    """Who wrote it, and where, as a chart is told."""
    return {
        "author": draft.author,
        "author_name": draft.author_name,
        "encounter": draft.encounter,
        "organization": draft.organization,
    }
