"""A site's own folder: its Questionnaires, their maps, its value sets, and what it asks when.

Nothing outside of the folder is read: links are refused. ``earlier/`` holds what is no longer
offered, but was answered once; ``words/`` the program's own words in a language. Every file is read
as far as it can be, so that one check says all.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from smartapp.content.definition import Definition
from smartapp.content.jsonfile import read_bytes
from smartapp.content.mapping import NO_MAP, Map, read_map
from smartapp.content.occasions import FILE, Asked, read_occasions
from smartapp.content.scored import Scoring, chosen, instrument
from smartapp.content.shipped import Content, Resource
from smartapp.content.sitefile import EARLIER, MAP, SiteFile, parsed
from smartapp.content.together import check_together
from smartapp.content.words import WORDS, faults, missing
from smartapp.errors import ContentError
from smartapp.forms.reading import examine
from smartapp.forms.words import SOURCE

MOST_FILES = 500


@dataclass(frozen=True)
class SiteFolder:
    """All files of the folder, and what the site asks on which occasion."""

    files: tuple[SiteFile, ...]
    asked: Asked

    @property
    def questionnaires(self) -> list[SiteFile]:
        """The files with a Questionnaire."""
        return [file for file in self.files if file.is_a("Questionnaire")]

    @property
    def value_sets(self) -> dict[str, Resource]:
        """The value sets by ``url|version``."""
        return _value_sets(self.files)


def read_folder(
    folder: Path, shipped: Content, definitions: Mapping[str, Definition]
) -> SiteFolder:
    """SiteFile every file; raise ContentError only where the folder itself cannot be read."""
    paths = _paths(folder)
    files = {name: parsed(name, path) for name, path in paths.items() if name.endswith(".json")}
    words = [files.pop(name) for name in list(files) if files[name].is_words]
    maps = {name: files.pop(name) for name in list(files) if name.endswith(MAP)}
    sets = _value_sets(files.values())
    for file in files.values():
        if file.is_a("Questionnaire") and not file.findings.errors:
            map_ = maps.get(file.name.removesuffix(".json") + MAP)
            _read(file, sets, definitions, _said(map_))
    _check_maps(maps, files)
    _check_words(words, shipped)
    check_together(files.values(), shipped)
    others = list(_others(paths))
    asked = _asked(files.values(), others, paths.get(FILE), shipped)
    return SiteFolder((*files.values(), *maps.values(), *words, *others), asked)


def _paths(folder: Path) -> dict[str, Path]:
    """Every file by its name in the folder; of folders inside, two are looked into."""
    try:
        found = sorted(folder.iterdir())
        for inside in (folder / EARLIER, folder / WORDS):
            if inside.is_dir() and not inside.is_symlink():
                found = [path for path in found if path != inside] + sorted(inside.iterdir())
    except OSError:
        raise ContentError(f"{folder.name}: folder: cannot be read") from None
    if len(found) > MOST_FILES:
        raise ContentError(f"{folder.name}: folder: has more than {MOST_FILES} files")
    seen = [path for path in found if not path.name.startswith(".")]
    return {path.relative_to(folder).as_posix(): path for path in seen}


def _others(paths: Mapping[str, Path]) -> Iterator[SiteFile]:
    """Give what is in the folder and is not read, for its owner to know."""
    for name in paths:
        if not name.endswith(".json"):
            other = SiteFile(name)
            if name != FILE:
                other.findings.warn("file", "is not read")
            yield other


def _value_sets(files: Iterable[SiteFile]) -> dict[str, Resource]:
    sets = [file.raw for file in files if file.is_a("ValueSet") and not file.findings.errors]
    named = [(raw["url"], raw.get("version"), raw) for raw in sets]
    return {f"{url}|{version}" if version else url: raw for url, version, raw in named}


def _read(
    file: SiteFile,
    sets: Mapping[str, Resource],
    definitions: Mapping[str, Definition],
    said: Map,
) -> None:
    """Read a Questionnaire as a form, and find what scores it."""
    form, findings = examine(file.raw, sets)
    file.findings.extend(findings)
    if form is None or file.findings.errors:
        return
    file.form = form
    if file.is_offered:
        with file.findings.noting():
            file.definition = chosen(file.slug, form, said, definitions)
            scoring = Scoring(file.definition, said)
            file.instrument = instrument(file.slug, form, scoring, file.findings)
    if file.definition and not file.raw.get("copyright"):
        reason = "is missing; see whether its licence asks for a notice"
        file.findings.warn("Questionnaire.copyright", reason)


def _said(map_: SiteFile | None) -> Map:
    if map_ is None:
        return NO_MAP
    with map_.findings.noting():
        return read_map(map_.raw)
    return NO_MAP


def _check_maps(maps: Mapping[str, SiteFile], files: Mapping[str, SiteFile]) -> None:
    for name, map_ in maps.items():
        about = files.get(name.removesuffix(MAP) + ".json")
        if about is None or not (about.is_a("Questionnaire") and about.is_offered):
            map_.findings.error("file", "there is no questionnaire beside it that it is about")


def _check_words(files: Iterable[SiteFile], shipped: Content) -> None:
    source = {key: text for text, key in shipped.words.of(SOURCE).keys.items()}
    for file in files:
        if file.raw:
            for element, reason in faults(file.slug, file.raw, source):
                file.findings.error(element, reason)
        left = "" if file.findings.errors else missing(file.slug, file.raw, shipped.words)
        if left:
            file.findings.warn(WORDS, left)


def _asked(
    files: Iterable[SiteFile], others: Iterable[SiteFile], path: Path | None, shipped: Content
) -> Asked:
    """What the site asks when; nothing of its own without the file, or where it is unsound."""
    if path is None:
        return {}
    slugs = {file.slug for file in files if file.is_a("Questionnaire") and file.is_offered}
    known = slugs | set(shipped.program.instruments)
    (about,) = [other for other in others if other.name == FILE]
    with about.findings.noting():
        return read_occasions(read_bytes(path), known, shipped.program, about.findings)
    return {}
