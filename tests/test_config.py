"""One TOML file; anything wrong in it stops the start with one sentence that names the key."""

from datetime import UTC, date, datetime, timedelta

import pytest
from cryptography.fernet import Fernet

from smartapp.config import BackendAccess, ClientAuth, StoreSettings, Where, is_safe, load
from smartapp.errors import ConfigError

TOP = """
public_url = "https://app.example/"
data_dir = "data"
encryption_key_files = ["new.key", "old.key"]
"""
SITE = """
[[sites]]
name = "Clinic"
issuer = "https://ehr.example/fhir"
client_id = "ours"
"""
FULL = """
[[sites]]
name = "Hospital"
issuer = "https://hospital.example/fhir/"
client_id = "theirs"
client_auth = "secret"
secret_file = "hospital.secret"
scopes = ["patient/Patient.read"]
frame_ancestors = ["https://hospital.example", "https://portal.example:8443"]
id_token_issuer = "https://id.example"
smart_style = false
"""
BACKEND = '[sites.backend]\nclient_id = "machine"\nkey_folder = "keys"\n'
NEW, OLD = Fernet.generate_key(), Fernet.generate_key()


@pytest.fixture
def folder(tmp_path):
    """Everything a configuration may point to."""
    (tmp_path / "new.key").write_bytes(NEW + b"\n")
    (tmp_path / "old.key").write_bytes(OLD)
    (tmp_path / "hospital.secret").write_text("s3cret\n")
    (tmp_path / "empty.secret").write_text("")
    (tmp_path / "latin.secret").write_bytes(b"\xff\xfe")
    (tmp_path / "umlaut.secret").write_text("ü")
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "ES384-current.json").write_text("{}")
    (tmp_path / "nokeys").mkdir()
    return tmp_path


@pytest.fixture
def loaded(folder):
    def read(text):
        (folder / "app.toml").write_text(text)
        return load(folder / "app.toml")

    return read


@pytest.fixture
def refused(loaded):
    """The sentence with which a configuration is refused."""

    def read(text):
        with pytest.raises(ConfigError) as caught:
            loaded(text)
        return str(caught.value)

    return read


class TestDefaults:
    @pytest.fixture
    def config(self, loaded):
        return loaded(TOP + SITE)

    def test_a_launch_ends_after_30_minutes_idle_and_12_hours(self, config):
        assert (config.idle, config.absolute) == (timedelta(minutes=30), timedelta(hours=12))

    def test_no_proxy_is_trusted(self, config):
        assert config.trusted_proxies == 0

    def test_a_site_is_a_public_client_framed_by_nobody(self, config):
        (site,) = config.sites
        assert site.client_auth is ClientAuth.PUBLIC
        assert site.frame_ancestors == ()

    def test_a_site_may_set_the_style(self, config):
        assert config.sites[0].smart_style is True

    def test_the_day_is_utcs(self, config):
        assert config.time_zone is UTC


class TestFull:
    @pytest.fixture
    def config(self, loaded):
        numbers = "idle_minutes = 5\nabsolute_hours = 1\ntrusted_proxies = 2\n"
        return loaded(f'{TOP}{numbers}time_zone = "America/Denver"\n{SITE}{FULL}')

    def test_numbers(self, config):
        assert (config.idle, config.absolute) == (timedelta(minutes=5), timedelta(hours=1))
        assert config.trusted_proxies == 2

    def test_paths_are_relative_to_the_file(self, config, folder):
        assert config.data_dir == folder / "data"

    def test_the_first_encryption_key_is_the_newest(self, config):
        assert config.encryption_keys == (NEW, OLD)

    def test_a_secret_comes_from_its_file(self, config):
        assert config.sites[1].secret == "s3cret"

    def test_a_private_key_site_has_its_folder(self, loaded, folder):
        config = loaded(f'{TOP}{SITE}client_auth = "private-key"\nkey_folder = "keys"\n')
        assert config.sites[0].key_folder == folder / "keys"

    def test_a_site_is_as_written(self, config):
        site = config.sites[1]
        assert (site.issuer, site.client_id) == ("https://hospital.example/fhir/", "theirs")
        assert (site.scopes, site.smart_style) == (("patient/Patient.read",), False)
        assert site.id_token_issuer == "https://id.example"

    def test_today_is_the_clinicians(self, config):
        assert config.today(datetime(2026, 3, 2, 5, tzinfo=UTC)) == date(2026, 3, 1)

    def test_every_frame_ancestor_once(self, config):
        assert config.frame_ancestors == (
            "https://hospital.example",
            "https://portal.example:8443",
        )


