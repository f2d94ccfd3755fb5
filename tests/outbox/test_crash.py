"""A process killed at any point: nothing lost, nothing twice."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import conftest
from smartapp.content import load
from smartapp.outbox.box import Box

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

point, folder, key = sys.argv[2], Path(sys.argv[3]), sys.argv[4].encode()
world = conftest.World(folder, load(), keys=(key,))
if point == "kept":
    Box.claim = die
if point == "answered":
    Box.settle = die
answer = world.ehr.answer

def dying(method, path, *rest):
    if (method, path, point) in (("POST", "Goal", "claimed"), ("POST", "Provenance", "attesting")):
        die()
    told = answer(method, path, *rest)
    if (method, path, point) in (("POST", "Goal", "acted"), ("POST", "Provenance", "attested")):
        die()
    return told

world.ehr.answer = dying
world.add("Walk")
"""
POINTS = {
    "kept": ["queued"],
    "claimed": ["unsure"],
    "acted": ["unsure"],
    "answered": ["unsure"],
    "attesting": [],
    "attested": [],
}
"""Where it dies, and what then is to be known of the goal."""


@pytest.fixture(params=POINTS)
def killed(request, world):
    """Where a process died that was saving a goal."""
    words = [str(Path(__file__).parent), request.param, str(world.folder), world.keys[0].decode()]
    run = subprocess.run([sys.executable, "-c", KILLED, *words], cwd=os.getcwd(), check=False)
    assert run.returncode == -signal.SIGKILL
    return request.param


def test_it_is_known_what_is_not_known(world, killed):
    world.clock.forward(minutes=2)
    assert world.states() == POINTS[killed]


def test_the_next_launch_settles_it(world, killed):
    world.clock.forward(minutes=2)
    assert world.outbox().flush()
    assert world.ehr.texts() == ["Walk"]
    assert world.states() == []
    assert len(world.ehr.all("Provenance")) == 1


def test_sending_the_form_again_settles_it(world, killed):
    world.clock.forward(minutes=2)
    world.add("Walk")
    assert len(world.ehr.all("Provenance")) == 1
    assert world.ehr.texts() == ["Walk"]
    assert world.states() == []
