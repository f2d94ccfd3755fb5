"""What holds of every form: random Questionnaires with random answers."""

from copy import deepcopy

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartapp.forms.reading import lint, read_questionnaire
from smartapp.forms.state import begin, settle

pytestmark = pytest.mark.untraced  # hundreds of random forms

few = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def paths(items, above=()):
    """Yield the path of every entry with an answer, as the contract of the state says."""
    seen = {}
    for entry in items:
        link_id = entry["linkId"]
        index = seen[link_id] = seen.get(link_id, -1) + 1
        here = (*above, (link_id, index))
        yield from [here] if "answer" in entry else []
        for number, inner in enumerate(entry.get("answer", [])):
            yield from paths(inner.get("item", []), (*above, (link_id, number)))
        yield from paths(entry.get("item", []), here)


@few
@given(data=st.data())
def test_a_sound_form_is_read_and_settles_to_rest(data, questionnaires, answers, context):
    questionnaire = read_questionnaire(data.draw(questionnaires()))
    items = data.draw(answers(questionnaire))
    given_items = deepcopy(items)
    settled = settle(questionnaire, items, context)
    assert settled.items == items == given_items
    saved = settled.submitted()
    assert settle(questionnaire, saved, context).submitted() == saved


@few
@given(data=st.data())
def test_saved_is_exactly_what_was_answered_and_is_enabled(data, questionnaires, answers, context):
    questionnaire = read_questionnaire(data.draw(questionnaires()))
    items = data.draw(answers(questionnaire))
    settled = settle(questionnaire, items, context)
    enabled = [path for path in paths(items) if settled.enabled(path)]
    saved = list(paths(settled.submitted()))
    assert len(saved) == len(enabled)
    if len(enabled) == len(list(paths(items))):
        assert saved == enabled


@few
@given(data=st.data())
def test_an_expression_condition_agrees_with_enable_when(
    data, questionnaires, answers, context, form, asked, formula
):
    """enableWhen ``=`` on a boolean says the same as the expression that HL7 gives for it."""
    told = data.draw(st.sampled_from([None, True, False]))
    wanted = data.draw(st.booleans())
    text = f"%resource.item.where(linkId = 'a').answer.value = {str(wanted).lower()}"
    when = {"question": "a", "operator": "=", "answerBoolean": wanted}
    by_rule = asked("x", extension=[formula("enableWhenExpression", text)])
    items = [] if told is None else [{"linkId": "a", "answer": [{"valueBoolean": told}]}]
    both = (by_rule, asked("x", enableWhen=[when]))
    first, second = (settle(read_questionnaire(form(asked("a"), x)), items, context) for x in both)
    assert first.closed == second.closed


@few
@given(data=st.data())
def test_a_damaged_form_is_refused_with_a_reason_and_never_crashes(data, example_items, form):
    item = dict(data.draw(st.sampled_from(example_items)))
    name = data.draw(st.sampled_from([*item, "item", "answerOption", "enableWhen", "initial"]))
    damaged = form({**item, name: data.draw(JSON)})
    for finding in lint(damaged):
        assert finding.element.startswith("Questionnaire")
        assert finding.reason


@few
@given(items=st.lists(JSON, max_size=4))
def test_answers_of_any_shape_settle(items, whole_form, context):
    settle(whole_form, items, context).submitted()


def test_every_example_begins_and_settles(example, context):
    questionnaire = read_questionnaire(example)
    items = begin(questionnaire, context)
    settled = settle(questionnaire, items, context)
    assert not settled.failed
    assert {entry["linkId"] for entry in settled.submitted()} <= {
        i.link_id for i in questionnaire.items
    }
