"""FHIRPath as far as forms need it (FHIRPath 2.0.0 over the JSON of FHIR R4, and SDC's additions).

Exact arithmetic, bounded time: an expression is compiled once, and each evaluation has a budget of
steps. Nothing here asks a server, a clock or a file.
"""

from smartapp.errors import PathError, PathFailed
from smartapp.fhirpath.moment import Date, DateTime, Time
from smartapp.fhirpath.path import Path, compile, to_answer
from smartapp.fhirpath.quantity import Quantity
from smartapp.fhirpath.run import Allowance

__all__ = [
    "Allowance",
    "Date",
    "DateTime",
    "Path",
    "PathError",
    "PathFailed",
    "Quantity",
    "Time",
    "compile",
    "to_answer",
]
