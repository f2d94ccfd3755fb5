"""``smartapp content``: whether a folder of questionnaires is sound, before the app is started."""

import sys
from pathlib import Path

import click

from smartapp.content import check
from smartapp.errors import ContentError


@click.group("content")
def content() -> None:
    """The questionnaires, value sets and rules of a site's own folder."""


@content.command("check")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def check_content(folder: Path) -> None:
    """Say of each file in DIR what it is taken for, or what is wrong with it.

    Exit status 0: all is sound; 1: something is not, and the app would not start; 2: DIR cannot
    be read.
    """
    try:
        lines, is_sound = check.check(folder)
    except ContentError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    for line in lines:
        click.echo(line)
    click.echo("The content is sound." if is_sound else "The content is unsound.")
    sys.exit(0 if is_sound else 1)
