"""The file: private, checked, and brought up to date when it is older than the program."""

import sqlite3
import stat
from threading import Timer

import pytest

from smartapp.store.outcome import Refused
from smartapp.store.storage import FhirStore


@pytest.fixture
def raw(store, tmp_path):
    """The file, opened past the store."""
    connection = sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None)
    yield connection
    connection.close()


def test_only_its_owner_may_read_it(store, tmp_path):
    assert stat.S_IMODE((tmp_path / "store.sqlite3").stat().st_mode) == 0o600


def test_it_is_all_there_when_opened_again(store, ada, tmp_path):
    store.close()
    assert FhirStore(tmp_path / "store.sqlite3").read("Patient", ada).version == 1


def test_new_search_parameters_find_what_was_kept_before(raw, ada, tmp_path):
    """The index is built anew when it was built for another table of parameters."""
    raw.execute("DELETE FROM index_string")
    raw.execute("UPDATE about SET value = 'older'")
    opened = FhirStore(tmp_path / "store.sqlite3")
    assert [kept.id for kept in opened.search("Patient", {"name": "ada"}).matches] == [ada]


def test_a_file_of_a_later_release_is_not_touched(raw, tmp_path):
    raw.execute("PRAGMA user_version=99")
    with pytest.raises(RuntimeError, match="later release"):
        FhirStore(tmp_path / "store.sqlite3")


def test_a_busy_file_is_503_and_says_so(raw, tmp_path):
    store = FhirStore(tmp_path / "store.sqlite3", wait_seconds=0.01)
    raw.execute("BEGIN IMMEDIATE")
    with pytest.raises(Refused) as refused:
        store.create({"resourceType": "Patient"})
    raw.execute("ROLLBACK")
    assert refused.value.status == 503


def test_faults_are_told(tmp_path):
    store = FhirStore(tmp_path / "broken.sqlite3")
    kept, _ = store.create({"resourceType": "Patient", "gender": "male"})
    store.update(kept.resource)
    connection = sqlite3.connect(tmp_path / "broken.sqlite3", isolation_level=None)
    connection.execute("UPDATE resource SET seq = 1")
    connection.execute("UPDATE index_token SET rid = 99")
    connection.execute("PRAGMA ignore_check_constraints=ON")
    connection.execute("UPDATE version SET method = 'GUESS' WHERE seq = 1")
    connection.close()
    assert len(store.faults()) == 3


@pytest.fixture
def held(tmp_path):
    """A file that another program is just making."""
    connection = sqlite3.connect(
        tmp_path / "held.sqlite3", isolation_level=None, check_same_thread=False
    )
    connection.execute("BEGIN EXCLUSIVE")
    yield connection
    connection.close()


def test_opening_waits_for_another_that_is_opening(held, tmp_path):
    Timer(0.1, held.execute, ["ROLLBACK"]).start()
    assert FhirStore(tmp_path / "held.sqlite3").faults() == []


def test_opening_does_not_wait_for_ever(held, tmp_path):
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        FhirStore(tmp_path / "held.sqlite3", wait_seconds=0.02)
