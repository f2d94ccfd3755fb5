"""``smartapp move``: what waits goes into a real EHR without a user, once, and one line tells."""

import fcntl
import json
import shutil
from uuid import uuid4

import pytest
from click.testing import CliRunner

from smartapp import cli, parts
from smartapp.commands.move import DONE, LEFT, NO_ACCESS
from smartapp.fhir import capabilities, names
from smartapp.fhir.plan import Wish
from smartapp.sandbox import running
from smartapp.sandbox.clients import BACKEND
from smartapp.sandbox.faults import Faults

GOAL = {"resourceType": "Goal", "lifecycleStatus": "active"}
MRN = {"coding": [{"system": names.IDENTIFIER_TYPE, "code": "MR"}]}


class World:
    """The sandbox EHR and the app at work, what their store holds, and the command."""

    def __init__(self, started, folder):
        self.started, self.file = started, next(folder.rglob("app.toml"))
        self.issuer = f"{started.ehr_url}/fhir"
        self.store = parts.embedded_file(started.config)

    def patient(self, key):
        return self.started.ehr.hospital.reference(f"Patient/{key}").removeprefix("Patient/")

    def waits(self, key, text="Walk", mrn=None):
        """Let a goal of a generated patient wait in the store."""
        known = [{"system": self.issuer, "value": self.patient(key)}]
        known += [{"type": MRN, "value": mrn}] if mrn else []
        person, _ = self.store.create({"resourceType": "Patient", "identifier": known})
        subject, named = {"reference": f"Patient/{person.id}"}, str(uuid4())
        own = [{"system": names.IDENTIFIER, "value": named}]
        said = {"identifier": own, "subject": subject, "description": {"text": text}}
        self.store.create({**GOAL, **said})

    def left(self):
        return len(self.store.search("Goal").matches)

    def in_ehr(self, key):
        whose = ("patient", f"Patient/{self.patient(key)}")
        return [
            row["description"]["text"] for row in self.started.ehr.hospital.search("Goal", whose)
        ]

    def run(self, *words, site="Sandbox EHR"):
        capabilities.forget()
        return CliRunner().invoke(cli.main, ["move", site, *words, "--config", str(self.file)])

    def name(self, key):
        return parts.trail(self.started.config).keys.pseudonym(self.issuer, self.patient(key))

    def set_up(self, old, new):
        """Change the app's configuration file."""
        self.file.write_text(self.file.read_text().replace(old, new))


@pytest.fixture(scope="module")
def begun_before(tmp_path_factory):
    """A data folder from an earlier start, so that keys need not be made for every test."""
    folder = tmp_path_factory.mktemp("moving") / "data"
    running.start(folder).stop()
    return folder


@pytest.fixture
def world(tmp_path, begun_before):
    folder = shutil.copytree(begun_before, tmp_path / "data")
    with running.start(folder, faults=Faults()) as started:
        yield World(started, folder)


def test_what_waits_for_every_patient_is_in_the_ehr_afterwards(world):
    world.waits("p01", "Walk")
    world.waits("p02", "Swim")
    answer = world.run()
    assert answer.exit_code == DONE, answer.output
    assert "Patients: 2; moved: 2; stay: 0; not done: 0." in answer.output
    assert (world.in_ehr("p01"), world.in_ehr("p02")) == (["Walk"], ["Swim"])
    assert world.left() == 0


def test_running_again_finds_nothing_and_doubles_nothing(world):
    world.waits("p01")
    world.run()
    answer = world.run()
    assert (answer.exit_code, world.in_ehr("p01")) == (DONE, ["Walk"])
    assert "moved: 0;" in answer.output


def test_each_patient_is_a_line_under_the_name_they_have_in_the_trail(world):
    world.waits("p01")
    answer = world.run()
    assert answer.output.splitlines()[0] == f"{world.name('p01')}: 1 moved, 0 stay"
    assert world.patient("p01") not in answer.output
    assert "Walk" not in answer.output


def test_a_dry_run_writes_nothing_anywhere(world):
    world.waits("p01")
    answer = world.run("--dry-run")
    assert (answer.exit_code, world.left(), world.in_ehr("p01")) == (LEFT, 1, [])
    assert "1 would move, 0 stay" in answer.output


def test_one_patient_can_be_asked_for(world):
    world.waits("p01")
    world.waits("p02")
    assert world.run("--patient", world.patient("p02")).exit_code == DONE
    assert (world.in_ehr("p01"), world.in_ehr("p02")) == ([], ["Walk"])


def test_a_patient_the_store_does_not_know_is_told(world):
    answer = world.run("--patient", "somebody")
    assert (answer.exit_code, "knows no such patient" in answer.output) == (NO_ACCESS, True)


def test_another_record_number_moves_nothing_and_the_others_go_on(world):
    world.waits("p01", mrn="not theirs")
    world.waits("p02")
    answer = world.run()
    assert answer.exit_code == LEFT
    assert f"{world.name('p01')}: not done (ehr-wrong-patient)" in answer.output
    assert (world.in_ehr("p01"), world.in_ehr("p02")) == ([], ["Walk"])


