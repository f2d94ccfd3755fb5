"""A backup is a whole store of one moment, and never writes over another."""

import threading

import pytest

from smartapp.store.storage import FhirStore

GOAL = {
    "resourceType": "Goal",
    "lifecycleStatus": "active",
    "description": {"text": "Walk"},
    "subject": {"reference": "Patient/1"},
}


@pytest.fixture
def kept(tmp_path):
    store = FhirStore(tmp_path / "store.sqlite3")
    yield store
    store.close()


def test_a_backup_opens_as_a_sound_store_with_everything_in_it(kept, tmp_path):
    goal, _ = kept.create(GOAL)
    kept.backup(tmp_path / "copy.sqlite3")
    copy = FhirStore(tmp_path / "copy.sqlite3")
    assert copy.faults() == []
    assert copy.read("Goal", goal.id).resource == goal.resource
    copy.close()


def test_only_its_owner_can_read_a_backup(kept, tmp_path):
    kept.backup(tmp_path / "copy.sqlite3")
    assert (tmp_path / "copy.sqlite3").stat().st_mode & 0o777 == 0o600


def test_an_earlier_backup_is_not_written_over(kept, tmp_path):
    (tmp_path / "copy.sqlite3").write_text("an earlier one")
    with pytest.raises(FileExistsError):
        kept.backup(tmp_path / "copy.sqlite3")
    assert (tmp_path / "copy.sqlite3").read_text() == "an earlier one"


def test_a_backup_while_others_write_holds_whole_writes_only(kept, tmp_path):
    def write():
        for _ in range(50):
            with kept.writing() as work:
                work.create(GOAL, "")
                work.create(GOAL, "")

    writer = threading.Thread(target=write)
    writer.start()
    kept.backup(tmp_path / "copy.sqlite3")
    writer.join()
    copy = FhirStore(tmp_path / "copy.sqlite3")
    assert (copy.search("Goal", {"_summary": "count"}).total or 0) % 2 == 0
    copy.close()
