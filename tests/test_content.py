"""The shipped content is sound, and unsound content stops the start with file, element, reason."""

import importlib
import json
import shutil

import pytest

from smartapp.content import FOLDER, load
from smartapp.errors import ContentError
from smartapp.fhir import names
from smartapp.program.assessment import Occasion
from smartapp.program.enrollment import Modality

INSTRUMENTS = {
    "gad-7",
    "hrqol-4",
    "peg",
    "pgic",
    "phq-4",
    "phq-9",
    "pseq",
    "pseq-2",
    "semcd-6",
}
EARLIER = {"hrqol-4-1.0.0", "peg-1.0.0", "pgic-1.0.0", "pseq-1.0.0", "semcd-6-1.0.0"}
FILES = sorted(path for path in FOLDER.rglob("*.json") if path.parent.name != "words")
SYSTEMS = {
    system["url"]: {concept["code"]: concept["display"] for concept in system["concept"]}
    for system in (json.loads(path.read_text()) for path in FOLDER.glob("terminology/*.json"))
}


@pytest.fixture
def folder(tmp_path):
    return shutil.copytree(FOLDER, tmp_path / "questionnaires")


@pytest.fixture
def edit(folder):
    """Return an editor of one content file: path and a function that changes the resource."""

    def change(name, edited):
        path = folder / name
        resource = json.loads(path.read_text())
        edited(resource)
        path.write_text(json.dumps(resource))
        return folder

    return change


def _refusal(folder):
    with pytest.raises(ContentError) as caught:
        load(folder)
    return str(caught.value)


def _codings(node):
    if isinstance(node, dict):
        if {"system", "code"} <= set(node):
            yield node
        for child in node.values():
            yield from _codings(child)
    if isinstance(node, list):
        for child in node:
            yield from _codings(child)


def test_the_shipped_content_loads():
    content = load()
    assert set(content.program.instruments) == INSTRUMENTS
    assert set(content.instruments) == INSTRUMENTS
    assert set(content.questionnaires) == INSTRUMENTS | {"red-flags", *EARLIER}


def test_the_program_is_the_pilots_with_our_default():
    program = load().program
    assert (program.sessions_least, program.sessions_usual, program.sessions_most) == (6, 8, 12)
    assert len(program.red_flags) == 12
    assert {reason.ends for reason in program.exit_reasons} == {"completed", "withdrawn"}
    assert program.red_flags_questionnaire.endswith("/Questionnaire/red-flags|1.0.0")


def test_pegs_rules_are_the_published_ones():
    (scale,) = load().instruments["peg"].scales
    assert (scale.code.code, scale.method, scale.better) == ("91147-9", "mean", "lower")
    assert (scale.least, scale.most, scale.answers_needed, scale.bands) == (0, 10, 3, ())
    assert [(t.kind, str(t.amount)) for t in scale.thresholds] == [
        ("absolute", "1"),
        ("percent", "3/10"),
    ]
    assert scale.components


def test_no_question_of_peg_holds_up_what_else_was_answered():
    """Whoever leaves one out has no PEG score, by the rule for missing answers, and no more."""
    assert not [item for item in load().questionnaires["peg"]["item"] if item.get("required")]


def test_pseqs_rules_are_the_published_ones():
    (scale,) = load().instruments["pseq"].scales
    assert (scale.code.code, scale.method, scale.better) == ("total", "sum", "higher")
    assert [(b.code, b.low, b.high) for b in scale.bands] == [
        ("severe", 0, 19),
        ("moderate", 20, 30),
        ("mild", 31, 40),
        ("minimal", 41, 60),
    ]
    assert [(str(t.amount), t.band_change) for t in scale.thresholds] == [
        ("11/2", False),
        ("7", True),
    ]


