"""How a form is shown: which control for which question, what is said, what the browser decides."""

import gzip
import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from html import unescape
from pathlib import Path

import pytest

import smartapp.web
from smartapp.errors import Problem
from smartapp.forms.reading import read_questionnaire
from smartapp.forms.state import Context, settle
from smartapp.web.questionnaire import evaluation, has_fields, needs_upload, render
from smartapp.web.shipped import PARTS

SDC = "http://hl7.org/fhir/StructureDefinition/"
EXPRESSION = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"
CONTEXT = Context(now=datetime(2026, 11, 23, 9, 30, tzinfo=UTC))
OPTIONS = [{"valueCoding": {"system": "s", "code": c, "display": c.upper()}} for c in "abc"]
HIDDEN = {"url": f"{SDC}questionnaire-hidden", "valueBoolean": True}


def control(code):
    value = {"coding": [{"code": code}]}
    return {"url": f"{SDC}questionnaire-itemControl", "valueCodeableConcept": value}


def expression(name, path):
    value = {"language": "text/fhirpath", "expression": path}
    return {"url": f"{EXPRESSION}{name}", "valueExpression": value}


def item(type_="string", link_id="q", *extension, **more):
    extended = {"extension": list(extension)} if extension else {}
    return {"linkId": link_id, "type": type_, "text": f"Text of {link_id}", **extended, **more}


def display(code, text, link_id="d"):
    return item("display", link_id, control(code)) | {"text": text}


def answered(*values, link_id="q"):
    return {"linkId": link_id, "answer": list(values)}


def form(*items, **more):
    head = {"resourceType": "Questionnaire", "url": "http://x.org/q", "status": "active"}
    return read_questionnaire({**head, **more, "item": list(items)})


def show(*items, given=(), **more):
    questionnaire = form(*items)
    return str(render(questionnaire, settle(questionnaire, list(given), CONTEXT), **more))


def types(page):
    return set(re.findall(r' type="(\w+)"', page)) - {"hidden", "submit"}


def scale(least, most, *extension, type_="integer", children=()):
    value = {"integer": "valueInteger", "decimal": "valueDecimal"}[type_]
    limits = [{"url": f"{SDC}{n}", value: v} for n, v in (("minValue", least), ("maxValue", most))]
    below = {"item": list(children)} if children else {}
    return item(type_, "q", *limits, *extension, **below)


ENDS = [display("lower", "No pain", "lo"), display("upper", "Worst pain", "hi")]


class TestControls:
    @pytest.mark.parametrize(
        ("made", "kinds"),
        [
            (item("boolean"), {"radio"}),
            (item("choice", answerOption=OPTIONS), {"radio"}),
            (item("choice", answerOption=OPTIONS, repeats=True), {"checkbox"}),
            (item("choice", "q", control("drop-down"), answerOption=OPTIONS), set()),
            (item("choice", answerOption=OPTIONS * 5), set()),
            (item("open-choice", answerOption=OPTIONS), {"radio", "text"}),
            (item("open-choice", "q", control("autocomplete"), answerOption=OPTIONS), {"text"}),
            (item("attachment"), {"file"}),
            (item("date"), {"text"}),
        ],
    )
    def test_each_question_has_the_control_its_form_asks_for(self, made, kinds):
        made |= {"answerOption": unlike(made["answerOption"])} if "answerOption" in made else {}
        assert types(show(made)) == kinds

    @pytest.mark.parametrize("code", ["slider", "spinner"])
    def test_nothing_is_ever_a_slider(self, code):
        assert "range" not in types(show(scale(0, 100, control(code))))

    def test_a_pain_scale_is_eleven_radio_buttons_with_words_at_its_ends(self):
        page = show(scale(0, 10, children=ENDS))
        assert page.count('type="radio"') == 11
        assert "<b>0</b> No pain" in page
        assert "<b>10</b> Worst pain" in page

    def test_a_slider_of_few_steps_is_radio_buttons(self):
        step = {"url": f"{SDC}questionnaire-sliderStepValue", "valueInteger": 5}
        assert show(scale(0, 100, control("slider"), step)).count('type="radio"') == 21

    def test_a_slider_of_many_steps_is_a_field_that_says_its_range(self):
        page = show(scale(0, 100, control("slider")))
        assert "From 0 to 100." in page
        assert types(page) == {"text"}

    def test_a_number_outside_the_scale_is_still_shown(self):
        page = show(scale(0, 10, children=ENDS), given=[answered({"valueInteger": 12})])
        assert 'value="12"' in page
        assert "Worst pain" in page

    def test_a_decimal_is_not_rounded_to_a_cell(self):
        given = [answered({"valueDecimal": Decimal("5.0")})]
        made = scale(Decimal(0), Decimal(10), control("slider"), type_="decimal")
        assert 'value="5.0"' in show(made, given=given)

    def test_nothing_is_chosen_before_somebody_chooses(self):
        every = [item("boolean", "b"), item("choice", "c", answerOption=OPTIONS)]
        assert " checked" not in show(*every, scale(0, 10, children=ENDS))

    def test_an_answer_that_is_not_offered_is_shown_and_marked(self):
        given = [answered({"valueCoding": {"code": "old", "display": "Retired"}})]
        page = show(item("choice", answerOption=OPTIONS), given=given)
        assert re.search(r'value="=0" checked.*Retired', page)

    def test_the_unit_of_a_number_is_shown_beside_it(self):
        unit = {
            "url": f"{SDC}questionnaire-unit",
            "valueCoding": {"code": "kg", "display": "kilos"},
        }
        assert "<span>kilos</span>" in show(item("decimal", "q", unit))


