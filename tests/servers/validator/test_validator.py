"""HL7's own validator over everything the program writes, and over its content: no error.

Terminology that R4 does not carry (LOINC, NUCC, US Core's and VSAC's value sets) cannot be looked
up offline: the validator warns of each, and ``UNCHECKED`` lists all that it may warn of.
"""

import json
import subprocess
from copy import deepcopy
from pathlib import Path

import pytest

from smartapp.content import FOLDER as CONTENT
from smartapp.fhir import names, wire
from smartapp.sandbox import running
from smartapp.sandbox.upstream import Question

pytestmark = pytest.mark.server

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
US_CORE = ROOT.parent / "shared" / "us-core"
RELEASED = ROOT / "tests" / "fhir" / "released"
VALIDATED_WITHIN = 900
PROFILES = {
    "CarePlan": "careplan",
    "CareTeam": "careteam",
    "Goal": "goal",
    "QuestionnaireResponse": "questionnaireresponse",
    "Observation": "observation-screening-assessment",
}
ALERTED = {"Flag": 2, "Task": 2, "Communication": 1, "DocumentReference": 1}
WRITTEN = {**dict.fromkeys(PROFILES, 1), "QuestionnaireResponse": 20, "Observation": 15, **ALERTED}
"""How many versions of each the journeys make, at least."""
STATUSES = {"in-progress", "completed", "amended"}
"""Of responses."""
UNCHECKED = {
    "Terminology_PassThrough_TX_Message": "a code system that is not in R4",
    "Terminology_TX_ValueSet_NotFound": "a value set that is not in R4",
    "Terminology_TX_Code_ValueSet_Ext": "why answers were corrected, in somebody's own words",
}
OFFLINE = "Unable to resolve package id hl7.fhir.r4.core"
"""It would fetch R4 once more to expand a profile that it is given as a resource to check."""


@pytest.fixture(scope="module")
def judged(java):
    """Validate every JSON file below some folders; return what it says, informative or worse."""

    def judged(*folders):
        profile = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
        command = [*java(HERE), f"know={US_CORE}", f"know={CONTENT}"]
        command += [f"profile={kind}={profile}{name}" for kind, name in PROFILES.items()]
        command += [f"check={folder}" for folder in folders]
        done = subprocess.run(
            command, capture_output=True, text=True, check=True, timeout=VALIDATED_WITHIN
        )
        return [said for said in json.loads(done.stdout) if OFFLINE not in said["message"]]

    return judged


def _every_version(clinic, kind):
    ask = clinic.ehr.upstream.ask
    found = wire.decode(ask(Question("GET", kind, (("_count", "1000"),))).body)
    for entry in found.get("entry", []):
        past = Question("GET", f"{kind}/{entry['resource']['id']}/_history")
        yield from (row["resource"] for row in wire.decode(ask(past).body)["entry"])


@pytest.fixture(scope="module")
def written(tmp_path_factory, whole_course, every_assessment, launch_at):
    """A folder with every version of every resource that whole courses leave in the record."""
    folder = tmp_path_factory.mktemp("written")
    with running.start(tmp_path_factory.mktemp("sandbox")) as clinic:
        whole_course(clinic)
        other = launch_at(clinic, "p04")
        other.enroll()
        every_assessment(other)
        other.send(other.open("note"))
        for kind in (*WRITTEN, "Provenance"):
            for row in _every_version(clinic, kind):
                if row["meta"].get("source") == names.SOURCE:
                    name = f"{kind}-{row['id']}-{row['meta']['versionId']}.json"
                    (folder / name).write_bytes(wire.encode(row))
    return folder


@pytest.fixture(scope="module")
def broken(tmp_path_factory, judged):
    """What is said of released samples with one thing broken in each, by the file's name."""
    folder = tmp_path_factory.mktemp("broken")
    for name, (sample, path, value) in BROKEN.items():
        resource = deepcopy(json.loads((RELEASED / "0.1.0" / f"{sample}.json").read_text()))
        *way, last = path
        at = resource
        for step in way:
            at = at[step]
        at[last] = value
        (folder / f"{name}.json").write_text(json.dumps(resource))
    return [said for said in judged(folder) if said["severity"] == "error"]


_ANSWER = ("item", 0, "answer", 0, "valueInteger")
_OCCASION = ("extension", 0, "extension", 0, "valueCoding")
BROKEN = {
    "lifecycle": ("goal-1", ("lifecycleStatus",), "banana"),
    "invented-extension": ("goal-1", ("extension", 0, "url"), f"{names.BASE}/invented"),
    "importance-as-text": (
        "goal-1",
        ("extension", 0),
        {"url": names.IMPORTANCE, "valueString": "8"},
    ),
    "no-us-core-category": ("enrollment-1", ("category",), []),
    "extension-elsewhere": ("enrollment-1", ("extension", 0, "url"), names.FORM),
    "answer-out-of-range": ("response-2", _ANSWER, 11),
    "answer-to-no-question": ("response-2", ("item", 0, "linkId"), "weather"),
    "occasion-of-no-system": ("response-2", (*_OCCASION, "system"), names.EXIT_REASONS),
    "unknown-occasion": ("score-1", (*_OCCASION, "code"), "someday"),
    "score-without-category": ("score-1", ("category",), []),
    "two-roles": ("team-1", ("participant", 0, "role"), [{"text": "a"}, {"text": "b"}]),
    "provenance-of-nobody": ("provenance-1", ("agent",), []),
}


@pytest.mark.parametrize("name", BROKEN)
def test_the_validator_sees_faults(broken, name):
    assert [said["message"] for said in broken if said["file"] == f"{name}.json"]


def test_everything_we_write_and_all_content_is_without_error(judged, written):
    said = judged(written, RELEASED, CONTENT)
    assert [one for one in said if one["severity"] in ("error", "fatal")] == []
    assert {one["id"] for one in said if one["severity"] == "warning"} <= set(UNCHECKED)


def test_the_course_leaves_every_kind_of_resource(written):
    kinds = [path.name.split("-")[0] for path in written.iterdir()]
    assert {kind: kinds.count(kind) >= least for kind, least in WRITTEN.items()} == dict.fromkeys(
        WRITTEN, True
    )
    assert kinds.count("Provenance") >= len(WRITTEN)


def test_the_course_leaves_answers_of_every_status_and_origin(written):
    rows = [json.loads(path.read_text()) for path in written.glob("QuestionnaireResponse-*")]
    assert {row["status"] for row in rows} == STATUSES
    assert [row["author"] for row in rows if row["author"] == row.get("source")]
    extensions = {one["url"] for row in rows for one in row.get("extension", ())}
    ours = {names.COMPLETION_MODE, names.PROGRESS, names.AMENDMENT, names.SET_ASIDE}
    assert ours <= extensions
