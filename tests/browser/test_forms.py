"""Questionnaires in a real browser: axe, the keyboard, and what depends on other answers."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask, redirect, render_template_string, request
from playwright.sync_api import expect

from smartapp.content import FOLDER
from smartapp.content.words import WORDS, read_words
from smartapp.forms.entry import read_entry
from smartapp.forms.reading import read_questionnaire
from smartapp.forms.state import Context, begin, settle
from smartapp.forms.written import kept_fields
from smartapp.sandbox.serving import Server
from smartapp.web import headers, shipped, spoken
from smartapp.web.pages import unbroken
from smartapp.web.questionnaire import evaluation, render
from smartapp.web.spoken import english

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
<link rel="stylesheet" href="{{ url_for('static', filename='fields.css') }}">
<link rel="stylesheet" href="{{ url_for('static', filename='answer.css') }}">
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
        self.app.jinja_env.filters["unbroken"] = unbroken
        headers.register(self.app, [])
        spoken.register(self.app, read_words(FOLDER / WORDS))
        shipped.register(self.app)
        self.app.add_url_rule("/<name>", view_func=self.show, methods=["GET", "POST"])
        self.app.add_url_rule("/<name>/evaluate", view_func=self.evaluate, methods=["POST"])
        self.server = Server(0)
        self.url = f"http://127.0.0.1:{self.server.port}"

    def show(self, name):
        questionnaire = read_questionnaire(self.raw[name])
        before = self.items.setdefault(name, begin(questionnaire, CONTEXT))
        more = {}
        if request.method == "POST":
            entered = read_entry(questionnaire, self.sent(questionnaire), before)
            self.items[name] = entered.items
            if not entered.problems:
                return redirect(f"/{name}", 303)
            more = {"unread": entered.unread, "problems": entered.problems}
        settled = settle(questionnaire, self.items[name], CONTEXT)
        more |= {"live": True, "evaluate": f"/{name}/evaluate"} | self.more
        body = render(questionnaire, settled, **more)
        title, problems = self.raw[name].get("title", name), more.get("problems", ())
        return render_template_string(PAGE, title=title, body=body, problems=problems)

    def sent(self, questionnaire):
        return kept_fields(questionnaire, request.form.to_dict(flat=False), english())

    def evaluate(self, name):
        if self.is_down:
            return "", 503
        questionnaire = read_questionnaire(self.raw[name])
        entered = read_entry(questionnaire, self.sent(questionnaire), self.items[name])
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


@pytest.fixture
def open_form(forms, page):
    """Open a form and return its page."""

    def open_form(name):
        page.goto(f"{forms.url}/{name}")
        return page

    return open_form


@pytest.fixture
def bare(forms, new_context):
    """Open a form in a browser without JavaScript."""

    def bare(name):
        page = new_context(java_script_enabled=False).new_page()
        page.goto(f"{forms.url}/{name}")
        return page

    return bare


def saved(page, press="Save"):
    """Press a button that sends the form, and wait for the server's answer."""
    is_answer = lambda told: told.request.method == "POST" and "evaluate" not in told.url  # noqa: E731 - one line says it
    with page.expect_response(is_answer):
        page.get_by_role("button", name=press).click()


def answers(forms, name):
    """Return the values given in a form, by linkId."""
    found = {}

    def walk(items):
        for item in items:
            given = item.get("answer", [])
            values = [v for answer in given for k, v in answer.items() if k.startswith("value")]
            found.setdefault(item["linkId"], []).extend(values)
            walk([*item.get("item", []), *(i for a in given for i in a.get("item", []))])

    walk(forms.items[name])
    return {link_id: values for link_id, values in found.items() if values}


