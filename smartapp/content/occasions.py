"""What a site asks on which occasion: ``assessments.toml`` in its folder.

Each key is an occasion (``baseline``, ``session``, ``end``, ``follow-up``), and its list of slugs
stands in place of the program's own; an occasion that is not named stays as the program has it.
"""

import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from smartapp.content.findings import Findings
from smartapp.errors import ContentError
from smartapp.program.assessment import Occasion
from smartapp.program.protocol import Program

FILE = "assessments.toml"
Asked = Mapping[Occasion, tuple[str, ...]]


def read_occasions(
    body: bytes, slugs: Collection[str], program: Program, findings: Findings
) -> Asked:
    """Read the file, and note each line that is wrong; raise ContentError for one without lines."""
    try:
        raw = tomllib.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise ContentError("file: is not TOML in UTF-8") from None
    planned = sorted(str(one.occasion) for one in program.planned)
    asked = {}
    for name, told in raw.items():
        with findings.noting():
            asked[_occasion(name, planned)] = _slugs(name, told, slugs)
    return asked


def with_occasions(program: Program, asked: Asked, more: Collection[str]) -> Program:
    """Return the program as the site has it; ``more`` are the slugs that it adds.

    The order of asking is that of the first mention, then the program's own.
    """
    planned = tuple(
        replace(one, instruments=asked.get(one.occasion, one.instruments))
        for one in program.planned
    )
    named = [slug for one in planned for slug in one.instruments] if asked else []
    every = tuple(dict.fromkeys([*named, *program.instruments, *more]))
    return replace(program, instruments=every, planned=planned)


def _occasion(name: str, planned: Sequence[str]) -> Occasion:
    if name not in planned:
        raise ContentError(f"{name}: is not one of {', '.join(planned)}")
    return Occasion(name)


def _slugs(name: str, asked: object, known: Collection[str]) -> tuple[str, ...]:
    if not isinstance(asked, list):
        raise ContentError(f"{name}: is not a list")
    for number, slug in enumerate(asked):
        if not isinstance(slug, str) or slug not in known:
            raise ContentError(f"{name}[{number}]: is no questionnaire here or of the program")
    if len(set(asked)) < len(asked):
        raise ContentError(f"{name}: names a questionnaire twice")
    return tuple(asked)
