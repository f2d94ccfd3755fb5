"""The chart: where one patient's record is read and written during one launch.

Everything saved passes here: it is checked (``authored.py``), guarded against doubling and against
overwriting, and followed by its errands (``errand.py``), a Provenance first of all. What stops an
errand is not raised: the thing itself is saved, and an error would say that it was not.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from smartapp.errors import EhrConflict, EhrSavedBefore
from smartapp.fhir import authored, errand, progress, saving, translation
from smartapp.fhir.address import Address
from smartapp.fhir.assessment import AssessmentKept, Elsewhere
from smartapp.fhir.client import EhrClient
from smartapp.fhir.kept import Kept, Resource
from smartapp.fhir.outbox import Outbox, Saving, Unkept
from smartapp.fhir.patient import Patient, read_patient
from smartapp.fhir.places import Places, Rules
from smartapp.fhir.plan import Placed, WritePlan
from smartapp.fhir.provenance import Activity
from smartapp.fhir.record import Record, open_record
from smartapp.fhir.substance import arrived, says_otherwise
from smartapp.program.instrument import Instrument
from smartapp.program.protocol import Program

__all__ = ["AssessmentKept", "Chart", "Content", "Elsewhere", "Kept", "Record"]


class Content(Protocol):
    """What the chart needs of the clinicians' content: the program, and instruments by slug."""

    @property
    def program(self) -> Program:
        """The program that is run."""

    @property
    def instruments(self) -> Mapping[str, Instrument]:
        """The instruments by slug."""

    @property
    def questionnaires(self) -> Mapping[str, Resource]:
        """What is asked with, scored or not, by slug."""


