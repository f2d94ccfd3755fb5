"""The budgets of size: small functions, small modules, shallow folders, tests in proportion.

How length is counted stands in this folder's conftest. Complexity is ruff's (C90).
"""

import ast
from pathlib import PurePath
from statistics import median, quantiles

import pytest

pytestmark = pytest.mark.untraced  # it only reads the code

LONGEST, P90, MEDIAN = 40, 20, 8
MODULE = 250
DEPTH = 2
TESTS_TO_CODE = (1.0, 1.4)
TABLES = ("fhirpath/agreement.json", "forms/rules/cases/*.json", "questionnaires/*.json")
"""Cases written as rows of a table below ``tests/``: they are tests as much as those in Python."""
MEDIAN_TEST = 10


def listed(offenders):
    return "\n" + "\n".join(map(str, offenders))


def longest(functions, count=15):
    ordered = sorted(functions, key=lambda function: -function.lines)[:count]
    return listed(f"{function.lines:3d} {function.place}" for function in ordered)


def undocumented(module):
    """List the public names of a module that have no docstring, the module itself included."""
    return [f"{module.path}:{line} {name}" for line, name in _bare(module.tree, module.name)]


def _bare(node, name):
    if not ast.get_docstring(node) and not (isinstance(node, ast.Module) and not node.body):
        yield getattr(node, "lineno", 1), name
    for child in node.body:
        kind = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        if isinstance(child, kind) and not child.name.startswith("_"):
            yield from _bare(child, child.name) if isinstance(child, ast.ClassDef) else _of(child)


def _of(function):
    decorators = {ast.unparse(decorator).split(".")[-1] for decorator in function.decorator_list}
    if not ast.get_docstring(function) and not decorators & {"overload", "override", "setter"}:
        yield function.lineno, function.name


@pytest.fixture(scope="module")
def functions(code):
    return [function for module in code for function in module.functions()]


def test_no_function_has_more_than_40_lines(functions):
    over = [function for function in functions if function.lines > LONGEST]
    assert not over, longest(over)


def test_nine_of_ten_functions_have_at_most_20_lines(functions):
    p90 = quantiles([function.lines for function in functions], n=10)[-1]
    assert p90 <= P90, f"p90 is {p90:g}; the longest:" + longest(functions)


def test_half_of_the_functions_have_at_most_8_lines(functions):
    middle = median(function.lines for function in functions)
    over = [function for function in functions if function.lines > MEDIAN]
    assert middle <= MEDIAN, f"median is {middle:g}; {len(over)} over it:" + longest(over, 40)


def test_no_module_has_more_than_250_lines(code):
    over = [f"{module.lines} {module.path}" for module in code if module.lines > MODULE]
    assert not over, listed(over)


def test_packages_go_at_most_two_levels_deep(code):
    deep = [m.path for m in code if len(PurePath(m.path).parts) - 2 > DEPTH]
    assert not deep, listed(deep)


def test_tests_are_about_as_long_as_the_code(code, tests, root):
    written, tested = (sum(module.lines for module in part) for part in (code, tests))
    tables = [path for table in TABLES for path in (root / "tests").glob(table)]
    tested += sum(len(path.read_text("utf-8").splitlines()) for path in tables)
    least, most = TESTS_TO_CODE
    assert least <= tested / written <= most, (
        f"tests {tested} : code {written} = {tested / written:.2f}, wanted {least} to {most}"
    )


def test_half_of_the_tests_have_at_most_10_lines(tests):
    every = [f for m in tests for f in m.functions() if f.place.split()[-1].startswith("test_")]
    middle = median(function.lines for function in every)
    assert middle <= MEDIAN_TEST, f"median is {middle:g}; the longest:" + longest(every)


def test_every_public_name_is_documented(code):
    bare = [offence for module in code for offence in undocumented(module)]
    assert not bare, listed(bare)


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("def f():\n    return 1\n", 2),
        ('def f():\n    """Say.\n\n    More.\n    """\n    return 1\n', 2),
        ("@decorated\ndef f(\n    a,\n):\n\n    # why\n    return a\n", 5),
    ],
)
def test_length_counts_from_def_without_docstring_and_blank_lines(parse, source, lines):
    assert [function.lines for function in parse("a.py", source).functions()] == [lines]


def test_a_public_method_without_docstring_is_found(parse):
    source = '"""M."""\nclass A:\n    """A."""\n    def b(self): ...\n    def _c(self): ...\n'
    assert undocumented(parse("smartapp/a.py", source)) == ["smartapp/a.py:4 b"]
