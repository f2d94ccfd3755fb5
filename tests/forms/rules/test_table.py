"""Every rule by example: one response that keeps it, one that breaks it and no other."""

from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from smartapp.forms.rules import ALWAYS, RULES

FILES = sorted(Path(__file__).with_name("cases").glob("*.json"))
_READ = msgspec.json.Decoder(float_hook=Decimal)
CASES = [case for file in FILES for case in _READ.decode(file.read_bytes())]
HEADER = set(range(1, 9))
every = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['rule']} {case['name']}")


@pytest.fixture
def form(case, read):
    root = case.get("root", {})
    return read(*case["form"], **root, contained=case.get("contained", []))


@every
def test_what_keeps_the_rule_is_without_issue(case, form, respond, judge):
    assert judge(form, respond(*case["keeps"])) == ()


@every
def test_what_breaks_it_is_found_where_it_stands(case, form, respond, judge):
    issues = judge(form, respond(*case["breaks"]))
    (found,) = [issue for issue in issues if issue.rule not in case.get("also", ())]
    assert (found.rule, found.severity, found.expression) == (
        case["rule"],
        case["severity"],
        case["at"],
    )


@every
def test_an_unfinished_response_keeps_the_rules_of_structure_only(case, form, respond, judge):
    issues = judge(form, respond(*case["breaks"], status="in-progress"))
    broken = {case["rule"], *case.get("also", ())}
    assert {issue.rule for issue in issues} == broken & ALWAYS


def test_every_rule_has_an_example():
    assert set(RULES) - {case["rule"] for case in CASES} == HEADER
