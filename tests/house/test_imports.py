"""Who may import whom (the design's direction of imports, as data), and what may not be there."""

import ast
import io
import re
import sys
import tokenize

import pytest

ALLOWED = {
    "errors": set(),
    "config": {"errors"},
    "program": {"errors"},
    "fhir": {"program", "errors"},
    "store": {"fhir.wire", "errors"},
    "launch": {"config", "errors"},
    "content": {"fhir", "program", "errors"},
    "outcomes": {"fhir", "program", "errors"},
    "web": {"content", "fhir", "program", "errors"},
    "cds": {"content", "fhir", "program", "errors"},
    "app": {"cds", "web", "launch", "store", "content", "fhir", "program", "config", "errors"},
    "cli": {"app", "outcomes", "launch", "store", "content", "config", "errors"},
    "sandbox": {"app", "store", "fhir.wire", "config", "errors"},
}
"""Part -> what it may import of ours besides itself; a dotted name allows that module only."""

STANDARD_LIBRARY_ONLY = {"errors", "program"}
WITHOUT_FLASK = {"fhir", "store", "content", "outcomes"}
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "service", "misc"}
VENDORS = {
    *("epic", "cerner", "oracle", "athena", "athenahealth", "meditech", "eclinicalworks", "ecw"),
    *("nextgen", "allscripts", "veradigm", "medplum", "hapi", "azure", "healthlake", "aidbox"),
}
WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
MARKER = re.compile(
    r"#\s*(type:\s*ignore(\[[\w\-, ]+\])?|noqa(:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*)?|pragma:\s*no \w+)"
)


def listed(offenders):
    return "\n" + "\n".join(offenders)


def part(name):
    """Return the row of the table for a module: ``smartapp.web.goal`` -> ``web``."""
    return f"{name}.".split(".")[1]


def imports(module):
    """Yield (line, absolute name) of everything a module imports, at any depth of its code."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(module, node)
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def _absolute(module, node):
    here = module.name.split(".")
    package = here if module.path.endswith("__init__.py") else here[:-1]
    above = package[: len(package) - node.level + 1] if node.level else []
    return ".".join([*above, *([node.module] if node.module else [])])


def is_allowed(own, target):
    """Tell whether the part ``own`` may import ``target``, a dotted name below smartapp."""
    names = {own} | ALLOWED.get(own, set())
    return any(target == name or target.startswith(name + ".") for name in names)


def wrong_way(module):
    """List a module's imports that the table does not allow."""
    return [
        f"{module.path}:{line} {part(module.name)} must not import {target}"
        for line, target in imports(module)
        if target.split(".")[0] == "smartapp"
        and not is_allowed(part(module.name), target.removeprefix("smartapp").lstrip("."))
    ]


def outside(module, parts, refused):
    """List a module's third-party imports that ``refused`` refuses, when it is one of ``parts``."""
    return [
        f"{module.path}:{line} {part(module.name)} must not import {target}"
        for line, target in imports(module)
        if part(module.name) in parts and refused(target.split(".")[0])
    ]


