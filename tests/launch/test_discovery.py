"""Discovery: smart-configuration, else the CapabilityStatement, else OpenID Connect's document."""

from dataclasses import replace

import pytest
import requests

from smartapp.errors import DiscoveryFailed
from smartapp.launch.discovery import Discovery, discover
from smartapp.launch.fetch import fetch_json

WELL_KNOWN = "https://ehr.example/fhir/.well-known/smart-configuration"
METADATA = "https://ehr.example/fhir/metadata"
OPENID = ".well-known/openid-configuration"
OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"


def statement(url=OAUTH_URIS, **uris):
    """A CapabilityStatement of STU 1 that names these endpoints."""
    inner = [{"url": name, "valueUri": uri} for name, uri in uris.items()]
    security = {"extension": [{"url": url, "extension": inner}, {"url": "other"}]}
    return {"resourceType": "CapabilityStatement", "rest": [{"security": security}, {}]}


@pytest.fixture
def old(wire, ehr, site):
    """An EHR without smart-configuration: what its CapabilityStatement says may be changed."""

    def discovered(body):
        wire.replace("GET", WELL_KNOWN, status=404)
        wire.get(METADATA, json=body)
        return discover(site)

    return discovered


def test_reads_endpoints_scopes_and_capabilities(ehr, site, addresses):
    ehr.smart["scopes_supported"] = ["patient/*.rs", 5]
    found = discover(site)
    assert found.token_endpoint == f"{addresses.auth}/token"
    assert found.scopes == ("patient/*.rs",)
    assert "permission-v2" in found.capabilities


def test_a_trailing_slash_of_the_issuer_is_not_doubled(ehr, site):
    assert discover(replace(site, issuer=f"{site.issuer}/")).token_endpoint


def test_only_one_request_is_made_when_all_is_there(ehr, site, wire):
    discover(site)
    assert [call.request.url for call in wire.calls] == [WELL_KNOWN]


class TestCapabilityStatement:
    URIS = {  # noqa: RUF012 - never changed
        "authorize": "https://as.example/a", "token": "https://as.example/t",
        "revoke": "https://as.example/r", "manage": "https://as.example/m",
    }  # fmt: skip

    def test_is_asked_when_there_is_no_smart_configuration(self, old):
        found = old(statement(**self.URIS))
        assert found.authorization_endpoint == "https://as.example/a"
        assert found.token_endpoint == "https://as.example/t"
        assert found.revocation_endpoint == "https://as.example/r"

    def test_with_a_malformed_extension_url_is_understood(self, old):
        """athenahealth writes it so."""
        assert old(statement(url="fhir-registry/oauth-uris", **self.URIS)).token_endpoint

    def test_is_asked_when_smart_configuration_names_no_token_endpoint(self, old, ehr):
        del ehr.smart["token_endpoint"]
        assert old(statement(**self.URIS)).token_endpoint == "https://as.example/t"

    @pytest.mark.parametrize(
        "body",
        [{}, {"rest": None}, {"rest": [{"security": None}]}, {"rest": [{"security": {}}]},
         statement(), statement(authorize="https://as.example/a"), statement(token="x"), []],
    )  # fmt: skip
    def test_without_endpoints_fails(self, old, body):
        with pytest.raises(DiscoveryFailed):
            old(body)


@pytest.mark.parametrize("name", ["authorization_endpoint", "token_endpoint"])
@pytest.mark.parametrize(
    "url", ["http://as.example/x", "ftp://as.example", "x", None, 5, "https://"]
)
def test_an_endpoint_that_is_not_https_fails(ehr, site, wire, name, url):
    wire.get(METADATA, status=404)
    ehr.smart[name] = url
    with pytest.raises(DiscoveryFailed):
        discover(site)


def test_http_on_this_machine_is_accepted(ehr, site):
    ehr.smart["token_endpoint"] = "http://localhost:8001/token"
    assert discover(site).token_endpoint == "http://localhost:8001/token"


