"""The expressions of a Questionnaire: read, checked for what they may use, and compiled.

Only FHIRPath is run; CQL and x-fhir-query are refused. An expression may use the standard
variables, what the launch gives, and the variables defined at its item or above it.
Source: SDC 3.0 "Expressions" (variable, calculatedExpression, enableWhenExpression,
initialExpression, answerOptionsToggleExpression, launchContext); FHIR R4 questionnaire-constraint.
"""

import re
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from smartapp.errors import PathError
from smartapp.fhirpath import Path, compile
from smartapp.forms.coding import identity
from smartapp.forms.looked_up import (
    LAUNCH,
    LAUNCH_CONTEXT,
    SDC,
    Names,
    declared,
    is_looked_up,
    launched,
)
from smartapp.forms.questionnaire import Constraint, Toggle, Variable
from smartapp.forms.reading_element import Element, checked, one_value
from smartapp.forms.reading_text import CORE

TERMS = frozenset({"ucum", "sct", "loinc"})
FHIRPATH = "text/fhirpath"
LONGEST = 10_000
LOOKED_UP = "looked up in the record, which is not supported"

VARIABLE = (f"{CORE}variable",)
CALCULATED = f"{SDC}calculatedExpression"
ENABLE_WHEN = f"{SDC}enableWhenExpression"
INITIAL = f"{SDC}initialExpression"
TOGGLE = f"{SDC}answerOptionsToggleExpression"
CONSTRAINTS = (f"{CORE}questionnaire-constraint", f"{CORE}targetConstraint")


def read_path(extension: Element, names: Names) -> Path | None:
    """Compile the expression that is an extension's value; note why it cannot be used."""
    raw = extension.value("Expression")
    if raw is None:
        return None
    expression = Element(raw, extension.place("valueExpression"), extension.findings)
    language = expression.text("language")
    if language != FHIRPATH:
        expression.error("language", f"is {language or 'missing'}; only {FHIRPATH} is supported")
        return None
    return compiled(expression, names)


def compiled(element: Element, names: Names, name: str = "expression") -> Path | None:
    """Compile the text that stands in ``name``."""
    text = element.text(name)
    if not text.strip() or len(text) > LONGEST:
        element.error(name, "is missing" if len(text) < LONGEST else "is too long")
        return None
    try:
        return compile(text, names.usable)
    except PathError as error:
        is_asking = is_looked_up(element, names)
        element.error(
            name, f"rests on what is {LOOKED_UP}" if is_asking else f"cannot be used: {error}"
        )
        return None


def read_setting(element: Element, url: str, names: Names) -> Path | None:
    """Compile the expression of the one extension with that url."""
    extension = element.extension(url)
    return None if extension is None else read_path(extension, names)


def read_initial(item: Element, names: Names) -> Path | None:
    """Compile initialExpression; one that rests on what is looked up is left out."""
    extension = item.extension(INITIAL)
    if extension is None:
        return None
    expression = extension.inside("valueExpression")
    if expression is None or not is_looked_up(expression, names):
        return read_path(extension, names)
    extension.warn("", f"is not filled in beforehand: it is {LOOKED_UP}")
    return None


def read_variables(element: Element, names: Names) -> tuple[tuple[Variable, ...], Names]:
    """Read an element's variables in the order they need each other, and all names below it."""
    names = names.without(*declared(element))
    extensions = {_variable_name(e): e for e in element.extensions(*VARIABLE)}
    own = _checked_names(element, [_variable_name(e) for e in element.extensions(*VARIABLE)], names)
    below = _without_queries({name: extensions[name] for name in own}, names.more(*own))
    mine = [name for name in own if name in below.known]
    paths = {name: read_path(extensions[name], below.hiding(name)) for name in mine}
    read = {name: Variable(name, path) for name, path in paths.items() if path is not None}
    return _ordered(element, read), below


def _without_queries(extensions: Mapping[str, Element], names: Names) -> Names:
    """Take out the variables that are looked up, then those that rest on them, and so on."""
    for name, extension in extensions.items():
        expression = extension.inside("valueExpression")
        if name in names.known and expression is not None and is_looked_up(expression, names):
            extension.warn("", f"the variable {name} is {LOOKED_UP}")
            return _without_queries(extensions, names.without(name))
    return names


