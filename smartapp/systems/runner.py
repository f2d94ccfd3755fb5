"""The one background thread of a process that runs exports and clears away what is over.

It starts with the first request of the process, runs one job at a time (any process's, oldest
first), notices killed ones, and deletes the files of expired, cancelled and unknown jobs.
"""

import logging
import threading

from smartapp.systems.export import Exporter
from smartapp.systems.jobs import Job, Jobs, Superseded
from smartapp.systems.witness import Deed, Event, Witness, unseen

PAUSE = 60.0
"""Seconds between two looks when nobody wakes it."""

log = logging.getLogger(__name__)


class Runner:
    """Runs jobs in the background after ``wake``; ``work`` does the same in the foreground.

    ``witness`` is told of every export made or failed.
    """

    def __init__(
        self, jobs: Jobs, exporter: Exporter, pause: float = PAUSE, witness: Witness = unseen
    ) -> None:
        self._jobs, self._exporter, self._pause = jobs, exporter, pause
        self._witness = witness
        self._thread: threading.Thread | None = None
        self._woken, self._starting = threading.Event(), threading.Lock()
        self._stopped = False

    def wake(self) -> None:
        """Look for work now; starts the thread where it does not run (first use, after a fork)."""
        self._woken.set()
        with self._starting:
            if not self._stopped and (self._thread is None or not self._thread.is_alive()):
                self._thread = threading.Thread(target=self._loop, name="exports", daemon=True)
                self._thread.start()

    def ensure(self) -> None:
        """Start the thread where it does not run, without waking one that does."""
        if self._thread is None or not self._thread.is_alive():
            self.wake()

    def stop(self) -> None:
        """End the thread after the job it is at."""
        self._stopped = True
        self._woken.set()
        if self._thread is not None:
            self._thread.join()

    def work(self) -> None:
        """Run every job that can be claimed, then clear away."""
        while not self._stopped and (job := self._jobs.claim()) is not None:
            self._run(job)
        self.sweep()

    def sweep(self) -> None:
        """Forget expired jobs and delete files that belong to no job."""
        for id in self._jobs.expired():
            self._jobs.remove(id)
        for id in self._exporter.kept():
            if not self._jobs.known(id):
                self._exporter.clear(id)

    def _loop(self) -> None:
        while not self._stopped:
            try:
                self.work()
            except Exception as error:  # noqa: BLE001 - the thread outlives a full disk or a locked file
                log.error("looking for exports failed: %s", type(error).__name__)
            self._woken.wait(self._pause)
            # After the wait: cleared before the work, a stop just before it would go unheard.
            self._woken.clear()

    def _run(self, job: Job) -> None:
        try:
            lines = self._exporter.run(job)
            log.info("export for %s done: %d resources", job.client, lines)
            self._witness(Event(job.client, Deed.EXPORT, 200, job.order.types, lines))
        except Exception as error:  # noqa: BLE001 - whatever it was, the system is told it failed
            self._fail(job, error)

    def _fail(self, job: Job, error: Exception) -> None:
        try:
            self._jobs.fail(job)
            log.error("export for %s failed: %s", job.client, type(error).__name__)
            self._witness(Event(job.client, Deed.EXPORT, 500, job.order.types))
        except Superseded:
            log.info("export for %s stopped: cancelled or taken over", job.client)
