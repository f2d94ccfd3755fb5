"""SMART App Launch 2.2 "Conformance" and the CapabilityStatement: open, and true."""

import pytest

FHIR, TOKEN_URL = "https://app.example/fhir", "https://app.example/systems/token"


@pytest.fixture
def stranger(system):
    """A system that is not signed in."""
    return system()


@pytest.fixture
def statement(stranger):
    return stranger.ask("metadata").get_json()


def test_smart_configuration_says_how_to_get_a_token(stranger):
    found = stranger.ask(".well-known/smart-configuration").get_json()
    assert found["token_endpoint"] == TOKEN_URL
    assert found["grant_types_supported"] == ["client_credentials"]
    assert found["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
    assert found["token_endpoint_auth_signing_alg_values_supported"] == ["RS384", "ES384"]
    assert {"client-confidential-asymmetric", "permission-v2"} <= set(found["capabilities"])
    assert {"system/*.rs", "system/Observation.rs"} <= set(found["scopes_supported"])


def test_smart_configuration_is_json_whatever_is_accepted(stranger):
    headers = {"Accept": "application/fhir+json"}
    answer = stranger.ask(".well-known/smart-configuration", headers=headers)
    assert answer.content_type == "application/json"


def test_metadata_is_fhir(stranger, statement):
    assert stranger.ask("metadata").content_type.startswith("application/fhir+json")
    assert statement["implementation"]["url"] == FHIR


def test_metadata_names_smart_on_fhir_as_security(statement):
    security = statement["rest"][0]["security"]
    assert security["service"][0]["coding"][0]["code"] == "SMART-on-FHIR"
    assert security["extension"][0]["extension"] == [{"url": "token", "valueUri": TOKEN_URL}]


def test_metadata_offers_nothing_that_writes(statement):
    rest = statement["rest"][0]
    assert "interaction" not in rest
    for resource in rest["resource"]:
        codes = {each["code"] for each in resource["interaction"]}
        assert codes == {"read", "vread", "history-instance", "search-type"}
        assert not [name for name in resource if name.startswith(("update", "conditional"))]


def test_metadata_offers_the_three_exports(statement):
    rest = statement["rest"][0]
    found = {each["type"]: each.get("operation") for each in rest["resource"]}
    offered = [rest["operation"], found["Patient"], found["Group"]]
    names = [each[0]["definition"].split("/")[-1] for each in offered]
    assert names == ["export", "patient-export", "group-export"]
    assert found["Observation"] is None


def test_what_is_offered_is_there(quality, statement):
    kinds = [each["type"] for each in statement["rest"][0]["resource"]]
    assert {quality.ask(kind).status_code for kind in kinds} == {200}
