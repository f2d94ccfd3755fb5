"""A form and a response of a few items, judged on one day in one place."""

from datetime import datetime, timedelta, timezone

import pytest

from smartapp.forms.reading import read_questionnaire
from smartapp.forms.state import Context
from smartapp.forms.validate import validate

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=timezone(timedelta(hours=1)))


@pytest.fixture
def context():
    """Noon of one day, an hour east of Greenwich."""
    return Context(NOW)


@pytest.fixture
def read():
    """Read a Questionnaire of these items; parts of its root by name."""

    def read(*items, **root):
        head = {"resourceType": "Questionnaire", "url": "http://example.org/q", "version": "1"}
        return read_questionnaire({**head, "status": "active", "item": list(items), **root})

    return read


@pytest.fixture
def respond():
    """Return a completed response of these items; None takes a part of its head away."""

    def respond(*items, **head):
        response = {
            "resourceType": "QuestionnaireResponse",
            "questionnaire": "http://example.org/q|1",
            "status": "completed",
            "item": list(items) or None,
            **head,
        }
        return {name: part for name, part in response.items() if part is not None}

    return respond


@pytest.fixture
def judge(context):
    """Validate; return the issues."""

    def judge(questionnaire, response, **named):
        return validate(questionnaire, response, named.pop("context", context), **named)

    return judge
