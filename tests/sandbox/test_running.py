"""``start`` and ``python -m smartapp.sandbox``: both servers here only, and stopped cleanly."""

import os
import re
import shutil
import signal
import socket
import threading
import time
import tomllib

import pytest
import requests
from click.testing import CliRunner
from flask import Flask

from smartapp import config
from smartapp.errors import ConfigError
from smartapp.sandbox import __main__ as command
from smartapp.sandbox import running


def small_app(loaded):
    app = Flask("small")
    app.add_url_rule("/launch", "launch", lambda: loaded.public_url)
    return app


@pytest.fixture(scope="module")
def begun_before(tmp_path_factory):
    """A data folder from an earlier start, so that keys need not be made for every test."""
    folder = tmp_path_factory.mktemp("running") / "data"
    running.start(folder, make_app=small_app).stop()
    return folder


@pytest.fixture
def start(tmp_path, begun_before):
    """Starts with a small app in place of ours; stops afterwards."""
    shutil.copytree(begun_before, tmp_path / "data")
    begun = []

    def begin(**options):
        begun.append(running.start(tmp_path / "data", make_app=small_app, **options))
        return begun[-1]

    yield begin
    for one in begun:
        one.stop()


def test_both_answer_on_this_machine_only(start):
    started = start()
    assert started.app_url.startswith("http://127.0.0.1:")
    assert started.ehr_url.startswith("http://localhost:")
    assert requests.get(f"{started.ehr_url}/sign-in", timeout=60).status_code == 200
    assert requests.get(f"{started.app_url}/launch", timeout=60).text == started.app_url


def test_the_launch_url_leads_to_the_app_with_the_ehr_as_issuer(start):
    started = start()
    url = started.launch_url("p02", "physician-1", embedded=True)
    assert url.startswith(f"{started.app_url}/launch?iss=")


@pytest.mark.parametrize(
    ("client", "auth"),
    [("gsh-private-key", "private-key"), ("gsh-secret", "secret"), ("gsh-public", "public")],
)
def test_the_app_is_configured_as_the_chosen_client(start, client, auth):
    site = start(client=client).config.sites[0]
    assert (site.client_id, site.client_auth.value) == (client, auth)


def test_the_client_secret_is_the_one_the_ehr_knows(start, tmp_path):
    started = start(client="gsh-secret")
    secret = started.config.sites[0].secret
    assert any(one.check_client_secret(secret) for one in started.ehr.settings.clients)


def test_keys_are_made_once_and_kept(start, tmp_path):
    keys = start().config.encryption_keys
    kept = sorted(path.read_bytes() for path in (tmp_path / "data/app/keys").iterdir())
    assert start().config.encryption_keys == keys
    assert sorted(path.read_bytes() for path in (tmp_path / "data/app/keys").iterdir()) == kept


def test_the_written_configuration_is_one_the_app_accepts(start, tmp_path):
    started = start()
    file = tmp_path / "data/app/app.toml"
    assert config.load(file) == started.config
    assert tomllib.loads(file.read_text())["sites"][0]["issuer"] == f"{started.ehr_url}/fhir"


def test_reset_starts_from_the_synthetic_data(start, tmp_path):
    start().stop()
    marker = tmp_path / "data/ehr/marker"
    marker.touch()
    start(reset=True)
    assert not marker.exists()


def test_an_upstream_never_touches_the_embedded_record(start, lenient):
    embedded = start()
    embedded.stop()
    assert start(upstream=lenient.url).ehr.settings.data != embedded.ehr.settings.data
    assert start().ehr.hospital.reference("Patient/p01") == "Patient/p01"


def test_a_taken_port_is_one_clear_sentence(start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"Port {port} of this machine is taken"):
            start(port_ehr=port)


def test_stopping_frees_the_ports(start):
    """Nothing of ours holds one; who asks for it then may find that another was first."""
    with start() as started:
        held = [one._socket for one in started.servers]
        held += [one._server.socket for one in started.servers]
        assert all(one.fileno() >= 0 for one in held)
    assert {one.fileno() for one in held} == {-1}


@pytest.fixture
def interrupting():
    """Presses Ctrl+C as soon as the command listens for it."""
    usual = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)

    def press():
        while signal.getsignal(signal.SIGTERM) == usual[1]:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    pressing = threading.Thread(target=press, daemon=True)
    pressing.start()
    yield
    signal.signal(signal.SIGINT, usual[0])
    signal.signal(signal.SIGTERM, usual[1])


def test_the_command_says_what_to_open_and_how_to_stop(tmp_path, begun_before, interrupting):
    data = shutil.copytree(begun_before, tmp_path / "data")
    options = ["--data", str(data), "--port-app", "0", "--port-ehr", "0"]
    result = CliRunner().invoke(command.main, options)
    assert result.exit_code == 0, result.output
    assert re.search(r"Open http://localhost:\d+ in your browser", result.output)
    assert "Ctrl+C to stop" in result.output
    assert result.output.endswith("Stopped.\n")


def test_the_command_names_a_taken_port(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(command.main, ["--data", str(tmp_path), "--port-ehr", port])
    assert (result.exit_code, f"Error: Port {port}" in result.output) == (1, True)
