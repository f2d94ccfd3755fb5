"""One file of a site's folder, with what it holds and everything found in it."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from smartapp.content.definition import Definition
from smartapp.content.findings import Findings
from smartapp.content.jsonfile import read_json
from smartapp.content.shipped import Resource
from smartapp.content.words import WORDS
from smartapp.forms.questionnaire import Questionnaire
from smartapp.program.instrument import Instrument

EARLIER = "earlier"
MAP = ".map.json"
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}")


@dataclass
class SiteFile:
    """One file: its ``name`` in the folder, what it holds, and what was found in it.

    ``form`` is None where it is no Questionnaire that can be read, ``instrument`` where nothing
    scores it; ``definition`` is the one that does.
    """

    name: str
    findings: Findings = field(default_factory=Findings)
    raw: Resource = field(default_factory=dict)
    form: Questionnaire | None = None
    definition: Definition | None = None
    instrument: Instrument | None = None

    @property
    def slug(self) -> str:
        """The file's name without its folder and its end."""
        return self.name.rpartition("/")[2].removesuffix(".json")

    @property
    def is_offered(self) -> bool:
        """Tell whether it may be asked, and is not only kept to show what was answered."""
        return not self.name.startswith(f"{EARLIER}/")

    @property
    def is_words(self) -> bool:
        """Tell whether it holds the program's own words in a language."""
        return self.name.startswith(f"{WORDS}/") and self.name.endswith(".json")

    def is_a(self, kind: str) -> bool:
        """Tell whether it holds a resource of this type."""
        return self.raw.get("resourceType") == kind


def parsed(name: str, path: Path) -> SiteFile:
    """SiteFile one file strictly; it must be a resource of ours to use, with an address."""
    file = SiteFile(name)
    with file.findings.noting():
        file.raw = read_json(path)
    if not _SLUG.fullmatch(file.slug):
        file.findings.error("file", "its name may have letters, digits, hyphens and points only")
    if file.raw and not name.endswith(MAP) and not file.is_words:
        _check_kind(file)
    return file


def _check_kind(file: SiteFile) -> None:
    if not (file.is_a("Questionnaire") or file.is_a("ValueSet")):
        file.findings.error("resourceType", "is neither Questionnaire nor ValueSet")
    for name in ("url", "version", "title"):
        value = file.raw.get(name)
        is_needed = file.is_a("Questionnaire") or (file.is_a("ValueSet") and name == "url")
        if is_needed and not (isinstance(value, str) and value.strip()):
            file.findings.error(f"{file.raw['resourceType']}.{name}", "is missing")
