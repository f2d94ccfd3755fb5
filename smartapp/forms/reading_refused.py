"""What a Questionnaire may say that we do not do: it is refused, for half a form is a wrong form.

Extensions that are neither here nor read are ignored: FHIR lets an application ignore an extension
that is not a modifierExtension.
"""

import re

from smartapp.forms.looked_up import SDC
from smartapp.forms.reading_element import Element
from smartapp.forms.reading_limits import WORKED_OUT
from smartapp.forms.reading_text import CORE

REFUSED = {
    f"{SDC}answerExpression": "answerExpression: answers that are worked out are not supported",
    f"{SDC}itemMedia": "itemMedia: pictures and sounds are not supported",
    f"{SDC}questionnaireAdaptive": "questionnaireAdaptive: a form that a server goes on with "
    "question by question is not supported",
    f"{SDC}subQuestionnaire": "subQuestionnaire: a form in parts must be put together first",
    f"{SDC}contextExpression": "contextExpression: looking things up is not supported",
    f"{SDC}unitOpen": "unitOpen: units that are typed are not supported",
    f"{CORE}questionnaire-signatureRequired": "signatureRequired: signing is not supported",
}
LEFT_OUT = {
    f"{SDC}candidateExpression": "candidateExpression: no answers are proposed, for that is "
    "looked up in the record",
}
"""What helps to answer, and without which the form is whole."""
TEXTS = ("title", "text", "prefix")
ITEM = frozenset(
    re.findall(
        r"\w+",
        "linkId definition code prefix text type enableWhen enableBehavior required "
        "repeats readOnly maxLength answerValueSet answerOption initial item ",
    )
)
ROOT = frozenset(
    re.findall(
        r"\w+",
        "resourceType meta language text contained url identifier version name title "
        "derivedFrom status experimental subjectType date publisher contact description "
        "useContext jurisdiction purpose copyright approvalDate lastReviewDate "
        "effectivePeriod code item ",
    )
)
ANY = frozenset({"id", "extension"})


def refuse(element: Element, known: frozenset[str]) -> None:
    """Note what the element has that is refused, or that is no part of FHIR R4."""
    for extension in element.each("extension"):
        _extension(element, extension)
    for name in element.raw:
        if name.removeprefix("_") not in known | ANY:
            element.error(name, "is no element of an R4 Questionnaire")
    for name in TEXTS:
        beside = element.inside(f"_{name}")
        if beside is not None and beside.extensions(*WORKED_OUT):
            element.error(name, "text that is worked out is not supported")


def _extension(element: Element, extension: Element) -> None:
    url = extension.text("url")
    if not url:
        extension.error("url", "is missing")
    elif url in REFUSED and extension.raw.get("valueBoolean") is not False:
        element.error("extension", REFUSED[url])
    elif url in LEFT_OUT:
        element.warn("extension", LEFT_OUT[url])
