"""What depends on what in a form, and the words and the model it is read into."""

import pytest

from smartapp.forms.questionnaire import Text
from smartapp.forms.questionnaire_order import circle, link_ids_used
from smartapp.forms.reading import examine, read_questionnaire


@pytest.fixture
def used(form, asked, formula):
    """Return the linkIds that an expression names, in a form that has a, b and c."""

    def find(expression, *variables):
        extensions = [formula("variable", text, name) for name, text in variables]
        rule = formula("enableWhenExpression", expression)
        items = [asked(name) for name in ("a", "b c", "d'e")]
        raw = form(*items, asked("x", extension=[rule]), extension=extensions)
        questionnaire = read_questionnaire(raw)
        item = questionnaire.item("x")
        return link_ids_used(questionnaire, item, item.enable_path)

    return find


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("%resource.item.where(linkId = 'a').exists()", {"a"}),
        ("%resource.item.where(linkId='b c').answer.value = 'a'", {"b c"}),
        ("%resource.item.where(linkId in ('a' | 'b c')).exists()", {"a", "b c"}),
        ("%resource.item.where(linkId != 'a').exists()", set()),
        ("%resource.item.where(linkId = 'unknown').exists()", set()),
        ("%resource.item.where(linkId ~ 'a').exists()", {"a"}),
        ("'linkId = ' & 'a' = 'x'", set()),
        ("%resource.descendants().exists()", set()),
        ("%questionnaire.item.where(linkId = 'a').answerOption.value", set()),
        (
            "%questionnaire.item.where(linkId='a').code = %resource.item.where(linkId='b c')",
            {"b c"},
        ),
    ],
)
def test_the_link_ids_of_an_expression_are_found(used, expression, names):
    assert used(expression) == names


def test_link_ids_are_found_through_variables_of_variables(used):
    inner = ("inner", "%resource.item.where(linkId = 'a')")
    assert used("%outer.exists()", ("outer", "%inner.answer"), inner) == {"a"}


def test_the_variable_that_is_closest_counts(form, asked, formula):
    def variable(name):
        return formula("variable", f"%resource.item.where(linkId = '{name}')", f"of_{name}")

    rule = formula("enableWhenExpression", "%of_a.exists() and %of_b.exists()")
    inner = asked("x", extension=[rule])
    group = asked("g", "group", extension=[variable("b")], item=[inner])
    raw = form(asked("a"), asked("b"), group, extension=[variable("a")])
    questionnaire = read_questionnaire(raw)
    item = questionnaire.item("x")
    assert link_ids_used(questionnaire, item, item.enable_path) == {"a", "b"}


def test_an_item_comes_after_its_parent_and_the_questions_of_its_conditions(named):
    questionnaire = named("enable-when-every-operator")
    at = {link_id: number for number, link_id in enumerate(questionnaire.order)}
    assert set(at) == set(questionnaire.by_link_id)
    for item in questionnaire.walk():
        assert all(at[c.question] < at[item.link_id] for c in item.enable_when)
        assert all(at[child.link_id] > at[item.link_id] for child in item.children)


def test_a_calculation_comes_after_those_it_needs(named):
    names = [item.link_id for item in named("expressions").calculations]
    assert names.index("total") < names.index("band")


def test_items_share_the_ancestors_they_have_in_common(named):
    questionnaire = named("nesting-and-repeats")
    assert questionnaire.shared("name", "ways") == 2
    assert questionnaire.shared("visit.day", "visit.good") == 3
    assert questionnaire.shared("visit.day", "deep4") == 0
    assert questionnaire.shared("ways.often", "ways") == 2, "a question is not inside itself"


def test_no_example_goes_in_a_circle(example):
    assert circle(examine(example)[0]) == ()


@pytest.mark.parametrize(
    ("language", "words"),
    [("", "Hello"), ("en", "Hello"), ("de", "Hallo"), ("de-CH", "Grüezi"), ("de-AT", "Hallo")],
)
def test_words_are_given_in_the_closest_language(language, words):
    text = Text("Hello", {"de": "Hallo", "de-CH": "Grüezi"})
    assert text.in_language(language) == words


def test_a_group_and_a_display_are_no_questions(named):
    kinds = {item.type: item.is_question for item in named("every-type").walk()}
    assert [kind for kind, is_question in kinds.items() if not is_question] == ["display", "group"]


def test_only_forms_with_expressions_are_gone_through_again(named):
    assert named("expressions").has_expressions
    assert not named("enable-when-every-operator").has_expressions
