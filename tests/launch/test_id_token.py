"""The id_token, verified (OpenID Connect Core 1.0, 3.1.3.7; SMART App Launch 2.2, 2.0.10.3)."""

from dataclasses import replace

import pytest
from joserfc.jwk import ECKey, OctKey, RSAKey


@pytest.fixture
def verdict(browser):
    """Launch, and say how it ended: "ok" or the error's code."""

    def launch():
        answer = browser.answer(code="c", state=browser.begin()["state"])
        return "ok" if answer.status_code == 303 else answer.text

    return launch


@pytest.fixture
def user(browser, launches):
    return lambda: launches.store.read(browser.launch().split("/")[2])


def test_a_sound_token_names_the_user(user):
    assert (user().user, user().user_name) == ("Practitioner/7", "Ada Coach")


@pytest.mark.parametrize("token", [None, "", "not.a.jwt", "a.b", 7, "é.é.é"])
def test_a_missing_or_malformed_token_is_refused(verdict, ehr, token):
    ehr.answer["id_token"] = token
    assert verdict() == "identity-invalid"


class TestSignature:
    def test_by_another_key_is_refused(self, verdict, ehr):
        ehr.key = RSAKey.generate_key(2048, {"kid": "one"})
        assert verdict() == "identity-invalid"

    def test_alg_none_is_refused(self, verdict, ehr):
        body = ehr.id_token().split(".")[1]
        ehr.answer["id_token"] = f"eyJhbGciOiJub25lIn0.{body}."
        assert verdict() == "identity-invalid"

    def test_a_symmetric_algorithm_is_refused(self, verdict, ehr):
        ehr.header, ehr.key = {"alg": "HS256"}, OctKey.generate_key(256)
        assert verdict() == "identity-invalid"

    def test_a_changed_claim_is_refused(self, verdict, ehr):
        head, _, signature = ehr.id_token().split(".")
        ehr.claims["fhirUser"] = "Practitioner/8"
        ehr.answer["id_token"] = f"{head}.{ehr.id_token().split('.')[1]}.{signature}"
        assert verdict() == "identity-invalid"

    def test_an_algorithm_that_discovery_does_not_name_is_accepted(self, verdict, ehr, other_key):
        """Medplum signs ES256 and announces RS256."""
        ehr.smart["id_token_signing_alg_values_supported"] = ["RS256"]
        ehr.key, ehr.header = other_key, {"alg": "ES256", "kid": "two"}
        ehr.jwks = [other_key.as_dict(private=False)]
        assert verdict() == "ok"

    def test_an_encryption_key_does_not_verify(self, verdict, ehr):
        ehr.jwks = [{**ehr.jwks[0], "use": "enc"}]
        assert verdict() == "identity-invalid"


class TestKeySet:
    def test_is_asked_once_for_two_launches(self, verdict, wire, addresses):
        assert [verdict(), verdict()] == ["ok", "ok"]
        wire.assert_call_count(f"{addresses.auth}/jwks", 1)

    def test_of_an_hour_ago_is_not_believed(self, verdict, ehr, clock):
        """The issuer may have withdrawn a stolen key."""
        assert verdict() == "ok"
        ehr.jwks = []
        assert verdict() == "ok"
        clock.forward(hours=1)
        assert verdict() == "identity-invalid"

    def test_is_asked_once_more_for_an_unknown_kid(self, verdict, ehr, other_key):
        assert verdict() == "ok"
        ehr.key, ehr.header = other_key, {"alg": "ES256", "kid": "two"}
        ehr.jwks = [other_key.as_dict(private=False)]
        assert verdict() == "ok"

    def test_is_not_asked_for_ever(self, verdict, ehr, wire, addresses):
        ehr.header = {"alg": "RS256", "kid": "never heard of"}
        assert verdict() == "identity-invalid"
        wire.assert_call_count(f"{addresses.auth}/jwks", 2)

    def test_a_token_without_kid_is_tried_with_every_key_that_fits(self, verdict, ehr, other_key):
        ehr.header = {"alg": "RS256"}
        stranger = RSAKey.generate_key(2048, {"kid": "three"})
        ehr.jwks = [k.as_dict(private=False) for k in (other_key, stranger)] + ehr.jwks
        assert verdict() == "ok"

    def test_a_key_without_kid_is_tried(self, verdict, ehr):
        ehr.jwks = [{k: v for k, v in ehr.jwks[0].items() if k != "kid"}]
        assert verdict() == "ok"

    def test_an_odd_key_does_not_spoil_the_set(self, verdict, ehr):
        odd = [None, {}, {"kty": "AKP", "kid": "q"}, {"kty": "RSA", "n": "%"}, "text"]
        ehr.jwks = [*odd, *ehr.jwks]
        assert verdict() == "ok"

    @pytest.mark.parametrize("jwks", [None, [], "text", {}])
    def test_an_unusable_set_is_refused(self, verdict, ehr, jwks):
        ehr.jwks = jwks
        assert verdict() == "identity-invalid"

    def test_that_is_nowhere_to_be_found_is_refused(self, verdict, ehr):
        del ehr.smart["jwks_uri"]
        assert verdict() == "identity-invalid"


