"""The trail as the witness of each part that tells of what it does."""

from uuid import UUID

from smartapp.alerts import witness as alerts
from smartapp.audit import event
from smartapp.audit.trail import Trail
from smartapp.audit.visit import Visit
from smartapp.drafts import witness as drafts
from smartapp.launch import witness as launch
from smartapp.systems import witness as systems


def launches(trail: Trail) -> launch.Witness:
    """Writes down every step of a launch."""
    return lambda told: trail.write(event.step(event.Actor.of(trail.keys, told), told))


def taken(trail: Trail) -> systems.Witness:
    """Writes down what other systems take."""
    return lambda told: trail.write(event.system(told))


def alerted(trail: Trail, told: launch.Event) -> alerts.Witness:
    """Writes down what becomes of the safety alerts in one request of the launch told of."""
    actor = event.Actor.of(trail.keys, told)
    return lambda step, key: trail.write(event.safety(actor, step, key))


def drafted(trail: Trail, told: launch.Event, *, handed: bool) -> drafts.Witness:
    """Writes down what becomes of drafts in one request of the launch told of, each step once."""
    actor, known = event.Actor.of(trail.keys, told), set[tuple[drafts.Step, UUID]]()

    def write(step: drafts.Step, key: UUID) -> None:
        if (step, key) not in known:
            known.add((step, key))
            trail.write(event.draft(actor, step, key, handed=handed))

    return write


def visit(trail: Trail, told: launch.Event) -> Visit:
    """Writes down what one request of the launch told of reads and writes."""
    return Visit(trail, event.Actor.of(trail.keys, told))


def machine(trail: Trail, site: str, base: str, patient: str, client: str) -> Visit:
    """Writes down what the program does at an EHR for one patient, as ``client`` and no user."""
    named = trail.keys.pseudonym(base, patient)
    return Visit(trail, event.Actor(site, "", named, client))
