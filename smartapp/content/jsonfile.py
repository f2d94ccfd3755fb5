"""One JSON file of content, read strictly: what two readers may take differently is refused.

A name that is there twice, NaN and Infinity are no JSON (RFC 8259, sections 4 and 6). A link is
not followed, so that nothing outside of a folder is read.
"""

import json
import stat
from decimal import Decimal
from pathlib import Path
from typing import Any

from smartapp.errors import ContentError

LARGEST = 5_000_000
"""Bytes of one file; a questionnaire of 2,000 questions has about a fifth of it."""
_NOT_JSON = "file: is not JSON in UTF-8"


def read_json(path: Path) -> dict[str, Any]:
    """Return the object in a file, its decimals as ``Decimal``.

    Raises ContentError ``file: <reason>``, without the file's name.
    """
    body = read_bytes(path)
    try:
        read = json.loads(
            body.decode("utf-8"),
            parse_float=Decimal,
            parse_constant=_no_number,
            object_pairs_hook=_object,
        )
        # A lone surrogate can be read, but never be written again.
        json.dumps(read, ensure_ascii=False, default=str).encode("utf-8")
    except json.JSONDecodeError as error:
        raise ContentError(f"{_NOT_JSON}: line {error.lineno}, column {error.colno}") from None
    except (ValueError, ArithmeticError, RecursionError):
        raise ContentError(_NOT_JSON) from None
    if not isinstance(read, dict):
        raise ContentError("file: is not a resource")
    return read


def read_bytes(path: Path) -> bytes:
    """Return what a plain file holds; raise ContentError for a link, or one that is too large."""
    try:
        kind = path.lstat().st_mode
        if stat.S_ISLNK(kind):
            raise ContentError("file: is a link; put the file itself here")
        if not stat.S_ISREG(kind):
            raise ContentError("file: is not a file")
        with path.open("rb") as file:
            body = file.read(LARGEST + 1)
    except OSError:
        raise ContentError("file: cannot be read") from None
    if len(body) > LARGEST:
        raise ContentError(f"file: is larger than {LARGEST // 1_000_000} MB")
    return body


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ContentError(f"file: has {json.dumps(twice)[:50]} twice in one object")
    return made


def _no_number(name: str) -> object:
    raise ContentError(f"file: has {name}, which is no number in JSON")
