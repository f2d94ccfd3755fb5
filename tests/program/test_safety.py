"""A safety alert: raised once for a question, open until somebody says what was done."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from uuid import UUID

import pytest

from smartapp.errors import EntryRefused
from smartapp.program.alert import Alert
from smartapp.program.enrollment import Person
from smartapp.program.safety import (
    Action,
    AlertState,
    Asked,
    Choices,
    Crisis,
    Handled,
    Raising,
    SiteSafety,
    changed_to,
    raised,
    refuse_open,
    respond,
)

DRAFT, FORM = UUID(int=1), UUID(int=2)
ZONE = timezone(timedelta(hours=-5))
AT = datetime(2026, 11, 23, 9, 30, 40, tzinfo=ZONE)
ASKED = Asked(DRAFT, "phq-9", "the PHQ-9", "/44260-8", "9", "Thoughts of being better off dead")
DANA, SAM = Person("Practitioner/1", "Dana Coach"), Person("Practitioner/2", "Sam Thorn")
WHEN = Raising(AT, DANA, "clinician")
CHOICES = Choices({SAM.reference: SAM}, (Action("called", "Called"), Action("other", "Other")))
WORDS = {0: "Not at all", 1: "Several days", 2: "More than half the days", None: "often"}
DONE = {
    "told.Practitioner/2": "yes",
    "action.called": "yes",
    "told_on": "2026-11-23",
    "told_at": "09:40",
    "outcome": "At home, her sister is with her.",
}


def found(answer):
    return Alert("/44260-8", ASKED.question, answer, WORDS[answer], "why")


def first(answer=1):
    return raised((), ASKED, found(answer), WHEN)


def handled(alert, **typed):
    entry = {name: text for name, text in (DONE | typed).items() if text is not None}
    return respond(alert, entry, CHOICES, DANA, AT + timedelta(minutes=15), FORM)


def closed(answer=1):
    return replace(first(answer), handled=handled(first(answer)))


def refusal(**typed):
    """Field and sentence of the only thing wrong."""
    with pytest.raises(EntryRefused) as caught:
        handled(first(), **typed)
    (problem,) = caught.value.problems
    return problem.field, problem.sentence


class TestRaising:
    def test_the_first_answer_is_an_open_alert(self):
        alert = first()
        assert (alert.state, alert.is_open, alert.answer) == (AlertState.OPEN, True, 1)
        assert (alert.raised_at, alert.raised_by, alert.mode) == (AT, DANA, "clinician")

    def test_the_same_answer_again_is_no_news(self):
        assert raised((first(),), ASKED, found(1), WHEN) is None

    def test_its_key_is_the_same_wherever_it_is_raised(self):
        assert first(1).key == first(2).key
        other = raised((), replace(ASKED, link_id="x"), found(1), WHEN)
        assert other.key != first().key

    def test_a_higher_answer_goes_into_the_open_alert(self):
        worse = raised((first(),), ASKED, found(2), WHEN)
        assert (worse.key, worse.answer, worse.words) == (first().key, 2, WORDS[2])

    def test_what_cannot_be_read_is_never_less(self):
        assert raised((first(2),), ASKED, found(None), WHEN).answer is None
        assert raised((first(None),), ASKED, found(2), WHEN).answer is None

    def test_a_lower_answer_is_told_beside_what_it_was(self):
        less = raised((first(2),), ASKED, found(1), WHEN)
        assert (less.answer, less.words, less.now) == (2, WORDS[2], WORDS[1])

    def test_an_answer_taken_back_leaves_the_alert_open(self):
        gone = changed_to(first(), WORDS[0])
        assert (gone.is_open, gone.words, gone.now) == (True, WORDS[1], WORDS[0])

    def test_the_first_answer_given_again_is_no_change(self):
        assert changed_to(changed_to(first(), WORDS[0]), WORDS[1]) == first()

    def test_after_a_response_only_a_higher_answer_needs_people_again(self):
        assert raised((closed(1),), ASKED, found(1), WHEN) is None
        again = raised((closed(1),), ASKED, found(2), WHEN)
        assert again.is_open
        assert again.key != closed(1).key


class TestName:
    def test_says_question_and_form_and_not_the_answer(self):
        assert first().name == "Answer to question 9 of the PHQ-9"

    def test_does_without_a_number(self):
        alert = raised((), replace(ASKED, number=""), found(1), WHEN)
        assert alert.name == "Answer to a question of the PHQ-9"


def test_a_question_is_the_same_however_its_words_are_changed():
    assert replace(ASKED, title="PHQ", question="Others").place == ASKED.place
    assert replace(ASKED, link_id="x").place != ASKED.place


class TestResponding:
    def test_takes_down_who_was_told_when_what_was_done_and_what_came_of_it(self):
        at = datetime(2026, 11, 23, 9, 40, tzinfo=ZONE)
        now = AT + timedelta(minutes=15)
        expected = Handled((SAM,), at, ("called",), DONE["outcome"], DANA, now, FORM)
        assert handled(first()) == expected

    def test_closes_the_alert(self):
        assert closed().state is AlertState.CLOSED
        assert not closed().is_open

    def test_somebody_else_can_be_written_down(self):
        told = handled(first(), told_other="Dr Who, on duty").told
        assert told == (SAM, Person("", "Dr Who, on duty"))

    def test_the_minute_of_the_answer_is_early_enough(self):
        assert handled(first(), told_at="09:30").at.minute == 30

    def test_an_answer_on_paper_may_have_been_told_of_before_it_was_entered(self):
        on_paper = replace(first(), mode="paper")
        assert handled(on_paper, told_on="2026-11-20", told_at="16:00").at.day == 20

    def test_one_raised_by_a_clock_that_was_ahead_can_be_responded_to(self):
        ahead = replace(first(), raised_at=first().raised_at + timedelta(hours=3))
        assert handled(ahead, told_at="09:45").at.minute == 45

    @pytest.mark.parametrize(
        ("typed", "field", "words"),
        [
            ({"told.Practitioner/2": None}, "told", "who was told"),
            ({"told.Practitioner/2": None, "told.Practitioner/9": "yes"}, "told", "who was told"),
            ({"told_other": "x" * 201}, "told_other", "200 characters"),
            ({"told_on": "yesterday"}, "told_on", "Enter the day"),
            ({"told_at": ""}, "told_at", "Enter the time"),
            ({"told_at": "25:00"}, "told_at", "Enter the time"),
            ({"told_at": "09:29"}, "told_at", "before the answer"),
            ({"told_at": "09:46"}, "told_at", "in the future"),
            ({"told_on": "2026-11-24"}, "told_at", "in the future"),
            ({"action.called": None}, "actions", "what was done"),
            ({"action.called": None, "action.unknown": "yes"}, "actions", "what was done"),
            ({"outcome": " "}, "outcome", "what came of it"),
            ({"outcome": "x" * 2001}, "outcome", "2000 characters"),
        ],
    )
    def test_refuses_what_is_missing_or_cannot_be(self, typed, field, words):
        told, sentence = refusal(**typed)
        assert told == field
        assert words in sentence

    def test_a_second_response_is_refused(self):
        with pytest.raises(EntryRefused) as caught:
            handled(closed())
        assert "already" in caught.value.problems[0].sentence

    def test_nothing_can_be_ended_while_one_is_open(self):
        refuse_open((closed(),), "Not yet.")
        with pytest.raises(EntryRefused) as caught:
            refuse_open((closed(), first()), "Not yet.")
        assert caught.value.problems[0].sentence == "Not yet."


class TestCrisis:
    SITE = SiteSafety(
        "", "en-US", {name: Crisis(name, "", ()) for name in ("en-US", "es-US", "en-AU")}
    )

    @pytest.mark.parametrize(
        ("locale", "shown"),
        [
            ("en-AU", "en-AU"),
            ("es", "es-US"),
            ("es-MX", "es-US"),
            ("en-GB", "en-US"),
            ("EN-au", "en-AU"),
            ("fr", "en-US"),
            ("", "en-US"),
        ],
    )
    def test_is_of_the_locale_else_of_where_the_site_is(self, locale, shown):
        assert self.SITE.crisis_for(locale).locale == shown

    def test_no_contact_is_anybodys_where_none_is_set(self):
        assert SiteSafety().crisis_for("en-US") is None