def test_an_unsafe_revocation_endpoint_is_not_used(ehr, site):
    ehr.smart["revocation_endpoint"] = "http://as.example/revoke"
    assert discover(site).revocation_endpoint is None


class TestOpenidConfiguration:
    """Some servers name no jwks_uri in smart-configuration."""

    def test_of_the_issuer_names_the_key_set(self, ehr, site, wire, addresses):
        del ehr.smart["jwks_uri"]
        wire.get(f"{addresses.auth}/{OPENID}", json={"jwks_uri": "https://auth.example/k"})
        assert discover(site).jwks_uri == "https://auth.example/k"

    def test_of_the_fhir_base_is_asked_when_no_issuer_is_named(self, ehr, site, wire):
        del ehr.smart["issuer"]
        wire.get(f"{site.issuer}/{OPENID}", json={"issuer": "https://id.example", "jwks_uri": "no"})
        found = discover(site)
        assert (found.issuer, found.jwks_uri) == ("https://id.example", "https://auth.example/jwks")

    def test_of_the_sites_own_token_issuer_is_asked_first(self, ehr, site, wire):
        del ehr.smart["jwks_uri"]
        wire.get(f"https://id.example/{OPENID}", json={"jwks_uri": "https://id.example/k"})
        found = discover(replace(site, id_token_issuer="https://id.example/"))
        assert found.jwks_uri == "https://id.example/k"

    def test_is_not_asked_at_an_unsafe_address(self, ehr, site, wire):
        del ehr.smart["jwks_uri"]
        ehr.smart["issuer"] = "http://as.example"
        assert discover(site).jwks_uri is None
        assert len(wire.calls) == 1

    def test_that_is_missing_leaves_the_fhir_base_as_issuer(self, ehr, site):
        del ehr.smart["issuer"], ehr.smart["jwks_uri"]
        found = discover(site)
        assert (found.issuer, found.jwks_uri) == (site.issuer, None)


class TestKept:
    def test_for_five_minutes(self, ehr, site, wire, clock):
        discovery = Discovery(clock)
        discovery.find(site)
        clock.forward(minutes=4, seconds=59)
        discovery.find(site)
        wire.assert_call_count(WELL_KNOWN, 1)

    def test_and_no_longer(self, ehr, site, wire, clock):
        discovery = Discovery(clock)
        discovery.find(site)
        clock.forward(minutes=5)
        discovery.find(site)
        wire.assert_call_count(WELL_KNOWN, 2)


class TestFetch:
    URL = "https://ehr.example/x"

    @pytest.mark.parametrize("body", ["", "<html>", "[]", "null", '"text"'])
    def test_anything_but_a_json_object_is_nothing(self, wire, body):
        wire.get(self.URL, body=body)
        assert fetch_json(self.URL) is None

    @pytest.mark.parametrize("status", [201, 302, 404, 500])
    def test_any_status_but_200_is_nothing(self, wire, status):
        wire.get(self.URL, json={"a": 1}, status=status)
        assert fetch_json(self.URL) is None

    def test_no_answer_is_nothing(self, wire):
        wire.get(self.URL, body=requests.ReadTimeout())
        assert fetch_json(self.URL) is None

    def test_a_redirect_is_not_followed(self, wire):
        wire.get(self.URL, status=301, headers={"Location": "https://evil.example/"})
        assert fetch_json(self.URL) is None
        assert len(wire.calls) == 1

    def test_waits_three_seconds_to_connect_and_ten_for_an_answer(self, wire):
        wire.get(self.URL, json={})
        fetch_json(self.URL)
        assert wire.calls[0].request.req_kwargs["timeout"] == (3.05, 10)


def test_a_failed_discovery_stops_the_launch(browser, ehr):
    ehr.smart.clear()
    assert browser.get("/launch?iss=https://ehr.example/fhir&launch=x").text == "discovery-failed"
