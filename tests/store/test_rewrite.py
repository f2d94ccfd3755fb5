"""References are resolved wherever they stand, and only references."""

import pytest

from smartapp.store.outcome import Refused
from smartapp.store.rewrite import rewrite

NAMES = {"urn:uuid:a": "Patient/1"}


def no_match(kind, condition):
    raise AssertionError("nothing is conditional here")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"subject": {"reference": "urn:uuid:a"}}, {"subject": {"reference": "Patient/1"}}),
        ({"of": [[{"reference": "urn:uuid:a"}]]}, {"of": [[{"reference": "Patient/1"}]]}),
        ({"value": "urn:uuid:a", "reference": {}}, {"value": "urn:uuid:a", "reference": {}}),
        ({"reference": "Patient/2"}, {"reference": "Patient/2"}),
        ({"reference": "#contained"}, {"reference": "#contained"}),
        ({"reference": "https://x.example/a?b=c"}, {"reference": "https://x.example/a?b=c"}),
    ],
)
def test_only_a_reference_that_names_an_entry_changes(before, after):
    assert rewrite(before, NAMES, no_match) == after


def test_the_original_is_left_alone():
    before = {"subject": {"reference": "urn:uuid:a"}}
    rewrite(before, NAMES, no_match)
    assert before == {"subject": {"reference": "urn:uuid:a"}}


@pytest.mark.parametrize("reference", ["urn:uuid:b", "urn:oid:1.2"])
def test_a_name_no_entry_has_is_refused(reference):
    with pytest.raises(Refused) as refused:
        rewrite({"reference": reference}, NAMES, no_match)
    assert refused.value.status == 400
