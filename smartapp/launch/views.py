"""The addresses of the launch: begin, come back, log out, and the app's public keys.

Every LaunchError is left to the error pages, but one: without a cookie the way out is offered here.
"""

from dataclasses import dataclass

from flask import Blueprint, Response, jsonify, make_response, redirect, render_template, request

from smartapp.errors import CookieMissing
from smartapp.launch import keys
from smartapp.launch.authorize import PENDING_FOR, Begun, pending_cookie
from smartapp.launch.isolation import COOKIE, clear_cookie, drop_oldest, set_cookie
from smartapp.launch.launches import Launches


def blueprint(launches: Launches) -> Blueprint:
    """The launch's routes, named ``launch.ehr``, ``launch.logout`` and so on."""
    views = _Views(launches)
    pages = Blueprint("launch", __name__)
    pages.add_url_rule("/launch", "ehr", views.ehr)
    pages.add_url_rule("/standalone", "standalone", views.standalone)
    pages.add_url_rule("/callback", "callback", views.callback)
    pages.add_url_rule("/.well-known/jwks.json", "jwks", views.jwks)
    pages.add_url_rule("/launches/<handle>/logout", "logout", views.logout, methods=["POST"])
    return pages


@dataclass(frozen=True)
class _Views:
    launches: Launches

    def ehr(self) -> Response:
        """EHR launch: ``/launch?iss=...&launch=...``."""
        iss, launch = (request.args.get(name, "") for name in ("iss", "launch"))
        return _sent(self.launches.begin_from_ehr(iss, launch))

    def standalone(self) -> Response:
        """Standalone launch at the site named, or the list of sites."""
        name = request.args.get("site")
        if name is None:
            return make_response(
                render_template("launch/sites.html", sites=self.launches.config.sites)
            )
        return _sent(self.launches.begin_standalone(name))

    def callback(self) -> Response:
        """The EHR's answer; on to the program page."""
        try:
            launch, secret = self.launches.finish(request.args, request.cookies)
        except CookieMissing:
            return self._own_window()
        response = _unkept(redirect(f"{request.script_root}/launches/{launch.handle}/", 303))
        clear_cookie(response, pending_cookie(request.args["state"]))
        drop_oldest(request, response)
        seconds = int(self.launches.config.absolute.total_seconds())
        set_cookie(response, COOKIE + launch.handle, secret, seconds)
        return response

    def _own_window(self) -> Response:
        way_out = f"{request.script_root}{self.launches.way_out(request.args['state'])}"
        return _unkept(render_template("launch/own_window.html", way_out=way_out))

    def jwks(self) -> Response:
        """The public keys of every site's key folders, also those of access without a user."""
        sites = self.launches.config.sites
        machine = [site.backend.key_folder for site in sites if site.backend]
        folders = dict.fromkeys([*(site.key_folder for site in sites), *machine])
        response = jsonify(keys.published(folder for folder in folders if folder))
        response.headers["Cache-Control"] = "public, max-age=300"
        return response

    def logout(self, handle: str) -> Response:
        """End the launch here and at the EHR."""
        launch = self.launches.open(request, handle)
        revoked = self.launches.end(launch)
        response = _unkept(
            render_template("launch/signed_out.html", site_name=launch.site, revoked=revoked)
        )
        clear_cookie(response, COOKIE + handle)
        return response


def _sent(begun: Begun) -> Response:
    """Off to the EHR, with the cookie that knows its answer again."""
    response = _unkept(redirect(begun.url))
    seconds = int(PENDING_FOR.total_seconds())
    set_cookie(response, pending_cookie(begun.pending.state), begun.secret, seconds)
    return response


def _unkept(answer: object) -> Response:
    """An answer that no cache may keep."""
    response = make_response(answer)
    response.headers["Cache-Control"] = "no-store"
    return response
