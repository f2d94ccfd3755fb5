"""Goals: the patient's own words come back whole, and every change is a version of its own."""

import re
from html import unescape

import pytest

LONG = "Walk to the shop 🚶🏽‍♀️ twice.\n" * 370
"""Over 10,000 characters, with an emoji of several code points."""
SCRIPT = '<script>alert("1")</script><img src=x onerror=alert(1)>\'" {{ 7 * 7 }}'
CHANGED = {"text": "Swim", "due": "2027-03-01", "importance": "9", "confidence": "7"}


def words(page):
    """What a page says, without its tags."""
    return " ".join(re.sub("<[^>]+>", " ", page).split())


@pytest.fixture
def goal(coach, ehr, patient):
    """The id of a goal in the record."""
    coach.add_goal("Walk to the shop")
    return ehr.kept("Goal", patient)[0]["id"]


class TestAdding:
    def test_is_in_the_record_and_on_the_program_page(self, coach, ehr, patient):
        answer = coach.add_goal("Walk to the shop")
        assert (answer.status_code, answer.location) == (303, coach.home)
        page = coach.see()
        assert "The goal is in the record" in page
        assert "Walk to the shop" in page
        assert "Importance 8/10" in page
        assert ehr.kept("Goal", patient)[0]["description"]["text"] == "Walk to the shop"

    def test_of_an_enrolled_patient_belongs_to_the_enrollment(self, coach, ehr, patient):
        coach.enroll()
        coach.add_goal()
        (goal,), (plan,) = ehr.kept("Goal", patient), ehr.kept("CarePlan", patient)
        assert plan["goal"] == [{"reference": f"Goal/{goal['id']}"}]

    def test_twice_with_the_same_form_saves_once(self, coach, ehr, patient):
        form = coach.open("goals/new")
        typed = {"text": "Walk", "due": "2027-01-04", "importance": "8", "confidence": "6"}
        assert [coach.send(form, **typed).status_code for _ in range(2)] == [303, 303]
        assert len(ehr.kept("Goal", patient)) == 1

    def test_two_forms_may_say_the_same(self, coach, ehr, patient):
        coach.add_goal("Walk")
        coach.add_goal("Walk")
        assert len(ehr.kept("Goal", patient)) == 2

    def test_other_words_under_a_saved_form_are_not_lost(self, coach, ehr, patient):
        """Sent, gone back, more written: that is neither saved under the old form nor gone."""
        form = coach.open("goals/new")
        typed = {"due": "2027-01-04", "importance": "8", "confidence": "6"}
        coach.send(form, text="Walk", **typed)
        refused = coach.send(form, text="Walk and swim", **typed)
        assert refused.status_code in (409, 422)
        assert "Walk and swim" in refused.text
        assert len(ehr.kept("Goal", patient)) == 1

    @pytest.mark.parametrize("form_id", [None, "", "no-uuid"])
    def test_a_damaged_form_id_does_not_lose_the_goal(self, coach, ehr, patient, form_id):
        assert coach.add_goal(form_id=form_id).status_code == 303
        assert len(ehr.kept("Goal", patient)) == 1

    def test_nothing_filled_in_marks_every_field(self, coach):
        refused = coach.fill("goals/new")
        assert refused.status_code == 422
        for name in ("text", "due", "importance", "confidence"):
            assert f'href="#field-{name}"' in refused.text

    @pytest.mark.parametrize("number", ["11", "-1", "7.5", "ten", "٣"])
    def test_a_number_that_was_not_offered_is_refused(self, coach, ehr, patient, number):
        refused = coach.add_goal(importance=number)
        assert refused.status_code == 422
        assert not ehr.kept("Goal", patient)


