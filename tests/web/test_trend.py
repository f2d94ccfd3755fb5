"""The trend picture: exact places, every value in words, nothing the security policy forbids."""

import re
from datetime import date
from fractions import Fraction
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartapp.web.trend import BOTTOM, LEFT, RIGHT, TOP, trend
from smartapp.web.trend_words import Axis, Point, description, rows

BASELINE = Point(date(2026, 1, 12), Fraction(20, 3), "Baseline")
SESSION = Point(date(2026, 3, 9), Fraction(16, 3), "Session 4")
END = Point(date(2026, 5, 4), Fraction(14, 3), "End")
BANDS = (
    (Fraction(0), Fraction(19), "severe"),
    (Fraction(20), Fraction(30), "moderate"),
    (Fraction(31), Fraction(60), "mild"),
)


def draw(*points: Point, **more: Any) -> str:
    scale: dict[str, Any] = {"least": Fraction(0), "most": Fraction(10), "better": "lower"}
    return str(trend(points, **{**scale, "title": "PEG", **more}))


def drawn(*points: Point, **more: Any) -> ElementTree.Element:
    return ElementTree.fromstring(draw(*points, **more).replace(' xmlns="', ' data-ns="'))


def dots(picture: ElementTree.Element) -> list[tuple[float, float]]:
    return [(float(c.attrib["cx"]), float(c.attrib["cy"])) for c in picture.iter("circle")]


def texts(picture: ElementTree.Element) -> list[str]:
    return [str(text.text) for text in picture.iter("text")]


def test_without_scores_says_so_instead_of_drawing():
    assert draw() == '<p class="empty">PEG: no scores yet.</p>'


def test_single_score_stands_in_the_middle_with_its_day():
    picture = drawn(BASELINE)
    assert dots(picture) == [(215.0, pytest.approx(BOTTOM - (BOTTOM - TOP) * 2 / 3, abs=0.01))]
    assert "12 Jan 2026" in texts(picture)


def test_least_and_most_fall_on_the_edges_of_the_plot():
    low, high = Point(END.on, Fraction(10), ""), Point(BASELINE.on, Fraction(0), "")
    assert [y for _, y in dots(drawn(high, low))] == [BOTTOM, TOP]


def test_days_are_spaced_by_the_calendar():
    (first, _), (middle, _), (last, _) = dots(drawn(BASELINE, SESSION, END))
    assert middle - first == pytest.approx(last - middle)


def test_scores_of_one_day_stay_apart():
    again = Point(BASELINE.on, Fraction(5), "Session 1")
    xs = [x for x, _ in dots(drawn(BASELINE, again, END))]
    assert xs[1] - xs[0] == 14


def test_scores_all_of_one_day_are_spread_evenly():
    twice = Point(BASELINE.on, Fraction(5), "Session 1")
    assert [x for x, _ in dots(drawn(BASELINE, twice))] == [139.5, 290.5]


def test_a_late_cluster_is_pushed_back_inside():
    near = Point(date(2026, 5, 3), Fraction(5), "Session 8")
    xs = [x for x, _ in dots(drawn(BASELINE, near, END))]
    assert xs[2] - xs[1] == 14
    assert xs[2] == RIGHT - 30


@given(
    st.lists(
        st.tuples(
            st.dates(date(2020, 1, 1), date(2029, 1, 1)), st.fractions(-5, 15, max_denominator=9)
        ),
        min_size=1,
        max_size=25,
    )
)
def test_every_point_is_inside_and_in_order(scores):
    places = dots(drawn(*(Point(on, value, "x") for on, value in scores)))
    assert len(places) == len(scores)
    assert [x for x, _ in places] == sorted({x for x, _ in places})
    assert all(LEFT <= x <= RIGHT and TOP <= y <= BOTTOM for x, y in places)


def test_points_may_come_in_any_order():
    assert draw(END, BASELINE, SESSION) == draw(BASELINE, SESSION, END)


