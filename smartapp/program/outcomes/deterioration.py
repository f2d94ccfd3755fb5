"""Whether somebody has got worse by more than a threshold, which a coach should be told gently."""

from smartapp.program.outcomes.change import Outcome
from smartapp.program.outcomes.meaningful import judge
from smartapp.program.outcomes.reliable import reliable


def deterioration(outcome: Outcome) -> tuple[str, ...]:
    """Return a reason for each published measure by which the change is for the worse.

    Empty when the change is for the better, none, or smaller than all of them. It is no judgment
    of risk, and nothing follows from an empty answer.
    """
    if outcome.improvement >= 0:
        return ()
    reasons = [
        f"{v.threshold.label} for the worse ({v.threshold.source})" for v in judge(outcome) if v.met
    ]
    found = reliable(outcome)
    if found and found.reliable:
        reasons.append(f"a reliable change for the worse ({found.known.source})")
    return tuple(reasons)
