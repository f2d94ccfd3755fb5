"""The note's page: exactly what goes into the chart, whether it is there, and a way to copy it."""

import re
from base64 import b64decode
from html import unescape

import pytest


@pytest.fixture
def enrolled(coach):
    """Dana Coach, whose patient is enrolled, has a goal and was assessed once."""
    coach.enroll()
    coach.add_goal("Swim twice a week")
    coach.assess(peg=6, pseq=3)
    return coach


@pytest.fixture
def notes(ehr, patient):
    """The notes in the chart, oldest first, and what each says."""

    def notes():
        rows = sorted(
            ehr.kept("DocumentReference", patient), key=lambda r: r["meta"]["lastUpdated"]
        )
        return [(row["status"], said(row)) for row in rows]

    return notes


def said(row):
    return b64decode(row["content"][0]["attachment"]["data"]).decode()


def words(note):
    """What a note says, whatever its format."""
    return re.sub(r"<title>.*</title>|<[^>]*>|[\W_]", "", unescape(note)).upper()


def put(coach):
    return coach.fill("note")


class TestPreview:
    def test_says_what_is_in_the_record(self, enrolled):
        page = enrolled.see("note")
        for words in (
            "Name: Ada Quillfeather\nBorn: 12 April 1961\nMRN: MRN-4711",
            "Coach: Dana Coach\nSupervisor: Sam Thornfield",
            "Goal 1:\n    Swim twice a week",
            "23 November 2026  Baseline",
            "Kept in the EHR: enrollment, goals, assessments.",
            "Made by Dana Coach on 23 November 2026.",
        ):
            assert words in page

    def test_is_linked_from_the_program_page(self, enrolled):
        assert f'href="{enrolled.home}note"' in enrolled.see()

    def test_writes_nothing(self, enrolled, notes):
        assert "Not in the chart yet" in enrolled.see("note")
        assert notes() == []

    def test_without_an_enrollment_there_is_none(self, coach):
        token = coach.open("goals/new").values["csrf_token"]
        sent = coach.post(coach.home + "note", csrf_token=token)
        assert [a.location for a in (coach.get("note"), sent)] == [coach.home] * 2

    def test_hostile_words_stay_words(self, enrolled):
        enrolled.add_goal("</textarea><script>alert(1)</script>")
        assert "<script>alert" not in enrolled.get("note").text

    def test_goals_of_another_enrollment_are_left_out(self, enrolled):
        enrollment = enrolled.see().split("/enrollment/")[1].split("/")[0]
        enrolled.fill(f"enrollment/{enrollment}/complete", reason="finished")
        enrolled.enroll()
        enrolled.add_goal("Climb the stairs")
        page = enrolled.see("note")
        assert "Climb the stairs" in page
        assert "Swim" not in page

    def test_what_cannot_be_read_is_named(self, enrolled, ehr):
        ehr.refused = {("GET", "Goal"): 403}
        page = enrolled.see("note")
        assert "could not be read: goals" in page
        assert "No goals yet" not in page

    def test_a_birth_date_known_in_part_is_shown_as_it_is(self, enrolled, ehr, patient):
        ehr.change("Patient", patient, birthDate="1961-04")
        enrolled.see()
        assert "Born: 1961-04\n" in enrolled.see("note")