def unlike(options):
    """Make the options of a list different from each other."""
    return [
        {"valueCoding": {"code": f"{n}", "display": f"Option {n}"}} for n in range(len(options))
    ]


class TestTables:
    ROWS = ("r1", "r2", "r3")

    def group(self, *extension, **more):
        rows = [item("choice", row, answerOption=OPTIONS, **more) for row in self.ROWS]
        return item("group", "g", *extension, item=rows)

    @pytest.mark.parametrize("code", ["", "table", "gtable", "htable", "atable", "list"])
    def test_questions_with_the_same_answers_are_a_table_whatever_it_is_called(self, code):
        page = show(self.group(*([control(code)] if code else [])))
        assert page.count('scope="row"') == 3
        assert 'aria-labelledby="row-g/r2 col-g-1"' in page

    def test_every_cell_is_named_by_its_row_and_column(self):
        page = show(self.group())
        named = re.findall(r'aria-labelledby="(row-\S+) (col-[^"]+)"', page)
        assert len(named) == 9
        assert all(f'id="{row}"' in page and f'id="{column}"' in page for row, column in named)

    def test_required_is_said_once_for_all_rows(self):
        assert show(self.group(required=True)).count("required</span>") == 1

    @pytest.mark.parametrize(
        "odd", [{"repeats": True}, {"readOnly": True}, {"answerOption": OPTIONS[:2]}]
    )
    def test_questions_that_do_not_fit_stand_one_below_the_other(self, odd):
        group = self.group()
        group["item"][1] |= odd
        assert "<table" not in show(group)

    def test_a_row_with_an_answer_that_is_not_offered_is_no_table(self):
        row = answered({"valueCoding": {"code": "old", "display": "Retired"}}, link_id="r1")
        page = show(self.group(), given=[{"linkId": "g", "item": [row]}])
        assert "<table" not in page
        assert "Retired" in page


class TestWords:
    def test_required_is_said_in_words_and_in_markup(self):
        page = show(item(required=True), item("boolean", "b", required=True))
        assert page.count("required</span>") == 2
        assert " required " in page
        assert 'aria-required="true"' in page

    def test_help_opens_and_advice_describes_the_field(self):
        page = show(item(item=[display("help", "Long", "h"), display("flyover", "Short", "f")]))
        assert "<details" in page
        assert re.search(r'<p class="hint" id="hint-q">Short</p>.*aria-describedby="hint-q"', page)

    def test_words_at_the_ends_are_never_lost(self):
        page = show(item("choice", answerOption=OPTIONS, item=ENDS))
        assert "No pain" in page
        assert "Worst pain" in page

    def test_header_and_footer_stand_at_the_ends(self):
        ends = [
            item("group", code, control(code), item=[display("x", code.upper(), code + "1")])
            for code in ("footer", "header")
        ]
        for end in ends:
            end["item"][0].pop("extension")
        page = show(ends[0], item(), ends[1])
        assert page.index("HEADER") < page.index("Text of q") < page.index("FOOTER")

    def test_a_problem_is_beside_its_field(self):
        page = show(item(), problems=[Problem("q", "Say more."), Problem("q", "Please.")])
        assert "Say more. Please." in page
        assert 'aria-describedby="problem-q" aria-invalid="true"' in page

    def test_formats_and_limits_are_said(self):
        size = {"url": f"{SDC}maxSize", "valueDecimal": Decimal(2)}
        kind = {"url": f"{SDC}mimeType", "valueCode": "application/pdf"}
        page = show(item("attachment", "f", size, kind), item("date", "d"))
        assert "A file of type application/pdf. At most 2.0 MB." in page
        assert "Day, month and year, such as 23 November 2026." in page

    def test_headings_go_down_one_level_at_a_time_and_stop_at_six(self):
        made = item()
        for number in range(6):
            made = item("group", f"g{number}", item=[made])
        levels = re.findall(r"<h(\d)", show(made, level_of_headings=2))
        assert levels == ["2", "3", "4", "5", "6", "6"]


