"""Habits: no vendor named in code, every silenced check explained, only the wire faked in tests."""

import ast
import io
import re
import tokenize

import pytest

pytestmark = pytest.mark.untraced  # it only reads the code

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


def own_patches(module, foreign=frozenset()):
    """List the tests' replacements of our own names: only the wire may be faked.

    ``foreign`` are the dotted names that our modules import from elsewhere; those are not ours.
    """
    known = {name.split(".")[-1]: name for _, name in module.imports()}
    calls = [node for node in ast.walk(module.tree) if isinstance(node, ast.Call) and node.args]
    patches = [(call, _patched(call.args, known)) for call in calls if _is_patch(call.func)]
    return [
        f"{module.path}:{call.lineno} {ast.unparse(call)[:80]}"
        for call, name in patches
        if name.startswith("smartapp") and name not in foreign
    ]


def _is_patch(function):
    name = ast.unparse(function)
    return name.endswith(("patch", "patch.object", "patch.multiple", "monkeypatch.setattr"))


def _patched(arguments, known):
    """Return the dotted name that is replaced: given as text, or as an object and its attribute."""
    target, *rest = arguments
    if isinstance(target, ast.Constant):
        return str(target.value)
    first, *deeper = ast.unparse(target).split(".")
    attribute = [str(rest[0].value)] if rest and isinstance(rest[0], ast.Constant) else []
    return ".".join([known.get(first, first), *deeper, *attribute])


def foreign_names(code):
    """Return the dotted names under which our modules know what they import from elsewhere."""
    return {
        f"{module.name}.{name.split('.')[-1]}"
        for module in code
        for _, name in module.imports()
        if not name.startswith("smartapp")
    }


def test_no_vendor_is_named_outside_its_own_file(code):
    elsewhere = [module for module in code if not module.path.startswith("smartapp/fhir/ehrs/")]
    named = [f"{m.path}:{line} {w}" for m in elsewhere for line, w in words(m) if w in VENDORS]
    named += [m.path for m in elsewhere if VENDORS & set(re.split(r"\W|_", m.path))]
    assert not named, listed(named)


def test_every_silenced_check_has_its_reason(code, tests):
    bare = [offence for module in [*code, *tests] for offence in unexplained(module)]
    assert not bare, listed(bare)


def test_only_the_wire_is_faked(code, tests):
    foreign = foreign_names(code)
    patched = [offence for module in tests for offence in own_patches(module, foreign)]
    assert not patched, listed(patched)


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


def test_a_foreign_name_in_our_module_is_not_our_own(parse):
    ours = [parse("smartapp/fhir/http.py", "from urllib3 import Retry\ndef refusal(): ...")]
    source = "from smartapp.fhir import http\nmonkeypatch.setattr(http, '{}', f)"
    sources = [source.format(name) for name in ("Retry", "refusal")]
    found = [own_patches(parse("tests/a.py", text), foreign_names(ours)) for text in sources]
    assert [bool(offences) for offences in found] == [False, True]
