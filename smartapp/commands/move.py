"""``smartapp move``: into a site's EHR with what waits in the program's store."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import click

from smartapp import content
from smartapp.alone import alone
from smartapp.commands.options import CONFIG, checked, site_called
from smartapp.config import Config
from smartapp.errors import GshError
from smartapp.moving import Line, Mover

DONE, LEFT, NO_ACCESS = 0, 1, 2
"""The exit status: nothing waits any more, something does, the program could not begin."""

_NO_BACKEND = (
    "{site} gives the program no access of its own: there is no [sites.backend] in its part of the "
    "configuration. The button on the program page moves what waits for each patient as they are "
    "opened."
)
_HINT = (
    "Why something stays: smartapp site check and smartapp refusals list; or a user chose to keep "
    "it out of the chart."
)


@click.command("move")
@CONFIG
@click.argument("site")
@click.option("--patient", help="The id of one patient at the EHR; all of them otherwise.")
@click.option("--dry-run", is_flag=True, help="Say what would move, and write nothing.")
def move(path: Path, site: str, patient: str | None, dry_run: bool) -> None:
    """Move what waits in the program's own store into the EHR of SITE, as far as it takes it now.

    One line a patient, under the name they have in the audit trail. It can be broken off and run
    again. Exit status 0: nothing waits any more; 1: something stays; 2: it could not begin.
    """
    loaded = checked(path)
    with alone(loaded.data_dir / "move.lock") as is_alone:
        if not is_alone:
            _end("Another move is running; nothing was done.")
        lines = _moved(loaded, site, patient, dry_run)
    sys.exit(_total(lines, dry_run))


def _moved(loaded: Config, site: str, patient: str | None, dry_run: bool) -> list[Line]:
    found = site_called(loaded, site)
    lines: list[Line] = []
    try:
        mover = Mover.of(
            loaded, found, content.load(site=loaded.content), lambda: datetime.now(UTC)
        )
        if mover is None:
            _end(_NO_BACKEND.format(site=found.name))
        wanted = _wanted(mover, patient)
        for line in mover.lines(wanted, dry_run=dry_run):
            lines.append(line)
            click.echo(_said(line, dry_run))
    except GshError as error:
        _end(f"Nothing was done: {error.sentence} ({error.code})")
    if len(lines) < len(wanted):
        click.echo("Broken off. What was moved is moved; run it again, and it goes on from there.")
    return lines


def _wanted(mover: Mover, patient: str | None) -> Sequence[str]:
    known = mover.patients()
    if patient is None:
        return known
    if patient not in known:
        _end("The program's store knows no such patient of this site; nothing is there to move.")
    return [patient]


def _said(line: Line, dry_run: bool) -> str:
    if line.code:
        return f"{line.pseudonym}: not done ({line.code})"
    would = "would move" if dry_run else "moved"
    return f"{line.pseudonym}: {line.moved} {would}, {line.waiting} stay"


def _total(lines: Sequence[Line], dry_run: bool) -> int:
    """Print the totals; the exit status."""
    moved, waiting = sum(one.moved for one in lines), sum(one.waiting for one in lines)
    failed = sum(bool(one.code) for one in lines)
    would = "would move" if dry_run else "moved"
    click.echo(f"Patients: {len(lines)}; {would}: {moved}; stay: {waiting}; not done: {failed}.")
    if waiting:
        click.echo(_HINT)
    return LEFT if waiting or failed or (dry_run and moved) else DONE


def _end(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(NO_ACCESS)
