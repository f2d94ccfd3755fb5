"""A device in the patient's hands: the questions and nothing else, until the PIN is typed."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug.routing import Map

from smartapp.launch.handover import IDLE, TRIES
from smartapp.launch.isolation import COOKIE
from smartapp.launch.lock import Locks
from smartapp.web.device import LOCKED
from smartapp.web.tablet import ANYBODY, PATIENT

APP = "https://app.example"
PIN = "2580"
LOCK = "This device is locked"
CHART = ("Quillfeather", "Ada", "MRN-4711", "1961", "Dana Coach", "Walk to the shop")
"""What of the chart a patient's page must not say."""


class Device:
    """A coach's browser with an assessment in it, handed to the patient."""

    def __init__(self, coach, slug="peg"):
        self.coach = coach
        self.page = coach.follow(coach.start(slug))
        self.place = "assessments/" + self.page.request.path.split("/")[4]

    def hand_over(self, **typed):
        usual = {"pin": PIN, "pin_again": PIN}
        return self.coach.fill(f"{self.place}/hand-over", **usual | typed)

    def unlock(self, pin=PIN):
        return self.coach.fill("lock", pin=pin)

    def is_locked(self, answered):
        return answered.status_code == LOCKED and LOCK in answered.text

    def cookie(self):
        return self.coach.http.get_cookie(COOKIE + self.coach.handle, domain="app.example").value


@pytest.fixture
def device(coach):
    return Device(coach)


@pytest.fixture
def handed(device):
    """A device whose coach has seen the program page, and has handed it over."""
    device.coach.add_goal()
    assert device.hand_over().status_code == 303
    return device


@pytest.fixture
def translated(clinic):
    """The first question of PEG in Spanish, as a site's own copy may have it."""
    forms, peg = clinic.content.forms, clinic.content.instruments["peg"]
    before, words = forms[f"{peg.url}|{peg.version}"], "¿Cuánto le duele?"
    asked = next(item for item in before.items if item.link_id == "pain")
    text = replace(asked.text, translations={"es": words})
    items = [replace(i, text=text) if i is asked else i for i in before.items]
    forms[before.canonical] = replace(before, items=tuple(items))
    yield words
    forms[before.canonical] = before


def addresses(app, handle):
    """Every rule of the app as (method, path, endpoint), filled in for this launch."""
    values = {"handle": handle, "name": "EhrError", "filename": "app.css", "number": 1}
    found = []
    for rule in app.url_map.iter_rules():
        given = {name: values.get(name, "7") for name in rule.arguments}
        if "key" in given:
            given["key"] = "00000000-0000-4000-8000-000000000000"
        path = Map([rule.empty()]).bind("app.example").build(rule.endpoint, given)
        found += [(method, path, rule.endpoint) for method in sorted(rule.methods - {"OPTIONS"})]
    return found


