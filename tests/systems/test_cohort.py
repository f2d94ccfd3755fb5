"""Bulk Data Access 2.0: which resources each level exports, and ``_since``."""

from urllib.parse import quote

import pytest

ADAS = ["CarePlan/plan", "Observation/peg-ada", "Patient/ada", "Provenance/wrote-ada"]
BOS = ["CarePlan/other", "Observation/peg-bo", "Patient/bo", "Provenance/wrote-bo"]


def moment(kept):
    """``meta.lastUpdated`` of a version."""
    return kept.resource["meta"]["lastUpdated"]


def test_system_level_exports_everything(quality):
    assert quality.exported() == sorted([*ADAS, *BOS, "Group/mine", "Practitioner/kim"])


def test_patient_level_exports_what_is_about_patients(quality):
    assert quality.exported("Patient/$export") == sorted([*ADAS, *BOS])


def test_group_level_exports_what_is_about_active_members(quality):
    assert quality.exported("Group/mine/$export") == ADAS


def test_the_enrolled_are_those_with_a_plan_of_the_program(quality):
    assert quality.exported("Group/enrolled/$export") == ADAS


def test_members_may_be_named_absolutely(quality, world):
    member = {"entity": {"reference": "https://app.example/fhir/Patient/bo"}}
    group = {"resourceType": "Group", "id": "far", "type": "person", "actual": True}
    world.update(group | {"member": [member, {"entity": {"display": "nobody"}}]})
    assert quality.exported("Group/far/$export") == BOS


def test_resources_may_name_their_patient_absolutely(quality, world, observation):
    subject = {"reference": "https://app.example/fhir/Patient/ada"}
    world.update(observation("x", "absolute", subject=subject))
    assert "Observation/absolute" in quality.exported("Group/mine/$export")


def test_a_group_of_nobody_exports_nothing(quality, world):
    world.update({"resourceType": "Group", "id": "empty", "type": "person", "actual": True})
    manifest = quality.manifest("Group/empty/$export")
    assert (manifest["output"], manifest["deleted"], manifest["error"]) == ([], [], [])


def test_one_export_after_another_has_its_own_members(quality, world):
    for path in ("Patient/$export", "Patient/$export", "Group/mine/$export"):
        quality.exported(path)
    assert quality.exported("Group/mine/$export") == ADAS


def test_the_provenance_of_a_patient_belongs_to_the_patient(quality, world):
    who = {"who": {"reference": "Practitioner/kim"}}
    made = {"resourceType": "Provenance", "id": "p", "recorded": "2026-11-23T09:00:00Z"}
    world.update(made | {"target": [{"reference": "Patient/bo"}], "agent": [who]})
    assert "Provenance/p" not in quality.exported("Group/mine/$export")
    assert "Provenance/p" in quality.exported("Patient/$export")


def test_an_export_has_the_current_versions(quality, world, observation):
    world.update(observation("ada", "peg-ada", status="amended"))
    (file,) = quality.manifest("Group/mine/$export?_type=Observation")["output"]
    assert [line["status"] for line in quality.lines(file)] == ["amended"]


@pytest.mark.parametrize("path", ["$export", "Patient/$export", "Group/mine/$export"])
def test_since_leaves_out_what_did_not_change(quality, world, observation, path):
    changed = world.update(observation("ada", "peg-ada"))[0]
    assert quality.exported(f"{path}?_since={moment(changed)}") == ["Observation/peg-ada"]


@pytest.mark.parametrize("escape", [quote, str])
def test_since_may_have_any_time_zone(quality, escape):
    early, late = "2026-11-23T10:59:00+02:00", "2026-11-23T11:01:00+02:00"
    assert quality.exported(f"Group/mine/$export?_since={escape(early)}") == ADAS
    assert quality.exported(f"Group/mine/$export?_since={escape(late)}") == []


def test_what_was_deleted_since_is_listed(quality, world):
    start = quality.manifest()["transactionTime"]
    world.delete("Observation", "peg-bo")
    (file,) = quality.manifest(f"$export?_since={start}")["deleted"]
    (bundle,) = quality.lines(file)
    assert (file["type"], file["count"]) == ("Bundle", 1)
    assert bundle["type"] == "transaction"
    assert bundle["entry"] == [{"request": {"method": "DELETE", "url": "Observation/peg-bo"}}]


def test_what_was_deleted_before_or_without_since_is_not(quality, world):
    deleted = world.delete("Observation", "peg-bo")
    assert quality.manifest()["deleted"] == []
    assert quality.manifest(f"$export?_since={moment_after(deleted)}")["deleted"] == []


def moment_after(kept):
    return f"2026-11-23T09:00:00.{kept.updated // 1000 % 1000 + 1:03d}Z"


@pytest.mark.parametrize(
    ("path", "gone"),
    [
        ("Group/mine/$export", ["Observation/peg-ada", "Patient/ada"]),
        ("Patient/$export", ["Observation/peg-ada", "Observation/peg-bo", "Patient/ada"]),
    ],
)
def test_deletions_are_those_of_the_members(quality, world, path, gone):
    start = quality.manifest()["transactionTime"]
    for kind, id in (("Observation", "peg-ada"), ("Observation", "peg-bo"), ("Patient", "ada")):
        world.delete(kind, id)
    world.delete("Practitioner", "kim")
    files = quality.manifest(f"{path}?_since={start}")["deleted"]
    entries = [entry for file in files for line in quality.lines(file) for entry in line["entry"]]
    assert [entry["request"]["url"] for entry in entries] == gone


def test_a_chain_of_exports_misses_nothing(quality, world, observation):
    """Each export takes what changed since the one before; together they are the store."""
    seen, since = set(), "2020-01-01T00:00:00Z"
    for number in range(5):
        world.update(observation("ada", f"o{number}"))
        manifest = quality.manifest(f"$export?_since={since}")
        seen |= {line["id"] for file in manifest["output"] for line in quality.lines(file)}
        world.update(observation("bo", f"p{number}"))
        since = manifest["transactionTime"]
    manifest = quality.manifest(f"$export?_since={since}")
    seen |= {line["id"] for file in manifest["output"] for line in quality.lines(file)}
    assert {f"{letter}{number}" for letter in "op" for number in range(5)} <= seen
