"""The answers a choice offers, from its own list or from a value set."""

from decimal import Decimal

import pytest

from smartapp.errors import ContentError
from smartapp.forms.questionnaire import ItemType
from smartapp.forms.reading import lint, read_questionnaire
from smartapp.forms.state import settle
from smartapp.forms.validate import validate

CORE = "http://hl7.org/fhir/StructureDefinition/"
SCORED = {"url": f"{CORE}ordinalValue", "valueDecimal": Decimal(2)}
A, B = ({"system": "urn:s", "code": code, "display": code.upper()} for code in "ab")


def value_set(**more):
    return {"resourceType": "ValueSet", "id": "v", "url": "urn:v", "version": "2", **more}


def listing(*concepts, **more):
    include = {"system": "urn:s", "concept": list(concepts), **more}
    return value_set(compose={"include": [include]})


@pytest.fixture
def options(form, asked):
    """Read the options of a choice."""

    def read(*listed, **more):
        item = asked("a", "choice", answerOption=list(listed), **more)
        return read_questionnaire(form(item)).items[0].options

    return read


@pytest.fixture
def from_set(form, asked):
    """Read the options of a choice from one value set, contained or given."""

    def read(contained, canonical="#v", given=None):
        item = asked("a", "choice", answerValueSet=canonical)
        contained = {"contained": [contained]} if contained else {}
        return read_questionnaire(form(item, **contained), given or {}).items[0].options

    return read


def test_options_of_every_kind_show_themselves(named):
    questionnaire = named("options-of-every-kind")
    shown = {i.link_id: [option.text.plain for option in i.options] for i in questionnaire.items}
    assert shown["integer"] == ["0", "1", "2"]
    assert shown["date"] == ["2026-01-01", "2026-07-01"]
    assert shown["reference"] == ["The coach", "The supervisor"]
    green = questionnaire.item("string").options[1].text
    assert (green.plain, green.in_language("de")) == ("green", "grün")


def test_an_option_keeps_its_value_its_key_and_its_marks(named):
    questionnaire = named("options-of-every-kind")
    last = questionnaire.item("exclusive").options[2]
    assert (last.key, last.exclusive, last.value["valueCoding"]["code"]) == ("2", True, "none")
    assert questionnaire.item("chosen").options[1].initial
    assert questionnaire.item("prefix").options[0].prefix == "A."


@pytest.mark.parametrize(
    "option",
    [
        {"valueCoding": {**A, "extension": [SCORED]}},
        {"valueCoding": A, "extension": [SCORED]},
        {"valueInteger": 1, "_valueInteger": {"extension": [SCORED]}},
        {"valueCoding": A, "extension": [{"url": f"{CORE}itemWeight", "valueDecimal": 2}]},
    ],
)
def test_an_option_has_its_number_wherever_it_stands(options, option):
    assert options(option)[0].ordinal == 2


def test_a_code_without_display_shows_the_code(options):
    assert options({"valueCoding": {"system": "urn:s", "code": "x"}})[0].text.plain == "x"


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({}, "needs one value"),
        ({"valueBoolean": True}, "needs one value"),
        ({"valueString": "a", "valueInteger": 1}, "needs one value"),
        ({"valueInteger": "1"}, "is not a Integer in JSON"),
        ({"valueString": " "}, "has nothing to show"),
    ],
)
def test_an_option_that_cannot_be_shown_is_refused(options, option, said):
    with pytest.raises(ContentError, match=said):
        options(option)


def test_a_list_longer_than_a_page_is_refused(options):
    with pytest.raises(ContentError, match="more than 1000 options"):
        options(*({"valueInteger": number} for number in range(1001)))


def test_concepts_are_options_with_number_and_translation(from_set):
    designation = [{"language": "de", "value": "Ja"}, {"language": "fr", "use": {}, "value": "Oui"}]
    yes = {"code": "y", "display": "Yes", "designation": designation, "extension": [SCORED]}
    option, bare = from_set(listing(yes, {"code": "n", "extension": [SCORED]}))
    coding = {"system": "urn:s", "code": "y", "display": "Yes", "extension": [SCORED]}
    assert (option.value, option.ordinal) == ({"valueCoding": coding}, 2)
    assert (option.text.in_language("de"), bare.text.plain) == ("Ja", "n")


def test_only_what_can_be_chosen_of_an_expansion_is_offered(from_set):
    inside = [{**A}, {**B, "inactive": True}]
    group = {"system": "urn:s", "code": "g", "abstract": True, "contains": inside}
    (option,) = from_set(value_set(expansion={"contains": [group], "total": 3}))
    assert option.value == {"valueCoding": A}


@pytest.mark.parametrize("canonical", ["urn:v", "urn:v|2"])
@pytest.mark.parametrize("key", ["urn:v", "urn:v|2"])
def test_a_value_set_is_found_by_canonical_with_or_without_version(from_set, canonical, key):
    assert len(from_set(None, canonical, {"urn:w": listing(B), key: listing(A)})) == 1


