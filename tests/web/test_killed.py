"""The server is killed, the connection cut, the EHR away, at every point of a ten-item form.

No answer is lost, none is in the record twice, and nothing is called submitted that is not.
"""

import http.client
import json
import os
import random
import re
import signal
import subprocess
import sys
from contextlib import suppress
from functools import partial
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest

from smartapp.errors import EhrAnswersChanged

APP = "https://app.example"
ITEMS = [str(number) for number in range(1, 11)]
SUBMITTED = "The assessment is in the record."
SEED = 20261123
ONE_BY_ONE = {("POST", ""): 405}
"""What an EHR without transactions refuses."""


class Mortal:
    """The app in a process of its own over the clinic's data, killed and begun again."""

    def __init__(self, clinic, coach):
        self.clinic, self.coach = clinic, coach
        words = [sys.executable, str(Path(__file__).with_name("killed_server.py"))]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.forker = subprocess.Popen(
            words, env={**os.environ, "PYTHONPATH": os.getcwd()}, **pipes
        )
        self.port = self.pid = None
        self.deaths = 0

    def begin(self, step="", when="", nth=1):
        """Start it; it dies before or after the nth call of a step, if one is named."""
        self.kill()
        store = self.clinic.store
        told = {"step": step, "when": when, "nth": nth, "ehr": self.clinic.ehr.base, "url": APP}
        told |= {"folder": str(store.file.parent), "key": store.keys[0].decode()}
        self.forker.stdin.write(json.dumps({**told, "now": self.clinic.clock().isoformat()}) + "\n")
        self.forker.stdin.flush()
        self.port, self.pid = map(int, self.forker.stdout.readline().split())

    def kill(self):
        """End the process that serves, whatever it is doing."""
        if self.pid:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def end(self):
        self.kill()
        self.forker.kill()
        self.forker.communicate()

    def ask(self, method, path, body=None, *, cut=False, **headers):
        """Status, address and text of an answer; None when the process died over it.

        With ``cut`` the connection is closed before the answer can be read.
        """
        headers["Cookie"] = f"__Host-launch-{self.coach.handle}=cookie-secret"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, headers)
            if cut:
                return None
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Location", ""), answer.read().decode()
        except (OSError, http.client.HTTPException):
            self.deaths += 1
            # Whoever held a claim is taken for dead after a minute.
            self.clinic.clock.forward(minutes=2)
            return None
        finally:
            connection.close()

    def post(self, form, **typed):
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.ask("POST", form.action, urlencode(form.values | typed, doseq=True), **kind)


class Patient:
    """Answers a PSEQ as the page's script does: each change is sent until it is acknowledged."""

    def __init__(self, server, form):
        self.server, self.form, self.sequence = server, form, 0

    def answer(self, item, number, **manner):
        self.answer_all({item: number}, **manner)

    def answer_all(self, given, again=lambda: None, **manner):
        self.sequence += 1
        fields = {f"q/{item}": [str(number)] for item, number in given.items()}
        told = {"client": "one", "sequence": self.sequence, "rebased": 0, "fields": fields}
        headers = {"Content-Type": "application/json"}
        headers["X-CSRFToken"] = self.form.values["csrf_token"]
        for _ in range(5):
            path = f"{self.form.action}/answers"
            got = self.server.ask("PATCH", path, json.dumps(told), **headers, **manner)
            if got and got[0] == 200:
                return
            manner = {}
            again()
        pytest.fail("an answer is not acknowledged")


@pytest.fixture
def form(coach):
    """The page of a PSEQ: ten questions."""
    return coach.form(coach.follow(coach.start("pseq")))


@pytest.fixture
def server(clinic, coach):
    server = Mortal(clinic, coach)
    yield server
    server.end()


@pytest.fixture
def given():
    """Ten answers, of which no two sets are alike."""
    draw = random.Random(SEED)
    return {item: draw.randint(0, 6) for item in ITEMS}


@pytest.fixture
def person(server, form):
    return Patient(server, form)


def kept(coach, form):
    """The answers as any other page shows them."""
    values = coach.form(coach.get(form.action.removeprefix(coach.home))).values
    return {name[2:]: int(value) for name, value in values.items() if name.startswith("q/")}


