"""Two answers to one question: the one given last counts, and the other is not forgotten."""

import pytest

APP = "https://app.example"
HOUR = 60 * 60 * 1000


class Device:
    """One open page, sending as its script does."""

    def __init__(self, coach, page, client):
        self.coach, self.page, self.client, self.sequence = coach, page, client, 0
        self.form = coach.form(page)

    def send(self, name, text, age=0, **other):
        self.sequence += 1
        told = {"client": self.client, "sequence": self.sequence, "fields": {name: [text]}}
        told |= {"rebased": 0, "age": age, "revision": int(self.form.values["revision"]), **other}
        headers = {"Referer": APP + self.coach.home}
        headers["X-CSRFToken"] = self.form.values["csrf_token"]
        path = f"{self.page.request.path}/answers"
        return self.coach.http.patch(path, base_url=APP, json=told, headers=headers)


@pytest.fixture
def devices(coach):
    """Two open pages of one questionnaire."""

    def devices(slug):
        page = coach.follow(coach.start(slug))
        return Device(coach, page, "phone"), Device(coach, page, "desk")

    return devices


@pytest.fixture
def pegs(devices):
    return devices("peg")


def place(device):
    return device.page.request.path.removeprefix(device.coach.home)


def beside(device, name):
    """Another page of the same draft."""
    return place(device).removesuffix("/1") + f"/{name}"


def kept(device):
    return device.coach.form(device.coach.get(place(device))).values["q/pain"]


def test_an_answer_given_earlier_and_sent_later_is_set_aside_and_shown(pegs, coach):
    """Phone at 7:30, without a connection until now; desk at 8:30."""
    phone, desk = pegs
    desk.send("q/pain", "3", age=HOUR)
    assert phone.send("q/pain", "7", age=2 * HOUR).status_code == 200
    assert kept(desk) == "3"
    page = coach.see(place(desk))
    assert "Answered twice" in page
    assert "“3” (08:30) counts; set aside: “7” (" in page
    assert "at 07:30" in page


def test_an_answer_given_later_counts_and_the_other_is_shown(pegs, coach):
    phone, desk = pegs
    desk.send("q/pain", "3", age=2 * HOUR)
    assert phone.send("q/pain", "7", age=HOUR).json["elsewhere"]
    assert kept(desk) == "7"
    assert "set aside: “3”" in coach.see(place(desk))


def test_the_review_shows_it_before_anything_is_submitted(pegs, coach):
    phone, desk = pegs
    desk.send("q/pain", "3", age=HOUR)
    phone.send("q/pain", "7", age=2 * HOUR)
    review = coach.see(beside(desk, "review"))
    assert "Answered twice" in review
    assert "/1?check=yes#field-q/pain" in review


def test_a_page_that_knew_the_answer_changes_it_and_nobody_is_asked(pegs, coach):
    phone, desk = pegs
    revision = desk.send("q/pain", "3").json["revision"]
    phone.send("q/pain", "7", seen=revision)
    assert "Answered twice" not in coach.see(place(desk))


@pytest.mark.parametrize("age", [-5, 2**60, "7", None, 30 * HOUR, True])
def test_an_age_that_cannot_be_is_no_reason_to_lose_an_answer(pegs, age):
    phone, _ = pegs
    assert phone.send("q/pain", "7", age=age).status_code == 200
    assert kept(phone) == "7"


def test_a_patient_alone_is_not_shown_what_others_answered(pegs, coach):
    phone, desk = pegs
    desk.send("q/pain", "3", age=HOUR)
    phone.send("q/pain", "7", age=2 * HOUR)
    pins = {"pin": "2580", "pin_again": "2580"}
    coach.fill(beside(desk, "hand-over"), **pins)
    assert "Answered twice" not in coach.see(place(desk))


@pytest.mark.parametrize(
    ("name", "question"), [("q/pain", "pain"), ("q/gone", "A question that is not asked now")]
)
def test_what_cannot_be_read_is_shown_as_it_was_typed(pegs, coach, name, question):
    phone, desk = pegs
    desk.send(name, "3", age=HOUR)
    phone.send(name, "a few", age=2 * HOUR)
    page = coach.see(place(desk))
    assert "set aside: “a few”" in page
    assert question in page.split("Answered twice")[1].split("</a>")[0]


class TestSafety:
    BAR = "Answer to question 9 of the PHQ-9 needs action now"

    @pytest.fixture
    def nine(self, devices):
        phone, desk = devices("phq-9")
        name = next(n for n in desk.form.offered if "44260" in n)
        return phone, desk, name, [one for one in desk.form.offered[name] if one]

    def test_an_answer_set_aside_alerts_all_the_same(self, nine, coach):
        phone, desk, name, options = nine
        desk.send(name, options[0], age=HOUR)
        assert phone.send(name, options[2], age=2 * HOUR).json["alert"]
        assert self.BAR in coach.see()
        (line,) = set(coach.see().split("data-alert-bar")[1].split('<a href="')[1:2])
        shown = coach.see(line.split('"')[0].removeprefix(coach.home))
        assert "More than half the days" in shown
        assert "Changed since to" in shown

    def test_it_alerts_once_however_often_it_is_looked_at(self, nine, coach):
        phone, desk, name, options = nine
        desk.send(name, options[0], age=HOUR)
        phone.send(name, options[2], age=2 * HOUR)
        assert coach.see().count(self.BAR) == coach.see().count(self.BAR) == 1
