"""The regular expression of a form's item, in an engine that no pattern can hang.

RE2's time grows with the text and the pattern only; what it has not (look-ahead,
back-references) is refused. Source: FHIR R4 extension regex; the whole answer must match, and a
dot is no line break, as in HL7's validator and in HTML.
"""

from functools import lru_cache
from typing import Any

import re2

from smartapp.errors import ContentError

LONGEST_PATTERN = 2_000
LONGEST_TEXT = 50_000
"""Characters of an answer; a longer one keeps to no pattern, and takes no time."""
_MEMORY = 1 << 20


def keeps(pattern: str, text: str) -> bool:
    """Tell whether the whole text keeps to the pattern; raise ContentError if it is none."""
    compiled = compile_pattern(pattern)
    return len(text) <= LONGEST_TEXT and compiled.fullmatch(text) is not None


@lru_cache(maxsize=512)
def compile_pattern(pattern: str) -> Any:
    """Return RE2's form of the pattern; raise ContentError that says what RE2 does not know."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    if len(pattern) > LONGEST_PATTERN:
        raise ContentError(f"a pattern of more than {LONGEST_PATTERN} characters")
    try:
        return re2.compile(pattern, options)
    except re2.error as error:
        raise ContentError(_said(error)) from None


def _said(error: Exception) -> str:
    """RE2 says in bytes what is wrong."""
    told = next(iter(error.args), b"")
    return told.decode("utf-8", "replace") if isinstance(told, bytes) else str(told)