class TestEveryAddress:
    def test_answers_with_the_lock_screen_whatever_it_is(self, clinic, handed):
        """The map of the app is walked, so that a new page is locked before it is written."""
        open_to_all = ANYBODY | {"systems.jwks"}
        seen = 0
        for method, path, endpoint in addresses(clinic.app, handed.coach.handle):
            if endpoint in open_to_all:
                continue
            answered = handed.coach.http.open(path, method=method, base_url="https://app.example")
            assert answered.status_code == LOCKED, (method, path)
            assert method == "HEAD" or LOCK in answered.text, (method, path)
            assert not any(word in answered.text for word in CHART), (method, path)
            seen += 1
        assert seen > 50

    def test_is_locked_for_the_same_draft_too_but_for_the_questions(self, clinic, handed):
        key = handed.place.split("/")[1]
        for method, path, endpoint in addresses(clinic.app, handed.coach.handle):
            if "00000000-" not in path or endpoint in PATIENT | {"pages.show_review"}:
                continue
            path = path.replace("00000000-0000-4000-8000-000000000000", key)
            answered = handed.coach.http.open(path, method=method, base_url="https://app.example")
            assert answered.status_code == LOCKED, (method, path)

    @pytest.mark.parametrize("path", ["nowhere", "assessments/../", "//", "assessments/%2e%2e/"])
    def test_also_one_that_does_not_exist(self, handed, path):
        assert handed.is_locked(handed.coach.get(path))

    @pytest.mark.parametrize("path", ["/standalone", "/launch?iss=x&launch=y", "/callback", "/"])
    def test_no_other_chart_can_be_opened_in_this_browser(self, handed, path):
        answered = handed.coach.http.get(path, base_url="https://app.example")
        assert handed.is_locked(answered)

    def test_is_never_kept_by_the_browser(self, handed):
        for place in ("", "lock", f"{handed.place}/1", f"{handed.place}/finished"):
            assert handed.coach.get(place).headers["Cache-Control"] == "no-store"
        assert handed.coach.get("lock").status_code == 200

    def test_of_a_page_opened_before_saves_nothing(self, device, ehr, patient):
        form = device.coach.open("goals/new")
        device.hand_over()
        assert device.is_locked(device.coach.send(form, text="A goal of nobody's"))
        assert not ehr.kept("Goal", patient)

    def test_of_another_draft_keeps_nothing(self, coach, device):
        other = Device(coach)
        device.hand_over()
        told = {"client": "x", "sequence": 1, "rebased": 0, "fields": {"q/pain": ["3"]}}
        path = f"{coach.home}{other.place}/1/answers"
        headers = {"Referer": "https://app.example" + coach.home}
        answered = coach.http.patch(
            path, base_url="https://app.example", json=told, headers=headers
        )
        assert answered.status_code == LOCKED


class TestThePatient:
    def test_sees_the_questions_and_nothing_of_the_chart(self, handed):
        for place in (f"{handed.place}/1", f"{handed.place}/finished", "lock"):
            page = handed.coach.get(place)
            assert page.status_code == 200
            assert not any(word in page.text for word in CHART), place
            assert "/goals" not in page.text

    def test_is_told_that_nobody_watches(self, handed):
        assert "not watched in real time" in handed.coach.see(f"{handed.place}/1")

    def test_answers_and_comes_to_the_end_but_not_to_the_review(self, handed, ehr, patient):
        coach = handed.coach
        answered = coach.answer(coach.get(f"{handed.place}/1"), 6)
        page = coach.follow(coach.http.get(answered.location, base_url="https://app.example"))
        assert "Thank you" in page.text
        assert "without an answer" not in page.text
        assert handed.is_locked(coach.post(f"{coach.home}{handed.place}/submit"))
        kept = ehr.kept("QuestionnaireResponse", patient)
        assert [one["status"] for one in kept] == ["in-progress"]

    def test_is_told_what_has_no_answer(self, handed):
        coach = handed.coach
        coach.answer(coach.get(f"{handed.place}/1"), 6, pain=None)
        page = coach.see(f"{handed.place}/finished")
        assert "Questions without an answer: 1" in page
        assert "PEG pain scale" in page

    def test_hands_back_and_sees_no_answer_any_more(self, handed):
        coach = handed.coach
        back = coach.answer(coach.get(f"{handed.place}/1"), 6, go="hand-back")
        assert "give the device to the person" in coach.follow(back).text
        assert handed.is_locked(coach.get(f"{handed.place}/1"))
        handed.unlock()
        assert coach.form(coach.get(f"{handed.place}/1")).values["q/pain"] == "6"

    def test_cannot_end_the_launch_and_with_it_the_lock(self, handed):
        coach = handed.coach
        form = coach.form(coach.get("lock"))
        token = {"csrf_token": form.values["csrf_token"]}
        assert handed.is_locked(coach.post(f"{coach.home}logout", **token))
        handed.unlock()

    def test_meets_errors_without_a_name_on_them(self, handed):
        path = f"{handed.place}/1"
        answered = handed.coach.post(handed.coach.home + path, csrf_token="forged")
        assert answered.status_code == 400
        assert not any(word in answered.text for word in CHART)

    def test_reads_in_the_language_that_was_chosen(self, clinic, translated, device):
        device.coach.see(f"{device.place}/hand-over")
        device.hand_over(language="es")
        page = device.coach.see(f"{device.place}/1")
        assert translated in page
        assert 'lang="es"' in page

    def test_is_offered_only_languages_that_the_questions_have(self, device):
        assert "Language of the questions" not in device.coach.see(f"{device.place}/hand-over")
        refused = device.hand_over(language="xx")
        assert refused.status_code == 422
        assert "Choose one of the languages offered" in refused.text


