"""Whatever is done in whatever order, the store agrees with a dictionary of lists."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from smartapp.store.outcome import Refused
from smartapp.store.storage import FhirStore

GENDERS = st.sampled_from(["male", "female", "other"])


class Agreement(RuleBasedStateMachine):
    """Creates, updates and deletes, checked against lists of versions (None: a deletion)."""

    ids = Bundle("ids")

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.store = FhirStore(Path(self.folder.name) / "store.sqlite3")
        self.versions = {}

    @rule(target=ids, gender=GENDERS)
    def create(self, gender):
        kept, _ = self.store.create({"resourceType": "Patient", "gender": gender})
        self.versions[kept.id] = [gender]
        return kept.id

    @rule(id=ids, gender=GENDERS, stale=st.booleans())
    def update(self, id, gender, stale):
        versions = self.versions[id]
        patient = {"resourceType": "Patient", "id": id, "gender": gender}
        if stale or versions[-1] is None:
            with pytest.raises(Refused):
                self.store.update(patient, len(versions) - 1)
        else:
            self.store.update(patient, len(versions))
            versions.append(gender)

    @rule(id=ids)
    def delete(self, id):
        self.store.delete("Patient", id)
        if self.versions[id][-1] is not None:
            self.versions[id].append(None)

    @rule(gender=GENDERS)
    def search(self, gender):
        found = {kept.id for kept in self.store.search("Patient", {"gender": gender}).matches}
        assert found == {id for id, all_ in self.versions.items() if all_[-1] == gender}

    @rule(id=ids)
    def history(self, id):
        kept = self.store.history("Patient", id)
        genders = [None if each.deleted else each.resource["gender"] for each in kept]
        assert genders == self.versions[id][::-1]

    @invariant()
    def sound(self):
        assert self.store.faults() == []

    def teardown(self):
        self.store.close()
        self.folder.cleanup()


Agreement.TestCase.settings = settings(max_examples=12, stateful_step_count=20, deadline=None)
TestAgreement = Agreement.TestCase
