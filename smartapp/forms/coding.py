"""What makes two codings the same answer."""

from collections.abc import Mapping
from typing import Any


def identity(coding: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return system and code; where there is no code, the words are all that tells it apart.

    Source: FHIR R4 Coding, of which no element is required.
    """
    system, code = coding.get("system"), coding.get("code")
    return (system, code) if code else (system, None, coding.get("display"))