class TestThePin:
    @pytest.mark.parametrize("pin", ["", "123", "123456789", "12a4", "٣٤٥٦", "1 2 3"])
    def test_is_4_to_8_digits(self, device, pin):
        refused = device.hand_over(pin=pin, pin_again=pin)
        assert refused.status_code == 422
        assert "4 to 8 digits" in refused.text

    def test_is_typed_twice_and_never_shown_again(self, device):
        refused = device.hand_over(pin="86420", pin_again="86421")
        assert refused.status_code == 422
        assert "not the same PIN" in refused.text
        assert "8642" not in refused.text

    def test_is_kept_as_a_slow_hash_in_the_sealed_record(self, clinic, handed):
        key = clinic.store.read(handed.coach.handle).handed.lock
        locks = clinic.store.file.with_name("devices.sqlite3")
        kept = Locks(locks, clinic.store.keys, clinic.clock).find(key)
        assert PIN not in repr(vars(kept))
        assert len(kept.pin) == 64
        assert kept.pin.encode() not in locks.read_bytes()

    def test_unlocks_to_the_review(self, handed):
        page = handed.coach.follow(handed.unlock())
        assert "Review and submit" in page.text
        assert "Ada Quillfeather" in page.text

    def test_wrong_says_how_many_tries_are_left(self, handed):
        refused = handed.unlock("0000")
        assert refused.status_code == LOCKED
        assert "4 more tries" in refused.text

    def test_wrong_five_times_ends_the_launch_and_keeps_the_draft(self, handed, new_coach):
        for _ in range(TRIES - 1):
            handed.unlock("0000")
        assert handed.unlock("0000").status_code == 401
        assert handed.is_locked(handed.coach.get())
        later = new_coach(handed.coach.patient)
        assert later.get(f"{handed.place}/1").status_code == 200

    def test_right_after_the_last_try_opens_nothing(self, handed):
        form = handed.coach.open("lock")
        for _ in range(TRIES):
            handed.coach.send(form, pin="0000")
        assert handed.coach.send(form, pin=PIN).status_code in (400, LOCKED)
        assert handed.is_locked(handed.coach.get())

    def test_tried_many_times_at_once_is_answered_five_times(self, clinic, handed):
        form = handed.coach.open("lock")
        windows = [clinic.beside(handed.coach) for _ in range(12)]
        with ThreadPoolExecutor(12) as pool:
            wrong = list(pool.map(lambda one: one.send(form, pin="0000"), windows))
        assert sum("more tr" in answer.text for answer in wrong) < TRIES
        assert "closed meanwhile" in handed.coach.get().text

    def test_tries_count_on_after_handing_back(self, handed):
        handed.unlock("0000")
        handed.coach.fill("lock", pin="0000")
        assert "3 more tries" not in handed.coach.get("lock").text
        assert "2 more tries" in handed.unlock("0000").text


