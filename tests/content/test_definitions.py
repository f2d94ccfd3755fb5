"""Each scoring definition on a form of placeholders, worked by hand after FACTS 2.2 and 2.3."""

import json
from fractions import Fraction

import pytest

from smartapp.content.definition import read_definition, read_definitions
from smartapp.content.jsonfile import read_json
from smartapp.content.shipped import FOLDER, SCORING
from smartapp.errors import ContentError
from smartapp.program.assessment import Response, attainable, band, shown

FILES = sorted((FOLDER / SCORING).glob("*.json"))
SHAPES = {
    "bpi-sf": (11, 0, 10),
    "pcs": (13, 0, 4),
    "dass-21": (21, 0, 3),
    "promis-pi-4a": (4, 1, 5),
    "promis-pi-6a": (6, 1, 5),
    "promis-pi-6b": (6, 1, 5),
    "promis-pi-8a": (8, 1, 5),
    "tsk-11": (11, 1, 4),
}
"""How many questions each form has, and what its answers count."""
PAIN = {0: 5, 1: 4, 3: 4, 4: 3, 6: 3, 7: 2, 9: 2, 10: 1}
"""FACTS 2.2, PROMIS Global-10: 0 counts 5, 1-3 count 4, 4-6 count 3, 7-9 count 2, 10 counts 1."""


@pytest.fixture
def made(put, read, makers):
    """Make the instrument a site gets from a form of placeholders, by the definition's name."""
    choice, _, questionnaire = makers

    def build(slug, held=None, map_=None):
        many, least, most = SHAPES.get(slug, (0, 0, 0))
        items = [choice(f"q{n}", least, most) for n in range(1, many + 1)]
        put(f"{slug}.json", questionnaire(slug, held or items))
        if map_:
            put(f"{slug}.map.json", map_)
        file = read()[f"{slug}.json"]
        assert not file.findings.errors
        return file.instrument

    return build


@pytest.fixture
def scores(made):
    """Score answers in the order of the questions, None for none; by the scale's title."""

    def work_out(slug, answers, **more):
        instrument = made(slug, **more)
        pairs = zip(instrument.items, answers, strict=True)
        given = {item.link_id: number for item, number in pairs if number is not None}
        return {one.scale.title: one for one in attainable(Response(instrument, given))}

    return work_out


def _only(scores):
    (score,) = scores.values()
    return score


class TestBpi:
    def test_severity_is_the_mean_of_four_and_interference_of_seven(self, scores):
        """(8+4+6+5)/4 = 5.75; (7+6+5+4+3+2+1)/7 = 4."""
        found = scores("bpi-sf", [8, 4, 6, 5, 7, 6, 5, 4, 3, 2, 1])
        assert found["BPI pain severity"].value == Fraction(23, 4)
        assert found["BPI pain interference"].value == 4
        assert found["BPI average pain"].value == 6

    def test_interference_needs_four_of_seven(self, scores):
        """FACTS 2.2: interference valid with at least 4 of 7; (7+6+5+4)/4 = 5.5."""
        found = scores("bpi-sf", [8, 4, 6, 5, 7, 6, 5, 4, None, None, None])
        assert found["BPI pain interference"].value == Fraction(11, 2)

    def test_with_three_of_seven_there_is_none(self, scores):
        found = scores("bpi-sf", [8, 4, 6, 5, 7, 6, 5, None, None, None, None])
        assert "BPI pain interference" not in found

    def test_severity_needs_all_four(self, scores):
        found = scores("bpi-sf", [8, None, 6, 5, 7, 6, 5, 4, 3, 2, 1])
        assert "BPI pain severity" not in found

    @pytest.mark.parametrize(
        ("answer", "code"),
        [(0, "mild"), (4, "mild"), (5, "moderate"), (6, "moderate"), (7, "severe"), (10, "severe")],
    )
    def test_the_bands_are_of_the_average_pain(self, scores, answer, code):
        found = scores("bpi-sf", [0, 0, answer, 0] + [0] * 7)
        assert band(found["BPI average pain"]).code == code
        assert band(found["BPI pain severity"]) is None


class TestPcs:
    def test_each_subscale_has_its_own_questions(self, scores):
        """FACTS 2.2: rumination 8-11, magnification 6, 7, 13, helplessness 1-5 and 12."""
        answers = [1, 1, 1, 1, 1, 2, 2, 3, 3, 3, 3, 1, 2]
        found = {title: score.value for title, score in scores("pcs", answers).items()}
        subscales = {"PCS rumination": 12, "PCS magnification": 6, "PCS helplessness": 6}
        assert found == {"PCS total": 24, **subscales}

    @pytest.mark.parametrize(
        ("total", "code"),
        [(0, "low"), (19, "low"), (20, "moderate"), (30, "moderate"), (31, "high"), (52, "high")],
    )
    def test_bands(self, scores, total, code):
        answers = [min(4, max(0, total - 4 * n)) for n in range(13)]
        found = scores("pcs", answers)["PCS total"]
        assert (found.value, band(found).code) == (total, code)


