"""The server is killed around the acknowledgement of an answer that needs action."""

import http.client
import json
import os
import signal
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest

BAR = "Answer to question 9 of the PHQ-9 needs action now"


@pytest.fixture
def mortal(clinic, coach):
    """Start the app in a process of its own over the clinic's data; send it one PATCH."""
    program = str(Path(__file__).with_name("killed_server.py"))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    env = {**os.environ, "PYTHONPATH": os.getcwd()}
    forker = subprocess.Popen([sys.executable, program], env=env, **pipes)

    def patched(page, **dying):
        """Whether the answer was acknowledged before the process died."""
        store = clinic.store
        told = {"ehr": clinic.ehr.base, "url": "https://app.example", "now": clinic.clock()}
        told |= {"folder": store.file.parent, "key": store.keys[0].decode()}
        told |= {"step": "", "when": "", "nth": 1} | dying
        forker.stdin.write(json.dumps(told, default=str) + "\n")
        forker.stdin.flush()
        port, pid = map(int, forker.stdout.readline().split())
        try:
            return ask(port, coach, page)
        finally:
            os.kill(pid, signal.SIGKILL)

    yield patched
    forker.kill()
    forker.communicate()


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
