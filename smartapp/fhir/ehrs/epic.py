"""Epic: assessments and notes go into the chart, care plans and goals do not."""

from smartapp.fhir.ehrs import EhrProfile, Manners

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
    asks={
        "Observation": "Have a flowsheet row mapped for every score, by its LOINC code.",
        "QuestionnaireResponse": "Have the program's questionnaires built as the site's own.",
        "DocumentReference": "Ask which note type a Progress note (LOINC 11506-3) is filed as.",
    },
    # In reply to a code it gives a refresh token and leaves offline_access out of the scopes.
    manners=Manners(echoes_offline=False),
)
