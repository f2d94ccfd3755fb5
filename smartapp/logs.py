"""The log as JSON, one object a line on standard error, for whoever collects logs.

``time`` (UTC), ``level``, ``logger``, ``message``, and ``code`` and ``site`` where they were given
(``extra=``); of an exception its class and where it passed, never its message. Our own messages
never carry patient data. Of other people's loggers only the pattern is told, since what they put
into it (addresses, headers, bodies) may.

As a gunicorn configuration (``--config python:smartapp.logs``) this module sets ``logconfig_dict``.
"""

import json
import logging
import logging.config
import traceback
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any

_GIVEN = ("code", "site")

logconfig_dict: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "smartapp.logs.JsonLines"}},
    "handlers": {"errors": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"level": "INFO", "handlers": ["errors"]},
    "loggers": {
        "gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True},
        "gunicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
    },
}
"""The standard library's configuration; gunicorn's access log stays off, it has addresses."""


def begin() -> None:
    """Log as JSON from now on, in this process."""
    logging.config.dictConfig(logconfig_dict)


class JsonLines(logging.Formatter):
    """Makes one JSON object of a record."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, in ASCII."""
        moment = datetime.fromtimestamp(record.created, UTC)
        told = {
            "time": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _message(record),
            **{name: str(getattr(record, name)) for name in _GIVEN if hasattr(record, name)},
            **_raised(record),
        }
        return json.dumps(told)


def _message(record: logging.LogRecord) -> str:
    """Ours in full; another's pattern, or where it was said when it has no pattern."""
    if record.name.partition(".")[0] == "smartapp":
        return record.getMessage()
    place = f"{record.module}:{record.lineno}"
    return str(record.msg) if record.args else place


def _raised(record: logging.LogRecord) -> dict[str, Any]:
    if not record.exc_info or record.exc_info[0] is None:
        return {}
    kind, _, where = record.exc_info
    passed = [
        f"{PurePath(frame.filename).name}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(where)
    ]
    return {"error": kind.__name__, "at": passed}
