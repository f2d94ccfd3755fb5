"""A clock that stands still, and a short way to evaluate an expression."""

from datetime import datetime, timedelta, timezone

import pytest

from smartapp.fhirpath import compile


@pytest.fixture(scope="session")
def now():
    """Noon of a day in March, one hour east of UTC."""
    return datetime(2026, 3, 2, 12, 0, 7, 250_900, timezone(timedelta(hours=1)))


@pytest.fixture(scope="session")
def evaluate(now):
    """Compile and evaluate at once: ``evaluate("%a + 1", a=2)``."""

    def run(expression, focus=None, budget=100_000, **variables):
        path = compile(expression, variables)
        return path.evaluate(focus, variables, now=now, budget=budget)

    return run


@pytest.fixture(scope="session")
def answered():
    """Make a response with one question, q, and its answers."""

    def make(*answers):
        item = {"linkId": "q", "answer": list(answers)}
        return {"resourceType": "QuestionnaireResponse", "item": [item]}

    return make
