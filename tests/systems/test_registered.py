"""The ``[[systems]]`` tables: anything wrong stops the start and names the key."""

import json

import pytest
from joserfc.jwk import KeySet, OctKey, OKPKey, RSAKey

from smartapp.errors import ConfigError
from smartapp.systems import registered

HERE = "systems[0]."


@pytest.fixture
def table(jwks, tmp_path):
    (tmp_path / "jwks.json").write_text(json.dumps(jwks))
    usual = {"name": "Quality", "client_id": "q", "jwks_file": "jwks.json"}
    return usual | {"scopes": ["system/*.rs", "system/Goal.read"]}


@pytest.fixture
def refused(tmp_path):
    """The message ``read`` refuses tables with."""

    def read(*tables):
        with pytest.raises(ConfigError) as caught:
            registered.read(tables, tmp_path)
        return str(caught.value)

    return read


def test_a_sound_table_is_read(table, tmp_path):
    (client,) = registered.read([table], tmp_path)
    assert (client.name, client.client_id, client.requests_per_minute) == ("Quality", "q", 60)
    assert [str(scope) for scope in client.scopes] == ["system/*.rs", "system/Goal.read"]
    assert {key.kid for key in client.keys} == {"r1", "e1"}


def test_keys_may_be_at_an_https_url_instead(table, tmp_path):
    del table["jwks_file"]
    (client,) = registered.read([table | {"jwks_url": "https://q.example/jwks"}], tmp_path)
    assert (client.keys, client.jwks_url) == (None, "https://q.example/jwks")


def test_no_tables_are_no_systems(tmp_path):
    assert registered.read([], tmp_path) == ()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("name", ""),
        ("name", None),
        ("client_id", 7),
        ("scopes", []),
        ("scopes", "system/*.rs"),
        ("scopes", ["patient/Goal.rs"]),
        ("scopes", ["system/Goal.cruds"]),
        ("scopes", ["system/Goal.rs?status=active"]),
        ("scopes", [7]),
        ("requests_per_minute", 0),
        ("requests_per_minute", -1),
        ("requests_per_minute", 1.5),
        ("requests_per_minute", 60_001),
        ("jwks_file", "missing.json"),
        ("jwks_url", "https://q.example/both"),
        ("color", "red"),
    ],
)
def test_what_is_wrong_is_named(table, refused, key, value):
    named = "jwks_file" if key == "jwks_url" else key
    assert refused(table | {key: value}).startswith(f"{HERE}{named}: ")


@pytest.mark.parametrize(
    "url",
    [*("http://q.example/", "http://127.0.0.1/", "https://", "https://a@q.example/", "HTTPS:[", 7)],
)
def test_a_jwks_url_is_https(table, refused, url):
    del table["jwks_file"]
    assert refused(table | {"jwks_url": url}).startswith(f"{HERE}jwks_url: ")


def test_one_source_of_keys_is_needed(table, refused):
    del table["jwks_file"]
    assert refused(table).startswith(f"{HERE}jwks_file: ")


def test_an_entry_is_a_table(refused):
    assert refused("quality").startswith("systems[0]: ")


@pytest.mark.parametrize("key", ["name", "client_id"])
def test_no_two_systems_share_a_name_or_id(table, refused, key):
    other = table | {"name": "Other", "client_id": "o", key: table[key]}
    assert refused(table, other).startswith(f"systems[1].{key}: ")


RSA = RSAKey.generate_key(2048, {"kid": "r"})


@pytest.mark.parametrize(
    "jwks",
    [
        [],
        {"keys": []},
        {"keys": ["x"]},
        {"keys": [{"kty": "RSA"}]},
        KeySet([RSA]).as_dict(private=True),
        KeySet([OctKey.generate_key(256, {"kid": "o"})]).as_dict(private=True),
        KeySet([OKPKey.generate_key("Ed25519", {"kid": "x"})]).as_dict(private=False),
        {"keys": [RSAKey.import_key(RSA.as_pem(private=False)).as_dict(private=False)]},
    ],
)
def test_only_public_keys_with_a_kid_will_do(table, refused, tmp_path, jwks):
    (tmp_path / "jwks.json").write_text(json.dumps(jwks))
    assert refused(table).startswith(f"{HERE}jwks_file: the file jwks.json does not do")


def test_a_jwks_file_is_json(table, refused, tmp_path):
    (tmp_path / "jwks.json").write_text("nonsense")
    assert refused(table).startswith(f"{HERE}jwks_file: ")
