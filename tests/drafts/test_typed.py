"""Forms kept for who typed them: sealed, a month long, the last of its kind."""

from uuid import UUID

import pytest
from cryptography.fernet import Fernet

from smartapp.drafts.typed import OFFERED, OwnForms, Tray

BASE, FORM = "https://ehr.example/fhir", UUID(int=9)
SAID = {"consent": "yes", "red_flags_cleared": "Dr Quillfeather 🐕"}


@pytest.fixture
def own(world):
    """Opens the forms of a user about a patient, as another process would."""

    def own(patient="p1", user="Practitioner/1"):
        tray = Tray(world.folder / "drafts.sqlite3", world.keys, world.clock)
        return OwnForms(tray, BASE, patient, user)

    return own


@pytest.fixture
def kept(own):
    """Whether it was kept."""
    return own().keep("enrollment", FORM, SAID)


def test_it_is_found_as_it_was_typed(world, own, kept):
    found = own().find("enrollment")
    assert kept
    assert (found.form_id, found.values) == (FORM, SAID)
    assert found.at == world.clock().timestamp()


@pytest.mark.parametrize("who", [("p2", "Practitioner/1"), ("p1", "Practitioner/2"), ("p1", "")])
def test_it_is_nobody_elses_and_about_nobody_else(own, kept, who):
    own(*who).drop("enrollment")
    assert own(*who).find("enrollment") is None
    assert own().find("enrollment")


def test_the_last_one_counts(own, kept):
    own().keep("enrollment", FORM, {"consent": ""})
    assert own().find("enrollment").values == {"consent": ""}


def test_what_was_dropped_is_gone(own, kept):
    own().drop("enrollment")
    assert own().find("enrollment") is None


def test_after_a_month_it_is_not_offered_and_then_wiped(world, own, kept):
    world.clock.time += OFFERED
    assert own().find("enrollment")
    world.clock.forward(seconds=1)
    assert own().find("enrollment") is None
    own("p2").keep("enrollment", FORM, {})
    world.clock.time -= OFFERED
    assert own().find("enrollment") is None


def test_a_key_that_was_added_since_changes_nothing(world, own, kept):
    world.keys = (Fernet.generate_key(), *world.keys)
    assert own().find("enrollment").values == SAID
    own().keep("enrollment", FORM, {})
    own().drop("enrollment")
    assert own().find("enrollment") is None


def test_without_its_key_it_is_not_there(world, own, kept):
    world.keys = (Fernet.generate_key(),)
    assert own().find("enrollment") is None


def test_nobody_without_the_key_reads_any_of_it(world, own, kept):
    files = b"".join(file.read_bytes() for file in world.folder.glob("drafts*"))
    assert not [told for told in (b"Quillfeather", b"consent", b'"p1"', b"p1 P") if told in files]


def test_a_file_that_cannot_be_used_stops_nobody(world, own):
    mine = own()
    for file in world.folder.glob("drafts*"):
        file.unlink()
    (world.folder / "drafts.sqlite3").write_bytes(b"no database at all" * 1000)
    assert (mine.keep("enrollment", FORM, SAID), mine.find("enrollment")) == (False, None)
