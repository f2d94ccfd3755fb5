"""``smartapp site check``: what an administrator is told, and what the exit status says."""

import pytest
import responses
from click.testing import CliRunner

from smartapp import cli, parts, sitecheck
from smartapp.config import Site
from smartapp.errors import ConfigError
from smartapp.fhir.ehrs import NATIVE, WRITTEN, profiles
from smartapp.sandbox import running

BASE = "https://ehr.example/fhir"
READ = {"Patient", "Condition", "Encounter", "Practitioner"}
SMART = {
    "authorization_endpoint": "https://ehr.example/authorize",
    "token_endpoint": "https://ehr.example/token",
    "issuer": BASE,
    "jwks_uri": "https://ehr.example/jwks",
    "capabilities": ["permission-v2"],
}


def statement(*without):
    """A CapabilityStatement of everything but the ``(type, interaction)`` left out."""
    codes = ("read", "search-type", "create", "update")
    resources = [
        {"type": type_, "interaction": [{"code": c} for c in codes if (type_, c) not in without]}
        for type_ in READ | set(WRITTEN)
    ]
    return {"resourceType": "CapabilityStatement", "rest": [{"resource": resources}]}


@pytest.fixture
def wire():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        yield wire


@pytest.fixture
def look(wire):
    """Check a site whose server publishes these documents; None is a 404."""

    def look(smart=SMART, told=None, refused=(), **site):
        for path, body in ((".well-known/smart-configuration", smart), ("metadata", told)):
            wire.get(f"{BASE}/{path}", json=body, status=200 if body else 404)
        found = sitecheck.check(Site("Clinic", BASE, "ours", **site), refused)
        return found.status, "\n".join(sitecheck.report(found))

    return look


def test_all_is_native_where_everything_is_taken(look):
    status, text = look(told=statement())
    assert status == sitecheck.NATIVE
    assert "the program's store    none" in text
    assert "can go into the chart, as application/xhtml+xml" in text
    assert "  - nothing" in text


def test_a_statement_that_cannot_be_read_blocks_nothing(look):
    status, text = look()
    assert status == sitecheck.NATIVE
    assert "It could not be read" in text


def test_without_endpoints_nothing_works(look):
    status, text = look(smart=None, told=statement())
    assert status == sitecheck.UNUSABLE
    assert "failed                 .well-known/smart-configuration" in text
    assert "this machine may reach it" in text


@pytest.mark.parametrize(
    ("smart", "told"),
    [
        (SMART, statement(("Patient", "read"))),
        (SMART | {"scopes_supported": ["patient/Goal.cruds"]}, statement()),
    ],
)
def test_without_reading_the_patient_nothing_works(look, smart, told):
    status, text = look(smart=smart, told=told)
    assert status == sitecheck.UNUSABLE
    assert "  Patient                a scope" in text or "the interaction read" in text


def test_a_missing_interaction_is_asked_for(look):
    status, text = look(told=statement(("Goal", "update"), ("Condition", "search-type")))
    assert status == sitecheck.STORE
    assert "Goal                   the program's store: the server's statement does not" in text
    assert "Goal                   the interaction update, which its statement" in text
    assert "Condition              the interaction search-type" in text


def test_where_no_task_reaches_the_supervisor_it_is_said(look):
    assert "the supervisor finds no task in the EHR" in look(told=statement(("Task", "create")))[1]
    assert "the supervisor finds no task" not in look(told=statement())[1]


def test_a_missing_scope_is_asked_for(look):
    listed = [f"patient/{type_}.crus" for type_ in (READ | set(WRITTEN)) - {"Goal"}]
    smart = SMART | {"scopes_supported": [*listed, "user/Practitioner.rs", "patient/Goal.rs"]}
    _, text = look(smart=smart, told=statement())
    assert "Goal                   a scope for create, which is not listed" in text
    assert "Goal                   a scope for search-type" not in text
    assert "no scope for it would be granted" in text


def test_the_administrators_overrides_are_the_reason(look):
    status, text = look(told=statement(), writes={"Goal": "store", "CarePlan": "both"})
    assert status == sitecheck.STORE
    assert "the program's store: the configuration says so" in text
    assert "the EHR, with a copy in the program's store: the configuration" in text


def test_a_note_that_is_not_taken_can_only_be_copied(look):
    _, text = look(told=statement(), writes={"DocumentReference": "store"})
    assert "DocumentReference      not written: the configuration says so" in text
    assert "readable note          can only be copied" in text


def test_every_objection_is_told_at_once(look):
    told = statement(("Goal", "create"))
    smart = SMART | {"scopes_supported": ["patient/*.rs", "user/*.rs"]}
    _, text = look(smart=smart, told=told, ehr="nextgen")
    objections = ("no scope for it would be granted", "NextGen lets apps write none")
    said = "; ".join((*objections, "the server's statement does not list it"))
    assert f"Goal the program's store: {said}" in " ".join(text.split())


def test_a_site_of_an_ehr_nobody_knows_is_refused(look):
    with pytest.raises(ConfigError, match="Clinic: ehr must be one of"):
        look(ehr="acme")


def test_ways_of_proof_that_are_no_list_are_passed_over(look):
    _, text = look(smart=SMART | {"token_endpoint_auth_methods_supported": "none"})
    assert "proof taken            none; ours: public" in text


@pytest.fixture(params=sorted(profiles()))
def clinic(request, tmp_path):
    """The sandbox in each vendor's profile, and the app's configuration file."""
    with running.start(tmp_path, vendor=request.param) as clinic:
        yield request.param, clinic, next(tmp_path.rglob("app.toml"))


def run(file, *words):
    return CliRunner().invoke(cli.main, ["site", "check", *words, "--config", str(file)])


def test_each_vendor_is_told_of_in_plain_lines(clinic):
    name, started, file = clinic
    issuer = f"{started.ehr_url}/fhir"
    parts.refusals(started.config).remember(issuer, "CareTeam", "create", 405)
    answer = run(file, "Sandbox EHR")
    assert answer.exit_code == sitecheck.STORE
    assert f"set up as {profiles()[name].title}." in answer.output
    assert "create was refused with 405" in answer.output
    for words in (*profiles()[name].quirks, *profiles()[name].asks.values()):
        assert words.split()[-1] in answer.output
    assert max(map(len, answer.output.splitlines())) <= sitecheck.WIDTH
    assert run(file, issuer).output == answer.output


def test_the_status_of_a_native_server_is_0_and_of_a_silent_one_2(tmp_path):
    with running.start(tmp_path, vendor=NATIVE, client="gsh-secret"):
        file = next(tmp_path.rglob("app.toml"))
        answer = run(file, "Sandbox EHR")
        assert answer.exit_code == sitecheck.NATIVE
        assert (file.parent / "client-secret").read_text() not in answer.output
    assert run(file, "Sandbox EHR").exit_code == sitecheck.UNUSABLE


def test_a_site_that_is_not_there_is_told(tmp_path):
    with running.start(tmp_path):
        file = next(tmp_path.rglob("app.toml"))
        answer = run(file, "Klinik")
        assert (answer.exit_code, "no site Klinik" in answer.output) == (2, True)
        text = file.read_text().replace('ehr = "fhir-native"', 'ehr = "acme"')
        file.write_text(text)
        assert run(file, "Sandbox EHR").exit_code == 2
