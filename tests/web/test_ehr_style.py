"""The EHR's style: only what is safe and readable is adopted; our own palettes are readable too."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import smartapp.web
from smartapp.web.ehr_style import OURS, ZONE, contrast, css, parse
from smartapp.web.shipped import PARTS

SPECIFICATION = {
    "color_background": "#edeae3",
    "color_error": "#9e2d2d",
    "color_highlight": "#69b5ce",
    "color_modal_backdrop": "",
    "color_success": "#498e49",
    "color_text": "#303030",
    "dim_border_radius": "6px",
    "dim_font_size": "13px",
    "dim_spacing_size": "20px",
    "font_family_body": "Georgia, Times, 'Times New Roman', serif",
    "font_family_heading": "'HelveticaNeue-Light', Helvetica, Arial, 'Lucida Grande', sans-serif;",
}
"""The example of SMART App Launch 2.2, its stray semicolon included."""

THEIRS = {"background": "page", "text": "ink", "highlight": "accent", "error": "danger"}
MIXED = {"surface", "muted", "line", "edge", "banner", "banner-muted"} | {
    f"{name}-soft" for name in ("accent", "danger", "good", "warn")
}
"""What is mixed of the EHR's colours, and so is another though those are ours."""
GROUNDS = ("page", "surface")
TEXT_ON = [
    *(
        (text, ground)
        for text in ("ink", "muted", "accent", "danger", "warm")
        for ground in GROUNDS
    ),
    *(("ink", f"{name}-soft") for name in ("accent", "danger", "good", "warn")),
    *((name, f"{name}-soft") for name in ("accent", "danger", "good", "warn")),
    ("muted", "accent-soft"),
    ("on-accent", "accent"),
    ("on-danger", "danger"),
    ("on-banner", "banner"),
    ("banner-muted", "banner"),
]
"""What is written on what, in app.css."""
EDGE_ON = [(edge, ground) for edge in ("edge", "accent", "danger", "focus") for ground in GROUNDS]
"""What must be seen though it is no text: edges of controls, marks, the focus ring."""

STATIC = Path(smartapp.web.__path__[0]) / "static"
APP_CSS = "".join((STATIC / name).read_text() for name in PARTS["app.css"])


def tokens(text: str) -> dict[str, str]:
    """Read the custom properties of the first rule in a piece of CSS."""
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", text.split("}")[0]))


def palette(scheme: str) -> dict[str, str]:
    """Read the palette of the ground and that of what has to be noticed."""
    found: dict[str, str] = {}
    for name in ("ground.css", "notices.css"):
        text = (STATIC / name).read_text()
        light, dark = text.split("@media screen and (prefers-color-scheme: dark)")
        found |= tokens(light) if scheme == "light" else tokens(light) | tokens(dark)
    return found


def ratio(colours: dict[str, str], one: str, other: str) -> float:
    first, second = parse(colours[one]), parse(colours[other])
    assert first
    assert second
    return contrast(first, second)


def adopted(**style: object) -> dict[str, str]:
    return tokens(css(style))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("one", "other"), TEXT_ON)
def test_text_of_our_palettes_holds_four_and_a_half_to_one(scheme, one, other):
    """WCAG 2.2, 1.4.3 Contrast (Minimum)."""
    assert ratio(palette(scheme), one, other) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("one", "other"), EDGE_ON)
def test_edges_of_our_palettes_hold_three_to_one(scheme, one, other):
    """WCAG 2.2, 1.4.11 Non-text Contrast, and 2.4.13 for the focus ring."""
    assert ratio(palette(scheme), one, other) >= 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_names_of_bands_can_be_read_on_the_zones_of_the_trend_picture(scheme):
    muted, surface = (parse(palette(scheme)[name]) for name in ("muted", "surface"))
    assert muted
    assert surface
    zone = tuple(round(s + (m - s) * ZONE) for m, s in zip(muted, surface, strict=True))
    assert contrast(muted, (zone[0], zone[1], zone[2])) >= 4.5
    assert f".zone.odd {{ fill-opacity: {ZONE}".replace(" 0.", " .") in APP_CSS


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_ours_is_what_the_style_sheet_says(scheme):
    assert {name: palette(scheme)[name] for name in OURS[scheme]} == OURS[scheme]


def test_black_on_white_has_the_highest_contrast():
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)


def test_contrast_agrees_with_a_published_value():
    """#767676 on white is 4.54:1, the lightest grey that passes (WebAIM)."""
    assert contrast((0x76, 0x76, 0x76), (255, 255, 255)) == pytest.approx(4.54, abs=0.005)


@pytest.mark.parametrize("value", ["#0a1b2c", "#0A1B2C", " #0a1b2c "])
def test_six_digit_colours_are_read(value):
    assert parse(value) == (10, 27, 44)


def test_three_digit_colours_are_read():
    assert parse("#0af") == (0, 170, 255)


@pytest.mark.parametrize(
    "value", ["", "red", "#12345", "rgb(0,0,0)", "#fff;}", "url(x)", None, 7, ["#fff"]]
)
def test_anything_but_a_hex_colour_is_dropped(value):
    assert parse(value) is None