class TestWords:
    def test_of_10000_characters_are_refused_and_come_back_whole(self, coach, ehr, patient):
        refused = coach.add_goal(LONG)
        kept = coach.form(refused).values["text"]
        assert refused.status_code == 422
        assert kept.replace("\r\n", "\n").strip() == LONG.strip()
        assert "Shorten the goal" in refused.text
        assert not ehr.kept("Goal", patient)

    def test_of_2000_characters_with_emoji_are_saved_whole(self, coach, ehr, patient):
        words = "🐕" * 1999 + "é"
        coach.add_goal(words)
        assert ehr.kept("Goal", patient)[0]["description"]["text"] == words
        assert words in coach.see()

    def test_of_several_lines_keep_their_lines(self, coach, ehr, patient):
        coach.add_goal("\r\nFirst\r\n\r\nthird\r\n")
        goal = ehr.kept("Goal", patient)[0]["id"]
        assert coach.open(f"goals/{goal}/edit").values["text"].split() == ["First", "third"]

    @pytest.mark.parametrize("place", ["", "edit", "progress", "versions"])
    def test_that_look_like_a_script_are_text_on_every_page(self, coach, ehr, patient, place):
        coach.add_goal(SCRIPT)
        page = coach.get(f"goals/{ehr.kept('Goal', patient)[0]['id']}/{place}" if place else "")
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<img" not in page.text
        assert SCRIPT in unescape(page.text)

    def test_that_look_like_a_script_are_text_beside_the_records(self, coach, ehr, patient):
        coach.add_goal("Walk")
        goal = ehr.kept("Goal", patient)[0]["id"]
        form = coach.open(f"goals/{goal}/edit")
        coach.fill(f"goals/{goal}/edit", text=SCRIPT + " theirs")
        conflict = coach.send(form, text=SCRIPT)
        assert conflict.status_code == 409
        assert "<script>alert" not in conflict.text
        assert coach.form(conflict).values["text"] == SCRIPT

    def test_that_look_like_a_script_are_text_when_they_are_refused(self, coach):
        refused = coach.add_goal(SCRIPT, due="")
        assert "<script>alert" not in refused.text
        assert coach.form(refused).values["text"] == SCRIPT

    def test_with_a_character_fhir_forbids_are_not_lost(self, coach):
        """A control character is pasted from a PDF sooner or later."""
        answer = coach.add_goal("Walk\x0b to the shop")
        assert answer.status_code == 303 or "to the shop" in answer.text


class TestChanging:
    def test_comes_filled_in(self, coach, goal):
        values = coach.open(f"goals/{goal}/edit").values
        assert (values["text"], values["due"]) == ("Walk to the shop", "2027-01-04")
        assert (values["importance"], values["confidence"]) == ("8", "6")

    def test_makes_a_new_version(self, coach, ehr, goal):
        assert coach.fill(f"goals/{goal}/edit", **CHANGED).status_code == 303
        assert len(ehr.store.history("Goal", goal)) == 2
        page = coach.see()
        assert "Swim" in page
        assert "Importance 9/10" in page

    def test_twice_with_the_same_form_makes_one_version(self, coach, ehr, goal):
        form = coach.open(f"goals/{goal}/edit")
        assert [coach.send(form, **CHANGED).status_code for _ in range(2)] == [303, 303]
        assert len(ehr.store.history("Goal", goal)) == 2

    def test_nothing_makes_no_version(self, coach, ehr, goal):
        assert coach.fill(f"goals/{goal}/edit").status_code == 303
        assert len(ehr.store.history("Goal", goal)) == 1

    def test_that_breaks_a_rule_keeps_what_was_typed(self, coach, goal):
        refused = coach.fill(f"goals/{goal}/edit", text="Swim", due="2020-01-01")
        values = coach.form(refused).values
        assert refused.status_code == 422
        assert (values["text"], values["due"], values["version"]) == ("Swim", "2020-01-01", "1")

    def test_a_goal_somebody_else_wrote_shows_what_it_has(self, coach, ehr, patient):
        about = {"subject": {"reference": f"Patient/{patient}"}, "lifecycleStatus": "active"}
        goal = ehr.create("Goal", description={"text": "Sleep"}, **about)
        values = coach.open(f"goals/{goal}/edit").values
        assert (values["text"], values["due"], values.get("importance")) == ("Sleep", "", None)
        assert "Sleep" in coach.see(f"goals/{goal}/versions")


class TestProgress:
    def test_is_marked_with_a_note(self, coach, ehr, goal):
        typed = {"achievement": "improving", "note": "Got to the corner"}
        assert coach.fill(f"goals/{goal}/progress", **typed).status_code == 303
        page = coach.see()
        assert "Improving" in page
        assert "Got to the corner" in page
        assert len(ehr.store.history("Goal", goal)) == 2

    def test_starts_from_where_the_goal_is(self, coach, goal):
        coach.fill(f"goals/{goal}/progress", achievement="achieved")
        assert coach.open(f"goals/{goal}/progress").values["achievement"] == "achieved"

    def test_that_was_not_offered_is_refused_and_shows_the_goal(self, coach, goal):
        refused = coach.fill(f"goals/{goal}/progress", achievement="banana", note="Mine")
        assert refused.status_code == 422
        assert "Walk to the shop" in refused.text
        assert coach.form(refused).values["note"] == "Mine"


