"""Changes typed while the EHR is down, or the outbox is: kept, and never over somebody else's.

The form carries the version it was shown at; what was shown is remembered with the launch.
"""

from dataclasses import replace
from html import unescape

import pytest
from cryptography.fernet import Fernet

from smartapp.app import create_app
from smartapp.config import Config, Site

TYPED = {
    "words": ("goals/{}/edit", "Goal", {"text": "Swim"}),
    "progress": ("goals/{}/progress", "Goal", {"achievement": "improving", "note": "Good"}),
    "exit": ("enrollment/{}/complete", "CarePlan", {"reason": "finished", "note": "Well"}),
}


class Change:
    """A form that was opened while the EHR was there."""

    def __init__(self, coach, ehr, kind):
        self.coach, self.ehr = coach, ehr
        place, self.type, self.typed = TYPED[kind]
        coach.enroll() if kind == "exit" else coach.add_goal("Walk")
        self.form = coach.open(place.format(self.kept()["id"]))

    def kept(self):
        (found,) = self.ehr.kept(self.type, self.coach.patient)
        return found

    def send_while_down(self, **typed):
        self.ehr.is_down = True
        answer = self.coach.send(self.form, **self.typed | typed)
        self.ehr.is_down = False
        return answer

    def says(self):
        """The note or the words, and the version."""
        kept = self.kept()
        said = [note["text"] for note in kept.get("note", [])]
        said += [kept["description"]["text"]] if self.type == "Goal" else [kept["status"]]
        return said, kept["meta"]["versionId"]


ENROLLING = {"red_flags_checked": "yes", "planned_sessions": "7", "red_flags_cleared": "Dr Osei"}
SAYS = {"words": ["Swim"], "progress": ["Good", "Walk"], "exit": ["Well", "completed"]}


@pytest.fixture(params=TYPED)
def kind(request):
    return request.param


@pytest.fixture
def change(coach, ehr, kind):
    return Change(coach, ehr, kind)


def waiting(coach):
    page = coach.see("outbox")
    return "Waiting to be sent" in page, "Not accepted" in page


def test_a_change_typed_while_the_ehr_is_down_is_said_to_wait(change):
    answer = change.send_while_down()
    assert answer.status_code == 503
    assert "waits to be saved" in answer.text
    assert waiting(change.coach) == (True, False)


def test_it_is_made_by_the_next_page(change, kind):
    change.send_while_down()
    change.coach.see()
    assert change.says() == (SAYS[kind], "2")
    assert waiting(change.coach) == (False, False)


def test_sending_it_again_makes_it_once(change, kind):
    answer = change.send_while_down()
    assert change.coach.send(change.coach.form(answer)).status_code == 303
    change.coach.see()
    assert change.says() == (SAYS[kind], "2")


def test_what_was_typed_last_counts(coach, ehr):
    change = Change(coach, ehr, "words")
    change.send_while_down(text="Swim")
    change.send_while_down(text="Dance")
    coach.see()
    assert change.says() == (["Dance"], "2")


def test_it_never_goes_over_what_somebody_else_wrote_meanwhile(change):
    change.send_while_down()
    change.ehr.change(change.type, change.kept()["id"], note=[{"text": "Theirs"}])
    theirs = change.says()
    change.coach.see()
    assert change.says() == theirs
    assert waiting(change.coach) == (False, True)
    assert "Somebody else changed the entry first." in change.coach.see("outbox")


def test_an_exit_that_waited_ends_the_team_too(coach, ehr):
    Change(coach, ehr, "exit").send_while_down()
    coach.see()
    assert [team["status"] for team in ehr.kept("CareTeam", coach.patient)] == ["inactive"]


def test_a_version_that_was_never_shown_is_not_kept(change):
    change.form.values["version"] = "17"
    answer = change.send_while_down()
    assert "waits to be saved" not in answer.text
    assert "What you typed is still below" in answer.text


def test_what_breaks_a_rule_is_said_and_not_kept(coach, ehr):
    answer = Change(coach, ehr, "words").send_while_down(text=" ")
    assert answer.status_code == 422
    assert waiting(coach) == (False, False)


