"""Whether the record says what was wanted, whatever a server makes of how it is said."""

import pytest

from smartapp.fhir.substance import arrived

BEFORE = {
    "resourceType": "Goal",
    "id": "g",
    "description": {"text": "Walk"},
    "startDate": "2026-01-01",
}
CHANGED = {**BEFORE, "description": {"text": "Swim"}}


def test_what_was_stamped_and_added_by_the_server_does_not_matter() -> None:
    now = {**CHANGED, "meta": {"versionId": "2"}, "text": {"status": "generated"}, "language": "en"}
    assert arrived(now, BEFORE, CHANGED)


def test_what_others_changed_elsewhere_does_not_matter() -> None:
    assert arrived({**CHANGED, "startDate": "2026-02-02"}, BEFORE, CHANGED)


@pytest.mark.parametrize("text", ["Walk", "Dance"])
def test_what_says_otherwise_has_not_arrived(text: str) -> None:
    assert not arrived({**CHANGED, "description": {"text": text}}, BEFORE, CHANGED)


def test_when_a_note_was_typed_does_not_matter_but_what_it_says_does() -> None:
    def noted(text: str, time: str) -> dict[str, object]:
        return {**BEFORE, "note": [{"text": text, "time": time}]}

    changed = noted("Good", "2026-11-23T09:00:00Z")
    assert arrived(noted("Good", "2026-11-23T10:00:00+01:00"), BEFORE, changed)
    assert not arrived(noted("Bad", "2026-11-23T09:00:00Z"), BEFORE, changed)


def test_references_may_be_absolute() -> None:
    changed = {**BEFORE, "addresses": [{"reference": "Condition/1"}]}
    told = {**BEFORE, "addresses": [{"reference": "https://ehr.example/fhir/Condition/1"}]}
    assert arrived(told, BEFORE, changed)