class TestWithScript:
    def test_a_question_appears_when_its_answer_is_given_and_goes_with_it(self, open_form):
        page = open_form("kinds")
        job = page.get_by_label("What is your work?")
        expect(job).to_be_hidden()
        page.get_by_label("Yes", exact=True).first.check()
        expect(job).to_be_visible()
        page.get_by_label("No", exact=True).first.check()
        expect(job).to_be_disabled()

    def test_what_is_hidden_again_is_not_sent(self, open_form, forms):
        page = open_form("kinds")
        page.get_by_label("Yes", exact=True).first.check()
        page.get_by_label("What is your work?").fill("Cook")
        page.get_by_label("No", exact=True).first.check()
        saved(page)
        assert answers(forms, "kinds")["yes"] == [False]
        assert "job" not in answers(forms, "kinds")

    def test_the_server_calculates_and_opens_while_typing(self, open_form):
        page = open_form("kinds")
        page.get_by_label("First number").fill("101")
        page.get_by_label("Second number").fill("2")
        expect(page.locator("output", has_text="103")).to_be_visible()
        expect(page.get_by_label("Why so much?")).to_be_visible()

    def test_without_a_connection_everything_stays_as_it_is_shown(self, open_form, watch):
        page = open_form("kinds")
        page.route("**/evaluate", lambda route: route.abort("connectionreset"))
        with page.expect_event("requestfailed"):
            page.get_by_label("First number").fill("5")
        expect(page.get_by_label("First number")).to_have_value("5")
        watch.complaints.clear()  # the browser tells of the connection that was cut

    def test_an_answer_is_taken_back_without_leaving_the_page(self, open_form):
        page = open_form("matrix")
        first = page.get_by_role("row", name="Little interest")
        first.get_by_role("radio", name="Several days").check()
        first.get_by_role("button", name="Clear").click()
        expect(first.get_by_role("radio", name="Several days")).not_to_be_checked()
        expect(first.get_by_role("radio").first).to_be_focused()

    def test_an_answer_that_stands_alone_excludes_the_others(self, open_form):
        page = open_form("kinds")
        page.get_by_label("Head").check()
        page.get_by_label("Nowhere else").check()
        expect(page.get_by_label("Head")).not_to_be_checked()

    def test_writing_an_own_answer_marks_other(self, open_form, forms):
        page = open_form("kinds")
        page.get_by_role("radiogroup", name="What helps?").get_by_role("textbox").fill("Music")
        saved(page)
        assert answers(forms, "kinds")["open"] == ["Music"]

    def test_the_keyboard_alone_answers_a_matrix(self, open_form, forms):
        page = open_form("matrix")
        page.locator("#main").focus()
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Clear").first).to_be_focused()
        with page.expect_response(lambda told: told.request.method == "POST"):
            page.get_by_role("button", name="Save").press("Enter")
        (given,) = answers(forms, "matrix").values()
        assert given[0]["display"] == "Several days"

    def test_enter_in_a_field_sends_nothing_on(self, open_form, forms):
        page = open_form("kinds")
        with page.expect_request(lambda sent: sent.method == "POST") as sent:
            page.get_by_label("When do you get up?").press("Enter")
        assert 'name="update"' in sent.value.post_data


class TestWithoutScript:
    def test_a_question_appears_after_the_form_is_updated(self, bare):
        page = bare("kinds")
        expect(page.get_by_label("What is your work?")).to_be_hidden()
        page.get_by_label("Yes", exact=True).first.check()
        page.get_by_role("button", name="Update the form").click()
        expect(page.get_by_label("What is your work?")).to_be_visible()

    def test_answers_and_groups_are_added_and_removed(self, bare, forms):
        page = bare("kinds")
        page.get_by_label("When", exact=False).last.fill("2026-01-01")
        page.get_by_role("button", name="Add another: Visit").click()
        expect(page.get_by_role("group", name="Visit 2")).to_be_visible()
        page.get_by_role("button", name="Remove: Visit 1").click()
        expect(page.get_by_role("group", name="Visit 2")).to_have_count(0)
        assert "when" not in answers(forms, "kinds")

    def test_an_answer_is_taken_back_by_its_button(self, bare, forms):
        page = bare("matrix")
        page.get_by_label("Very difficult").check()
        saved(page)
        saved(page, "Clear the answer")
        assert answers(forms, "matrix") == {}

    def test_what_cannot_be_read_comes_back_with_a_way_to_it(self, bare, judge):
        page = bare("kinds")
        page.get_by_label("Age", exact=True).fill("12,5x")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_label("Age", exact=True)).to_have_value("12,5x")
        expect(page.get_by_label("Age", exact=True)).to_have_attribute("aria-invalid", "true")
        page.get_by_role("alert").get_by_role("link").click()
        page.wait_for_url("**#field-p1/age")


def test_a_page_with_problems_has_no_axe_violation(open_form, judge):
    page = open_form("kinds")
    for label in ("Age", "When do you get up?", "First number"):
        page.get_by_label(label, exact=True).fill("?")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_be_visible()
    judge(page)


@pytest.mark.parametrize("width", [360, 1280])
def test_every_number_of_a_scale_is_large_enough_to_touch(width, forms, new_context):
    page = new_context(viewport={"width": width, "height": 740}).new_page()
    page.goto(f"{forms.url}/scales")
    boxes = [cell.bounding_box() for cell in page.locator(".cell").all()]
    assert min(min(box["width"], box["height"]) for box in boxes) >= 44
