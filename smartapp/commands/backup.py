"""``smartapp backup``: everything the program keeps on this machine, copied while it runs."""

import shutil
from pathlib import Path

import click

from smartapp.commands.options import CONFIG, checked
from smartapp.sqlite import copy, is_sound

LAST = "store.sqlite3"
"""Copied last: what leaves the others for it meanwhile is in both copies at worst, not in none."""


@click.command("backup")
@CONFIG
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
def backup(path: Path, folder: Path) -> None:
    """Copy data_dir into FOLDER, which must not exist: store, outbox, drafts, alerts, audit trail.

    The encryption keys are not copied, and all but the store is of no use without them.
    """
    data = checked(path).data_dir
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError as error:
        raise click.ClickException(f"{folder} exists already; nothing was written.") from error
    for file in sorted(data.glob("*.sqlite3"), key=lambda file: (file.name == LAST, file.name)):
        _copied(file, folder / file.name)
    if (data / "audit").is_dir():
        shutil.copytree(data / "audit", folder / "audit")
        click.echo("audit")
    click.echo(f"Copied to {folder}. The encryption keys are not there; keep them elsewhere.")


def _copied(file: Path, to: Path) -> None:
    copy(file, to)
    if not is_sound(to):
        raise click.ClickException(f"{file.name} is unsound; its copy is kept as it is.")
    click.echo(file.name)
