"""What a form would have looked up in the record before it is shown; this program looks up nothing.

Queries, and launch contexts that we are not given, are there to fill in a form beforehand. An
initial value that rests on them is left out with a warning, for whoever answers can give it.
Whatever else rests on them is refused. Source: SDC 3.0 "Form Population".
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from smartapp.errors import PathError
from smartapp.fhirpath import compile
from smartapp.forms.reading_element import Element

SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"
STANDARD = frozenset({"resource", "rootResource", "context", "questionnaire", "qitem"})
LAUNCH_CONTEXT = f"{SDC}launchContext"
LAUNCH = ("patient", "user", "encounter")
QUERIES = ("application/x-fhir-query", "text/cql", "text/cql-identifier")
"""Languages of expressions that ask the record."""
_NAMING = (f"{SDC}itemPopulationContext", f"{SDC}candidateExpression")
_SOURCES = f"{SDC}sourceQueries"


@dataclass(frozen=True)
class Names:
    """The variables that an expression may use, and those it may not, being ``looked_up``."""

    known: frozenset[str] = frozenset()
    looked_up: frozenset[str] = frozenset()

    def more(self, *known: str) -> "Names":
        """Return the names with more that are known."""
        return replace(self, known=self.known.union(known))

    def without(self, *looked_up: str) -> "Names":
        """Return the names with more that are looked up, and so not known."""
        return Names(self.known.difference(looked_up), self.looked_up.union(looked_up))

    def hiding(self, name: str) -> "Names":
        """Return the names without one of the known."""
        return replace(self, known=self.known - {name})

    @property
    def usable(self) -> frozenset[str]:
        """All that an expression may use."""
        return self.known | STANDARD


def is_looked_up(expression: Element, names: Names) -> bool:
    """Tell whether an expression asks the record, or rests on what does."""
    if expression.raw.get("language") in QUERIES:
        return True
    text = expression.raw.get("expression")
    if not names.looked_up or not isinstance(text, str):
        return False
    return not _compiles(text, names.usable) and _compiles(text, names.usable | names.looked_up)


def _compiles(text: str, names: frozenset[str]) -> bool:
    try:
        return bool(compile(text, names))
    except PathError:
        return False


def declared(element: Element) -> Iterator[str]:
    """Give the names that an element declares for what is looked up, other than variables."""
    for extension in element.extensions(*_NAMING):
        expression = extension.raw.get("valueExpression")
        yield from _text(expression, "name")
    for source in element.extensions(_SOURCES):
        for reference in _text(source.raw.get("valueReference"), "reference"):
            yield reference.removeprefix("#")
    for context in element.extensions(LAUNCH_CONTEXT):
        if launched(context) not in LAUNCH:
            yield launched(context)


def launched(context: Element) -> str:
    """Return the name of a launchContext."""
    name = context.setting("name", "Coding", "Id", "Code")
    name = name.get("code") if isinstance(name, dict) else name
    return name if isinstance(name, str) else ""


def _text(holder: object, name: str) -> Iterator[str]:
    text = holder.get(name) if isinstance(holder, dict) else None
    if isinstance(text, str):
        yield text
