"""What breaks off the way from the EHR to the program page."""

from smartapp.errors.root import GshError


class LaunchError(GshError):
    """The way from the EHR to the program page was broken off."""

    code = "launch"
    sentence = "The launch did not finish. Nothing was saved. Start again from the patient's chart."


class IssuerUnknown(LaunchError):
    """The launch names an issuer that is not one of the configured sites."""

    code = "issuer-unknown"
    sentence = (
        "This EHR is not registered with the program, so nothing was sent to it. "
        "Ask your administrator to add it to the sites file."
    )


class DiscoveryFailed(LaunchError):
    """Neither smart-configuration nor the CapabilityStatement gave the endpoints."""

    code = "discovery-failed"
    sentence = (
        "The EHR did not say where to sign in. Nothing was saved. "
        "Try again in a minute; if it stays so, tell your administrator."
    )


class StateInvalid(LaunchError):
    """The callback's state is forged, unknown, another browser's, or used before."""

    code = "state-invalid"
    sentence = (
        "This sign-in answer does not belong to a launch that is waiting in this browser. "
        "Nothing was saved. Start again from the patient's chart."
    )


class StateExpired(LaunchError):
    """More than ten minutes passed between launch and callback."""

    code = "state-expired"
    sentence = (
        "The sign-in took longer than ten minutes and has expired. Nothing was saved. "
        "Start again from the patient's chart."
    )


class IssuerMismatch(LaunchError):
    """The callback's ``iss`` parameter is not the issuer the launch went to (RFC 9207)."""

    code = "issuer-mismatch"
    sentence = (
        "The sign-in answer came from a different server than the one asked. Nothing was saved. "
        "Start again from the patient's chart and tell your administrator if it happens again."
    )


class LaunchDenied(LaunchError):
    """The authorization server answered with an error instead of a code."""

    code = "launch-denied"
    sentence = (
        "The EHR did not allow the launch, or it was cancelled there. Nothing was saved. "
        "Start again from the patient's chart, or ask your administrator for access."
    )


class TokenRefused(LaunchError):
    """The token endpoint refused the code, or gave an answer without a usable token."""

    code = "token-refused"
    sentence = (
        "The EHR did not complete the sign-in. Nothing was saved. "
        "Start again from the patient's chart."
    )


class IdentityInvalid(LaunchError):
    """The id_token is missing or did not verify (signature, issuer, audience, expiry, nonce)."""

    code = "identity-invalid"
    sentence = (
        "The EHR's statement of who you are could not be verified, so the launch was stopped. "
        "Nothing was saved. Tell your administrator."
    )


class PatientMissing(LaunchError):
    """The token response carries no patient in context."""

    code = "patient-missing"
    sentence = (
        "The EHR did not say which patient this is, so nothing was opened or saved. "
        "Open a patient's chart first and launch from there."
    )


class ScopeMissing(LaunchError):
    """The granted scopes do not allow the program page to be shown."""

    code = "scope-missing"
    sentence = (
        "The EHR did not grant the access the program needs to show this patient. "
        "Nothing was saved. Ask your administrator to allow the missing access."
    )


class CookieMissing(LaunchError):
    """The browser did not return the cookie set at the launch."""

    code = "cookie-missing"
    sentence = (
        "Your browser did not keep the cookie that protects this patient's page. "
        "Nothing was saved. Launch again from the chart; if it happens again, "
        "open the program in its own window."
    )


class LaunchUnknown(LaunchError):
    """The launch in the address is not known, or the cookie belongs to another launch."""

    code = "launch-unknown"
    sentence = (
        "This page and this browser do not belong to the same launch, so it was refused. "
        "Nothing was saved. Go back to the patient's chart and launch from there."
    )


class LaunchEnded(LaunchError):
    """The launch expired, was logged out, or the EHR no longer accepts its token."""

    code = "launch-ended"
    sentence = (
        "Your time in this chart has ended. If you were just saving something, it was not saved. "
        "Launch again from the patient's chart."
    )
