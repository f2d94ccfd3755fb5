"""The small SQLite file: whole transactions, one at a time, for its owner's eyes alone."""

import sqlite3
import subprocess
import sys
import threading

import pytest

from smartapp.sqlite import SqliteFile, use_wal

SCHEMA = "create table if not exists tally (n integer not null)"


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "kept.sqlite3"


def total(file):
    with file.write() as database:
        return database.execute("select coalesce(sum(n), 0) from tally").fetchone()[0]


def test_it_is_made_once_and_for_its_owner_alone(path):
    SqliteFile(path, SCHEMA)
    SqliteFile(path, SCHEMA)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


@pytest.fixture
def reader(path):
    """Somebody who reads the file before it is switched to its log, and so keeps it from that."""
    path.parent.mkdir()
    reader = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    reader.executescript("create table other (n integer); begin; select * from other")
    yield reader
    reader.close()


def test_who_opens_it_first_waits_for_others_doing_the_same(path, reader):
    threading.Timer(0.2, lambda: reader.execute("commit")).start()
    assert total(SqliteFile(path, SCHEMA)) == 0


def test_a_file_that_stays_locked_is_given_up(path, reader):
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        use_wal(path, 0.1)


def test_what_fails_is_undone_wholly(path):
    file = SqliteFile(path, SCHEMA)

    def fail():
        with file.write() as database:
            database.execute("insert into tally values (1)")
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert total(file) == 0


def test_no_write_comes_between_the_read_and_the_write_of_another(path):
    file = SqliteFile(path, SCHEMA)

    def count():
        for _ in range(20):
            with file.write() as database:
                (last,) = database.execute("select coalesce(max(n), 0) from tally").fetchone()
                database.execute("insert into tally values (?)", (last + 1,))

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert total(file) == sum(range(81))


@pytest.mark.parametrize(("durable", "level"), [(True, 2), (False, 1)])
def test_durable_is_synchronous_full(path, durable, level):
    with SqliteFile(path, SCHEMA, durable=durable).write() as database:
        assert database.execute("pragma synchronous").fetchone() == (level,)


def test_a_file_that_was_spoiled_is_noticed_after_letting_go(path):
    file = SqliteFile(path, SCHEMA)
    total(file)
    path.write_bytes(b"no database at all" * 1000)
    file.let_go()
    file.let_go()
    with pytest.raises(sqlite3.DatabaseError):
        total(file)


def test_a_second_one_in_the_process_takes_no_lock_away(path):
    """Else another process takes the log for nobody's, and this one reads what is no longer."""
    file = SqliteFile(path, SCHEMA)
    with file.write() as database:
        database.execute("insert into tally values (1)")
    SqliteFile(path, SCHEMA)
    words = "import sqlite3, sys; d = sqlite3.connect(sys.argv[1], isolation_level=None); "
    words += "d.execute('insert into tally values (1)'); d.close()"
    for _ in range(2):
        subprocess.run([sys.executable, "-c", words, path], check=True)
        total(file)
    assert total(file) == 3
