"""How an export is made: one snapshot, files of bounded length, nothing left behind on failure."""

import signal
import subprocess
import sys
import threading
from datetime import timedelta

import pytest

from smartapp.systems.export import Exporter, snapshot
from smartapp.systems.jobs import ATTEMPTS, LIFE, SILENCE, Jobs, State, Superseded
from smartapp.systems.kickoff import Order
from smartapp.systems.records import Records
from smartapp.systems.runner import Runner

ORDER = Order("https://app.example/fhir/$export", "", ("Patient", "Observation"))


@pytest.fixture
def jobs(tmp_path, clock):
    return Jobs(Records(tmp_path / "data/systems.sqlite3"), lambda: clock().timestamp())


@pytest.fixture
def exporter(world, jobs, tmp_path):
    return Exporter(world, jobs, tmp_path / "data/exports", lines_most=2)


@pytest.fixture
def runner(jobs, exporter):
    """A runner that works in the foreground."""
    return Runner(jobs, exporter)


@pytest.fixture
def claimed(jobs):
    """A job whose first attempt has begun."""
    jobs.add("quality", ORDER)
    return jobs.claim()


@pytest.fixture
def many(world, observation):
    """Twelve hundred observations: more than two beats' worth."""
    entries = [
        {
            "resource": observation("ada", f"many-{number}"),
            "request": {"method": "PUT", "url": f"Observation/many-{number}"},
        }
        for number in range(1200)
    ]
    world.transaction({"resourceType": "Bundle", "type": "transaction", "entry": entries})


def found(jobs, job):
    return jobs.find(job.id, "quality")


@pytest.mark.parametrize(("count", "parts"), [(2, [2]), (3, [2, 1]), (4, [2, 2]), (5, [2, 2, 1])])
def test_a_file_has_so_many_lines_at_most(world, observation, runner, jobs, count, parts):
    for number in range(count - 2):
        world.update(observation("ada", f"more-{number}"))
    id = jobs.add("quality", ORDER)
    runner.work()
    files = jobs.files(jobs.find(id, "quality"))
    assert [file.count for file in files if file.type == "Observation"] == parts


def test_an_export_is_of_one_moment(many, world, observation, jobs, tmp_path):
    """What is kept or deleted while it runs changes nothing in it."""

    class Writing(Jobs):
        def beat(self, job, progress):
            world.update(observation("ada", f"late-{progress}"))
            world.delete("Observation", f"many-{1100 + progress // 500}")

    writing = Writing(jobs._records, jobs._now)
    id = writing.add("quality", ORDER)
    Runner(writing, Exporter(world, writing, tmp_path / "data/exports")).work()
    counts = {file.type: file.count for file in jobs.files(jobs.find(id, "quality"))}
    assert counts == {"Patient": 2, "Observation": 1202}
    assert world.search("Observation", [("_count", "0")]).total == 1202
    assert world.history("Observation", "many-1101")[0].deleted


def test_nobody_is_half_way_through_writing_at_the_moment_of_an_export(world, observation):
    """Its moment is not before that of a version it lacks: a later ``_since`` finds the rest."""
    inside, go, seen = threading.Event(), threading.Event(), []

    def write():
        with world.writing() as work:
            seen.append(work.now)
            inside.set()
            go.wait(60)
            work.create(observation("ada", "x"))

    writer = threading.Thread(target=write)
    writer.start()
    inside.wait(60)
    threading.Timer(0.2, go.set).start()
    with snapshot(world) as work:
        kept = work.connection.execute("SELECT max(updated) FROM version").fetchone()[0]
        assert seen[0] <= kept <= work.now
    writer.join()


KILLED = """
import os, signal, sys
from pathlib import Path
from smartapp.store.storage import FhirStore
from smartapp.systems.export import Exporter
from smartapp.systems.jobs import Jobs
from smartapp.systems.records import Records
from smartapp.systems.runner import Runner

class Killed(Jobs):
    def beat(self, job, progress):
        os.kill(os.getpid(), signal.SIGKILL)

folder = Path(sys.argv[1])
jobs = Killed(Records(folder / "data/systems.sqlite3"), lambda: float(sys.argv[2]))
store = FhirStore(folder / "store.sqlite3", base="https://app.example/fhir")
Runner(jobs, Exporter(store, jobs, folder / "data/exports")).work()
"""


def test_a_killed_export_is_noticed_and_made_again(many, jobs, runner, clock, tmp_path):
    id = jobs.add("quality", ORDER)
    words = [sys.executable, "-c", KILLED, str(tmp_path), str(clock().timestamp())]
    assert subprocess.run(words, check=False).returncode == -signal.SIGKILL
    assert jobs.find(id, "quality").state is State.RUNNING
    runner.work()
    assert jobs.find(id, "quality").state is State.RUNNING
    clock.wait(seconds=SILENCE + 1)
    runner.work()
    job = jobs.find(id, "quality")
    assert (job.state, job.attempt) == (State.DONE, 2)
    assert [path.name for path in (tmp_path / f"data/exports/{id}").iterdir()] == ["2"]


