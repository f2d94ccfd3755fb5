"""The few plain GETs of a launch: discovery documents and public keys."""

from typing import Any

import requests

TIMEOUT = (3.05, 10)
"""Seconds to connect, seconds between bytes."""


def session() -> requests.Session:
    """A session that takes nothing from the environment (a .netrc would replace our header)."""
    http = requests.Session()
    http.trust_env = False
    return http


def fetch_json(url: str, accept: str = "application/json") -> dict[str, Any] | None:
    """The JSON object at ``url``, or None for any other answer; redirects are not followed."""
    try:
        with session() as http:
            answer = http.get(
                url, headers={"Accept": accept}, timeout=TIMEOUT, allow_redirects=False
            )
            found = answer.json() if answer.status_code == requests.codes.ok else None
    except (requests.RequestException, ValueError):
        return None
    return found if isinstance(found, dict) else None
