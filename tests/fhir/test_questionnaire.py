"""A Questionnaire becomes an Instrument, or is refused naming element and reason."""

import json
from copy import deepcopy
from decimal import Decimal

import pytest

from smartapp.content import FOLDER
from smartapp.errors import ContentError
from smartapp.fhir.questionnaire import read_instrument

SHIPPED = json.loads((FOLDER / "pseq.json").read_text(), parse_float=Decimal)


@pytest.fixture
def questionnaire():
    return deepcopy(SHIPPED)


@pytest.fixture
def scoring(questionnaire):
    return questionnaire["extension"][0]["extension"]


def _part(parts, url):
    return next(part for part in parts if part["url"] == url)


def _refusal(questionnaire):
    with pytest.raises(ContentError) as caught:
        read_instrument(questionnaire)
    return str(caught.value)


def test_questions_become_items_and_the_score_question_does_not(questionnaire):
    instrument = read_instrument(questionnaire)
    assert [item.link_id for item in instrument.items] == [str(n) for n in range(1, 11)]
    first = instrument.items[0]
    assert (first.minimum, first.maximum) == (0, 6)
    assert (first.lower_label, first.upper_label) == (
        "Not at all confident",
        "Completely confident",
    )
    assert (first.code.code, instrument.field(first)) == ("item-1", "pseq.1")


def test_display_text_above_the_questions_is_the_preamble(questionnaire):
    assert read_instrument(questionnaire).preamble.startswith("How confident are you")


def test_a_question_may_be_without_a_code(questionnaire):
    del questionnaire["item"][1]["code"]
    assert read_instrument(questionnaire).items[0].code is None


def test_link_ids_must_differ_at_every_depth(questionnaire):
    questionnaire["item"][2]["item"][0]["linkId"] = "1"
    assert _refusal(questionnaire) == "Questionnaire.item: linkId 1 is there 2 times"


def test_a_questionnaire_without_scoring_is_no_instrument(questionnaire):
    questionnaire["extension"] = []
    assert _refusal(questionnaire) == "Questionnaire.extension: has no scoring extension"


def test_an_end_of_the_scale_must_be_named(questionnaire):
    del questionnaire["item"][1]["item"][1]
    refused = _refusal(questionnaire)
    assert refused == "Questionnaire.item[1].item: has no display item with itemControl upper"


def test_a_questions_range_must_be_given(questionnaire):
    del questionnaire["item"][1]["extension"][0]
    assert _refusal(questionnaire) == "Questionnaire.item[1].minValue: is there 0 times, not once"


def test_scoring_must_name_questions_of_the_questionnaire(questionnaire, scoring):
    _part(scoring, "item")["valueString"] = "eleven"
    assert "Questionnaire.scoring total.item: is not a list of" in _refusal(questionnaire)


@pytest.mark.parametrize("url", ["code", "method", "least", "better", "missingRule", "components"])
def test_each_part_of_scoring_must_be_there(questionnaire, scoring, url):
    scoring.remove(_part(scoring, url))
    assert _refusal(questionnaire) == f"Questionnaire.scoring.{url}: is there 0 times, not once"


@pytest.mark.parametrize(
    ("url", "value", "says"),
    [
        ("method", {"valueCode": "median"}, "scoring.method: is not one of sum, mean"),
        ("title", {"valueString": " "}, "scoring.title: is blank"),
        ("least", {"valueString": "0"}, "scoring.least.value: is not one Decimal"),
        ("decimals", {"valueInteger": True}, "scoring.decimals.value: is not one int"),
        ("decimals", {}, "scoring.decimals.value: is not one int"),
        ("code", {"valueCoding": {"code": "total"}}, "scoring.code.system: is missing"),
    ],
)
def test_each_part_of_scoring_must_make_sense(questionnaire, scoring, url, value, says):
    part = _part(scoring, url)
    part.clear()
    part.update({"url": url} | value)
    assert _refusal(questionnaire) == f"Questionnaire.{says}"


def test_a_threshold_needs_its_source(questionnaire, scoring):
    threshold = _part(scoring, "threshold")["extension"]
    threshold.remove(_part(threshold, "source"))
    refused = _refusal(questionnaire)
    assert refused == "Questionnaire.scoring.threshold.source: is there 0 times, not once"


