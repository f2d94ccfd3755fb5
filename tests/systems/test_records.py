"""The systems' own file: shared by threads and processes, undone on failure, private."""

import subprocess
import sys

import pytest

from smartapp.systems.records import Records


@pytest.fixture
def records(tmp_path):
    return Records(tmp_path / "deep/er/systems.sqlite3")


FIRST_USES = """
import sys
from pathlib import Path
from smartapp.systems.records import Records

records = Records(Path(sys.argv[1]))
sql = "INSERT OR IGNORE INTO assertion VALUES ('quality', ?, 9)"
print(sum(records.run(sql, str(number)) for number in range(200)))
"""


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
    words = [sys.executable, "-c", FIRST_USES, str(tmp_path / "systems.sqlite3")]
    workers = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    assert sum(int(worker.communicate(timeout=120)[0]) for worker in workers) == 200
