"""The content the clinicians wrote, loaded and checked whole at start."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smartapp.program.instrument import Instrument
from smartapp.program.protocol import Program

FOLDER = Path(__file__).resolve().parent.parent / "questionnaires"


@dataclass(frozen=True)
class Content:
    """The program, its instruments by slug, and every raw Questionnaire by slug.

    ``questionnaires`` also holds the red-flag checklist, as ``red-flags``.
    """

    program: Program
    instruments: Mapping[str, Instrument]
    questionnaires: Mapping[str, dict[str, Any]]


def load(folder: Path = FOLDER) -> Content:
    """Load every content file; raise ContentError ``<file>: <element>: <reason>``."""
    raise NotImplementedError
