"""Who may import whom: the design's direction of imports, as data."""

import sys

import pytest

pytestmark = pytest.mark.untraced  # it only reads the code

ALLOWED = {
    "errors": set(),
    "alone": set(),
    "logs": set(),
    "keyring": set(),
    "sealed": set(),
    "sqlite": set(),
    "table": {"errors"},
    "access": {"table", "errors"},
    "config": {
        "access",
        "alerts.configured",
        "program.safety",
        "systems.registered",
        "table",
        "errors",
    },
    "program": {"errors"},
    "fhirpath": {"errors"},
    "forms": {"fhirpath", "errors"},
    "fhir": {"forms", "fhirpath", "program", "sqlite", "errors"},
    "store": {"fhir.wire", "sqlite", "errors"},
    "systems": {"store", "fhir.names", "fhir.wire", "sqlite", "table", "errors"},
    "launch": {"config", "sqlite", "errors"},
    "audit": {
        "alerts.witness",
        "drafts.witness",
        "fhir.names",
        "fhir.witness",
        "launch.witness",
        "systems.witness",
        "errors",
    },
    "outbox": {"fhir", "sealed", "sqlite", "errors"},
    "content": {"fhir", "forms", "program", "errors"},
    "outcomes": {"fhir", "program", "errors"},
    "drafts": {"sealed", "sqlite", "errors"},
    "alerts": {"drafts.sealed", "program", "sealed", "sqlite", "table", "errors"},
    "web": {"alerts", "content", "drafts", "outbox", "fhir", "forms", "program", "errors"},
    "cds": {"content", "fhir", "program", "errors"},
    "parts": {
        "alerts",
        "alone",
        "audit",
        "drafts",
        "launch",
        "outbox",
        "store",
        "content",
        "fhir",
        "config",
        "errors",
    },
    "app": {
        "parts",
        "alerts",
        "audit",
        "cds",
        "systems",
        "web",
        "launch",
        "drafts",
        "outbox",
        "sealed",
        "store",
        "content",
        "fhir",
        "program",
        "config",
        "errors",
    },
    "sitecheck": {"launch", "fhir", "config", "errors"},
    "moving": {"parts", "audit", "launch", "content", "fhir", "config", "errors"},
    "commands": {"sqlite", "alone", "moving", "parts", "content", "fhir", "config", "errors"},
    "cli": {
        "alerts.configured",
        "commands",
        "parts",
        "outbox",
        "outcomes",
        "fhir",
        "launch",
        "store",
        "content",
        "config",
        "keyring",
        "logs",
        "sitecheck",
        "errors",
    },
    "sandbox": {
        "app",
        "logs",
        "store",
        "launch.keys",
        "fhir.wire",
        "fhir.ehrs",
        "config",
        "errors",
    },
}
"""Part -> what it may import of ours besides itself; a dotted name allows that module only."""

STANDARD_LIBRARY_ONLY = {"errors", "program"}
WITHOUT_FLASK = {"audit", "outbox", "fhir", "content", "outcomes"}
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "service", "misc"}


def listed(offenders):
    return "\n" + "\n".join(offenders)


def part(name):
    """Return the row of the table for a module: ``smartapp.web.goal`` -> ``web``."""
    return f"{name}.".split(".")[1]


def is_allowed(own, target):
    """Tell whether the part ``own`` may import ``target``, a dotted name below smartapp."""
    names = {own} | ALLOWED.get(own, set())
    return any(target == name or target.startswith(name + ".") for name in names)


def wrong_way(module):
    """List a module's imports that the table does not allow."""
    return [
        f"{module.path}:{line} {part(module.name)} must not import {target}"
        for line, target in module.imports()
        if target.split(".")[0] == "smartapp"
        and not is_allowed(part(module.name), target.removeprefix("smartapp").lstrip("."))
    ]


def outside(module, parts, refused):
    """List a module's third-party imports that ``refused`` refuses, when it is one of ``parts``."""
    return [
        f"{module.path}:{line} {part(module.name)} must not import {target}"
        for line, target in module.imports()
        if part(module.name) in parts and refused(target.split(".")[0])
    ]


def test_imports_go_one_way(code):
    wrong = [offence for module in code for offence in wrong_way(module)]
    assert not wrong, listed(wrong)


def test_every_part_has_a_row_in_the_table(code):
    unknown = {part(module.name) for module in code} - {""} - set(ALLOWED)
    assert not unknown, f"say in ALLOWED what these may import: {sorted(unknown)}"


def test_production_never_imports_the_sandbox():
    assert not [own for own, names in ALLOWED.items() if "sandbox" in names]


def test_meaning_uses_the_standard_library_only(code):
    def refused(name):
        return name != "smartapp" and name not in sys.stdlib_module_names

    wrong = [o for module in code for o in outside(module, STANDARD_LIBRARY_ONLY, refused)]
    assert not wrong, listed(wrong)


def test_the_record_knows_no_web_framework(code):
    def refused(name):
        return name.startswith(("flask", "werkzeug"))

    wrong = [offence for module in code for offence in outside(module, WITHOUT_FLASK, refused)]
    assert not wrong, listed(wrong)


def test_the_package_itself_is_empty(root):
    assert not root.joinpath("smartapp/__init__.py").read_text("utf-8").strip()


def test_tests_are_no_packages(tests):
    assert not [module.path for module in tests if module.path.endswith("__init__.py")]


def test_no_module_has_a_name_that_says_nothing(code):
    vague = [module.path for module in code if BANNED_NAMES & set(module.name.split("."))]
    assert not vague, listed(vague)


@pytest.mark.parametrize(
    ("path", "source", "is_refused"),
    [
        ("smartapp/program/a.py", "from smartapp.errors import GshError", False),
        ("smartapp/program/a.py", "from smartapp.fhir import names", True),
        ("smartapp/program/a.py", "def f():\n    import smartapp.web.goal", True),
        ("smartapp/program/a.py", "from ..web import goal", True),
        ("smartapp/store/a.py", "from smartapp.fhir.wire import decode", False),
        ("smartapp/store/a.py", "from smartapp.fhir.client import EhrClient", True),
        ("smartapp/launch/a.py", "from smartapp.fhir import wire", True),
        ("smartapp/web/a.py", "from smartapp import sandbox", True),
        ("smartapp/web/a.py", "from smartapp import errors as tree", False),
    ],
)
def test_the_table_refuses_what_it_should(parse, path, source, is_refused):
    assert bool(wrong_way(parse(path, source))) == is_refused