def test_the_record_is_remembered_for_a_few_forms_only(coach, ehr, patient):
    for number in range(8):
        coach.add_goal(f"Goal {number}")
    forms = [coach.open(f"goals/{goal['id']}/edit") for goal in ehr.kept("Goal", patient)]
    ehr.is_down = True
    answers = [coach.send(form, text="Swim").text for form in forms]
    assert ["waits to be saved" in text for text in answers] == [False] * 2 + [True] * 6


def test_a_change_that_nobody_made_is_not_kept(coach, ehr):
    change = Change(coach, ehr, "words")
    change.send_while_down(text="Walk")
    assert waiting(coach) == (False, False)


def test_a_goal_set_while_the_ehr_is_down_is_named_in_the_enrollment_later(coach, ehr, patient):
    coach.enroll()
    form = coach.open("goals/new")
    ehr.is_down = True
    coach.send(form, text="Walk", due="2027-01-04", importance="8", confidence="6")
    ehr.is_down = False
    coach.see()
    (plan,), (goal,) = ehr.kept("CarePlan", patient), ehr.kept("Goal", patient)
    assert [one["reference"] for one in plan["goal"]] == [f"Goal/{goal['id']}"]


class TestAnEnrollmentTypedWhileTheRecordCannotBeRead:
    """It is offered again to who typed it, as it was, and enrolls nobody by itself."""

    @pytest.fixture
    def refused(self, coach, ehr):
        """The answer to a form that somebody filled in while the EHR was down."""
        form = coach.form(coach.fill("enrollment/new", supervisor_search="Thorn", find="any"))
        supervisor = form.offered["supervisor"][0]
        ehr.is_down = True
        answer = coach.send(form, consent="yes", supervisor=supervisor, **ENROLLING)
        ehr.is_down = False
        return answer

    def test_is_said_to_be_kept_and_to_enroll_nobody(self, refused):
        assert refused.status_code == 503
        assert "kept for you on the program's server for 30 days" in unescape(refused.text)

    def test_is_found_again_as_it_was_typed(self, coach, refused):
        page = coach.get("enrollment/new")
        assert "You filled this in on" in page.text
        assert "at 09:30, while the record could not be read" in page.text
        shown, was = coach.form(page).values, coach.form(refused).values
        typed = {name: text for name, text in was.items() if text and name != "csrf_token"}
        assert typed.items() <= shown.items()

    def test_is_on_the_program_page_and_nothing_is_in_the_record(self, coach, ehr, refused):
        assert "Check it and enroll" in coach.see()
        assert ehr.kept("CarePlan", coach.patient) == []

    def test_once_sent_enrolls_once_and_is_not_offered_any_more(self, coach, ehr, refused):
        assert coach.send(coach.open("enrollment/new")).status_code == 303
        (plan,) = ehr.kept("CarePlan", coach.patient)
        assert plan["status"] == "active"
        assert "You filled in" not in coach.see()

    def test_is_offered_to_nobody_else_and_for_nobody_else(
        self, clinic, coach, new_coach, new_patient, staff, refused
    ):
        other_user = clinic.coach(coach.patient, user=f"Practitioner/{staff['Sam']}")
        for other in (other_user, new_coach(new_patient())):
            assert "You filled" not in other.see() + other.see("enrollment/new")

    @pytest.mark.parametrize(
        ("subject", "is_offered"), [("one", True), ("another", False), ("", False)]
    )
    def test_is_offered_by_the_tokens_own_name_where_the_ehr_names_nobody(
        self, clinic, new_patient, ehr, subject, is_offered
    ):
        patient = new_patient()
        nameless = clinic.coach(patient, user=None, subject="one")
        form = nameless.open("enrollment/new")
        ehr.is_down = True
        assert "kept for you" in unescape(nameless.send(form, **ENROLLING).text)
        ehr.is_down = False
        page = clinic.coach(patient, user=None, subject=subject).see("enrollment/new")
        assert ("You filled" in page) == is_offered

    def test_is_forgotten_when_asked(self, coach, refused):
        token = coach.open("enrollment/new").values["csrf_token"]
        coach.post(f"{coach.home}enrollment/forget", csrf_token=token)
        assert "You filled" not in coach.see() + coach.see("enrollment/new")

    def test_enrolled_by_somebody_meanwhile_is_said_and_doubles_nothing(
        self, clinic, coach, ehr, staff, refused
    ):
        sue, sam = (f"Practitioner/{staff[name]}" for name in ("Sue", "Sam"))
        assert clinic.coach(coach.patient, user=sue).enroll(supervisor=sam).status_code == 303
        assert "the patient has been enrolled since" in coach.see()
        assert coach.send(coach.form(refused)).status_code == 422
        assert len(ehr.kept("CarePlan", coach.patient)) == 1

    def test_is_kept_too_when_the_time_in_the_chart_has_ended(self, clinic, ehr, patient, staff):
        late = clinic.coach(patient, user=f"Practitioner/{staff['Dana']}")
        form = late.open("enrollment/new")
        ehr.refused = {("GET", kind): 401 for kind in ("CarePlan", "Condition", "Patient")}
        assert "kept for you" in unescape(late.send(form, **ENROLLING).text)

    def test_what_breaks_a_rule_is_only_shown(self, coach):
        assert "kept for you" not in unescape(coach.fill("enrollment/new").text)
        assert "You filled" not in coach.see()


