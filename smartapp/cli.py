"""The ``smartapp`` command: serve, check, and keep the keys."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import click

from smartapp import config, content, keyring, logs, parts, sitecheck
from smartapp.alerts.configured import lacking
from smartapp.commands.backup import backup
from smartapp.commands.content import content as content_folder
from smartapp.commands.device import device
from smartapp.commands.move import move
from smartapp.commands.options import CONFIG, checked
from smartapp.commands.refusals import refusals
from smartapp.errors import ConfigError
from smartapp.launch import keys
from smartapp.outbox import worker
from smartapp.store.storage import FhirStore

FOLDER = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))


@click.group()
def main() -> None:
    """Guided self-help for chronic pain: a SMART on FHIR app."""


main.add_command(backup)
main.add_command(content_folder)
main.add_command(device)
main.add_command(move)
main.add_command(refusals)


@main.command()
@CONFIG
@click.option("--port", default=8000, show_default=True)
@click.option("--workers", default=2, show_default=True)
def serve(path: Path, port: int, workers: int) -> None:
    """Serve the app with gunicorn on 127.0.0.1; put your TLS proxy before it."""
    loaded = checked(path)
    for line in keyring.report(loaded.data_dir, loaded.encryption_keys):
        if line.startswith(keyring.WARNING):
            click.echo(line, err=True)
    os.environ["SMARTAPP_CONFIG"] = str(path)
    command = [sys.executable, "-m", "gunicorn", "smartapp.app:from_environment()"]
    options = ["--bind", f"127.0.0.1:{port}", "--workers", str(workers), "--threads", "8"]
    # Longer than a TLS proxy keeps a connection, or a form is sent into one just being closed.
    options += ["--keep-alive", "75"]
    options += ["--config", f"python:{logs.__name__}"]
    os.execv(sys.executable, [*command, *options])  # noqa: S606 - our own interpreter, no shell


@main.command()
@CONFIG
def check(path: Path) -> None:
    """Say whether configuration and content are sound; exit status 1 when they are not.

    Says also what in data_dir each encryption key still opens: one that opens nothing any more may
    be taken out.
    """
    loaded = checked(path)
    for site in loaded.sites:
        click.echo(f"{site.name}: {site.issuer} ({site.client_auth.value})")
    for line in keyring.report(loaded.data_dir, loaded.encryption_keys):
        click.echo(line)
    click.echo("Configuration and content are sound.")


@main.group("site")
def site() -> None:
    """The sites this installation is registered with."""


@site.command("check")
@CONFIG
@click.argument("wanted", metavar="ISSUER_OR_NAME")
def check_site(path: Path, wanted: str) -> None:
    """Say what a site's EHR offers, where writes will go, and what to ask its vendor for.

    Exit status 0: all goes into the EHR; 1: the program's own store is needed too; 2: the program
    cannot work there.
    """
    loaded = checked(path)
    found = loaded.site_named(wanted) or loaded.site_of(wanted)
    if found is None:
        raise click.UsageError(f"There is no site {wanted} in the configuration.")
    refused = parts.refusals(loaded).known(found.issuer.rstrip("/"))
    try:
        seen = sitecheck.check(found, refused)
    except ConfigError as error:
        raise click.UsageError(str(error)) from error
    for line in sitecheck.report(seen):
        click.echo(line)
    for line in lacking(loaded.safety):
        click.echo(f"Warning: {line}")
    sys.exit(seen.status)


@main.group("outbox")
def outbox() -> None:
    """What was to be written and is not confirmed yet."""


@outbox.command("list")
@CONFIG
def list_outbox(path: Path) -> None:
    """Count it: the site, the state, how many; nothing of a patient."""
    loaded = checked(path)
    for issuer, state, count in parts.outbox(loaded).counts():
        site = loaded.site_of(issuer)
        click.echo(f"{site.name if site else issuer}: {state} {count}")


@outbox.command("run")
@CONFIG
@click.option("--once", is_flag=True, help="One round, then end.")
@click.option("--pause", default=worker.PAUSE, show_default=True, help="Seconds between rounds.")
def run_outbox(path: Path, once: bool, pause: float) -> None:
    """Send what belongs in the program's store, until ended by a signal.

    What is for an EHR waits for the next launch of its patient.
    """
    loaded = checked(path)
    box, replay = parts.outbox(loaded), parts.storing(loaded, content.load(site=loaded.content))
    if once:
        click.echo(f"Settled: {worker.work(box, replay)}.")
        return
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    worker.run(box, replay, stop, pause)


@main.group("audit")
def audit() -> None:
    """The audit trail: who did what to whose record, and what became of it."""


@audit.command("export")
@CONFIG
@click.option("--since", default="0001-01-01", metavar="DATE", help="ISO date or date and time.")
@click.option("--until", default="9998-12-31", metavar="DATE", help="The same; a day counts whole.")
def export_audit(path: Path, since: str, until: str) -> None:
    """Print the trail's lines, each an AuditEvent in JSON; the export itself becomes a line."""
    loaded = checked(path)
    first, last = _moment(loaded, since), _moment(loaded, until)
    if len(until) == len("2026-11-23"):
        last += timedelta(days=1)
    trail = parts.trail(loaded)
    trail.consulted()
    for line in trail.lines(first, last):
        click.echo(line)


