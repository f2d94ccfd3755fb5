"""The app's own keys: made, rotated, published (SMART App Launch 2.2, 5.0.3)."""

import json
import stat

import pytest
from cryptography.fernet import Fernet

from smartapp.launch import keys

PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


@pytest.fixture
def folder(tmp_path):
    """An empty folder, not even there yet."""
    return tmp_path / "new" / "keys"


def kids(folder, state):
    return {key.kid for key in keys.list_keys(folder) if key.state == state}


def test_a_key_made_is_listed_as_current(folder):
    made = keys.make(folder, "ES384")
    assert keys.list_keys(folder) == (made,)
    assert made.state == "current"


def test_only_the_algorithms_of_smart_are_made(folder):
    with pytest.raises(ValueError, match="RS256 is not one of RS384, ES384"):
        keys.make(folder, "RS256")


def test_a_current_key_is_not_overwritten(folder):
    keys.make(folder, "ES384")
    with pytest.raises(ValueError, match="rotate it instead"):
        keys.make(folder, "ES384")


def test_files_are_for_their_owner_only(folder):
    keys.make(folder, "ES384")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_rotation_publishes_the_new_key_and_the_one_before(folder):
    keys.make(folder, "ES384")
    before = kids(folder, "current")
    keys.rotate(folder)
    assert kids(folder, "previous") == before
    assert len(keys.published([folder])["keys"]) == 2


def test_the_new_key_signs_after_a_rotation(folder):
    keys.make(folder, "ES384")
    (rotated,) = keys.rotate(folder)
    assert keys.signing_key(folder).kid == rotated.kid


def test_a_second_rotation_drops_the_oldest_key(folder):
    first = keys.make(folder, "ES384").kid
    keys.rotate(folder)
    keys.rotate(folder)
    assert first not in {key.kid for key in keys.list_keys(folder)}
    assert len(keys.list_keys(folder)) == 2


def test_there_is_nothing_to_rotate_in_an_empty_folder(folder):
    with pytest.raises(ValueError, match="make one first"):
        keys.rotate(folder)


def test_there_is_nothing_to_sign_with_in_an_empty_folder(folder):
    with pytest.raises(FileNotFoundError):
        keys.signing_key(folder)


def test_a_folder_used_by_two_sites_is_published_once(key_folder):
    assert keys.published([key_folder, key_folder]) == keys.published([key_folder])


def test_an_encryption_key_is_made_once(tmp_path):
    path = tmp_path / "secrets" / "launch.key"
    keys.make_encryption_key(path)
    Fernet(path.read_bytes())
    with pytest.raises(FileExistsError):
        keys.make_encryption_key(path)


class TestJwks:
    @pytest.fixture
    def answer(self, browser):
        return browser.get("/.well-known/jwks.json")

    def test_has_a_key_for_each_algorithm(self, answer):
        assert {key["alg"] for key in answer.json["keys"]} == {"RS384", "ES384"}

    def test_has_no_private_part(self, answer):
        assert not [key for key in answer.json["keys"] if PRIVATE & key.keys()]

    def test_each_key_has_what_smart_asks_for(self, answer):
        for key in answer.json["keys"]:
            needed = {"n", "e"} if key["kty"] == "RSA" else {"crv", "x", "y"}
            assert {"kty", "alg", "kid", "use"} | needed <= key.keys()

    def test_an_rsa_key_has_at_least_2048_bits(self, answer):
        (rsa,) = [key for key in answer.json["keys"] if key["kty"] == "RSA"]
        assert len(rsa["n"]) * 6 >= 2048

    def test_is_json_that_may_be_cached_for_minutes(self, answer):
        assert answer.mimetype == "application/json"
        assert answer.headers["Cache-Control"] == "public, max-age=300"

    def test_is_empty_without_private_key_sites(self, launches):
        assert json.dumps(keys.published([])) == '{"keys": []}'
