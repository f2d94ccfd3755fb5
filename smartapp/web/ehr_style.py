"""The EHR's colours, dimensions and fonts as safe custom properties for our own style sheet.

Source: SMART App Launch 2.2, "Styling" (https://hl7.org/fhir/smart-app-launch/app-launch.html, the
``smart_style_url`` launch context parameter). What the EHR sends came over the wire, so nothing of
it is copied: colours are parsed to numbers, dimensions and font names are matched against a narrow
pattern, and all of it is written anew. Contrast is computed by WCAG 2.2 (relative luminance):
text holds at least 4.5:1 and the edges of controls 3:1 on every ground, or it is not adopted.

An EHR sends one set of colours, which is either light or dark. It replaces ours in that scheme
only; a person whose device asks for the other scheme, and paper, keep ours.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Literal

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""
Scheme = Literal["light", "dark"]

BLACK: Colour = (0, 0, 0)
WHITE: Colour = (255, 255, 255)
TEXT, EDGE, CALM = 4.5, 3.0, 7.0
"""Contrast: of text, of what is not text (WCAG 2.2 AA), and of the patient banner (AAA)."""
MIDDLE = 0.18
"""The luminance at which black and white text are equally readable; above it a ground is light."""
ZONE = 0.13
"""How strongly app.css tints the darker zones of the trend picture, on which muted text stands."""

OURS: Mapping[Scheme, Mapping[str, str]] = {
    "light": {
        "page": "#f5f2ea",
        "surface": "#fffdf9",
        "ink": "#14282c",
        "muted": "#4b5b5e",
        "accent": "#0b5c61",
        "on-accent": "#ffffff",
        "danger": "#9f2525",
        "on-danger": "#ffffff",
        "good": "#1f6338",
        "warn": "#744800",
        "warm": "#a14a14",
        "focus": "#a14a14",
    },
    "dark": {
        "page": "#0d191c",
        "surface": "#142529",
        "ink": "#e8ece6",
        "muted": "#a9b9b9",
        "accent": "#78cdc8",
        "on-accent": "#06272a",
        "danger": "#ffa69d",
        "on-danger": "#3a0b0b",
        "good": "#8fd6a2",
        "warn": "#f2c76f",
        "warm": "#f0a868",
        "focus": "#f6b879",
    },
}
"""The colours of app.css that an EHR's colours are combined with."""

FAMILIES = {
    "accent": "color_highlight",
    "danger": "color_error",
    "good": "color_success",
    "warn": "",
    "warm": "",
}
"""Our signal colours and the EHR's name for each, where it has one."""

GENERIC = {"serif", "sans-serif", "monospace", "cursive", "fantasy", "system-ui"}
_HEX = re.compile(r"#(?:[0-9a-f]{3}|[0-9a-f]{6})", re.IGNORECASE)
_LENGTH = re.compile(r"(\d{1,3}(?:\.\d{1,2})?)(px|rem|em)")
_FONT = re.compile(r"[A-Za-z0-9 -]{1,60}")


def css(style: Mapping[str, object]) -> str:
    """Return the style sheet for one EHR's SMART styling JSON; "" when nothing can be adopted."""
    scheme, colours = _colours(style)
    ours = _ours(scheme)
    tokens = {name: _write(one) for name, one in colours.items() if one != ours.get(name)}
    return (
        _block(f"@media screen and (prefers-color-scheme: {scheme})", ":root", tokens)
        + _block("@media screen", ":root", {**_lengths(style), **_fonts(style)})
        + _block("@media screen", "html", _size(style))
    )


def contrast(one: Colour, other: Colour) -> float:
    """Return the WCAG contrast ratio of two colours, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: Colour) -> float:
    """Return the WCAG relative luminance, 0 (black) to 1 (white)."""
    red, green, blue = (_linear(part / 255) for part in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def parse(value: object) -> Colour | None:
    """Read ``#rgb`` or ``#rrggbb``; anything else is None."""
    if not isinstance(value, str) or not _HEX.fullmatch(value.strip()):
        return None
    digits = value.strip()[1:]
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def _linear(part: float) -> float:
    return float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)


def _colours(style: Mapping[str, object]) -> tuple[Scheme, dict[str, Colour]]:
    scheme, ground = _ground(style)
    base = {**_ours(scheme), **ground}
    adopted = dict(ground)
    for name, key in FAMILIES.items():
        theirs = parse(style.get(key))
        if theirs or ground:
            adopted |= _family(name, theirs or base[name], base)
    if "accent" in adopted:
        adopted |= _banner(adopted["accent"])
    return scheme, adopted


def _ours(scheme: Scheme) -> dict[str, Colour]:
    return {name: parse(value) or BLACK for name, value in OURS[scheme].items()}


