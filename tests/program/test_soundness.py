"""Unsound scoring is found when the content is loaded, not when somebody is scored."""

from dataclasses import replace
from fractions import Fraction

import pytest

from smartapp.program.instrument import (
    Band,
    Code,
    Conversion,
    Cutoff,
    Norm,
    Option,
    Prompt,
    Recode,
    Reliability,
    Threshold,
    Watch,
)
from smartapp.program.soundness import faults


def _elements(instrument):
    return [fault.element for fault in faults(instrument)]


def _changed(instrument, **scale):
    return replace(instrument, scales=(replace(instrument.scales[0], **scale),))


def _bands(*ends):
    return tuple(Band(f"b{n}", "B", Fraction(lo), Fraction(hi)) for n, (lo, hi) in enumerate(ends))


def test_the_shapes_of_peg_and_pseq_are_sound(peg, pseq):
    assert _elements(peg) == _elements(pseq) == []


def test_an_item_must_range_upwards(peg):
    flat = replace(peg, items=(replace(peg.items[0], minimum=10), *peg.items[1:]))
    assert "item pain" in _elements(flat)


@pytest.mark.parametrize("items", [(), ("pain", "sleep"), ("pain", "pain")])
def test_a_scale_is_made_of_different_items_of_its_instrument(peg, items):
    assert _elements(_changed(peg, items=items)) == ["scoring peg.item"]


@pytest.mark.parametrize(
    ("element", "scale"),
    [
        ("least", {"most": Fraction(30)}),
        ("least", {"least": Fraction(1)}),
        ("answersNeeded", {"answers_needed": 0}),
        ("answersNeeded", {"answers_needed": 4}),
        ("decimals", {"decimals": -1}),
        ("answer", {"is_answer": True}),
        ("change", {"is_change": True}),
        ("threshold", {"thresholds": (Threshold("absolute", Fraction(0), "a", "s"),)}),
        ("threshold", {"thresholds": (Threshold("absolute", Fraction(1), "a", "s", True),)}),
        ("reverse", {"reverse": ("sleep",)}),
        ("reverse", {"reverse": ("pain", "pain")}),
        ("recode", {"recodes": (Recode("pain", {0: Fraction(0)}),)}),
        ("factor", {"factor": Fraction(0)}),
        ("least", {"factor": Fraction(2)}),
        ("least", {"ceiling": Fraction(9)}),
        ("conversion", {"conversion": Conversion({Fraction(0): Fraction(1)}, "s")}),
        ("norm", {"norms": (Norm("people", Fraction(11), "s"),)}),
        ("norm", {"norms": (Norm("people", Fraction(5), "s", Fraction(0)),)}),
        ("norm", {"norms": (Norm("people", Fraction(5), "s", normal=True),)}),
        ("norm", {"cutoff": Cutoff(Fraction(-1), "s")}),
        ("norm", {"prompts": (Prompt("below", Fraction(12), "t", "s"),)}),
        ("reliability", {"reliability": Reliability("s")}),
        ("reliability", {"reliability": Reliability("s", sd=Fraction(2))}),
        ("reliability", {"reliability": Reliability("s", sem=Fraction(1), mdc95=Fraction(2))}),
        ("reliability", {"reliability": Reliability("s", Fraction(2), Fraction(1))}),
        ("reliability", {"reliability": Reliability("s", Fraction(2), Fraction(0), Fraction(1))}),
    ],
)
def test_each_number_of_a_scale_must_fit_the_items(peg, element, scale):
    assert _elements(_changed(peg, **scale)) == [f"scoring peg.{element}"]


@pytest.mark.parametrize(
    "ends",
    [
        [(0, 19), (19, 60)],
        [(0, 19), (21, 60)],
        [(1, 60)],
        [(0, 59)],
        [(20, 60), (0, 19)],
    ],
)
def test_bands_cover_the_scale_without_gap_or_overlap(pseq, ends):
    assert _elements(_changed(pseq, bands=_bands(*ends))) == ["scoring pseq.band"]


def test_a_band_must_not_end_before_it_starts(pseq):
    assert _elements(_changed(pseq, bands=_bands((0, 19), (20, 18), (19, 60))))


def test_bands_of_a_mean_meet_in_steps_of_one_answer(peg):
    thirds = _bands((0, Fraction(11, 3)), (4, 10))
    assert _elements(_changed(peg, bands=thirds, bands_source="study")) == []


def test_bands_need_a_source(pseq):
    assert _elements(_changed(pseq, bands_source="")) == ["scoring pseq.bandsSource"]


def test_a_table_needs_every_answer_and_lists_every_raw_number(instrument):
    table = Conversion({Fraction(n): Fraction(40 + n) for n in range(7)}, "manual")
    bands = _bands((40, 44), (45, 46))
    fields = {"least": Fraction(40), "most": Fraction(46), "conversion": table}
    made = instrument("ab", ["a", "b"], 3, **fields, bands=bands, bands_source="manual")
    assert _elements(made) == []
    assert _elements(_changed(made, answers_needed=1)) == ["scoring ab.conversion"]
    assert _elements(_changed(made, bands=_bands((40, 43), (45, 46)))) == ["scoring ab.band"]


def test_the_ends_take_in_what_is_reversed_recoded_added_and_limited(instrument):
    """As EQ-5D's values: 1 less a decrement for each answer, and a scale may stop short."""
    worse = Recode("a", {n: Fraction(-n, 10) for n in range(4)})
    ends = {"least": Fraction("0.2"), "most": Fraction(1)}
    made = instrument("a", ["a"], 3, recodes=(worse,), offset=Fraction(1), **ends)
    assert "scoring a.least" in _elements(made)
    assert _elements(_changed(made, least=Fraction("0.7"))) == []
    turned = instrument("b", ["b", "c"], 3, reverse=("b",), most=Fraction(5), ceiling=Fraction(5))
    assert _elements(turned) == []


def test_options_differ_in_number_and_code(peg):
    first, *others = peg.items
    said = [Option(n, Code("s", f"c{n}", ""), "") for n in range(2)]
    for options in (
        [said[0], replace(said[1], value=0)],
        [said[0], replace(said[1], aliases=("c0",))],
    ):
        made = replace(peg, items=(replace(first, options=tuple(options)), *others))
        assert "item pain" in _elements(made)


def test_a_range_too_wide_to_check_is_refused(peg):
    wide = replace(peg.items[0], maximum=10**9)
    assert _elements(replace(peg, items=(wide,), scales=())) == ["item pain"]


def test_what_is_watched_is_a_question(peg):
    watches = (Watch("pain", 9, "why"), Watch("sleep", 1, "why"))
    assert _elements(replace(peg, watches=watches)) == ["item sleep"]


def test_scales_have_different_codes(peg):
    assert _elements(replace(peg, scales=peg.scales * 2)) == ["scoring"]
