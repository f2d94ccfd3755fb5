"""The audit trail: its lines, where they are kept, and what an administrator can ask."""

import json
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet
from fhir.resources.R4B.auditevent import AuditEvent

from smartapp import cli, config, parts
from smartapp.audit import event
from smartapp.audit.pseudonym import Keys
from smartapp.audit.trail import Trail
from smartapp.audit.visit import Visit
from smartapp.errors import ConfigError
from smartapp.fhir import names
from smartapp.fhir.witness import Event, Interaction, Outcome
from smartapp.launch.witness import Event as Launched
from smartapp.launch.witness import Step
from smartapp.systems.witness import Deed
from smartapp.systems.witness import Event as Taken

BASE = "https://ehr.example/fhir"
OLDEST, YOUNGEST = (datetime(year, 1, 1, tzinfo=UTC) for year in (2000, 2100))


class Clock:
    time = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)

    def __call__(self):
        return self.time


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def keys():
    return Keys([b"new", b"old"])


@pytest.fixture
def trail(tmp_path, keys, clock):
    return Trail(tmp_path / "audit", keys, clock)


@pytest.fixture
def said(trail):
    """The lines so far, each proved to be an AuditEvent."""

    def read():
        lines = [json.loads(line) for line in trail.lines(OLDEST, YOUNGEST)]
        for line in lines:
            AuditEvent.model_validate(line)
        return lines

    return read


@pytest.fixture
def actor(keys):
    return event.Actor.of(keys, Launched(Step.FINISHED, "Clinic", BASE, "Practitioner/7", "p1"))


@pytest.fixture
def visit(trail, actor):
    return Visit(trail, actor)


def references(line):
    return [one["what"].get("reference") for one in line["entity"] if "what" in one]


class TestPseudonyms:
    def test_one_patient_has_one_with_or_without_a_slash(self, keys):
        assert keys.pseudonym(BASE, "p1") == keys.pseudonym(f"{BASE}/", "p1")

    def test_patients_issuers_and_keys_make_different_ones(self, keys):
        asked = [(BASE, "p1"), (BASE, "p2"), ("https://other.example", "p1")]
        made = {name for one in asked for name in keys.pseudonyms(*one)}
        assert len(made) == 6

    def test_new_lines_use_the_newest_key(self, keys):
        assert keys.pseudonym(BASE, "p1") == Keys([b"new"]).pseudonym(BASE, "p1")


class TestLaunchLines:
    @pytest.mark.parametrize("step", Step)
    def test_each_step_is_a_line_of_its_own_kind(self, trail, said, actor, step):
        trail.write(event.step(actor, Launched(step)))
        assert said()[0]["subtype"][0] == {"system": names.AUDIT_EVENTS, "code": step.value}

    def test_say_who_where_and_under_a_pseudonym_about_whom(self, trail, said, actor, keys):
        trail.write(event.step(actor, Launched(Step.FINISHED)))
        (line,) = said()
        assert line["agent"][0]["who"] == {"reference": f"{BASE}/Practitioner/7"}
        assert line["source"]["site"] == "Clinic"
        patient = line["entity"][0]["what"]["identifier"]
        assert patient == {"system": names.PSEUDONYM, "value": keys.pseudonym(BASE, "p1")}
        assert "p1" not in json.dumps(line)

    def test_a_refusal_says_why_and_may_know_nobody(self, trail, said, keys):
        told = Launched(Step.REFUSED, code="issuer-unknown")
        trail.write(event.step(event.Actor.of(keys, told), told))
        (line,) = said()
        assert (line["outcome"], line["outcomeDesc"]) == ("4", "refused: issuer-unknown")
        assert line["agent"][0]["who"] == {"display": "not known"}

    def test_a_patient_who_is_the_user_is_a_pseudonym_there_too(self, keys):
        told = Launched(Step.FINISHED, "Clinic", BASE, "Patient/p1", "p1")
        line = event.step(event.Actor.of(keys, told), told)
        assert line["agent"][0]["who"] == line["entity"][0]["what"]


