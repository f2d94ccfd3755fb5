"""Bundled forms on the server and on the wire: how fast they are shown and read, how large.

Targets: shown within a millisecond; at most 25 kB gzip on the wire with style sheet and script,
PHQ-9 8 kB. The first row, the smallest form, is what the others are compared with.
"""

import gzip
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import smartapp.web
from benchmarks.timing import Row, time
from smartapp.forms.entry import read_entry
from smartapp.forms.questionnaire import Questionnaire
from smartapp.forms.reading import read_questionnaire
from smartapp.forms.state import Context, settle
from smartapp.web.questionnaire import render

STATIC = Path(smartapp.web.__file__).with_name("static")
FORMS = Path(__file__).parents[1] / "questionnaires"
CONTEXT = Context(now=datetime(2026, 11, 23, tzinfo=UTC))
NAMES = ("pseq-2", "peg", "phq-9", "pseq")
CASE = "A form on the server"
RUNS, PER_RUN = 15, 20


def form(name: str) -> Questionnaire:
    """Read a bundled form."""
    raw = json.loads((FORMS / f"{name}.json").read_text("utf-8"), parse_float=Decimal)
    return read_questionnaire(raw)


def wire(page: str) -> str:
    """Say how large the form's part of the page is, alone and with its style sheet and script."""
    names = ("questionnaire.css", "form.js")
    parts = [page.encode(), *((STATIC / name).read_bytes() for name in names)]
    sizes = [len(gzip.compress(part, mtime=0)) for part in parts]
    return f"{sizes[0]:,} B gzip, {sum(sizes):,} B with questionnaire.css and form.js"


def shown(name: str) -> Row:
    """Time one form being shown, and say its size."""
    questionnaire = form(name)
    settled = settle(questionnaire, [], CONTEXT)
    size = wire(render(questionnaire, settled))
    row = time(
        CASE, f"{name} shown", lambda: render(questionnaire, settled), runs=RUNS, per_run=PER_RUN
    )
    return Row(row.case, row.way, row.seconds, row.worst, row.runs, size)


def read(name: str) -> Row:
    """Time one form being read, every question sent and none answered."""
    questionnaire = form(name)
    sent = {"shown": [item.link_id for item in questionnaire.items]}
    work = lambda: read_entry(questionnaire, sent, [])  # noqa: E731 - one line says it
    return time(CASE, f"{name} read", work, runs=RUNS, per_run=PER_RUN)


def run() -> list[Row]:
    """Time the bundled forms."""
    return [*map(shown, NAMES), read("phq-9")]
