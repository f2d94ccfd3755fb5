"""What comes in goes out: any JSON in the free parts of a resource, to the last digit."""

import tempfile
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartapp.fhir import wire
from smartapp.store.storage import FhirStore

WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=30)
WRITTEN = st.from_regex(r"-?(0|[1-9][0-9]{0,8})\.[0-9]{1,9}", fullmatch=True)
DECIMALS = WRITTEN.map(Decimal)
"""As the wire writes them: what begins with six zeros after the point has an exponent."""


@pytest.fixture(scope="module")
def shared():
    with tempfile.TemporaryDirectory() as folder:
        yield FhirStore(Path(folder) / "store.sqlite3")


@settings(max_examples=40, deadline=None)
@given(texts=st.lists(WORDS, min_size=1, max_size=4), decimals=st.lists(DECIMALS, max_size=4))
def test_any_resource_comes_back_as_it_went(shared, texts, decimals):
    values = ",".join(f'{{"url":"urn:d","valueDecimal":{each}}}' for each in decimals)
    body = b'{"resourceType":"Patient","extension":[%s{"url":"urn:e","valueCode":"x"}],"name":%s}'
    names = wire.encode({"n": [{"text": text, "given": [text]} for text in texts]})[5:-1]
    sent = body % ((values + "," if values else "").encode(), names)
    kept, _ = shared.create(wire.decode(sent))
    _, _, rest = shared.read("Patient", kept.id).body.partition(b'},"')
    assert b'{"resourceType":"Patient","' + rest == sent


@settings(max_examples=15, deadline=None)
@given(text=WORDS)
def test_what_is_kept_is_found_by_its_own_value(shared, text):
    sent = {"resourceType": "Patient", "identifier": [{"system": "urn:s", "value": text}]}
    kept, _ = shared.create(sent)
    for mark in "\\,|$":
        text = text.replace(mark, "\\" + mark)
    found = shared.search("Patient", {"identifier": f"urn:s|{text}", "_id": kept.id})
    assert [each.id for each in found.matches] == [kept.id]