def test_a_patient_the_ehr_no_longer_knows_is_not_passed_over(world):
    known = [{"system": world.issuer, "value": "gone"}]
    world.store.create({"resourceType": "Patient", "identifier": known})
    answer = world.run()
    assert (answer.exit_code, "not done (ehr-not-found)" in answer.output) == (LEFT, True)


def test_one_that_breaks_off_goes_on_when_it_is_run_again(world):
    world.waits("p01")
    world.waits("p02")
    world.started.faults.drop_writes = 1
    first = world.run()
    second = world.run()
    assert (first.exit_code, second.exit_code) == (LEFT, DONE)
    assert (world.in_ehr("p01"), world.in_ehr("p02")) == (["Walk"], ["Walk"])


def test_an_ehr_that_goes_down_ends_the_run_and_says_so(world, monkeypatch):
    world.waits("p01")
    world.waits("p02")
    monkeypatch.setattr(world.started.ehr.upstream, "ask", None)
    answer = world.run()
    assert answer.exit_code == LEFT
    assert "Broken off. What was moved is moved; run it again" in answer.output


def test_what_the_ehr_does_not_take_stays_and_the_way_to_know_why_is_told(world):
    world.waits("p01")
    parts.refusals(world.started.config).remember(world.issuer, "Goal", "create", 405)
    answer = world.run()
    assert (answer.exit_code, world.left()) == (LEFT, 1)
    assert "0 moved, 1 stay" in answer.output
    assert "smartapp refusals list" in answer.output


def test_what_the_users_may_not_do_says_nothing_of_the_program_itself(world):
    world.waits("p01")
    for user in ("Practitioner/1", "Practitioner/2"):
        parts.refusals(world.started.config).remember(world.issuer, "Goal", "create", 403, user)
    assert world.run().exit_code == DONE


def test_what_somebody_keeps_out_of_the_chart_stays_out(world):
    world.waits("p01")
    picks = parts.picks(world.started.config)
    picks.of(world.issuer, world.patient("p01"), "Practitioner/1").keep({"goals": Wish.STORE})
    assert (world.run().exit_code, world.in_ehr("p01")) == (LEFT, [])


def test_scopes_that_are_not_granted_leave_it_where_it_is(world):
    world.waits("p01")
    read = 'key_folder = "keys"\nscopes = ["system/*.rs"]\n\n[sites.writes]'
    world.set_up('key_folder = "keys"\n\n[sites.writes]', read)
    assert (world.run().exit_code, world.in_ehr("p01")) == (LEFT, [])


def test_every_exchange_is_in_the_trail_without_the_patients_id(world):
    world.waits("p01")
    world.run()
    files = sorted((world.started.config.data_dir / "audit").glob("*.ndjson"))
    lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    ours = [
        one for one in lines if one["agent"][0].get("who") == {"identifier": {"value": BACKEND}}
    ]
    assert {"C", "D", "R"} <= {one["action"] for one in ours}
    assert world.name("p01") in str(ours)
    assert world.patient("p01") not in str([one.get("entity") for one in ours])


def test_a_patient_whose_entries_somebody_is_just_moving_is_left_to_them(world):
    """The button of the program page and the command never move the same at the same moment."""
    world.waits("p01")
    world.waits("p02")
    with parts.turn(world.started.config)(world.issuer, world.patient("p01")):
        answer = world.run()
    assert answer.exit_code == LEFT
    assert f"{world.name('p01')}: not done (move-running)" in answer.output
    assert (world.in_ehr("p01"), world.in_ehr("p02"), world.left()) == ([], ["Walk"], 1)
    assert world.run().exit_code == DONE


class TestWhatCannotBegin:
    def test_a_site_without_access_is_told_of_the_button(self, world):
        text = world.file.read_text()
        start, end = text.index("[sites.backend]"), text.index("[sites.writes]")
        world.file.write_text(text[:start] + text[end:])
        answer = world.run()
        assert answer.exit_code == NO_ACCESS
        assert "gives the program no access of its own" in answer.output
        assert "The button on the program page moves what waits" in answer.output

    def test_a_client_the_ehr_does_not_know_gets_no_token(self, world):
        world.waits("p01")
        world.set_up(f'client_id = "{BACKEND}"', 'client_id = "nobody"')
        answer = world.run()
        assert (answer.exit_code, world.left()) == (NO_ACCESS, 1)
        assert "Nothing was done" in answer.output

    def test_a_token_url_of_ones_own_is_asked(self, world):
        world.waits("p01")
        own = f'client_id = "{BACKEND}"\ntoken_url = "{world.started.ehr_url}/token"'
        world.set_up(f'client_id = "{BACKEND}"', own)
        assert world.run().exit_code == DONE

    def test_a_site_that_is_not_there_is_told(self, world):
        assert "There is no site Klinik" in world.run(site="Klinik").output

    def test_two_do_not_run_at_once(self, world):
        with (world.started.config.data_dir / "move.lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            answer = world.run()
        assert (answer.exit_code, "Another move is running" in answer.output) == (NO_ACCESS, True)
