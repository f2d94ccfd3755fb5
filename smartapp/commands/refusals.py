"""``smartapp refusals``: what the sites' EHRs refused, to whom, and letting it be tried again."""

from pathlib import Path

import click

from smartapp import parts
from smartapp.commands.options import CONFIG, checked, site_called
from smartapp.fhir.refusals import Refusal


@click.group("refusals")
def refusals() -> None:
    """What the sites' EHRs refused to keep, and the program's store keeps instead."""


@refusals.command("list")
@CONFIG
def list_refusals(path: Path) -> None:
    """List them: the site, the type, what was tried, the EHR's answer, the day, and for whom."""
    loaded = checked(path)
    for site in loaded.sites:
        for one in parts.refusals(loaded).listed(site.issuer.rstrip("/")):
            line = f"{site.name}: {one.type} {one.interaction} {one.status} {one.at.date()}"
            click.echo(f"{line} {_whose(one)}")


@refusals.command("forget")
@CONFIG
@click.argument("site")
@click.argument("type_", metavar="[TYPE]", required=False)
def forget_refusals(path: Path, site: str, type_: str | None) -> None:
    """Let SITE, by its name in the configuration, be tried again, with one TYPE or all."""
    loaded = checked(path)
    issuer = site_called(loaded, site).issuer.rstrip("/")
    click.echo(f"Forgotten: {parts.refusals(loaded).forget(issuer, type_)}.")


def _whose(refusal: Refusal) -> str:
    """Who it counts for; a user is a digest."""
    if not refusal.users:
        return "for everybody"
    if refusal.is_sites:
        return f"for everybody, because {len(refusal.users)} users were refused"
    return f"for one user, {refusal.users[0]}"
