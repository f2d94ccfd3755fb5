"""MEDITECH Expanse: questionnaire responses and messages."""

from smartapp.fhir.ehrs import EhrProfile

PROFILE = EhrProfile(
    name="meditech",
    title="MEDITECH",
    creates=frozenset({"QuestionnaireResponse", "Communication"}),
    updates=frozenset({"QuestionnaireResponse"}),
    sources=("https://fhir.meditech.com/explorer/",),
)
