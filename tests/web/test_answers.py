"""What a page's script sends: kept at once, acknowledged, and never taken for another's."""

import json

import pytest

PAIN = "q/pain"
GOOD = {"client": "c", "sequence": 1, "rebased": 0, "fields": {PAIN: ["7"]}}


class Device:
    """One open page of a PEG: sends changes as its script does."""

    def __init__(self, coach, page, name):
        self.coach, self.name, self.sequence = coach, name, 0
        self.form = coach.form(page)
        self.revision = int(self.form.values["revision"])

    def send(self, fields, **other):
        self.sequence += 1
        told = {"client": self.name, "sequence": self.sequence, "rebased": 0, "fields": fields}
        return self.again({**told, "revision": self.revision, **other})

    def again(self, told, token=None):
        return self.send_raw(json.dumps(told), token)

    def send_raw(self, body, token=None):
        headers = {"X-CSRFToken": token or self.form.values["csrf_token"]}
        headers["Content-Type"] = "application/json"
        headers["Referer"] = "https://app.example" + self.coach.home
        return self.coach.http.patch(
            f"{self.form.action}/answers",
            base_url="https://app.example",
            data=body,
            headers=headers,
        )

    def kept(self):
        path = self.form.action.removeprefix(self.coach.home)
        return self.coach.form(self.coach.get(path)).values

    def asked(self, **fields):
        told = self.form.values | {f"q/{name}": text for name, text in fields.items()}
        return self.coach.post(f"{self.form.action}/evaluate", **told)


@pytest.fixture
def page(coach):
    return coach.follow(coach.start("peg"))


@pytest.fixture
def tablet(coach, page):
    return Device(coach, page, "tablet")


def test_a_change_is_kept_and_acknowledged_with_the_clinics_time(tablet):
    answer = tablet.send({PAIN: ["7"]})
    assert answer.status_code == 200
    assert answer.json["kept"] == "09:30"
    assert tablet.kept()[PAIN] == "7"


def test_half_a_character_holds_up_no_answer(coach):
    """A script can send what no form does; an answer refused for good would hold up all others."""
    site = Device(coach, coach.follow(coach.start("pgic")), "tablet")
    name = next(name for name in site.form.offered if name.startswith("q/"))
    assert site.send({name: ["a\ud83d"]}).status_code == 200
    assert site.kept() is not None


@pytest.mark.parametrize(
    "wrong", [{"client": "\ud83d"}, {"fields": {"q/\ud83d": ["7"]}}], ids=["client", "field"]
)
def test_no_page_of_ours_is_called_by_half_a_character(tablet, wrong):
    assert tablet.again({**GOOD, **wrong}).status_code == 400


def test_the_same_change_again_changes_nothing(tablet, coach, page):
    told = {"client": "tablet", "sequence": 1, "rebased": 0, "fields": {PAIN: ["7"]}}
    first = tablet.again(told)
    Device(coach, page, "phone").send({PAIN: ["3"]})
    again = tablet.again(told)
    assert (first.status_code, again.status_code) == (200, 200)
    assert tablet.kept()[PAIN] == "3"


def test_a_page_learns_of_what_another_changed(tablet, coach, page):
    assert not tablet.send({PAIN: ["7"]}).json["elsewhere"]
    Device(coach, page, "phone").send({"q/enjoyment": ["3"]})
    assert tablet.send({PAIN: ["8"]}).json["elsewhere"]


def test_what_its_script_has_sent_a_page_does_not_say_again(tablet, coach, page):
    """A page posted late must not undo what another device changed after its script sent it."""
    tablet.send({PAIN: ["7"]})
    Device(coach, page, "phone").send({PAIN: ["3"]})
    coach.send(tablet.form, **{PAIN: "7"}, sent="yes", go="next")
    assert tablet.kept()[PAIN] == "3"


def test_text_that_cannot_be_read_is_kept(tablet):
    tablet.send({PAIN: ["a lot"]})
    assert tablet.kept()[PAIN] == "a lot"


class TestRefused:
    @pytest.mark.parametrize(
        "bad",
        [
            [],
            {**GOOD, "client": ""},
            {**GOOD, "client": 5},
            {**GOOD, "sequence": "1"},
            {**GOOD, "sequence": True},
            {**GOOD, "rebased": -1},
            {**GOOD, "fields": ["q/pain"]},
            {**GOOD, "fields": {PAIN: "7"}},
            {**GOOD, "fields": {PAIN: [7]}},
            {**GOOD, "fields": {"csrf_token": ["7"]}},
            {**GOOD, "fields": {f"q/{'x' * 3000}": ["7"]}},
            {**GOOD, "fields": {f"q/{n}": [] for n in range(2001)}},
        ],
    )
    def test_is_whatever_no_page_of_ours_sends(self, tablet, bad):
        assert tablet.again(bad).status_code == 400
        assert PAIN not in tablet.kept()

    @pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 100_000, "[" * 9 + "]" * 9, "\xff"])
    def test_is_what_is_nested_beyond_reading_or_no_json(self, tablet, body):
        assert tablet.send_raw(body).status_code == 400

    def test_is_a_change_without_the_pages_token(self, tablet):
        assert tablet.again(GOOD, token="forged").status_code == 400
        assert PAIN not in tablet.kept()

    def test_is_what_comes_after_the_launch_ended(self, tablet, clinic, new_coach, patient):
        clinic.store.end(tablet.coach.handle)
        assert tablet.send({PAIN: ["7"]}).status_code in {400, 401}
        tablet.coach = later = new_coach(patient)
        path = tablet.form.action.split(later.home.split("/")[1])[1].split("/", 2)[2]
        assert PAIN not in later.form(later.get(path)).values

    def test_is_a_change_by_the_names_of_an_earlier_base(self, tablet):
        answer = tablet.send({PAIN: ["7"]}, rebased=1)
        assert (answer.status_code, answer.json["code"]) == (409, "draft-changed")

    def test_is_a_change_to_what_was_submitted(self, tablet, coach):
        coach.submit(coach.answer(coach.get(tablet.form.action.removeprefix(coach.home)), 6))
        answer = tablet.send({PAIN: ["7"]})
        assert (answer.status_code, answer.json["code"]) == (409, "draft-closed")

    def test_is_a_change_from_another_patients_launch(self, tablet, new_coach, new_patient):
        eve = new_coach(new_patient("Eve"))
        there = eve.follow(eve.start("peg"))
        device = Device(eve, there, "eve")
        device.form.action = eve.home + tablet.form.action.removeprefix(tablet.coach.home)
        assert device.send({PAIN: ["0"]}).status_code == 404
        assert PAIN not in tablet.kept()


class TestEvaluate:
    def test_says_what_the_form_would_be_and_keeps_nothing(self, tablet):
        answer = tablet.asked(pain="7", enjoyment="7", activity="6")
        assert answer.status_code == 200
        assert set(answer.json) == {"enabled", "values", "options"}
        assert PAIN not in tablet.kept()

    def test_of_another_patients_draft_says_nothing(self, tablet, new_coach, new_patient):
        eve = new_coach(new_patient("Eve"))
        token = eve.open("assessments/new").values["csrf_token"]
        path = tablet.form.action.removeprefix(tablet.coach.home)
        answer = eve.post(f"{eve.home}{path}/evaluate", csrf_token=token, **{PAIN: "7"})
        assert answer.status_code == 404

    def test_of_a_page_that_is_not_there(self, tablet):
        tablet.form.action = tablet.form.action[:-1] + "9"
        assert tablet.asked(pain="7").status_code == 404
