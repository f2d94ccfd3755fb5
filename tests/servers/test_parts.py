"""What the third-party servers and the peer are made of: there, or fetched now.

CI runs these while the ordinary tests run, so that no later stage waits for a download.
"""

from pathlib import Path

import pytest

from benchmarks import peer_serving

pytestmark = pytest.mark.server
HERE = Path(__file__).parent


@pytest.mark.parametrize("folder", ["medplum", "fhirpathjs"])
def test_what_node_runs_is_there(node_modules, folder):
    node_modules(HERE / folder)
    assert (HERE / folder / "node_modules").is_dir()


@pytest.mark.parametrize("folder", ["hapi", "validator"])
def test_what_java_runs_is_there(java, folder):
    *_, classpath, source = java(HERE / folder)
    assert all(Path(jar).exists() for jar in classpath.split(":"))
    assert source.endswith(".java")


def test_what_is_installed_by_pip_is_there(sekmet_command):
    assert sekmet_command.exists()


def test_the_peer_of_our_forms_is_there():
    peer_serving.install()
    assert peer_serving.LIBRARY.is_dir()