@pytest.mark.parametrize("canonical", ["#w", "urn:w", "urn:v|1"])
def test_a_value_set_that_is_not_there_is_refused(from_set, canonical):
    with pytest.raises(ContentError, match=r"item\[0\].answerValueSet: the value set .* neither"):
        from_set(listing(A), canonical, {"urn:v": listing(A)})


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (value_set(), "neither an expansion nor a list"),
        (value_set(compose={"include": [{"system": "urn:s"}]}), "does not list its concepts"),
        (listing(A, filter=[{"property": "x"}]), "does not list its concepts"),
        (listing(A, valueSet=["urn:x"]), "does not list its concepts"),
        (value_set(compose={"include": [], "exclude": [{"system": "urn:s"}]}), "exclude: is not"),
        (value_set(expansion={"contains": [A], "total": 2}), "more concepts than are listed"),
        (value_set(expansion={"contains": [A], "offset": 1}), "is not the whole value set"),
        (
            value_set(
                expansion={"contains": [A], "extension": [{"url": f"{CORE}valueset-toocostly"}]}
            ),
            "not the whole",
        ),
        (value_set(expansion={"contains": []}), "is empty"),
        (value_set(expansion={"contains": [{"display": "x"}]}), "code: is missing"),
        (
            value_set(expansion={"contains": [{"code": str(n)} for n in range(1001)]}),
            "more than 1000",
        ),
        ({"resourceType": "Patient", "id": "v"}, "does not name a ValueSet"),
    ],
)
def test_a_value_set_that_cannot_be_offered_whole_is_refused(from_set, made, said):
    with pytest.raises(ContentError, match=said):
        from_set(made)


def test_a_choice_has_one_source_of_options(form, asked):
    item = asked("a", "choice", answerOption=[{"valueCoding": A}], answerValueSet="#v")
    findings = lint(form(item, contained=[listing(A)]))
    assert "only one may be (que-4)" in str(findings[0])


@pytest.mark.parametrize("part", ["system", "version", "code", "display"])
def test_a_coding_whose_parts_are_no_text_is_refused(part):
    """Two codings are compared by these parts, which a list cannot be."""
    coding = {"system": "urn:a", "version": "1", "code": "a", "display": "A", part: []}
    item = {"linkId": "a", "text": "A", "type": "choice", "answerOption": [{"valueCoding": coding}]}
    raw = {"resourceType": "Questionnaire", "status": "active", "item": [item]}
    with pytest.raises(ContentError, match=rf"valueCoding\.{part}: is not text"):
        read_questionnaire(raw)


@pytest.mark.parametrize(
    ("kind", "value", "calculated"),
    [
        ("string", {"valueString": "x"}, "'x'"),
        ("integer", {"valueInteger": 2}, "1 + 1"),
        ("date", {"valueDate": "2026-11-23"}, "@2026-11-23"),
        ("time", {"valueTime": "09:00:00"}, "@T09:00:00"),
    ],
)
def test_a_question_of_plain_values_may_list_them(
    form, asked, formula, context, kind, value, calculated
):
    """R4 que-5, and the published examples of SDC."""
    listed = {"answerOption": [value], "readOnly": True}
    item = asked("a", kind, **listed, extension=[formula("calculatedExpression", calculated)])
    questionnaire = read_questionnaire(form(item))
    assert questionnaire.items[0].type is ItemType.CHOICE
    assert settle(questionnaire, [], context).submitted()[0]["answer"] == [value]


@pytest.mark.parametrize("kind", ["string", "decimal", "text", "boolean"])
def test_options_of_another_kind_are_refused(form, asked, kind):
    with pytest.raises(ContentError, match=f"a {kind} item has no options"):
        read_questionnaire(form(asked("a", kind, answerOption=[{"valueCoding": A}])))


class TestWordsOnly:
    """A Coding needs no code: then its words are all that tells it from another."""

    YES, NO = ({"valueCoding": {"display": words}} for words in ("Yes", "No"))

    @pytest.fixture
    def asked_so(self, form, asked, formula):
        path = "%questionnaire.item.first().answerOption.value.where(display = 'No')"
        calculated = [formula("calculatedExpression", path)]
        options = {"answerOption": [self.YES, self.NO]}
        why = asked(
            "why",
            enableWhen=[{"question": "a", "operator": "=", "answerCoding": {"display": "No"}}],
        )
        last = asked("b", "choice", readOnly=True, extension=calculated, **options)
        return read_questionnaire(form(asked("a", "choice", **options), why, last))

    def test_both_are_offered(self, asked_so):
        assert [option.text.plain for option in asked_so.items[0].options] == ["Yes", "No"]

    @pytest.mark.parametrize(("answer", "is_asked"), [(YES, False), (NO, True)])
    def test_a_condition_tells_them_apart(self, asked_so, context, answer, is_asked):
        settled = settle(asked_so, [{"linkId": "a", "answer": [answer]}], context)
        assert settled.enabled((("why", 0),)) is is_asked

    def test_a_calculation_names_the_one_it_means(self, asked_so, context):
        assert settle(asked_so, [], context).submitted()[0]["answer"] == [self.NO]

    def test_another_is_not_in_the_list(self, asked_so, context):
        other = {"linkId": "a", "answer": [{"valueCoding": {"display": "Perhaps"}}]}
        head = {"resourceType": "QuestionnaireResponse", "questionnaire": asked_so.canonical}
        response = {**head, "status": "completed", "item": [other]}
        assert 30 in {issue.rule for issue in validate(asked_so, response, context)}


def test_a_picture_at_an_option_is_refused(options):
    url = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-itemAnswerMedia"
    with pytest.raises(ContentError, match="pictures"):
        options({"valueCoding": A, "extension": [{"url": url, "valueAttachment": {"url": "x"}}]})


def test_value_sets_of_fhir_itself_are_known(from_set):
    gender = "http://hl7.org/fhir/ValueSet/administrative-gender"
    assert [o.value["valueCoding"]["code"] for o in from_set(None, f"{gender}|4.0.1")][:2] == [
        "male",
        "female",
    ]
    assert len(from_set(None, gender, {gender: listing(A)})) == 1


def test_a_refusal_says_what_to_do_and_says_it_once(form, asked):
    when = [{"question": "a", "operator": "=", "answerCoding": A}]
    items = asked("a", "choice", answerValueSet="urn:far"), asked("b", enableWhen=when)
    (finding,) = lint(form(*items))
    assert str(finding).endswith("put it beside this file, as a ValueSet that lists its codes")
