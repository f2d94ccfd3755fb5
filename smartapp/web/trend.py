"""The course of one score as a picture: an inline SVG that needs no style attribute and no script.

Colours, line widths and type sizes are classes in ``static/app.css``, so the picture follows light,
dark, print and forced colours. Everything it shows is also said in its ``<desc>``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Literal
from zlib import crc32

from markupsafe import Markup, escape

from smartapp.program.assessment import shown
from smartapp.web.trend_words import Axis, Point, Zone, description, in_order, places_of, short_day

WIDTH, HEIGHT = 400, 256
"""The picture's own units; on the page it is 320 to 650 px wide."""
LEFT, RIGHT, TOP, BOTTOM = 34, 396, 52, 206
"""The plot area inside the picture."""
MARGIN = 30
"""Between the plot's sides and the first and last point."""
NAMES, NAMES_SHARED = 80, 140
"""Kept free at the right for the names of the bands; more where pictures share a time axis."""
NAMES_APART = 14
"""The least distance between two names; one without room stands in the words alone."""
APART = 14
"""The least distance between two points, so that scores of one day stay apart."""
LABELS_APART = 44
"""The least distance between two written values."""
NUMBERS_APART = 16
"""The least distance between two written session numbers."""


def trend(
    points: Sequence[Point],
    *,
    least: Fraction,
    most: Fraction,
    better: Literal["lower", "higher"],
    title: str,
    bands: Sequence[Zone] = (),
    threshold: Fraction | None = None,
    threshold_label: str = "",
    decimals: int | None = None,
    axis: Axis | None = None,
) -> Markup:
    """Draw the scores between ``least`` and ``most`` (``least < most``) over their dates.

    ``bands`` become quiet zones with their names. ``threshold`` is a value of the scale (for
    example 30% below the first score) drawn as a dashed line called ``threshold_label``.
    ``decimals`` is for display; None shows one, or none when all values are whole. Pictures with
    the same ``axis`` can be compared day by day; without one the points' own days are its ends.
    Without points the answer is a sentence instead of a picture.
    """
    if not points:
        return Markup('<p class="empty">{}: no scores yet.</p>').format(title)
    places = places_of(points, decimals)
    plot = _Plot(in_order(points), least, most, places, _room(bands, axis), axis)
    parts = (
        _zones(plot, bands),
        _axes(plot, better),
        _guide(plot, threshold, threshold_label),
        _sessions(plot),
        _days(plot),
        _course(plot),
    )
    words = description(points, least, most, better, title, bands, decimals, axis)
    return _svg(title, words, "".join(parts))


@dataclass(frozen=True)
class _Plot:
    """Where dates and values fall in the picture; exact until written."""

    points: tuple[Point, ...]
    least: Fraction
    most: Fraction
    decimals: int
    names: int
    axis: Axis | None

    def y(self, value: Fraction) -> Fraction:
        """Return the height of a value; what lies outside the scale is drawn at its edge."""
        inside = min(max(value, self.least), self.most)
        return BOTTOM - (inside - self.least) / (self.most - self.least) * (BOTTOM - TOP)

    @cached_property
    def last_x(self) -> Fraction:
        return Fraction(RIGHT - (self.names or MARGIN))

    @cached_property
    def ends(self) -> tuple[date, date]:
        """Return the days at the two ends of the time axis."""
        if self.axis:
            return self.axis.first, self.axis.last
        return self.points[0].on, self.points[-1].on

    def x(self, on: date) -> Fraction:
        """Return the place of a day; the middle when the axis has one day only."""
        start, (first, last) = Fraction(LEFT + MARGIN), self.ends
        if first == last:
            return (start + self.last_x) / 2
        return start + (self.last_x - start) * Fraction((on - first).days, (last - first).days)

    @cached_property
    def xs(self) -> tuple[Fraction, ...]:
        """Return the place of every point: by its day, yet never closer than ``APART``."""
        start, many = Fraction(LEFT + MARGIN), len(self.points)
        room = self.last_x - start
        if self.ends[0] == self.ends[1]:
            return tuple(start + room * Fraction(2 * i + 1, 2 * many) for i in range(many))
        by_day = [self.x(point.on) for point in self.points]
        return _spread(by_day, min(Fraction(APART), room / many), self.last_x)

    @cached_property
    def ys(self) -> tuple[Fraction, ...]:
        return tuple(self.y(point.value) for point in self.points)


