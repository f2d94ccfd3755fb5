"""What this part tells of what other systems take."""

import pytest
from flask import Flask

from smartapp.systems import registered, views
from smartapp.systems.witness import Deed, Event


@pytest.fixture
def told():
    return []


@pytest.fixture
def app(world, tables, tmp_path, clock, told):
    made, clients = Flask("systems"), registered.read(tables, tmp_path)
    base = "https://app.example"
    served = views.blueprint(world, clients, tmp_path / "data", clock, base, told.append)
    made.register_blueprint(served)
    yield made
    made.extensions["systems"].runner.stop()


def test_a_request_is_told_with_type_and_answer(quality, told):
    quality.ask("Observation/peg-ada")
    quality.ask("Medication")
    assert told == [
        Event("quality", Deed.REQUEST, 200, ("Observation",)),
        Event("quality", Deed.REQUEST, 404),
    ]


def test_a_request_beyond_the_scopes_is_told(system, told):
    system("scores", "system/Observation.rs").ask("Patient/ada")
    assert told == [Event("scores", Deed.REQUEST, 403, ("Patient",))]


def test_an_export_is_told_when_made_and_when_fetched_but_not_when_asked_after(quality, told):
    files = quality.manifest("$export?_type=Patient")["output"]
    quality.lines(files[0])
    kicked, made, fetched = told
    assert kicked == Event("quality", Deed.REQUEST, 202)
    assert made == Event("quality", Deed.EXPORT, 200, ("Patient",), 2)
    assert fetched == Event("quality", Deed.DOWNLOAD, 200)


def test_an_export_that_failed_is_told(quality, told, tmp_path):
    (tmp_path / "data/exports").write_text("in the way")
    with pytest.raises(AssertionError):
        quality.manifest("$export?_type=Patient")
    assert Event("quality", Deed.EXPORT, 500, ("Patient",)) in told