def _variable_name(extension: Element) -> str:
    raw = extension.raw.get("valueExpression")
    name = raw.get("name") if isinstance(raw, dict) else None
    return name if isinstance(name, str) else ""


def _checked_names(element: Element, given: list[str], above: Names) -> list[str]:
    taken = {*above.usable, *TERMS, *LAUNCH}
    own: list[str] = []
    for name in given:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]{0,63}", name):
            element.error("extension", "a variable needs a name of letters, digits, - and _")
        elif name in taken:
            element.error("extension", f"the variable {name} is defined twice")
        else:
            own.append(name)
        taken.add(name)
    return own


def _ordered(element: Element, read: Mapping[str, Variable]) -> tuple[Variable, ...]:
    needs = {name: variable.path.names & read.keys() for name, variable in read.items()}
    try:
        return tuple(read[name] for name in TopologicalSorter(needs).static_order())
    except CycleError as error:
        element.error("extension", f"variables need each other: {', '.join(error.args[1])}")
        return ()


def read_toggles(item: Element, names: Names) -> tuple[tuple[Element, Path], ...]:
    """Read answerOptionsToggleExpression; which options it names is found by ``toggle``."""
    found = []
    for extension in item.extensions(TOGGLE):
        inner = extension.extension("expression")
        path = None if inner is None else read_path(inner, names)
        if inner is None:
            extension.error("", "has no expression")
        if path is not None:
            found.append((extension, path))
    return tuple(found)


def toggle(extension: Element, path: Path, keys: Iterable[tuple[str, object]]) -> Toggle:
    """Return the toggle of the options whose values the extension lists."""
    named: list[str] = []
    values = list(keys)
    for option in extension.extensions("option"):
        name, content = one_value(option.raw, "value")
        content = checked(option, name, content) if name else None
        match = [key for key, value in values if value == same_value(name, content)]
        if not match:
            option.error("", "is not one of the item's options")
        named += match
    if not named:
        extension.error("", "names no option")
    return Toggle(tuple(named), path)


def same_value(name: str, content: object) -> tuple[str, object]:
    """Return what makes a value the same: a Coding's identity, a reference's target."""
    if name.endswith("Coding") and isinstance(content, Mapping):
        return "Coding", identity(content)
    if name.endswith("Reference") and isinstance(content, Mapping):
        return "Reference", content.get("reference")
    return name.lstrip("abcdefghijklmnopqrstuvwxyz"), content


def read_constraints(element: Element, names: Names) -> tuple[Constraint, ...]:
    """Read the rules of an element; each needs key, severity, sentence and expression."""
    found = (_constraint(extension, names) for extension in element.extensions(*CONSTRAINTS))
    return tuple(constraint for constraint in found if constraint is not None)


def _constraint(extension: Element, names: Names) -> Constraint | None:
    path = _rule(extension, names)
    severity = extension.setting("severity", "Code")
    human = extension.setting("human", "String", "Markdown")
    if severity not in {"error", "warning"} or not human:
        extension.error("", "a constraint needs a severity, error or warning, and a sentence")
        return None
    key = extension.setting("key", "Id", "String") or ""
    return None if path is None else Constraint(key, severity, human, path)


def _rule(extension: Element, names: Names) -> Path | None:
    """Return a constraint's expression: text in R4, an Expression in targetConstraint."""
    inner = extension.extension("expression")
    if inner is None:
        extension.error("", "a constraint needs an expression")
        return None
    if "valueString" in inner.raw:
        return compiled(inner, names, "valueString")
    return read_path(inner, names)


def read_launch(root: Element) -> tuple[str, ...]:
    """Return what the form asks of the launch, as far as we are given it."""
    names = dict.fromkeys(launched(context) for context in root.extensions(LAUNCH_CONTEXT))
    for name in names.keys() - set(LAUNCH):
        root.warn("extension", f"{name} is not given; only patient, user and encounter are")
    return tuple(name for name in names if name in LAUNCH)
