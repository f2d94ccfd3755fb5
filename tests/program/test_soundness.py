"""Unsound scoring is found when the content is loaded, not when somebody is scored."""

from dataclasses import replace
from fractions import Fraction

import pytest

from smartapp.program.instrument import Band, Threshold
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
        ("threshold", {"thresholds": (Threshold("absolute", Fraction(0), "a", "s"),)}),
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
