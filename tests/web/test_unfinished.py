"""What is unfinished: a draft that was sent is done with only when all of it is in the record."""

import sqlite3
from types import SimpleNamespace
from uuid import UUID

import pytest
from flask import g

from smartapp.drafts.drawer import Drawer
from smartapp.drafts.patient import PatientDrafts
from smartapp.fhir.assessment import key_of
from smartapp.web.opened import open_chart
from smartapp.web.unfinished import unfinished

PEG, PSEQ = "peg", "pseq"
BAR = "Answer to question 9 of the PHQ-9 needs action now"


@pytest.fixture
def canonicals(content):
    """``url|version`` by slug."""
    return {slug: f"{one.url}|{one.version}" for slug, one in content.instruments.items()}


@pytest.fixture
def take_away(clinic, canonicals):
    """Take a questionnaire out of the program's content, until the test is over."""
    taken = []

    def take(slug):
        taken.append(clinic.content.forms.pop(canonicals[slug]))

    yield take
    clinic.content.forms.update({one.canonical: one for one in taken})


@pytest.fixture
def drafts(clinic, patient):
    store = clinic.store
    drawer = Drawer(store.file.with_name("drafts.sqlite3"), store.keys, clinic.clock)
    return PatientDrafts(drawer, clinic.ehr.base, patient)


class TestWhatWasSent:
    @pytest.fixture
    def sent(self, coach, drafts):
        """A draft of two answered questionnaires and one that is blank, on its way."""
        coach.answer(coach.answer(coach.start(PEG, PSEQ, "gad-7"), 6), 3)
        (draft,) = drafts.unfinished()
        return drafts.take(draft.key, draft.revision)

    @pytest.fixture
    def is_listed(self, clinic, coach, sent, canonicals):
        """Whether it is still unfinished, with a record that has the responses named."""

        def asked(*slugs, key=None, unwritten=()):
            answered = [{"questionnaire": canonicals[slug]} for slug in slugs]
            about = {"key": key or key_of(sent.key), "answered": answered, "unwritten": unwritten}
            kept = [SimpleNamespace(**about)] if slugs else []
            cookie = {"Cookie": f"__Host-launch-{coach.handle}=cookie-secret"}
            with clinic.app.test_request_context(coach.home, headers=cookie):
                g.handle = coach.handle
                assert open_chart(coach.handle).chart.patient_id == coach.patient
                return bool(unfinished(SimpleNamespace(assessments=kept)))

        return asked

    def test_is_unfinished_while_the_record_has_none_of_it(self, is_listed):
        assert is_listed()

    def test_is_unfinished_while_the_record_has_only_a_part(self, is_listed, drafts, sent):
        assert is_listed(PEG)
        assert drafts.find(sent.key).sheet(2).fields

    def test_is_done_with_when_all_that_was_answered_is_there(self, is_listed, drafts, sent):
        """What was left blank is not waited for; the draft is wiped."""
        assert not is_listed(PSEQ, PEG)
        assert drafts.find(sent.key).start is None

    def test_is_unfinished_while_the_record_has_the_answers_without_a_score(
        self, is_listed, drafts, sent, content
    ):
        """They may be saved by two requests; with the draft wiped nobody would make the second."""
        assert is_listed(PSEQ, PEG, unwritten=content.instruments[PEG].scales)
        assert drafts.find(sent.key).start

    def test_is_unfinished_whatever_another_assessment_has(self, is_listed):
        assert is_listed(PEG, PSEQ, key=UUID(int=7))

    def test_is_not_taken_for_whole_because_a_questionnaire_is_gone(self, is_listed, take_away):
        """Its answers would be wiped unseen."""
        take_away(PSEQ)
        assert is_listed(PEG)

    def test_is_whole_with_the_response_to_a_questionnaire_that_is_gone(self, is_listed, take_away):
        take_away(PSEQ)
        assert not is_listed(PEG, PSEQ)

    def test_waits_for_nothing_of_a_blank_questionnaire_that_is_gone(self, is_listed, take_away):
        take_away("gad-7")
        assert not is_listed(PEG, PSEQ)


class TestAQuestionnaireThatIsGone:
    @pytest.fixture
    def left(self, coach):
        """A PEG and a PHQ-9, both answered."""
        page = coach.follow(coach.answer(coach.start(PEG, "phq-9"), 6))
        offered = coach.form(page).offered
        nine = next(name for name in offered if "44260" in name)
        return page, {nine: [one for one in offered[nine] if one][1]}

    def later(self, coach, left):
        """Question 9 answered without anybody looking: the server was killed just then."""
        page, typed = left
        coach.send(coach.form(page), **typed, go="leave")

    def test_does_not_keep_the_others_from_being_looked_over(self, clinic, coach, left, take_away):
        self.later(coach, left)
        forget_alerts(clinic)
        take_away(PEG)
        assert BAR not in coach.see("goals/new")
        assert BAR in coach.see()

    def test_is_said_on_the_program_page(self, coach, left, take_away):
        assert "Not looked over for safety" not in coach.see()
        take_away(PEG)
        assert "Not looked over for safety: the answers to" in coach.see()

    def test_without_an_answer_is_not_worth_a_word(self, coach, take_away):
        coach.start(PEG)
        take_away(PEG)
        assert "Not looked over for safety" not in coach.see()


def forget_alerts(clinic):
    """As if the server had been killed before it raised any."""
    with sqlite3.connect(clinic.store.file.with_name("alerts.sqlite3")) as database:
        database.execute("delete from alert")
