"""Whether answers in a file are valid for the questionnaire they name; no launch and no record."""

from datetime import UTC, datetime
from typing import Any

from smartapp.content.shipped import Content, Resource
from smartapp.errors import ContentError
from smartapp.forms.issue import operation_outcome
from smartapp.forms.questionnaire import Questionnaire
from smartapp.forms.state import Context
from smartapp.forms.validate import validate


def outcome(content: Content, response: Resource) -> Resource:
    """Return what is wrong with a QuestionnaireResponse, as an R4 OperationOutcome.

    Expressions that ask for the patient find nobody, and today is the day they are asked on.
    Raises ContentError ``<element>: <reason>`` where it is none, or its questionnaire not known.
    """
    if response.get("resourceType") != "QuestionnaireResponse":
        raise ContentError("resourceType: is not QuestionnaireResponse")
    form = _form(content, response.get("questionnaire"))
    return operation_outcome(validate(form, response, Context(datetime.now(UTC))))


def _form(content: Content, canonical: Any) -> Questionnaire:
    """The questionnaire of that ``url|version``; without a version, the only one of that url."""
    every = content.forms.values()
    named = [form for form in every if canonical in (form.canonical, form.url)]
    if len(named) == 1:
        return named[0]
    reason = "names several; add the version" if named else "names none of the content's"
    raise ContentError(f"QuestionnaireResponse.questionnaire: {reason}")
