"""Oracle Health (Cerner Millennium): notes, visits, vital signs and laboratory results."""

from smartapp.fhir.ehrs import EhrProfile

PROFILE = EhrProfile(
    name="oracle-health",
    title="Oracle Health",
    creates=frozenset({"Observation", "DocumentReference", "Encounter", "Communication"}),
    updates=frozenset({"QuestionnaireResponse", "Observation", "DocumentReference"}),
    note_formats=("application/xhtml+xml", "text/plain", "application/pdf"),
    quirks=(
        "A create is answered with an empty body; the id is in Location.",
        "A stale If-Match is answered 409.",
        "Observations are taken for vital signs and laboratory results.",
        "Notes in XHTML are strict: no style sheets and no images from elsewhere.",
        "An access token lives 570 seconds.",
    ),
    sources=("https://docs.oracle.com/en/industries/health/millennium-platform-apis/",),
)