class TestVisits:
    def test_all_that_a_page_reads_is_one_line(self, visit, said):
        visit(Event(Interaction.SEARCH, BASE, "Goal"))
        visit(Event(Interaction.SEARCH, BASE, "Condition"))
        visit(Event(Interaction.SEARCH, BASE, "Goal"))
        visit(Event(Interaction.READ, BASE, "Encounter", "e1"))
        visit.closed(shown=True)
        (line,) = said()
        assert [one["code"] for one in line["subtype"]] == ["read", "search-type"]
        named = [f"{BASE}/Condition", f"{BASE}/Encounter/e1", f"{BASE}/Goal"]
        assert references(line)[1:] == named

    def test_the_patient_resource_is_named_without_its_id(self, visit, said):
        visit(Event(Interaction.READ, BASE, "Patient", "p1", "7"))
        visit.closed(shown=True)
        assert references(said()[0])[1:] == [f"{BASE}/Patient"]

    def test_a_page_that_read_nothing_still_showed_whose_it_was(self, visit, said):
        visit.closed(shown=True)
        assert [len(line["entity"]) for line in said()] == [1]

    def test_an_answer_that_showed_and_read_nothing_is_no_line(self, visit, said):
        visit.closed(shown=False)
        assert said() == []

    @pytest.mark.parametrize(
        ("interaction", "action"),
        [(Interaction.CREATE, "C"), (Interaction.UPDATE, "U"), (Interaction.DELETE, "D")],
    )
    def test_a_write_is_a_line_at_once_with_the_version(self, visit, said, interaction, action):
        visit(Event(interaction, BASE, "Goal", "g1", "2"))
        (line,) = said()
        assert (line["action"], line["outcome"]) == (action, "0")
        assert references(line)[1:] == [f"{BASE}/Goal/g1/_history/2"]

    @pytest.mark.parametrize(
        ("outcome", "number"),
        [("refused", "4"), ("conflict", "4"), ("unsure", "8"), ("failed", "8")],
    )
    def test_what_was_not_done_says_what_became_of_it(self, visit, said, outcome, number):
        visit(Event(Interaction.CREATE, BASE, "Goal", "", "", Outcome(outcome), "some-code"))
        (line,) = said()
        assert (line["outcome"], line["outcomeDesc"]) == (number, f"{outcome}: some-code")

    def test_what_is_read_after_the_answer_is_a_line_at_once(self, visit, said):
        """Telling the record of an alert may outlive the request that raised it."""
        visit.closed(shown=False)
        visit(Event(Interaction.SEARCH, BASE, "CarePlan"))
        visit(Event(Interaction.READ, BASE, "Encounter", "e1"))
        assert [line["subtype"][0]["code"] for line in said()] == ["search-type", "read"]

    def test_a_read_that_was_refused_is_a_line_of_its_own(self, visit, said):
        visit(Event(Interaction.SEARCH, BASE, "Goal", outcome=Outcome.REFUSED, code="c"))
        visit.closed(shown=True)
        assert [line["outcome"] for line in said()] == ["4", "0"]


class TestSystems:
    def test_an_export_says_which_system_took_how_much_of_what(self, trail, said):
        told = Taken("quality", Deed.EXPORT, 200, ("Patient", "Goal"), 12)
        trail.write(event.system(told))
        (line,) = said()
        assert line["agent"][0]["who"] == {"identifier": {"value": "quality"}}
        assert [one["type"]["code"] for one in line["entity"][:2]] == ["Goal", "Patient"]
        assert line["entity"][2]["detail"] == [{"type": "resources", "valueString": "12"}]

    @pytest.mark.parametrize(
        ("status", "number", "told"),
        [(200, "0", None), (403, "4", "refused: http-403"), (500, "8", "failed: http-500")],
    )
    def test_a_request_says_what_became_of_it(self, trail, said, status, number, told):
        trail.write(event.system(Taken("quality", Deed.REQUEST, status, ("Goal",))))
        (line,) = said()
        assert (line["outcome"], line.get("outcomeDesc")) == (number, told)


