"""Bulk Data Access 2.0, "Bulk Data Kick-off Request"."""

import json

import pytest

EVERY = ["$export", "Patient/$export", "Group/mine/$export", "Group/enrolled/$export"]


def code(answer):
    assert answer.get_json()["resourceType"] == "OperationOutcome"
    return answer.get_json()["issue"][0]["code"]


def posted(**parameters):
    """The options of a kick-off by POST; each parameter has (value[x], value) pairs."""
    listed = [
        {"name": name, key: value} for name, values in parameters.items() for key, value in values
    ]
    body = json.dumps({"resourceType": "Parameters", "parameter": listed})
    return {"method": "POST", "data": body, "content_type": "application/fhir+json"}


@pytest.mark.parametrize("path", EVERY)
def test_a_kick_off_is_accepted_and_says_where_to_ask(quality, path):
    answer = quality.start(path)
    assert answer.status_code == 202
    assert answer.headers["Content-Location"].startswith("https://app.example/fhir/export/")
    assert answer.get_data() == b""
    assert "Content-Type" not in answer.headers


@pytest.mark.parametrize("prefer", ["", "return=minimal", "respond-sync", "handling=lenient"])
def test_it_must_prefer_an_asynchronous_answer(quality, prefer):
    answer = quality.start(prefer=prefer)
    assert (answer.status_code, code(answer)) == (400, "invalid")


@pytest.mark.parametrize(
    "prefer", ["respond-async", "Respond-Async, handling=lenient", "a;respond-async"]
)
def test_preferences_may_be_several(quality, prefer):
    assert quality.start(prefer=prefer).status_code == 202


@pytest.mark.parametrize(
    "asked",
    ["application/fhir+ndjson", "application/fhir%2Bndjson", "application/ndjson", "ndjson"],
)
def test_output_is_ndjson(quality, asked):
    assert quality.start(f"$export?_outputFormat={asked}").status_code == 202


@pytest.mark.parametrize("asked", ["text/csv", "application/fhir+json", "parquet"])
def test_other_formats_are_refused(quality, asked):
    assert quality.start(f"$export?_outputFormat={asked}").status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "_since=yesterday",
        "_since=2026-11-23",
        "_since=2026-11-23T09:00:00",
        "_since=",
        "_type=Medication",
        "_type=patient",
        "_type=Patient,",
        "_typeFilter=Observation%3Fcode%3Dx",
        "_elements=id",
        "patient=Patient/ada",
        "includeAssociatedData=LatestProvenanceResources",
        "color=red",
    ],
)
def test_what_is_not_understood_is_refused(quality, query):
    answer = quality.start(f"$export?{query}")
    assert (answer.status_code, code(answer)) == (400, "invalid")


def test_with_lenient_handling_it_is_left_aside_and_said(quality):
    path = "$export?_type=Patient,Medication&_elements=id"
    manifest = quality.manifest(path, prefer="respond-async,handling=lenient")
    assert [file["type"] for file in manifest["output"]] == ["Patient"]
    (error,) = manifest["error"]
    said = [line["issue"][0]["diagnostics"].split()[0] for line in quality.lines(error)]
    assert (error["type"], error["count"], said) == (
        "OperationOutcome", 2, ["_elements", "_type=Medication"],
    )  # fmt: skip


def test_lenient_handling_does_not_make_a_wrong_type_every_type(quality):
    answer = quality.start("$export?_type=Medication", prefer="respond-async,handling=lenient")
    assert answer.status_code == 400


@pytest.mark.parametrize("path", EVERY[1:])
def test_types_of_no_patient_are_not_in_a_patients_export(quality, path):
    assert quality.start(f"{path}?_type=Practitioner").status_code == 400


def test_a_group_that_is_not_there_is_404(quality, world):
    assert code(quality.start("Group/nobody/$export")) == "not-found"
    world.delete("Group", "mine")
    assert quality.start("Group/mine/$export").status_code == 410


def test_a_kick_off_by_post_has_a_parameters_resource(quality):
    options = posted(
        _type=[("valueString", "Patient"), ("valueCode", "Observation")],
        _since=[("valueInstant", "2020-01-01T00:00:00Z")],
        _outputFormat=[("valueString", "application/fhir+ndjson")],
    )
    files = quality.manifest(**options)["output"]
    assert [file["type"] for file in files] == ["Observation", "Patient"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nonsense",
        b"[]",
        b'{"resourceType": "Patient"}',
        b'{"resourceType": "Parameters", "parameter": {}}',
        b'{"resourceType": "Parameters", "parameter": ["x"]}',
        b'{"resourceType": "Parameters", "parameter": [{"valueString": "x"}]}',
        b'{"resourceType": "Parameters", "parameter": [{"name": "_since"}]}',
        b'{"resourceType": "Parameters", "parameter": [{"name": "_type", "part": []}]}',
    ],
)
def test_a_body_that_is_none_is_refused(quality, body):
    answer = quality.start(method="POST", data=body)
    assert (answer.status_code, code(answer)) == (400, "invalid")


def test_an_empty_parameters_resource_asks_for_everything(quality):
    body = b'{"resourceType": "Parameters"}'
    assert quality.start(method="POST", data=body).status_code == 202


def test_without_a_token_nothing_starts(system):
    assert system().start().status_code == 401


def test_without_type_an_export_has_what_the_scopes_cover(system):
    scores = system("scores", "system/*.rs")
    assert scores.exported() == ["Observation/peg-ada", "Observation/peg-bo"]


def test_a_type_beyond_the_scopes_is_refused(system):
    answer = system("scores", "system/*.rs").start("$export?_type=Observation,Patient")
    assert (answer.status_code, code(answer)) == (403, "forbidden")


@pytest.mark.parametrize("scope", ["system/Observation.r", "system/Observation.s"])
def test_an_export_needs_reading_and_searching(system, scope):
    scores = system("scores", scope)
    assert scores.start().status_code == 403
    assert scores.start("$export?_type=Observation").status_code == 403


def test_scopes_beyond_the_compartment_start_no_patients_export(system):
    organizations = system("quality", "system/Organization.rs")
    assert organizations.start("Patient/$export").status_code == 403


def test_a_system_may_have_five_exports_open(quality, app):
    app.extensions["systems"].runner.stop()
    assert [quality.start().status_code for _ in range(6)] == [202] * 5 + [429]


def test_the_manifest_repeats_the_request(quality):
    path = "Group/mine/$export?_type=Patient"
    assert quality.manifest(path)["request"] == f"https://app.example/fhir/{path}"
