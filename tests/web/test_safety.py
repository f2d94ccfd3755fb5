"""An answer that needs action: kept at once, seen on every page, and first of all things to do."""

import json
import re
import threading
from dataclasses import replace
from html import unescape
from types import SimpleNamespace
from uuid import UUID

import pytest
from flask import g

from smartapp.alerts.ledger import Ledger
from smartapp.drafts.answers import Change
from smartapp.drafts.drawer import Drawer
from smartapp.drafts.hand import Hand
from smartapp.drafts.patient import Giver, PatientDrafts
from smartapp.fhir import names
from smartapp.program.safety import Crisis, SiteSafety
from smartapp.sealed import Whose
from smartapp.web.safety import crisis_notice

APP = "https://app.example"
STEP = re.compile(r'href="(/launches/[^"]+/alerts/[^"]+)"')
BAR = "Answer to question 9 of the PHQ-9 needs action now"
KEPT = "What was done is in the record."
TYPES = ("Flag", "Task", "Communication")


@pytest.fixture
def first(coach):
    """The first page of a PHQ-9."""
    return coach.follow(coach.start("phq-9"))


def nine(coach, page):
    """The field of question 9, and what it offers from "Not at all" up."""
    offered = coach.form(page).offered
    name = next(name for name in offered if name.startswith("q/") and "44260" in name)
    return name, [one for one in offered[name] if one]


def answer(coach, page, level, go="next"):
    """Answer question 9 alone, as a page without a script sends it."""
    name, offered = nine(coach, page)
    return coach.send(coach.form(page), **{name: offered[level]}, go=go)


def patch(coach, page, level, sequence=1):
    """Answer it as the page's script does; the acknowledgement."""
    name, offered = nine(coach, page)
    form = coach.form(page)
    told = {"client": "tab", "sequence": sequence, "rebased": int(form.values["rebased"])}
    told |= {"fields": {name: [offered[level]]}, "revision": int(form.values["revision"])}
    headers = {"Referer": APP + coach.home, "X-CSRFToken": form.values["csrf_token"]}
    path = f"{page.request.path}/answers"
    return coach.http.patch(path, base_url=APP, json=told, headers=headers)


def step(coach, place=""):
    """The address of the step that the red bar leads to."""
    found = STEP.search(coach.get(place).text)
    return found[1].removeprefix(coach.home) if found else None


def respond(coach, place=None, **typed):
    """Fill in the step as it is meant to be."""
    usual = {"told_other": "Sam, on duty", "action.other": "yes", "outcome": "Safe at home."}
    return coach.fill(place or step(coach), **usual | typed)


def draft_of(page):
    return "assessments/" + page.request.path.split("/assessments/")[1].split("/")[0]


def key_of(page):
    return UUID(draft_of(page).removeprefix("assessments/"))


def codes(ehr, patient):
    return {type_: len(ehr.kept(type_, patient)) for type_ in TYPES}


def whole(coach, first):
    """Answer every question, nine with "Several days", respond, and submit."""
    form = coach.form(first)
    zeros = {n: next(o for o in some if o) for n, some in form.offered.items() if n[:2] == "q/"}
    name, offered = nine(coach, first)
    coach.send(form, **zeros | {name: offered[1]}, go="next")
    respond(coach)
    return coach.follow(coach.send(coach.open(f"{draft_of(first)}/review")))