class TestWhoMadeIt:
    """The entry is saved, and what follows from it is not."""

    @pytest.fixture
    def page(self, coach, ehr):
        ehr.refused = {("POST", "Provenance"): 400}
        assert coach.add_goal("Walk").status_code == 303
        return coach.see()

    def test_is_shown_when_it_is_refused(self, page):
        assert "Who made an entry" in page
        assert "The entry itself is in the record. The EHR does not accept it." in page

    def test_can_be_read(self, coach, page):
        address = next(p for p in page.split('"') if "/outbox/" in p and "retry" not in p)
        shown = coach.see(address.removeprefix(coach.home))
        assert "Goal" in shown
        assert "Dana Coach" in shown

    def test_is_sent_by_retrying(self, coach, ehr, page):
        ehr.refused = {}
        address = next(p for p in page.split('"') if p.endswith("/retry"))
        token = coach.open("goals/new").values["csrf_token"]
        coach.post(address, csrf_token=token)
        assert "Who made an entry" not in coach.see()


class TestAnOutboxThatCannotBeUsed:
    @pytest.fixture
    def coach(self, clinic, ehr, patient, staff, content, tmp_path):
        """A launch of an app whose outbox is no database any more."""
        site = Site("Clinic", ehr.base, "our-client")
        config = Config("https://app.example", tmp_path, (site,), (Fernet.generate_key(),))
        app = create_app(config, content, clinic.clock)
        (tmp_path / "outbox.sqlite3").write_bytes(b"no database at all" * 1000)
        return replace(clinic, app=app).coach(patient, user=f"Practitioner/{staff['Dana']}")

    def test_is_told_on_the_form_that_could_not_be_saved(self, coach, ehr):
        form = coach.open("goals/new")
        ehr.is_down = True
        answer = coach.send(form, text="Walk", due="2027-01-04", importance="8", confidence="6")
        assert "could not be kept to be sent later" in answer.text
        assert coach.form(answer).values["text"] == "Walk"

    def test_is_told_on_the_program_page_and_the_outbox(self, coach):
        assert "The program's outbox cannot be used." in coach.see()
        page = coach.see("outbox")
        assert "The program's outbox cannot be used." in page
        assert "Nothing waits" not in page

    def test_is_told_where_a_change_cannot_be_kept(self, change):
        assert "could not be kept to be sent later" in change.send_while_down().text

    def test_stops_nobody(self, coach, ehr, patient):
        assert coach.add_goal("Walk").status_code == 303
        assert len(ehr.kept("Goal", patient)) == 1
        assert ehr.store.search(
            "Provenance", {"target": f"Goal/{ehr.kept('Goal', patient)[0]['id']}"}
        )
