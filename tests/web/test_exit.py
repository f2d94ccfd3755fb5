"""Leaving the program: completed or withdrawn, with a reason of the program, once."""

import re
from html import unescape

import pytest

WAYS = {
    "complete": ("Completed", "completed", "finished"),
    "withdraw": ("Withdrawn", "revoked", "own-choice"),
}


def words(page):
    """What a page says, without its tags."""
    return " ".join(re.sub("<[^>]+>", " ", page).split())


@pytest.fixture
def plan(coach, ehr, patient):
    """The id of an active enrollment."""
    coach.enroll()
    return ehr.kept("CarePlan", patient)[0]["id"]


@pytest.mark.parametrize("way", WAYS)
class TestLeaving:
    def test_is_in_the_record_with_its_reason_and_note(self, coach, ehr, patient, plan, way):
        shown, status, reason = WAYS[way]
        answer = coach.fill(f"enrollment/{plan}/{way}", reason=reason, note="Feels better <3")
        assert (answer.status_code, answer.location) == (303, coach.home)
        assert ehr.kept("CarePlan", patient)[0]["status"] == status
        page = coach.see()
        assert shown in page
        assert "Feels better <3" in page

    def test_offers_only_the_reasons_that_end_it_this_way(self, coach, plan, way, content):
        ends = {"complete": "completed", "withdraw": "withdrawn"}[way]
        offered = coach.open(f"enrollment/{plan}/{way}").offered["reason"]
        assert offered == [r.code for r in content.program.exit_reasons if r.ends == ends]

    def test_without_a_reason_is_refused_and_keeps_the_note(self, coach, plan, way):
        refused = coach.fill(f"enrollment/{plan}/{way}", note="My note")
        assert refused.status_code == 422
        assert 'href="#field-reason"' in refused.text
        assert "My note" in refused.text

    def test_for_a_reason_of_the_other_way_is_refused(self, coach, plan, way):
        (other,) = set(WAYS) - {way}
        refused = coach.fill(f"enrollment/{plan}/{way}", reason=WAYS[other][2])
        assert refused.status_code == 422

    def test_twice_ends_it_once(self, coach, ehr, plan, way):
        form = coach.open(f"enrollment/{plan}/{way}")
        sent = [coach.send(form, reason=WAYS[way][2], note="Once").status_code for _ in range(2)]
        assert sent == [303, 303]
        assert len(ehr.store.history("CarePlan", plan)) == 2

    def test_with_the_ehr_down_keeps_everything_typed(self, coach, ehr, plan, way):
        form = coach.open(f"enrollment/{plan}/{way}")
        ehr.is_down = True
        answer = coach.send(form, reason=WAYS[way][2], note="My note")
        values = coach.form(answer).values
        assert answer.status_code == 503
        assert (values["reason"], values["note"]) == (WAYS[way][2], "My note")


def test_a_day_before_the_start_is_refused(coach, plan):
    refused = coach.fill(f"enrollment/{plan}/complete", ended="2026-11-22", reason="finished")
    assert refused.status_code == 422
    assert 'value="2026-11-22"' in refused.text


def test_an_enrollment_that_ended_elsewhere_meanwhile_cannot_end_again(coach, plan):
    form = coach.open(f"enrollment/{plan}/withdraw")
    coach.fill(f"enrollment/{plan}/complete", reason="finished")
    refused = coach.send(form, reason="own-choice", note="Mine")
    assert refused.status_code in (409, 422)
    assert "Mine" in refused.text


class TestStaleVersion:
    """Somebody changed the plan after the form was opened: both are shown, the person chooses."""

    @pytest.fixture
    def form(self, coach, ehr, plan):
        form = coach.open(f"enrollment/{plan}/complete")
        ehr.change("CarePlan", plan, description="Changed by somebody else")
        return form

    def test_shows_both_versions(self, coach, form):
        answer = coach.send(form, reason="finished", note="Mine")
        page = unescape(answer.text)
        assert answer.status_code == 409
        assert "Somebody else changed this" in page
        assert "still enrolled" in page
        assert "Mine" in page

    def test_shows_days_and_reasons_in_words(self, coach, form):
        page = words(coach.send(form, reason="finished").text)
        assert "Yours (not saved) 23 November 2026 In the record now still enrolled" in page
        assert "Yours (not saved) Finished the planned sessions In the record now" in page

    def test_can_be_saved_over(self, coach, form, ehr, patient):
        conflict = coach.form(coach.send(form, reason="finished", note="Mine"))
        assert coach.send(conflict).status_code == 303
        (plan,) = ehr.kept("CarePlan", patient)
        assert plan["status"] == "completed"
        assert plan["description"] == "Changed by somebody else"


def test_a_plan_that_is_no_enrollment_of_ours_has_no_form(coach, ehr, patient):
    about = {"status": "active", "intent": "plan", "subject": {"reference": f"Patient/{patient}"}}
    answer = coach.get(f"enrollment/{ehr.create('CarePlan', **about)}/complete")
    assert answer.status_code == 502
    assert "an answer we cannot read" in answer.text


def test_an_enrollment_of_another_patient_is_refused(coach, plan, new_coach, new_patient):
    answer = new_coach(new_patient("Eve")).get(f"enrollment/{plan}/complete")
    assert answer.status_code == 502
    assert "another patient" in answer.text
