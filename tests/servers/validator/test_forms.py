"""HL7's own validator over the examples of our rules for responses: agreement case by case.

Where both differ, a list says why. A difference that is gone fails too: the lists stay true. What
is no error to us is none to it when it does not look.
"""

import json
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.server

HERE = Path(__file__).parent
TABLE = HERE.parents[1] / "forms" / "rules" / "cases"
CASES = {
    f"{case['rule']} {case['name']}": case
    for file in sorted(TABLE.glob("*.json"))
    for case in json.loads(file.read_text("utf-8"))
}
VALIDATED_WITHIN = 900

NOT_THEIR_RULES = {
    28: "a string of several lines",
    36: "an option chosen twice",
    37: "options that are toggled",
    48: "a fixed unit",
    52: "a slider's steps",
    54: "constraints",
    55: "calculations",
    56: "answers to what is read-only",
    57: "fixed answers",
    58: "variables",
}
"""Rules that HL7's validator, in this version and without SDC, does not look at."""
NOT_THEIR_CASES = {
    "13 a question stands in one place": "it takes several items for one question",
    "19 the definition is the form's": "it does not compare definitions",
    "24 a group with nothing in it has none": "a group that is there is enough for it",
    "25 a group no more often": "it counts answers, not groups",
    "29 no control characters": "it takes them",
    "29 nor in what a code is called": "it takes them",
    "33 a code is in the value set": "it has no terminology server here",
    "39 counted in characters": "it counts UTF-16 units",
    "40 a web address too": "it does not limit a url",
    "41 a number too": "it matches texts only",
    "49 and real": "it does not look into files",
    "50 a size that is allowed": "it reads the size that is stated",
    "51 a reference names a type and an id": "it does not read references in answers",
    "51 of a type that there is": "it does not read references in answers",
    "51 of a type that is asked for": "it does not read references in answers",
}
"""Faults that it does not see."""
THEIR_FAULTS = {
    "18 the words are the form's": "an error to it, a warning in our rules",
    "18 or their translation": "it takes no translation of the text",
    "25 as many answers as asked for": "it refuses the least number itself",
    "25 no more answers than asked for": "it refuses the most number itself",
    "25 a group as often as asked for": "it counts answers, not groups",
    '27 how a time is written: "10:00"': "it refuses fractions of a second",
    '27 how a quantity is written: {"value": 1, "comparator": "="}': "it fails at any comparator",
    "31 a Date is offered": "it never finds a date among the options",
    "31 a Reference is offered": "it does not know references as options",
    "44 most of a date": "a day of the last month is beyond that month to it",
    "44 least of a date": "a month is before its days to it",
    "44 a date in the zone of the clinic": "a moment is beyond its day to it",
    "45 least of an amount": "it fails without a UCUM service",
    "45 most of an amount": "it fails without a UCUM service",
    "45 an amount below something": "it fails at any comparator",
    "53 no more than calculated": "it fails at a limit without a value",
    "53 not before today": "it fails at a limit without a value",
}
"""What it refuses though FHIR allows it, or says otherwise."""


def differs(name):
    case, listed = CASES[name], (*NOT_THEIR_CASES, *THEIR_FAULTS)
    return (case["rule"] in NOT_THEIR_RULES and case["severity"] == "error") or name in listed


@pytest.fixture(scope="module")
def refused(tmp_path_factory, java):
    """The responses, by name, in which HL7's validator finds an error."""
    forms, responses = tmp_path_factory.mktemp("forms"), tmp_path_factory.mktemp("responses")
    for number, case in enumerate(CASES.values()):
        url = _write(forms, number, case)
        for kind in ("keeps", "breaks"):
            _answer(responses, f"{kind}-{number}", url, case[kind])
    done = subprocess.run(
        [*java(HERE), f"know={forms}", f"check={responses}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=VALIDATED_WITHIN,
    )
    said = json.loads(done.stdout)
    return {Path(one["file"]).stem for one in said if one["severity"] in ("error", "fatal")}


def _write(folder, number, case):
    url = f"http://example.org/Questionnaire/q{number}"
    head = {"resourceType": "Questionnaire", "url": url, "version": "1", "status": "active"}
    contained = {"contained": case["contained"]} if "contained" in case else {}
    form = {**head, **case.get("root", {}), **contained, "item": case["form"]}
    (folder / f"q{number}.json").write_text(json.dumps(form))
    return f"{url}|1"


def _answer(folder, name, url, items):
    head = {"resourceType": "QuestionnaireResponse", "questionnaire": url, "status": "completed"}
    authored = {"authored": "2026-11-23T12:00:00+01:00"}
    response = {**head, **authored, **({"item": items} if items else {})}
    (folder / f"{name}.json").write_text(json.dumps(response))


def _agrees(name, refused):
    case, number = CASES[name], list(CASES).index(name)
    is_error = case["severity"] == "error" or bool(case.get("also"))
    return f"keeps-{number}" not in refused and (f"breaks-{number}" in refused) == is_error


@pytest.mark.parametrize("name", [name for name in CASES if not differs(name)])
def test_both_validators_agree(refused, name):
    assert _agrees(name, refused)


@pytest.mark.parametrize("name", [name for name in CASES if differs(name)])
def test_a_difference_that_is_listed_is_still_one(refused, name):
    assert not _agrees(name, refused)


def test_what_is_listed_is_in_the_table():
    assert {*NOT_THEIR_CASES, *THEIR_FAULTS} <= set(CASES)
    assert set(NOT_THEIR_RULES) <= {case["rule"] for case in CASES.values()}
