"""The pages of one launch, all below ``/launches/<handle>/``, and the ways they answer."""

import re
from dataclasses import replace
from typing import Any

from flask import Blueprint, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape
from werkzeug.wrappers import Response

from smartapp.errors import GshError
from smartapp.web.errors import status
from smartapp.web.form import Form
from smartapp.web.opened import open_chart, opened

_NAME = re.compile(r"\b([A-Z]{2,}-\d+\b[,;]?)")
pages = Blueprint("pages", __name__, url_prefix="/launches/<handle>")


@pages.url_value_preprocessor
def _take_handle(_: str | None, values: dict[str, Any] | None) -> None:
    g.handle = (values or {}).pop("handle", "")


@pages.url_defaults
def _give_handle(_: str, values: dict[str, Any]) -> None:
    if "handle" not in values:
        values["handle"] = g.handle


@pages.before_request
def _open() -> None:
    open_chart(g.handle)


def page(template: str, **context: Any) -> str:
    """Render a page of this launch."""
    return render_template(template, opened=opened(), **context)


def again(template: str, form: Form, error: GshError, **context: Any) -> ResponseReturnValue:
    """Show the form once more with everything typed and the reason it was not saved."""
    outbox = opened().outbox
    waits = outbox.holds(form.form_id)
    refused = replace(form.refused(error), waits=waits, unkept=outbox.is_unusable)
    return page(template, form=refused, **context), status(error)


def saved(sentence: str, endpoint: str, **values: Any) -> Response:
    """Say what was saved and go on, so that a reload never sends the form again."""
    flash(sentence)
    return redirect(url_for(endpoint, **values), 303)


@pages.app_template_filter()
def unbroken(text: str) -> Markup:
    """Keep each instrument's name on one line: a phone breaks "PHQ-9" at its hyphen."""
    named = _NAME.sub(r'<span class="unbroken">\1</span>', str(escape(text)))
    return Markup(named)  # noqa: S704 - escaped before the names are marked


def is_search() -> bool:
    """Tell whether the form was sent to find somebody: by "Find", or by Enter after a name."""
    named = any(v.strip() for k, v in request.form.items() if k.endswith("_search"))
    return "find" in request.form or ("enter" in request.form and named)
