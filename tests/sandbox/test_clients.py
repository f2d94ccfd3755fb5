"""The apps registered with the sandbox."""

import pytest

from smartapp.errors import ConfigError
from smartapp.sandbox.clients import find, load_clients

GOOD = """
[[client]]
id = "one"
name = "One"
redirect_uris = ["http://127.0.0.1:9/cb"]
launch_uri = "http://127.0.0.1:9/launch"
"""


def test_registrations_can_come_from_a_file(tmp_path):
    file = tmp_path / "clients.toml"
    file.write_text(GOOD)
    (client,) = load_clients(file)
    assert (client.id, client.auth, client.auto_approve) == ("one", "none", True)


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ('auth = "password"', "auth"),
        ('auth = "private_key_jwt"', "jwks_uri"),
        ('auth = "client_secret_basic"', "secret"),
        ("colour = 1", "colour"),
    ],
)
def test_a_wrong_registration_is_refused_by_the_name_of_its_key(tmp_path, line, named):
    file = tmp_path / "clients.toml"
    file.write_text(GOOD + line)
    with pytest.raises(ConfigError, match=named):
        load_clients(file)


def test_a_missing_key_is_named(tmp_path):
    file = tmp_path / "clients.toml"
    file.write_text('[[client]]\nid = "one"')
    with pytest.raises(ConfigError, match="client 1: name is missing"):
        load_clients(file)


def test_redirect_uris_are_compared_exactly(clients):
    client = find(clients, "gsh-public")
    assert client.check_redirect_uri("http://127.0.0.1:8000/callback")
    assert not client.check_redirect_uri("http://127.0.0.1:8000/callback/")


def test_there_is_a_demo_client_for_each_way_of_authenticating(clients):
    assert {c.auth for c in clients[:3]} == {"none", "client_secret_basic", "private_key_jwt"}
