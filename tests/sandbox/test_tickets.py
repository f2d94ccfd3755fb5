"""What the authorization server keeps: never a secret itself, and each thing only for its time."""

import pytest

from smartapp.sandbox.records import Records
from smartapp.sandbox.tickets import Context, Permission, Tickets


@pytest.fixture
def records(tmp_path):
    records = Records(tmp_path / "ehr.sqlite3")
    yield records
    records.close()


@pytest.fixture
def tickets(records, clock):
    return Tickets(records, clock)


def permission(**changes):
    given = {"client_id": "c", "user": "u", "scope": "openid", "context": Context("p01")}
    given |= {"redirect_uri": "http://cb", "code_challenge": "x", "nonce": None, "signed_in": 1}
    return Permission(**(given | changes))


def everything(records):
    tables = ("setting", "launch", "code", "token", "assertion")
    return repr([records.rows(f"SELECT * FROM {table}") for table in tables])


def test_no_secret_is_kept_as_it_is(records, tickets):
    launch = tickets.open_launch("u", Context("p01"))
    tickets.keep_code("the-code", permission())
    token = {"access_token": "the-access", "refresh_token": "the-refresh", "expires_in": 570}
    tickets.keep_token(token, permission())
    kept = everything(records)
    assert not any(secret in kept for secret in (launch, "the-code", "the-access", "the-refresh"))


def test_a_setting_is_made_once(records):
    assert records.setting("a", lambda: "first") == "first"
    assert records.setting("a", lambda: "second") == "first"


def test_what_a_permission_carries_survives_the_file(tickets):
    given = permission(context=Context("p01", fhirContext=({"reference": "Task/1"},)))
    tickets.keep_code("code", given)
    assert tickets.use_code("code", "c") == given


def test_each_authorization_is_a_family_of_its_own():
    assert permission().family != permission().family


def test_a_jti_may_come_again_after_it_expired(tickets, clock):
    assert tickets.first_use("c", "j", clock.now + 10)
    assert not tickets.first_use("c", "j", clock.now + 10)
    assert tickets.first_use("d", "j", clock.now + 10)
    clock.now += 11
    assert tickets.first_use("c", "j", clock.now + 10)


def test_forgetting_people_keeps_the_keys(records, tickets):
    records.setting("key", lambda: "kept")
    launch = tickets.open_launch("u", Context("p01"))
    records.forget_people()
    assert tickets.launch(launch, "u") is None
    assert records.setting("key", lambda: "new") == "kept"