TRANSLATED = {
    "extension": [
        {
            "url": f"{SDC}translation",
            "extension": [
                {"url": "lang", "valueCode": "ar"},
                {"url": "content", "valueString": "سؤال"},
            ],
        }
    ]
}


class TestLanguages:
    def show(self, asked, language):
        questionnaire = form(item(_text=TRANSLATED), language=language)
        settled = settle(questionnaire, [], CONTEXT)
        return str(render(questionnaire, settled, language=asked))

    def test_a_translation_is_marked_with_its_language_and_direction(self):
        page = self.show("ar-EG", language="en")
        assert '<span lang="ar" dir="rtl">سؤال</span>' in page
        assert '<div class="questionnaire" data-form dir="rtl">' in page

    def test_words_without_a_translation_are_marked_with_their_own(self):
        assert '<span lang="fr" dir="ltr">Text of q</span>' in self.show("de", language="fr")

    def test_each_option_of_a_list_says_its_language(self):
        drop = [control("drop-down")]
        raw = item("open-choice", "q", *drop, answerOption=[{"valueString": "Oui"}])
        questionnaire = form(raw, language="fr")
        page = str(render(questionnaire, settle(questionnaire, [], CONTEXT), language="de"))
        assert '<option value="0" lang="fr" dir="ltr">Oui</option>' in page
        assert '<option value="other">Other' in page

    def test_words_of_the_pages_language_are_not_marked(self):
        assert "lang=" not in self.show("en-AU", language="en")

    def test_rich_words_are_shown_only_in_the_language_they_are_in(self):
        rich = {"url": f"{SDC}rendering-xhtml", "valueString": "<b>Rich</b>"}
        both = {"extension": [*TRANSLATED["extension"], rich]}
        questionnaire = form(item(_text=both))
        settled = settle(questionnaire, [], CONTEXT)
        assert "<b>Rich</b>" in render(questionnaire, settled)
        assert "Rich" not in render(questionnaire, settled, language="ar")


class TestShownToWhom:
    SUM = expression("calculatedExpression", "1 + 1")

    def test_what_is_hidden_is_not_on_the_page(self):
        group = item("group", "g", HIDDEN, item=[item()])
        assert "Text of" not in show(group, item("string", "h", HIDDEN))

    def test_what_is_read_only_is_shown_and_cannot_be_typed_into(self):
        page = show(item(readOnly=True), given=[answered({"valueString": "fixed"})])
        assert ">fixed</output>" in page
        assert 'name="q"' not in page

    def test_a_calculated_value_is_shown_to_a_clinician_and_not_to_a_patient(self):
        made = item("integer", "q", self.SUM, readOnly=True)
        assert ">2</output>" in show(made, live=True)
        assert "Text of q" not in show(made, live=False)

    def test_what_a_closed_group_holds_cannot_be_typed_into(self):
        page = show(item("group", "g", readOnly=True, item=[item()]))
        assert 'name="g/q"' not in page


