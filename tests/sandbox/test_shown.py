"""How the chart pages put FHIR values into words."""

import pytest

from smartapp.sandbox.shown import day, label


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2024-05-03", "3 May 2024"),
        ("2024-05-03T01:00:00+00:00", "2 May 2024"),
        ("2024", "2024"),
        ("", ""),
    ],
)
def test_dates(written, said):
    assert day(written) == said


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        ({"description": {"text": "Walk"}}, "Walk"),
        ({"code": {"coding": [{"display": "PEG"}]}}, "PEG"),
        ({"code": {}, "title": "Plan"}, "Plan"),
        ({"name": ["odd"], "status": "active"}, "active"),
        ({"recorded": "2024-05-03"}, "2024-05-03"),
        ({}, ""),
    ],
)
def test_labels(resource, said):
    assert label(resource) == said