class TestDerived:
    @pytest.fixture
    def config(self, loaded):
        return loaded(TOP + SITE)

    def test_the_redirect_uri(self, config):
        assert config.redirect_uri == "https://app.example/callback"

    def test_the_form_key_is_not_the_encryption_key(self, config):
        assert len(config.form_key) == 64
        assert config.form_key not in repr(config)

    @pytest.mark.parametrize("slash", ["", "/"])
    def test_a_site_is_found_by_issuer_with_or_without_slash(self, config, slash):
        assert config.site_of(f"https://ehr.example/fhir{slash}").name == "Clinic"

    def test_no_other_issuer_is_found(self, config):
        assert config.site_of("https://ehr.example/fhir//") is None

    def test_a_site_is_found_by_name(self, config):
        assert config.site_named("Clinic").client_id == "ours"
        assert config.site_named("clinic") is None


SERVER = """
[store]
url = "https://store.example/fhir/"
"""


class TestBackendAccess:
    def test_a_site_has_none_unless_it_is_set_up(self, loaded):
        assert loaded(TOP + SITE).sites[0].backend is None

    def test_the_least_is_a_client_and_its_keys(self, loaded, folder):
        backend = loaded(f"{TOP}{SITE}{BACKEND}").sites[0].backend
        assert backend == BackendAccess("machine", folder / "keys")

    def test_all_that_can_be_said(self, loaded, folder):
        more = 'token_url = "https://id.example/token"\nscopes = ["system/Goal.cruds"]\n'
        backend = loaded(f"{TOP}{SITE}{BACKEND}{more}").sites[0].backend
        url, scopes = "https://id.example/token", ("system/Goal.cruds",)
        assert backend == BackendAccess("machine", folder / "keys", url, scopes)


KEYS = 'client_id = "gsh"\nkey_folder = "keys"\ntoken_url = "https://store.example/token"\n'


class TestStore:
    @pytest.mark.parametrize("text", ["", "[store]\n", '[store]\nkind = "embedded"\n'])
    def test_it_is_embedded_unless_said_otherwise(self, loaded, text):
        assert loaded(TOP + SITE + text).store == StoreSettings()

    def test_a_server_with_a_token_from_a_file(self, loaded):
        config = loaded(f'{TOP}{SITE}{SERVER}token_file = "hospital.secret"\n')
        assert config.store == StoreSettings("https://store.example/fhir", "s3cret")
        assert "s3cret" not in repr(config)

    def test_a_server_under_backend_services(self, loaded, folder):
        store = loaded(f'{TOP}{SITE}{SERVER}kind = "server"\n{KEYS}').store
        assert (store.token_url, store.client_id) == ("https://store.example/token", "gsh")
        assert store.key_folder == folder / "keys"


class TestEhr:
    def test_a_site_keeps_fhir_as_it_is_unless_said_otherwise(self, loaded):
        (site,) = loaded(TOP + SITE).sites
        assert (site.ehr, site.writes) == ("fhir-native", {})

    def test_a_vendor_and_where_writes_go(self, loaded):
        writes = '[sites.writes]\nGoal = "store"\nCarePlan = "both"\n'
        (site,) = loaded(f'{TOP}{SITE}ehr = "epic"\n{writes}').sites
        assert site.ehr == "epic"
        assert site.writes == {"Goal": Where.STORE, "CarePlan": Where.BOTH}


