"""athenahealth: questionnaire responses only."""

from smartapp.fhir.ehrs import EhrProfile, Manners

PROFILE = EhrProfile(
    name="athenahealth",
    title="athenahealth",
    creates=frozenset({"QuestionnaireResponse"}),
    quirks=(
        "The id_token's issuer is another host than the FHIR base: set id_token_issuer.",
        "The frame it opens apps in does not let them leave it.",
    ),
    sources=("https://docs.athenahealth.com/api/",),
    asks={"QuestionnaireResponse": "Ask whether answers to questionnaires new to it are taken."},
    # The status for what it does not offer is not published; gateways before such servers say 403.
    manners=Manners(absent=frozenset({"Task", "Communication"}), unoffered=403, other_issuer=True),
)
