"""The systems' own file: shared by threads and processes, undone on failure, private."""

import multiprocessing

import pytest

from smartapp.systems.records import Records


@pytest.fixture
def records(tmp_path):
    return Records(tmp_path / "deep/er/systems.sqlite3")


def first_uses(path, results):
    records = Records(path)
    sql = "INSERT OR IGNORE INTO assertion VALUES ('quality', ?, 9)"
    results.put(sum(records.run(sql, str(number)) for number in range(200)))


def test_the_file_is_for_its_owner_alone(records, tmp_path):
    assert (tmp_path / "deep/er/systems.sqlite3").stat().st_mode & 0o077 == 0


def test_what_fails_is_undone(records):
    def fail():
        with records.writing() as connection:
            connection.execute("INSERT INTO rate VALUES ('quality', 1, 1)")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert records.row("SELECT * FROM rate") is None


def test_a_jti_is_new_to_one_of_many_processes(tmp_path):
    """Also the start: four processes make the same new file at the same moment."""
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    path = tmp_path / "systems.sqlite3"
    workers = [context.Process(target=first_uses, args=(path, results)) for _ in range(4)]
    for worker in workers:
        worker.start()
    assert sum(results.get(timeout=30) for _ in workers) == 200
    for worker in workers:
        worker.join()
