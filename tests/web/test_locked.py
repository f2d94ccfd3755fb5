"""A device whose launch ended while a patient had it: no chart opens until staff unlock it."""

from html import unescape
from uuid import UUID

import pytest

from smartapp.launch.handover import TRIES
from smartapp.launch.lock import MARK
from smartapp.launch.witness import Event, Step
from smartapp.parts import returned
from smartapp.web.device import LOCKED

APP = "https://app.example"
PIN = "2580"
WAYS_IN = ("/standalone", "/standalone?site=Clinic", "/launch?iss=x&launch=y", "/callback?state=x")


class Closed:
    """A browser whose launch is over while the device is with a patient."""

    def __init__(self, coach):
        self.coach, self.http = coach, coach.http
        page = coach.follow(coach.start("peg"))
        self.place = "assessments/" + page.request.path.split("/")[4]
        coach.fill(f"{self.place}/hand-over", pin=PIN, pin_again=PIN)

    def get(self, path):
        return self.http.get(path, base_url=APP)

    def unlock(self, pin=PIN):
        return self.coach.send(self.coach.form(self.get("/unlock")), pin=pin)

    @property
    def code(self):
        return self.get("/unlock").text.split("and type <strong>")[1].split("<")[0]


@pytest.fixture
def closed(clinic, coach):
    """Nobody used it for a day."""
    device = Closed(coach)
    clinic.clock.forward(hours=24)
    return device


@pytest.fixture
def guessed(coach):
    """Somebody typed five wrong PINs."""
    device = Closed(coach)
    for _ in range(TRIES):
        device.last = coach.fill("lock", pin="0000")
    return device


@pytest.mark.parametrize("path", [*WAYS_IN, "/", "/nowhere"])
def test_nothing_opens_there(closed, path):
    told = closed.get(path)
    assert told.status_code == LOCKED
    assert "For staff" in told.text
    assert "Location" not in told.headers


def test_also_not_the_chart_that_was_open(closed):
    for place in ("", "lock", f"{closed.place}/1", "goals/new"):
        assert closed.coach.get(place).status_code == LOCKED


def test_an_answer_of_the_ehr_on_its_way_is_not_heard(clinic, coach, patient, ehr):
    """The patient asked for a launch before the clinician handed over, or another tab did."""
    http = coach.http
    ehr.granted["patient"] = patient
    clinic.begin(http)
    Closed(coach)
    clinic.clock.forward(minutes=9)
    clinic.store.end(coach.handle)
    assert clinic.back(http).status_code == LOCKED


def test_another_browser_goes_on(closed, new_coach, patient):
    assert new_coach(patient).get().status_code == 200


def test_the_pin_frees_it_and_the_draft_goes_on(closed, new_coach, patient):
    assert "The device is unlocked" in closed.unlock().text
    assert closed.http.get_cookie(MARK, domain="app.example") is None
    again = new_coach(patient, closed.http)
    assert again.get(f"{closed.place}/1").status_code == 200


def test_a_wrong_pin_leaves_it_locked(closed):
    told = closed.unlock("0000")
    assert told.status_code == LOCKED
    assert "That is not the PIN" in told.text
    assert closed.get("/standalone").status_code == LOCKED


def test_the_fifth_wrong_pin_says_what_comes(guessed):
    assert guessed.last.status_code == 401
    assert "looked at again in 1 minute." in guessed.last.text
    assert guessed.code in guessed.last.text


def test_a_right_pin_too_early_is_told_to_wait(guessed, clinic):
    assert "too early" in guessed.unlock().text
    clinic.clock.forward(seconds=61)
    assert guessed.unlock().status_code == 200


def test_a_page_of_another_site_cannot_try_pins(closed):
    told = closed.http.post("/unlock", base_url=APP, data={"pin": PIN})
    assert told.status_code == 400
    assert closed.get("/standalone").status_code == LOCKED


def test_the_lock_says_nothing_of_anybody(closed):
    for path in ("/unlock", "/standalone"):
        text = closed.get(path).text
        assert not any(word in text for word in ("Quillfeather", "MRN", "Dana", "PEG"))


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_a_lock_its_page_leads_to_the_sign_in(clinic, method):
    clinic.app.config["WTF_CSRF_ENABLED"] = False
    told = getattr(clinic.browser(), method)("/unlock", base_url=APP)
    clinic.app.config["WTF_CSRF_ENABLED"] = True
    assert (told.status_code, told.location) == (303, "/")


def test_while_the_launch_is_open_its_own_page_unlocks(coach):
    device = Closed(coach)
    assert device.get("/unlock").location == f"{coach.home}lock"


class TestFromAnotherDevice:
    @pytest.fixture
    def desk(self, new_coach, new_patient):
        """Somebody in another chart, on another device."""
        return new_coach(new_patient("Berta", "Other"))

    def test_its_code_frees_it(self, guessed, desk):
        told = desk.fill("device", code=guessed.code.lower())
        assert "The other device is unlocked" in desk.follow(told).text
        assert guessed.get("/standalone").status_code == 200

    @pytest.mark.parametrize("code", ["", "AAAA-AAAA", "x" * 500])
    def test_another_code_frees_nothing(self, guessed, desk, code):
        told = desk.fill("device", code=code)
        assert told.status_code == 422
        assert "No device of this clinic" in told.text
        assert guessed.get("/standalone").status_code == LOCKED

    @pytest.mark.parametrize("user", ["Patient/1", "RelatedPerson/1"])
    def test_only_staff_free_it(self, guessed, new_coach, new_patient, user):
        desk = new_coach(new_patient("Berta", "Other"), user=user)
        assert "Only staff" in desk.fill("device", code=guessed.code).text
        assert guessed.get("/standalone").status_code == LOCKED

    def test_whom_the_ehr_does_not_name_not_from_the_patients_own_chart(
        self, guessed, new_coach, patient
    ):
        """A patient may launch for themselves, on a phone of theirs, and no EHR need say so."""
        own = new_coach(patient, user=None)
        assert "from another patient's chart" in unescape(
            own.fill("device", code=guessed.code).text
        )
        assert guessed.get("/standalone").status_code == LOCKED

    def test_a_clinician_whom_it_names_also_from_that_chart(self, guessed, new_coach, patient):
        named = new_coach(patient, user="Practitioner/8")
        assert named.fill("device", code=guessed.code).status_code == 303

    def test_is_offered_at_the_end_of_the_program_page(self, desk):
        assert f'href="{desk.home}device"' in desk.see()


@pytest.mark.parametrize("draft", ["", str(UUID(int=1))], ids=["made before", "gone"])
def test_a_device_comes_back_also_where_nothing_is_left_to_say_when(clinic, draft, caplog):
    """A lock made before it knew its draft, and a draft that nobody has: staff are not kept out."""
    told = Event(Step.UNLOCKED, "Clinic", clinic.ehr.base, patient="p1")
    returned(clinic.config, clinic.clock)(told, draft)
    assert ("is not kept" in caplog.text) is bool(draft)
