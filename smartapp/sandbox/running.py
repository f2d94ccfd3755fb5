"""Start the sandbox EHR and the app together, on this machine only, and stop them.

``start`` is for ``python -m smartapp.sandbox`` and for tests. The EHR is reached as ``localhost``,
the app as ``127.0.0.1``: two sites to a browser, as in life.
"""

import hashlib
import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Self

from smartapp import config
from smartapp.app import create_app
from smartapp.config import Config
from smartapp.errors import ConfigError
from smartapp.fhir.ehrs import NATIVE, EhrProfile, profiles
from smartapp.launch import keys
from smartapp.sandbox import vendor
from smartapp.sandbox.clients import ALLOWED, BACKEND, Client, demo_clients
from smartapp.sandbox.ehr import Ehr, create_ehr
from smartapp.sandbox.faults import Faults
from smartapp.sandbox.serving import Server, Wsgi
from smartapp.sandbox.settings import SEED, TOKEN_LIFE, EhrSettings

PROTOCOL = """\
Stay with the person, or on the line, until somebody else is with them.
1. Call the supervisor now. If nobody answers within five minutes, call the clinician on duty.
2. Somebody qualified assesses the risk of suicide with the person, today.
3. If there is danger now, call emergency services and say where the person is.
4. Give the crisis contacts below, in any case."""
"""The demo's protocol; a real site writes its own."""
CRISIS = """\
[safety.crisis.en-US]
text = "If you are thinking about suicide or harming yourself, you can get help right now."
contacts = [
  "Call or text 988: Suicide & Crisis Lifeline, day and night, free",
  "Call 911 if you are in danger now",
]

[safety.crisis.es-US]
text = "Si piensa en el suicidio o en hacerse daño, puede recibir ayuda ahora mismo."
contacts = [
  "Llame o envíe un mensaje al 988 (oprima 2 para español): día y noche, gratis",
  "Llame al 911 si está en peligro ahora",
]
unattended = "Nadie lee estas respuestas mientras usted escribe. Si está en peligro, no espere."

[safety.crisis.en-AU]
text = "If you are thinking about suicide or harming yourself, you can get help right now."
contacts = ["Call Lifeline on 13 11 14, day and night", "Call 000 if you are in danger now"]
"""
"""The demo's crisis contacts, each for its locale."""
_AUTH = {"none": "public", "client_secret_basic": "secret", "private_key_jwt": "private-key"}


@dataclass(frozen=True)
class Wish:
    """What to start; a port of 0 is any free one, ``client`` is the demo client the chart launches.

    ``make_app`` builds the app from its configuration. ``vendor`` is whose server the EHR behaves
    as; the site is configured for it unless ``ehr`` names another profile. ``scopes`` is what the
    EHR lists and grants, "" for the vendor's; ``writes`` are lines of the site's overrides.
    """

    data: Path
    port_app: int = 0
    port_ehr: int = 0
    upstream: str | None = None
    token_life: int | None = None
    reset: bool = False
    client: str = "gsh-private-key"
    seed: int = SEED
    today: date | None = None
    faults: Faults = field(default_factory=Faults)
    make_app: Callable[[Config], Wsgi] = create_app
    vendor: str = NATIVE
    ehr: str = ""
    scopes: str = ""
    writes: Mapping[str, str] = field(default_factory=dict)

    @property
    def profile(self) -> EhrProfile | None:
        """The vendor's profile, None for a FHIR-native server; ConfigError for an unknown one."""
        if self.vendor not in profiles():
            raise ConfigError(f"The vendor must be one of {', '.join(profiles())}.")
        return None if self.vendor == NATIVE else profiles()[self.vendor]

    @property
    def listed(self) -> str:
        """The scopes the EHR lists and grants, space-separated."""
        return self.scopes or (vendor.scopes(self.profile) if self.profile else ALLOWED)


@dataclass(frozen=True)
class Running:
    """Both servers at work: their URLs, the EHR's parts, the app's configuration, and ``stop``."""

    app_url: str
    ehr_url: str
    ehr: Ehr
    config: Config
    faults: Faults
    servers: tuple[Server, Server]

    def launch_url(
        self, patient: str = "p01", user: str = "coach-1", *, embedded: bool = False
    ) -> str:
        """The app's launch URL as if ``user`` had clicked in the chart of a generated patient."""
        key = self.ehr.hospital.reference(f"Patient/{patient}").removeprefix("Patient/")
        return self.ehr.launch_url(key, user, embedded=embedded)

    def stop(self) -> None:
        """Stop both servers and close the files."""
        for server in self.servers:
            server.stop()
        self.ehr.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop()