class TestRaising:
    @pytest.mark.parametrize("level", [1, 2, 3])
    def test_any_answer_above_zero_leads_to_the_step_at_once(self, coach, first, level):
        """FACTS 3.1: at save of the answer, independent of the total, even if incomplete."""
        there = answer(coach, first, level)
        assert there.status_code == 303
        assert "/alerts/" in there.location
        assert unescape(coach.follow(there).text).count(BAR) >= 2

    def test_not_at_all_leads_on(self, coach, first):
        assert "/alerts/" not in answer(coach, first, 0).location
        assert step(coach) is None

    @pytest.mark.parametrize("go", ["next", "leave", None])
    def test_whichever_button_was_pressed(self, coach, first, go):
        assert "/alerts/" in answer(coach, first, 1, go).location

    def test_the_acknowledgement_of_the_script_says_it(self, coach, first):
        told = patch(coach, first, 1).get_json()
        assert told["alert"]["text"] == BAR
        assert told["alert"]["url"] == coach.home + step(coach)

    def test_an_answer_that_needs_nothing_is_acknowledged_alone(self, coach, first):
        assert "alert" not in patch(coach, first, 0).get_json()

    def test_two_tabs_raise_it_once(self, clinic, coach, first, ehr):
        tabs = [clinic.beside(coach) for _ in range(4)]
        work = [threading.Thread(target=patch, args=(tab, first, 1)) for tab in tabs]
        for one in work:
            one.start()
        for one in work:
            one.join()
        assert coach.see().count("Needs action") == 1
        assert codes(ehr, coach.patient) == {"Flag": 1, "Task": 1, "Communication": 0}

    def test_an_answer_taken_back_removes_nothing(self, coach, first):
        patch(coach, first, 2)
        patch(coach, first, 0, sequence=2)
        page = coach.see(step(coach))
        assert "More than half the days" in page
        assert "Changed since to" in page
        assert "Not at all" in page

    def test_a_higher_answer_is_the_one_that_is_told(self, coach, first):
        patch(coach, first, 1)
        patch(coach, first, 3, sequence=2)
        assert "Nearly every day" in coach.see(step(coach))

    def test_it_outlives_the_assessment(self, coach, first):
        patch(coach, first, 1)
        coach.fill(f"{draft_of(first)}/discard", reason="Wrong session.")
        assert step(coach)

    def test_it_is_told_to_the_supervisor_in_the_record(self, coach, staff, ehr):
        coach.enroll()
        patch(coach, coach.follow(coach.start("phq-9")), 1)
        (task,) = ehr.kept("Task", coach.patient)
        assert task["owner"]["reference"] in (
            f"Practitioner/{staff[name]}" for name in ("Sam", "Sue")
        )

    def test_an_answer_kept_before_a_server_died_is_found_on_the_program_page(
        self, clinic, coach, first
    ):
        name, offered = nine(coach, first)
        store = clinic.store
        drawer = Drawer(store.file.parent / "drafts.sqlite3", store.keys, clinic.clock)
        drafts = PatientDrafts(drawer, clinic.ehr.base, coach.patient)
        drafts.hear(key_of(first), 1, Change("tab", 1, {name: [offered[1]]}), Giver(Hand()))
        assert step(coach)

    def test_one_that_is_discarded_right_then_is_looked_at_first(self, clinic, coach, first):
        """The server died between answer and alert, and the page that followed discards both."""
        name, offered = nine(coach, first)
        discard, store = coach.open(f"{draft_of(first)}/discard"), clinic.store
        drawer = Drawer(store.file.parent / "drafts.sqlite3", store.keys, clinic.clock)
        drafts = PatientDrafts(drawer, clinic.ehr.base, coach.patient)
        drafts.hear(key_of(first), 1, Change("tab", 1, {name: [offered[1]]}), Giver(Hand()))
        coach.send(discard, reason="By mistake")
        assert step(coach)


class TestSeen:
    @pytest.mark.parametrize(
        "place", ["", "goals/new", "outcomes", "assessments/new", "outbox", f"alerts/{UUID(int=0)}"]
    )
    def test_every_page_of_the_patient_shows_the_bar(self, coach, first, place):
        patch(coach, first, 1)
        assert BAR in unescape(coach.get(place).text)

    def test_no_page_of_another_patient_does(self, coach, new_coach, new_patient, first):
        patch(coach, first, 1)
        other = new_coach(new_patient("Ben"))
        assert BAR not in unescape(other.get().text)
        assert other.get(step(coach)).status_code == 404

    def test_another_patients_launch_cannot_respond(self, coach, new_coach, new_patient, first):
        patch(coach, first, 1)
        other = new_coach(new_patient("Ben"))
        form = other.open("goals/new")
        form.action = other.home + step(coach)
        assert other.send(form, outcome="x").status_code == 404
        assert step(coach)

    def test_a_later_launch_and_another_user_see_it(self, coach, new_coach, patient, first):
        patch(coach, first, 1)
        assert step(new_coach(patient, user_name="Sue"))

    def test_it_is_seen_while_the_ehr_is_down(self, coach, first, ehr):
        coach.get()
        patch(coach, first, 1)
        place = step(coach)
        ehr.is_down = True
        assert BAR in unescape(coach.get().text)
        assert "What was done" in coach.see(place)


