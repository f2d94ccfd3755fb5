"""Date search: both sides are ranges, compared by FHIR's rules for each prefix."""

import pytest


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("2026", True),
        ("2026-11", True),
        ("2026-11-02", True),
        ("2026-11-02T09:30Z", True),
        ("2026-11-02T10:30:00%2B01:00", True),
        ("2026-11-02T09:30:01Z", False),
        ("2026-11-03", False),
        ("eq2026-11-02", True),
        ("ne2026-11-02", False),
        ("ne2026-11-03", True),
        ("ge2026-11-02", True),
        ("ge2026-11-03", False),
        ("gt2026-11-01", True),
        ("gt2026-11-02", False),
        ("le2026-11-02", True),
        ("lt2026-11-02", False),
        ("lt2026-11-03", True),
        ("sa2026-11-01", True),
        ("sa2026-11-02", False),
        ("eb2026-11-03", True),
        ("2025,2026-11", True),
        ("ge2026-11-01&date=lt2026-12-01", True),
        ("ge2026-11-01&date=lt2026-11-02", False),
    ],
)
def test_an_instant_lies_within_or_beyond_the_range(score, find, query, found):
    kept = score()  # at 2026-11-02T10:30:00+01:00, which is 09:30 UTC
    assert find("Observation", f"date={query}") == ([kept] if found else [])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("2026-11", False),
        ("gt2030", True),
        ("lt2026-11-01", False),
        ("ge2026-11-05", True),
        ("sa2026-10", True),
        ("eb2030", False),
        ("ne2026", True),
    ],
)
def test_a_period_without_end_goes_on_for_ever(store, find, ada, query, found):
    sent = {"resourceType": "CarePlan", "status": "active", "intent": "plan"}
    sent |= {"subject": {"reference": f"Patient/{ada}"}, "period": {"start": "2026-11-02"}}
    kept, _ = store.create(sent)
    assert find("CarePlan", f"date={query}") == ([kept.id] if found else [])


def test_a_partial_date_is_the_range_it_leaves_open(store, find):
    kept, _ = store.create({"resourceType": "Patient", "birthDate": "1961-04"})
    assert find("Patient", "birthdate=1961") == find("Patient", "birthdate=1961-04") == [kept.id]
    assert find("Patient", "birthdate=1961-04-12") == []
    assert find("Patient", "birthdate=ge1961-04-12") == [kept.id]


def test_the_last_day_of_the_calendar_is_a_date(score, find):
    kept = score(effectiveDateTime="9999-12-31")
    assert find("Observation", "date=9999-12-31") == [kept]


def test_fractions_of_a_second_count(score, find):
    kept = score(effectiveDateTime="2026-11-02T10:00:00.715Z")
    assert find("Observation", "date=2026-11-02T10:00:00.715Z") == [kept]
    assert find("Observation", "date=2026-11-02T10:00:00.716Z") == []


def test_last_updated_is_searched_like_any_date(store, find, ada):
    assert find("Patient", "_lastUpdated=2026-11-23") == [ada]
    assert find("Patient", "_lastUpdated=2026-11-23T09:00:01.715Z") == [ada]
    assert find("Patient", "_lastUpdated=gt2026-11-23T09:00:01.715Z") == []


@pytest.mark.parametrize(
    "value", ["today", "ap2026", "2026-13", "2026-02-30", "20261102", "2026-11-02T10:00:00 01:00"]
)
def test_what_is_no_date_is_400(ask, value):
    assert ask("GET", f"Observation?date={value}")[0].status == 400
