"""Every function that an expression may use; any other name is refused when it is compiled.

``resolve``, ``memberOf`` and the like need a server and are refused too: a form waits for none.
"""

from smartapp.fhirpath.clock import CLOCK
from smartapp.fhirpath.collection import COLLECTION
from smartapp.fhirpath.conversion import CONVERSION
from smartapp.fhirpath.forms import FORMS
from smartapp.fhirpath.function import Function
from smartapp.fhirpath.maths import MATHS
from smartapp.fhirpath.strings import STRINGS

FUNCTIONS: dict[str, Function] = COLLECTION | CONVERSION | MATHS | STRINGS | CLOCK | FORMS

CONSTANTS = {
    "ucum": "http://unitsofmeasure.org",
    "loinc": "http://loinc.org",
    "sct": "http://snomed.info/sct",
}
"""Variables that FHIR defines ("FHIRPath", Environment variables) with their values."""
OF_THE_FORM = frozenset({"context", "resource", "rootResource", "questionnaire", "qitem"})
"""Variables that FHIR and SDC define, whose values come with each evaluation."""
_URLS = {"vs-": "http://hl7.org/fhir/ValueSet/", "ext-": "http://hl7.org/fhir/StructureDefinition/"}


def constant(name: str) -> str | None:
    """Return the value of a variable that is always the same, None if it is no such variable."""
    for start, url in _URLS.items():
        if name.startswith(start):
            return url + name.removeprefix(start)
    return CONSTANTS.get(name)
