"""The source tree as the house rules see it: parsed once, measured in one way.

A function's length is its non-blank lines from ``def`` to its end, without decorators and without
its docstring. A module's length is all its non-blank lines. Nested functions count by themselves
and in the one around them.
"""

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median, quantiles

import pytest

ROOT = Path(__file__).resolve().parents[2]
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Measured:
    """One function: where it is and how many lines it has."""

    place: str
    lines: int


@dataclass(frozen=True)
class Module:
    """One source file, parsed."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @property
    def name(self) -> str:
        """The dotted name below the repository, ``smartapp.web.goal``."""
        parts = self.path.removesuffix(".py").split("/")
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @property
    def lines(self) -> int:
        return sum(bool(line.strip()) for line in self.text.splitlines())

    def imports(self) -> Iterator[tuple[int, str]]:
        """Yield (line, absolute dotted name) of everything imported, at any depth of the code."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self._absolute(node)
                yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)

    def _absolute(self, node: ast.ImportFrom) -> str:
        here = self.name.split(".")
        package = here if self.path.endswith("__init__.py") else here[:-1]
        above = package[: len(package) - node.level + 1] if node.level else []
        return ".".join([*above, *([node.module] if node.module else [])])

    def functions(self) -> list[Measured]:
        return [
            Measured(f"{self.path}:{node.lineno} {node.name}", self._length(node))
            for node in ast.walk(self.tree)
            if isinstance(node, Function)
        ]

    def _length(self, node: Function) -> int:
        first = node.body[0]
        skipped = range(0)
        if ast.get_docstring(node, clean=False) is not None:
            skipped = range(first.lineno, (first.end_lineno or first.lineno) + 1)
        numbered = enumerate(self.text.splitlines()[: node.end_lineno], 1)
        return sum(
            bool(line.strip()) for n, line in numbered if n >= node.lineno and n not in skipped
        )


def read(folder: str) -> list[Module]:
    """Parse every Python file below a folder of the repository."""
    files = sorted(_python_below(ROOT / folder))
    return [Module(str(file.relative_to(ROOT)), file.read_text("utf-8")) for file in files]


def _python_below(folder: Path) -> Iterator[Path]:
    """Yield our own files; what others have made may just be being installed."""
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name not in ("node_modules", ".venv", "target")]
        yield from (Path(place, name) for name in files if name.endswith(".py"))


@pytest.fixture(scope="session")
def code() -> list[Module]:
    """Every module of the program."""
    return read("smartapp")


@pytest.fixture(scope="session")
def tests() -> list[Module]:
    """Every module of the tests."""
    return read("tests")


@pytest.fixture(scope="session")
def parse():
    """Make a Module from a path and source text, to try a rule on."""
    return Module


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's folder."""
    return ROOT


def pytest_terminal_summary(terminalreporter) -> None:
    """Print the figures behind the budgets, so that a drift is seen before it is a breach."""
    code, tests = read("smartapp"), read("tests")
    lengths = [f.lines for module in code for f in module.functions()]
    tested = [f.lines for m in tests for f in m.functions() if f.place.split()[-1][:5] == "test_"]
    sizes = sum(m.lines for m in code), sum(m.lines for m in tests)
    if len(lengths) < 2 or not tested:
        return
    terminalreporter.write_line(
        f"house: {len(lengths)} functions, median {median(lengths):g}, "
        f"p90 {quantiles(lengths, n=10)[-1]:g}, longest {max(lengths)} lines; "
        f"{len(tested)} tests, median {median(tested):g} lines; "
        f"code {sizes[0]}, tests {sizes[1]} lines, ratio {sizes[1] / sizes[0]:.2f}"
    )
