"""The authorization endpoints: /authorize with its page, /token, /introspect, /revoke.

RFC 6749 section 4.1, SMART App Launch 2.2 (EHR launch, standalone launch with a patient picker),
RFC 9207: every answer to a redirect URI carries ``iss``.
"""

from typing import Any, NoReturn

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749.errors import AccessDeniedError, InvalidRequestError, OAuth2Error
from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from smartapp.sandbox import signin
from smartapp.sandbox.authority import Authority
from smartapp.sandbox.hospital import Hospital
from smartapp.sandbox.staff import Clinician
from smartapp.sandbox.tickets import Context


class Desk:
    """Handles one authorization request from its validation to its code."""

    def __init__(self, authority: Authority, hospital: Hospital) -> None:
        self._authority, self._hospital = authority, hospital

    def ask(self) -> ResponseReturnValue:
        """GET: refuse, send to sign in, give a code at once, or show the page."""
        user = signin.clinician()
        try:
            grant = self._authority.get_consent_grant(end_user=user)
            if user is None:
                return signin.to_sign_in()
            context = self._launched(grant, user)
        except OAuth2Error as error:
            return self._refused(error)
        if context is not None and grant.request.client.auto_approve and _from_ehr():
            return self._granted(grant, user, context)
        return self._page(grant, picking=context is None)

    def decide(self) -> ResponseReturnValue:
        """POST from the page: the code, or ``access_denied``."""
        user = signin.clinician()
        try:
            grant = self._authority.get_consent_grant(end_user=user)
            if user is None:
                return signin.to_sign_in()
            if request.form.get("decision") != "allow":
                _deny(grant)
            context = self._launched(grant, user) or self._picked(grant)
        except OAuth2Error as error:
            return self._refused(error)
        return self._granted(grant, user, context) if context else self._page(grant, picking=True)

    def _launched(self, grant: Any, user: Clinician) -> Context | None:
        """The context of the launch token, an empty one, or None when a patient is to be picked."""
        words = grant.request.scope.split()
        if _from_ehr():
            context: Context | None = self._authority.tickets.launch(
                request.values["launch"], user.key
            )
            if context is None or "launch" not in words:
                raise InvalidRequestError(
                    "The launch is unknown or has expired.",
                    redirect_uri=grant.redirect_uri,
                    state=grant.request.payload.state,
                )
            return context
        return None if {"launch/patient", "launch/encounter"} & set(words) else Context()

    def _picked(self, grant: Any) -> Context | None:
        key = request.form.get("patient", "")
        if self._hospital.patient(key) is None:
            return None
        words = grant.request.scope.split()
        encounter = self._hospital.encounter(key) if "launch/encounter" in words else None
        return Context(patient=key, encounter=encounter, need_patient_banner=True)

    def _granted(self, grant: Any, user: Clinician, context: Context) -> Response:
        grant.request.launch_context = context
        grant.request.signed_in = signin.signed_in_at()
        answer = self._authority.create_authorization_response(
            grant.request, grant_user=user, grant=grant
        )
        return self._named(answer)

    def _page(self, grant: Any, picking: bool) -> str:
        patients = self._hospital.patients() if picking else []
        return render_template(
            "sandbox/authorize.html",
            client=grant.request.client,
            scopes=grant.request.scope.split(),
            patients=patients,
            picking=picking,
            tried=request.method == "POST",
            query=request.query_string.decode(),
        )

    def _refused(self, error: OAuth2Error) -> ResponseReturnValue:
        if not error.redirect_uri:
            page = render_template("sandbox/refused.html", reason=error.description or error.error)
            return page, 400
        return self._named(self._authority.handle_error_response(None, error))

    def _named(self, answer: Response) -> Response:
        if answer.location:
            answer.location = add_params_to_uri(answer.location, [("iss", self._authority.issuer)])
        answer.headers["Cache-Control"] = "no-store"
        return answer


def _from_ehr() -> bool:
    return "launch" in request.values


def _deny(grant: Any) -> NoReturn:
    raise AccessDeniedError(redirect_uri=grant.redirect_uri, state=grant.request.payload.state)


def browser_pages(authority: Authority, hospital: Hospital) -> Blueprint:
    """/authorize and its decision; the decision is guarded against forgery like every form."""
    pages = Blueprint("authorize", __name__)
    desk = Desk(authority, hospital)

    @pages.get("/authorize")
    def ask() -> ResponseReturnValue:
        return desk.ask()

    @pages.post("/authorize/decision")
    def decide() -> ResponseReturnValue:
        return desk.decide()

    return pages


def machine_pages(authority: Authority) -> Blueprint:
    """What other programs POST to: no cookies and no form tokens are involved."""
    pages = Blueprint("oauth", __name__)

    @pages.post("/authorize")
    def posted() -> ResponseReturnValue:
        query = list(request.form.items(multi=True))
        target: str = add_params_to_uri("/authorize", query)
        return Response(status=303, headers={"Location": target})

    @pages.post("/token")
    def token() -> ResponseReturnValue:
        response: Response = authority.create_token_response()
        return response

    @pages.post("/introspect")
    def introspect() -> ResponseReturnValue:
        response: Response = authority.create_endpoint_response("introspection")
        return response

    @pages.post("/revoke")
    def revoke() -> ResponseReturnValue:
        response: Response = authority.create_endpoint_response("revocation")
        return response

    return pages
