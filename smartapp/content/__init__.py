"""The content: what the clinicians wrote, loaded and checked whole at start."""

from pathlib import Path

from smartapp.content.shipped import FOLDER, Content, load_shipped

__all__ = ["FOLDER", "Content", "load"]


def load(folder: Path = FOLDER) -> Content:
    """Load every content file; raise ContentError ``<file>: <element>: <reason>``."""
    return load_shipped(folder)
