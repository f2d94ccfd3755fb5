"""eClinicalWorks: questionnaire responses only, whatever its scopes say."""

from smartapp.fhir.ehrs import EhrProfile, Manners

PROFILE = EhrProfile(
    name="eclinicalworks",
    title="eClinicalWorks",
    creates=frozenset({"QuestionnaireResponse"}),
    quirks=("It lists scopes, such as CarePlan.c, for interactions it does not have.",),
    sources=("https://fhir.eclinicalworks.com/ecwopendev/",),
    asks={"QuestionnaireResponse": "Ask whether answers to questionnaires new to it are taken."},
    manners=Manners(
        absent=frozenset({"Task", "Communication"}), overstated=frozenset({"CarePlan"})
    ),
)
