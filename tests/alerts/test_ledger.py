"""The alerts' file: nothing raised is lost, nothing is anybody else's, nothing can be read."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import UUID

import pytest
from cryptography.fernet import Fernet

from smartapp.errors import EntryRefused

SECRETS = (b"words 1", b"Dana", b"44260", b"PHQ", b"ada", b"Safe.")


def test_an_alert_is_there_for_every_process_that_comes_after(world):
    alert = world.raise_for()
    assert world.of().all() == [alert]
    assert world.of().open() == [alert]


def test_it_is_raised_once_however_often_the_answer_is_kept(world):
    world.raise_for()
    assert world.raise_for() is None
    assert len(world.of().all()) == 1


def test_it_is_raised_once_when_two_tabs_keep_the_answer_together(world):
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: world.raise_for(), range(8)))
    assert [alert is None for alert in made].count(False) == 1
    assert len(world.of().all()) == 1


def test_a_higher_answer_is_put_into_the_one_that_is_there(world):
    world.raise_for(1)
    world.raise_for(3)
    (alert,) = world.of().open()
    assert alert.answer == 3


def test_no_other_patient_has_it(world):
    alert = world.raise_for()
    assert world.of("ben").all() == []
    assert world.of("ben").find(alert.key) is None
    assert world.of("ada", "https://other.example/fhir").all() == []


def test_a_slash_at_the_end_of_the_issuer_makes_no_other_patient(world):
    alert = world.raise_for()
    assert world.of("ada", "https://ehr.example/fhir/").all() == [alert]


def test_those_of_one_assessment_can_be_asked_for(world):
    one, other = world.raise_for(), world.raise_for(assessment=UUID(int=8))
    assert world.of().open(UUID(int=8)) == [other]
    assert world.of().find(one.key) == one


def test_they_come_in_the_order_they_were_raised(world):
    late = world.raise_for(minutes=9, form="late")
    early = world.raise_for(minutes=1, form="early")
    assert world.of().all() == [early, late]


def test_a_change_back_is_told_and_removes_nothing(world):
    world.of().change(world.raise_for(), "Not at all")
    (alert,) = world.of().open()
    assert (alert.words, alert.now) == ("words 1", "Not at all")


def test_what_was_done_closes_it_for_good(world):
    closed = world.of().handle(world.raise_for(), world.handled())
    assert closed.handled == world.handled()
    assert world.of().open() == []
    assert world.of().all() == [closed]


def test_the_same_form_sent_again_is_the_same_response(world):
    alert = world.raise_for()
    first = world.of().handle(alert, world.handled())
    assert world.of().handle(alert, world.handled()) == first
    assert [step for step, _ in world.told].count("safety-alert-handled") == 1


def test_another_form_does_not_overwrite_a_response(world):
    alert = world.raise_for()
    world.of().handle(alert, world.handled())
    with pytest.raises(EntryRefused):
        world.of().handle(alert, world.handled(form=2))


def test_a_higher_answer_after_the_response_is_open_again(world):
    world.of().handle(world.raise_for(1), world.handled())
    world.raise_for(2)
    assert [alert.is_open for alert in world.of().all()] == [False, True]


def test_what_the_record_has_of_it_is_remembered(world):
    alert = world.raise_for()
    world.of().report(alert)
    world.of().record(alert)
    (kept,) = world.of().all()
    assert (kept.is_reported, kept.is_recorded) == (True, True)


def test_what_was_found_elsewhere_is_kept_with_its_response(world):
    alert = replace(world.raise_for(), key=UUID(int=99))
    world.of().handle(alert, world.handled())
    assert world.of().find(UUID(int=99)).handled == world.handled()


def test_nothing_of_it_can_be_read_in_the_file(world):
    world.of().handle(world.raise_for(), world.handled())
    written = b"".join(path.read_bytes() for path in world.file.parent.iterdir())
    assert not [secret for secret in SECRETS if secret in written]


def test_an_older_key_still_opens_it(world):
    alert = world.raise_for()
    world.keys = (Fernet.generate_key(), *world.keys)
    assert world.of().all() == [alert]


def test_steps_are_told_to_the_witness_by_the_key_alone(world):
    alert = world.raise_for(1)
    world.raise_for(2)
    world.of().change(alert, "Not at all")
    world.of().handle(alert, world.handled())
    assert {key for _, key in world.told} == {alert.key}
    steps = ["raised", "changed", "changed", "handled"]
    assert [step for step, _ in world.told] == [f"safety-alert-{step}" for step in steps]


def test_a_change_that_changes_nothing_is_not_told(world):
    world.of().change(world.raise_for(), "words 1")
    assert [step for step, _ in world.told] == ["safety-alert-raised"]
