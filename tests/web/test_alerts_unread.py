"""The file of safety alerts cannot be used: nothing goes past it, and every page says so."""

import logging
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from html import unescape

import pytest
from cryptography.fernet import Fernet

from smartapp.app import create_app

SAID = "Safety alerts cannot be read now."


@pytest.fixture
def file(tmp_path):
    return tmp_path / "alerts.sqlite3"


@pytest.fixture
def here(clinic, tmp_path):
    """The clinic with files of its own."""
    config = replace(clinic.config, data_dir=tmp_path, encryption_keys=(Fernet.generate_key(),))
    return replace(clinic, app=create_app(config, clinic.content, clinic.clock), config=config)


@pytest.fixture
def coach(here, patient, staff):
    return here.coach(patient, user=f"Practitioner/{staff['Dana']}")


@pytest.fixture
def page(coach):
    """The PHQ-9, about to be answered."""
    return coach.follow(coach.start("phq-9"))


@pytest.fixture
def rename(here, file):
    """Spoil the file under everybody's hands, and bring it back."""

    def rename(old, new):
        with closing(sqlite3.connect(file)) as database, database:
            database.execute(f"alter table {old} rename to {new}")

    return rename


@pytest.fixture
def tear(rename):
    return lambda: rename("alert", "gone")


@pytest.fixture
def torn(page, coach, tear):
    tear()
    return coach


def test_the_program_page_is_there_and_says_so(torn):
    assert SAID in torn.see()


def test_a_refused_form_still_comes_back_with_what_was_typed(torn):
    assert "Walk to the shop" in torn.add_goal(due="never").text


def test_a_fault_elsewhere_still_has_its_page(torn):
    answered = torn.get("goals/none/edit")
    assert answered.status_code == 404
    assert SAID in answered.text


def test_no_answer_that_needs_action_is_said_to_be_kept_and_it_alerts_later(torn, page, rename):
    answered = torn.answer(page, 1)
    assert answered.status_code == 500
    assert "cannot be read or kept now" in unescape(answered.text)
    rename("gone", "alert")
    assert "needs action now" in torn.see()


def test_nothing_is_submitted_and_nobody_is_let_out_of_the_program(torn, page, coach, ehr, patient):
    coach.enroll()
    (plan,) = ehr.kept("CarePlan", patient)
    left = coach.fill(f"enrollment/{plan['id']}/complete", reason="finished")
    assert left.status_code == 500
    sent = coach.get(page.request.path.removeprefix(coach.home).rsplit("/", 1)[0] + "/review")
    assert sent.status_code == 500
    assert [row["status"] for row in ehr.kept("CarePlan", patient)] == ["active"]


def test_a_patient_alone_sees_where_help_is(page, coach, tear):
    place = page.request.path.removeprefix(coach.home).rsplit("/", 1)[0]
    assert coach.fill(f"{place}/hand-over", pin="2580", pin_again="2580").status_code == 303
    assert "data-crisis" in coach.see(f"{place}/1")
    assert 'data-crisis role="alert" hidden' in coach.see(f"{place}/1")
    tear()
    assert 'data-crisis role="alert">' in coach.see(f"{place}/1")


def test_what_goes_wrong_while_the_record_is_told_is_logged_by_its_name_alone(
    page, coach, ehr, tear, caplog
):
    caplog.set_level(logging.ERROR)
    ehr.lets_write.clear()
    coach.answer(page, 1)
    tear()
    ehr.lets_write.set()
    until = time.monotonic() + 30
    while "the record was not told of a safety alert" not in caplog.text:
        assert time.monotonic() < until
        time.sleep(0.01)
    assert "was not told of a safety alert: AlertsFailed" in caplog.text