@pytest.mark.parametrize("items", ["none", ["none"]])
def test_items_must_be_a_list_of_elements(questionnaire, items):
    questionnaire["item"] = items
    assert _refusal(questionnaire) == "Questionnaire.item: is not a list of elements"


class TestChoices:
    """A choice counts when each of its options has a whole ordinalValue."""

    @pytest.fixture
    def phq(self):
        return json.loads((FOLDER / "phq-9.json").read_text(), parse_float=Decimal)

    @pytest.fixture
    def first(self, phq):
        return phq["item"][0]["item"][0]

    def test_options_carry_number_code_words_and_aliases(self, phq):
        gad = json.loads((FOLDER / "gad-7.json").read_text(), parse_float=Decimal)
        item = read_instrument(gad).items[1]
        assert [option.value for option in item.options] == [0, 1, 2, 3]
        assert (item.options[2].code.code, item.options[2].aliases) == ("LA6570-1", ("LA18938-3",))
        assert (item.minimum, item.maximum, item.lower_label) == (0, 3, "")

    def test_an_item_knows_its_group_its_number_and_its_other_link_ids(self, phq):
        instrument = read_instrument(phq)
        item = instrument.items[8]
        assert (item.groups, item.prefix, item.aliases) == (("symptoms",), "9", ("14371",))
        assert instrument.code.code == "44249-1"
        assert instrument.preamble.startswith("Over the last 2 weeks")

    def test_the_self_harm_question_is_watched_from_1_on(self, phq):
        (watch,) = read_instrument(phq).watches
        assert (watch.link_id, watch.at_least) == ("44260-8", 1)

    def test_the_number_may_stand_at_the_coding(self, phq, first):
        for option in first["answerOption"]:
            option["valueCoding"]["extension"] = option.pop("extension")
        assert [option.value for option in read_instrument(phq).items[0].options] == [0, 1, 2, 3]

    @pytest.mark.parametrize("value", [Decimal("0.5"), None, "1", True])
    def test_a_counted_option_needs_a_whole_number(self, phq, first, value):
        first["answerOption"][1]["extension"][0]["valueDecimal"] = value
        assert _refusal(phq).endswith("answerOption[1].ordinalValue: is not a whole number")

    def test_a_counted_choice_needs_options(self, phq, first):
        del first["answerOption"]
        assert _refusal(phq) == "Questionnaire.item[0].item[0].answerOption: is missing"

    def test_an_option_must_be_a_coding(self, phq, first):
        first["answerOption"][0]["valueCoding"] = "LA6568-5"
        assert "answerOption[0].valueCoding: is not a Coding" in _refusal(phq)

    def test_two_options_with_one_number_are_refused(self, phq, first):
        first["answerOption"][1]["extension"][0]["valueDecimal"] = 0
        assert "two of its options have the same number or code" in _refusal(phq)


class TestLeftToTheForm:
    """What no scale counts, and what could not be counted, is not an item."""

    @pytest.mark.parametrize(
        "item",
        [
            {"type": "choice", "answerOption": [{"valueCoding": {"code": "x"}}]},
            {"type": "choice", "answerValueSet": "#list"},
            {"type": "integer"},
            {"type": "string"},
        ],
    )
    def test_a_question_without_numbers(self, questionnaire, item):
        questionnaire["item"].append({"linkId": "more", "text": "More?", **item})
        assert "more" not in [i.link_id for i in read_instrument(questionnaire).items]

    def test_an_uncounted_number_needs_no_names_for_its_ends(self, questionnaire):
        age = deepcopy(questionnaire["item"][1]) | {"linkId": "age", "item": []}
        questionnaire["item"].append(age)
        assert read_instrument(questionnaire).items[-1].lower_label == ""

    def test_days_need_no_names_for_their_ends(self):
        raw = json.loads((FOLDER / "hrqol-4.json").read_text(), parse_float=Decimal)
        days = read_instrument(raw).items[1]
        assert (days.minimum, days.maximum, days.upper_label) == (0, 30, "")
