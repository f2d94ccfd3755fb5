"""Who saved what, when: one Provenance for each saving, naming the versions it made.

Our extension ``form`` (valueUri, a ``urn:uuid:``, on Provenance) tells which form was sent.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from smartapp.fhir import names
from smartapp.fhir.kept import Resource, coding, concept

Activity = Literal["CREATE", "UPDATE"]


def provenance(
    targets: Iterable[Mapping[str, Any]],
    activity: Activity,
    agent: Resource,
    recorded: datetime,
    form_id: UUID,
    reason: str = "",
) -> Resource:
    """The Provenance of ``targets`` (resources as kept), by ``agent``: ``who``, ``onBehalfOf``.

    ``reason`` is why, in the words of who did it.
    """
    role = coding(names.PROVENANCE_AGENT, "author", "Author")
    return {
        "resourceType": "Provenance",
        "meta": {"source": names.SOURCE},
        "extension": [{"url": names.FORM, "valueUri": form_id.urn}],
        "target": [{"reference": _versioned(target)} for target in targets],
        "recorded": recorded.isoformat(),
        **({"reason": [{"text": reason}]} if reason else {}),
        "activity": concept(coding(names.DATA_OPERATION, activity, activity.lower())),
        "agent": [{"type": concept(role), **agent}],
    }


def _versioned(resource: Mapping[str, Any]) -> str:
    version = (resource.get("meta") or {}).get("versionId")
    reference = f"{resource['resourceType']}/{resource['id']}"
    return f"{reference}/_history/{version}" if version else reference