def start(data: Path, **options: object) -> Running:
    """Start both; options are the fields of ``Wish``. Raises ConfigError for a taken port."""
    return _start(Wish(data, **options))  # type: ignore[arg-type]  # Wish itself names and checks them


def _start(wish: Wish) -> Running:
    if wish.profile is not None:
        # What was refused by one vendor, and kept for that reason, is not the next one's.
        wish = replace(wish, data=wish.data / wish.vendor)
    if wish.reset and wish.data.exists():
        shutil.rmtree(_record(wish), ignore_errors=True)
        shutil.rmtree(wish.data / "app", ignore_errors=True)
    app_server = Server(wish.port_app)
    try:
        return _started(wish, app_server, Server(wish.port_ehr))
    except BaseException:
        app_server.stop()
        raise


def _started(wish: Wish, app_server: Server, ehr_server: Server) -> Running:
    app_url = f"http://127.0.0.1:{app_server.port}"
    ehr_url = f"http://localhost:{ehr_server.port}"
    clients = demo_clients(app_url, _secret(wish.data / "app"), wish.listed)
    client = next(one for one in clients if one.id == wish.client)
    ehr = create_ehr(_settings(wish, ehr_url, clients))
    ehr_server.serve(ehr)
    loaded = config.load(_configured(wish, app_url, ehr.extensions["sandbox"].settings, client))
    app_server.serve(wish.make_app(loaded))
    parts: Ehr = ehr.extensions["sandbox"]
    return Running(app_url, ehr_url, parts, loaded, wish.faults, (app_server, ehr_server))


def _record(wish: Wish) -> Path:
    """The EHR's folder; each upstream has one of its own, since ids belong to a server."""
    if wish.upstream is None:
        return wish.data / "ehr"
    return wish.data / f"ehr-{hashlib.sha256(wish.upstream.encode()).hexdigest()[:12]}"


def _settings(wish: Wish, ehr_url: str, clients: tuple[Client, ...]) -> EhrSettings:
    profile = wish.profile
    return EhrSettings(
        data=_record(wish),
        base=ehr_url,
        clients=clients,
        embed=wish.client,
        upstream=wish.upstream,
        token_life=wish.token_life or (profile.manners.token_life if profile else TOKEN_LIFE),
        seed=wish.seed,
        today=wish.today,
        faults=wish.faults,
        vendor=profile,
        scopes=wish.listed,
    )


def _secret(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "client-secret"
    if not file.exists():
        file.touch(0o600)
        file.write_text(secrets.token_urlsafe(32))
    return file.read_text()


def _configured(wish: Wish, app_url: str, ehr: EhrSettings, client: Client) -> Path:
    """The app's configuration file; keys are made once, the file is written at every start."""
    folder = wish.data / "app"
    if not (folder / "encryption-key").exists():
        keys.make_encryption_key(folder / "encryption-key")
    for algorithm in keys.ALGORITHMS:
        if not list((folder / "keys").glob(f"{algorithm}-current.json")):
            keys.make(folder / "keys", algorithm)
    file = folder / "app.toml"
    auth = _AUTH[client.auth]
    proof = {"secret": 'secret_file = "client-secret"', "private-key": 'key_folder = "keys"'}
    writes = "\n".join(f'{type_} = "{where}"' for type_, where in wish.writes.items())
    file.write_text(
        f"""# Written at every start of the sandbox; changes here are lost.
public_url = "{app_url}"
data_dir = "launches"
encryption_key_files = ["encryption-key"]

[safety]
protocol = '''
{PROTOCOL}'''
locale = "en-US"

{CRISIS}
[[sites]]
name = "Sandbox EHR"
issuer = "{ehr.fhir_base}"
client_id = "{client.id}"
client_auth = "{auth}"
{proof.get(auth, "")}
id_token_issuer = "{ehr.issuer}"
frame_ancestors = ["{ehr.base}"]
ehr = "{wish.ehr or wish.vendor}"

[sites.backend]
client_id = "{BACKEND}"
key_folder = "keys"

[sites.writes]
{writes}
""",
        encoding="utf-8",
    )
    return file