class TestStep:
    @pytest.fixture
    def place(self, coach, first):
        patch(coach, first, 1)
        return step(coach)

    def test_shows_the_exact_words_the_answer_when_and_by_whom(self, coach, place, content):
        page = coach.see(place)
        asked = next(i for i in content.instruments["phq-9"].items if "44260" in i.link_id)
        assert asked.text in page
        assert "Several days" in page
        assert "09:30" in page
        assert "Dana Coach" in page

    def test_what_was_given_on_paper_is_said_to_be_entered_then(self, coach):
        first = coach.follow(coach.start("phq-9", manner="paper", filled_on="2026-11-20"))
        answer(coach, first, 1)
        page = coach.see(step(coach))
        assert "on paper, entered by" in page
        assert "<dt>Entered</dt>" in page
        assert "<dt>Given</dt>" not in page

    def test_says_plainly_what_the_site_has_not_set(self, coach, place):
        page = coach.see(place)
        assert "has not set its protocol" in page
        assert "has not set any crisis contacts" in page

    def test_judges_nobodys_risk(self, coach, place):
        assert not re.search(r"(high|low|moderate|severe) risk", coach.see(place), re.I)

    def test_asks_for_everything_and_keeps_what_was_typed(self, coach, place):
        refused = coach.fill(place, outcome="She is safe.", told_at="")
        assert refused.status_code == 422
        page = unescape(refused.text)
        assert all(words in page for words in ("who was told", "Enter the time", "what was done"))
        assert coach.form(refused).values["outcome"] == "She is safe."
        assert step(coach)

    def test_the_people_of_the_enrollment_can_be_ticked(self, coach, staff):
        coach.enroll()
        patch(coach, coach.follow(coach.start("phq-9")), 1)
        form = coach.open(step(coach))
        (field,) = (name for name in form.offered if name.startswith("told.Practitioner"))
        respond(coach, told_other="", **{field: "yes"})
        assert "Thorn" in coach.see("")

    def test_what_was_done_leads_back_into_the_assessment(self, coach, first, place):
        page = coach.follow(respond(coach))
        assert draft_of(first) in page.request.path
        assert KEPT in page.text
        assert step(coach, "goals/new") is None

    def test_the_way_back_leads_to_the_questionnaire_that_was_asked(self, coach):
        peg = coach.start("peg", "phq-9")
        answer(coach, coach.follow(coach.answer(peg, 6)), 1)
        back = re.search(r'href="([^"]+)"[^>]*>Back to the answers', coach.see(step(coach)))
        assert "PHQ-9" in coach.see(back[1].removeprefix(coach.home))

    def test_the_alert_then_says_what_was_done_by_whom_and_when(self, coach, place):
        respond(coach)
        page = coach.see(place)
        assert all(words in page for words in ("Sam, on duty", "Safe at home.", "Dana Coach"))
        assert "needs action" not in page
        assert "does not see it" not in page

    def test_it_is_in_the_record_and_ended_there(self, coach, ehr, place):
        respond(coach)
        assert codes(ehr, coach.patient) == dict.fromkeys(TYPES, 1)
        assert ehr.kept("Flag", coach.patient)[0]["status"] == "inactive"
        assert ehr.kept("Task", coach.patient)[0]["status"] == "completed"

    def test_sent_twice_it_is_saved_once(self, coach, ehr, place):
        form = coach.open(place)
        typed = {"told_other": "Sam", "action.other": "yes", "outcome": "Safe."}
        answers = [coach.send(form, **typed) for _ in range(2)]
        assert [one.status_code for one in answers] == [303, 303]
        assert len(ehr.kept("Communication", coach.patient)) == 1

    def test_a_second_response_from_another_tab_is_refused_and_shown_again(self, coach, place):
        forms = [coach.open(place) for _ in range(2)]
        typed = {"told_other": "Sam", "action.other": "yes"}
        coach.send(forms[0], outcome="First.", **typed)
        refused = coach.send(forms[1], outcome="Second.", **typed)
        assert refused.status_code == 422
        assert "Second." in refused.text
        assert "First." in coach.see(place)


