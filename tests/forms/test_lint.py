"""What is wrong with a Questionnaire that can be read: the invariants of R4 and of SDC."""

from itertools import pairwise

import pytest

from smartapp.errors import ContentError
from smartapp.forms.reading import lint, read_questionnaire

CORE = "http://hl7.org/fhir/StructureDefinition/"
A, B = ({"system": "urn:s", "code": code, "display": code.upper()} for code in "ab")
OPTIONS = [{"valueCoding": A}, {"valueCoding": B}]


def control(code):
    url = f"{CORE}questionnaire-itemControl"
    return {"url": url, "valueCodeableConcept": {"coding": [{"code": code}]}}


def limit(name, kind, value):
    return {"url": CORE + name, f"value{kind}": value}


def when(question, operator="exists", **answer):
    return {"question": question, "operator": operator, **(answer or {"answerBoolean": True})}


def scored(coding, number):
    extension = [{"url": f"{CORE}ordinalValue", "valueDecimal": number}]
    return {"valueCoding": {**coding, "extension": extension}}


@pytest.fixture
def findings(form, asked):
    """Return what is found about an item, as text, by severity; ``beside`` are items before it."""

    def find(type_, *extensions, beside=(), **more):
        item = asked("a", type_, **({"extension": list(extensions)} if extensions else {}), **more)
        found = lint(form(*beside, {name: part for name, part in item.items() if part is not None}))
        of = {s: [str(f) for f in found if f.severity == s] for s in ("error", "warning")}
        return of["error"], of["warning"]

    return find


@pytest.mark.parametrize(
    ("type_", "more", "said"),
    [
        ("group", {}, "item: a group needs items (que-1)"),
        ("display", {"item": [{"linkId": "b", "type": "display", "text": "b"}]}, "(que-1)"),
        ("display", {"code": [A]}, "code: a display item has no code (que-3)"),
        (
            "integer",
            {"answerOption": OPTIONS},
            "answerOption: a integer item has no options (que-5)",
        ),
        ("display", {"required": True}, "required: a display item has no required (que-6)"),
        ("display", {"repeats": True}, "repeats: a display item has no repeats (que-6)"),
        ("display", {"initial": [{"valueString": "x"}]}, "initial: a display item has no initial"),
        ("display", {"readOnly": True}, "readOnly: a display item has no readOnly (que-9)"),
        ("date", {"maxLength": 5}, "maxLength: is for items of text (que-10)"),
        ("choice", {"answerOption": OPTIONS, "initial": [{"valueCoding": A}]}, "(que-11)"),
        ("string", {"initial": [{"valueString": "x"}, {"valueString": "y"}]}, "(que-13)"),
        ("choice", {"answerOption": [{**o, "initialSelected": True} for o in OPTIONS]}, "(que-13)"),
        ("choice", {}, "answerOption: a choice needs options"),
        ("string", {"text": None}, "text: is missing"),
        ("string", {"required": True, "readOnly": True}, "required: nobody can answer it"),
        ("choice", {"answerOption": [*OPTIONS, *OPTIONS[:1]]}, "the option a is there 2 times"),
        ("choice", {"answerOption": [{"valueInteger": 1}] * 2}, "the option 1 is there 2 times"),
        ("choice", {"answerOption": [scored(A, 1), OPTIONS[1]]}, "and some have none"),
        ("integer", {"initial": [{"valueString": "1"}]}, "initial[0]: is no answer of a integer"),
        ("boolean", {"enableWhen": [when("no")]}, "enableWhen[0].question: there is no item no"),
        ("boolean", {"enableWhen": [when("a")]}, "enableWhen[0].question: is the item itself"),
        ("boolean", {"enableWhen": [when("a")] * 2}, "enableBehavior: is missing"),
    ],
)
def test_what_r4_forbids_is_an_error(findings, type_, more, said):
    errors, _ = findings(type_, **more)
    assert any(said in error for error in errors), errors


@pytest.mark.parametrize(
    ("type_", "extensions", "said"),
    [
        ("string", [control("slider")], "itemControl slider is not for a string item"),
        ("integer", [control("gtable")], "itemControl gtable is not for a integer item"),
        (
            "boolean",
            [limit("questionnaire-choiceOrientation", "Code", "round")],
            "neither horizontal",
        ),
        (
            "integer",
            [limit("minValue", "Date", "2020-01-01")],
            "minValue does not fit a integer item",
        ),
        ("string", [limit("maxValue", "Integer", 3)], "maxValue does not fit a string item"),
        ("date", [limit("maxValue", "Date", "tomorrow")], "maxValue is no Date"),
        (
            "integer",
            [limit("minValue", "Integer", 3), limit("maxValue", "Integer", 2)],
            "minValue is above",
        ),
        ("quantity", [limit("questionnaire-unit", "Coding", {"system": "x"})], "nothing to show"),
        (
            "quantity",
            [limit("questionnaire-unitOption", "Coding", A)] * 2,
            "a unit is offered twice",
        ),
        (
            "quantity",
            [limit("questionnaire-unitOption", "Coding", {**A, "code": []})],
            "a unit has a part that is not text",
        ),
        (
            "string",
            [limit("questionnaire-minOccurs", "Integer", 2)],
            "minOccurs above 1 needs repeats",
        ),
        ("string", [limit("regex", "String", "(")], "regex cannot be used: missing ): ("),
        ("string", [limit("regex", "String", "(?=a)a")], "regex cannot be used"),
        ("string", [limit("regex", "String", "((((a{99}){99}){99}){99})")], "regex cannot be used"),
        ("string", [limit("regex", "String", "a" * 2001)], "regex cannot be used"),
    ],
)
def test_an_extension_that_does_not_fit_is_an_error(findings, type_, extensions, said):
    errors, _ = findings(type_, *extensions)
    assert any(said in error for error in errors), errors


