"""An address that no library can take apart names nothing here, and breaks nothing."""

import pytest

from smartapp.fhir import address

BASE = "https://ehr.example/fhir"


@pytest.mark.parametrize(
    "text", ["http://[", "http://[::1", "https://ehr.example\u2100/fhir/Goal/1"]
)
def test_a_malformed_address_is_none(text):
    assert address.local(BASE, text) is None
    assert address.below(BASE, text) is None
    assert address.named_by(text) is None
