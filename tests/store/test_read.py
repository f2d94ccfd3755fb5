"""Reading: the newest version, an old one, and what is not there."""

import pytest


def test_a_read_answers_the_kept_bytes_with_its_version(ask, store, ada):
    answer, _ = ask("GET", f"Patient/{ada}")
    assert answer.status == 200
    assert answer.body == store.read("Patient", ada).body
    assert answer.headers["ETag"] == 'W/"1"'


def test_what_the_client_already_has_is_not_sent_again(ask, ada):
    answer, _ = ask("GET", f"Patient/{ada}", If_None_Match='W/"1"')
    assert (answer.status, answer.body) == (304, b"")


def test_an_old_version_can_still_be_read(ask, store, ada):
    store.update(store.read("Patient", ada).resource | {"gender": "other"})
    answer, old = ask("GET", f"Patient/{ada}/_history/1")
    assert (old["gender"], answer.headers["ETag"]) == ("female", 'W/"1"')


@pytest.mark.parametrize(
    "path", ["Patient/nobody", "Patient/nobody/_history", "Patient/nobody/_history/1", "Robot/1"]
)
def test_what_was_never_kept_is_404_with_an_outcome(ask, path):
    answer, body = ask("GET", path)
    assert (answer.status, body["resourceType"]) == (404, "OperationOutcome")


def test_what_was_deleted_is_410_and_so_is_that_version(ask, store, ada):
    store.delete("Patient", ada)
    assert ask("GET", f"Patient/{ada}")[0].status == 410
    assert ask("GET", f"Patient/{ada}/_history/2")[0].status == 410
    assert ask("GET", f"Patient/{ada}/_history/1")[0].status == 200


def test_a_read_takes_no_search_parameters(ask, ada):
    assert ask("GET", f"Patient/{ada}?name=x")[0].status == 400
    assert ask("GET", f"Patient/{ada}?_format=json")[0].status == 200
    assert ask("GET", f"Patient/{ada}?_format=xml")[0].status == 406
