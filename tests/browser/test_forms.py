"""Questionnaires in a real browser: axe, the keyboard, and what depends on other answers."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask, redirect, render_template_string, request

from smartapp.forms.entry import read_entry
from smartapp.forms.reading import read_questionnaire
from smartapp.forms.state import Context, begin, settle
from smartapp.sandbox.serving import Server
from smartapp.web import headers
from smartapp.web.questionnaire import evaluation, render

pytestmark = pytest.mark.browser

HERE = Path(__file__).parent
WEB = HERE.parents[1] / "smartapp" / "web"
EXAMPLES = {path.stem: path for path in sorted((HERE.parent / "forms" / "examples").glob("*.json"))}
OWN = {path.stem: path for path in sorted((HERE / "forms").glob("*.json"))}
CONTEXT = Context(now=datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
PAGE = """{% extends "base.html" %}
{% block title %}{{ title }}{% endblock %}
{% block head %}
<link rel="stylesheet" href="{{ url_for('static', filename='form.css') }}">
<script src="{{ url_for('static', filename='form.js') }}" defer></script>
{% endblock %}
{% block main %}
<h1>{{ title }}</h1>
{{ ui.error_summary(problems) }}
<form class="form" method="post" novalidate enctype="multipart/form-data">
<div class="card">{{ body }}</div>
<div class="actions">
{{ ui.button("Save") }}{{ ui.button("Update the form", "secondary", "update") }}
</div>
</form>
{% endblock %}"""


def load(path):
    return json.loads(path.read_text("utf-8"), parse_float=Decimal)


class Forms:
    """A server of forms; ``items`` is what each holds, by name; ``more`` goes to render."""

    def __init__(self):
        self.raw = {name: load(path) for name, path in (OWN | EXAMPLES).items()}
        self.items, self.more, self.is_down = {}, {}, False
        self.app = Flask("forms", template_folder=WEB / "templates", static_folder=WEB / "static")
        headers.register(self.app, [])
        self.app.add_url_rule("/<name>", view_func=self.show, methods=["GET", "POST"])
        self.app.add_url_rule("/<name>/evaluate", view_func=self.evaluate, methods=["POST"])
        self.server = Server(0)
        self.url = f"http://127.0.0.1:{self.server.port}"

    def show(self, name):
        questionnaire = read_questionnaire(self.raw[name])
        before = self.items.setdefault(name, begin(questionnaire, CONTEXT))
        more = {}
        if request.method == "POST":
            entered = read_entry(questionnaire, request.form.to_dict(flat=False), before)
            self.items[name] = entered.items
            if not entered.problems:
                return redirect(f"/{name}", 303)
            more = {"unread": entered.unread, "problems": entered.problems}
        settled = settle(questionnaire, self.items[name], CONTEXT)
        more |= {"live": True, "evaluate": f"/{name}/evaluate"} | self.more
        body = render(questionnaire, settled, **more)
        title, problems = self.raw[name].get("title", name), more.get("problems", ())
        return render_template_string(PAGE, title=title, body=body, problems=problems)

    def evaluate(self, name):
        if self.is_down:
            return "", 503
        questionnaire = read_questionnaire(self.raw[name])
        entered = read_entry(questionnaire, request.form.to_dict(flat=False), self.items[name])
        return evaluation(questionnaire, settle(questionnaire, entered.items, CONTEXT), live=True)


@pytest.fixture
def forms(contexts):
    """The forms on loopback, nothing answered yet."""
    forms = Forms()
    forms.server.serve(forms.app)
    yield forms
    while contexts:
        contexts.pop().close()
    forms.server.stop()


@pytest.mark.parametrize("name", [*OWN, *EXAMPLES])
def test_axe_finds_nothing_wide_narrow_or_dark(name, forms, new_context, judge, shoot):
    wide = new_context(viewport={"width": 1280, "height": 900}).new_page()
    narrow = new_context(viewport={"width": 360, "height": 740}, color_scheme="dark").new_page()
    for look, page in {"wide": wide, "narrow-dark": narrow}.items():
        page.goto(f"{forms.url}/{name}")
        shoot(page, f"{name}-{look}")
        judge(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), look
