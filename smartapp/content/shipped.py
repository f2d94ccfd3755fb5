"""The content that ships with the program, loaded and checked whole at start.

``questionnaires/`` lies beside the package, in a checkout and in an installed wheel alike:
``<slug>.json`` instruments, ``program/`` the PlanDefinition and the red-flag checklist,
``terminology/`` code systems, ``scoring/`` definitions for what a site adds (``definition.py``),
``words/`` the program's own words on a patient's pages (``words.py``).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from smartapp.content.jsonfile import read_json
from smartapp.content.words import WORDS, read_words
from smartapp.errors import ContentError
from smartapp.fhir.element import Element
from smartapp.fhir.protocol import read_program
from smartapp.fhir.questionnaire import read_instrument
from smartapp.forms.questionnaire import Questionnaire
from smartapp.forms.reading import read_questionnaire
from smartapp.forms.words import Vocabulary
from smartapp.program.instrument import Instrument
from smartapp.program.protocol import Program
from smartapp.program.safety import Action

FOLDER = Path(__file__).resolve().parents[2] / "questionnaires"
SCORING = "scoring"
T = TypeVar("T")
Resource = dict[str, Any]


@dataclass(frozen=True)
class Content:
    """The program, its instruments by slug, and every raw Questionnaire by slug.

    ``questionnaires`` also holds the red-flag checklist, as ``red-flags``. Decimals in it are
    ``Decimal``. ``safety_actions`` are what can be done about a safety alert, in order.
    ``words`` are the program's own on pages that a patient sees. ``value_sets`` are those a site
    gives for its questionnaires, by ``url|version``.
    """

    program: Program
    instruments: Mapping[str, Instrument]
    questionnaires: Mapping[str, Resource]
    safety_actions: tuple[Action, ...]
    words: Vocabulary
    value_sets: Mapping[str, Resource] = field(default_factory=dict)

    @cached_property
    def forms(self) -> Mapping[str, Questionnaire]:
        """Every Questionnaire as a form, by ``url|version``; ContentError for an unsound one."""
        named = [(Path(f"{slug}.json"), raw) for slug, raw in self.questionnaires.items()]
        read = [_named(path, self._read, raw) for path, raw in named]
        return {form.canonical: form for form in read}

    def canonical(self, slug: str) -> str:
        """Return the ``url|version`` of the questionnaire of that slug, scored or not."""
        raw = self.questionnaires[slug]
        return f"{raw['url']}|{raw['version']}"

    def _read(self, raw: Resource) -> Questionnaire:
        return read_questionnaire(raw, self.value_sets)


def load_shipped(folder: Path = FOLDER) -> Content:
    """Load every content file; raise ContentError ``<file>: <element>: <reason>``."""
    others = {folder / SCORING, folder / WORDS}
    paths = [path for path in sorted(folder.rglob("*.json")) if path.parent not in others]
    files = {path: _parse(path) for path in paths}
    scored = {path: resource for path, resource in files.items() if path.parent == folder}
    instruments = {path.stem: _named(path, read_instrument, raw) for path, raw in scored.items()}
    for path in scored:
        _check_slug(path, instruments[path.stem])
    canonicals = {f"{i.url}|{i.version}": i.slug for i in instruments.values()}
    plan, plan_file = _plan(folder, files)
    resources = {f"{r.get('url')}|{r.get('version')}": r for r in files.values()}
    program = _named(plan_file, lambda raw: read_program(raw, resources, canonicals), plan)
    actions, words = _actions(folder, files), read_words(folder / WORDS)
    content = Content(program, instruments, _questionnaires(files), actions, words)
    _ = content.forms  # read now: an unsound one stops the start
    return content


def _parse(path: Path) -> Resource:
    try:
        return read_json(path)
    except ContentError as error:
        raise ContentError(f"{path.name}: {error}") from None


def _named(path: Path, read: Callable[[Resource], T], raw: Resource) -> T:
    """Read a resource, so that an error starts with its file's name."""
    try:
        return read(raw)
    except ContentError as error:
        raise ContentError(f"{path.name}: {error}") from None


def _check_slug(path: Path, instrument: Instrument) -> None:
    if instrument.slug != path.stem:
        raise ContentError(f"{path.name}: Questionnaire.id: is not the file's name")


def _plan(folder: Path, files: Mapping[Path, Resource]) -> tuple[Resource, Path]:
    plans = [(r, p) for p, r in files.items() if r.get("resourceType") == "PlanDefinition"]
    if len(plans) != 1:
        raise ContentError(f"{folder.name}: PlanDefinition: {len(plans)} files have one, not one")
    return plans[0]


def _actions(folder: Path, files: Mapping[Path, Resource]) -> tuple[Action, ...]:
    path = folder / "terminology" / "safety-action.json"
    if path not in files:
        raise ContentError(f"{path.name}: file: is missing, and alerts cannot be responded to")
    root = Element("CodeSystem", files[path])
    concepts = _named(path, lambda _: root.children("concept"), files[path])
    return tuple(Action(one.text("code"), one.text("display")) for one in concepts)


def _questionnaires(files: Mapping[Path, Resource]) -> dict[str, Resource]:
    return {p.stem: r for p, r in files.items() if r.get("resourceType") == "Questionnaire"}
