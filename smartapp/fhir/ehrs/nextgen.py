"""NextGen: read only."""

from smartapp.fhir.ehrs import EhrProfile

PROFILE = EhrProfile(
    name="nextgen",
    title="NextGen",
    sources=("https://www.nextgen.com/developer-program",),
)