class TestConditions:
    YES = item("boolean", "yes")

    def rule(self, *items, prefix=""):
        found = re.search(r'data-when="([^"]*)"', show(*items, prefix=prefix))
        return json.loads(unescape(found[1])) if found and found[1] else None

    def when(self, operator="=", **answer):
        condition = {"question": "yes", "operator": operator, **answer}
        return item(enableWhen=[condition])

    @pytest.mark.parametrize(
        ("source", "operator", "answer", "rule"),
        [
            (YES, "=", {"answerBoolean": True}, ["in", ["true"]]),
            (YES, "!=", {"answerBoolean": True}, ["out", ["true"]]),
            (YES, "exists", {"answerBoolean": False}, ["exists", False]),
            (item("integer", "yes"), ">=", {"answerInteger": 3}, [">=", 3.0]),
            (item("string", "yes"), "=", {"answerString": "x"}, ["in", ["x"]]),
            (
                item("choice", "yes", answerOption=OPTIONS),
                "=",
                {"answerCoding": {"system": "s", "code": "b"}},
                ["in", ["1"]],
            ),
            (
                item("choice", "yes", answerOption=OPTIONS),
                "!=",
                {"answerCoding": {"system": "s", "code": "c"}},
                ["out", ["2"]],
            ),
        ],
    )
    def test_the_browser_is_told_question_operator_and_answer(self, source, operator, answer, rule):
        assert self.rule(source, self.when(operator, **answer))["of"] == [["yes", *rule]]

    @pytest.mark.parametrize(
        ("source", "operator", "answer"),
        [
            (item("date", "yes"), ">", {"answerDate": "2026"}),
            (item("boolean", "yes", readOnly=True), "=", {"answerBoolean": True}),
            (item("boolean", "yes", HIDDEN), "=", {"answerBoolean": True}),
            (item("open-choice", "yes", answerOption=OPTIONS), "=", {"answerString": "x"}),
        ],
    )
    def test_what_the_browser_cannot_judge_is_the_servers(self, source, operator, answer):
        assert self.rule(source, self.when(operator, **answer)) is None

    def test_the_question_is_the_one_of_the_same_instance(self):
        visit = item("group", "v", repeats=True, item=[self.YES, self.when(answerBoolean=True)])
        given = [{"linkId": "v", "item": []}, {"linkId": "v", "item": []}]
        page = show(visit, given=given, prefix="p")
        assert re.findall(r"p/v\S*/yes(?=&quot;)", page) == ["p/v/yes", "p/v*1/yes"]

    def test_the_question_of_one_of_several_instances_is_the_servers(self):
        visit = item("group", "v", repeats=True, item=[self.YES])
        assert self.rule(visit, self.when(answerBoolean=True)) is None

    def test_what_is_disabled_is_hidden_and_not_sent(self):
        page = show(self.YES, self.when(answerBoolean=True))
        assert re.search(r'id="item-q"[^>]* hidden>', page)
        assert re.search(r'name="q"[^>]* disabled', page)


class TestEvaluation:
    def evaluate(self, *items, given=(), live=True):
        questionnaire = form(*items)
        settled = settle(questionnaire, list(given), CONTEXT)
        return evaluation(questionnaire, settled, prefix="p", live=live)

    def test_it_tells_what_is_enabled_by_field(self):
        made = item("string", "q", expression("enableWhenExpression", "1 > 2"))
        assert self.evaluate(made)["enabled"] == {"p/q": False}

    def test_it_tells_calculated_values_only_to_whom_they_are_shown(self):
        made = item("integer", "q", expression("calculatedExpression", "1 + 1"), readOnly=True)
        assert self.evaluate(made)["values"] == {"p/q": "2"}
        assert self.evaluate(made, live=False)["values"] == {}

    def test_it_tells_the_options_that_are_not_offered_now(self):
        toggle = {
            "url": f"{EXPRESSION}answerOptionsToggleExpression",
            "extension": [
                {"url": "option", **OPTIONS[1]},
                {
                    "url": "expression",
                    **{k: v for k, v in expression("x", "1 > 2").items() if k != "url"},
                },
            ],
        }
        made = item("choice", "q", toggle, answerOption=OPTIONS)
        assert self.evaluate(made)["options"] == {"p/q": ["1"]}
        assert 'value="1"' not in show(made)

    def test_only_a_form_that_needs_it_asks_the_server(self):
        made = item("string", "q", expression("enableWhenExpression", "1 > 2"))
        assert 'data-evaluate="/e"' in show(made, evaluate="/e")
        assert "data-evaluate" not in show(item(), evaluate="/e")


def test_a_form_with_a_file_says_how_it_is_to_be_sent():
    assert needs_upload(form(item("attachment")))
    assert not needs_upload(form(item()))


def test_enter_presses_the_button_that_sends_nothing_on():
    first = re.search(r"<button[^>]*>", show(item("choice", answerOption=OPTIONS)))
    assert 'name="update"' in first[0]


def test_no_style_and_no_script_stands_in_the_page():
    page = show(item("choice", answerOption=OPTIONS), scale(0, 10, children=ENDS) | {"linkId": "s"})
    assert not re.search(r"<script|<style|\son\w+=|\sstyle=", page)


