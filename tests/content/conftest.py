"""Questionnaires such as a site adds, of our own making: their texts say nothing but "Item 1"."""

import json

import pytest

from smartapp.content.definition import read_definitions
from smartapp.content.folder import read_folder
from smartapp.content.shipped import load_shipped

ORDINAL = "http://hl7.org/fhir/StructureDefinition/ordinalValue"
LIMIT = "http://hl7.org/fhir/StructureDefinition/{}Value"


def choice(link_id, least, most, **more):
    """Return a question answered in words that count from ``least`` to ``most``."""
    numbers = range(least, most + 1)
    coded = [{"system": "https://clinic.example/answers", "code": f"a{n}"} for n in numbers]
    options = [
        {
            "extension": [{"url": ORDINAL, "valueDecimal": n}],
            "valueCoding": {**coding, "display": f"Answer {n}"},
        }
        for n, coding in zip(numbers, coded, strict=True)
    ]
    made = {"linkId": link_id, "text": f"Item {link_id}", "type": "choice", "answerOption": options}
    return made | more


def number(link_id, least, most, **more):
    """Return a question answered by a whole number."""
    ends = {"min": least, "max": most}
    limits = [{"url": LIMIT.format(name), "valueInteger": end} for name, end in ends.items()]
    made = {"linkId": link_id, "text": f"Item {link_id}", "type": "integer", "extension": limits}
    return made | more


def questionnaire(name, items, **more):
    """Return a whole Questionnaire of a site."""
    return {
        "resourceType": "Questionnaire",
        "url": f"https://clinic.example/Questionnaire/{name}",
        "version": "1",
        "title": f"The clinic's {name}",
        "status": "active",
        "copyright": "Used under the clinic's licence.",
        "item": items,
    } | more


@pytest.fixture(scope="session")
def shipped():
    return load_shipped()


@pytest.fixture(scope="session")
def definitions():
    return read_definitions()


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "clinic"
    made.mkdir()
    return made


@pytest.fixture
def put(folder):
    """Write a file of the folder: JSON, or text as it is."""

    def write(name, held):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(held if isinstance(held, str) else json.dumps(held))
        return path

    return write


@pytest.fixture
def read(folder, shipped, definitions):
    """Read the folder; its files by name."""

    def every():
        return {file.name: file for file in read_folder(folder, shipped, definitions).files}

    return every


@pytest.fixture
def errors(read):
    """Read the folder; what is unsound in it, line by line."""

    def lines():
        return [f"{f.name}: {error}" for f in read().values() for error in f.findings.errors]

    return lines


@pytest.fixture
def makers():
    """The makers of questions and questionnaires."""
    return choice, number, questionnaire


@pytest.fixture
def value_set():
    """Return the answers 1 to 4 as an expanded value set."""
    coded = [
        {"system": "urn:a", "code": f"v{n}", "display": f"Answer {n}"}
        | {"extension": [{"url": ORDINAL, "valueDecimal": n}]}
        for n in range(1, 5)
    ]
    url = "https://clinic.example/ValueSet/answers"
    expansion = {"timestamp": "2026-11-23", "contains": coded}
    return {"resourceType": "ValueSet", "url": url, "status": "active", "expansion": expansion}
