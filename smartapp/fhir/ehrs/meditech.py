"""MEDITECH Expanse: questionnaire responses and messages."""

from smartapp.fhir.ehrs import EhrProfile, Manners

PROFILE = EhrProfile(
    name="meditech",
    title="MEDITECH",
    creates=frozenset({"QuestionnaireResponse", "Communication"}),
    updates=frozenset({"QuestionnaireResponse"}),
    sources=("https://fhir.meditech.com/explorer/",),
    asks={"QuestionnaireResponse": "Ask whether answers to questionnaires new to it are taken."},
    # The status for what it does not offer is not published; a server may hide it with 404.
    manners=Manners(unoffered=404),
)