class TestTheLock:
    def test_gives_a_new_cookie_so_that_a_copied_one_opens_nothing(self, clinic, handed):
        copied = handed.cookie()
        handed.unlock()
        assert handed.cookie() != copied
        thief = clinic.browser()
        name = COOKIE + handed.coach.handle
        thief.set_cookie(name, copied, domain="app.example", secure=True)
        answered = thief.get(handed.coach.home, base_url="https://app.example")
        assert answered.status_code == 403
        assert handed.coach.get().status_code == 200

    def test_makes_the_patients_pages_useless_afterwards(self, handed):
        form = handed.coach.open(f"{handed.place}/1")
        handed.unlock()
        assert handed.coach.send(form, **{"q/pain": "9"}, go="next").status_code == 400

    def test_holds_in_a_second_tab(self, clinic, handed):
        assert handed.is_locked(clinic.beside(handed.coach).get())

    def test_holds_after_a_restart(self, clinic, handed):
        """The lock is in the launch record on disk, not in a process."""
        restarted = replace(clinic.store)
        assert restarted is not clinic.store
        assert restarted.read(handed.coach.handle).handed.draft in handed.place

    def test_closes_every_other_chart_in_the_browser(self, device, new_coach, new_patient):
        other = new_coach(new_patient("Berta", "Other"), device.coach.http)
        assert other.get().status_code == 200
        device.hand_over()
        assert other.http.get_cookie(COOKIE + other.handle, domain="app.example") is None
        assert other.get().status_code in (400, 423)

    def test_leaves_the_patient_of_another_browser_alone(self, handed, new_coach, new_patient):
        assert new_coach(new_patient("Berta", "Other")).get().status_code == 200

    def test_comes_by_itself_when_nobody_uses_the_device(self, clinic, handed):
        clinic.clock.forward(seconds=IDLE.total_seconds() - 1)
        assert handed.coach.get(f"{handed.place}/1").status_code == 200
        clinic.clock.forward(seconds=IDLE.total_seconds())
        assert handed.is_locked(handed.coach.get(f"{handed.place}/1"))

    def test_does_not_come_while_the_device_is_used(self, clinic, handed):
        for _ in range(4):
            clinic.clock.forward(seconds=(IDLE / 2).total_seconds())
            assert handed.coach.get(f"{handed.place}/1").status_code == 200

    def test_of_another_patients_draft_is_refused(self, device, new_coach, new_patient):
        other = new_coach(new_patient("Berta", "Other"))
        assert other.get(f"{device.place}/hand-over").status_code == 404

    def test_is_not_there_without_a_hand_over(self, coach):
        assert coach.get("lock").status_code == 303
        assert coach.post(f"{coach.home}unlock").status_code == 400
        form = coach.open("goals/new")
        token = {"csrf_token": form.values["csrf_token"]}
        assert coach.post(f"{coach.home}unlock", pin=PIN, **token).status_code == 303
        assert coach.post(f"{coach.home}lock", **token).status_code == 303
        assert coach.get().status_code == 200

    def test_of_what_was_submitted_meanwhile_unlocks_to_the_program(self, handed, new_coach):
        desk = new_coach(handed.coach.patient)
        desk.answer(desk.get(f"{handed.place}/1"), 6)
        desk.submit(desk.get(f"{handed.place}/review"))
        assert handed.is_locked(handed.coach.follow(handed.coach.get(f"{handed.place}/1")))
        assert handed.unlock().location == handed.coach.home


class TestAnAnswerThatNeedsAction:
    @pytest.fixture
    def troubled(self, coach):
        """A PHQ-9 in the patient's hands, its ninth question answered above zero."""
        device = Device(coach, "phq-9")
        device.hand_over()
        form = coach.open(f"{device.place}/1")
        (ninth,) = [n for n in form.offered if "44260-8" in n and n.startswith("q/")]
        self.page = coach.follow(coach.send(form, **{ninth: form.offered[ninth][1]}, go="next"))
        return device

    def test_shows_the_patient_where_to_find_help_and_no_alert(self, troubled):
        assert "Thank you" in self.page.text
        assert self.page.text.count('<div data-crisis role="alert">') == 1
        assert "needs action" not in self.page.text

    def test_is_the_first_thing_after_unlocking(self, troubled):
        assert "/alerts/" in troubled.unlock().location


class TestInAFrame:
    @pytest.mark.parametrize("kind", ["iframe", "embed", "object"])
    def test_it_is_refused_with_a_way_out(self, device, kind):
        device.coach.http.environ_base["HTTP_SEC_FETCH_DEST"] = kind
        page = device.coach.see(f"{device.place}/hand-over")
        assert "shown inside the EHR's page" in page
        assert 'name="pin"' not in page
        assert "/standalone?site=Clinic" in page

    def test_a_form_sent_from_one_hands_nothing_over(self, clinic, device):
        assert device.hand_over(framed="yes").status_code == 200
        assert clinic.store.read(device.coach.handle).handed is None