BROKEN = [
    {"iss": "https://evil.example"},
    {"iss": None},
    {"iss": "https://auth.example/"},
    {"aud": "another-client"},
    {"aud": ["another-client"]},
    {"aud": None},
    {"exp": None},
    {"exp": "soon"},
    {"nonce": "another"},
    {"nonce": 5},
    {"azp": "another-client"},
]


@pytest.mark.parametrize("broken", BROKEN, ids=str)
def test_a_wrong_claim_is_refused(verdict, ehr, broken):
    ehr.claims = broken
    assert verdict() == "identity-invalid"


def test_an_audience_among_others_is_accepted(verdict, ehr):
    ehr.claims = {"aud": ["another", "our-client"], "azp": "our-client"}
    assert verdict() == "ok"


def test_the_nonce_need_not_be_echoed(verdict, ehr):
    ehr.claims = {"nonce": None}
    assert verdict() == "ok"


@pytest.mark.parametrize(
    ("claim", "seconds", "expected"),
    [
        ("exp", -59, "ok"),
        ("exp", -61, "identity-invalid"),
        ("iat", 59, "ok"),
        ("iat", 120, "identity-invalid"),
    ],
)
def test_clocks_may_differ_by_a_minute(verdict, ehr, clock, claim, seconds, expected):
    ehr.claims = {claim: int(clock().timestamp()) + seconds}
    assert verdict() == expected


class TestIssuerOfAnotherHost:
    """athenahealth: the id_token's issuer is another host than the FHIR base."""

    @pytest.fixture
    def sites(self, site):
        return (replace(site, id_token_issuer="https://id.example"),)

    def test_is_accepted_when_the_site_says_so(self, verdict, ehr):
        ehr.claims = {"iss": "https://id.example"}
        assert verdict() == "ok"

    def test_then_only_that_one_is(self, verdict):
        assert verdict() == "identity-invalid"


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"fhirUser": "Practitioner/7"}, "Practitioner/7"),
        ({"fhirUser": "https://ehr.example/fhir/Practitioner/a-7.b"}, "Practitioner/a-7.b"),
        ({"fhirUser": "https://ehr.example/fhir/Patient/1/_history/2"}, "Patient/1"),
        ({"fhirUser": None, "profile": "Practitioner/8"}, "Practitioner/8"),
        ({"fhirUser": "nonsense", "profile": "https://x/PractitionerRole/9"}, "PractitionerRole/9"),
        ({"fhirUser": None}, None),
        ({"fhirUser": "Device/7"}, None),
        ({"fhirUser": ["Practitioner/7"]}, None),
        ({"fhirUser": "Practitioner/7?x=/../"}, None),
    ],
)
def test_fhir_user_becomes_a_relative_reference(user, ehr, claims, expected):
    ehr.claims = claims
    assert user().user == expected


@pytest.mark.parametrize(
    ("claims", "person"),
    [
        ({"fhirUser": "Practitioner/7", "sub": "u-7"}, "Practitioner/7"),
        ({"fhirUser": None, "sub": "u-7"}, "sub u-7"),
        ({"fhirUser": None, "sub": None}, ""),
    ],
)
def test_a_user_is_known_again_by_reference_or_by_the_tokens_subject(user, ehr, claims, person):
    ehr.claims = claims
    assert user().person == person


@pytest.mark.parametrize(
    ("claims", "expected"),
    [
        ({"given_name": "Ada", "family_name": "Coach"}, "Ada Coach"),
        ({"family_name": "Coach"}, "Coach"),
        ({"name": ["Ada"]}, ""),
        ({}, ""),
    ],
)
def test_a_user_without_a_name_is_called_by_its_parts_or_not_at_all(user, ehr, claims, expected):
    ehr.claims = {"name": None, **claims}
    assert user().user_name == expected


def test_a_token_signed_on_another_curve_is_verified(verdict, ehr):
    ehr.key, ehr.header = ECKey.generate_key("P-384", {"kid": "c"}), {"alg": "ES384", "kid": "c"}
    ehr.jwks = [ehr.key.as_dict(private=False)]
    assert verdict() == "ok"