@pytest.mark.parametrize(
    ("type_", "extensions", "more", "said"),
    [
        ("integer", [control("slider")], {}, "a slider needs minValue and maxValue"),
        ("open-choice", [], {}, "an open choice without options"),
        ("integer", [], {"maxLength": 3}, "(que-10)"),
        ("display", [], {"required": False}, "a display item has no required"),
        ("boolean", [limit("maxDecimalPlaces", "Integer", 1)], {}, "decimal places says nothing"),
        ("string", [limit("questionnaire-maxOccurs", "Integer", 2)], {}, "maxOccurs above 1 says"),
        ("string", [limit("questionnaire-unit", "Coding", A)], {}, "a unit says nothing"),
        ("choice", [], {"answerOption": [{"valueCoding": {"code": "x"}}]}, "has no system"),
        (
            "choice",
            [],
            {"answerOption": [{"valueString": "A"}, {"valueCoding": A}]},
            "read the same",
        ),
    ],
)
def test_what_its_author_should_look_at_is_a_warning(findings, type_, extensions, more, said):
    errors, warnings = findings(type_, *extensions, **more)
    assert not errors
    assert any(said in warning for warning in warnings), warnings


def test_an_exclusive_option_wants_repeats(findings):
    exclusive = [{"url": f"{CORE}questionnaire-optionExclusive", "valueBoolean": True}]
    _, warnings = findings("choice", answerOption=[{"valueCoding": A, "extension": exclusive}])
    assert "optionExclusive says nothing without repeats" in warnings[0]


def test_a_table_of_different_lists_is_a_warning(form, named):
    (finding,) = lint(named("tables").raw)
    assert "do not share one list of options" in finding.reason


@pytest.mark.parametrize(
    ("type_", "condition", "said"),
    [
        ("integer", when("q", "exists", answerInteger=1), "exists needs answerBoolean (que-7)"),
        ("integer", when("q", "=", answerString="1"), "q is a integer and is never a String"),
        ("choice", when("q", "=", answerString="a"), "q is a choice and is never a String"),
        ("choice", when("q", ">", answerCoding=A), "enableWhen[0].operator: a Coding has no order"),
        ("string", when("q", "<", answerString="a"), "a String has no order"),
        ("attachment", when("q", "=", answerString="a"), "is never a String"),
    ],
)
def test_a_condition_fits_what_it_asks_of(findings, asked, type_, condition, said):
    options = {"answerOption": OPTIONS} if type_ == "choice" else {}
    errors, _ = findings("boolean", beside=[asked("q", type_, **options)], enableWhen=[condition])
    assert any(said in error for error in errors), errors


def test_a_condition_asks_questions_only(findings, asked):
    group = asked("g", "group", item=[asked("b")])
    errors, _ = findings("boolean", beside=[group], enableWhen=[when("g")])
    assert errors == ["Questionnaire.item[1].enableWhen[0].question: g is a group, not a question"]


def test_an_answer_that_is_not_offered_is_a_warning(findings, asked):
    other = when("q", "=", answerCoding={**A, "code": "c"})
    beside = [asked("q", "open-choice", answerOption=OPTIONS)]
    errors, warnings = findings("boolean", beside=beside, enableWhen=[other])
    assert (errors, len(warnings)) == ([], 1)
    assert "is none of the options of q" in warnings[0]
    own = when("q", "=", answerString="my own")
    assert findings("boolean", beside=beside, enableWhen=[own]) == ([], [])


def test_a_condition_on_what_comes_later_is_a_warning(form, asked):
    (finding,) = lint(form(asked("a", enableWhen=[when("b")]), asked("b")))
    assert (finding.severity, finding.reason) == ("warning", "b is asked after this item")


def test_an_item_may_not_wait_for_what_is_below_it(findings, asked):
    errors, _ = findings("group", enableWhen=[when("b")], item=[asked("b")])
    assert "enableWhen[0].question: is below the item itself" in errors[0]


@pytest.mark.parametrize("length", [2, 3, 1000])
def test_items_that_wait_for_each_other_are_refused(form, asked, length):
    names = [f"n{number}" for number in range(length)]
    items = [asked(n, enableWhen=[when(other)]) for n, other in pairwise([*names, names[0]])]
    with pytest.raises(ContentError, match="linkId: waits for itself: n"):
        read_questionnaire(form(*items))


def test_link_ids_are_unique_at_every_depth(form, asked):
    (finding,) = lint(form(asked("b"), asked("a", "group", item=[asked("b")])))
    assert str(finding) == "Questionnaire.item[1].item[0].linkId: b is there more than once (que-2)"


def test_a_form_has_a_bearable_size(form, asked):
    found = lint(form(*(asked(str(number)) for number in range(2001))))
    assert "Questionnaire.item: are more than 2000" in map(str, found)


def test_a_form_without_url_is_a_warning(form, asked):
    (finding,) = lint(form(asked("a"), url=""))
    assert str(finding).startswith("Questionnaire.url: is missing")


def test_the_first_error_is_raised_and_all_are_listed(form, asked):
    broken = form(asked("a", "choice"), asked("b", "group"))
    assert [finding.severity for finding in lint(broken)] == ["error", "error"]
    with pytest.raises(ContentError, match=r"^Questionnaire.item\[0\].answerOption: a choice"):
        read_questionnaire(broken)
