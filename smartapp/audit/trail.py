"""Where the lines are: ``<folder>/audit-YYYY-MM.ndjson``, one AuditEvent a line, months in UTC.

Files are their owner's only (0600) and only ever appended to. A line is one write, made while this
process alone holds the file, so any number of threads and processes lose and tear none. Each line
carries a keyed hash of the line before it (``names.AUDIT_CHAIN``): a line changed, put in or taken
out breaks the chain. Taking lines off the end, or a whole month, does not: what must not be deleted
has to be copied away.

**Durability**: lines are not fsynced. They outlive the process, not a power cut, which may cost the
last seconds; what it tore is then a line of its own that is reported.

**When a line cannot be written** (a full disk) care goes on: a clinician must not lose a form
because of the trail. Each such line is a ``CRITICAL`` in the log with the code ``audit-unwritten``,
and up to 10,000 of them wait in memory and are written, in order and with their own times, with
the first line that can be written again. A folder that cannot be written at the start stops the
start.
"""

import fcntl
import json
import logging
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from smartapp.audit import event as events
from smartapp.audit.pseudonym import Keys
from smartapp.errors import ConfigError
from smartapp.fhir import names

log = logging.getLogger(__name__)

Resource = dict[str, Any]

WAITING_MOST = 10_000
_TAIL = 4096


class Trail:
    """The trail in ``folder`` under ``keys``; ``now`` gives an aware datetime."""

    def __init__(self, folder: Path, keys: Keys, now: Callable[[], datetime]) -> None:
        self.keys = keys
        self._folder, self._now = folder, now
        self._lock = threading.Lock()
        self._waiting: deque[Resource] = deque(maxlen=WAITING_MOST)

    def prepare(self) -> None:
        """Make sure that lines can be written; raises ConfigError."""
        try:
            with self._opened(self._file(self._recorded())):
                return
        except OSError as error:
            raise ConfigError("data_dir: the audit trail in it cannot be written.") from error

    def write(self, event: Resource) -> None:
        """Append ``event``, with its id and the time; never raises, see the module."""
        with self._lock:
            self._waiting.append({**event, "id": str(uuid4()), "recorded": self._recorded()})
            try:
                while self._waiting:
                    self._append(self._waiting[0])
                    self._waiting.popleft()
            except OSError as error:
                kind, count = type(error).__name__, len(self._waiting)
                more = {"code": "audit-unwritten"}
                log.critical("the audit trail: %s, %d lines wait", kind, count, extra=more)

    def consulted(self) -> None:
        """Write down that somebody reads the trail."""
        self.write(events.consulted())

    def lines(self, since: datetime, until: datetime) -> Iterator[bytes]:
        """The lines from ``since`` (aware) until before ``until``, without their ends, in order.

        Torn lines are left out; ``breaks`` tells of them.
        """
        for file in self._files():
            for line in _lines(file):
                moment = _recorded(line)
                if moment and since <= moment < until:
                    yield line

    def breaks(self) -> Iterator[str]:
        """Where a line is not the one that followed, as "file: line number"."""
        for file in self._files():
            before = b""
            for number, line in enumerate(_lines(file), 1):
                if not self.keys.links(before, _link(line)):
                    yield f"{file.name}: {number}"
                before = line

    def _append(self, event: Resource) -> None:
        with self._opened(self._file(event["recorded"])) as file:
            size = os.fstat(file).st_size
            before, is_torn = _last(file, size)
            link = {"url": names.AUDIT_CHAIN, "valueString": self.keys.link(before)}
            line = json.dumps({**event, "extension": [link]}, separators=(",", ":")).encode()
            whole = b"\n" * is_torn + line + b"\n"
            if os.write(file, whole) < len(whole):
                os.ftruncate(file, size)
                raise OSError("a line was not written whole")

    @contextmanager
    def _opened(self, path: Path) -> Iterator[int]:
        """The file, held alone; opened for each line, so that processes can fork and files move."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file
        finally:
            os.close(file)

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob("audit-????-??.ndjson"))

    def _file(self, recorded: str) -> Path:
        return self._folder / f"audit-{recorded[:7]}.ndjson"

    def _recorded(self) -> str:
        return self._now().astimezone(UTC).isoformat(timespec="milliseconds")


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from (line.removesuffix(b"\n") for line in file)


def _last(file: int, size: int) -> tuple[bytes, bool]:
    """The last line, without its end, and whether it has none."""
    tail, start = b"", size
    while start > 0 and b"\n" not in tail[:-1]:
        start = max(0, start - _TAIL)
        tail = os.pread(file, size - start, start)
    return tail.removesuffix(b"\n").rpartition(b"\n")[2], bool(tail) and not tail.endswith(b"\n")


def _link(line: bytes) -> str:
    try:
        return str(json.loads(line)["extension"][0]["valueString"])
    except (ValueError, KeyError, IndexError, TypeError):
        return ""


def _recorded(line: bytes) -> datetime | None:
    """The time of a line, or None of a torn one."""
    try:
        return datetime.fromisoformat(json.loads(line)["recorded"])
    except (ValueError, KeyError, TypeError):
        return None
