"""NextGen: read only."""

from smartapp.fhir.ehrs import EhrProfile, Manners

PROFILE = EhrProfile(
    name="nextgen",
    title="NextGen",
    sources=("https://www.nextgen.com/developer-program",),
    manners=Manners(absent=frozenset({"Task", "Communication"})),
)
