"""The wiring: what the configuration says of a site and of the store is what its charts get."""

import stat
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from smartapp.app import create_app
from smartapp.config import BackendAccess, ClientAuth, Config, Site, StoreSettings, Where
from smartapp.errors import ConfigError
from smartapp.fhir.plan import Wish
from smartapp.launch import keys
from smartapp.parts import program_store, refusals, site_rules

BASE = "https://ehr.example/fhir"


@pytest.fixture
def config(tmp_path):
    def make(store=None, **site):
        return Config(
            public_url="https://app.example",
            data_dir=tmp_path / "data",
            sites=(Site("Clinic", BASE, "ours", **site),),
            encryption_keys=(Fernet.generate_key(),),
            store=store or StoreSettings(),
        )

    return make


def test_a_site_has_the_rules_it_asked_for(config):
    rules = site_rules(config(ehr="epic", writes={"Goal": Where.BOTH}))["Clinic"]
    assert rules.profile.name == "epic"
    assert rules.wishes == {"Goal": Wish.BOTH}
    assert rules.store.base == "https://app.example/fhir"


def test_what_was_refused_is_remembered_below_the_data_folder(config):
    rules = site_rules(config())["Clinic"]
    rules.refusals.remember(BASE, "Goal", "create", 405)
    assert [one.type for one in refusals(config()).known(BASE)] == ["Goal"]


def test_the_embedded_store_keeps_what_it_is_given(config):
    person = {"resourceType": "Patient", "identifier": [{"system": BASE, "value": "p1"}]}
    made = program_store(config()).client(None).create(person)
    assert program_store(config()).client(None).read("Patient", made["id"]) == made


def test_only_its_owner_can_look_into_the_data_folder(config):
    create_app(config())
    mode = config().data_dir.stat().st_mode
    assert stat.S_IMODE(mode) == 0o700


@pytest.mark.parametrize(
    "store",
    [
        StoreSettings("https://store.example/fhir", token="abc"),
        StoreSettings("https://store.example/fhir", client_id="gsh", key_folder=Path("keys")),
    ],
)
def test_a_server_is_asked_below_its_own_base(config, store):
    found = program_store(config(store))
    assert found.base == "https://store.example/fhir"
    assert found.session().auth


@pytest.mark.parametrize(
    ("site", "sentence"),
    [
        ({"ehr": "abacus"}, r"sites\[0\]\.ehr: this must be one of athenahealth, "),
        ({"writes": {"Patient": Where.EHR}}, r"sites\[0\]\.writes\.Patient: the program writes "),
    ],
)
def test_what_nobody_knows_stops_the_start(config, site, sentence):
    with pytest.raises(ConfigError, match=sentence):
        create_app(config(**site))


def test_the_keys_of_access_without_a_user_are_published_once(config, tmp_path):
    folder = tmp_path / "keys"
    made = keys.make(folder, "ES384")
    backend = BackendAccess("machine", folder)
    app = create_app(config(backend=backend, client_auth=ClientAuth.PRIVATE_KEY, key_folder=folder))
    told = app.test_client().get("/.well-known/jwks.json", base_url="https://app.example")
    assert [key["kid"] for key in told.json["keys"]] == [made.kid]
