"""``python -m smartapp.sandbox``: the sandbox EHR and the app, on this machine only."""

import signal
import threading
from pathlib import Path

import click

from smartapp import logs
from smartapp.errors import ConfigError, ContentError
from smartapp.fhir.ehrs import NATIVE, profiles
from smartapp.sandbox import running

_TEXT = """
Open {ehr} in your browser, choose a clinician, then a patient,
and click "Guided self-help" in the chart.

  Sandbox EHR (synthetic patients only): {ehr}
  The app:                               {app}
  Data:                                  {data}

Press Ctrl+C to stop.
"""


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=Path("data"), show_default=True)
@click.option("--port-app", default=8000, show_default=True, help="0 takes any free port.")
@click.option("--port-ehr", default=8001, show_default=True, help="0 takes any free port.")
@click.option("--upstream", help="Keep the record in this FHIR R4 server instead.")
@click.option("--reset", is_flag=True, help="Start again from the synthetic data.")
@click.option("--token-life", type=int, help="Seconds; the vendor's own where none is given.")
@click.option(
    "--vendor",
    type=click.Choice(list(profiles())),
    default=NATIVE,
    show_default=True,
    help="Whose server the EHR behaves as; each has data of its own.",
)
def main(data: Path, **options: object) -> None:
    """Start a sandbox EHR with synthetic patients, and the app registered with it."""
    logs.begin()
    try:
        started = running.start(data, **options)
    except (ConfigError, ContentError) as error:
        raise click.ClickException(str(error)) from error
    text = _TEXT.format(ehr=started.ehr_url, app=started.app_url, data=data.resolve())
    click.echo(text)
    with started:
        _until_stopped()
    click.echo("Stopped.")


def _until_stopped() -> None:
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()


if __name__ == "__main__":
    main()
