"""eClinicalWorks: questionnaire responses only, whatever its scopes say."""

from smartapp.fhir.ehrs import EhrProfile

PROFILE = EhrProfile(
    name="eclinicalworks",
    title="eClinicalWorks",
    creates=frozenset({"QuestionnaireResponse"}),
    quirks=("It lists scopes, such as CarePlan.c, for interactions it does not have.",),
    sources=("https://fhir.eclinicalworks.com/ecwopendev/",),
)
