"""``smartapp device``: devices locked while a patient had them, and taking a lock away."""

from datetime import UTC, datetime
from pathlib import Path

import click

from smartapp import parts
from smartapp.commands.options import CONFIG, checked


@click.group("device")
def device() -> None:
    """Devices that were handed to a patient and are locked."""


@device.command("list")
@CONFIG
def list_devices(path: Path) -> None:
    """List them: the site, the code on the device's screen, and since when."""
    loaded = checked(path)
    known = parts.locks(loaded).known()
    if not known:
        click.echo("No device is locked.")
    for site, code, made in known:
        since = datetime.fromtimestamp(made, UTC).astimezone(loaded.time_zone)
        click.echo(f"{site}: {code[:4]}-{code[4:]} since {since:%Y-%m-%d %H:%M}")


@device.command("unlock")
@CONFIG
@click.argument("code")
def unlock_device(path: Path, code: str) -> None:
    """Free the device that shows CODE; its launch is over, its answers are kept.

    Have it in staff's hands first: the EHR may still know who signed in on it.
    """
    if not parts.release(checked(path), code):
        raise click.ClickException("No device is locked with this code.")
    click.echo("Unlocked.")
