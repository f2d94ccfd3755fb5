"""What holds of every test: property tests draw the same examples on every run, however slowly.

``GSH_EXPLORE=1`` draws new ones instead; what they find becomes an example of its own. And the
configuration that the tests of commands begin with.
"""

import os
import sys

import pytest
from cryptography.fernet import Fernet
from hypothesis import HealthCheck, settings

from smartapp.fhir import capabilities

SOUND = """
public_url = "https://app.example"
data_dir = "data"
encryption_key_files = ["key"]
[[sites]]
name = "Hill"
issuer = "https://hill.example/fhir"
client_id = "ours"
"""
SLOW = [HealthCheck.too_slow]
settings.register_profile(
    "same", deadline=None, derandomize=True, database=None, suppress_health_check=SLOW
)
settings.register_profile(
    "explore", deadline=None, database=None, suppress_health_check=SLOW, print_blob=True
)
settings.load_profile("explore" if "GSH_EXPLORE" in os.environ else "same")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Run what is marked as untraced without coverage, which makes hard work many times harder.

    pytest-cov's own mark stops one of the two collectors that it starts in a worker of xdist.
    """
    tracer = sys.gettrace() if item.get_closest_marker("untraced") else None
    if tracer is None:
        return (yield)
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(tracer)


@pytest.fixture(autouse=True)
def _new_servers():
    """A server of a test before had this port, perhaps: Linux gives out 7,000 of them.

    What it claimed is remembered for ten minutes in this process, and is not this server's.
    """
    capabilities.forget()


@pytest.fixture
def sound(tmp_path):
    """The file of a sound configuration with one site, "Hill"."""
    (tmp_path / "key").write_bytes(Fernet.generate_key())
    file = tmp_path / "smartapp.toml"
    file.write_text(SOUND)
    return file
