"""The REST API as a Flask blueprint, for whoever serves a store with Flask."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from smartapp.store.rest import answer
from smartapp.store.storage import FhirStore

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")


def blueprint(
    store: FhirStore, name: str = "fhir", *, security: Mapping[str, Any] | None = None
) -> Blueprint:
    """A blueprint to register below the path of the store's base; it authorizes nobody."""
    served = Blueprint(name, __name__)

    @served.route("/", defaults={"path": ""}, methods=METHODS)
    @served.route("/<path:path>", methods=METHODS)
    def serve(path: str) -> Response:
        """Answer one FHIR request."""
        found = answer(
            store,
            request.method,
            path,
            request.query_string.decode("latin-1"),
            dict(request.headers),
            request.get_data(),
            security=security,
        )
        return Response(found.body, found.status, found.headers)

    return served
