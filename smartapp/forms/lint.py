"""What is wrong with a Questionnaire although every element of it can be read."""

from collections.abc import Iterator

from smartapp.forms.questionnaire import Questionnaire
from smartapp.forms.reading_element import Finding


def lint_questionnaire(questionnaire: Questionnaire) -> Iterator[Finding]:
    """Give every error and warning."""
    seen: set[str] = set()
    for item in questionnaire.walk():
        if item.link_id in seen:
            yield Finding("error", f"{item.at}.linkId", f"{item.link_id} is there twice (que-2)")
        seen.add(item.link_id)
