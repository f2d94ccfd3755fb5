"""The factory: one configuration in, one app out, everything wired and nothing of its own."""

import pytest
from cryptography.fernet import Fernet
from flask import request

from smartapp.app import create_app, from_environment
from smartapp.config import Config, Site
from smartapp.content import load
from smartapp.errors import ConfigError

APP = "https://app.example"


@pytest.fixture(scope="session")
def content():
    return load()


@pytest.fixture
def build(tmp_path, content):
    """Make the app from a configuration with one site and what a test adds."""

    def make(**more):
        sites = (Site("Clinic", "https://ehr.example/fhir", "our-client"),)
        config = Config(APP, tmp_path / "data", sites, (Fernet.generate_key(),), **more)
        return create_app(config, content)

    return make


def test_the_start_page_leads_to_the_sites(build):
    client = build().test_client()
    assert client.get("/").location == "/standalone"
    assert "Clinic" in client.get("/", follow_redirects=True).text


def test_every_page_of_a_launch_lies_below_its_handle(build):
    """Nothing about a patient has an address that another launch could share.

    The blank page shown offline and the script that shows it hold nothing of anybody, and neither
    does the lock of a device whose launch is over.
    """
    outside = {"/", "/launch", "/standalone", "/callback", "/.well-known/jwks.json"}
    outside |= {"/launches/offline", "/launches/worker.js", "/unlock", "/favicon.ico"}
    rules = {rule.rule for rule in build().url_map.iter_rules() if rule.endpoint != "static"}
    assert {rule for rule in rules if not rule.startswith("/launches/<handle>/")} == outside


def test_no_address_names_a_patient(build):
    names = {name for rule in build().url_map.iter_rules() for name in rule.arguments}
    record = {"goal_id", "enrollment_id", "response_id"}
    assert names == {"handle", "key", "number", "row_id", "filename", *record}


def test_everything_that_changes_something_needs_a_post(build):
    rules = [r for r in build().url_map.iter_rules() if r.endpoint.startswith("pages.")]
    changing = {"create", "update"}
    for rule in rules:
        verb = rule.endpoint.removeprefix("pages.").split("_")[0]
        assert ("POST" in rule.methods) == (verb in changing), rule


def test_without_content_given_the_released_content_is_loaded(tmp_path):
    sites = (Site("Clinic", "https://ehr.example/fhir", "our-client"),)
    app = create_app(Config(APP, tmp_path, sites, (Fernet.generate_key(),)))
    assert app.test_client().get("/standalone").status_code == 200


def test_two_processes_of_one_configuration_know_each_others_forms(tmp_path, content):
    config = Config(APP, tmp_path, (), (Fernet.generate_key(),))
    assert create_app(config, content).secret_key == create_app(config, content).secret_key


FORWARDED = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "app.example"}


class TestProxy:
    def reached(self, app):
        """Where the app thinks a request came to."""
        app.add_url_rule("/where", view_func=lambda: request.url)
        return app.test_client().get("/where", headers=FORWARDED).text

    def test_that_is_trusted_is_believed(self, build):
        assert self.reached(build(trusted_proxies=1)) == "https://app.example/where"

    def test_that_is_not_trusted_is_not(self, build):
        assert self.reached(build()) == "http://localhost/where"


class TestFromEnvironment:
    """What a WSGI server calls."""

    def test_reads_the_file_named(self, tmp_path, monkeypatch):
        (tmp_path / "key").write_bytes(Fernet.generate_key())
        file = tmp_path / "smartapp.toml"
        file.write_text(
            f'public_url = "{APP}"\ndata_dir = "data"\nencryption_key_files = ["key"]\n'
            '[[sites]]\nname = "Hill"\nissuer = "https://hill.example/fhir"\nclient_id = "c"\n'
        )
        monkeypatch.setenv("SMARTAPP_CONFIG", str(file))
        assert "Hill" in from_environment().test_client().get("/standalone").text

    def test_a_wrong_file_stops_the_start(self, tmp_path, monkeypatch):
        monkeypatch.setenv("SMARTAPP_CONFIG", str(tmp_path / "none.toml"))
        with pytest.raises(ConfigError, match="cannot be read"):
            from_environment()