class TestKeeping:
    def test_a_file_a_month_in_utc_readable_by_its_owner_only(self, trail, clock, tmp_path):
        for _ in range(2):
            trail.write(event.consulted())
            clock.time += timedelta(minutes=1)
        files = sorted((tmp_path / "audit").iterdir())
        assert [file.name for file in files] == ["audit-2026-11.ndjson", "audit-2026-12.ndjson"]
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}

    def test_lines_are_found_from_a_moment_until_before_another(self, trail, clock):
        start = clock.time
        for _ in range(3):
            trail.write(event.consulted())
            clock.time += timedelta(minutes=1)
        found = trail.lines(start + timedelta(minutes=1), start + timedelta(minutes=2))
        assert len(list(found)) == 1

    def test_threads_and_processes_lose_and_tear_nothing(self, tmp_path):
        """Two processes of eight threads, a thousand lines and more at once."""
        code = f"""
import threading
from datetime import UTC, datetime
from pathlib import Path
from smartapp.audit import event
from smartapp.audit.pseudonym import Keys
from smartapp.audit.trail import Trail
def work():
    trail = Trail(Path({str(tmp_path)!r}), Keys([b"k"]), lambda: datetime.now(UTC))
    for n in range(63): trail.write(event.consulted())
threads = [threading.Thread(target=work) for _ in range(8)]
for each in threads: each.start()
for each in threads: each.join()
"""
        running = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(2)]
        assert [one.wait(120) for one in running] == [0, 0]
        trail = Trail(tmp_path, Keys([b"k"]), lambda: OLDEST)
        ids = {json.loads(line)["id"] for line in trail.lines(OLDEST, YOUNGEST)}
        assert len(ids) == 2 * 8 * 63
        assert list(trail.breaks()) == []


class TestTrouble:
    def test_lines_wait_while_none_can_be_written_and_then_come_in_order(
        self, trail, said, clock, tmp_path, caplog
    ):
        in_the_way = tmp_path / "audit"
        in_the_way.write_text("")
        trail.write(event.consulted())
        clock.time += timedelta(seconds=5)
        in_the_way.unlink()
        trail.write(event.consulted())
        assert [line["recorded"][17:19] for line in said()] == ["00", "05"]
        (record,) = caplog.records
        assert (record.levelname, record.code) == ("CRITICAL", "audit-unwritten")

    def test_a_line_that_was_cut_off_leaves_the_next_one_whole(self, trail, said, tmp_path):
        trail.write(event.consulted())
        (file,) = (tmp_path / "audit").iterdir()
        file.write_bytes(file.read_bytes() + b'{"resourceType":"Aud')
        trail.write(event.consulted())
        assert len(said()) == 2
        assert list(trail.breaks()) == ["audit-2026-11.ndjson: 2"]

    def test_a_full_disk_tears_no_line(self, trail, said, tmp_path):
        """The file may grow by 50 bytes: a part of a line fits, and is taken back."""
        trail.write(event.consulted())
        (file,) = (tmp_path / "audit").iterdir()
        size = file.stat().st_size
        code = f"""
import resource, signal
from datetime import UTC, datetime
from pathlib import Path
from smartapp.audit import event
from smartapp.audit.pseudonym import Keys
from smartapp.audit.trail import Trail
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, ({size} + 50, {size} + 50))
moment = datetime(2026, 11, 30, tzinfo=UTC)
Trail(Path({str(tmp_path / "audit")!r}), Keys([b"new"]), lambda: moment).write(event.consulted())
"""
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
        assert (done.returncode, "1 lines wait" in done.stderr) == (0, True)
        assert file.stat().st_size == size

    def test_a_folder_that_cannot_be_written_stops_the_start(self, trail, tmp_path):
        (tmp_path / "audit").write_text("")
        with pytest.raises(ConfigError, match="the audit trail in it cannot be written"):
            trail.prepare()


