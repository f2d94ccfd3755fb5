"""The parts of pages: what is typed survives, problems are wired, nothing needs an inline style."""

import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader

import smartapp.web
from smartapp.errors import Problem
from smartapp.web.pages import unbroken

WEB = Path(smartapp.web.__path__[0])
PROBLEMS = (Problem("text", "Write the goal."), Problem("pain", "Choose a number."))


class Page(HTMLParser):
    """Every start tag with its attributes, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


@pytest.fixture(scope="module")
def ui() -> Any:
    made = Environment(loader=FileSystemLoader(WEB / "templates"), autoescape=True)
    made.filters["unbroken"] = unbroken
    return made.get_template("macros.html").module


def test_typed_text_comes_back_escaped_and_whole(ui):
    assert "<textarea" in (made := str(ui.textarea("text", "Goal", '\n "Bo" <x> 🐕\n')))
    # The parser of a browser drops one newline after the tag, so two must be there.
    assert re.search(r">\n\n &#34;Bo&#34; &lt;x&gt; 🐕\n</textarea>", made)


def test_textarea_never_cuts_off(ui):
    assert "maxlength" not in ui.textarea("text", "Goal", "x" * 10_000)


@pytest.mark.parametrize("macro", ["field", "date_field", "textarea"])
def test_a_problem_is_wired_to_its_control(ui, macro):
    made = Page(getattr(ui, macro)("text", "Goal", "", PROBLEMS, "In their words."))
    (control,) = made.all("input") + made.all("textarea")
    assert control["aria-invalid"] == "true"
    assert control["aria-describedby"] == "hint-text problem-text"


def test_problems_of_other_fields_leave_a_control_alone(ui):
    assert "aria-invalid" not in ui.field("due", "Due", "", PROBLEMS)


def test_a_scale_is_radios_and_nothing_is_chosen_beforehand(ui):
    cells = Page(ui.scale("pain", "Pain", lower="No pain", upper="Worst")).all("input")
    assert [cell["value"] for cell in cells] == [str(n) for n in range(11)]
    assert not any(cell["type"] != "radio" or "checked" in cell for cell in cells)


@pytest.mark.parametrize("value", [0, "0"])
def test_zero_is_an_answer(ui, value):
    (chosen,) = [c for c in Page(ui.scale("pain", "Pain", value)).all("input") if "checked" in c]
    assert chosen["value"] == "0"


def test_a_scale_says_its_ends_and_its_problem(ui):
    (group,) = Page(ui.scale("pain", "Pain", "", PROBLEMS, lower="No", upper="Yes")).all("fieldset")
    assert group["aria-describedby"] == "ends-pain problem-pain"
    assert group["aria-invalid"] == "true"


def test_a_likert_row_is_named_by_its_statement_and_number(ui):
    made = Page(ui.likert("pseq", "Confidence", [("pseq.1", "I enjoy."), ("pseq.2", "I cope.")]))
    ids = {attributes.get("id") for _, attributes in made.tags}
    names = [str(radio["aria-labelledby"]).split() for radio in made.all("input")]
    assert names[9] == ["pseq-row-2", "pseq-col-2"]
    assert all(part in ids for name in names for part in name)


@pytest.mark.parametrize("values", [{"pseq.1": 0}, {"pseq.1": "0"}])
def test_a_likert_keeps_what_was_chosen(ui, values):
    made = Page(ui.likert("pseq", "Confidence", [("pseq.1", "A"), ("pseq.2", "B")], values))
    assert [r["id"] for r in made.all("input") if "checked" in r] == ["field-pseq.1"]


def test_the_summary_links_to_what_each_part_calls_its_first_control(ui):
    links = [a["href"] for a in Page(ui.error_summary(PROBLEMS)).all("a")]
    parts = Page(ui.textarea("text", "Goal") + ui.scale("pain", "Pain"))
    ids = [a["id"] for a in parts.all("textarea") + parts.all("input") if a.get("id")]
    assert [f"#{ids[0]}", f"#{ids[1]}"] == links


def test_without_problems_there_is_no_summary(ui):
    assert ui.error_summary(()) == ""


def test_radios_are_chosen_by_value_whatever_its_type(ui):
    made = Page(ui.radios("n", "How many", ((1, "One"), (2, "Two")), "2"))
    assert [r["value"] for r in made.all("input") if "checked" in r] == ["2"]


def test_a_select_offers_nothing_as_its_first_choice(ui):
    options = Page(ui.select("coach", "Coach", (("a", "A"),), "a")).all("option")
    assert [(o["value"], "selected" in o) for o in options] == [("", False), ("a", True)]


def test_required_and_optional_are_said_in_words(ui):
    assert ">required<" in ui.field("a", "A")
    assert ">optional<" in ui.field("a", "A", required=False)


def test_a_comparison_says_where_the_versions_differ(ui):
    made = str(ui.compare("Both", [("Goal", "walk", "run"), ("Due", "May", "May")]))
    assert made.count("differs</span>") == 1


def test_the_banner_says_what_is_missing(ui):
    nobody = SimpleNamespace(name="", birth_date=None, age=None, sex="", mrn="")
    assert str(ui.patient_banner(nobody)).count("not recorded") == 4


def test_the_banner_asks_a_patient_for_the_age_on_the_day(ui):
    patient = SimpleNamespace(name="A", birth_date="1961", age=lambda on: 65, sex="male", mrn="1")
    assert "(65 years)" in ui.patient_banner(patient, True, "today")


def test_progress_shows_every_session_and_those_beyond_the_plan(ui):
    steps = [step["class"] for step in Page(ui.progress(3, 2)).all("i")]
    assert steps == ["step done", "step done", "step done over"]


@pytest.mark.parametrize("path", sorted(WEB.rglob("*.html")), ids=lambda path: path.name)
def test_no_template_carries_a_style_or_a_script(path):
    """The content security policy allows neither, so either would silently do nothing."""
    assert not re.search(r"\sstyle=|<style|<script(?! src=)|\son\w+=|javascript:", path.read_text())


def test_the_script_is_small():
    assert (WEB / "static" / "comfort.js").stat().st_size <= 3000
