"""What a check of a content folder says, line by line, for the person who put the files there."""

from collections.abc import Iterator
from pathlib import Path

from smartapp.content.definition import read_definitions
from smartapp.content.folder import read_folder
from smartapp.content.shipped import FOLDER, SCORING, load_shipped
from smartapp.content.sitefile import SiteFile
from smartapp.content.words import WORDS
from smartapp.errors import ContentError
from smartapp.fhir.alert import in_response
from smartapp.forms.questionnaire import Item
from smartapp.program.instrument import Instrument, Scale
from smartapp.program.scoring import plain

Report = tuple[list[str], bool]
"""The lines, and whether everything is sound."""


def check(folder: Path, ours: Path = FOLDER) -> Report:
    """Check a site's folder, or the program's own; raises ContentError where it cannot be read."""
    if folder.resolve() == ours.resolve():
        return _shipped(ours)
    found = read_folder(folder, load_shipped(), read_definitions())
    lines = [line for file in found.files for line in _lines(file)]
    for occasion, slugs in found.asked.items():
        lines.append(f"{occasion}: {', '.join(slugs) or 'nothing'}")
    return lines, not any(file.findings.errors for file in found.files)


def _shipped(folder: Path) -> Report:
    try:
        content = load_shipped(folder)
        read_definitions(folder / SCORING)
    except ContentError as error:
        return [str(error)], False
    lines = []
    for slug in sorted(content.questionnaires):
        made = content.instruments.get(slug)
        lines.append(f"{slug}.json: sound. {_said(made, '') if made else 'Not scored.'}")
    for tag, words in content.words.languages.items():
        lines.append(f"{WORDS}/{tag}.json: sound. The program's own words, {words.name}.")
        lines += [f"{WORDS}/{tag}.json: warning: {key} is missing" for key in sorted(words.lacking)]
    return lines, True


def _lines(file: SiteFile) -> Iterator[str]:
    """One line where it is sound, one for each fault where it is not; then the warnings."""
    errors = file.findings.errors
    yield from (f"{file.name}: {error}" for error in errors)
    if not errors and file.name.endswith(".json"):
        yield f"{file.name}: sound. {_what(file)}"
    for finding in file.findings:
        if finding.severity == "warning":
            yield f"{file.name}: warning: {finding}"
    if file.definition and file.definition.advice:
        yield f"{file.name}: make sure: {file.definition.advice}"
    if watched := _watched(file):
        told = f"answers to {', '.join(watched)} raise a safety alert, and no others do."
        yield f"{file.name}: make sure: {told}"


def _watched(file: SiteFile) -> list[str]:
    """The link ids of the questions of which some answer raises an alert."""
    if file.form is None:
        return []
    asked = [
        {"linkId": item.link_id, "text": item.text.plain, "answer": _every(item)}
        for item in file.form.walk()
        if item.is_question
    ]
    response = {"questionnaire": file.form.canonical, "status": "in-progress", "item": asked}
    scored = [file.instrument] if file.instrument else []
    return [one.link_id for one in in_response(response, file.raw, scored)]


def _every(item: Item) -> list[dict[str, object]]:
    """Every answer there is to choose; where there is none to choose, one that nobody can read."""
    return [dict(option.value) for option in item.options] or [{"valueString": "?"}]


def _what(file: SiteFile) -> str:
    if file.is_a("ValueSet"):
        return "A value set."
    if file.is_words:
        return f"The program's own words, {file.raw['name']}."
    if file.form is None:
        return "A map."
    questions = sum(item.is_question for item in file.form.walk())
    form = "A form of one question" if questions == 1 else f"A form of {questions} questions"
    if not file.is_offered:
        return f"{form}, no longer offered."
    if file.instrument is None:
        return f"{form}, not scored."
    by = f", by the definition {file.definition.slug}" if file.definition else ", by its own rules"
    return f"{form}. {_said(file.instrument, by)}"


def _said(instrument: Instrument, by: str) -> str:
    return f"Scored{by}: {'; '.join(_scale(scale) for scale in instrument.scales)}."


def _scale(scale: Scale) -> str:
    ends = f"{plain(scale.least)} to {plain(scale.most)}"
    return f"{scale.title}, {ends}, from {', '.join(scale.items)}"
