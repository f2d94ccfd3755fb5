"""The process that sends forms in the faulty run, as its desk sees it."""

from multiprocessing import get_context

from benchmarks.forms import Sent, Told, serve


class Worker:
    """A process that sends forms, started again after each death."""

    def __init__(self) -> None:
        self._context = get_context("forkserver")
        self._context.set_forkserver_preload(["benchmarks.forms"])
        self._start()

    def _start(self) -> None:
        self._pipe, theirs = self._context.Pipe()
        self._process = self._context.Process(target=serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def ask(self, sent: Sent, kill_after: float | None) -> Told | None:
        """What the worker tells; None when it was killed before it could."""
        self._pipe.send(sent)
        told: Told | None = None
        if kill_after is None or self._pipe.poll(kill_after):
            told = self._pipe.recv()
        if kill_after is not None:
            self.stop()
            self._start()
        return told

    def stop(self) -> None:
        """Kill it, as a power cut would."""
        self._process.kill()
        self._process.join()
        self._pipe.close()
