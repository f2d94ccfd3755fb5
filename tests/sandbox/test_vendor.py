"""The sandbox in a vendor's profile offers what that vendor offers, and answers as it does."""

import pytest
from joserfc import jws

from smartapp.errors import ConfigError
from smartapp.fhir import wire
from smartapp.fhir.ehrs import NATIVE, WRITTEN, profiles
from smartapp.sandbox import running, vendor
from smartapp.sandbox.clients import demo_clients

COMMERCIAL = pytest.mark.parametrize("name", sorted(set(profiles()) - {NATIVE}))
NOTE = {
    "resourceType": "DocumentReference",
    "status": "current",
    "subject": {"reference": "Patient/p01"},
    "content": [{"attachment": {"contentType": "text/plain", "data": "SGk="}}],
}


class Vendor:
    """A vendor's EHR, and an app there with every scope that it lists."""

    def __init__(self, person, listed):
        self.person = person
        asked = f"openid fhirUser launch offline_access online_access {listed}"
        self.tokens = person.tokens(scope=asked)

    def ask(self, method, path, body=None, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        token = self.tokens["access_token"]
        return self.person.fhir(token, method, path, body, headers=named)

    def create(self, resource, **headers):
        return self.ask("POST", resource["resourceType"], resource, **headers)

    def open(self, path):
        return self.person.machine.get(path, base_url="http://localhost:8001").get_json()

    def interactions(self):
        (rest,) = self.open("/fhir/metadata")["rest"]
        return {one["type"]: {i["code"] for i in one["interaction"]} for one in rest["resource"]}


@pytest.fixture
def at(person_at):
    """Open the sandbox in a vendor's profile; ``everything`` grants what it does not list, too."""

    def open_(name, *, everything=False):
        profile = profiles()[name]
        listed = vendor.scopes(profile)
        granted = listed.replace(".rs", ".crus") if everything else listed
        clients = demo_clients("http://127.0.0.1:8000", "the secret", granted)
        person = person_at(vendor=profile, scopes=listed, clients=clients)
        return Vendor(person, granted)

    return open_


def observation(category):
    return {
        "resourceType": "Observation",
        "status": "final",
        "category": [{"coding": [{"code": category}]}],
        "code": {"text": "PEG"},
        "subject": {"reference": "Patient/p01"},
    }


def bundle(kind, method):
    request = {"method": method, "url": "Goal" if method == "POST" else "Patient/p01"}
    return {"resourceType": "Bundle", "type": kind, "entry": [{"request": request}]}


@COMMERCIAL
def test_the_statement_says_what_the_profile_says(at, name):
    told, profile = at(name).interactions(), profiles()[name]
    for type_ in WRITTEN:
        for interaction in ("create", "update"):
            said = interaction in told.get(type_, ())
            assert said == profile.allows(type_, interaction), (type_, interaction)
    assert told["Patient"] == {"read", "search-type"}
    assert not profile.manners.absent & set(told)


@COMMERCIAL
def test_no_vendor_offers_transactions_or_conditional_creates(at, name):
    (rest,) = at(name).open("/fhir/metadata")["rest"]
    assert "transaction" not in [one["code"] for one in rest["interaction"]]
    assert not any(one["conditionalCreate"] for one in rest["resource"])


@COMMERCIAL
def test_what_is_not_offered_is_refused_even_with_the_scope(at, name, goal):
    ehr, manners = at(name, everything=True), profiles()[name].manners
    assert ehr.create(goal()).status_code == manners.unoffered
    assert ehr.ask("POST", "", bundle("transaction", "POST")).status_code == manners.unoffered
    assert ehr.ask("GET", "Condition/p01-1/_history").status_code == manners.unoffered
    assert ehr.ask("PUT", "Observation?_id=1", observation("survey")).status_code >= 400


@COMMERCIAL
def test_a_type_it_does_not_have_is_not_found(at, name):
    ehr, absent = at(name, everything=True), profiles()[name].manners.absent
    asked = {ehr.ask("GET", f"{type_}?patient=p01").status_code for type_ in absent}
    assert asked <= {404, 403}
    assert ehr.ask("GET", "Patient/p01").status_code == 200


@COMMERCIAL
def test_a_scope_is_listed_for_what_is_offered(at, name):
    listed = at(name).open("/fhir/.well-known/smart-configuration")["scopes_supported"]
    overstated = profiles()[name].manners.overstated
    assert "patient/Goal.rs" in listed
    assert ("patient/CarePlan.crs" in listed) == ("CarePlan" in overstated)


@COMMERCIAL
def test_there_is_one_scope_for_a_refresh_token(at, name):
    ehr = at(name)
    told = ehr.open("/fhir/.well-known/smart-configuration")
    word = "online" if profiles()[name].manners.online else "offline"
    assert {s for s in told["scopes_supported"] if "access" in s} == {f"{word}_access"}
    assert {c for c in told["capabilities"] if "line" in c and "permission" in c} == {
        f"permission-{word}"
    }
    assert ehr.tokens["refresh_token"]


def test_a_refresh_token_can_come_without_being_named_in_the_scopes(at):
    ehr = at("epic")
    assert "offline_access" not in ehr.tokens["scope"]
    again = ehr.person.refreshed(ehr.tokens["refresh_token"]).get_json()
    assert "offline_access" not in again["scope"]
    assert again["refresh_token"]


def test_an_empty_body_answers_a_create_where_the_vendor_does_so(at):
    answer = at("oracle-health").create(NOTE)
    assert (answer.status_code, answer.data) == (201, b"")
    assert "/DocumentReference/" in answer.headers["Location"]
    assert answer.headers["ETag"]
    assert at("epic").create(NOTE).get_json()["id"]


@pytest.mark.parametrize(("name", "status"), [("oracle-health", 409), ("epic", 412)])
def test_a_stale_version_is_refused_in_the_vendors_way(at, name, status):
    ehr = at(name)
    place = "/".join(ehr.create(NOTE).headers["Location"].split("/")[4:6])
    body = ehr.ask("GET", place).get_json()
    assert ehr.ask("PUT", place, body, If_Match='W/"1"').status_code == 200
    assert ehr.ask("PUT", place, body, If_Match='W/"1"').status_code == status


def test_a_conditional_create_is_a_plain_one(at):
    ehr = at("epic")
    condition = {"If_None_Exist": "identifier=urn:x|1"}
    note = NOTE | {"identifier": [{"system": "urn:x", "value": "1"}]}
    places = {ehr.create(note, **condition).headers["Location"] for _ in range(2)}
    assert len(places) == 2


def test_observations_are_taken_in_the_vendors_categories_only(at):
    ehr = at("oracle-health")
    assert ehr.create(observation("survey")).status_code == 422
    assert ehr.create(observation("vital-signs")).status_code == 201
    assert at("epic").create(observation("survey")).status_code == 201


def test_a_batch_reads_and_never_writes(at):
    ehr = at("oracle-health")
    assert ehr.ask("POST", "", bundle("batch", "GET")).status_code == 200
    assert ehr.ask("POST", "", bundle("batch", "POST")).status_code == 405


def test_a_search_may_be_posted(at):
    ehr = at("nextgen")
    kind = {"Content_Type": "application/x-www-form-urlencoded"}
    assert ehr.ask("POST", "Patient/_search", "_id=p01", **kind).status_code == 200


def test_identities_are_signed_under_another_host_where_the_vendor_does_so(at):
    ehr = at("athenahealth")
    claims = wire.decode(jws.extract_compact(ehr.tokens["id_token"].encode()).payload)
    assert claims["iss"] == "http://127.0.0.1:8001"
    assert ehr.open("/.well-known/openid-configuration")["issuer"] == claims["iss"]
    assert ehr.open("/fhir/metadata")["implementation"]["url"] == "http://localhost:8001/fhir"


class TestStarting:
    """``python -m smartapp.sandbox --vendor ...`` configures the app for the vendor."""

    def test_the_site_is_the_vendors_and_its_data_its_own(self, tmp_path):
        with running.start(tmp_path, vendor="oracle-health") as clinic:
            assert clinic.config.sites[0].ehr == "oracle-health"
            assert clinic.ehr.settings.token_life == 570
        assert (tmp_path / "oracle-health" / "ehr").is_dir()

    def test_the_site_can_be_told_otherwise(self, tmp_path):
        wishes = {"vendor": "epic", "ehr": NATIVE, "writes": {"Goal": "ehr"}, "token_life": 60}
        with running.start(tmp_path, **wishes) as clinic:
            assert (clinic.config.sites[0].ehr, clinic.ehr.settings.token_life) == (NATIVE, 60)
            assert clinic.config.sites[0].writes == {"Goal": "ehr"}

    def test_a_vendor_nobody_knows_is_refused(self, tmp_path):
        with pytest.raises(ConfigError, match="epic"):
            running.start(tmp_path, vendor="acme")