class TestDass:
    def test_is_doubled(self, scores):
        """FACTS 2.2: sum of seven, times 2; depression is 3, 5, 10, 13, 16, 17, 21."""
        depression = {3, 5, 10, 13, 16, 17, 21}
        found = scores("dass-21", [2 if n in depression else 0 for n in range(1, 22)])
        assert found["DASS-21 depression"].value == 28
        assert band(found["DASS-21 depression"]).code == "extremely-severe"
        assert found["DASS-21 anxiety"].value == found["DASS-21 stress"].value == 0

    @pytest.mark.parametrize(
        ("scale", "first", "edges"),
        [
            ("anxiety", 2, {6: "normal", 8: "mild", 10: "moderate", 14: "moderate"}),
            ("stress", 1, {14: "normal", 16: "mild", 18: "mild"}),
        ],
    )
    def test_bands(self, made, scale, first, edges):
        (found,) = [s for s in made("dass-21").scales if s.title == f"DASS-21 {scale}"]
        at = {value: [b.code for b in found.bands if b.low <= value <= b.high] for value in edges}
        assert at == {value: [code] for value, code in edges.items()}
        assert found.items[0] == f"q{first}"

    def test_one_of_seven_may_be_missing_and_is_prorated(self, scores):
        """Six threes and one missing: 18/6 * 7 * 2 = 42, no less than with all seven."""
        found = scores("dass-21", [3, 3, None] + [3] * 18)
        assert found["DASS-21 depression"].value == 42
        assert "6 of 7 answered" in found["DASS-21 depression"].how

    def test_two_of_seven_may_not(self, scores):
        found = scores("dass-21", [3, 3, None, 3, None] + [3] * 16)
        assert "DASS-21 depression" not in found
        assert "DASS-21 anxiety" in found


class TestPainInterference:
    @pytest.mark.parametrize(
        ("answers", "points", "code"),
        [
            ([1, 1, 1, 1], "41.6", "below-mild"),
            ([2, 2, 2, 1], "53.9", "below-mild"),
            ([2, 2, 2, 2], "55.6", "mild"),
            ([3, 3, 3, 2], "59.9", "mild"),
            ([3, 3, 3, 3], "61.2", "moderate"),
            ([5, 5, 4, 4], "69.7", "moderate"),
            ([5, 5, 5, 4], "71.6", "severe"),
            ([5, 5, 5, 5], "75.6", "severe"),
        ],
    )
    def test_4a_follows_the_table(self, scores, answers, points, code):
        """FACTS 2.2: raw 4 is 41.6, 7 is 53.9, 8 is 55.6, 11 is 59.9, ..., 20 is 75.6 or 75.8."""
        found = _only(scores("promis-pi-4a", answers))
        assert (shown(found.value, 1), band(found).code) == (points, code)

    def test_4a_says_that_its_last_value_is_disputed(self, made):
        (scale,) = made("promis-pi-4a").scales
        assert "disagree on the last value (75.6 or 75.8)" in scale.conversion.source

    def test_a_table_of_the_site_stands_before_ours(self, scores):
        points = {str(raw): 40 + raw for raw in range(4, 20)} | {"20": 75.8}
        table = {"promis-pi-4a-t": {"source": "The manual", "points": points}}
        found = _only(scores("promis-pi-4a", [5] * 4, map_={"tables": table}))
        assert (found.value, found.scale.most) == (Fraction("75.8"), Fraction("75.8"))

    @pytest.mark.parametrize("form", ["6a", "6b", "8a"])
    def test_the_others_have_a_raw_score_without_a_table(self, made, scores, form):
        many = SHAPES[f"promis-pi-{form}"][0]
        found = _only(scores(f"promis-pi-{form}", [2] * many))
        assert (found.value, found.scale.least, found.scale.most) == (2 * many, many, 5 * many)

    def test_6a_has_its_t_score_by_the_sites_table(self, scores):
        """FACTS 2.2 gives one point of it: raw 15 is 58.6; the rest here is made up."""
        points = {str(raw): 43.6 + raw for raw in range(6, 31)}
        map_ = {"tables": {"77865-4": {"source": "The clinic's manual", "points": points}}}
        found = scores("promis-pi-6a", [3, 3, 3, 2, 2, 2], map_=map_)
        assert found["PROMIS pain interference 6a, T-score"].value == Fraction("58.6")
        assert band(found["PROMIS pain interference 6a, T-score"]).code == "mild"

    def test_no_answer_may_be_missing(self, scores):
        assert not scores("promis-pi-6a", [3, 3, 3, 2, 2, None])


