"""Updating: a new version of what is there, and only over the version that was seen."""

from datetime import timedelta
from pathlib import Path

import pytest

from smartapp.store.outcome import Refused
from smartapp.store.storage import FhirStore


def test_an_update_is_the_next_version(ask, store, ada):
    patient = store.read("Patient", ada).resource | {"gender": "other"}
    answer, body = ask("PUT", f"Patient/{ada}", _json(patient), If_Match='W/"1"')
    assert (answer.status, answer.headers["ETag"]) == (200, 'W/"2"')
    assert (body["meta"]["versionId"], body["gender"]) == ("2", "other")


def test_a_stale_if_match_is_412_and_changes_nothing(ask, store, ada):
    patient = store.read("Patient", ada).resource
    store.update(patient)
    answer, _ = ask("PUT", f"Patient/{ada}", _json(patient), If_Match='W/"1"')
    assert answer.status == 412
    assert store.read("Patient", ada).version == 2


@pytest.mark.parametrize("tag", ["W/", '"x"', "*", 'W/"1", W/"2"'])
def test_an_if_match_that_names_no_version_is_400(ask, store, ada, tag):
    patient = _json(store.read("Patient", ada).resource)
    assert ask("PUT", f"Patient/{ada}", patient, If_Match=tag)[0].status == 400


def test_an_id_nobody_kept_is_404_and_is_not_created(ask, ada):
    answer, _ = ask("PUT", "Patient/mine", {"resourceType": "Patient", "id": "mine"})
    assert answer.status == 404
    assert ask("GET", "Patient/mine")[0].status == 404


def test_a_store_for_seeding_takes_the_ids_it_is_given(tmp_path: Path):
    store = FhirStore(tmp_path / "seed.sqlite3", client_ids=True)
    kept, new = store.update({"resourceType": "Patient", "id": "ada"})
    assert (kept.id, kept.version, new) == ("ada", 1, True)
    with pytest.raises(Refused) as refused:
        store.update({"resourceType": "Patient", "id": "bob"}, 1)
    assert refused.value.status == 404


def test_what_was_deleted_comes_back_only_where_ids_may_be_given(store, ada, tmp_path):
    store.delete("Patient", ada)
    patient = {"resourceType": "Patient", "id": ada}
    with pytest.raises(Refused) as refused:
        store.update(patient)
    assert refused.value.status == 410
    seeding = FhirStore(tmp_path / "store.sqlite3", client_ids=True)
    kept, new = seeding.update(patient)
    assert (kept.version, new) == (3, True)
    assert [each.id for each in seeding.search("Patient").matches] == [ada]


def test_an_update_without_an_id_is_refused(store):
    with pytest.raises(Refused) as refused:
        store.update({"resourceType": "Patient"})
    assert refused.value.status == 400


def test_the_resource_is_the_one_the_address_names(ask, ada):
    assert ask("PUT", f"Patient/{ada}", {"resourceType": "Patient", "id": "b"})[0].status == 400
    assert ask("PUT", f"Patient/{ada}", {"resourceType": "Goal", "id": ada})[0].status == 400


def test_a_version_is_never_older_than_the_one_before(store, clock, ada):
    """The machine's clock may be set back; lastUpdated still only goes forward."""
    first = store.read("Patient", ada)
    clock.time -= timedelta(days=1)
    second, _ = store.update(first.resource)
    assert second.updated == first.updated


def test_the_index_follows_the_update(store, find, ada):
    patient = store.read("Patient", ada).resource | {"name": [{"family": "Novák"}]}
    store.update(patient)
    assert find("Patient", "name=novak") == [ada]
    assert find("Patient", "name=ziz") == []


def _json(resource):
    """Without decimals, plain enough for the json module."""
    return dict(resource)
