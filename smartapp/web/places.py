"""Where things are kept, in words: in the EHR or in the program's own store."""

from collections.abc import Iterable, Sequence
from typing import Any

from flask.typing import ResponseReturnValue

from smartapp.fhir.chart import Kept, Record
from smartapp.fhir.move import move
from smartapp.fhir.place import Place
from smartapp.web.opened import opened
from smartapp.web.pages import pages, saved

PLACES = {Place.EHR: "the EHR", Place.STORE: "the program's own store"}


def whereabouts(record: Record) -> list[tuple[str, str]]:
    """Each noun of which the record holds something, with the places that it is in."""
    responses = [response for one in record.assessments for response in one.responses]
    nouns: dict[str, Sequence[Kept[Any]]] = {
        "Enrollment": record.enrollments,
        "Goals": record.goals,
        "Assessments": responses,
    }
    return [(noun, _in_words(kept)) for noun, kept in nouns.items() if kept]


def apart(record: Record) -> bool:
    """Whether some of it is where readers of the chart do not see it."""
    return any(PLACES[Place.STORE] in places for _, places in whereabouts(record))


def movable(record: Record) -> bool:
    """Whether something waits in the store that the EHR would take now."""
    plan = opened().chart.plan()
    responses = (response for one in record.assessments for response in one.responses)
    kept: list[Kept[Any]] = [*record.enrollments, *record.goals, *responses]
    waiting = {one.resource["resourceType"] for one in kept if one.place is Place.STORE}
    going = (type_ for type_ in waiting if plan[type_].place is Place.EHR)
    return any(not plan.copies(type_) for type_ in going)


@pages.post("/move")
def update_places() -> ResponseReturnValue:
    """Move what waits in the program's own store into the EHR, as far as the EHR takes it now."""
    with opened().turn():
        done = move(opened().chart)
    rest = f"; in the program's own store still: {len(done.waiting)}" if done.waiting else ""
    moved = "1 entry is" if len(done.moved) == 1 else f"{len(done.moved)} entries are"
    return saved(f"{moved} in the EHR now{rest}.", "pages.index")


def missing() -> list[str]:
    """What this launch cannot do: what the EHR lets nobody write goes into the store instead."""
    stored = opened().chart.places.store is not None
    return [words for words in opened().missing if not stored or words.startswith("read ")]


def _in_words(kept: Iterable[Kept[Any]]) -> str:
    found = {one.place for one in kept}
    return " and ".join(words for place, words in PLACES.items() if place in found)
