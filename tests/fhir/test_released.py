"""Every resource an earlier release wrote is read as that release meant it.

``released/<version>/`` is what that release left in the chart of one patient. It is never changed
and never written again; a later release adds its own folder and its own test.
"""

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from smartapp.fhir import authored, wire
from smartapp.fhir import goal as goals
from smartapp.program.assessment import Occasion
from smartapp.program.enrollment import Condition, EnrollmentStatus, Exit, Modality
from smartapp.program.goal import Achievement

RELEASED = Path(__file__).parent / "released"


@pytest.fixture
def left_by(ehr, chart):
    """Puts into the EHR what a release wrote, and opens the record."""

    def left_by(version: str):
        for path in sorted((RELEASED / version).glob("*.json")):
            row = wire.decode(path.read_bytes())
            ehr.rows[row["resourceType"], row["id"]] = [row]
        return chart.open()

    return left_by


@pytest.mark.parametrize("path", sorted(RELEASED.glob("*/*.json")), ids=lambda p: p.stem)
def test_what_was_written_is_still_valid(path: Path) -> None:
    assert list(authored.faults(wire.decode(path.read_bytes()))) == []


def test_0_1_0_enrollment(left_by) -> None:
    record = left_by("0.1.0")
    (kept,) = record.enrollments
    assert record.unread == ()
    assert kept.thing.status is EnrollmentStatus.WITHDRAWN
    assert kept.thing.exit == Exit(date(2026, 12, 1), "own-choice", "Moves to another town.")
    assert kept.thing.condition == Condition("Condition/c1", "Chronic low back pain")
    assert (kept.thing.planned_sessions, kept.thing.modality) == (8, Modality.TELEHEALTH)
    assert (kept.thing.coach.name, kept.thing.supervisor.name) == ("Dana Coach", "Sam Visor")


def test_0_1_0_goal(left_by, chart) -> None:
    (kept,) = left_by("0.1.0").goals
    assert kept == goals.read(chart, kept.id)
    assert kept.thing.text == "Walk to the shop and back 🐕"
    assert (kept.thing.importance, kept.thing.confidence) == (8, 6)
    assert (kept.thing.achievement, kept.thing.closed) == (Achievement.ACHIEVED, True)
    assert kept.thing.note == "Twice this week."


def test_0_1_0_assessments(left_by) -> None:
    baseline, session = left_by("0.1.0").assessments
    assert (baseline.occasion, session.session_number) == (Occasion.BASELINE, 2)
    assert [s.value for s in baseline.scores] == [Fraction(20, 3), 30]
    assert [s.value for s in session.scores] == [Fraction(14, 3), 40]
    assert baseline.responses[0].thing.answers == {"pain": 7, "enjoyment": 7, "activity": 6}
