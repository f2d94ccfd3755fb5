"""A drawer over a file of this test, a clock, and drafts of two patients."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from cryptography.fernet import Fernet

from smartapp.drafts.answers import Change, Sheet
from smartapp.drafts.draft import Start
from smartapp.drafts.drawer import Drawer
from smartapp.drafts.hand import Hand
from smartapp.drafts.patient import Giver, PatientDrafts

BASE = "https://ehr.example/fhir"
MORNING = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
KEY = UUID(int=7)
DANA = Hand(reference="Practitioner/1", name="Dana Coach")
START = Start("baseline", None, ("https://x.example/peg|1", "https://x.example/phq|2"))


class Clock:
    time = MORNING

    def __call__(self):
        return self.time

    def forward(self, **span):
        self.time += timedelta(**span)


@dataclass
class World:
    """One drawer, opened as by as many processes as the test likes."""

    folder: object
    clock: Clock = field(default_factory=Clock)
    keys: tuple = field(default_factory=lambda: (Fernet.generate_key(),))

    @property
    def drawer(self):
        return Drawer(self.folder / "drafts.sqlite3", self.keys, self.clock)

    def of(self, patient="p1"):
        return PatientDrafts(self.drawer, BASE, patient)

    def start(self, patient="p1"):
        base = ({"linkId": "hidden", "answer": [{"valueDecimal": Decimal("1.50")}]},)
        return self.of(patient).start(KEY, START, (Sheet(base), Sheet()))

    def typed(self, number=1):
        return self.of().find(KEY).sheet(number).typed()

    def say(self, sequence=1, client="tablet", number=1, key=KEY, hand=DANA, over="", **fields):
        """Change fields as a page does: one text, or a list for boxes."""
        told = {n: [t] if isinstance(t, str) else t for n, t in fields.items()}
        return self.of().hear(key, number, Change(client, sequence, told), Giver(hand, over))


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


@pytest.fixture
def draft(world):
    """A draft of patient p1 with two forms and nothing in them."""
    return world.start()
