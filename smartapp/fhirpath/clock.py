"""Functions that ask for the time; it is the one that the evaluation was given."""

from smartapp.fhirpath.function import Function
from smartapp.fhirpath.moment import Date, Time, at
from smartapp.fhirpath.run import Run
from smartapp.fhirpath.value import Items


def _now(run: Run, items: Items) -> Items:
    return [at(run.now)]


def _today(run: Run, items: Items) -> Items:
    return [Date(at(run.now).parts[:3])]


def _time_of_day(run: Run, items: Items) -> Items:
    return [Time(at(run.now).parts[3:])]


CLOCK = {"now": Function(_now), "today": Function(_today), "timeOfDay": Function(_time_of_day)}
