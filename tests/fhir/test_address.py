"""Which addresses are on the server we were launched from, and what they name."""

import pytest

from smartapp.fhir import address
from smartapp.fhir.address import Address

BASE = "https://ehr.example/api/fhir"


@pytest.mark.parametrize(
    "link",
    [
        "https://ehr.example/api/fhir?_getpages=7",
        "https://EHR.example/api/fhir/Goal?page=2",
        "Goal?page=2",
        "/api/fhir/Goal?page=2",
        "?_getpages=7",
    ],
)
def test_links_at_or_below_the_base_are_followed(link: str) -> None:
    found = address.below(BASE, link)
    assert found is not None
    assert found.lower().startswith(BASE)


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/api/fhir/Goal",
        "http://ehr.example/api/fhir/Goal",
        "https://ehr.example:8443/api/fhir/Goal",
        "https://ehr.example/api/fhir-evil/Goal",
        "https://ehr.example/api/fhir/../secret",
        "https://ehr.example/api/fhir/%2e%2e/secret",
        "https://ehr.example/api/fhir/..\\secret",
        "https://ehr.example@evil.example/api/fhir/Goal",
        "//evil.example/api/fhir/Goal",
        "/other",
    ],
)
def test_links_elsewhere_are_not(link: str) -> None:
    assert address.below(BASE, link) is None


@pytest.mark.parametrize(
    ("reference", "named"),
    [
        ("Goal/7", Address("Goal", "7")),
        ("Goal/7/_history/2", Address("Goal", "7", "2")),
        (f"{BASE}/Goal/7", Address("Goal", "7")),
        ("https://other.example/fhir/Goal/7", None),
        ("urn:uuid:7", None),
        ("#contained", None),
        ("Goal/..", None),
        ("Goal", None),
    ],
)
def test_references_are_relative_or_absolute_below_the_base(
    reference: str, named: Address | None
) -> None:
    assert address.local(BASE, reference) == named


def test_a_location_is_parsed_whatever_its_host() -> None:
    assert address.named_by("http://internal:8080/r4/Goal/7/_history/2") == Address(
        "Goal", "7", "2"
    )
    assert address.named_by("") is None


@pytest.mark.parametrize("text", ["", ".", "..", "a/b", "a b", "x" * 65, "é"])
def test_what_cannot_be_an_id(text: str) -> None:
    assert not address.is_id(text)


def test_an_address_reads_as_a_relative_reference() -> None:
    assert str(Address("Goal", "7", "2")) == "Goal/7"