class TestChain:
    @pytest.fixture
    def file(self, trail, tmp_path):
        for _ in range(4):
            trail.write(event.consulted())
        return next((tmp_path / "audit").iterdir())

    def test_holds_over_untouched_lines_also_of_a_key_that_is_not_the_newest(
        self, file, clock, tmp_path
    ):
        rotated = Trail(tmp_path / "audit", Keys([b"newest", b"new"]), clock)
        rotated.write(event.consulted())
        assert list(rotated.breaks()) == []

    def test_holds_over_lines_of_any_length(self, trail, visit, file):
        for number in range(30):
            visit(Event(Interaction.READ, BASE, "Observation", f"o{number}"))
        visit.closed(shown=True)
        trail.write(event.consulted())
        assert max(map(len, file.read_bytes().splitlines())) > 4096
        assert list(trail.breaks()) == []

    @pytest.mark.parametrize(
        ("harm", "number"),
        [
            (lambda lines: lines[1:], 1),
            (lambda lines: [lines[0], *lines[2:]], 2),
            (lambda lines: [lines[0].replace(b"Audit Log Used", b"Nothing"), *lines[1:]], 2),
            (lambda lines: [*lines[:2], b'{"extension":[]}\n', *lines[2:]], 3),
        ],
        ids=["first taken", "one taken", "one changed", "one put in"],
    )
    def test_breaks_where_a_line_was_touched(self, trail, file, harm, number):
        file.write_bytes(b"".join(harm(file.read_bytes().splitlines(keepends=True))))
        assert next(trail.breaks()) == f"{file.name}: {number}"


class TestCommands:
    @pytest.fixture
    def loaded(self, tmp_path):
        (tmp_path / "key").write_bytes(Fernet.generate_key())
        file = tmp_path / "app.toml"
        file.write_text(
            'public_url = "https://app.example"\ndata_dir = "data"\ntime_zone = "Europe/Berlin"\n'
            'encryption_key_files = ["key"]\n'
            f'[[sites]]\nname = "Clinic"\nissuer = "{BASE}"\nclient_id = "ours"\n'
        )
        return config.load(file)

    @pytest.fixture
    def run(self, loaded, tmp_path, clock):
        """Run a command over a trail with one line, of half past midnight of 2 December 2090."""
        clock.time = datetime(2090, 12, 1, 23, 30, tzinfo=UTC)
        parts.trail(loaded, clock).write(event.consulted())

        def run(*words):
            options = ["--config", str(tmp_path / "app.toml")]
            return CliRunner().invoke(cli.main, ["audit", *words, *options])

        return run

    @pytest.mark.parametrize(
        ("words", "count"),
        [
            (["--since", "2090-12-01", "--until", "2090-12-01"], 0),
            (["--since", "2090-12-01", "--until", "2090-12-02"], 1),
            (["--since", "2090-12-02", "--until", "2090-12-02T12:00"], 1),
            (["--since", "2090-12-01T23:31Z"], 0),
        ],
    )
    def test_export_prints_the_lines_of_whole_days_of_the_clinic(self, run, words, count):
        answer = run("export", *words)
        assert (answer.exit_code, len(answer.output.splitlines())) == (0, count)

    def test_an_export_is_a_line_itself(self, run, loaded):
        assert len(run("export").output.splitlines()) == 2
        assert len(list(parts.trail(loaded).lines(OLDEST, YOUNGEST))) == 2

    def test_what_is_no_date_is_told(self, run):
        answer = run("export", "--since", "yesterday")
        assert answer.output == "Error: yesterday is no ISO date.\n"

    def test_a_patients_lines_can_be_found(self, run, loaded):
        name = parts.trail(loaded).keys.pseudonym(BASE, "p1")
        assert run("pseudonym", BASE, "p1").output == f"{name}\n"

    def test_verify_says_that_all_is_well_or_where_not(self, run, loaded):
        assert run("verify").output == "Every line follows the one before it.\n"
        file = next((loaded.data_dir / "audit").iterdir())
        file.write_bytes(b"{}\n" + file.read_bytes())
        answer = run("verify")
        assert answer.exit_code == 1
        assert f"broken at {file.name}: 1, {file.name}: 2." in answer.output
