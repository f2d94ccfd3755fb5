"""The launch: who, which patient, in which site, with which access (SMART App Launch 2.2, 2.0.10).

The patient is fixed when the launch is made and is never changed after it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from smartapp.config import Site, is_safe
from smartapp.errors import PatientMissing

LOGICAL_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")


@dataclass(frozen=True, repr=False)
class Tokens:
    """The bearer token and how to renew it; ``expires`` is None where the server does not say."""

    access: str
    refresh: str | None = None
    expires: datetime | None = None

    def expired(self, now: datetime, margin: timedelta = timedelta()) -> bool:
        """Whether the token ends within ``margin``; one without a known end is tried first."""
        return self.expires is not None and self.expires - margin <= now


@dataclass(frozen=True)
class Server:
    """What a launch remembers of its authorization server."""

    issuer: str
    token_endpoint: str
    revocation_endpoint: str | None = None
    jwks_uri: str | None = None
    sends_issuer: bool = False
    assertion_algorithms: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)
class Context:
    """The launch context of a token response; references as ids, absent things as None."""

    patient_id: str
    encounter_id: str | None = None
    intent: str | None = None
    need_patient_banner: bool = True
    smart_style_url: str | None = None
    tenant: str | None = None
    fhir_context: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, repr=False)
class Handed:
    """The device is with the patient, who may see the assessment ``draft`` and nothing else.

    ``lock`` is the key of what the PIN opens (launch/lock.py). ``locked`` once it was handed back
    or left alone; ``used`` is when it was used last.
    The pages are in the ``language`` chosen for the patient.
    """

    draft: str
    lock: str
    used: datetime
    locked: bool = False
    language: str = ""


@dataclass(frozen=True, repr=False)
class Launch:
    """One opened chart. ``http`` is the browser's form session; ``user`` a relative reference.

    ``subject`` is what the issuer calls the user (OpenID Connect Core 1.0, 2: "sub"), "" if unsaid.
    """

    handle: str
    site: str
    issuer: str
    fhir_base: str
    context: Context
    server: Server
    tokens: Tokens
    created: datetime
    expires: datetime
    user: str | None = None
    user_name: str = ""
    granted: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    http: dict[str, Any] = field(default_factory=dict)
    handed: Handed | None = None
    subject: str = ""

    @property
    def person(self) -> str:
        """The user, to know them again at this site; "" where the EHR tells nothing of them."""
        return self.user or (f"sub {self.subject}" if self.subject else "")

    @property
    def patient_id(self) -> str:
        """The logical id of the one patient of this launch."""
        return self.context.patient_id

    @property
    def encounter_id(self) -> str | None:
        """The logical id of the encounter the EHR had open."""
        return self.context.encounter_id

    @property
    def intent(self) -> str | None:
        """What the EHR wants the app to do, as agreed with the site."""
        return self.context.intent

    @property
    def need_patient_banner(self) -> bool:
        """Whether the app has to show who the patient is; yes unless the EHR said no."""
        return self.context.need_patient_banner

    @property
    def smart_style_url(self) -> str | None:
        """Where the EHR's colours are, when the site is allowed to set them."""
        return self.context.smart_style_url

    @property
    def tenant(self) -> str | None:
        """The organization within a multi-tenant EHR."""
        return self.context.tenant

    @property
    def fhir_context(self) -> tuple[dict[str, Any], ...]:
        """Other resources in context, as the EHR sent them."""
        return self.context.fhir_context


def read_context(site: Site, answer: Mapping[str, Any]) -> Context:
    """The context in a token response; raises PatientMissing without a patient's id."""
    patient = _id(answer.get("patient"), "Patient")
    if patient is None:
        raise PatientMissing
    return Context(
        patient_id=patient,
        encounter_id=_id(answer.get("encounter"), "Encounter"),
        intent=_text(answer.get("intent")),
        need_patient_banner=str(answer.get("need_patient_banner", True)).lower() != "false",
        smart_style_url=_style(site, answer.get("smart_style_url")),
        tenant=_text(answer.get("tenant")),
        fhir_context=_objects(answer.get("fhirContext")),
    )


def _id(value: object, type_: str) -> str | None:
    """A logical id; some servers send a reference instead."""
    text = value.removeprefix(f"{type_}/") if isinstance(value, str) else ""
    return text if LOGICAL_ID.fullmatch(text) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _style(site: Site, value: object) -> str | None:
    url = _text(value)
    return url if url and site.smart_style and is_safe(url) else None


def _objects(value: object) -> tuple[dict[str, Any], ...]:
    return tuple(v for v in value if isinstance(v, dict)) if isinstance(value, list) else ()
