"""The administrator's copy of everything the program keeps."""

import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner

from smartapp import config, parts
from smartapp.cli import main
from smartapp.store.storage import FhirStore


@pytest.fixture
def loaded(sound):
    """The configuration of a site that has kept something in each part."""
    loaded = config.load(sound)
    for part in (parts.drafts, parts.outbox, parts.alerts, parts.embedded_file):
        part(loaded)
    (loaded.data_dir / "audit").mkdir()
    (loaded.data_dir / "audit" / "2026-11.jsonl").write_text("{}")
    return loaded


@pytest.fixture
def run(sound, tmp_path):
    return lambda: CliRunner().invoke(main, ["backup", str(tmp_path / "copy"), "--config", sound])


def test_everything_is_copied_and_the_store_last(run, loaded, tmp_path):
    """What leaves the outbox for the store meanwhile is in the copy twice, and not nowhere."""
    kept, _ = parts.embedded_file(loaded).create({"resourceType": "Patient"})
    names = run().output.split()[:5]
    assert names == [
        "alerts.sqlite3", "drafts.sqlite3", "outbox.sqlite3", "store.sqlite3", "audit"
    ]  # fmt: skip
    assert FhirStore(tmp_path / "copy" / "store.sqlite3").read("Patient", kept.id).id == kept.id
    assert (tmp_path / "copy" / "audit" / "2026-11.jsonl").read_text() == "{}"


def test_its_owner_alone_reads_the_copy(run, loaded, tmp_path):
    run()
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "copy").glob("*.sqlite3")}
    assert modes == {0o600}
    assert (tmp_path / "copy").stat().st_mode & 0o777 == 0o700


def test_what_others_are_writing_is_not_in_it(run, loaded, tmp_path):
    with closing(sqlite3.connect(loaded.data_dir / "alerts.sqlite3", isolation_level=None)) as one:
        one.execute("begin immediate")
        one.execute("create table half (n integer)")
        assert run().exit_code == 0
    with closing(sqlite3.connect(tmp_path / "copy" / "alerts.sqlite3")) as copy:
        assert not copy.execute("select 1 from sqlite_master where name = 'half'").fetchall()


def test_an_earlier_copy_is_not_written_over(run, loaded, tmp_path):
    (tmp_path / "copy").mkdir()
    answer = run()
    assert answer.exit_code == 1
    assert "nothing was written" in answer.output


def test_an_unsound_file_is_told(run, loaded):
    """A page of zeros where the schema of a table points to."""
    spoiled = loaded.data_dir / "picks.sqlite3"
    with closing(sqlite3.connect(spoiled)) as database:
        database.execute("create table pick (n text)")
        database.execute("pragma writable_schema = on")
        database.execute("update sqlite_master set rootpage = 99")
        database.commit()
    answer = run()
    assert answer.exit_code == 1
    assert "picks.sqlite3 is unsound" in answer.output