class Chart:
    """The chart of ``patient_id``, written by ``author`` (a reference like ``Practitioner/7``).

    ``encounter`` is the id of the encounter in context; ``now`` tells an aware time;
    ``organization`` is a reference the author acts on behalf of; ``rules`` are the site's, and
    ``granted`` the launch's scopes; ``outbox`` keeps what is to be saved before it is sent. What
    the EHR does not take lives in the program's store; in all the chart gives, ids and references
    say which (``place.py``).
    """

    def __init__(
        self,
        client: EhrClient,
        patient_id: str,
        *,
        author: str | None,
        author_name: str,
        encounter: str | None,
        now: Callable[[], datetime],
        content: Content,
        organization: str | None = None,
        rules: Rules | None = None,
        granted: tuple[str, ...] = (),
        outbox: Outbox | None = None,
    ) -> None:
        self.client = client
        self.patient_id = patient_id
        self.author = author
        self.author_name = author_name
        self.encounter = encounter
        self.content = content
        self._now = now
        self.organization = organization
        self.outbox = outbox or Unkept()
        self._patient: Resource | None = None
        self.places = Places(client, patient_id, self.identity, rules or Rules(), granted)

    @property
    def subject(self) -> dict[str, str]:
        """The reference to the patient."""
        return {"reference": f"Patient/{self.patient_id}"}

    def patient(self) -> Patient:
        """The patient alone."""
        return read_patient(self.identity())

    def identity(self) -> Resource:
        """The EHR's Patient, read once."""
        if self._patient is None:
            self._patient = self.client.read("Patient", self.patient_id)
        return self._patient

    def recognize(self, patient: Resource) -> None:
        """Take this for the EHR's Patient, where the EHR cannot be asked."""
        self._patient = patient

    @property
    def recognized(self) -> Resource | None:
        """The EHR's Patient, if it is known without asking."""
        return self._patient

    def plan(self) -> WritePlan:
        """Where each type of resource goes, and why."""
        return self.places.plan()

    @property
    def placed(self) -> list[Placed]:
        """Where each thing went that was written through this chart, in order."""
        return self.places.placed

    def read(self, type_: str, id_: str) -> Resource:
        """The current version of a resource of this chart, from where it lives."""
        return self.places.read(type_, id_)

    def history(self, type_: str, id_: str) -> list[Resource]:
        """Its versions, from where it lives."""
        return self.places.history(type_, id_)

    def open(self) -> Record:
        """Everything the program page shows, in one parallel round."""
        return open_record(self)

    def instant(self) -> datetime:
        """Now, as exactly as it is known, with its offset."""
        return self._now()

    def moment(self) -> datetime:
        """Now, with its offset and without microseconds."""
        return self.instant().replace(microsecond=0)

    def written(self) -> str:
        """Now, as a FHIR dateTime."""
        return self.moment().isoformat()

    def authorship(self, element: str) -> Resource:
        """``element`` with the reference to the user, or nothing when the EHR named no user."""
        if self.author is None:
            return {}
        # FHIR allows no empty string, and not every EHR tells the user's name.
        named = {"display": self.author_name} if self.author_name else {}
        return {element: {"reference": self.author, **named}}

    def annotation(self, text: str) -> Resource:
        """A note by the user, now."""
        by = self.authorship("authorReference") or {"authorString": self.author_name or "unknown"}
        return {**by, "time": self.written(), "text": text}

    def in_context(self, resource: Resource) -> Resource:
        """``resource``, with the encounter in context when there is one."""
        if self.encounter is None:
            return resource
        return {**resource, "encounter": {"reference": f"Encounter/{self.encounter}"}}

    def names(self, reference: Mapping[str, Any], wanted: str) -> bool:
        """True when a Reference, relative or absolute, names ``wanted`` (``Type/id``)."""
        named = self.named(reference)
        return named is not None and str(named) == wanted

    def named(self, reference: Mapping[str, Any]) -> Address | None:
        """What a Reference names in this chart; None for what is elsewhere."""
        return translation.named(self.client.base, reference.get("reference") or "")

    def save_together(
        self, resources: Sequence[Resource], form_id: UUID, into: str = ""
    ) -> list[Resource]:
        """Create ``resources`` as one where the EHR can, and return them as kept, in order.

        They refer to one another by ``identity.urn``, each after those it refers to. What an
        earlier sending of the same form saved is not saved again; had it said something else,
        that is ``EhrSavedBefore``. ``into`` is the CarePlan a goal is then named in.
        """
        for resource in resources:
            authored.check(resource)
        wanted = Saving(form_id, tuple(resources), into=into)
        with self.outbox.kept(self, wanted):
            kept = progress.save_together(self, resources)
            self.follow(wanted, kept)
            if any(says_otherwise(k, wanted) for k, wanted in zip(kept, resources, strict=True)):
                raise EhrSavedBefore
        return kept

    def save(self, before: Resource, changed: Resource, version: str, form_id: UUID) -> Resource:
        """Save ``changed`` over ``version`` of ``before`` and return it as kept.

        ``EhrConflict`` also when ``before``, as read just now, is not ``version`` any more: not
        every server looks at If-Match. No conflict is what another request made of the same form.
        """
        current = str((before.get("meta") or {}).get("versionId") or "")
        if current != version:
            raise EhrConflict
        authored.check(changed, before)
        wanted = Saving(form_id, (changed,), before, version)
        with self.outbox.kept(self, wanted):
            kept = self._updated(before, changed, version)
            self.follow(wanted, [kept])
        return kept

    def save_later(self, before: Resource, changed: Resource, version: str, form_id: UUID) -> None:
        """Keep a change of what was read earlier, at ``version``, while it cannot be read now.

        It is compared with the record when it is sent, and waits for a person when that says
        something else by then.
        """
        authored.check(changed, before)
        self.outbox.later(self, Saving(form_id, (changed,), before, version))

    def follow(self, done: Saving, kept: Sequence[Resource]) -> None:
        """See to what follows from an entry that is in the record as ``kept``."""
        for one in errand.after(self, done, kept):
            self.outbox.follow(self, one)

    def run(self, one: Saving) -> None:
        """Run an errand, through this chart and at once; raises what writing raises."""
        errand.run(self, one)

    def attest(self, kept: Sequence[Resource], activity: Activity, form_id: UUID) -> None:
        """Say who made these versions, where that can be kept; see the module."""
        for one in errand.attested(self, kept, activity, form_id):
            self.outbox.follow(self, one)

    def _updated(self, before: Resource, changed: Resource, version: str) -> Resource:
        try:
            return saving.update(self.places, before, changed, version)
        except EhrConflict:
            now = self.read(before["resourceType"], before["id"])
            if not arrived(now, before, changed):
                raise
            return now
