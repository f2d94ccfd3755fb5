"""What the EHR has at the end of the faulty run, beside what was intended."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from benchmarks.forms import Course, Form, responses
from smartapp.fhir import identity, wire
from smartapp.fhir.enrollment import ROLE
from smartapp.fhir.kept import identifier
from smartapp.program.assessment import score
from smartapp.store import rest
from smartapp.store.storage import FhirStore

Resource = dict[str, Any]
Key = tuple[str, str]
"""A type and the value of our identifier."""
WRITTEN = ("CarePlan", "CareTeam", "Goal", "QuestionnaireResponse", "Observation")


@dataclass(frozen=True)
class Intended:
    """One resource a form wants in the record; ``says`` is what must stand in it."""

    key: Key
    patient: str
    says: Any = None


@dataclass
class Comparison:
    """The findings, each a list of what it was about; ``writes`` is how many were intended."""

    writes: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    misplaced: list[str] = field(default_factory=list)
    attested_twice: list[str] = field(default_factory=list)
    unlinked: list[str] = field(default_factory=list)
    unattested: list[str] = field(default_factory=list)
    undone: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        """Whether nothing was lost, doubled or on the wrong patient."""
        return not (self.lost or self.doubled or self.misplaced or self.attested_twice)

    def sheltered(self, patients: Collection[str]) -> None:
        """Tell apart the links and Provenances that were kept for these patients, as undone."""
        for told in (self.unlinked, self.unattested):
            mine = [one for one in told if one.split()[0] in patients]
            self.undone += mine
            told[:] = [one for one in told if one not in mine]


def intended(form: Form) -> list[Intended]:
    """The resources a form creates; a change creates none."""
    return [
        Intended((type_, identifier(form.form_id, role)["value"]), form.patient, says)
        for type_, role, says in _roles(form)
    ]


def _roles(form: Form) -> Iterator[tuple[str, str, Any]]:
    if form.kind == "enroll":
        yield from (("CarePlan", ROLE, None), ("CareTeam", "care-team", None))
        yield "QuestionnaireResponse", "red-flags", None
    elif form.kind == "goal":
        yield "Goal", "goal", form.words
    elif form.kind == "assess":
        for one in responses(form):
            yield "QuestionnaireResponse", f"response/{one.instrument.slug}", form.answer
            for made in score(one):
                yield "Observation", f"score/{made.scale.code.code}", made.value


def found(store: FhirStore, wanted: Iterable[Intended]) -> int:
    """How many of them are in the store now."""
    return sum(bool(_by_identifier(store, *one.key)) for one in wanted)


def _by_identifier(store: FhirStore, type_: str, value: str) -> list[Resource]:
    return [kept.resource for kept in store.search(type_, {"identifier": value}).matches]


def every(store: FhirStore, type_: str) -> Iterator[Resource]:
    """Every resource of a type."""
    query = "_count=1000"
    while query:
        page = wire.decode(rest.answer(store, "GET", type_, query).body)
        yield from (entry["resource"] for entry in page.get("entry", ()))
        following = (link["url"] for link in page["link"] if link["relation"] == "next")
        query = next(following, "").partition("?")[2]


def compare(store: FhirStore, courses: list[Course], untouched: str) -> Comparison:
    """Hold the store against the courses; nothing may have happened to patient ``untouched``."""
    told = Comparison()
    kept = _kept(store)
    for course in courses:
        for form in course.forms:
            wanted = intended(form)
            told.writes += len(wanted) or 1
            for one in wanted:
                _judge(told, one, kept.pop(one.key, []))
        _changes(told, store, course)
        named = _named(store, course)
        told.doubled += [course.patient] * (len(named) - len(set(named)))
    for key, rows in kept.items():
        told.doubled += [f"{key} was never intended"] * len(rows)
        told.misplaced += [str(key) for row in rows if _subject(row) == untouched]
    told.unlinked = [f"{one.patient} {goal}" for one in courses for goal in _unlinked(store, one)]
    attested = _attested(store)
    told.unattested = [
        f"{_subject(row)} {name}" for name, row in _first(store) if name not in attested
    ]
    told.attested_twice = [
        f"{name} was attested {n} times" for name, n in attested.items() if n > 1
    ]
    return told


def _kept(store: FhirStore) -> dict[Key, list[Resource]]:
    """All that is kept of what the program writes, by our identifier."""
    kept: dict[Key, list[Resource]] = {}
    for type_ in WRITTEN:
        for row in every(store, type_):
            value = next((value for _, value in identity.keys(row)), row["id"])
            kept.setdefault((type_, value), []).append(row)
    return kept


def _judge(told: Comparison, one: Intended, rows: list[Resource]) -> None:
    if not any(_says(row, one.says) for row in rows):
        told.lost.append(str(one))
    told.doubled += [str(one)] * (len(rows) - 1)
    told.misplaced += [str(one) for row in rows if _subject(row) != one.patient]


def _subject(row: Resource) -> str:
    return str(row["subject"]["reference"]).removeprefix("Patient/")


def _says(row: Resource, wanted: Any) -> bool:
    if wanted is None:
        return True
    if row["resourceType"] == "Goal":
        return bool(row["description"]["text"] == wanted)
    if row["resourceType"] == "Observation":
        value = Fraction(Decimal(str(row["valueQuantity"]["value"])))
        return abs(value - wanted) < Fraction(1, 100)
    return all(item["answer"][0]["valueInteger"] == wanted for item in row["item"])


def _changes(told: Comparison, store: FhirStore, course: Course) -> None:
    """Every change is one version of its goal, and the goal has no other version but its first."""
    for form in course.forms:
        if form.about is None:
            continue
        key = course.goals.get(form.about, "")
        rows = [kept.resource for kept in store.history("Goal", key)] if key else []
        notes = [row["note"][-1]["text"] for row in rows if "note" in row]
        told.lost += [str(form)] * (form.words not in notes)
        told.doubled += [str(form)] * (max(len(rows) - 2, 0) + max(notes.count(form.words) - 1, 0))


def _unlinked(store: FhirStore, one: Course) -> list[str]:
    """Goals that their CarePlan does not name: the record shows them all the same."""
    return sorted(set(one.goals.values()) - set(_named(store, one)))


def _named(store: FhirStore, one: Course) -> list[str]:
    plan = store.read("CarePlan", one.enrolled).resource if one.enrolled else {}
    return [str(goal["reference"]).rpartition("/")[2] for goal in plan.get("goal", ())]


def _attested(store: FhirStore) -> Counter[str]:
    """How many Provenances name each first version."""
    targets = (t for row in every(store, "Provenance") for t in row["target"])
    told = (str(target["reference"]).split("/")[-4:] for target in targets)
    return Counter("/".join(one[:2]) for one in told if one[-1] == "1")


def _first(store: FhirStore) -> Iterator[tuple[str, Resource]]:
    """Every resource of ours, by its reference."""
    for type_ in WRITTEN:
        yield from ((f"{type_}/{row['id']}", row) for row in every(store, type_))