def test_the_example_of_the_specification_is_adopted():
    found = adopted(**SPECIFICATION)
    assert (found["page"], found["ink"], found["danger"]) == ("#edeae3", "#303030", "#9e2d2d")


def test_a_pale_highlight_is_darkened_until_it_can_be_read():
    found = adopted(**SPECIFICATION)
    assert found["accent"] != "#69b5ce"
    assert ratio(found, "accent", "page") >= 4.5


def test_a_readable_highlight_is_adopted_as_it_is():
    assert adopted(color_highlight="#003366")["accent"] == "#003366"


def test_a_highlight_alone_leaves_our_grounds():
    assert "page" not in adopted(color_highlight="#003366")


def test_text_that_cannot_be_read_on_its_background_drops_both():
    assert css({"color_background": "#ffffff", "color_text": "#aaaaaa"}) == ""


def test_a_dark_background_replaces_our_dark_scheme():
    sheet = css({"color_background": "#101820", "color_text": "#f0f0f0"})
    assert sheet.startswith("@media screen and (prefers-color-scheme: dark)")


def test_a_background_alone_is_combined_with_our_text():
    found = adopted(color_background="#ffffff")
    assert found["page"] == "#ffffff"
    assert (palette("light") | found)["ink"] == OURS["light"]["ink"]


def test_what_is_as_ours_is_not_sent():
    assert adopted(**{f"color_{n}": OURS["light"][m] for n, m in THEIRS.items()}).keys() <= MIXED


@pytest.mark.parametrize(("text", "scheme"), [("#000000", "light"), ("#ffffff", "dark")])
def test_a_text_colour_alone_belongs_to_the_scheme_it_can_be_read_in(text, scheme):
    assert f"(prefers-color-scheme: {scheme})" in css({"color_text": text})


def test_the_surface_stays_the_page_where_raising_it_would_hide_the_text():
    found = adopted(color_background="#787878", color_text="#000000")
    assert ratio(found, "ink", "surface") >= 4.5


def test_paper_keeps_our_colours():
    assert css(SPECIFICATION).count("@media screen") == css(SPECIFICATION).count("@media")


COLOURS = st.tuples(*(st.integers(0, 255),) * 3).map(lambda rgb: "#{:02x}{:02x}{:02x}".format(*rgb))


@example(("#ea0100", "#000000", "#000000", "#000000", "#000000"))
@given(st.tuples(COLOURS, COLOURS, COLOURS, COLOURS, COLOURS))
def test_whatever_is_adopted_can_be_read(colours):
    names = ("background", "text", "highlight", "error", "success")
    style = {f"color_{name}": colour for name, colour in zip(names, colours, strict=True)}
    sheet = css(style)
    scheme = "dark" if "scheme: dark" in sheet else "light"
    found = palette(scheme) | tokens(sheet)
    poor = [pair for pair in TEXT_ON if ratio(found, *pair) < 4.5]
    poor += [pair for pair in EDGE_ON if ratio(found, *pair) < 3]
    assert poor == []


@pytest.mark.parametrize(
    ("given_size", "kept"), [("6px", "6px"), ("0px", "0px"), ("1rem", "16px"), ("99px", "24px")]
)
def test_dimensions_are_plain_and_bounded(given_size, kept):
    assert adopted(dim_border_radius=given_size) == {"radius": kept}


@pytest.mark.parametrize("value", ["6", "6px;", "calc(1px)", "-4px", "6px}body{", 6, "1e3px", None])
def test_other_dimensions_are_dropped(value):
    assert (
        css({"dim_spacing_size": value, "dim_border_radius": value, "dim_font_size": value}) == ""
    )


def test_spacing_is_adopted():
    assert adopted(dim_spacing_size="20px") == {"space": "20px"}


def test_small_type_is_not_adopted_since_the_page_is_read_from_afar():
    assert css({"dim_font_size": "13px"}) == ""


def test_larger_type_is_adopted_as_a_share_of_the_readers_own_size():
    assert "font-size:125.00%" in css({"dim_font_size": "20px"})


def test_fonts_are_written_anew_with_every_name_quoted():
    assert adopted(**SPECIFICATION | {"color_background": ""}).keys() >= {"accent"}
    assert '--font:"Georgia", "Times", "Times New Roman", serif;' in css(SPECIFICATION)


def test_a_font_list_without_a_generic_name_gets_one():
    assert adopted(font_family_body="Verdana") == {"font": '"Verdana", sans-serif'}


@pytest.mark.parametrize(
    "value", ["", "a;b", "x}body{color:red", "url(//evil)", "a\\62", "a\nb", "<style>", 5, "a,,b"]
)
def test_strange_fonts_are_dropped(value):
    assert css({"font_family_body": value}) == ""


ANYTHING = st.text("#{};:/*\\\"'<>(),. -ab09px@\n", max_size=20)


@given(st.dictionaries(st.sampled_from(sorted(SPECIFICATION)), ANYTHING, max_size=4))
def test_nothing_of_the_wire_escapes_its_declaration(style):
    sheet = css(style)
    assert sheet.count("{") == sheet.count("}")
    assert not re.search(r"url\(|@import|/\*|\\|<", sheet)


def test_an_empty_style_changes_nothing():
    assert css({}) == ""
