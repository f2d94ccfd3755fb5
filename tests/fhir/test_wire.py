"""The wire loses nothing that another system wrote."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartapp.errors import EhrNonsense
from smartapp.fhir import wire

FAITHFUL = {
    "a decimal keeps its precision": b'{"valueDecimal":0.40}',
    "a trailing zero after the point": b'{"value":1.0,"low":-0.0}',
    "more digits than a float holds": b'{"value":0.1000000000000000055511151231257827}',
    "an integer beyond 64 bits": b'{"value":123456789012345678901234567890}',
    "an instant's milliseconds": b'{"lastUpdated":"2026-11-23T10:11:12.715Z"}',
    "an offset that happens to be zero": b'{"issued":"2026-11-23T10:11:12+00:00"}',
    "an extension beside a primitive": (
        b'{"birthDate":"1961-04","_birthDate":{"extension":[{"url":"urn:x","valueTime":"09:30:00"}]}}'
    ),
    "nulls that hold places": b'{"given":["Ada",null],"_given":[null,{"id":"g2"}]}',
    "an extension nobody knows": b'{"extension":[{"url":"https://x.example/y","valueMeta":{}}]}',
    "empty arrays and the order of keys": b'{"z":[],"a":{"y":1,"b":2}}',
    "letters, marks and emoji": '{"text":"Žižka walks 2 km 🚶🏽‍♀️\\n"}'.encode(),
}


@pytest.mark.parametrize("body", FAITHFUL.values(), ids=FAITHFUL)
def test_reading_and_writing_back_is_byte_faithful(body: bytes) -> None:
    assert wire.encode(wire.decode(body)) == body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[1]",
        b'"text"',
        b"null",
        b'{"a":NaN}',
        b'{"a":1}{',
        b'{"a":"\xff"}',
        b'{"a":' + b"[" * 100_000,
        b'{"a":1e999999999999999999999}',
    ],
    ids=lambda body: repr(body[:16]),
)
def test_anything_but_a_json_object_is_nonsense(body: bytes) -> None:
    with pytest.raises(EhrNonsense):
        wire.decode(body)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(st.characters(exclude_categories=["Cs"]))
    | st.decimals(allow_nan=False, allow_infinity=False).filter(
        lambda d: any(c in str(d) for c in ".E")
    ),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc_éß", min_size=1), inner),
    max_leaves=6,
)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.text("abc_", max_size=4), JSON, max_size=4))
def test_any_json_object_comes_back_as_it_went(resource: dict[str, object]) -> None:
    assert wire.decode(wire.encode(resource)) == resource


def test_decimals_are_read_as_decimals() -> None:
    assert wire.decode(b'{"value":1e2}') == {"value": Decimal("1E+2")}