REFUSED = [
    (f"{TOP}{SITE}ehr = 5", "sites[0].ehr: this must be a TOML string."),
    (f'{TOP}{SITE}ehr = ""', "sites[0].ehr: this must not be empty."),
    (f"{TOP}{SITE}writes = 5", "sites[0].writes: this must be a TOML table."),
    (f'{TOP}{SITE}[sites.writes]\nGoal = "here"',
     'sites[0].writes.Goal: this must be "ehr", "store" or "both".'),
    (f"{TOP}{SITE}[sites.writes]\nGoal = []",
     'sites[0].writes.Goal: this must be "ehr", "store" or "both".'),
    (f"{TOP}store = 5\n{SITE}", "store: this must be a TOML table."),
    (f'{TOP}{SITE}[store]\nkind = "cloud"', 'store.kind: this must be "embedded" or "server".'),
    (f'{TOP}{SITE}[store]\nkind = "server"', "store.url: this key is needed and missing."),
    (f'{TOP}{SITE}{SERVER}kind = "embedded"', "store.url: there is no such key."),
    (f"{TOP}{SITE}{SERVER}", "store.token_url: this key is needed and missing."),
    (f'{TOP}{SITE}{SERVER}token_file = "no.secret"', "store.token_file: the file no.secret cannot"),
    (f'{TOP}{SITE}{SERVER}token_file = "empty.secret"', "store.token_file: the file must hold the"),
    (f'{TOP}{SITE}{SERVER}token_file = "hospital.secret"\n{KEYS}',
     "store.client_id: there is no such key."),
    (f"{TOP}{SITE}{SERVER}{KEYS}".replace('"keys"', '"nokeys"'),
     "store.key_folder: there is no key in this folder; make one first."),
    (TOP + SITE + SERVER.replace("https", "http") + KEYS, "store.url: this must be an https URL"),
    (SITE, "public_url: this key is needed and missing."),
    (TOP.replace("https://app", "http://app") + SITE, "public_url: this must be an https URL"),
    (TOP.replace('"data"', "5") + SITE, "data_dir: this must be a TOML string."),
    (TOP.replace('"data"', '" "') + SITE, "data_dir: this must not be empty."),
    (TOP.replace('["new.key", "old.key"]', "[]") + SITE, "encryption_key_files: at least one"),
    (TOP.replace("old.key", "no.key") + SITE, "encryption_key_files: the file no.key cannot be"),
    (TOP.replace("old.key", "hospital.secret") + SITE, "encryption_key_files: the file hospital"),
    (TOP.replace('"old.key"', "5") + SITE, "encryption_key_files: this must be an array of"),
    (f"{TOP}idle_minutes = 0\n{SITE}", "idle_minutes: this must be at least 1."),
    (f"{TOP}idle_minutes = 1.5\n{SITE}", "idle_minutes: this must be a TOML integer."),
    (f"{TOP}idle_minutes = true\n{SITE}", "idle_minutes: this must be a TOML integer."),
    (f"{TOP}absolute_hours = 0\n{SITE}", "absolute_hours: this must be at least 1."),
    (f"{TOP}trusted_proxies = -1\n{SITE}", "trusted_proxies: this must be at least 0."),
    (f'{TOP}time_zone = "Mars/Base"\n{SITE}', "time_zone: this must be a time zone such as"),
    (f'{TOP}time_zone = "../etc"\n{SITE}', "time_zone: this must be a time zone such as"),
    (f"{TOP}colour = 1\n{SITE}", "colour: there is no such key."),
    (TOP, "sites: at least one site is needed."),
    (f"{TOP}sites = [5]", "sites[0]: this must be a TOML table."),
    (f"{TOP}sites = 5", "sites: this must be a TOML array."),
    (f'{TOP}{SITE}secret = "x"', "sites[0].secret: there is no such key."),
    (TOP + SITE.replace("name", "label"), "sites[0].name: this key is needed and missing."),
    (TOP + SITE + FULL.replace("https://hospital.example/fhir", "http://hospital.example/fhir"),
     "sites[1].issuer: this must be an https URL (http only on this machine)."),
    (TOP + SITE.replace("fhir", "fhir?x=1"), "sites[0].issuer: this must be an https URL"),
    (TOP + SITE + FULL.replace("hospital.example/fhir", "ehr.example/fhir"),
     "sites[1].issuer: another site has the same issuer."),
    (TOP + SITE + FULL.replace("Hospital", "Clinic"), "sites[1].name: another site has the same"),
    (f'{TOP}{SITE}client_auth = "post"', 'sites[0].client_auth: this must be "public", "secret"'),
    (f'{TOP}{SITE}client_auth = "secret"', "sites[0].secret_file: this key is needed and missing."),
    (f'{TOP}{SITE}secret_file = "x"', "sites[0].secret_file: there is no such key."),
    (TOP + FULL.replace("hospital.secret", "no.secret"), "sites[0].secret_file: the file no."),
    (TOP + FULL.replace("hospital.secret", "empty.secret"), "sites[0].secret_file: the file must"),
    (TOP + FULL.replace("hospital.secret", "latin.secret"), "sites[0].secret_file: the file latin"),
    (TOP + FULL.replace("hospital.secret", "umlaut.secret"), "sites[0].secret_file: the file must"),
    (f"{TOP}{SITE}backend = 1", "sites[0].backend: this must be a TOML table."),
    (f"{TOP}{SITE}[sites.backend]", "sites[0].backend.client_id: this key is needed and missing."),
    (f'{TOP}{SITE}[sites.backend]\nclient_id = "m"\nkey_folder = "nokeys"',
     "sites[0].backend.key_folder: there is no key in this folder; make one first."),
    (f'{TOP}{SITE}{BACKEND}token_url = "http://id.example/token"',
     "sites[0].backend.token_url: this must be an https URL (http only on this machine)."),
    (f'{TOP}{SITE}{BACKEND}scopes = ["patient/Goal.cruds"]',
     "sites[0].backend.scopes: each must be a system scope such as system/Goal.cruds."),
    (f"{TOP}{SITE}{BACKEND}colour = 1", "sites[0].backend.colour: there is no such key."),
    (f'{TOP}{SITE}client_auth = "private-key"', "sites[0].key_folder: this key is needed and"),
    (f'{TOP}{SITE}client_auth = "private-key"\nkey_folder = "nokeys"',
     "sites[0].key_folder: there is no key in this folder; make one first."),
    (f"{TOP}{SITE}smart_style = 1", "sites[0].smart_style: this must be a TOML boolean."),
    (f"{TOP}{SITE}scopes = [1]", "sites[0].scopes: this must be an array of non-empty strings."),
    (f'{TOP}{SITE}id_token_issuer = "x"', "sites[0].id_token_issuer: this must be an https URL"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "sentence"), REFUSED, ids=[s for _, s in REFUSED])
