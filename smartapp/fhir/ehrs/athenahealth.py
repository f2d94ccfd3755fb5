"""athenahealth: questionnaire responses only."""

from smartapp.fhir.ehrs import EhrProfile

PROFILE = EhrProfile(
    name="athenahealth",
    title="athenahealth",
    creates=frozenset({"QuestionnaireResponse"}),
    quirks=(
        "The id_token's issuer is another host than the FHIR base: set id_token_issuer.",
        "The frame it opens apps in does not let them leave it.",
    ),
    sources=("https://docs.athenahealth.com/api/",),
)
