"""The background thread of exports: it hears whatever is called out to it."""

import threading

from smartapp.systems.runner import Runner


class Nothing:
    """Jobs and an exporter without work."""

    def claim(self):
        return None

    def expired(self):
        return []

    def kept(self):
        return []


class AtTheWorstMoment(threading.Event):
    """Somebody stops the runner just before it forgets that it was woken."""

    def __init__(self, runner):
        super().__init__()
        self.runner = runner

    def clear(self):
        self.runner._stopped = True
        self.set()
        super().clear()


def test_a_stop_is_heard_whenever_it_comes():
    runner = Runner(Nothing(), Nothing(), pause=30)
    runner._woken = AtTheWorstMoment(runner)
    runner.wake()
    runner._thread.join(60)
    assert not runner._thread.is_alive()
