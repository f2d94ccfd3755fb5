"""What is sent of our styles and scripts: the parts of a page in one file, without comments."""

import re
from pathlib import Path

import pytest

import smartapp.web
from smartapp.web.shipped import PARTS, made

STATIC = Path(smartapp.web.__path__[0]) / "static"
FILES = made(STATIC)
NAMES = {
    ".css": r"(?:^|[{};])([^{};]*(?:\{|:))",
    ".js": r"""(?<!\.)\.([a-zA-Z]\w*)|["`]([^"`\n]*)["`]""",
    ".svg": r"\w+",
}
"""What stays as it is written: selectors and properties; members and texts."""


def sources(name):
    return [(STATIC / part).read_text("utf-8") for part in PARTS.get(name, (name,))]


def names(name, text):
    """What of a file must be sent, without comments and spaces."""
    bare = re.sub(r"/\*.*?\*/|(?:^|\s)//[^\n]*|\$\{\w+", "", text, flags=re.DOTALL | re.MULTILINE)
    if name.endswith(".css"):
        bare = re.sub(r"\s+", "", bare)
    return [found.group() for found in re.finditer(NAMES[Path(name).suffix], bare)]


@pytest.mark.parametrize("name", sorted(set(FILES)))
def test_every_rule_of_its_parts_is_sent_in_their_order_and_every_text(name):
    written, sent = names(name, " ".join(sources(name))), names(name, FILES[name].decode())
    if name.endswith(".js"):
        # What is in the order of the reader, and in lines of a reader's length, need not stay so.
        written, sent = (sorted(set(re.findall(r"\w+", " ".join(n)))) for n in (written, sent))
    assert sent == written


@pytest.mark.parametrize("name", sorted(set(FILES) - {"icon.svg"}))
def test_comments_and_indentation_are_not_sent(name):
    assert not re.search(r"/\*|^\s*//|^ {4}", FILES[name].decode(), re.MULTILINE)


@pytest.mark.parametrize("name", ["page.js", "answer.js"])
def test_names_that_only_a_reader_needs_are_not_sent(name):
    assert len(FILES[name]) < 0.6 * sum(len(text) for text in sources(name))


def test_no_rule_is_written_in_two_parts_of_a_page():
    for name in PARTS:
        rules = [set(re.findall(r"^[^\s@/][^{]*\{[^}]+\}", s, re.MULTILINE)) for s in sources(name)]
        assert len(set().union(*rules)) == sum(map(len, rules)), name


def test_what_is_not_there_is_not_found(clinic):
    for name in ("nothing.css", "../pages.py", "%2e%2e/pages.py"):
        asked = clinic.browser().get(f"/static/{name}", base_url="https://app.example")
        assert asked.status_code == 404, name
