"""``smartapp content``: whether a folder of questionnaires is sound, and answers to them valid."""

import sys
from pathlib import Path

import click

from smartapp.content import check, load
from smartapp.content.answered import outcome
from smartapp.content.jsonfile import read_json
from smartapp.errors import ContentError
from smartapp.fhir import wire


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


@content.command("validate")
@click.argument("response", metavar="RESPONSE", type=click.Path(path_type=Path))
@click.option(
    "--folder", metavar="DIR", type=click.Path(path_type=Path), help="A site's own folder."
)
def validate_response(response: Path, folder: Path | None) -> None:
    """Hold a QuestionnaireResponse in a file to its questionnaire; print an OperationOutcome.

    The questionnaire is one of ours or of DIR, by its url and version. Exit status 0: no error is
    found; 1: there is one; 2: the file or DIR cannot be read, or the questionnaire is not known.
    """
    try:
        told = outcome(load(site=folder), read_json(response))
    except ContentError as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    click.echo(wire.encode(told).decode())
    is_wrong = any(issue["severity"] == "error" for issue in told["issue"])
    sys.exit(1 if is_wrong else 0)
