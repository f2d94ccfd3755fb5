"""The server is killed around the acknowledgement of an answer that needs action."""

import http.client
import json
import os
import signal
import subprocess
import sys
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest

DONE = {"told_other": "Sam, on duty", "action.other": "yes", "outcome": "Safe at home."}
RESPONSE = ("handle", "create", "complete", "recorded")
"""What happens one after another when a response is sent."""
BAR = "Answer to question 9 of the PHQ-9 needs action now"


def ask(port, coach, page):
    """Answer question 9 with "Several days"; None when the connection ends without an answer."""
    form = coach.form(page)
    name = next(name for name in form.offered if name.startswith("q/") and "44260" in name)
    fields = {name: [[one for one in form.offered[name] if one][1]]}
    told = {"client": "tab", "sequence": 1, "rebased": int(form.values["rebased"])}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Cookie": f"__Host-launch-{coach.handle}=cookie-secret", "Host": "app.example"}
    headers |= {"Content-Type": "application/json", "Referer": "https://app.example/"}
    headers |= {"X-CSRFToken": form.values["csrf_token"]}
    try:
        connection.request(
            "PATCH", f"{page.request.path}/answers", json.dumps(told | {"fields": fields}), headers
        )
        return json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def respond(port, coach, page):
    """Say what was done about it; None when the connection ends without an answer."""
    form = coach.form(page)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Cookie": f"__Host-launch-{coach.handle}=cookie-secret", "Host": "app.example"}
    headers |= {"Content-Type": "application/x-www-form-urlencoded"}
    headers |= {"Referer": "https://app.example/"}
    try:
        connection.request("POST", form.action, urlencode(form.values | DONE), headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


@pytest.fixture
def mortal(clinic, coach):
    """Start the app in a process of its own over the clinic's data; send it one PATCH."""
    program = str(Path(__file__).with_name("killed_server.py"))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    env = {**os.environ, "PYTHONPATH": os.getcwd()}
    forker = subprocess.Popen([sys.executable, program], env=env, **pipes)

    def patched(page, send=ask, **dying):
        """What ``send`` makes of the page there, before the process dies."""
        store = clinic.store
        told = {"ehr": clinic.ehr.base, "url": "https://app.example", "now": clinic.clock()}
        told |= {"folder": store.file.parent, "key": store.keys[0].decode()}
        told |= {"step": "", "when": "", "nth": 1} | dying
        forker.stdin.write(json.dumps(told, default=str) + "\n")
        forker.stdin.flush()
        port, pid = map(int, forker.stdout.readline().split())
        try:
            return send(port, coach, page)
        finally:
            os.kill(pid, signal.SIGKILL)

    yield patched
    forker.kill()
    forker.communicate()


def test_killed_right_after_the_acknowledgement_the_alert_is_there(coach, mortal):
    told = mortal(coach.follow(coach.start("phq-9")))
    assert told["alert"]["text"] == BAR
    assert BAR in unescape(coach.get("goals/new").text)


def test_killed_between_the_answer_and_its_alert_the_alert_is_raised_by_the_next_page(
    coach, mortal
):
    assert mortal(coach.follow(coach.start("phq-9")), step="hear", when="after") is None
    assert BAR in unescape(coach.get().text)


def test_killed_before_the_answer_was_kept_there_is_neither(coach, mortal):
    assert mortal(coach.follow(coach.start("phq-9")), step="hear", when="before") is None
    assert BAR not in unescape(coach.get().text)


@pytest.mark.parametrize(
    ("step", "when", "nth"),
    [
        ("alert", "before", 1),
        ("alert", "after", 1),
        ("create", "before", 1),
        ("create", "after", 1),
        ("create", "after", 2),
        ("reported", "before", 1),
        ("reported", "after", 1),
    ],
)
def test_killed_anywhere_between_the_answer_and_the_record_both_have_it_once(
    clinic, coach, mortal, ehr, patient, step, when, nth
):
    """An EHR without transactions: Flag and Task are two requests."""
    ehr.refused = {("POST", ""): 405}
    mortal(coach.follow(coach.start("phq-9")), step=step, when=when, nth=nth)
    clinic.clock.forward(minutes=2)  # who held a claim is taken for dead
    coach.get()
    assert BAR in unescape(coach.get().text)
    assert [len(ehr.kept(kind, patient)) for kind in ("Flag", "Task")] == [1, 1]


class TestWhileItIsRespondedTo:
    @pytest.fixture
    def step(self, coach):
        """The page that asks what was done."""
        return coach.follow(coach.answer(coach.start("phq-9"), 1))

    @pytest.mark.parametrize(
        ("dies", "when"),
        [(step, when) for step in RESPONSE for when in ("before", "after")],
    )
    def test_what_was_done_is_kept_or_asked_again_and_in_the_record_once(
        self, clinic, coach, mortal, ehr, patient, step, dies, when
    ):
        assert mortal(step, respond, step=dies, when=when) is None
        clinic.clock.forward(minutes=2)  # who held a claim is taken for dead
        page = coach.see()
        if BAR in page:
            assert (dies, when) == ("handle", "before")
            coach.send(coach.form(step), **DONE)
            page = coach.see()
        assert BAR not in page
        (flag,), (task,) = ehr.kept("Flag", patient), ehr.kept("Task", patient)
        assert (flag["status"], task["status"]) == ("inactive", "completed")
        assert len(ehr.kept("Communication", patient)) == 1