def test_first_and_last_are_emphasised():
    kinds = [c.attrib["class"] for c in drawn(BASELINE, SESSION, END).iter("circle")]
    assert kinds == ["dot end", "dot", "dot end"]


def test_values_are_written_beside_their_markers():
    assert {"6.7", "5.3", "4.7"} <= set(texts(drawn(BASELINE, SESSION, END)))


def test_values_without_room_are_left_to_the_description():
    crowd = [Point(date(2026, 2, day), Fraction(day % 10), "Session") for day in range(1, 29)]
    picture = drawn(BASELINE, *crowd, END)
    assert len([t for t in picture.iter("text") if "value" in t.attrib["class"]]) < 9


def test_a_value_in_a_valley_is_written_below_its_marker():
    low = Point(SESSION.on, Fraction(3), "Session 4")
    picture = drawn(BASELINE, low, END)
    (value,) = [t for t in picture.iter("text") if t.text == "3.0"]
    assert float(value.attrib["y"]) > dots(picture)[1][1]


@pytest.mark.parametrize(("better", "hint"), [("lower", "↓ lower"), ("higher", "↑ higher")])
def test_direction_is_said_in_words(better, hint):
    assert f"{hint} is better" in texts(drawn(BASELINE, better=better))


def test_bands_tile_the_scale_without_gaps():
    picture = drawn(Point(END.on, Fraction(30), "End"), most=Fraction(60), bands=BANDS)
    zones = [(float(z.attrib["y"]), float(z.attrib["height"])) for z in picture.iter("rect")]
    assert sum(height for _, height in zones) == pytest.approx(BOTTOM - TOP, abs=0.02)
    assert zones[-1][0] == TOP


def test_bands_are_named_and_leave_room_for_their_names():
    picture = drawn(BASELINE, END, most=Fraction(60), bands=BANDS)
    assert {"severe", "moderate", "mild"} <= set(texts(picture))
    assert dots(picture)[-1][0] == RIGHT - 80


def test_a_last_word_that_all_bands_share_is_left_to_the_words():
    bands = [(low, high, f"{name} impairment") for low, high, name in BANDS]
    written = texts(drawn(BASELINE, END, most=Fraction(60), bands=bands))
    assert {"severe", "moderate", "mild"} <= set(written)


def test_threshold_is_a_line_with_its_name():
    picture = drawn(BASELINE, END, threshold=Fraction(14, 3), threshold_label="30% lower")
    assert "30% lower" in texts(picture)
    assert len([p for p in picture.iter("path") if p.attrib["class"] == "guide"]) == 1


def test_description_holds_every_score_and_the_change():
    assert description((BASELINE, END), Fraction(0), Fraction(10), "lower", "PEG") == (
        "PEG, from 0 to 10, lower is better. Scores, oldest first: 6.7 on 12 January 2026"
        " (Baseline); 4.7 on 4 May 2026 (End). The last is 2.0 lower than the first."
    )


def test_description_names_the_band_of_each_score():
    points = (Point(END.on, Fraction(34), "End"),)
    words = description(points, Fraction(0), Fraction(60), "higher", "PSEQ", BANDS)
    assert words.endswith("34 on 4 May 2026 (End, mild).")


def test_an_unchanged_score_is_said_to_be_the_same():
    same = Point(END.on, BASELINE.value, "End")
    assert "The last is the same as the first." in draw(BASELINE, same)


def test_a_rise_is_said_to_be_higher():
    assert "The last is 2.0 higher than the first." in draw(
        Point(BASELINE.on, END.value, "Baseline"), Point(END.on, BASELINE.value, "End")
    )


def test_title_and_description_label_the_picture():
    picture = drawn(BASELINE)
    title, words = picture.find("title"), picture.find("desc")
    assert title is not None
    assert words is not None
    assert picture.attrib["aria-labelledby"] == f"{title.attrib['id']} {words.attrib['id']}"


