"""Enrollment: who may be enrolled, when, by whom, and how it ends."""

from dataclasses import replace
from datetime import date

import pytest

from smartapp.program.enrollment import (
    Consent,
    ConsentMethod,
    EnrollmentStatus,
    Exit,
    Modality,
    complete,
    enroll,
    red_flags_present,
    withdraw,
)


@pytest.fixture
def entry():
    return {
        "condition": "Condition/9",
        "started": "2026-03-10",
        "planned_sessions": "8",
        "modality": "telehealth",
        "coach": "Practitioner/1",
        "supervisor": "Practitioner/2",
        "consent": "yes",
        "consent_method": "verbal",
        "red_flags_checked": "yes",
    }


@pytest.fixture
def enrolled(entry, choices, program, today):
    return enroll(entry, choices, program, today)


@pytest.fixture
def leaving():
    return {"ended": "2026-03-10", "reason": "finished", "note": ""}


def test_a_complete_form_enrolls(enrolled, choices, today):
    assert enrolled.condition == choices.conditions["Condition/9"]
    assert (enrolled.coach.name, enrolled.supervisor.name) == ("Cora Coach", "Sam Senior")
    assert (enrolled.started, enrolled.planned_sessions) == (today, 8)
    assert enrolled.modality is Modality.TELEHEALTH
    assert (enrolled.status, enrolled.exit) == (EnrollmentStatus.ACTIVE, None)


def test_consent_is_given_today_unless_another_day_is_typed(
    enrolled, entry, choices, program, today
):
    assert enrolled.consent == Consent(today, ConsentMethod.VERBAL)
    earlier = enroll(entry | {"consent_on": "2026-03-01"}, choices, program, today)
    assert earlier.consent.given_on == date(2026, 3, 1)


def test_an_empty_form_names_every_problem_at_once(choices, program, today, problems):
    assert set(problems(enroll, {}, choices, program, today)) == {
        "condition",
        "started",
        "planned_sessions",
        "modality",
        "coach",
        "supervisor",
        "consent",
        "consent_method",
        "red_flags_checked",
    }


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("condition", "Condition/10", "Choose the pain condition"),
        ("started", "10.3.2026", "year-month-day"),
        ("started", "2026-02-30", "year-month-day"),
        ("started", "20260310", "year-month-day"),
        ("started", "2026-06-09", "next 90 days"),
        ("started", "2025-03-08", "last year"),
        ("planned_sessions", "5", "within the program's range"),
        ("planned_sessions", "13", "within the program's range"),
        ("planned_sessions", "eight", "within the program's range"),
        ("planned_sessions", "８", "within the program's range"),
        ("modality", "pigeon", "telehealth"),
        ("coach", "Practitioner/3", "Choose the coach"),
        ("supervisor", "", "always supervised"),
        ("supervisor", "Practitioner/1", "somebody else than the coach"),
        ("consent", "no", "Without consent"),
        ("consent_on", "2026-03-11", "cannot be in the future"),
        ("consent_on", "soon", "year-month-day"),
        ("consent_method", "nod", "how consent was given"),
        ("red_flags_checked", "", "every red flag"),
        ("red_flag.fever", "yes", "not enrolled now"),
    ],
)
def test_what_is_refused(entry, choices, program, today, problems, field, typed, says):
    refused = problems(enroll, entry | {field: typed}, choices, program, today)
    assert list(refused) == [field]
    assert says in refused[field]


def test_no_sentence_repeats_what_was_typed(entry, choices, program, today, problems):
    typed = dict.fromkeys(entry, "Jane Secret") | {"consent_on": "Jane Secret"}
    refused = problems(enroll, typed, choices, program, today)
    assert len(refused) == 10
    assert "Secret" not in "".join(refused.values())