class TestBlocking:
    @pytest.fixture
    def answered(self, coach, first):
        """A whole PHQ-9 with an answer that needs action; its form for the review."""
        form = coach.open(f"{draft_of(first)}/review")
        patch(coach, first, 1)
        return form

    def test_the_assessment_is_not_submitted_and_nothing_of_it_is_lost(
        self, coach, first, ehr, answered
    ):
        there = coach.send(answered)
        assert "/alerts/" in there.location
        assert "The assessment is not submitted yet" in unescape(coach.follow(there).text)
        assert ehr.kept("QuestionnaireResponse", coach.patient) == []
        name, offered = nine(coach, first)
        assert coach.open(f"{draft_of(first)}/1").values[name] == offered[1]

    def test_after_the_response_it_is(self, coach, ehr, first):
        whole(coach, first)
        assert len(ehr.kept("QuestionnaireResponse", coach.patient)) == 1

    @pytest.mark.parametrize("way", ["complete", "withdraw"])
    def test_the_enrollment_cannot_be_ended(self, coach, ehr, way):
        coach.enroll()
        (plan,) = ehr.kept("CarePlan", coach.patient)
        patch(coach, coach.follow(coach.start("phq-9")), 1)
        form = coach.open(f"enrollment/{plan['id']}/{way}")
        refused = coach.send(form, reason=form.offered["reason"][0], note="Moves away.")
        assert refused.status_code == 422
        assert "nobody has recorded any" in unescape(refused.text)
        assert coach.form(refused).values["note"] == "Moves away."
        assert ehr.kept("CarePlan", coach.patient)[0]["status"] == "active"

    def test_after_the_response_it_can(self, coach, ehr):
        coach.enroll()
        (plan,) = ehr.kept("CarePlan", coach.patient)
        patch(coach, coach.follow(coach.start("phq-9")), 1)
        respond(coach)
        form = coach.open(f"enrollment/{plan['id']}/withdraw")
        coach.send(form, reason=form.offered["reason"][0])
        assert ehr.kept("CarePlan", coach.patient)[0]["status"] == "revoked"


class TestTrouble:
    @pytest.mark.parametrize("status", [403, 405, 422])
    def test_an_ehr_that_refuses_them_leaves_the_alert_seen_and_the_response_kept(
        self, coach, ehr, first, status
    ):
        ehr.refused = {("POST", type_): status for type_ in ("", *TYPES)}
        patch(coach, first, 1)
        place = step(coach)
        assert place
        assert respond(coach).status_code == 303
        assert codes(ehr, coach.patient) == dict.fromkeys(TYPES, 0)
        assert "Safe at home." in coach.see(place)
        assert "who reads only the chart does not see it" in coach.see(place)
        assert step(coach, "goals/new") is None

    def test_an_ehr_that_is_down_holds_up_nothing_and_is_told_later(self, coach, ehr, first):
        coach.get()
        patch(coach, first, 0)
        ehr.is_down = True
        patch(coach, first, 1, sequence=2)
        place = step(coach, "outbox")
        respond(coach, place)
        assert "Safe at home." in coach.see(place)
        ehr.is_down = False
        coach.see()
        coach.see()
        assert codes(ehr, coach.patient) == dict.fromkeys(TYPES, 1)
        assert ehr.kept("Flag", coach.patient)[0]["status"] == "inactive"

    def test_what_could_not_be_kept_for_the_record_can_be_saved_again(
        self, clinic, coach, ehr, first
    ):
        patch(coach, first, 1)
        place = step(coach)
        respond(coach)
        forget(clinic, coach)
        assert "not in the record yet" in coach.see(place)
        coach.send(coach.open(place))
        assert "not in the record yet" not in coach.see(place)
        assert len(ehr.kept("Communication", coach.patient)) == 1

    def test_nothing_of_a_patient_is_in_the_audit_trail(self, clinic, coach, first):
        patch(coach, first, 1)
        respond(coach)
        folder = clinic.store.file.parent / "audit"
        told = "".join(path.read_text() for path in sorted(folder.iterdir()))
        steps = [step for step in ("raised", "handled") if f"safety-alert-{step}" in told]
        assert steps == ["raised", "handled"]
        assert "Several days" not in told
        assert "Safe at home." not in told


def forget(clinic, coach):
    """Make the alerts forget that the record has the response."""
    store = clinic.store
    ledger = Ledger(store.file.parent / "alerts.sqlite3", store.keys)
    with ledger.opened(Whose(clinic.ehr.base, coach.patient)) as entries:
        for alert in entries.all():
            entries.put(replace(alert, is_recorded=False))


