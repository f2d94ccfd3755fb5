"""SMART App Launch 2.2 "Conformance", OpenID Connect Discovery: what is open without a token."""

import pytest

BASE = "http://localhost:8001"
_KEYS = """
    issuer jwks_uri authorization_endpoint grant_types_supported token_endpoint capabilities
    code_challenge_methods_supported scopes_supported response_types_supported
    token_endpoint_auth_methods_supported token_endpoint_auth_signing_alg_values_supported
    introspection_endpoint revocation_endpoint
"""
REQUIRED = _KEYS.split()


@pytest.fixture
def configuration(stranger):
    return stranger.machine.get("/fhir/.well-known/smart-configuration").get_json()


@pytest.mark.parametrize("key", REQUIRED)
def test_smart_configuration_has_every_key(configuration, key):
    assert configuration[key]


def test_only_s256_is_offered(configuration):
    assert configuration["code_challenge_methods_supported"] == ["S256"]


def test_the_three_client_types_and_both_algorithms_are_offered(configuration):
    methods = configuration["token_endpoint_auth_methods_supported"]
    assert set(methods) == {"none", "client_secret_basic", "private_key_jwt"}
    algorithms = configuration["token_endpoint_auth_signing_alg_values_supported"]
    assert set(algorithms) == {"RS384", "ES384"}


def test_every_endpoint_it_names_exists(stranger, configuration):
    for name in ("token_endpoint", "introspection_endpoint", "revocation_endpoint"):
        assert stranger.machine.post(configuration[name].removeprefix(BASE)).status_code in {
            400,
            401,
        }
    assert stranger.machine.get(configuration["jwks_uri"].removeprefix(BASE)).status_code == 200


def test_openid_configuration_says_the_same_at_the_issuer(stranger, configuration):
    found = stranger.machine.get("/.well-known/openid-configuration").get_json()
    assert found == configuration
    assert found["subject_types_supported"] == ["public"]


def test_the_capability_statement_is_open_and_names_the_oauth_uris(stranger):
    found = stranger.machine.get("/fhir/metadata").get_json()
    (extension,) = found["rest"][0]["security"]["extension"]
    assert extension["url"].endswith("/StructureDefinition/oauth-uris")
    uris = {part["url"]: part["valueUri"] for part in extension["extension"]}
    assert (uris["authorize"], uris["token"]) == (f"{BASE}/authorize", f"{BASE}/token")


def test_the_smart_style_is_open(stranger):
    assert stranger.machine.get("/smart-style.json").get_json()["color_background"]