def words(module):
    """Yield (line, word) of every identifier and every string that is not a docstring."""
    tree = module.tree
    prose = {id(n.value) for n in ast.walk(tree) if isinstance(n, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) not in prose:
            yield from ((getattr(node, "lineno", 0), w) for text in _texts(node) for w in text)


def _texts(node):
    for field in ("id", "attr", "name", "arg", "asname", "module", "value"):
        text = getattr(node, field, None)
        if isinstance(text, str):
            yield [word.lower() for word in WORD.findall(text)]


def unexplained(module):
    """List the silencing comments without a code, or without two words of reason after it."""
    tokens = tokenize.generate_tokens(io.StringIO(module.text).readline)
    comments = [t for t in tokens if t.type == tokenize.COMMENT]
    found = [(t, MARKER.search(t.string)) for t in comments]
    return [f"{module.path}:{t.start[0]} {t.string}" for t, m in found if m and not _reason(t, m)]


def _reason(token, match):
    silenced = match.group(1)
    is_exact = silenced.startswith("pragma") or match.group(2) or match.group(3)
    return is_exact and len(re.findall(r"[A-Za-z]+", token.string[match.end() :])) >= 2


def own_patches(module):
    """List the tests' replacements of our own functions: only the wire may be faked."""
    ours = {name.split(".")[-1] for _, name in imports(module) if name.startswith("smartapp")}
    calls = [node for node in ast.walk(module.tree) if isinstance(node, ast.Call) and node.args]
    return [
        f"{module.path}:{call.lineno} {ast.unparse(call)[:80]}"
        for call in calls
        if _patches(call.func) and _is_ours(call.args[0], ours)
    ]


def _patches(function):
    name = ast.unparse(function)
    return name.endswith(("patch", "patch.object", "patch.multiple", "monkeypatch.setattr"))


def _is_ours(target, ours):
    if isinstance(target, ast.Constant):
        return str(target.value).startswith("smartapp")
    return ast.unparse(target).split(".")[0] in {*ours, "smartapp"}


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


def test_no_vendor_is_named_outside_its_own_file(code):
    elsewhere = [module for module in code if not module.path.startswith("smartapp/fhir/ehrs/")]
    named = [f"{m.path}:{line} {w}" for m in elsewhere for line, w in words(m) if w in VENDORS]
    named += [m.path for m in elsewhere if VENDORS & set(re.split(r"\W|_", m.path))]
    assert not named, listed(named)


def test_the_package_itself_is_empty(root):
    assert not root.joinpath("smartapp/__init__.py").read_text("utf-8").strip()


def test_tests_are_no_packages(tests):
    assert not [module.path for module in tests if module.path.endswith("__init__.py")]


def test_no_module_has_a_name_that_says_nothing(code):
    vague = [module.path for module in code if BANNED_NAMES & set(module.name.split("."))]
    assert not vague, listed(vague)


def test_every_silenced_check_has_its_reason(code, tests):
    bare = [offence for module in [*code, *tests] for offence in unexplained(module)]
    assert not bare, listed(bare)


def test_only_the_wire_is_faked(tests):
    patched = [offence for module in tests for offence in own_patches(module)]
    assert not patched, listed(patched)


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


@pytest.mark.parametrize(
    ("source", "is_named"),
    [
        ("is_epic = True", True),
        ("class EpicSite: ...", True),
        ("kind = 'cerner'", True),
        ('"""What Epic does."""\nx = 1  # Epic answers 405', False),
        ("epicentre = 1", False),
    ],
)
def test_vendor_names_are_found_in_code_but_not_in_prose(parse, source, is_named):
    found = {word for _, word in words(parse("a.py", source))}
    assert bool(found & VENDORS) == is_named


@pytest.mark.parametrize(
    ("comment", "is_explained"),
    [
        ("# noqa", False),
        ("# noqa: S105", False),
        ("# noqa: S105 - a name, no secret", True),
        ("# type: ignore[attr-defined]", False),
        ("# type: ignore[attr-defined]  # the stubs lack it", True),
        ("# pragma: no cover", False),
        ("# pragma: no cover - only on Windows", True),
    ],
)
def test_a_reason_is_at_least_two_words(parse, comment, is_explained):
    assert (not unexplained(parse("a.py", f"x = 1  {comment}\n"))) == is_explained


@pytest.mark.parametrize(
    ("source", "is_ours"),
    [
        ("mock.patch('smartapp.web.goal.show')", True),
        ("from smartapp.web import goal\nmonkeypatch.setattr(goal, 'show', f)", True),
        ("monkeypatch.setattr('socket.socket', f)", False),
        ("monkeypatch.setenv('A', 'b')", False),
    ],
)
def test_patches_of_our_own_functions_are_found(parse, source, is_ours):
    assert bool(own_patches(parse("tests/a.py", source))) == is_ours