class TestAlone:
    """A patient alone with the device: help at once, and nothing of the chart."""

    @pytest.fixture
    def alone(self, coach, first):
        pins = {"pin": "2468", "pin_again": "2468"}
        return coach.follow(coach.fill(f"{draft_of(first)}/hand-over", **pins))

    def test_help_is_on_the_page_before_it_is_needed_and_hidden(self, alone):
        assert re.search(r"data-crisis[^>]* hidden", alone.text)

    def test_the_page_itself_knows_which_options_need_it(self, coach, first, alone):
        """A connection may be lost just then."""
        name, offered = nine(coach, alone)
        (told,) = re.findall(r"data-watch='([^']*)'", alone.text)
        assert json.loads(unescape(told)) == {name: offered[1:]}
        assert "data-alarm" in first.text
        assert "data-alarm" not in alone.text

    def test_the_acknowledgement_switches_it_on_and_names_no_alert(self, coach, alone):
        told = patch(coach, alone, 1).get_json()
        assert told["crisis"] is True
        assert "alert" not in told
        assert patch(coach, alone, 0, sequence=2).get_json()["crisis"] is True

    def test_nothing_is_switched_on_by_not_at_all(self, coach, alone):
        assert patch(coach, alone, 0).get_json()["crisis"] is False

    def test_without_a_script_the_next_page_shows_it(self, coach, alone):
        page = coach.follow(answer(coach, alone, 1))
        assert "data-crisis" in page.text
        assert not re.search(r"data-crisis[^>]* hidden", page.text)
        assert "Nobody watches these answers" in page.text

    def test_the_patient_sees_no_bar_and_no_step(self, coach, alone):
        page = coach.follow(answer(coach, alone, 1))
        assert BAR not in unescape(page.text)
        assert coach.get(f"alerts/{UUID(int=0)}").status_code == 423

    def test_the_contacts_are_those_of_the_patients_locale(self, clinic, coach, alone):
        crisis = {"en-US": Crisis("en-US", "Get help.", ("Call 988",))}
        with clinic.app.test_request_context():
            g.opened = SimpleNamespace(safety=SiteSafety("", "en-US", crisis))
            assert "Call 988" in crisis_notice("en-US")

    def test_who_unlocks_the_device_is_led_to_the_step(self, coach, alone):
        answer(coach, alone, 1)
        coach.post(f"{coach.home}lock", csrf_token=coach.form(alone).values["csrf_token"])
        locked = coach.get()
        there = coach.follow(coach.send(coach.form(locked), pin="2468"))
        assert "needs action now" in there.text
        assert "by the patient alone" in there.text


class TestElsewhere:
    @pytest.fixture
    def recorded(self, coach, ehr):
        """A PHQ-9 item 9 that another system recorded."""
        several = {"system": names.LOINC, "code": "LA6569-3"}
        code = {"coding": [{"system": names.LOINC, "code": "44260-8"}]}
        ehr.create(
            "Observation",
            status="final",
            code=code,
            subject={"reference": f"Patient/{coach.patient}"},
            effectiveDateTime="2026-11-01T10:00:00Z",
            valueCodeableConcept={"coding": [several]},
        )
        page = coach.see()
        return STEP.search(page)[1].removeprefix(coach.home)

    def test_is_told_on_the_program_page_with_its_day(self, coach, recorded):
        page = coach.see()
        assert "recorded elsewhere, not handled here" in page
        assert "1 November 2026" in page

    def test_blocks_nothing(self, coach, recorded):
        assert "needs action now</a>" not in coach.see("goals/new")

    def test_a_response_to_it_is_recorded_and_it_is_listed_no_more(self, coach, ehr, recorded):
        respond(coach, recorded)
        page = coach.see()
        assert "recorded elsewhere, not handled here" not in page
        assert "Responded to" in page
        assert len(ehr.kept("Communication", coach.patient)) == 1

    def test_an_answer_of_ours_is_not_told_twice(self, coach, first):
        whole(coach, first)
        assert "recorded elsewhere" not in coach.see()

    def test_one_of_ours_that_was_made_higher_elsewhere_is_told(self, coach, ehr, first):
        """What was done about "several days" was not done about "nearly every day"."""
        whole(coach, first)
        (response,) = ehr.kept("QuestionnaireResponse", coach.patient)
        said = json.dumps(response["item"], default=str).replace("LA6569-3", "LA6571-9")
        ehr.change("QuestionnaireResponse", response["id"], item=json.loads(said))
        assert "recorded elsewhere, not handled here" in coach.see()


class TestPrompts:
    def test_a_very_low_confidence_is_worth_a_thought_and_holds_up_nothing(self, coach):
        page = unescape(coach.follow(coach.assess(pseq=0)).text)
        assert "Very low confidence in coping with pain" in page
        assert "Very low confidence in coping with pain" in coach.see()

    def test_getting_worse_is_told_with_its_source(self, coach):
        coach.assess(peg=3)
        coach.assess(peg=8, occasion="follow-up", session_number="")
        assert "for the worse" in coach.see()

    def test_nothing_is_worth_a_thought_by_itself(self, coach):
        coach.assess(peg=3)
        assert "Worth a thought" not in coach.see()


def test_the_bar_is_a_link_before_everything_else(coach, first):
    """So that the keyboard finds it first, and no script is needed."""
    patch(coach, first, 1)
    page = coach.get("goals/new").text
    assert page.index("data-alert-bar") < page.index('id="main"')
