"""The content: what the clinicians wrote, and what a site adds; loaded and checked at start."""

from pathlib import Path

from smartapp.content.definition import read_definitions
from smartapp.content.folder import read_folder
from smartapp.content.joined import joined
from smartapp.content.shipped import FOLDER, Content, load_shipped

__all__ = ["FOLDER", "Content", "load"]


def load(folder: Path = FOLDER, site: Path | None = None) -> Content:
    """Load every content file, with those of a ``site``'s own folder where it has one.

    Raises ContentError ``<file>: <element>: <reason>``.
    """
    shipped = load_shipped(folder)
    return joined(shipped, read_folder(site, shipped, read_definitions())) if site else shipped
