"""Deleting: gone from reads and searches, never from the history."""

import pytest

from smartapp.store.outcome import Refused


def test_a_deleted_resource_is_found_no_more(ask, find, ada):
    answer, _ = ask("DELETE", f"Patient/{ada}")
    assert (answer.status, answer.headers["ETag"]) == (204, 'W/"2"')
    assert find("Patient", "") == find("Patient", "name=ada") == find("Patient", f"_id={ada}") == []


def test_deleting_again_changes_nothing(store, ada):
    assert store.delete("Patient", ada) == store.delete("Patient", ada)


def test_deleting_what_was_never_kept_is_404(ask):
    assert ask("DELETE", "Patient/nobody")[0].status == 404


def test_a_stale_if_match_keeps_it(store, ada):
    store.update(store.read("Patient", ada).resource)
    with pytest.raises(Refused) as refused:
        store.delete("Patient", ada, if_match=1)
    assert refused.value.status == 412
    assert store.read("Patient", ada).version == 2


def test_reset_forgets_everything(store, find, ada):
    store.reset()
    assert find("Patient", "") == []
    with pytest.raises(Refused) as refused:
        store.history("Patient", ada)
    assert refused.value.status == 404
