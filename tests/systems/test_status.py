"""Bulk Data Access 2.0: "Bulk Data Status Request", "Delete Request", "Output File Request"."""

import gzip
import json
from email.utils import parsedate_to_datetime

import pytest


@pytest.fixture
def waiting(quality, app):
    """The place of an export that nobody runs."""
    app.extensions["systems"].runner.stop()
    return quality.place()


@pytest.fixture
def other(system):
    """Another system, which may read everything too."""
    return system("other", "system/*.read")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data/exports"


def test_in_progress_is_202_with_progress_and_when_to_ask_again(quality, waiting):
    answer = quality.ask(waiting)
    assert (answer.status_code, answer.get_data()) == (202, b"")
    assert answer.headers["X-Progress"] == "waiting, 0 resources written"
    assert int(answer.headers["Retry-After"]) > 0


def test_complete_is_200_with_a_manifest(quality):
    answer = quality.waited(quality.place("$export?_type=Patient"))
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    manifest = answer.get_json()
    (file,) = manifest.pop("output")
    assert (file["type"], file["count"]) == ("Patient", 2)
    assert manifest.pop("transactionTime").startswith("2026-11-23T09:00:00.")
    assert manifest == {
        "request": "https://app.example/fhir/$export?_type=Patient",
        "requiresAccessToken": True,
        "deleted": [],
        "error": [],
    }


def test_the_manifest_says_when_it_expires(quality, clock):
    expires = quality.waited(quality.place()).headers["Expires"]
    assert (parsedate_to_datetime(expires) - clock()).total_seconds() == 24 * 3600


def test_a_file_has_a_resource_a_line_as_it_is_kept(quality, world):
    (file,) = quality.manifest("Group/mine/$export?_type=Patient")["output"]
    answer = quality.ask(file["url"].partition("/fhir/")[2])
    assert answer.content_type == "application/fhir+ndjson"
    assert answer.get_data() == world.read("Patient", "ada").body + b"\n"


def test_a_file_may_be_had_zipped(quality, world):
    (file,) = quality.manifest("Group/mine/$export?_type=Patient")["output"]
    headers = {"Accept-Encoding": "gzip"}
    answer = quality.ask(file["url"].partition("/fhir/")[2], headers=headers)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.get_data()) == world.read("Patient", "ada").body + b"\n"


def test_counts_are_those_of_the_files(quality):
    for file in quality.manifest()["output"]:
        lines = quality.lines(file)
        assert len(lines) == file["count"]
        assert {line["resourceType"] for line in lines} == {file["type"]}


def test_files_need_a_token(quality, system):
    (file,) = quality.manifest("$export?_type=Patient")["output"]
    assert system().ask(file["url"].partition("/fhir/")[2]).status_code == 401


def test_another_systems_export_is_not_there(quality, other):
    place = quality.place("$export?_type=Patient")
    (file,) = quality.waited(place).get_json()["output"]
    name = file["url"].partition("/fhir/")[2]
    for path, method in ((place, "GET"), (place, "DELETE"), (name, "GET")):
        answer = other.ask(path, method)
        assert answer.status_code == 404
    assert quality.ask(name).status_code == 200


def test_a_file_needs_a_token_for_its_type(quality, system):
    (file,) = quality.manifest("$export?_type=Patient")["output"]
    narrower = system("quality", "system/Observation.rs")
    answer = narrower.ask(file["url"].partition("/fhir/")[2])
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "name",
    [
        "../../systems.sqlite3",
        "..%2F..%2Fsystems.sqlite3",
        "%2e%2e/%2e%2e/systems.sqlite3",
        "....//systems.sqlite3",
        "/etc/passwd",
        "output-Patient-1.ndjson%00",
        "OUTPUT-PATIENT-1.NDJSON",
        "output-Patient-2.ndjson",
        "1/output-Patient-1.ndjson",
        ".",
        "..",
        "' OR 1=1 --",
    ],
)
def test_only_names_in_the_manifest_are_files(quality, name):
    place = quality.place("$export?_type=Patient")
    quality.waited(place)
    answer = quality.ask(f"{place}/{name}")
    assert answer.status_code in (308, 404)
    assert b"Secretname" not in answer.get_data()


@pytest.mark.parametrize("path", ["export/unknown", "export/unknown/x.ndjson", "export/../x"])
def test_an_export_nobody_asked_for_is_404(quality, path):
    answer = quality.ask(path)
    assert answer.status_code == 404
    assert answer.get_json()["resourceType"] == "OperationOutcome"


def test_delete_removes_a_finished_export_and_its_files(quality, folder):
    place = quality.place("$export?_type=Patient")
    (file,) = quality.waited(place).get_json()["output"]
    assert quality.ask(place, "DELETE").status_code == 202
    for path in (place, file["url"].partition("/fhir/")[2]):
        assert quality.ask(path).status_code == 404
    assert list(folder.iterdir()) == []


def test_delete_cancels_one_that_waits(quality, waiting):
    assert quality.ask(waiting, "DELETE").status_code == 202
    assert quality.ask(waiting).status_code == 404
    assert quality.ask(waiting, "DELETE").status_code == 404


def test_an_export_ends_a_day_after_it_was_made(quality, clock, serve, folder):
    place = quality.place()
    quality.waited(place)
    clock.wait(hours=24)
    assert quality.sign_in().ask(place).status_code == 404
    assert list(folder.iterdir()) != []
    serve()
    assert list(folder.iterdir()) == []


def test_an_export_is_kept_for_a_day(quality, clock, serve):
    place = quality.place("$export?_type=Patient")
    quality.waited(place)
    clock.wait(hours=23)
    serve()
    (file,) = quality.sign_in().ask(place).get_json()["output"]
    assert len(quality.lines(file)) == 2


def test_files_are_for_their_owner_alone(quality, folder):
    quality.manifest()
    made = [path.stat().st_mode & 0o077 for path in folder.rglob("*") if path.is_file()]
    assert made
    assert set(made) == {0}


def test_the_manifest_is_json_for_any_client(quality):
    place = quality.place("$export?_type=Patient")
    quality.waited(place)
    assert json.loads(quality.ask(place, headers={"Accept": "text/html"}).get_data())
