"""Epic: assessments and notes go into the chart, care plans and goals do not."""

from smartapp.fhir.ehrs import EhrProfile

PROFILE = EhrProfile(
    name="epic",
    title="Epic",
    creates=frozenset(
        {"QuestionnaireResponse", "Observation", "DocumentReference", "Communication"}
    ),
    updates=frozenset({"Observation", "DocumentReference", "Task"}),
    note_formats=("text/plain",),
    quirks=(
        "An interaction it does not offer is answered 405.",
        "Observation.create needs a flowsheet row that was mapped on site.",
        "QuestionnaireResponse.create works only for questionnaires the site has built.",
    ),
    sources=("https://fhir.epic.com/Specifications",),
)
