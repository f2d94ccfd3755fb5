"""One record over two places: whatever the EHR takes, all is kept once and all can be read."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from types import SimpleNamespace
from uuid import UUID

import pytest

from smartapp.errors import EhrConflict, EhrNotFound, EhrUnreachable, EhrWrongPatient, StoreFailed
from smartapp.fhir import assessment as assessments
from smartapp.fhir import capabilities, names
from smartapp.fhir import enrollment as enrollments
from smartapp.fhir import goal as goals
from smartapp.fhir.ehrs import WRITTEN, profiles
from smartapp.fhir.place import Place
from smartapp.fhir.plan import Placed, Why, Wish
from smartapp.program.assessment import Occasion, Response, score
from smartapp.program.enrollment import EnrollmentStatus, Exit
from smartapp.program.goal import Achievement

ANSWERS = {"pain": 7, "enjoyment": 5, "activity": 6}
OURS = ("QuestionnaireResponse", "CareTeam", "CarePlan", "Goal", "Observation", "Provenance")
DONE = Exit(date(2026, 12, 1), "program-completed", "Went well")


@pytest.fixture
def peg(content):
    instrument = content.instruments["peg"]
    response = Response(instrument, {item.link_id: 4 for item in instrument.items})
    return SimpleNamespace(response=response, scores=score(response))


@pytest.fixture
def flags(content):
    return {flag.code: False for flag in content.program.red_flags}


@pytest.fixture
def whole_program(open_at, enrollment, flags, walk, peg, content):
    """Enroll, set a goal, assess, mark progress, complete: each on a page of its own."""
    done = next(r.code for r in content.program.exit_reasons if r.ends == "completed")

    def run(ehr="fhir-native", **wishes):
        kept = enrollments.enroll(open_at(ehr, **wishes), enrollment, flags, UUID(int=1))
        goal = goals.add(open_at(ehr, **wishes), walk, kept, UUID(int=2))
        assessments.add(
            open_at(ehr, **wishes),
            Occasion.BASELINE,
            None,
            [peg.response],
            peg.scores,
            kept,
            UUID(int=3),
        )
        marked = replace(
            goal.thing,
            achievement=Achievement.ACHIEVED,
            achieved_on=date(2026, 11, 30),
            closed=True,
        )
        goals.save_change(open_at(ehr, **wishes), goal, marked, UUID(int=4))
        chart = open_at(ehr, **wishes)
        now = enrollments.read(chart, kept.id)
        left = replace(
            now.thing, status=EnrollmentStatus.COMPLETED, exit=replace(DONE, reason=done)
        )
        enrollments.save_change(chart, now, left, UUID(int=5))
        return open_at(ehr, **wishes)

    return run


def everything(chart):
    """What a person would see: the record without ids, versions and places."""
    record = chart.open()
    (enrolled,), (goal,), (assessed,) = record.enrollments, record.goals, record.assessments
    assert record.unread == ()
    assert assessments.belongs(chart, assessed, enrolled)
    assert chart.names(enrolled.resource["goal"][0], goal.reference)
    return enrolled.thing, goal.thing, assessed.scores


@pytest.mark.parametrize("told", [True, False], ids=["stated", "unstated"])
@pytest.mark.parametrize("ehr", profiles())
def test_the_whole_program_can_be_kept_and_read_with_every_vendor(
    whole_program, played, kept_apart, ehr, told
):
    played.play(profiles()[ehr], states_truly=told)
    enrolled, goal, scores = everything(whole_program(ehr))
    assert enrolled.status is EnrollmentStatus.COMPLETED
    assert (enrolled.coach.name, goal.achievement) == ("Dana Coach", Achievement.ACHIEVED)
    assert scores[0].value == Fraction(4)
    counts = {t: len(played.all(t)) + len(kept_apart.all(t)) for t in OURS}
    assert counts == {
        **dict.fromkeys(OURS, 1),
        "QuestionnaireResponse": 2,
        "Provenance": counts["Provenance"],
    }
    assert counts["Provenance"] >= 5


@pytest.mark.parametrize("status", [403, 404, 405, 422])
@pytest.mark.parametrize("refused", [OURS, ("CarePlan", "Goal"), ("QuestionnaireResponse",)])
def test_what_is_refused_when_tried_goes_to_the_store(
    whole_program, played, kept_apart, refused, status
):
    played.refuse(*refused, status=status)
    everything(whole_program())
    for type_ in OURS:
        assert bool(kept_apart.all(type_)) == (type_ in refused)
        assert bool(played.all(type_)) == (type_ not in refused)
