"""Every extension of ours is defined, by a StructureDefinition that ships with the content."""

import json
import re
from pathlib import Path

import pytest
from fhir.resources.R4B.structuredefinition import StructureDefinition

import smartapp
from smartapp.content import FOLDER
from smartapp.fhir import names

PROFILES = sorted((FOLDER / "profiles").glob("*.json"))
OURS = re.compile(rf"(?:{re.escape(names.BASE)}|\{{BASE\}})/StructureDefinition/([a-z-]+)")


def mentioned(folder, pattern):
    """Name the extensions of ours that the files below a folder speak of."""
    return {name for path in folder.rglob(pattern) for name in OURS.findall(path.read_text())}


def test_every_extension_in_code_and_content_is_defined() -> None:
    package = Path(smartapp.__file__).parent
    used = mentioned(package, "*.py") | mentioned(FOLDER, "*.json")
    assert used == {path.stem for path in PROFILES}


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_a_definition_is_valid_and_fixes_its_own_url(path: Path) -> None:
    profile = json.loads(path.read_text())
    StructureDefinition.model_validate(profile)
    (url,) = [e for e in profile["differential"]["element"] if e["id"] == "Extension.url"]
    assert url["fixedUri"] == profile["url"] == f"{names.BASE}/StructureDefinition/{path.stem}"
    assert profile["id"] == path.stem


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.stem)
def test_a_definition_allows_either_a_value_or_parts(path: Path) -> None:
    elements = {e["id"]: e for e in json.loads(path.read_text())["differential"]["element"]}
    holds_value = elements["Extension.value[x]"].get("max") != "0"
    has_parts = any(name.startswith("Extension.extension:") for name in elements)
    assert holds_value != has_parts