class TestWhoAnswered:
    def submitted(self, handed, ehr):
        coach = handed.coach
        coach.submit(coach.get(f"{handed.place}/review"))
        (response,) = ehr.kept("QuestionnaireResponse", coach.patient)
        return response

    @pytest.fixture
    def done(self, handed):
        handed.coach.answer(handed.coach.get(f"{handed.place}/1"), 6, go="hand-back")
        handed.unlock()
        return handed

    def test_the_patient_is_source_and_author(self, done, ehr):
        """R4: ``source`` answered, ``author`` recorded; a patient alone is both."""
        response = self.submitted(done, ehr)
        about = f"Patient/{done.coach.patient}"
        assert response["source"]["reference"] == response["author"]["reference"] == about

    def test_a_clinician_who_changed_an_answer_is_the_author(self, done, ehr, staff):
        done.coach.answer(done.coach.get(f"{done.place}/1"), pain=2)
        response = self.submitted(done, ehr)
        assert response["author"]["reference"] == f"Practitioner/{staff['Dana']}"
        assert response["source"]["reference"] == f"Patient/{done.coach.patient}"

    def test_a_clinician_who_had_begun_it_is_the_author(self, device, ehr, staff):
        device.coach.answer(device.coach.get(f"{device.place}/1"), pain=2, go="leave")
        device.hand_over()
        device.coach.answer(device.coach.get(f"{device.place}/1"), enjoyment=3, activity=4)
        device.unlock()
        response = self.submitted(device, ehr)
        assert response["author"]["reference"] == f"Practitioner/{staff['Dana']}"

    @pytest.mark.parametrize("is_first", [True, False])
    def test_who_answered_in_another_browser_meanwhile_is_no_patient_alone(
        self, handed, new_coach, ehr, staff, is_first
    ):
        other = new_coach(handed.coach.patient)
        there = other.get(f"{handed.place}/1")
        if is_first:
            other.answer(there, 3)
        handed.coach.answer(handed.coach.get(f"{handed.place}/1"), 6, go="hand-back")
        if not is_first:
            other.answer(there, 3)
        handed.unlock()
        author = self.submitted(handed, ehr)["author"]
        assert author["reference"] == f"Practitioner/{staff['Dana']}"

    def test_handed_over_twice_the_patient_alone_is_still_the_author(self, done, ehr):
        done.hand_over()
        done.coach.answer(done.coach.get(f"{done.place}/1"), pain=1, go="hand-back")
        done.unlock()
        response = self.submitted(done, ehr)
        assert response["author"] == response["source"]

    def test_somebody_who_answered_for_the_patient_is_named(self, device, ehr):
        device.hand_over(proxy="Her daughter")
        device.coach.answer(device.coach.get(f"{device.place}/1"), 6, go="hand-back")
        device.unlock()
        response = self.submitted(device, ehr)
        assert response["source"] == response["author"] == {"display": "Her daughter"}

    def test_the_page_says_who_answered(self, done):
        answered = done.coach.submit(done.coach.get(f"{done.place}/review"))
        assert "Answered by the patient alone, on a device" in done.coach.follow(answered).text