def _spread(places: Sequence[Fraction], gap: Fraction, last: Fraction) -> tuple[Fraction, ...]:
    """Push points apart to the right, then what ran over the end back to the left."""
    pushed = list(places)
    for i in range(1, len(pushed)):
        pushed[i] = max(pushed[i], pushed[i - 1] + gap)
    pushed[-1] = min(pushed[-1], last)
    for i in range(len(pushed) - 1, 0, -1):
        pushed[i - 1] = min(pushed[i - 1], pushed[i] - gap)
    return tuple(pushed)


def _svg(title: str, words: str, inside: str) -> Markup:
    key = f"trend-{crc32(words.encode()):08x}"
    drawn = Markup(inside)  # noqa: S704 - every word in it is escaped by _text
    return Markup(
        '<svg class="trend" role="img" aria-labelledby="{key}-title {key}-desc"'
        ' viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">'
        '<title id="{key}-title">{title}</title><desc id="{key}-desc">{words}</desc>'
        "{inside}</svg>"
    ).format(key=key, width=WIDTH, height=HEIGHT, title=title, words=words, inside=drawn)


def _room(bands: Sequence[Zone], axis: Axis | None) -> int:
    """Return the same for all pictures that share an axis, so that their days stand in line."""
    if axis:
        return NAMES_SHARED
    return NAMES if bands else 0


def _names(bands: Sequence[Zone]) -> list[str]:
    """Return each band's name up to any colon, without a last word that all of them share."""
    names = [band[2].partition(":")[0] for band in bands]
    split = [name.rpartition(" ") for name in names]
    is_shared = len(bands) > 1 and len({last for _, _, last in split}) == 1
    return [before or last for before, _, last in split] if is_shared else names


def _zones(plot: _Plot, bands: Sequence[Zone]) -> str:
    """Draw each band up to where the next begins, so that no strip belongs to none."""
    ordered = sorted(bands)
    tops = [band[0] for band in ordered[1:]] + [plot.most]
    written = _names(ordered)
    zones, names, free = "", "", Fraction(HEIGHT)
    for i, (band, top) in enumerate(zip(ordered, tops, strict=False)):
        high, low = plot.y(top), plot.y(band[0])
        zones += _zone(high, low, "zone odd" if i % 2 else "zone")
        middle = (high + low) / 2 + 5
        if free - middle >= NAMES_APART:
            names += _text("quiet to band", Fraction(RIGHT - 5), middle, written[i])
            free = middle
    return zones + names


def _zone(top: Fraction, bottom: Fraction, kind: str) -> str:
    size = f'width="{RIGHT - LEFT}" height="{_n(bottom - top)}"'
    return f'<rect class="{kind}" x="{LEFT}" y="{_n(top)}" {size}/>'


def _axes(plot: _Plot, better: str) -> str:
    arrow = "↓" if better == "lower" else "↑"
    return (
        f'<path class="axis" fill="none" d="M{LEFT} {TOP}V{BOTTOM}H{RIGHT}"/>'
        + _text("quiet to", Fraction(LEFT - 6), Fraction(TOP + 6), shown(plot.most, 0))
        + _text("quiet to", Fraction(LEFT - 6), Fraction(BOTTOM + 4), shown(plot.least, 0))
        + _text("quiet from", Fraction(2), Fraction(16), f"{arrow} {better} is better")
    )


def _guide(plot: _Plot, value: Fraction | None, label: str) -> str:
    if value is None:
        return ""
    height = plot.y(value)
    line = f'<path class="guide" fill="none" d="M{LEFT} {_n(height)}H{RIGHT}"/>'
    return line + _text("guide-label from", Fraction(LEFT + 6), height + 16, label)


