"""The hospital's own view of its record: seeding, patients, charts; no app's token involved.

Ids: the generator's ids are *logical*; ``reference`` gives what the upstream keeps them under,
remembered in the sandbox's file because some servers assign ids themselves.
"""

from typing import Any

import msgspec

from smartapp.sandbox import people
from smartapp.sandbox.records import Records
from smartapp.sandbox.settings import EhrSettings
from smartapp.sandbox.upstream import Question, Upstream

_JSON = {"accept": "application/fhir+json"}
_WRITTEN = """
    CarePlan CareTeam Goal QuestionnaireResponse Observation Procedure Task Flag DetectedIssue
    Communication DocumentReference ServiceRequest
"""
WRITTEN = tuple(_WRITTEN.split())


class Hospital:
    """Seeds the upstream once and answers what the chart pages ask."""

    def __init__(self, settings: EhrSettings, records: Records, upstream: Upstream) -> None:
        self._settings, self._records, self._upstream = settings, records, upstream

    def reference(self, logical: str) -> str:
        """The upstream's reference of a logical one; itself when it was never seeded."""
        sql = "SELECT reference FROM seeded WHERE logical = ?"
        found = self._records.row(sql, logical)
        return str(found[0]) if found else logical

    def open(self) -> None:
        """Seed unless the first patient is still there."""
        sql = "SELECT reference FROM seeded WHERE logical = 'Patient/p01'"
        first = self._records.row(sql)
        if first is None or self.read(first[0]) is None:
            self.reset()

    def reset(self) -> None:
        """Back to the synthetic data: wipe, forget sign-ins and tokens, seed again."""
        self._records.forget_people()
        self._upstream.wipe()
        people_now = people.hospital(self._settings.seed, self._settings.dated())
        for pair in self._upstream.plant(people_now).items():
            self._records.run("INSERT INTO seeded VALUES (?, ?)", *pair)

    def read(self, path: str) -> dict[str, Any] | None:
        """The resource at a path below the base, or None when the answer is anything but 200."""
        reply = self._upstream.ask(Question("GET", path, headers=_JSON))
        return msgspec.json.decode(reply.body, type=dict) if reply.status == 200 else None

    def search(self, kind: str, *query: tuple[str, str]) -> list[dict[str, Any]]:
        """The matches of one search that are of the kind asked for; empty when it fails."""
        reply = self._upstream.ask(Question("GET", kind, query, _JSON))
        bundle = msgspec.json.decode(reply.body) if reply.status == 200 else {}
        found = (entry.get("resource", {}) for entry in bundle.get("entry", ()))
        return [resource for resource in found if resource.get("resourceType") == kind]

    def patients(self) -> list[dict[str, Any]]:
        """The seeded patients, by family name."""
        sql = "SELECT reference FROM seeded WHERE logical LIKE 'Patient/%'"
        found = [self.read(row[0]) for row in self._records.rows(sql)]
        return sorted((one for one in found if one), key=lambda one: one["name"][0]["family"])

    def patient(self, key: str) -> dict[str, Any] | None:
        """The seeded patient with this id, or None."""
        sql = "SELECT 1 FROM seeded WHERE reference = ?"
        known = self._records.row(sql, f"Patient/{key}")
        return self.read(f"Patient/{key}") if known else None

    def of(self, patient: str, kind: str) -> list[dict[str, Any]]:
        """A patient's resources of one kind, filtered again: a server may ignore ``patient``."""
        found = self.search(kind, ("patient", f"Patient/{patient}"), ("_count", "200"))
        return [one for one in found if _subject(one) == f"Patient/{patient}"]

    def encounter(self, patient: str) -> str | None:
        """The id of the encounter in progress, or None."""
        running = (one for one in self.of(patient, "Encounter") if one["status"] == "in-progress")
        return next((str(one["id"]) for one in running), None)

    def written(self, patient: str) -> list[dict[str, Any]]:
        """What apps wrote about a patient: everything of WRITTEN not seeded, and its Provenance."""
        seeded = {row[0] for row in self._records.rows("SELECT reference FROM seeded")}
        found = [one for kind in WRITTEN for one in self.of(patient, kind)]
        apart = [one for one in found if _reference(one) not in seeded]
        return apart + self._provenance(frozenset(map(_reference, apart)))

    def _provenance(self, targets: frozenset[str]) -> list[dict[str, Any]]:
        wanted = ",".join(sorted(targets))
        found = self.search("Provenance", ("target", wanted), ("_count", "200")) if wanted else []
        return [one for one in found if not targets.isdisjoint(_targets(one))]


def _targets(provenance: dict[str, Any]) -> set[str]:
    return {_relative(target.get("reference", "")) for target in provenance.get("target", ())}


def _reference(resource: dict[str, Any]) -> str:
    return f"{resource['resourceType']}/{resource['id']}"


def _subject(resource: dict[str, Any]) -> str:
    holders = (resource[name] for name in ("subject", "patient", "for") if name in resource)
    holder: dict[str, Any] = next(holders, {})
    return _relative(holder.get("reference", ""))


def _relative(reference: str) -> str:
    return "/".join(reference.partition("/_history/")[0].split("/")[-2:])