class TestGlobal:
    @pytest.fixture
    def items(self, makers):
        choice, number, _ = makers
        plain = [choice(f"Global{n}", 1, 5) for n in ("01", "02", "03", "04", "05", "09", "06")]
        last = [choice("Global10", 1, 5), choice("Global08", 1, 5), number("Global07", 0, 10)]
        return plain + last

    @pytest.mark.parametrize(("pain", "worth"), PAIN.items())
    def test_physical_health_recodes_pain(self, scores, items, pain, worth):
        """Global03 + 06 + 08 are 3 + 4 + 5, and pain counts as FACTS says."""
        answers = [1, 1, 3, 1, 1, 1, 4, 1, 5, pain]
        found = scores("promis-global-10", answers, held=items)
        assert found["PROMIS Global-10 physical health, raw score"].value == 12 + worth

    def test_mental_health_is_the_sum_of_four(self, scores, items):
        """Global02 + 04 + 05 + 10 are 2 + 3 + 4 + 5."""
        found = scores("promis-global-10", [1, 2, 1, 3, 4, 1, 1, 5, 1, 0], held=items)
        assert found["PROMIS Global-10 mental health, raw score"].value == 14

    def test_is_never_found_by_its_order(self, put, errors, makers):
        """The printed order is not that of the numbers, so that a guess would be wrong."""
        choice, number, questionnaire = makers
        items = [choice(f"q{n}", 1, 5) for n in range(7)] + [number("q7", 0, 10)]
        put("promis-global-10.json", questionnaire("global", items))
        (line,) = errors()
        assert line.endswith("promis-global-10 counts 8; name them in a map file")


class TestOthers:
    def test_promis_29_scores_the_pain_from_0_to_10_by_its_loinc_code(self, scores, makers):
        choice, number, _ = makers
        coded = {"code": [{"system": "http://loinc.org", "code": "61583-1"}]}
        items = [choice(f"q{n}", 1, 5) for n in range(28)] + [number("pain", 0, 10, **coded)]
        assert _only(scores("promis-29", [1] * 28 + [7], held=items)).value == 7

    def test_tsk_is_the_sum_of_eleven(self, scores):
        """11 times 4 is 44, the most; a change of 5.6 is meaningful (COMMENCE)."""
        found = _only(scores("tsk-11", [4] * 11))
        assert (found.value, found.scale.least, found.scale.most) == (44, 11, 44)
        assert found.scale.thresholds[0].amount == Fraction("5.6")

    @pytest.mark.parametrize("levels", [3, 5])
    def test_eq_5d_scores_the_visual_analogue_scale_only(self, scores, makers, levels):
        choice, number, _ = makers
        items = [choice(f"q{n}", 1, levels) for n in range(5)] + [number("scale", 0, 100)]
        found = _only(scores("eq-5d", [1, 2, 1, 3, 2, 65], held=items))
        assert (found.value, found.scale.better) == (65, "higher")


class TestFiles:
    def test_are_read_under_their_names(self, definitions):
        assert list(definitions) == [path.stem for path in FILES]

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
    def test_hold_no_words_of_the_instrument(self, path):
        """Not ours to give: neither a text nor an answer."""
        items = json.loads(path.read_text())["item"]
        assert {name for item in items for name in item} <= {"linkId", "type", "extension", "code"}

    def test_say_where_their_rules_come_from(self, definitions):
        assert all(one.source for one in definitions.values())
        for scale in (scale for one in definitions.values() for scale in one.scales):
            assert not scale.bands or scale.bands_source
            assert all(one.source for one in (*scale.thresholds, *scale.norms))

    @pytest.mark.parametrize("slug", ["bpi-sf", "dass-21"])
    def test_mark_what_was_only_recalled(self, definitions, slug):
        assert "recalled, not checked" in definitions[slug].source

    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({"extension": []}, "Questionnaire.extension: has no scoring extension"),
            ({"description": ""}, "Questionnaire.description: is missing"),
            ({"item": []}, "is not a list of different items of this questionnaire"),
        ],
    )
    def test_are_refused_where_unsound(self, change, says):
        raw = read_json(FOLDER / SCORING / "tsk-11.json")
        with pytest.raises(ContentError) as caught:
            read_definition(raw | change)
        assert says in str(caught.value)

    def test_are_refused_with_words_in_them(self):
        raw = read_json(FOLDER / SCORING / "tsk-11.json")
        raw["item"][3]["text"] = "Item 4"
        with pytest.raises(ContentError, match=r"Questionnaire\.item\[3\]\.text: is there"):
            read_definition(raw)

    def test_are_refused_when_an_open_scale_counts_what_is_not_there(self):
        raw = read_json(FOLDER / SCORING / "promis-pi-6b.json")
        raw["extension"][1]["extension"][3]["valueString"] = "7"
        with pytest.raises(ContentError, match="is not a list of items of this definition"):
            read_definition(raw)

    @pytest.mark.parametrize(
        ("name", "text", "says"),
        [
            ("a.json", "{", "scoring/a.json: file: is not JSON in UTF-8: line 1, column 2"),
            ("b.json", None, "scoring/b.json: Questionnaire.id: is not the file's name"),
        ],
    )
    def test_are_named_when_they_are_refused(self, tmp_path, name, text, says):
        shipped = (FOLDER / SCORING / "tsk-11.json").read_text()
        (tmp_path / name).write_text(text or shipped)
        with pytest.raises(ContentError) as caught:
            read_definitions(tmp_path)
        assert str(caught.value) == says
