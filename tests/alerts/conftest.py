"""A ledger over a file of this test, and alerts of two patients of one EHR."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from cryptography.fernet import Fernet

from smartapp.alerts.ledger import Ledger, PatientAlerts
from smartapp.program.alert import Alert
from smartapp.program.enrollment import Person
from smartapp.program.safety import Asked, Handled, Raising

BASE = "https://ehr.example/fhir"
MORNING = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
DANA = Person("Practitioner/1", "Dana Coach")
ASKED = Asked(UUID(int=7), "phq-9", "the PHQ-9", "/44260-8", "9", "Thoughts of being dead")


class World:
    """One ledger's file, opened as by as many processes as the test likes."""

    def __init__(self, folder):
        self.file, self.keys, self.told = folder / "alerts.sqlite3", (Fernet.generate_key(),), []

    def of(self, patient="ada", base=BASE):
        """A patient's alerts, by a process that was just started."""
        told = lambda step, key: self.told.append((step.value, key))  # noqa: E731 - a witness
        return PatientAlerts(Ledger(self.file, self.keys), base, patient, told)

    def raise_for(self, answer=1, patient="ada", minutes=0, **asked):
        """An answer that was just kept."""
        found = Alert("/44260-8", "Thoughts", answer, f"words {answer}", "why")
        when = Raising(MORNING + timedelta(minutes=minutes), DANA, "clinician")
        return self.of(patient).raise_for(replace(ASKED, **asked), found, when)

    def handled(self, form=1):
        at = MORNING + timedelta(minutes=5)
        return Handled((Person("", "Sam"),), at, ("other",), "Safe.", DANA, at, UUID(int=form))


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)
