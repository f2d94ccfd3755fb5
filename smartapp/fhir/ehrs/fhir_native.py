"""Servers that keep FHIR as it is: Medplum, HAPI, Azure, Google Cloud, HealthLake, Aidbox."""

from smartapp.fhir.ehrs import NATIVE, WRITTEN, EhrProfile

PROFILE = EhrProfile(
    name=NATIVE,
    title="FHIR-native server",
    creates=frozenset(WRITTEN),
    updates=frozenset(WRITTEN),
    note_formats=("application/xhtml+xml", "text/plain"),
    sources=("https://hl7.org/fhir/R4/http.html",),
)
