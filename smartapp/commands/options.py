"""What every command starts with: the configuration, sound, and a site of it."""

from pathlib import Path

import click

from smartapp import config, content
from smartapp.errors import ConfigError, ContentError

CONFIG = click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path),
    envvar="SMARTAPP_CONFIG",
    default=Path("smartapp.toml"),
    show_default=True,
    help="The TOML configuration file.",
)


def checked(path: Path) -> config.Config:
    """The configuration; raises ClickException when it or the content is unsound."""
    try:
        loaded = config.load(path)
        content.load(site=loaded.content)
    except (ConfigError, ContentError) as error:
        raise click.ClickException(str(error)) from error
    return loaded


def site_called(loaded: config.Config, name: str) -> config.Site:
    """The site of this name; raises ClickException."""
    found = loaded.site_named(name)
    if found is None:
        raise click.ClickException(f"There is no site {name} in the configuration.")
    return found