@pytest.mark.parametrize(
    ("slug", "panel", "score", "questions"),
    [
        (
            "phq-9",
            "44249-1",
            "44261-6",
            "44250-9 44255-8 44259-0 44254-1 44251-7 44258-2 44252-5 44253-3 44260-8 69722-7",
        ),
        (
            "gad-7",
            "69737-5",
            "70274-6",
            "69725-0 68509-9 69733-4 69734-2 69735-9 69689-8 69736-7",
        ),
        ("phq-4", "69724-3", "70272-0", "69725-0 68509-9 44250-9 44255-8"),
    ],
)
def test_loincs_codes_are_those_of_the_facts_in_their_order(slug, panel, score, questions):
    """FACTS 2.3: panel, score and questions; the answers count 0 to 3 in this order."""
    instrument = load().instruments[slug]
    answers = [option.code.code for option in instrument.items[0].options]
    assert (instrument.code.code, instrument.scales[0].code.code) == (panel, score)
    assert [item.code.code for item in instrument.items] == questions.split()
    assert answers == ["LA6568-5", "LA6569-3", "LA6570-1", "LA6571-9"]


def test_pegs_questions_carry_the_loinc_codes_that_other_apps_read():
    items = load().instruments["peg"].items
    assert [item.code.code for item in items] == ["75893-8", "91145-3", "91146-1"]
    assert [item.text for item in items] == [item.code.display for item in items]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_file_is_valid_fhir(path):
    resource = json.loads(path.read_text())
    kind = resource["resourceType"]
    module = importlib.import_module(f"fhir.resources.R4B.{kind.lower()}")
    getattr(module, kind).model_validate(resource)
    assert (resource["id"], resource["status"]) == (path.stem, "active")


@pytest.mark.parametrize(
    ("system", "codes"),
    [
        (names.PROGRAM_CATEGORY, {names.PROGRAM}),
        (names.PROGRAM_ROLE, {names.COACH, names.SUPERVISOR}),
        (names.OCCASIONS, {occasion.value for occasion in Occasion}),
        (f"{names.BASE}/CodeSystem/modality", {modality.value for modality in Modality}),
    ],
)
def test_every_code_the_program_writes_is_in_its_code_system(system, codes):
    assert set(SYSTEMS[system]) == codes


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_code_of_ours_is_in_its_code_system(path):
    for coding in _codings(json.loads(path.read_text())):
        if coding["system"].startswith("https://w3id.org/guided-self-help/"):
            assert SYSTEMS[coding["system"]][coding["code"]] == coding["display"]


@pytest.mark.parametrize(
    ("name", "key", "value", "says"),
    [
        ("peg.json", "copyright", "", "peg.json: Questionnaire.copyright: is missing"),
        ("peg.json", "url", None, "peg.json: Questionnaire.url: is missing"),
        ("pseq.json", "version", " ", "pseq.json: Questionnaire.version: is missing"),
        ("pseq.json", "id", "pseq2", "pseq.json: Questionnaire.id: is not the file's name"),
        ("peg.json", "resourceType", "Basic", "Questionnaire.resourceType: is not Questionnaire"),
        ("peg.json", "version", "2.0.0", "peg|1.1.0 is not an instrument here"),
        (
            "program/red-flags.json",
            "copyright",
            "",
            "guided-self-help.json: Questionnaire.copyright: is missing",
        ),
        ("terminology/exit-reason.json", "version", "2", "is not among the content files"),
        ("program/guided-self-help.json", "resourceType", "Basic", "0 files have one, not one"),
    ],
)
def test_unsound_content_is_refused_by_name(edit, name, key, value, says):
    folder = edit(name, lambda resource: resource.update({key: value}))
    assert says in _refusal(folder)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "peg.json: file: is not JSON in UTF-8: line 1, column 2"),
        ("[]", "peg.json: file: is not a resource"),
        ("\udcff", "peg.json: file: is not JSON in UTF-8"),
    ],
)
def test_a_damaged_file_is_refused(folder, text, says):
    (folder / "peg.json").write_text(text, errors="surrogateescape")
    assert _refusal(folder) == says


def test_an_empty_folder_is_refused(tmp_path):
    assert "PlanDefinition: 0 files have one" in _refusal(tmp_path)