class TestAnswersThatArriveLate:
    """The device had no connection while the patient answered, and staff have it back by now."""

    @pytest.fixture
    def page(self, handed):
        """The page as the patient has it, from before it was handed back."""
        return handed.coach.open(f"{handed.place}/1")

    def send(self, device, hand, client="tablet"):
        token = device.coach.open(f"{device.place}/review").values["csrf_token"]
        told = {"client": client, "sequence": 1, "rebased": 0, "fields": {"q/pain": ["7"]}}
        headers = {"Referer": APP + device.coach.home, "X-CSRFToken": token}
        path = f"{device.coach.home}{device.place}/1/answers"
        return device.coach.http.patch(
            path, base_url=APP, json=told | {"hand": hand}, headers=headers
        )

    def who(self, device):
        page = device.coach.see(f"{device.place}/review")
        return [words for words in ("alone, on a device", "Recorded by") if words in page]

    def test_are_the_patients(self, handed, page):
        handed.unlock()
        assert self.send(handed, page.values["hand"]).status_code == 200
        assert self.who(handed) == ["alone, on a device"]

    def test_posted_as_a_whole_page_too(self, handed, page):
        handed.unlock()
        page.values["csrf_token"] = handed.coach.open(f"{handed.place}/1").values["csrf_token"]
        handed.coach.send(page, **{"q/pain": "7"})
        assert self.who(handed) == ["alone, on a device"]

    def test_in_a_later_launch_on_the_device_too(self, handed, page, new_coach):
        """What the patient answered is taken up there: its own launch is over."""
        handed.unlock()
        handed.coach = new_coach(handed.coach.patient)
        assert self.send(handed, page.values["hand"]).status_code == 200
        assert self.who(handed) == ["alone, on a device"]

    @pytest.mark.parametrize("hand", [None, ""])
    def test_without_a_word_of_a_hand_over_are_of_who_has_the_device(self, handed, hand):
        handed.unlock()
        self.send(handed, hand)
        assert self.who(handed) == ["Recorded by"]

    def test_with_the_secret_of_another_draft_or_patient_are_refused(
        self, handed, page, new_coach, new_patient
    ):
        handed.unlock()
        other = Device(handed.coach)
        stranger = Device(new_coach(new_patient()))
        for device in (other, stranger):
            assert self.send(device, page.values["hand"]).status_code == 404
            assert self.who(device) == []

    @pytest.mark.parametrize(("hand", "status"), [("made up", 404), (True, 400), ("x" * 65, 400)])
    def test_with_what_is_no_secret_are_refused(self, handed, hand, status):
        """No mark of the browser's own making counts."""
        handed.unlock()
        assert self.send(handed, hand).status_code == status

    def test_a_clinicians_page_says_nothing_of_a_hand_over(self, handed, page):
        handed.unlock()
        assert "hand" not in handed.coach.open(f"{handed.place}/1").values

    def test_of_each_hand_over_its_pages_have_their_own(self, handed, page):
        handed.unlock()
        handed.hand_over(proxy="Her daughter")
        again = handed.coach.open(f"{handed.place}/1").values["hand"]
        handed.unlock()
        self.send(handed, page.values["hand"])
        assert "Her daughter" not in handed.coach.see(f"{handed.place}/review")
        assert again != page.values["hand"]


def test_the_longest_pin_is_no_longer_than_the_page_says(device):
    assert device.hand_over(pin="12345678", pin_again="12345678").status_code == 303
    assert device.unlock("12345678").status_code == 303


def test_idle_is_shorter_than_the_launch():
    assert timedelta(minutes=1) < IDLE < timedelta(minutes=30)


@pytest.mark.parametrize("place", ["unlock", "assessments/{}/hand-over"])
def test_a_pin_is_not_given_back_by_an_error_page(clinic, coach, place):
    """The launch ended while it was typed: what else was typed is shown, to be copied."""
    device = Device(coach)
    clinic.clock.forward(hours=13)
    told = coach.post(
        coach.home + place.format(device.place[12:]), pin=PIN, pin_again=PIN, proxy="x"
    )
    assert told.status_code >= 400
    assert PIN not in told.text


def test_an_address_without_anything_leads_back_to_the_questions(handed):
    """Also one that belongs to no launch: the error page itself must not fail."""
    told = handed.coach.http.get("/static/nothing", base_url="https://app.example")
    assert told.status_code == 404
    assert f"{handed.place}/resume" in told.text


def test_the_patient_is_not_led_to_the_sign_in(handed):
    """Where the EHR still knows the clinician, that would open any chart."""
    page = handed.coach.see(f"{handed.place}/1")
    assert "/standalone" not in page
    handed.unlock()
    assert "/standalone" in handed.coach.see(f"{handed.place}/1")
