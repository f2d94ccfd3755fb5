"""A site took an encryption key away that something is still sealed under."""

import re
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet

from smartapp.app import create_app


@pytest.fixture
def later(clinic):
    """The same site, started anew with another key and without the one it had."""
    config = replace(clinic.config, encryption_keys=(Fernet.generate_key(),))
    app = create_app(config, clinic.content, clinic.clock)
    return replace(clinic, app=app, config=config)


@pytest.fixture
def same_browser(later, clinic, coach):
    """The coach's browser, at the app as it is now."""
    return later.beside(coach)


def test_a_launch_is_over_and_says_what_to_do(same_browser):
    answered = same_browser.get()
    assert answered.status_code == 401
    assert "Launch again from the patient&#39;s chart." in answered.text


def test_what_was_typed_is_given_back(coach, same_browser):
    form = coach.open("goals/new")
    answered = same_browser.send(form, text="Walk to the shop")
    assert answered.status_code in (400, 401)
    assert "Walk to the shop" in answered.text


def test_signing_in_meanwhile_is_begun_anew(clinic, later, patient):
    http = clinic.browser()
    clinic.begin(http)
    there = later.browser()
    there._cookies = http._cookies
    answered = later.back(there)
    assert answered.status_code == 400
    assert "Start again from the patient&#39;s chart." in answered.text


def test_a_new_key_put_first_refuses_no_form_that_is_open(clinic, coach):
    form = coach.open("goals/new")
    keys = (Fernet.generate_key(), *clinic.config.encryption_keys)
    app = create_app(replace(clinic.config, encryption_keys=keys), clinic.content, clinic.clock)
    there = replace(clinic, app=app).beside(coach)
    due = {"due": "2027-01-04", "importance": "8", "confidence": "6"}
    assert there.send(form, text="Walk to the shop", **due).status_code == 303


def test_an_alert_stays_by_what_the_record_has(coach, later, patient):
    coach.answer(coach.start("phq-9"), 1)
    page = later.coach(patient).see()
    assert re.search(r"recorded elsewhere,\s+not handled here", page)
