"""Logic with yes, no and unknown (FHIRPath 2.0.0, section "Boolean logic")."""

from collections.abc import Callable

from smartapp.fhirpath.run import Run
from smartapp.fhirpath.value import Items, one, truth

Truth = bool | None


def both(left: Truth, right: Truth) -> Truth:
    """``and``: no if either is no, unknown if either is unknown."""
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def either(left: Truth, right: Truth) -> Truth:
    """``or``: yes if either is yes, unknown if either is unknown."""
    if left is True or right is True:
        return True
    return None if left is None or right is None else False


def one_only(left: Truth, right: Truth) -> Truth:
    """``xor``: unknown if either is unknown."""
    return None if left is None or right is None else left is not right


def implies(left: Truth, right: Truth) -> Truth:
    """``implies``: no only if the left is yes and the right is no."""
    return either(None if left is None else not left, right)


def _logic(table: Callable[[Truth, Truth], Truth]) -> Callable[[Run, Items, Items], Items]:
    return lambda run, left, right: one(table(truth(left), truth(right)))


LOGIC = {
    "and": _logic(both),
    "or": _logic(either),
    "xor": _logic(one_only),
    "implies": _logic(implies),
}
