"""Change is counted from the baseline of the enrollment, else from the first, and says which."""

import pytest

from smartapp.program.outcomes.baseline import Beginning, Made, beginning

PAPER = SESSION = Made(enrolled=True)
BASELINE = Made(baseline=True, enrolled=True)
BEFORE = Made(baseline=True)


@pytest.mark.parametrize(
    ("scores", "number"),
    [
        ([BASELINE, SESSION, SESSION], 0),
        ([PAPER, BASELINE, SESSION], 1),
        ([BASELINE, SESSION, BASELINE], 0),
        ([BEFORE, SESSION], 0),
        ([BEFORE, BEFORE, SESSION], 1),
        ([BEFORE, PAPER, BASELINE, SESSION], 2),
        ([SESSION, BASELINE], 1),
    ],
)
def test_the_baseline_is_where_change_begins(scores, number):
    assert beginning(scores) == Beginning(number, is_baseline=True)
    assert beginning(scores).name == "baseline"


def test_without_a_baseline_it_is_the_first_and_is_called_so():
    found = beginning([SESSION, SESSION])
    assert (found.number, found.name) == (0, "first")
