"""Rules 1 to 8: of which form a response is, about whom, by whom, when."""

from datetime import datetime

import pytest

from smartapp.forms.state import Context
from smartapp.forms.validate import Expected

QUESTION = {"linkId": "s", "type": "string", "text": "How are you?"}
ANSWER = {"linkId": "s", "answer": [{"valueString": "Well"}]}
PATIENT = {"reference": "Patient/1"}
FHIR = "http://example.org/fhir"


@pytest.fixture
def broken(read, respond, judge):
    """Judge a response with one part of its head changed; return rules and places."""

    def broken(form=None, expected=None, **head):
        issues = judge(
            read(QUESTION, **(form or {})),
            respond(ANSWER, **head),
            expected=expected or Expected(),
        )
        return [(issue.rule, issue.severity, issue.expression) for issue in issues]

    return broken


def found(rule, part, severity="error"):
    return [(rule, severity, f"QuestionnaireResponse.{part}" if part else "QuestionnaireResponse")]


@pytest.mark.parametrize("named", ["http://example.org/q", "http://example.org/q|1"])
def test_a_response_names_its_form_with_or_without_version(broken, named):
    assert broken(questionnaire=named) == []


def test_a_response_without_form_is_doubtful_since_r4_allows_it(broken):
    assert broken(questionnaire=None) == found(1, "questionnaire", "warning")


@pytest.mark.parametrize(
    "named", ["http://example.org/other", "http://example.org/q|2", "http://example.org/q|", 7, {}]
)
def test_a_response_of_another_form_or_version_is_refused(broken, named):
    assert broken(questionnaire=named) == found(2, "questionnaire")


@pytest.mark.parametrize("status", ["draft", "retired"])
def test_a_form_that_is_not_in_use_is_doubtful(broken, status):
    assert broken({"status": status}) == found(3, "questionnaire", "warning")


def test_a_form_that_is_not_in_use_is_no_matter_while_it_is_filled_in(broken):
    assert broken({"status": "retired"}, status="in-progress") == []


PERIOD = {"effectivePeriod": {"start": "2026-01", "end": "2026-11-23"}}


@pytest.mark.parametrize(
    "authored",
    [
        "2026-01-01T00:00:00+01:00",  # the first moment at the clinic
        "2026-11-23T12:04:00+01:00",  # clocks differ
        "2026-11",
        "2026",
    ],
)
def test_a_response_is_written_while_the_form_is_in_use(broken, authored):
    assert broken(PERIOD, authored=authored) == []


@pytest.mark.parametrize(
    "authored", ["2025-12-31T23:59:59+01:00", "2025", "2026-11-23T11:06:00Z", "2026-12"]
)
def test_a_response_from_before_or_from_the_future_is_doubtful(broken, authored):
    assert found(4, "authored", "warning")[0] in broken(PERIOD, authored=authored)


def test_a_form_that_is_no_longer_in_use_is_doubtful(broken):
    over = {"effectivePeriod": {"end": "2026-11-22"}}
    issues = broken(over, authored="2026-11-23T11:00:00+01:00")
    assert issues == found(4, "authored", "warning")


@pytest.mark.parametrize("period", ["2026", {"start": 2026}, {"start": "soon", "end": {}}, []])
def test_a_period_that_says_nothing_limits_nothing(read, respond, judge, period):
    form = read(QUESTION)
    form.raw["effectivePeriod"] = period
    assert judge(form, respond(ANSWER, authored="2020")) == ()


@pytest.mark.parametrize("authored", ["yesterday", 20261123, "2026-02-30", None])
def test_the_time_of_writing_is_a_date_and_time(read, respond, judge, authored):
    response = {**respond(ANSWER), "authored": authored}
    assert [issue.rule for issue in judge(read(QUESTION), response)] == [27]


def test_a_clock_without_zone_is_taken_as_it_is(read, respond, judge):
    context = Context(datetime(2026, 11, 23, 12, 0))  # noqa: DTZ001 (that is what is tested)
    response = respond(ANSWER, authored="2026-11-20T12:00:00Z")
    assert judge(read(QUESTION), response, context=context) == ()


@pytest.mark.parametrize("status", ["completed", "amended", "in-progress", "stopped"])
def test_a_status_is_one_of_fhirs(broken, status):
    assert broken(status=status) == []


@pytest.mark.parametrize("status", [None, "banana", "Completed", ["completed"], {}, 1])
def test_any_other_status_is_refused(broken, status):
    assert broken(status=status) == found(5, "status")