def test_a_wrong_file_is_refused_by_naming_the_key(refused, text, sentence):
    assert refused(text).startswith(sentence)


@pytest.mark.parametrize(
    "origin", ["https://x.example/path", "http://x.example", "*", "https://*.example", "'self'",
               "https://a.example; script-src *", "https://x.example/", "x.example"],
)  # fmt: skip
def test_a_frame_ancestor_must_be_an_origin(refused, origin):
    """It becomes part of a header."""
    said = refused(f'{TOP}{SITE}frame_ancestors = ["{origin}"]')
    assert said == "sites[0].frame_ancestors: each must be an origin, without a path."


def test_a_file_that_is_not_toml_is_refused(refused):
    assert "this is not valid TOML" in refused("public_url =")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"no\.toml: the configuration file cannot be read\."):
        load(tmp_path / "no.toml")


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://x.example", True), ("http://localhost:8001/fhir", True),
        ("http://127.0.0.1", True), ("http://[::1]:8000/", True), ("http://x.example", False),
        ("http://localhost.evil.example", False), ("ftp://localhost", False), ("https://", False),
        ("https://u:p@x.example", False), ("https://x:port", False), ("https://[", False),
        ("//x.example", False), ("", False),
    ],
)  # fmt: skip
def test_https_or_this_machine_is_safe(url, safe):
    assert is_safe(url) is safe


class TestContent:
    def test_there_is_none_unless_asked_for(self, loaded):
        assert loaded(TOP + SITE).content is None

    def test_is_a_folder_relative_to_the_file(self, loaded, folder):
        assert loaded(f'{TOP}{SITE}[content]\nfolder = "keys"\n').content == folder / "keys"

    @pytest.mark.parametrize(
        ("key", "says"),
        [
            ('folder = "nowhere"', "content.folder: there is no such folder."),
            ('folder = "new.key"', "content.folder: there is no such folder."),
            ('folders = "keys"', "content.folder: this key is needed and missing."),
            ('folder = "keys"\nmore = 1', "content.more: there is no such key."),
        ],
    )
    def test_is_refused_by_its_key(self, refused, key, says):
        assert refused(f"{TOP}{SITE}[content]\n{key}\n") == says
