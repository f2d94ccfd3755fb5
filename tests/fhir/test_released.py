"""Every resource an earlier release wrote is read as that release meant it.

``released/<version>/`` is what that release left in the chart of one patient, and ``assessments/``
in it what it left in another's: answers corrected, from paper, by the patient alone, in progress,
and a safety alert that was responded to; ``twice/`` has an answer that was given twice. None of it
is ever changed or written again; a later release adds its own folder and its own test.
"""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path
from uuid import UUID

import pytest

from smartapp.drafts.drawer import Drawer
from smartapp.drafts.patient import PatientDrafts
from smartapp.fhir import amendment, aside, authored, manner, progress, safety, wire
from smartapp.fhir import goal as goals
from smartapp.fhir.aside import By
from smartapp.fhir.manner import Manner
from smartapp.program.assessment import Occasion
from smartapp.program.enrollment import Condition, EnrollmentStatus, Exit, Modality
from smartapp.program.goal import Achievement

RELEASED = Path(__file__).parent / "released"
MORNING = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


@pytest.fixture
def left_by(ehr, chart):
    """Puts into the EHR what a release wrote, and opens the record."""

    def left_by(version: str):
        for path in sorted((RELEASED / version).glob("*.json")):
            row = wire.decode(path.read_bytes())
            ehr.rows[row["resourceType"], row["id"]] = [row]
        return chart.open()

    return left_by


@pytest.mark.parametrize("path", sorted(RELEASED.rglob("*.json")), ids=lambda p: p.stem)
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


@pytest.fixture
def assessed(left_by):
    """The record of the patient of ``assessments/``."""
    return left_by("0.1.0/assessments")


def of(ehr, name: str):
    """A sample as it is in the chart now."""
    row = wire.decode((RELEASED / "0.1.0/assessments" / f"{name}.json").read_bytes())
    return ehr.rows[row["resourceType"], row["id"]][-1]


def test_0_1_0_corrected_answers(assessed) -> None:
    (corrected,) = [one for one in assessed.assessments if one.occasion is Occasion.BASELINE]
    assert corrected.responses[0].thing.answers == {"pain": 2, "enjoyment": 6, "activity": 6}
    assert [s.value for s in corrected.scores] == [Fraction(14, 3)]
    last, first = amendment.versions(corrected.answered[0])
    assert (first.reason, last.reason) == ("", "The patient had misread the question")


def test_0_1_0_answers_from_paper_and_of_the_patient_alone(assessed, ehr) -> None:
    paper, alone = (manner.read(of(ehr, f"response-{name}")) for name in ("paper", "tablet"))
    assert paper == Manner(edited=True, paper_on=date(2026, 11, 12))
    assert alone == Manner(alone=True)
    assert [one.session_number for one in assessed.assessments] == [2, None, 4]


def test_0_1_0_a_question_that_was_answered_twice(left_by) -> None:
    (kept,) = left_by("0.1.0/twice").assessments
    assert [s.value for s in kept.scores] == [5]
    (other,) = aside.read(kept.answered[0])
    assert (other.link_id, other.values, other.by) == ("pain", [{"valueInteger": 7}], By.STAFF)
    assert other.given == datetime(2026, 11, 23, 7, 30, tzinfo=UTC)


def test_0_1_0_unfinished_answers_are_ours_to_go_on_with_and_no_assessment(assessed, ehr) -> None:
    unfinished = of(ehr, "response-in-progress")
    assert progress.is_as_left(unfinished)
    answered = [row["id"] for one in assessed.assessments for row in one.answered]
    assert unfinished["id"] not in answered


def test_0_1_0_safety_alert(assessed, ehr, chart) -> None:
    """What was responded to stays as it is; the answer itself is still found in the record."""
    response = of(ehr, "communication")
    assert safety.ends(response)
    versions = {key: len(rows) for key, rows in ehr.rows.items()}
    safety.resolve(chart, response, UUID(int=1))
    assert {key: len(rows) for key, rows in ehr.rows.items()} == versions
    assert [one.found.link_id for one in assessed.alerting] == ["44260-8"]


def test_0_1_0_draft(tmp_path) -> None:
    """A draft on disk, sealed: what was being answered before an update goes on after it."""
    told, sql = (RELEASED / "0.1.0/assessments/drafts.sql").read_text().split("\n", 1)
    whose = json.loads(told.removeprefix("-- "))
    with closing(sqlite3.connect(tmp_path / "drafts.sqlite3")) as database:
        database.executescript(sql)
    drawer = Drawer(tmp_path / "drafts.sqlite3", [whose["key"].encode()], lambda: MORNING)
    (draft,) = PatientDrafts(drawer, whose["base"], whose["patient"]).unfinished()
    assert draft.start
    assert (draft.start.occasion, draft.start.session_number) == ("session", 6)
    assert [form.split("/")[-1].split("|")[0] for form in draft.start.forms] == ["phq-9"]
    (texts,) = filter(any, draft.sheet(1).typed().values())
    assert len(texts) == 1
