"""Sending a saving again, so that it is in the record once, and what its end means.

What is created again is looked up first by its identifier, as with every creation. A change sent
again is looked up by what the record says now: is that what it was to become, it has arrived; is
the version still the one that was changed, it is sent; else somebody else was there first. So it is
with an enrollment, when somebody else has enrolled the patient meanwhile.
"""

from smartapp.errors import (
    EhrConflict,
    EhrError,
    EhrNonsense,
    EhrUnreachable,
    EhrUnsure,
    LaunchError,
)
from smartapp.fhir import enrollment, filing
from smartapp.fhir.chart import Chart
from smartapp.fhir.kept import Resource
from smartapp.fhir.outbox import Saving
from smartapp.fhir.substance import arrived, plain
from smartapp.outbox.states import Event

_TOKEN_ENDED = 401


def verdict(error: BaseException, *, shown: bool = False, errand: bool = False) -> Event:
    """What an error says of what became of the saving; ``shown``: the user sees a conflict.

    An errand's conflict is about now: it overwrites nothing when it is run again.
    """
    if isinstance(error, EhrConflict):
        if errand:
            return Event.UNREACHED
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
    if saving.errand:
        chart.run(saving)
    elif saving.before is None:
        _create(chart, saving)
    else:
        _change(chart, saving, saving.before)


def _create(chart: Chart, saving: Saving) -> None:
    if saving.resources[0]["resourceType"] == "DocumentReference":
        filing.send(chart, saving.resources[0], saving.form_id)
        return
    if enrollment.taken(chart, saving.resources):
        raise EhrConflict
    chart.save_together(list(saving.resources), saving.form_id, saving.into)


def _change(chart: Chart, saving: Saving, before: Resource) -> None:
    (changed,) = saving.resources
    now = chart.read(before["resourceType"], before["id"])
    if arrived(now, before, changed):
        chart.follow(saving, [now])
    elif _version(now) != saving.version or _differs(now, before):
        raise EhrConflict
    else:
        chart.save(now, changed, saving.version, saving.form_id)


def _differs(now: Resource, before: Resource) -> bool:
    """Whether somebody changed it, on a server that tells no versions."""
    return not _version(now) and plain(now) != plain(before)


def _version(resource: Resource) -> str:
    return str((resource.get("meta") or {}).get("versionId") or "")
