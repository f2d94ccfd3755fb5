"""Whose resources an export takes, as SQL over one snapshot of the store.

``""`` everything (system level); ``Patient`` every patient; ``Group/<id>`` the active members of a
Group in the store; ``Group/enrolled`` everybody with a care plan of the program. Patients' exports
take the types that name their patient, and the Provenance of what they take.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from smartapp.fhir import names
from smartapp.store import index
from smartapp.store.parameters import TYPES, parameters
from smartapp.store.work import Work

ENROLLED = "Group/enrolled"
PATIENTS = "Patient"

COMPARTMENT = tuple(kind for kind in TYPES if kind == PATIENTS or "patient" in parameters(kind))
"""The types of which each resource belongs to a patient."""

_CURRENT = "FROM resource r JOIN version v ON v.seq = r.seq WHERE r.type = ?1 AND r.updated >= ?2"
_NAMES_MEMBER = """EXISTS (SELECT 1 FROM index_reference i
    WHERE i.rid = {row}.rid AND +i.param = {row}.type || '.patient'
    AND i.target IN (SELECT target FROM temp.member))"""
_IS_MEMBER = "('Patient/' || {row}.id) IN (SELECT target FROM temp.member)"
_LOCAL = "replace(t.target, ?3, '')"
_ABOUT_MEMBER = f"""EXISTS (SELECT 1 FROM index_reference t JOIN resource x
    ON x.type = substr({_LOCAL}, 1, instr({_LOCAL}, '/') - 1)
    AND x.id = substr({_LOCAL}, instr({_LOCAL}, '/') + 1)
    WHERE t.rid = r.rid AND +t.param = 'Provenance.target'
    AND (x.type = 'Patient' AND {_IS_MEMBER.format(row="x")} OR {_NAMES_MEMBER.format(row="x")}))"""  # noqa: S608 - own text only
"""Of a Provenance: a target is a member or names one; ?3 is the store's base, with a slash."""


@dataclass(frozen=True)
class Cohort:
    """The resources of one export in one snapshot; ``since`` in microseconds since 1970."""

    work: Work
    whose: str
    since: int | None

    def begin(self) -> None:
        """Find the members; they stand in a temporary table until the snapshot ends."""
        run = self.work.connection.execute
        run("CREATE TEMP TABLE IF NOT EXISTS member (target TEXT PRIMARY KEY) WITHOUT ROWID")
        run("DELETE FROM temp.member")
        for reference in self._members():
            local = reference.removeprefix(f"{self.work.base}/")
            both = [(local,), (f"{self.work.base}/{local}",)]
            sql = "INSERT OR IGNORE INTO temp.member VALUES (?)"
            self.work.connection.executemany(sql, both)

    def bodies(self, kind: str) -> Iterator[bytes]:
        """Each current resource of a type as JSON, read one by one."""
        where, arguments = self._where(kind)
        sql = f"SELECT v.body {_CURRENT} AND NOT r.deleted{where}"
        for (body,) in self.work.connection.execute(sql, (kind, self.since or 0, *arguments)):
            yield body

    def deleted(self, kind: str) -> Iterator[str]:
        """The id of each resource of a type that was deleted since; none without ``since``."""
        if self.since is None:
            return
        sql = f"SELECT r.id, v.version {_CURRENT} AND r.deleted"
        for id, version in self.work.connection.execute(sql, (kind, self.since)):
            if not self.whose or self._held(self.work.vread(kind, id, version - 1).resource):
                yield id

    def _where(self, kind: str) -> tuple[str, list[str]]:
        if not self.whose:
            return "", []
        if kind == PATIENTS:
            return f" AND {_IS_MEMBER.format(row='r')}", []
        named = _NAMES_MEMBER.format(row="r")
        if kind == "Provenance":
            base = self.work.base
            return f" AND ({named} OR {_ABOUT_MEMBER})", [base and f"{base}/"]
        return f" AND {named}", []

    def _members(self) -> Iterator[str]:
        if self.whose == PATIENTS:
            sql = "SELECT 'Patient/' || id FROM resource WHERE type = 'Patient'"
            yield from (row[0] for row in self.work.connection.execute(sql))
        elif self.whose == ENROLLED:
            yield from self._enrolled()
        elif self.whose:
            group = self.work.read(*self.whose.split("/")).resource
            yield from members(group)

    def _enrolled(self) -> Iterator[str]:
        sql = """SELECT DISTINCT p.target FROM index_token t JOIN index_reference p
            ON p.rid = t.rid AND p.param = 'CarePlan.patient'
            WHERE t.param = 'CarePlan.category' AND t.code = ? AND t.system = ?"""
        arguments = (names.PROGRAM, names.PROGRAM_CATEGORY)
        yield from (row[0] for row in self.work.connection.execute(sql, arguments))

    def _held(self, resource: Mapping[str, Any]) -> bool:
        """Whether a resource (as it was before it was deleted) is a member's."""
        kind = resource["resourceType"]
        own = [row[1] for _, row in index.rows(resource) if row[0] == f"{kind}.patient"]
        references = [f"Patient/{resource['id']}"] if kind == PATIENTS else own
        sql = "SELECT 1 FROM temp.member WHERE target = ?"
        run = self.work.connection.execute
        return any(run(sql, (reference,)).fetchone() for reference in references)


def members(group: Mapping[str, Any]) -> Iterator[str]:
    """The references of a Group's members that are not inactive."""
    for member in group.get("member", []):
        reference = member.get("entity", {}).get("reference")
        if isinstance(reference, str) and member.get("inactive") is not True:
            yield reference
