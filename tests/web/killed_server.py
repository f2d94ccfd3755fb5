"""A server that dies on purpose: one line of JSON in, a process that serves the app out.

Each line says where it dies, if at all: before or after the nth call of a step, by SIGKILL. Run as
a program by ``test_killed.py``; a process that only forks starts a server in a moment.
"""

import json
import os
import signal
import sys
import threading
from datetime import datetime
from pathlib import Path

from smartapp import web
from smartapp.alerts.ledger import PatientAlerts
from smartapp.app import create_app
from smartapp.config import Config, Site
from smartapp.content import load
from smartapp.drafts.patient import PatientDrafts
from smartapp.fhir import progress
from smartapp.fhir.client import EhrClient
from smartapp.outbox.box import Box
from smartapp.sandbox.serving import Server
from smartapp.web.shipped import made

STEPS = {
    "hear": (PatientDrafts, "hear"),
    "take": (PatientDrafts, "take"),
    "claim": (Box, "claim"),
    "settle": (Box, "settle"),
    "submitted": (PatientDrafts, "submitted"),
    "begin": (progress, "keep"),
    "complete": (EhrClient, "update"),
    "create": (EhrClient, "_post"),
    "alert": (PatientAlerts, "raise_for"),
    "reported": (PatientAlerts, "report"),
    "handle": (PatientAlerts, "handle"),
    "recorded": (PatientAlerts, "record"),
}


def mortal(step, when, nth):
    """Let the process die before or after the nth call of a step."""
    owner, name = STEPS[step]
    living, calls = getattr(owner, name), [0]

    def dying(*given, **named):
        calls[0] += 1
        if calls[0] == nth and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        told = living(*given, **named)
        if calls[0] == nth and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return told

    setattr(owner, name, dying)


def serve(told, content):
    if told["step"]:
        mortal(told["step"], told["when"], told["nth"])
    sites = (Site("Clinic", told["ehr"], "our-client"),)
    config = Config(told["url"], Path(told["folder"]), sites, (told["key"].encode(),))
    server = Server(0)
    server.serve(create_app(config, content, lambda: datetime.fromisoformat(told["now"])))
    print(server.port, os.getpid(), flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    loaded = load()
    made(Path(web.__file__).with_name("static"))  # once, for all that are forked
    for line in sys.stdin:
        if os.fork() == 0:
            serve(json.loads(line), loaded)