class TestPut:
    def test_what_was_shown_goes_into_the_chart(self, enrolled, notes):
        shown = enrolled.see("note").partition("<textarea")[2].partition(">\n")[2]
        answered = put(enrolled)
        assert (answered.status_code, answered.location) == (303, enrolled.home)
        assert "The note is in the chart." in enrolled.see()
        ((status, written),) = notes()
        assert status == "current"
        assert words(written) == words(shown.partition("</textarea>")[0])

    def test_then_it_is_there_unchanged_and_not_offered_again(self, enrolled):
        put(enrolled)
        page = enrolled.see("note")
        assert "The chart has this note, unchanged" in page
        assert "Put into the chart" not in page

    def test_sent_twice_it_is_written_once(self, enrolled, notes):
        form = enrolled.open("note")
        assert [enrolled.send(form).status_code for _ in range(2)] == [303, 303]
        assert len(notes()) == 1

    def test_when_the_record_changed_it_replaces_the_former(self, enrolled, notes):
        put(enrolled)
        enrolled.add_goal("Climb the stairs")
        page = enrolled.see("note")
        assert "The chart has a note of" in page
        assert "by Dana Coach. This one replaces it." in page
        put(enrolled)
        assert [status for status, _ in notes()] == ["current", "superseded"]
        assert "Climb" in notes()[0][1]

    def test_nothing_goes_that_was_not_shown(self, enrolled, notes):
        form = enrolled.open("note")
        enrolled.add_goal("Climb the stairs")
        answered = enrolled.send(form)
        assert answered.status_code == 422
        assert "has changed since this page was opened" in answered.text
        assert notes() == []
        assert enrolled.send(enrolled.form(answered)).status_code == 303

    def test_a_former_that_cannot_be_marked_is_told(self, enrolled, ehr):
        put(enrolled)
        enrolled.add_goal("Climb the stairs")
        ehr.refused = {("PUT", "DocumentReference"): 403}
        put(enrolled)
        assert "The earlier note stays beside it" in enrolled.see()

    def test_an_answer_that_never_came_can_be_sent_again(self, enrolled, ehr, notes):
        form = enrolled.open("note")
        ehr.dropping = 1
        answered = enrolled.send(form)
        assert answered.status_code == 504
        assert "Not sure whether it was saved" in answered.text
        assert enrolled.send(enrolled.form(answered)).status_code == 303
        assert len(notes()) == 1

    def test_needs_the_forms_proof(self, enrolled, notes):
        form = enrolled.open("note")
        assert enrolled.send(form, csrf_token=None).status_code == 400
        assert notes() == []


class TestRefused:
    @pytest.fixture
    def refusing(self, enrolled, ehr):
        """An EHR that takes no notes."""
        ehr.refused = {("POST", "DocumentReference"): 405}
        return enrolled

    def test_a_refusal_when_tried_leaves_copying(self, refusing):
        answered = put(refusing)
        assert answered.status_code == 422
        assert "Copy the note and paste it" in answered.text
        assert "Swim twice a week" in answered.text
        assert "Put into the chart" not in answered.text

    def test_where_notes_cannot_even_be_read_copying_is_the_only_way(self, enrolled, ehr):
        ehr.refused = {("GET", "DocumentReference"): 403}
        page = enrolled.see("note")
        assert "This EHR takes no notes" in page
        assert 'data-copy="field-text"' in page
        assert "Put into the chart" not in page

    def test_a_note_cannot_be_forced_on_it(self, enrolled, ehr, notes):
        form = enrolled.open("note")
        ehr.refused = {("GET", "DocumentReference"): 403}
        assert enrolled.send(form).status_code == 403
        ehr.refused = {}
        assert notes() == []


def test_copying_works_without_a_script_of_the_page(enrolled):
    page = enrolled.see("note")
    assert "readonly" in page
    assert "To copy: click into the note" in page
    assert "onclick" not in page
    assert "/static/copy.js" in page


class TestWaiting:
    @pytest.fixture
    def answered(self, enrolled, ehr):
        """A note that the EHR was too busy to take."""
        form = enrolled.open("note")
        ehr.refused = {("POST", "DocumentReference"): 429}
        answered = enrolled.send(form)
        ehr.refused = {}
        return answered

    def test_is_said_to_wait(self, answered):
        assert answered.status_code == 503
        assert "waits to be saved" in answered.text

    def test_goes_into_the_chart_with_the_next_page(self, enrolled, notes, answered):
        assert "Waiting to be saved" not in enrolled.see()
        assert [status for status, _ in notes()] == ["current"]

    def test_can_be_read_before(self, enrolled, ehr, answered):
        page = enrolled.see("outbox")
        address = next(p for p in page.split('"') if "/outbox/" in p and "retry" not in p)
        shown = enrolled.see(address.removeprefix(enrolled.home))
        assert "Note for the chart" in shown
        assert "Swim twice a week" in shown