def test_an_export_killed_three_times_has_failed(jobs, clock, claimed):
    for attempt in range(2, ATTEMPTS + 1):
        clock.wait(seconds=SILENCE + 1)
        assert jobs.claim().attempt == attempt
    clock.wait(seconds=SILENCE + 1)
    assert jobs.claim() is None
    assert found(jobs, claimed).state is State.FAILED


def test_an_export_that_beats_is_left_alone(jobs, clock, claimed):
    for beat in range(5):
        clock.wait(seconds=SILENCE - 1)
        jobs.beat(claimed, beat)
        assert jobs.claim() is None
    assert found(jobs, claimed).progress == 4


def test_progress_is_counted_in_resources(many, jobs, exporter, claimed):
    assert Exporter(exporter._store, jobs, exporter._folder).run(claimed) == 1204
    assert found(jobs, claimed).progress == 1000


def test_a_job_is_claimed_once(jobs, claimed):
    assert jobs.claim() is None


def test_jobs_are_claimed_oldest_first(jobs, clock):
    ids = []
    for _ in range(3):
        ids.append(jobs.add("quality", ORDER))
        clock.wait(seconds=1)
    assert [jobs.claim().id for _ in range(3)] == ids


def test_an_attempt_that_was_taken_over_stops(many, jobs, exporter, clock, claimed, tmp_path):
    clock.wait(seconds=SILENCE + 1)
    assert jobs.claim().attempt == 2
    with pytest.raises(Superseded):
        exporter.run(claimed)
    assert not exporter.place(claimed).exists()


@pytest.mark.parametrize("when", ["beat", "finish", "fail"])
def test_a_cancelled_export_finds_out(jobs, claimed, when):
    jobs.remove(claimed.id)
    with pytest.raises(Superseded):
        {
            "beat": lambda: jobs.beat(claimed, 1),
            "finish": lambda: jobs.finish(claimed, 0, []),
            "fail": lambda: jobs.fail(claimed),
        }[when]()


def test_cancelling_one_that_runs_stops_it(many, world, jobs, tmp_path, caplog):
    class Cancelling(Jobs):
        def beat(self, job, progress):
            self.remove(job.id)
            super().beat(job, progress)

    caplog.set_level("INFO")
    cancelling = Cancelling(jobs._records, jobs._now)
    folder = tmp_path / "data/exports"
    cancelling.add("quality", ORDER)
    Runner(cancelling, Exporter(world, cancelling, folder)).work()
    assert "export for quality stopped" in caplog.text
    assert list(folder.iterdir()) == []


def test_an_export_that_fails_says_so(quality, world, app):
    systems = app.extensions["systems"]
    systems.runner.stop()
    place = quality.place("Group/mine/$export")
    world.delete("Group", "mine")
    Runner(systems.runner._jobs, systems.runner._exporter).work()
    answer = quality.ask(place)
    assert (answer.status_code, answer.get_json()["issue"][0]["code"]) == (500, "exception")


def test_a_failed_export_leaves_no_file(world, jobs, exporter, runner, claimed, clock):
    clock.wait(seconds=SILENCE + 1)
    world.close()
    (exporter._folder).parent.mkdir(exist_ok=True)
    exporter._folder.write_text("in the way")
    runner._run(jobs.claim())
    assert found(jobs, claimed).state is State.FAILED
    assert exporter._folder.read_text() == "in the way"


def test_files_of_no_job_are_cleared_away(runner, exporter):
    (exporter._folder / "orphan/1").mkdir(parents=True)
    runner.sweep()
    assert list(exporter._folder.iterdir()) == []


def test_expired_jobs_are_forgotten(runner, jobs, clock, claimed):
    runner._run(claimed)
    clock.time += timedelta(seconds=LIFE)
    runner.sweep()
    assert not jobs.known(claimed.id)
    assert jobs.files(claimed) == []


def test_the_thread_clears_away_without_being_asked(jobs, exporter):
    runner = Runner(jobs, exporter, pause=0.01)
    runner.ensure()
    thread = runner._thread
    (exporter._folder / "orphan").mkdir(parents=True)
    while list(exporter._folder.iterdir()):
        assert thread.is_alive()
    runner.ensure()
    assert runner._thread is thread
    runner.stop()
    runner.wake()
    assert not thread.is_alive()


def test_the_thread_outlives_what_goes_wrong(jobs, exporter, caplog):
    runner = Runner(jobs, exporter, pause=0.01)
    exporter._folder.parent.mkdir(exist_ok=True)
    exporter._folder.mkdir()
    (exporter._folder / "orphan").mkdir()
    jobs._records.run("ALTER TABLE job RENAME TO away")
    runner.wake()
    while "looking for exports failed" not in caplog.text:
        assert runner._thread.is_alive()
    jobs._records.run("ALTER TABLE away RENAME TO job")
    while list(exporter._folder.iterdir()):
        assert runner._thread.is_alive()
    runner.stop()
