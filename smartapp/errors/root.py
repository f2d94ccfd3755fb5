"""The root of the tree."""

from typing import ClassVar


class GshError(Exception):
    """The root of the tree; ``code`` is stable, ``sentence`` is for the clinician."""

    code: ClassVar[str] = "unexpected"
    sentence: ClassVar[str] = (
        "Something went wrong that we did not expect. Check the chart before you enter it again."
    )