def is_recorded(ehr, patient, given):
    """Whether the record has the answers once, all of them, and their score once."""
    responses = ehr.kept("QuestionnaireResponse", patient)
    scores = ehr.kept("Observation", patient)
    if (len(responses), len(scores)) != (1, 1):
        return False
    items = {item["linkId"]: item["answer"][0] for item in responses[0]["item"]}
    answers = {link: items[link]["valueInteger"] for link in ITEMS}
    return answers == given and scores[0]["valueQuantity"]["value"] == sum(given.values())


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_every_answer(server, person, coach, form, given, when):
    """Before it is kept, and when it is kept but not acknowledged."""
    server.begin("hear", when)
    for item, number in given.items():
        person.answer(item, number, again=lambda: server.begin("hear", when, 2))
    assert server.deaths == 10
    assert kept(coach, form) == given


def test_cut_off_at_every_answer(server, person, coach, form, given):
    server.begin()
    for item, number in given.items():
        person.answer(item, number, cut=True)
    assert kept(coach, form) == given


@pytest.mark.parametrize("trouble", [401, 500, "down"])
def test_without_the_ehr_at_every_answer(server, person, ehr, coach, form, given, trouble):
    server.begin()
    for item, number in given.items():
        ehr.is_down = trouble == "down"
        ehr.refused = {(m, t): trouble for m in ("GET", "POST") for t in ("", "Patient")}
        person.answer(item, number)
        ehr.behave()
    assert kept(coach, form) == given


def submit(server, form, again):
    """Submit as a person does who looks again after every failure; how often that was needed."""
    review = f"{form.action.rsplit('/', 1)[0]}/review"
    for attempt in range(1, 9):
        got = server.ask("GET", review)
        if got and got[0] == 303:
            return attempt
        if got:
            page = type(form)(first_form(got[2]))
            got = server.post(page)
        if got and got[0] == 303 and "/assessments/" in got[1]:
            return attempt
        assert not got or SUBMITTED not in got[2]
        if got is None:
            again()
    pytest.fail("it is never submitted")


def first_form(page):
    """The page up to the end of the form that submits: the one to change answers comes after."""
    submits = re.search(
        r'<form class="form" method="post" action="[^"]*/submit".*?</form>', page, re.S
    )
    return submits[0]


POINTS = [
    (step, when)
    for step in ("take", "claim", "settle", "submitted")
    for when in ("before", "after")
]


@pytest.mark.parametrize(("step", "when"), POINTS)
def test_killed_while_it_is_submitted(server, person, ehr, patient, form, given, step, when):
    server.begin(step, when)
    person.answer_all(given)
    submit(server, form, again=server.begin)
    assert server.deaths == 1
    assert is_recorded(ehr, patient, given)


class TestWhereEveryResourceIsARequest:
    """An EHR without transactions, as the commercial ones are: response, score, who made them."""

    @pytest.fixture(autouse=True)
    def _one_by_one(self, ehr):
        ehr.refused = ONE_BY_ONE

    @pytest.mark.parametrize("when", ["before", "after"])
    @pytest.mark.parametrize("nth", [1, 2, 3])
    def test_killed_at_each_of_them(self, server, person, ehr, patient, form, given, when, nth):
        server.begin("create", when, nth)
        person.answer_all(given)
        submit(server, form, again=server.begin)
        assert server.deaths == 1
        assert is_recorded(ehr, patient, given)

    @pytest.mark.parametrize("trouble", [401, 500, 503, "cut"])
    @pytest.mark.parametrize("passed", [0, 1, 2])
    def test_each_of_them_fails(self, clinic, coach, ehr, patient, new_coach, passed, trouble):
        """After so many were taken: nothing is called submitted, and the next launch settles it."""
        review = coach.form(coach.follow(coach.fill_in(pseq=3)))
        ehr.after(passed, trouble)
        told = coach.follow(coach.send(review))
        assert SUBMITTED not in told.text or len(ehr.kept("Observation", patient)) == 1
        ehr.behave()
        ehr.refused = ONE_BY_ONE
        clinic.clock.forward(minutes=2)
        later = new_coach(patient)
        assert "Assessments in progress" not in later.see()
        assert is_recorded(ehr, patient, dict.fromkeys(ITEMS, 3))
        (response,) = ehr.kept("QuestionnaireResponse", patient)
        about = {"target": f"QuestionnaireResponse/{response['id']}"}
        assert len(ehr.store.search("Provenance", about).matches) == 1