def _ground(style: Mapping[str, object]) -> tuple[Scheme, dict[str, Colour]]:
    """Choose page and text colour together: both hold their contrast, or neither is adopted."""
    page, ink = parse(style.get("color_background")), parse(style.get("color_text"))
    scheme = _scheme(page, ink)
    ours = _ours(scheme)
    if (page is None and ink is None) or contrast(page or ours["page"], ink or ours["ink"]) < TEXT:
        return "light", {}
    return scheme, _grounds(page or ours["page"], ink or ours["ink"], scheme)


def _scheme(page: Colour | None, ink: Colour | None) -> Scheme:
    if page is not None:
        return "light" if luminance(page) > MIDDLE else "dark"
    return "dark" if ink is not None and luminance(ink) > MIDDLE else "light"


def _grounds(page: Colour, ink: Colour, scheme: Scheme) -> dict[str, Colour]:
    raised = _mix(page, WHITE, 0.6 if scheme == "light" else 0.06)
    surface = raised if contrast(raised, ink) >= TEXT else page
    both = (page, surface)
    zone = _mix(surface, ink, ZONE)
    return {
        "page": page,
        "surface": surface,
        "ink": ink,
        "muted": _until(_mix(ink, page, 0.25), ink, (*both, zone), TEXT),
        "line": _mix(page, ink, 0.18),
        "edge": _until(_mix(page, ink, 0.45), ink, both, EDGE),
    }


def _family(name: str, colour: Colour, base: Mapping[str, Colour]) -> dict[str, Colour]:
    """Adjust a signal colour until it can be read as text, with the grounds that belong to it."""
    page, surface, texts = base["page"], base["surface"], (base["ink"], base["muted"])
    tint = _mix(surface, colour, 0.1)
    soft = tint if all(contrast(tint, text) >= TEXT for text in texts) else surface
    pole = BLACK if luminance(base["ink"]) < luminance(page) else WHITE
    held = _until(colour, pole, (page, surface, soft), TEXT)
    if name == "warm":
        return {"warm": held, "focus": held}
    family = {name: held, f"{name}-soft": soft}
    if name in {"accent", "danger"}:
        family[f"on-{name}"] = max(WHITE, BLACK, key=lambda over: contrast(over, held))
    return family


def _banner(accent: Colour) -> dict[str, Colour]:
    banner = _until(_mix(accent, BLACK, 0.35), BLACK, (WHITE,), CALM)
    return {
        "banner": banner,
        "banner-muted": _until(_mix(banner, WHITE, 0.8), WHITE, (banner,), TEXT),
    }


def _until(colour: Colour, pole: Colour, grounds: Iterable[Colour], ratio: float) -> Colour:
    """Move a colour towards ``pole`` in steps until it holds ``ratio`` on all grounds."""
    against = tuple(grounds)
    steps = (_mix(colour, pole, step / 25) for step in range(26))
    return next((c for c in steps if all(contrast(c, g) >= ratio for g in against)), pole)


def _mix(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _lengths(style: Mapping[str, object]) -> dict[str, str]:
    found = {
        "radius": _pixels(style.get("dim_border_radius"), 0, 24),
        "space": _pixels(style.get("dim_spacing_size"), 8, 32),
    }
    return {name: f"{pixels:g}px" for name, pixels in found.items() if pixels is not None}


def _size(style: Mapping[str, object]) -> dict[str, str]:
    """Adopt a larger type only: the page is read from 1.5 m, where less than 18 px is too small."""
    pixels = _pixels(style.get("dim_font_size"), 0, 28)
    return {"font-size": f"{pixels / 16:.2%}"} if pixels is not None and pixels > 18 else {}


def _pixels(value: object, least: float, most: float) -> float | None:
    found = _LENGTH.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return None
    pixels = float(found[1]) * (1 if found[2] == "px" else 16)
    return min(max(pixels, least), most)


def _fonts(style: Mapping[str, object]) -> dict[str, str]:
    found = {
        "font": _family_names(style.get("font_family_body")),
        "font-heading": _family_names(style.get("font_family_heading")),
    }
    return {name: names for name, names in found.items() if names}


def _family_names(value: object) -> str:
    """Write a font list anew, every name quoted; one strange name drops the whole list."""
    if not isinstance(value, str):
        return ""
    names = [part.strip().strip("'\"").strip() for part in value.strip().rstrip(";").split(",")]
    if not all(_FONT.fullmatch(name) for name in names):
        return ""
    generic = [name for name in names if name in GENERIC] or ["sans-serif"]
    return ", ".join([f'"{name}"' for name in names if name not in GENERIC] + generic[:1])


def _write(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _block(condition: str, selector: str, values: Mapping[str, str]) -> str:
    if not values:
        return ""
    prefix = "--" if selector == ":root" else ""
    lines = "".join(f"{prefix}{name}:{value};" for name, value in values.items())
    return f"{condition}{{{selector}{{{lines}}}}}"