@audit.command("pseudonym")
@CONFIG
@click.argument("issuer")
@click.argument("patient")
def pseudonym(path: Path, issuer: str, patient: str) -> None:
    """Print the names PATIENT (the id at ISSUER) has in the trail, one for each encryption key."""
    for name in parts.trail(checked(path)).keys.pseudonyms(issuer, patient):
        click.echo(name)


@audit.command("verify")
@CONFIG
def verify_audit(path: Path) -> None:
    """Name the lines that do not follow the one before them; exit status 1 when there are any."""
    breaks = list(parts.trail(checked(path)).breaks())
    if breaks:
        raise click.ClickException("The trail is broken at " + ", ".join(breaks) + ".")
    click.echo("Every line follows the one before it.")


@main.group("store")
def program_store() -> None:
    """The program's own store, where it is embedded (data_dir/store.sqlite3)."""


@program_store.command("check")
@CONFIG
def check_store(path: Path) -> None:
    """Read the whole file and say whether it is sound; exit status 1 when it is not."""
    faults = _embedded(path).faults()
    for fault in faults:
        click.echo(fault)
    click.echo("The store is unsound." if faults else "The store is sound.")
    sys.exit(1 if faults else 0)


@program_store.command("backup")
@CONFIG
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def back_up_store(path: Path, file: Path) -> None:
    """Copy the store as it is at one moment into FILE, while the app goes on."""
    try:
        _embedded(path).backup(file)
    except FileExistsError as error:
        raise click.ClickException(f"{file} exists already; nothing was written.") from error
    click.echo(f"Copied to {file}.")


@main.command("encryption-key")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def encryption_key(file: Path) -> None:
    """Write a new key for launches at rest to FILE, readable by its owner only."""
    try:
        keys.make_encryption_key(file)
    except FileExistsError as error:
        raise click.ClickException(f"{file} exists already; nothing was written.") from error


@main.group("keys")
def key_set() -> None:
    """The app's signing keys, published at /.well-known/jwks.json."""


@key_set.command("make")
@FOLDER
def make(folder: Path) -> None:
    """Make an RS384 and an ES384 key in FOLDER."""
    with _plainly():
        for alg in keys.ALGORITHMS:
            click.echo(f"{alg} {keys.make(folder, alg).kid}")


@key_set.command("rotate")
@FOLDER
def rotate(folder: Path) -> None:
    """Replace the keys in FOLDER; the previous ones stay published."""
    with _plainly():
        keys.rotate(folder)
    click.echo("Rotated. The previous keys stay published until the next rotation.")


@key_set.command("list")
@FOLDER
def list_keys(folder: Path) -> None:
    """List the published keys in FOLDER."""
    for key in keys.list_keys(folder):
        click.echo(f"{key.alg} {key.state} {key.kid}")


@contextmanager
def _plainly() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def _moment(loaded: config.Config, text: str) -> datetime:
    """A date or time as typed, in the clinic's time zone where it names none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.ClickException(f"{text} is no ISO date.") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=loaded.time_zone)


def _embedded(path: Path) -> FhirStore:
    loaded = config.load(path)
    if loaded.store.url:
        raise click.ClickException("The store is a server of its own; look after it there.")
    return parts.embedded_file(loaded)
