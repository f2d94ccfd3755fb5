"""What is read of a Questionnaire, and what is refused because it could only be half shown."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from smartapp.errors import ContentError
from smartapp.forms.questionnaire import ItemType
from smartapp.forms.reading import lint, read_questionnaire
from smartapp.forms.state import Context, settle

CORE = "http://hl7.org/fhir/StructureDefinition/"
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"


def extension(name, kind, value, base=CORE):
    return {"url": base + name, f"value{kind}": value}


def translated(**languages):
    parts = [
        [{"url": "lang", "valueCode": language}, {"url": "content", "valueString": text}]
        for language, text in languages.items()
    ]
    return {"extension": [{"url": f"{CORE}translation", "extension": part} for part in parts]}


@pytest.fixture
def reason(form):
    """Return the reason why a form of these items is refused."""

    def refuse(*items, **more):
        with pytest.raises(ContentError) as refused:
            read_questionnaire(form(*items, **more))
        return str(refused.value)

    return refuse


@pytest.fixture
def read_item(form, asked):
    """Read one item of a type with these parts."""

    def read(type_, *extensions, **more):
        raw = asked("a", type_, **({"extension": list(extensions)} if extensions else {}), **more)
        return read_questionnaire(form(raw)).items[0]

    return read


def test_every_example_is_read_whole(example):
    assert not [str(finding) for finding in lint(example) if finding.severity == "error"]
    assert len(read_questionnaire(example).by_link_id) == str(example).count("'linkId'")


def test_the_examples_have_every_type_of_item(named):
    assert {item.type for item in named("every-type").walk()} == set(ItemType)


def test_the_head_is_read(form, asked):
    questionnaire = read_questionnaire(
        form(asked("a"), language="en", _title=translated(de="Bogen"))
    )
    assert questionnaire.canonical == "https://example.org/q|1"
    assert questionnaire.title.in_language("de-AT") == "Bogen"
    assert questionnaire.title.in_language("es") == "A form"
    assert (questionnaire.language, questionnaire.status) == ("en", "active")


def test_a_form_without_version_is_named_by_its_url(form, asked):
    assert read_questionnaire(form(asked("a"), version="")).canonical == "https://example.org/q"


def test_items_are_found_at_every_depth(named):
    questionnaire = named("nesting-and-repeats")
    assert questionnaire.chains["deep4"] == ("deep", "deep2", "deep3", "deep4")
    assert questionnaire.item("ways.often").at == "Questionnaire.item[0].item[0].item[1].item[0]"
    assert questionnaire.item("nobody") is None


def test_rich_text_is_kept_as_it_was_given(named):
    questionnaire = named("translations-and-rich-text")
    assert "<script>" in questionnaire.item("2").text.xhtml
    assert "**your**" in questionnaire.item("3").text.markdown
    assert questionnaire.item("1").prefix_text.in_language("de") == "Frage 1."


@pytest.mark.parametrize(
    ("type_", "given", "name", "value"),
    [
        ("string", extension("minLength", "Integer", 3), "min_length", 3),
        ("string", extension("regex", "String", "a+"), "pattern", "a+"),
        ("string", extension("entryFormat", "String", "AB1"), "entry_format", "AB1"),
        ("decimal", extension("maxDecimalPlaces", "Integer", 2), "decimal_places", 2),
        ("integer", extension("minValue", "Integer", 0), "least", {"valueInteger": 0}),
        ("date", extension("maxValue", "Date", "2020-01"), "most", {"valueDate": "2020-01"}),
        (
            "quantity",
            extension("minQuantity", "Quantity", {"value": 1}, SDC),
            "least",
            {"valueQuantity": {"value": 1}},
        ),
        ("group", extension("questionnaire-maxOccurs", "Integer", 1), "max_occurs", 1),
        ("attachment", extension("maxSize", "Decimal", Decimal("0.5")), "max_size", 500_000),
        ("attachment", extension("mimeType", "Code", "image/png"), "mime_types", ("image/png",)),
        ("integer", extension("questionnaire-sliderStepValue", "Integer", 5), "step", 5),
        (
            "reference",
            extension("questionnaire-referenceResource", "Code", "Group"),
            "reference_types",
            ("Group",),
        ),
        (
            "reference",
            extension("questionnaire-referenceProfile", "Canonical", "urn:p"),
            "reference_profiles",
            ("urn:p",),
        ),
    ],
)
def test_limits_are_read_from_their_extensions(read_item, asked, type_, given, name, value):
    more = {"item": [asked("b")]} if type_ == "group" else {}
    assert getattr(read_item(type_, given, **more).limits, name) == value


def test_a_limit_may_be_worked_out(named):
    assert named("limits-on-answers").item("past").limits.most_path.expression == "today()"


def test_the_control_is_the_first_code_that_is_known(read_item, form, asked):
    codings = [{"code": "sparkling"}, {"code": "text-area"}]
    given = extension("questionnaire-itemControl", "CodeableConcept", {"coding": codings})
    assert read_item("text", given).control == "text-area"
    del codings[1]
    findings = lint(form(asked("a", extension=[given])))
    assert [finding.severity for finding in findings] == ["warning"]


def test_flags_units_and_codes_are_read(named, read_item):
    item = named("codes-and-units").item("weight")
    assert [unit["code"] for unit in item.units] == ["kg", "[lb_av]"]
    assert named("codes-and-units").item("pain").unit["display"] == "points"
    assert named("contained-value-sets").item("amount").units[1]["code"] == "g"
    assert read_item("string", extension("questionnaire-hidden", "Boolean", True)).hidden
    across = extension("questionnaire-choiceOrientation", "Code", "vertical")
    assert read_item("boolean", across).orientation == "vertical"


def test_a_fault_is_listed_once(form, asked):
    findings = lint(form(asked("a", extension=["x"], item=[3])))
    assert len(findings) == len(set(findings)) == 2


def test_unknown_extensions_are_ignored(form, asked):
    item = asked("a", extension=[{"url": "urn:unknown", "valueString": "x"}])
    assert lint(form(item, extension=[{"url": "urn:also", "valueCode": "y"}])) == ()


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("answerExpression", "worked out"),
        ("itemMedia", "pictures"),
        ("subQuestionnaire", "put together"),
        ("contextExpression", "looking things up"),
        ("unitOpen", "typed"),
    ],
)
def test_what_we_do_not_do_is_refused_where_it_stands(reason, asked, name, word):
    inner = asked("b", extension=[{"url": SDC + name, "valueString": "x"}])
    said = reason(asked("a"), asked("g", "group", item=[inner]))
    assert said.startswith(f"Questionnaire.item[1].item[0].extension: {name}")
    assert word in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"type": "question"}, "item[0].type: question is no type"),
        ({"type": None}, "item[0].type: nothing is no type"),
        ({"type": "coding"}, "item[0].type: coding is a type of FHIR R5; in R4 it is choice"),
        (
            {"extension": [extension("questionnaire-maxOccurs", "Integer", 0)]},
            "maxOccurs is 0, so nobody can answer it",
        ),
        ({"linkId": " "}, "item[0].linkId: is missing"),
        ({"linkId": "a "}, "item[0].linkId: has blanks around it"),
        ({"linkId": "a\x00b"}, "characters that cannot be printed"),
        ({"linkId": 5}, "item[0].linkId: is not text"),
        ({"required": "yes"}, "item[0].required: is not true or false"),
        ({"item": {}}, "item[0].item: is not a list"),
        ({"item": ["x"]}, "item[0].item[0]: is not an object"),
        ({"modifierExtension": []}, "item[0]: modifierExtension may change"),
        ({"answerConstraint": "optionsOnly"}, "item[0].answerConstraint: is no element of an R4"),
        ({"extension": [{"valueCode": "x"}]}, "item[0].extension[0].url: is missing"),
        ({"maxLength": True}, "item[0].maxLength: is not a whole number"),
        ({"enableBehavior": "some"}, "item[0].enableBehavior: is neither all nor any"),
        ({"initial": [{}]}, "item[0].initial[0]: needs one value"),
        ({"enableWhen": True}, "item[0].enableWhen: is not a list"),
        ({"enableWhen": [{"question": "b"}]}, "item[0].enableWhen[0]: needs a question"),
        (
            {"_text": {"extension": [{"url": f"{CORE}cqf-expression"}]}},
            "item[0].text: text that is worked out",
        ),
        (
            {"_text": {"extension": [{"url": f"{CORE}translation"}]}},
            "a translation needs lang and content",
        ),
        ({"_text": {"extension": translated(de="x")["extension"] * 2}}, "second translation"),
        (
            {"extension": [extension("minLength", "String", "x")]},
            "item[0].extension[0]: its value is not a Integer",
        ),
        (
            {"extension": [extension("minLength", "Integer", "x")]},
            "valueInteger: is not a Integer in JSON",
        ),
        ({"extension": [extension("minLength", "Integer", -1)]}, "extension: minLength is below 0"),
        (
            {"extension": [extension("regex", "String", text) for text in "ab"]},
            "regex is given more than once",
        ),
        ({"extension": [extension("minValue", "String", "a")]}, "extension[0]: a limit must be"),
        (
            {"extension": [extension("questionnaire-unitValueSet", "Canonical", "#no")]},
            "neither contained nor given",
        ),
    ],
)
def test_a_fault_is_named_with_its_place(reason, asked, change, said):
    assert said in reason({**asked("a"), **change})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"resourceType": "Patient"}, "Questionnaire.resourceType: is not Questionnaire"),
        ({"status": "banana"}, "Questionnaire.status: is none of"),
        ({"implicitRules": "urn:x"}, "Questionnaire: implicitRules may change"),
        ({"contained": [{"id": "x"}, {"id": "x"}]}, "contained[1].id: is missing, or there twice"),
        ({"subjectOf": "x"}, "Questionnaire.subjectOf: is no element"),
        ({"item": []}, "Questionnaire.item: is missing"),
    ],
)
def test_a_fault_of_the_head_is_named(form, asked, change, said):
    with pytest.raises(ContentError, match="Questionnaire") as refused:
        read_questionnaire({**form(asked("a")), **change})
    assert said in str(refused.value)


def nested(depth):
    item = {"linkId": "0", "text": "x", "type": "string"}
    for level in range(1, depth):
        item = {"linkId": str(level), "text": "x", "type": "group", "item": [item]}
    return item


def test_twelve_levels_are_read_and_more_refused(form, reason):
    assert len(list(read_questionnaire(form(nested(12))).walk())) == 12
    assert "more than 12 levels" in reason(nested(13))


@pytest.mark.parametrize("depth", [60, 5_000])
def test_hostile_nesting_is_refused_without_exhausting_the_stack(reason, depth):
    assert "deep" in reason(nested(depth))


def test_a_huge_file_is_refused(reason, asked):
    assert "is huge" in reason(asked("a", code=[{}] * 100_000))
    assert "longer than a million" in reason(asked("a", definition="x" * 1_000_001))


@pytest.mark.parametrize("number", [Decimal("1e999999999"), float("nan"), 10**50, Decimal("NaN")])
def test_numbers_nobody_can_work_with_are_refused(reason, asked, number):
    item = asked("a", "decimal", initial=[{"valueDecimal": number}])
    assert "initial[0].valueDecimal: is not a number" in reason(item)


def test_what_is_not_json_is_refused(reason, asked):
    assert "is not JSON" in reason(asked("a", definition=b"x"))


def test_a_float_becomes_the_decimal_that_was_written(read_item):
    assert read_item("decimal", initial=[{"valueDecimal": 0.1}]).initial == (
        {"valueDecimal": Decimal("0.1")},
    )


def test_a_hostile_value_set_is_refused(form, asked):
    deep = {"contains": []}
    for _ in range(100):
        deep = {"contains": [deep]}
    findings = lint(form(asked("a")), {"urn:v": {"expansion": deep}})
    assert str(findings[0]) == "ValueSet(urn:v): is nested too deeply"


def test_a_form_that_a_server_goes_on_with_is_refused(reason, asked):
    adaptive = extension("questionnaireAdaptive", "Boolean", True, SDC)
    assert "question by question" in reason(asked("a"), extension=[adaptive])
    assert not lint_errors(asked, questionnaireAdaptive=False)


def lint_errors(asked, **settings):
    extensions = [extension(name, "Boolean", value, SDC) for name, value in settings.items()]
    head = {"resourceType": "Questionnaire", "status": "active", "url": "urn:q"}
    found = lint({**head, "extension": extensions, "item": [asked("a")]})
    return [str(finding) for finding in found if finding.severity == "error"]


class TestCalled:
    """A question without text is called by what else the form says of it, or is refused."""

    @pytest.fixture
    def called(self, form, asked):
        def read(*items, link_id="q"):
            return read_questionnaire(form(*items)).item(link_id).words.plain

        return read

    @pytest.mark.parametrize(
        ("name", "kind", "rich"),
        [
            ("rendering-xhtml", "String", "<div>One &amp; <b>two</b><br/></div>"),
            ("rendering-markdown", "Markdown", "One & two"),
        ],
    )
    def test_by_its_rich_text(self, called, name, kind, rich):
        beside = {"extension": [extension(name, kind, rich)]}
        assert called({"linkId": "q", "type": "display", "_text": beside}) == "One & two"

    def test_by_its_code(self, called):
        codes = [{"code": "1"}, {"code": "2", "display": "Body weight"}]
        assert called({"linkId": "q", "type": "decimal", "code": codes}) == "Body weight"

    @pytest.mark.parametrize("code", ["prompt", "inline", "flyover"])
    def test_by_words_that_stand_in_its_place(self, called, asked, code):
        control = {"coding": [{"code": code}]}
        beside = extension("questionnaire-itemControl", "CodeableConcept", control)
        below = [asked("d", "display", extension=[beside])]
        assert called({"linkId": "q", "type": "string", "item": below}) == "What about d?"

    def test_by_the_question_it_follows(self, called, asked):
        below = [{"linkId": "q", "type": "string"}]
        assert called(asked("a", "string", item=below)) == "What about a?"

    def test_its_own_text_comes_first(self, called, asked):
        below = [{"linkId": "q", "type": "string", "text": "Which?", "code": [{"display": "X"}]}]
        assert called(asked("a", "string", item=below)) == "Which?"

    @pytest.mark.parametrize(
        ("kind", "below"),
        [
            ("group", [{"linkId": "q", "type": "string"}]),
            ("string", [{"linkId": "q", "type": "string"}, {"linkId": "r", "type": "string"}]),
            ("string", [{"linkId": "q", "type": "display"}]),
        ],
    )
    def test_never_by_what_may_be_about_something_else(self, reason, asked, kind, below):
        assert "nobody would know what is asked" in reason(asked("a", kind, item=below))

    def test_its_answer_is_saved_without_words_of_ours(self, form, asked):
        raw = form({"linkId": "q", "type": "decimal", "code": [{"code": "1", "display": "W"}]})
        given = [{"linkId": "q", "answer": [{"valueDecimal": 1}]}]
        known = Context(datetime(2026, 11, 23, tzinfo=UTC))
        assert settle(read_questionnaire(raw), given, known).submitted() == given
