"""What was answered twice is kept with the response, read back as it was, and never scored."""

from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest

from smartapp.fhir import amendment, aside, authored, names, wire
from smartapp.fhir import assessment as assessments
from smartapp.fhir.aside import By, OtherAnswer
from smartapp.fhir.response import Answered
from smartapp.fhir.substance import says_otherwise
from smartapp.program.assessment import Occasion, Response, score

FORM, LATER = UUID(int=5), UUID(int=6)
AT = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
SEVEN = OtherAnswer("pain", "Pain", [{"valueInteger": 7}], AT, By.PATIENT)
VALUES = [
    {"valueBoolean": False},
    {"valueDecimal": Decimal("1.50")},
    {"valueInteger": 0},
    {"valueDate": "2026-11"},
    {"valueDateTime": "2026-11-23T09:30:00+01:00"},
    {"valueTime": "09:30:00"},
    {"valueString": "a few 🐕"},
    {"valueUri": "https://x.example/"},
    {"valueAttachment": {"contentType": "text/plain", "data": "YQ=="}},
    {"valueCoding": {"system": "http://loinc.org", "code": "LA6568-5", "display": "Not at all"}},
    {"valueQuantity": {"value": Decimal("80.0"), "unit": "kg"}},
    {"valueReference": {"reference": "Practitioner/1"}},
]


@pytest.fixture
def submitted(chart, content):
    """A PEG of 6, 6, 6 in the record of which other answers were set aside; its response."""

    def submitted(*others):
        peg = content.instruments["peg"]
        given = Response(peg, dict.fromkeys(("pain", "enjoyment", "activity"), 6))
        items = Answered.of(given).items
        one = Answered("peg", f"{peg.url}|{peg.version}", items, peg, others=others)
        said = (Occasion.BASELINE, None, [one], score(given), None, FORM)
        return assessments.submit(chart, *said).answered[0]

    return submitted


def again(response):
    """The response as it comes back from the wire."""
    return wire.decode(wire.encode(response))


@pytest.mark.parametrize("value", VALUES, ids=lambda one: next(iter(one)))
def test_a_value_of_any_type_comes_back_as_it_was(submitted, value) -> None:
    other = OtherAnswer("pain", "Pain", [value], AT, By.STAFF)
    kept = again(submitted(other))
    assert aside.read(kept) == [other]
    assert list(authored.faults(kept)) == []


@pytest.mark.parametrize("by", [*By, None])
def test_who_gave_it_comes_back_and_also_that_it_is_not_known(submitted, by) -> None:
    other = OtherAnswer("pain", "", [{"valueInteger": 7}], None, by, 3 if by else 0)
    assert aside.read(again(submitted(other))) == [other]


def test_several_stay_in_their_order_with_all_their_values(submitted) -> None:
    both = OtherAnswer("pain", "Pain", [{"valueInteger": 1}, {"valueInteger": 2}], AT, By.RELATED)
    assert aside.read(again(submitted(SEVEN, both))) == [SEVEN, both]


def test_no_score_reads_it(submitted, chart) -> None:
    submitted(SEVEN)
    (kept,) = chart.open().assessments
    assert [made.value for made in kept.scores] == [Fraction(6)]
    assert kept.responses[0].thing.answers["pain"] == 6


def test_without_any_the_response_says_nothing_of_it(submitted) -> None:
    assert names.SET_ASIDE not in wire.encode(submitted()).decode()


def test_a_correction_carries_it_on_and_both_versions_stay(submitted, chart, content) -> None:
    before = submitted(SEVEN)
    six = dict.fromkeys(("pain", "enjoyment", "activity"), 6)
    items = Answered.of(Response(content.instruments["peg"], six | {"pain": 7})).items
    version = before["meta"]["versionId"]
    kept = again(amendment.save(chart, before, version, items, "It was 7", LATER))
    assert aside.read(kept) == [SEVEN]
    assert len(amendment.versions(kept)) == 2
    assert list(authored.faults(kept)) == []


def test_what_a_server_stamps_in_another_zone_is_the_same(submitted) -> None:
    """However many there are: sent again, they are not taken for something else."""
    earlier = OtherAnswer("pain", "Pain", [{"valueInteger": 8}], AT, By.STAFF)
    sent = submitted(SEVEN, earlier)
    text = wire.encode(sent).decode().replace("07:30:00+00:00", "08:30:00+01:00")
    kept = wire.decode(text.encode())
    assert not says_otherwise(kept, sent)
    kept["extension"].pop()
    assert says_otherwise(kept, sent)


def test_what_was_typed_has_nothing_in_it_that_a_server_must_refuse() -> None:
    """FHIR: a string has no control characters but tab, carriage return and line feed."""
    assert aside.typed(["a\x00b\tc\nd", " "]) == [
        {"valueString": "a\N{REPLACEMENT CHARACTER}b\tc\nd"}
    ]


@pytest.mark.parametrize(
    "broken",
    [{}, {"extension": [{"url": "by", "valueCoding": {"code": "cat"}}]}, {"extension": None}],
)
def test_what_somebody_else_made_of_it_is_read_as_far_as_it_can_be(broken) -> None:
    told = {"extension": [{"url": names.SET_ASIDE, **broken}]}
    assert aside.read(told) == [OtherAnswer("", "", [])]
