"""Sending a saving again, so that it is in the record once, and what its end means.

What is created again is looked up first by its identifier, as with every creation. A change sent
again is looked up by what the record says now: is that what it was to become, it has arrived; is
the version still the one that was changed, it is sent; else somebody else was there first.
"""

from smartapp.errors import (
    EhrConflict,
    EhrError,
    EhrNonsense,
    EhrUnreachable,
    EhrUnsure,
    LaunchError,
)
from smartapp.fhir.chart import Chart
from smartapp.fhir.kept import Resource
from smartapp.fhir.outbox import Saving
from smartapp.fhir.translation import mapped
from smartapp.outbox.states import Event

_TOKEN_ENDED = 401


def verdict(error: BaseException, *, shown: bool) -> Event:
    """What an error says of what became of the saving; ``shown``: the user sees a conflict."""
    if isinstance(error, EhrConflict):
        return Event.SHOWN if shown else Event.REFUSED
    if isinstance(error, EhrUnreachable | LaunchError):
        return Event.UNREACHED
    if isinstance(error, EhrUnsure | EhrNonsense) or not isinstance(error, EhrError):
        return Event.UNANSWERED
    return Event.UNREACHED if error.status == _TOKEN_ENDED else Event.REFUSED


def code(error: BaseException) -> str:
    """The stable code of an error, or the kind of one that nobody expected."""
    return str(getattr(error, "code", "") or "unexpected")


def send_again(chart: Chart, saving: Saving) -> None:
    """Write it through ``chart``, unless the record has it; raises what writing raises."""
    if saving.before is None:
        chart.save_together(list(saving.resources), saving.form_id)
        return
    (changed,) = saving.resources
    now = chart.read(saving.before["resourceType"], saving.before["id"])
    if _arrived(now, saving.before, changed):
        chart.attest([now], "UPDATE", saving.form_id)
    elif _version(now) != saving.version or _differs(now, saving.before):
        raise EhrConflict
    else:
        chart.save(now, changed, saving.version, saving.form_id)


def _arrived(now: Resource, before: Resource, changed: Resource) -> bool:
    """Whether the record says by now everything that was changed."""
    wanted, kept = _plain(changed), _plain(now)
    touched = [name for name in wanted if wanted[name] != _plain(before).get(name)]
    return all(kept.get(name) == wanted[name] for name in touched)


def _differs(now: Resource, before: Resource) -> bool:
    """Whether somebody changed it, on a server that tells no versions."""
    return not _version(now) and _plain(now) != _plain(before)


def _plain(resource: Resource) -> Resource:
    """Without what the server stamps, and with references by their last two parts."""
    said = {name: value for name, value in resource.items() if name not in ("id", "meta", "text")}
    found: Resource = mapped(said, lambda reference: "/".join(reference.split("/")[-2:]))
    return found


def _version(resource: Resource) -> str:
    return str((resource.get("meta") or {}).get("versionId") or "")