@pytest.mark.parametrize("started", ["2026-06-08", "2025-03-10", "2025-03-09"])
def test_the_start_may_be_90_days_ahead_or_a_year_back(entry, choices, program, today, started):
    enrolled = enroll(entry | {"started": started}, choices, program, today)
    assert enrolled.started.isoformat() == started


@pytest.mark.parametrize("sessions", [6, 12])
def test_the_programs_range_of_sessions_is_inclusive(entry, choices, program, today, sessions):
    enrolled = enroll(entry | {"planned_sessions": str(sessions)}, choices, program, today)
    assert enrolled.planned_sessions == sessions


def test_the_range_of_sessions_is_the_programs_not_ours(entry, choices, program, today):
    wide = replace(program, sessions_most=20)
    typed = entry | {"planned_sessions": "20"}
    assert enroll(typed, choices, wide, today).planned_sessions == 20


def test_one_unknown_person_is_not_called_the_same_person(entry, choices, program, today, problems):
    typed = entry | {"coach": "Practitioner/8", "supervisor": "Practitioner/8"}
    refused = problems(enroll, typed, choices, program, today)
    assert "always supervised" in refused["supervisor"]


def test_red_flags_are_told_in_the_programs_order(program):
    typed = {"red_flag.trauma": "yes", "red_flag.fever": "yes", "red_flag.other": "yes"}
    assert red_flags_present(typed, program) == ("fever", "trauma")
    assert red_flags_present({"red_flag.fever": ""}, program) == ()


def test_completing_keeps_day_reason_and_note(enrolled, leaving, program, today):
    done = complete(enrolled, leaving | {"note": " Well done. "}, program, today)
    assert done.status is EnrollmentStatus.COMPLETED
    assert done.exit == Exit(today, "finished", "Well done.")


def test_withdrawing_takes_a_withdrawing_reason(enrolled, leaving, program, today):
    gone = withdraw(enrolled, leaving | {"reason": "own-choice"}, program, today)
    assert gone.status is EnrollmentStatus.WITHDRAWN
    assert gone.exit == Exit(today, "own-choice", "")


@pytest.mark.parametrize(
    ("change", "reason"), [(complete, "own-choice"), (withdraw, "finished"), (complete, "")]
)
def test_a_reason_ends_only_what_it_is_for(
    enrolled, leaving, program, today, problems, change, reason
):
    refused = problems(change, enrolled, leaving | {"reason": reason}, program, today)
    assert list(refused) == ["reason"]


@pytest.mark.parametrize(
    ("ended", "says"),
    [("2026-03-09", "before the start"), ("2026-03-11", "in the future"), ("", "year-month-day")],
)
def test_the_end_lies_between_start_and_today(
    enrolled, leaving, program, today, problems, ended, says
):
    refused = problems(complete, enrolled, leaving | {"ended": ended}, program, today)
    assert says in refused["ended"]


def test_whoever_withdraws_before_the_first_day_leaves_on_it(
    entry, choices, leaving, program, today, problems
):
    later = enroll(entry | {"started": "2026-04-01"}, choices, program, today)
    typed = leaving | {"reason": "own-choice", "ended": "2026-04-01"}
    assert withdraw(later, typed, program, today).exit.on == date(2026, 4, 1)
    assert "ended" in problems(withdraw, later, typed | {"ended": "2026-04-02"}, program, today)
    assert "ended" in problems(complete, later, typed | {"reason": "finished"}, program, today)


def test_a_note_of_2000_characters_is_kept_and_one_more_is_refused(
    enrolled, leaving, program, today, problems
):
    assert complete(enrolled, leaving | {"note": "é" * 2000}, program, today).exit.note
    assert "note" in problems(complete, enrolled, leaving | {"note": "é" * 2001}, program, today)


@pytest.mark.parametrize("change", [complete, withdraw])
def test_only_an_active_enrollment_ends(enrolled, leaving, program, today, problems, change):
    ended = complete(enrolled, leaving, program, today)
    refused = problems(change, ended, leaving, program, today)
    assert "already ended" in refused[""]
