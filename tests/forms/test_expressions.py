"""What an expression of a Questionnaire may be, and what it may use."""

import pytest

from smartapp.errors import ContentError
from smartapp.forms.reading import lint, read_questionnaire

CORE = "http://hl7.org/fhir/StructureDefinition/"
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"


@pytest.fixture
def reason(form, asked):
    """Return why a read-only number with these extensions is refused; "" if it is not."""

    def refuse(*extensions, **more):
        item = asked("a", "integer", readOnly=True, extension=list(extensions))
        errors = [str(f) for f in lint(form(item, **more)) if f.severity == "error"]
        return errors[0] if errors else ""

    return refuse


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("1 +", "cannot be used: at column"),
        ("frobnicate()", "cannot be used: at column"),
        ("%unknown", "cannot be used: at column"),
        ("", "expression: is missing"),
        ("1" * 10_001, "expression: is too long"),
        ("(" * 9_000 + "1" + ")" * 9_00, "cannot be used"),
    ],
)
def test_an_expression_that_cannot_be_run_is_refused(reason, formula, expression, said):
    refused = reason(formula("calculatedExpression", expression))
    assert refused.startswith("Questionnaire.item[0].extension[0].valueExpression.expression:")
    assert said in refused


@pytest.mark.parametrize("language", ["text/cql", "application/x-fhir-query", "", None])
def test_other_languages_are_refused(reason, formula, language):
    refused = reason(formula("calculatedExpression", "1", language=language))
    assert refused.endswith("only text/fhirpath is supported")


def test_the_standard_variables_may_be_used(reason, formula):
    every = "%resource | %context | %questionnaire | %qitem | %rootResource | %ucum"
    assert reason(formula("calculatedExpression", every)) == ""


def test_a_variable_is_known_at_its_item_and_below_only(form, asked, formula):
    inner = asked("b", "integer", readOnly=True, extension=[formula("calculatedExpression", "%x")])
    outer = asked("g", "group", extension=[formula("variable", "1", "x")], item=[inner])
    assert lint(form(outer)) == ()
    (finding,) = lint(form(asked("g", "group", item=[inner]), extension=[]))
    assert finding.element.startswith("Questionnaire.item[0].item[0].extension[0]")


def test_variables_are_sorted_by_what_they_need(form, asked, formula):
    pairs = (("x", "%y + 1"), ("z", "%x"), ("y", "1"))
    extensions = [formula("variable", text, name) for name, text in pairs]
    questionnaire = read_questionnaire(form(asked("a"), extension=extensions))
    assert [variable.name for variable in questionnaire.variables] == ["y", "x", "z"]


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ([("x", "%y"), ("y", "%x")], "variables need each other"),
        ([("x", "%x")], "cannot be used"),
        ([("x", "1"), ("x", "2")], "the variable x is defined twice"),
        ([("resource", "1")], "the variable resource is defined twice"),
        ([("patient", "1")], "the variable patient is defined twice"),
        ([("a b", "1")], "a variable needs a name"),
        ([(None, "1")], "a variable needs a name"),
    ],
)
def test_a_variable_that_cannot_be_is_refused(reason, formula, pairs, said):
    assert said in reason(*(formula("variable", text, name) for name, text in pairs))


def test_the_launch_gives_patient_user_and_encounter_only(reason, formula):
    def launch(name):
        coding = {"url": "name", "valueCoding": {"code": name}}
        return [{"url": f"{SDC}launchContext", "extension": [coding]}]

    use = formula("calculatedExpression", "%user.count()")
    assert "cannot be used" in reason(use)
    assert reason(use, extension=launch("user")) == ""
    other = formula("calculatedExpression", "%clinician.count()")
    assert "rests on what is looked up" in reason(other, extension=launch("clinician"))


def query(language="application/x-fhir-query", name="found"):
    value = {"language": language, "name": name, "expression": "Observation?code=1"}
    return {"url": f"{CORE}variable", "valueExpression": value}


def named(name):
    value = {"language": "text/fhirpath", "name": "found", "expression": "%patient.contact"}
    return {"url": f"{SDC}{name}", "valueExpression": value}


LOOKED_UP = {
    "a query": [query()],
    "a library": [query("text/cql")],
    "what rests on a query": [query(name="q")],
    "a group's context": [named("itemPopulationContext")],
    "a proposal": [named("candidateExpression")],
    "a batch": [{"url": f"{SDC}sourceQueries", "valueReference": {"reference": "#found"}}],
    "another launch": [
        {
            "url": f"{SDC}launchContext",
            "extension": [{"url": "name", "valueCoding": {"code": "found"}}],
        }
    ],
}