def test_two_pictures_of_a_page_have_different_ids():
    found = re.findall(r'id="([^"]+)"', draw(BASELINE) + draw(END))
    assert len(found) == len(set(found)) == 4


def test_words_of_others_are_escaped():
    strange = Point(END.on, Fraction(1), "<script>alert(1)</script>")
    assert "<script" not in draw(strange, title="<b>", threshold=Fraction(1), threshold_label="<i>")


def test_nothing_the_content_security_policy_forbids():
    picture = draw(BASELINE, SESSION, END, bands=BANDS, threshold=Fraction(5))
    assert not re.search(r"\bstyle=|<style|<script|\bon\w+=|href", picture)


def test_the_same_scores_give_the_same_picture():
    assert draw(BASELINE, END) == draw(BASELINE, END)


def test_rows_for_the_table_are_oldest_first():
    assert rows((END, BASELINE)) == [
        ("Baseline", "12 Jan 2026", "6.7"),
        ("End", "4 May 2026", "4.7"),
    ]


def test_whole_scores_are_shown_without_decimals_unless_told():
    whole = Point(END.on, Fraction(34), "End")
    assert (rows([whole])[0][2], rows([whole], 1)[0][2]) == ("34", "34.0")


AXIS = Axis(date(2026, 1, 12), date(2026, 7, 6), ((date(2026, 3, 9), 4), (date(2026, 3, 10), 5)))


def test_a_shared_axis_puts_the_same_day_at_the_same_place():
    """Also where one picture has bands and the other has fewer points."""
    plain, banded = drawn(BASELINE, SESSION, axis=AXIS), drawn(SESSION, bands=BANDS, axis=AXIS)
    assert dots(plain)[1][0] == dots(banded)[0][0]


def test_a_shared_axis_writes_its_own_ends():
    written = texts(drawn(SESSION, axis=AXIS))
    assert {"12 Jan 2026", "6 Jul 2026"} <= set(written)
    assert "9 Mar 2026" not in written


def test_sessions_are_marked_and_numbered_where_there_is_room():
    picture = drawn(BASELINE, END, axis=AXIS)
    marks = [path for path in picture.iter("path") if path.get("class") == "session"]
    assert len(marks) == 2
    assert "4" in texts(picture)
    assert "5" not in texts(picture)


def test_sessions_and_the_time_are_said_in_words():
    told = description((BASELINE,), Fraction(0), Fraction(10), "lower", "PEG", axis=AXIS)
    assert told.endswith(
        "Time runs from 12 January 2026 to 6 July 2026;"
        " sessions: 4 on 9 March 2026; 5 on 10 March 2026."
    )


def test_without_sessions_nothing_is_marked():
    axis = Axis(BASELINE.on, END.on)
    assert "Session" not in texts(drawn(BASELINE, axis=axis))
    told = description((BASELINE,), Fraction(0), Fraction(10), "lower", "PEG", axis=axis)
    assert told.endswith("to 4 May 2026.")


def test_an_axis_of_one_day_stands_in_the_middle():
    axis = Axis(BASELINE.on, BASELINE.on, ((BASELINE.on, 1),))
    picture = drawn(BASELINE, axis=axis)
    (mark,) = [path for path in picture.iter("path") if path.get("class") == "session"]
    assert mark.attrib["d"].startswith(f"M{dots(picture)[0][0]:g} ")


def test_a_name_without_room_is_left_to_the_words():
    """Names stand apart; what is behind a colon is left to the words too."""
    narrow = [(Fraction(n), Fraction(n), f"Level {n}: so so") for n in range(11)]
    named = [text for text in texts(drawn(BASELINE, bands=narrow)) if text.startswith("Level")]
    assert named[0] == "Level 0"
    assert "Level 10" not in named


def test_a_value_between_two_bands_is_named_by_the_lower():
    between = Point(BASELINE.on, Fraction(61, 2), "Baseline")
    told = description((between,), Fraction(0), Fraction(60), "higher", "PSEQ", BANDS)
    assert "(Baseline, moderate)" in told