def _course(plot: _Plot) -> str:
    """Draw the line, then the markers, then the values on top."""
    path = "L".join(f"{_n(x)} {_n(y)}" for x, y in zip(plot.xs, plot.ys, strict=True))
    line = f'<path class="line" fill="none" d="M{path}"/>'
    numbers = range(len(plot.points))
    dots = "".join(_dot(plot, i) for i in numbers)
    return line + dots + "".join(_value(plot, i) for i in sorted(_written(plot.xs)))


def _dot(plot: _Plot, i: int) -> str:
    end = i in (0, len(plot.points) - 1)
    kind, radius = ("dot end", 6) if end else ("dot", 4)
    return f'<circle class="{kind}" cx="{_n(plot.xs[i])}" cy="{_n(plot.ys[i])}" r="{radius}"/>'


def _value(plot: _Plot, i: int) -> str:
    """Write a value on the side of its marker that the line leaves free."""
    end = i in (0, len(plot.points) - 1)
    beside = plot.ys[max(i - 1, 0)] + plot.ys[min(i + 1, len(plot.ys) - 1)]
    below = beside < 2 * plot.ys[i] and plot.ys[i] + 26 < BOTTOM
    height = plot.ys[i] + (26 if below else -12)
    text = shown(plot.points[i].value, plot.decimals)
    return _text("value end" if end else "value", plot.xs[i], height, text)


def _written(xs: Sequence[Fraction]) -> set[int]:
    """Choose the points whose value is written: both ends, and between them what has room."""
    chosen, edge = {0, len(xs) - 1}, xs[0]
    for i, x in enumerate(xs):
        if x - edge >= LABELS_APART and xs[-1] - x >= LABELS_APART:
            chosen.add(i)
            edge = x
    return chosen


def _days(plot: _Plot) -> str:
    """Mark every day on the axis; write the first and the last."""
    ticks = "".join(f'<path class="axis" d="M{_n(x)} {BOTTOM}v5"/>' for x in plot.xs)
    first, last = plot.points[0], plot.points[-1]
    words = ("", "") if plot.axis else (first.label, last.label)
    if plot.ends[0] == plot.ends[1] and len(plot.points) == 1:
        return ticks + _under("mid", plot.xs[0], first.on, words[0])
    end = ("mid", plot.last_x) if plot.names else ("to", Fraction(RIGHT))
    starts = _under("from", Fraction(LEFT), plot.ends[0], words[0])
    return ticks + starts + _under(*end, plot.ends[1], words[1])


def _under(anchor: str, x: Fraction, on: date, label: str) -> str:
    written = _text(anchor, x, Fraction(BOTTOM + 24), short_day(on))
    return written + _text(f"quiet {anchor}", x, Fraction(BOTTOM + 44), label) if label else written


def _sessions(plot: _Plot) -> str:
    """Draw a line at every session, and below the days its number, where there is room."""
    held = plot.axis.sessions if plot.axis else ()
    if not held:
        return ""
    lines = "".join(
        f'<path class="session" fill="none" d="M{_n(plot.x(on))} {TOP}V{BOTTOM}"/>'
        for on, _ in held
    )
    word = _text("quiet from", Fraction(2), Fraction(BOTTOM + 44), "Session")
    return lines + word + "".join(_numbers(plot, held))


def _numbers(plot: _Plot, held: Sequence[tuple[date, int]]) -> Iterator[str]:
    edge = Fraction(2 * MARGIN - 6)
    for on, number in held:
        x = plot.x(on)
        if x - edge >= NUMBERS_APART:
            yield _text("quiet mid", x, Fraction(BOTTOM + 44), str(number))
            edge = x


def _text(kind: str, x: Fraction, y: Fraction, words: str) -> str:
    """Write words, which may be anybody's; all else in the picture is numbers and words of ours."""
    return f'<text class="{kind}" x="{_n(x)}" y="{_n(y)}">{escape(words)}</text>'


def _n(place: Fraction) -> str:
    """Write a coordinate with at most two decimals."""
    return f"{round(float(place), 2):g}"