def test_killed_while_it_is_submitted_and_opened_again_much_later(
    server, person, ehr, patient, new_coach, form, given
):
    """By the next launch's program page, without anybody submitting it again."""
    server.begin("claim", "after")
    person.answer_all(given)
    review = type(form)(first_form(server.ask("GET", f"{form.action.rsplit('/', 1)[0]}/review")[2]))
    assert server.post(review) is None
    later = new_coach(patient)
    assert "Assessments in progress" not in later.see()
    assert is_recorded(ehr, patient, given)


def test_any_mixture_of_faults(server, person, ehr, patient, coach, form, given):
    """Drawn from a seed: what fails, when, and what was answered."""
    draw = random.Random(SEED)
    steps = [("hear", "before"), ("hear", "after"), ("", "")]
    server.begin()
    for item, number in given.items():
        ehr.is_down = draw.random() < 0.5
        step, when = draw.choice(steps)
        again = partial(server.begin, step, when, 2)
        person.answer(item, number, again=again, cut=draw.random() < 0.5)
    ehr.behave()
    ehr.dropping = 1
    submit(server, form, again=server.begin)
    assert is_recorded(ehr, patient, given)


class TestInProgress:
    """The same with the unfinished answers in the EHR, where an earlier page has put them."""

    @pytest.fixture
    def go_on(self, server, person, form, given):
        """Answer half, go on to the next page and come back, and answer the rest."""

        def go_on(step="", when=""):
            server.begin(step, when)
            person.answer_all({item: given[item] for item in ITEMS[:5]})
            while server.post(form, go="next", sent="yes") is None:
                server.begin()
            server.begin()
            person.answer_all({item: given[item] for item in ITEMS[5:]})

        return go_on

    @pytest.mark.parametrize("when", ["before", "after"])
    def test_killed_while_they_are_written(self, server, ehr, patient, form, given, go_on, when):
        go_on("begin", when)
        assert server.deaths == 1
        submit(server, form, again=server.begin)
        assert is_recorded(ehr, patient, given)

    @pytest.mark.parametrize(
        ("step", "when"), [*POINTS, ("complete", "before"), ("complete", "after")]
    )
    def test_killed_while_it_is_submitted(
        self, server, ehr, patient, form, given, go_on, step, when
    ):
        """After "complete" the answers are finished, and their score is still to come."""
        go_on()
        assert [r["status"] for r in ehr.kept("QuestionnaireResponse", patient)] == ["in-progress"]
        server.begin(step, when)
        submit(server, form, again=server.begin)
        assert server.deaths == 1
        assert is_recorded(ehr, patient, given)

    @pytest.mark.parametrize("trouble", ["fails", "answer lost", "down"])
    def test_without_the_ehr_when_they_are_written(
        self, server, ehr, patient, form, given, go_on, trouble
    ):
        """It is nobody's error, and what of it arrived is completed, not doubled."""
        ehr.failing, ehr.dropping = int(trouble == "fails"), int(trouble == "answer lost")
        ehr.is_down = trouble == "down"
        go_on()
        ehr.behave()
        assert submit(server, form, again=server.begin) == 1
        assert is_recorded(ehr, patient, given)

    @pytest.mark.parametrize("trouble", ["failing", "dropping"])
    def test_without_the_ehr_when_they_are_completed(
        self, server, ehr, patient, form, given, go_on, trouble
    ):
        go_on()
        setattr(ehr, trouble, 1)
        submit(server, form, again=server.begin)
        assert is_recorded(ehr, patient, given)

    def test_what_somebody_else_changed_there_stays(self, server, ehr, patient, form, go_on):
        """A conflict in plain sight: nothing of theirs is overwritten, and nothing is scored."""
        go_on()
        (kept,) = ehr.kept("QuestionnaireResponse", patient)
        theirs = [kept["item"][0] | {"answer": [{"valueInteger": 0}, {"valueInteger": 6}]}]
        ehr.change("QuestionnaireResponse", kept["id"], item=theirs)
        review = server.ask("GET", f"{form.action.rsplit('/', 1)[0]}/review")
        status, _, told = server.post(type(form)(first_form(review[2])))
        assert status == 409
        assert EhrAnswersChanged.sentence in unescape(told)
        (left,) = ehr.kept("QuestionnaireResponse", patient)
        assert (left["status"], left["item"]) == ("in-progress", theirs)
        assert not ehr.kept("Observation", patient)
