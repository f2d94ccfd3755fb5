"""The course of one score in words: everything the picture shows, as sentences and as a table."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Literal

from smartapp.program.assessment import shown

Zone = tuple[Fraction, Fraction, str]
"""A band of the scale: lowest value, highest value, name."""


@dataclass(frozen=True)
class Point:
    """One score: its day, its exact value in points of the scale, and its occasion in words.

    ``is_baseline`` marks the one that change is counted from; where none is, it is the first.
    """

    on: date
    value: Fraction
    label: str
    is_baseline: bool = False


@dataclass(frozen=True)
class Axis:
    """The time that several pictures share: first and last day, and each session's day and number.

    Every point of a picture lies between the two days.
    """

    first: date
    last: date
    sessions: tuple[tuple[date, int], ...] = ()


def rows(points: Sequence[Point], decimals: int | None = None) -> list[tuple[str, str, str]]:
    """Return occasion, date and score of every point as text, oldest first, for the table."""
    places = places_of(points, decimals)
    return [(p.label, short_day(p.on), shown(p.value, places)) for p in in_order(points)]


def description(
    points: Sequence[Point],
    least: Fraction,
    most: Fraction,
    better: Literal["lower", "higher"],
    title: str,
    bands: Sequence[Zone] = (),
    decimals: int | None = None,
    axis: Axis | None = None,
) -> str:
    """Say in sentences everything the picture shows: scale, direction, every score, the change."""
    places = places_of(points, decimals)
    scale = f"{title}, from {shown(least, 0)} to {shown(most, 0)}, {better} is better."
    scores = "; ".join(
        f"{shown(p.value, places)} on {day(p.on)} ({p.label}{_named(p.value, bands)})"
        for p in in_order(points)
    )
    told = f"{scale} Scores, oldest first: {scores}.{_change(in_order(points), places)}"
    return told + _time(axis)


def in_order(points: Iterable[Point]) -> tuple[Point, ...]:
    """Return the points from the first day to the last."""
    return tuple(sorted(points, key=lambda point: point.on))


def places_of(points: Iterable[Point], decimals: int | None) -> int:
    """Return how many decimals are shown: as told, else one, or none when all are whole."""
    if decimals is not None:
        return decimals
    return int(any(point.value.denominator != 1 for point in points))


def day(on: date) -> str:
    """Write a day as a person reads it, e.g. 4 March 2026."""
    return f"{on.day} {on:%B %Y}"


def short_day(on: date) -> str:
    """Write a day so that a table of them fits a phone, e.g. 4 Mar 2026."""
    return f"{on.day} {on:%b %Y}"


def _named(value: Fraction, bands: Iterable[Zone]) -> str:
    reached = [band for band in bands if band[0] <= value]
    return f", {max(reached)[2]}" if reached else ""


def _change(points: Sequence[Point], places: int) -> str:
    start = next((i for i, point in enumerate(points) if point.is_baseline), 0)
    if start == len(points) - 1:
        return ""
    name = "baseline" if points[start].is_baseline else "first"
    change = points[-1].value - points[start].value
    if not change:
        return f" The last is the same as the {name}."
    way = "higher" if change > 0 else "lower"
    return f" The last is {shown(abs(change), places)} {way} than the {name}."


def _time(axis: Axis | None) -> str:
    if axis is None:
        return ""
    told = f" Time runs from {day(axis.first)} to {day(axis.last)}"
    held = "; ".join(f"{number} on {day(on)}" for on, number in axis.sessions)
    return f"{told}; sessions: {held}." if held else f"{told}."