class TestLookedUp:
    """SDC "Form Population": a query fills in what a person can answer all the same."""

    @pytest.fixture(params=LOOKED_UP)
    def source(self, request, formula):
        rests = formula("variable", "%q.entry.resource", "found")
        return [*LOOKED_UP[request.param], *([rests] if "rests" in request.param else [])]

    def test_nothing_is_filled_in_and_the_form_is_whole(self, form, asked, formula, source):
        item = asked("a", "integer", extension=[formula("initialExpression", "%found.value")])
        findings = lint(form(item, extension=source))
        assert {finding.severity for finding in findings} == {"warning"}
        assert "Questionnaire.item[0].extension[0]: is not filled in" in str(findings[-1])
        assert read_questionnaire(form(item, extension=source)).items[0].initial_path is None

    @pytest.mark.parametrize("name", ["calculatedExpression", "enableWhenExpression"])
    def test_what_decides_anything_may_not_rest_on_it(self, reason, formula, source, name):
        refused = reason(formula(name, "%found.exists()"), extension=source)
        assert refused.endswith("rests on what is looked up in the record, which is not supported")

    def test_an_initial_value_of_a_query_of_its_own_is_left_out(self, form, asked, formula):
        own = formula("initialExpression", "Library.Weight", language="text/cql")
        (finding,) = lint(form(asked("a", "integer", extension=[own])))
        assert finding.severity == "warning"

    def test_an_unknown_name_is_still_refused(self, reason, formula):
        refused = reason(formula("initialExpression", "%other"), extension=[query()])
        assert "%other is not known here" in refused


def test_the_same_expression_twice_is_one(form, asked, formula):
    twice = [formula("calculatedExpression", "1")] * 2
    raw = form(asked("a", "integer", readOnly=True, extension=twice))
    assert "is given more than once" in str(lint(raw)[0])
    assert read_questionnaire(raw).items[0].calculated is not None


def test_calculations_that_wait_for_each_other_are_refused(form, asked, formula):
    def calculated(own, other):
        text = f"%resource.item.where(linkId = '{other}').answer.value"
        extension = [formula("calculatedExpression", text)]
        return asked(own, "integer", readOnly=True, extension=extension)

    with pytest.raises(ContentError, match="waits for itself: "):
        read_questionnaire(form(calculated("a", "b"), calculated("b", "a")))
    with pytest.raises(ContentError, match="waits for itself: a, a"):
        read_questionnaire(form(calculated("a", "a")))
    assert lint(form(calculated("a", "b"), asked("b", "integer"))) == ()


def test_a_circle_through_a_variable_and_a_condition_is_found(form, asked, formula):
    variable = formula("variable", "%resource.item.where(linkId in ('x' | 'b')).answer", "all")
    rule = formula("enableWhenExpression", "%all.exists()")
    condition = {"question": "a", "operator": "exists", "answerBoolean": True}
    items = [asked("a", extension=[rule]), asked("b", enableWhen=[condition])]
    found = lint(form(*items, extension=[variable]))
    assert any("waits for itself" in finding.reason for finding in found)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            {"type": "group", "item": [{"linkId": "b", "type": "string", "text": "b"}]},
            "nothing to calculate",
        ),
        ({"initial": [{"valueInteger": 1}]}, "a calculated item has no initial value"),
        ({"readOnly": False}, "what is calculated can be edited"),
    ],
)
def test_a_calculation_wants_an_item_of_its_own(form, asked, formula, more, said):
    extension = [formula("calculatedExpression", "1")]
    item = {**asked("a", "integer", readOnly=True, extension=extension), **more}
    assert any(said in finding.reason for finding in lint(form(item)))


def test_two_kinds_of_conditions_are_one_too_many(form, asked, formula):
    condition = {"question": "b", "operator": "exists", "answerBoolean": True}
    rule = formula("enableWhenExpression", "true")
    (finding,) = lint(form(asked("b"), asked("a", enableWhen=[condition], extension=[rule])))
    assert "one must go" in finding.reason


def test_constraints_are_read_in_both_forms(named):
    questionnaire = named("constraints")
    (order,), (long,) = (questionnaire.item(name).constraints for name in ("span", "hours"))
    assert (order.key, order.severity, long.severity) == ("order", "error", "warning")
    assert questionnaire.constraints[0].human == "Please agree before you send the form."


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([], "needs an expression"),
        ([{"url": "expression", "valueString": "true"}], "needs a severity"),
        ([{"url": "expression", "valueString": "1 +"}], "valueString: cannot be used"),
    ],
)
def test_a_constraint_that_is_not_whole_is_refused(reason, parts, said):
    url = f"{CORE}questionnaire-constraint"
    assert said in reason({"url": url, "extension": parts})


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([{"url": "option", "valueInteger": 1}], "has no expression"),
        ([{"url": "option", "valueInteger": 7}, {"url": "expression"}], "is not a Expression"),
        ([{"url": "option", "valueInteger": 7}], "is not one of the item's options"),
        ([], "names no option"),
    ],
)
def test_a_toggle_names_options_and_an_expression(form, asked, formula, parts, said):
    if "option" in said:
        parts = [*parts, {**formula("x", "true"), "url": "expression"}]
    toggle = {"url": f"{SDC}answerOptionsToggleExpression", "extension": parts}
    item = asked("a", "choice", answerOption=[{"valueInteger": 1}], extension=[toggle])
    assert any(said in finding.reason for finding in lint(form(item)))


def test_too_many_expressions_are_refused(form, asked, formula):
    extensions = [formula("variable", "1", f"v{number}") for number in range(501)]
    found = lint(form(asked("a"), extension=extensions))
    assert [f.reason for f in found] == ["have more than 500 expressions"]