class TestManyAnswers:
    def test_what_is_below_each_of_several_answers_says_which(self):
        made = item(repeats=True, item=[item("string", "why")])
        page = show(made, given=[answered({"valueString": "one"}, {"valueString": "two"})])
        assert [name for name in ("q/why", "q*1/why") if f'name="{name}"' in page]
        assert "About “<bdi>two</bdi>”" in page

    def test_no_more_rows_are_offered_than_may_be_answered(self):
        most = {"url": f"{SDC}questionnaire-maxOccurs", "valueInteger": 2}
        given = [answered({"valueString": "one"}, {"valueString": "two"})]
        page = show(item("string", "q", most, repeats=True), given=given)
        assert page.count('type="text"') == 2
        assert "add:q" not in page

    def test_a_repeating_group_has_its_instances_and_buttons(self):
        group = item("group", "g", repeats=True, item=[item()])
        given = [{"linkId": "g", "item": [answered({"valueString": text})]} for text in "ab"]
        page = show(group, given=given)
        assert [name in page for name in ('"add:g"', '"remove:g"', '"remove:g*1"')] == [True] * 3

    def test_a_closed_repeating_group_has_none(self):
        group = item("group", "g", repeats=True, readOnly=True, item=[item()])
        page = show(group, given=[{"linkId": "g", "item": [answered({"valueString": "a"})]}])
        assert ">a</output>" in page
        assert "add:g" not in page


def test_a_group_without_words_has_no_heading():
    assert "<h3" not in show(item("group", "g", item=[item()]) | {"text": ""})


def test_a_calculated_quantity_is_shown_with_its_unit():
    given = [answered({"valueQuantity": {"value": 5, "comparator": "<", "unit": "mg"}})]
    assert "&lt;5 mg</output>" in show(item("quantity", readOnly=True), given=given)


def test_markdown_of_a_question_is_shown():
    rich = {"extension": [{"url": f"{SDC}rendering-markdown", "valueMarkdown": "How **much**?"}]}
    assert "<strong>much</strong>" in show(item(_text=rich))


WEB = Path(smartapp.web.__file__).parent
BUNDLED = sorted((WEB.parents[1] / "questionnaires").glob("*.json"))


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_a_bundled_form_is_small_on_the_wire(path):
    questionnaire = read_questionnaire(json.loads(path.read_text("utf-8"), parse_float=Decimal))
    page = render(questionnaire, settle(questionnaire, [], CONTEXT))
    rest = [(WEB / "static" / name).read_bytes() for name in ("questionnaire.css", "form.js")]
    size = sum(len(gzip.compress(part)) for part in (page.encode(), *rest))
    assert size <= (8_000 if path.stem == "phq-9" else 25_000)


def styled(sheet):
    """The classes that a style sheet names."""
    sources = ((WEB / "static" / part).read_text("utf-8") for part in PARTS[sheet])
    return set(re.findall(r"\.([a-z][\w-]+)", re.sub(r"/\*.*?\*/", "", "".join(sources))))


def loads_fields(page):
    """Whether there is anything in it that form.css does not dress."""
    used = {name for names in re.findall(r'class="([^"]*)"', page) for name in names.split()}
    only_there = styled("fields.css") - styled("form.css") - {"n4", "n5"}
    return bool(used & only_there or "<textarea" in page)


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.stem)
def test_only_a_form_that_asks_more_than_choices_loads_the_styles_of_fields(path):
    questionnaire = read_questionnaire(json.loads(path.read_text("utf-8"), parse_float=Decimal))
    page = render(questionnaire, settle(questionnaire, [], CONTEXT), level_of_headings=2)
    assert has_fields(page) == loads_fields(page)


@pytest.mark.parametrize(
    "made",
    [
        *map(item, ("string", "text", "date", "boolean", "display", "quantity", "attachment")),
        item("choice", answerOption=OPTIONS, required=True),
        item("choice", answerOption=OPTIONS, repeats=True),
        item("choice", "q", control("drop-down"), answerOption=OPTIONS),
        item("open-choice", answerOption=OPTIONS),
        item("group", item=[item("boolean", "b")], repeats=True),
        item("group", item=[item("group", "g", item=[item("boolean", "b")])]),
        scale(0, 10, children=ENDS),
    ],
    ids=lambda made: made["type"],
)
def test_all_that_is_not_a_plain_choice_loads_them(made):
    made |= {"answerOption": unlike(made["answerOption"])} if "answerOption" in made else {}
    assert has_fields(show(made))
    assert not has_fields(show(item("choice", answerOption=unlike(OPTIONS))))


def test_so_does_what_runs_the_other_way():
    questionnaire = form(item("choice", answerOption=unlike(OPTIONS)), language="ar")
    assert has_fields(render(questionnaire, settle(questionnaire, [], CONTEXT)))