@pytest.mark.parametrize(
    "subject",
    [PATIENT, {"reference": "Patient/1/_history/3"}, {**PATIENT, "type": "Patient"}],
)
def test_the_subject_is_the_patient_of_the_launch(broken, subject):
    assert broken({"subjectType": ["Patient"]}, Expected("Patient/1"), subject=subject) == []


@pytest.mark.parametrize(
    "subject", [None, {"reference": "Patient/2"}, {"identifier": {"value": "1"}}, {}, "Patient/1"]
)
@pytest.mark.parametrize("status", ["completed", "in-progress", "entered-in-error"])
def test_another_patient_is_refused_whatever_the_status(broken, subject, status):
    assert broken(expected=Expected("Patient/1"), subject=subject, status=status) == found(
        6, "subject"
    )


def test_a_subject_of_another_type_is_refused(broken):
    group = {"reference": "Group/1"}
    assert broken({"subjectType": ["Patient"]}, subject=group) == found(6, "subject")
    assert broken({"subjectType": ["Patient", "Group"]}, subject=group) == []


def test_a_subject_that_does_not_say_its_type_passes_where_nobody_is_expected(broken):
    elsewhere = {"reference": "urn:uuid:0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f"}
    assert broken({"subjectType": ["Patient"]}, subject=elsewhere) == []


@pytest.mark.parametrize("part", ["author", "source"])
@pytest.mark.parametrize(
    "who", [PATIENT, {"reference": f"{FHIR}/Practitioner/1"}, {"display": "A nurse"}]
)
def test_author_and_source_may_be_people(broken, part, who):
    assert broken(**{part: who}) == []


@pytest.mark.parametrize(
    ("part", "who"),
    [
        ("author", {"reference": "Location/1"}),
        ("source", {"reference": "Organization/1"}),
        ("source", {"reference": "somebody"}),
        ("author", "Patient/1"),
        ("author", {"reference": ["Patient/1"]}),
        ("author", []),
    ],
)
def test_author_and_source_are_of_no_other_type(broken, part, who):
    assert broken(**{part: who}) == found(7, part)


def test_the_caller_says_who_may_answer(broken):
    expected = Expected(author_types=("Practitioner",), source_types=("Patient",))
    assert broken(expected=expected, author=PATIENT, source=PATIENT) == found(7, "author")


def test_a_contained_author_is_what_it_is(broken):
    contained = [{"resourceType": "Location", "id": "a"}]
    assert broken(author={"reference": "#a"}, contained=contained) == found(7, "author")


def test_rules_from_elsewhere_are_refused(broken):
    assert broken(implicitRules="http://example.org/rules") == found(8, "implicitRules")


@pytest.mark.parametrize(
    ("at", "place"),
    [
        ("", ""),
        ("item[0]", ".item[0]"),
        ("item[0].answer[0]", ".item[0].answer[0]"),
    ],
)
def test_a_change_of_meaning_is_refused_wherever_it_stands(read, respond, judge, at, place):
    answer = {"valueString": "Well"}
    item = {"linkId": "s", "answer": [answer]}
    response = respond(item)
    {"": response, "item[0]": item, "item[0].answer[0]": answer}[at]["modifierExtension"] = [{}]
    (issue,) = judge(read(QUESTION), response)
    assert issue.expression == f"QuestionnaireResponse{place}.modifierExtension"
    assert issue.rule == 8


@pytest.mark.parametrize(
    "change",
    [
        {"implicitRules": "http://example.org/rules"},
        {"modifierExtension": []},
        {"item": [{**QUESTION, "modifierExtension": [{}]}]},
    ],
)
def test_a_form_that_changes_its_meaning_is_refused(read, respond, judge, change):
    form = read(QUESTION)
    form.raw.update(change)
    issues = judge(form, respond(ANSWER))
    assert [(issue.rule, issue.expression) for issue in issues] == [
        (8, "QuestionnaireResponse.questionnaire")
    ]


def test_what_is_no_questionnaire_has_no_responses(read, respond, judge):
    form = read(QUESTION)
    form.raw["resourceType"] = "ValueSet"
    assert [issue.rule for issue in judge(form, respond(ANSWER))] == [2]


@pytest.mark.parametrize("head", [{"resourceType": "Observation"}, {"mood": "good"}])
def test_a_response_is_a_questionnaire_response(broken, head):
    assert broken(**head) == found(17, "")
