"""Oracle Health (Cerner Millennium): notes, visits, vital signs and laboratory results."""

from smartapp.fhir.ehrs import EhrProfile, Manners

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
    asks={
        "Observation": "Ask whether survey scores are taken, as vital signs are.",
        "DocumentReference": "Ask which note type a Progress note (LOINC 11506-3) is filed as.",
    },
    manners=Manners(
        absent=frozenset({"Task"}),
        bundles=frozenset({"batch"}),
        observations=frozenset({"vital-signs", "laboratory"}),
        stale=409,
        empty_creates=True,
        token_life=570,
        online=True,
    ),
)