def test_every_version_is_shown_newest_first(coach, goal):
    coach.fill(f"goals/{goal}/edit", text="Walk further")
    coach.fill(f"goals/{goal}/progress", achievement="improving", note="Good")
    page = coach.see(f"goals/{goal}/versions")
    assert page.index("Version 3") < page.index("Version 2") < page.index("Version 1")
    assert page.count("in the record now") == 1


class TestStaleVersion:
    """Somebody else saved first: both versions are shown, and the person chooses."""

    @pytest.fixture
    def form(self, coach, goal):
        form = coach.open(f"goals/{goal}/edit")
        coach.fill(f"goals/{goal}/edit", text="Theirs, with more to it")
        return form

    def test_shows_both(self, coach, form):
        answer = coach.send(form, text="Mine", importance="10")
        assert answer.status_code == 409
        assert "Somebody else changed this entry" in answer.text
        assert "Mine" in answer.text
        assert "Theirs, with more to it" in answer.text

    def test_shows_days_in_words(self, coach, form):
        page = words(coach.send(form, text="Mine", due="2127-01-22").text)
        assert "Yours (not saved) 22 January 2127 In the record now 4 January 2027" in page

    def test_shows_what_progress_is_called(self, coach, goal):
        form = coach.open(f"goals/{goal}/progress")
        coach.fill(f"goals/{goal}/progress", achievement="improving")
        page = words(coach.send(form, achievement="no-change").text)
        assert "Yours (not saved) No change In the record now Improving" in page

    def test_overwrites_nothing_by_itself(self, coach, form):
        coach.send(form, text="Mine")
        assert "Theirs, with more to it" in coach.see()

    def test_can_be_saved_over(self, coach, form, ehr, goal):
        conflict = coach.form(coach.send(form, text="Mine", importance="10"))
        assert coach.send(conflict).status_code == 303
        page = coach.see()
        assert "Mine" in page
        assert "Importance 10/10" in page
        assert len(ehr.store.history("Goal", goal)) == 3

    def test_changed_again_meanwhile_asks_again(self, coach, form, goal):
        conflict = coach.form(coach.send(form, text="Mine"))
        coach.fill(f"goals/{goal}/edit", text="Theirs again")
        answer = coach.send(conflict)
        assert answer.status_code == 409
        assert "Theirs again" in answer.text

    def test_of_a_progress_form_keeps_its_note(self, coach, goal):
        form = coach.open(f"goals/{goal}/progress")
        coach.fill(f"goals/{goal}/progress", achievement="worsening", note="Theirs")
        answer = coach.send(form, achievement="improving", note="Mine")
        assert answer.status_code == 409
        assert coach.send(coach.form(answer)).status_code == 303
        assert "Mine" in coach.see()

    def test_without_a_version_is_not_saved_unseen(self, coach, form):
        """A form that forged away its version must not overwrite what it never saw."""
        assert coach.send(form, text="Mine", version=None).status_code == 409


@pytest.mark.parametrize("place", ["edit", "progress", "versions"])
class TestForeignGoal:
    def test_of_another_patient_is_refused(self, goal, new_coach, new_patient, place):
        answer = new_coach(new_patient("Eve")).get(f"goals/{goal}/{place}")
        assert answer.status_code == 502
        assert "another patient" in answer.text
        assert "Walk to the shop" not in answer.text

    def test_that_is_not_there_says_so(self, coach, place):
        answer = coach.get(f"goals/gone/{place}")
        assert answer.status_code == 404
        assert "no longer has this entry" in answer.text


@pytest.mark.parametrize("place", ["", "/progress"])
def test_a_change_to_another_patients_goal_is_refused(ehr, goal, new_coach, new_patient, place):
    other = new_coach(new_patient("Eve"))
    form = other.open("goals/new")
    form.action = f"{other.home}goals/{goal}{place}"
    answer = other.send(form, text="Eve's", achievement="improving", **{"version": "1"})
    assert answer.status_code == 502
    assert len(ehr.store.history("Goal", goal)) == 1
