"""What is sent of our styles and scripts: the parts of a page in one file, without comments."""

import re
from pathlib import Path

import pytest

import smartapp.web
from smartapp.web.shipped import PARTS, made

STATIC = Path(smartapp.web.__path__[0]) / "static"
FILES = made(STATIC)
WORDS = re.compile(r"\w+")


def sources(name):
    return [(STATIC / part).read_text("utf-8") for part in PARTS.get(name, (name,))]


def without_comments(text):
    return re.sub(r"/\*.*?\*/|(?:^|\s)//[^\n]*", "", text, flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_word_of_its_parts_is_sent_in_their_order(name):
    written = WORDS.findall(" ".join(map(without_comments, sources(name))))
    sent = WORDS.findall(FILES[name].decode())
    assert [w for w in sent if w != "0"] == [w for w in written if w != "0"]


@pytest.mark.parametrize("name", sorted(set(FILES) - {"icon.svg"}))
def test_comments_and_indentation_are_not_sent(name):
    assert not re.search(r"/\*|^\s*//|^ ", FILES[name].decode(), re.MULTILINE)


def test_no_rule_is_written_in_two_parts_of_a_page():
    for name in PARTS:
        rules = [set(re.findall(r"^[^\s@/][^{]*\{[^}]+\}", s, re.MULTILINE)) for s in sources(name)]
        assert len(set().union(*rules)) == sum(map(len, rules)), name


def test_what_is_not_there_is_not_found(clinic):
    for name in ("nothing.css", "../pages.py", "%2e%2e/pages.py"):
        asked = clinic.browser().get(f"/static/{name}", base_url="https://app.example")
        assert asked.status_code == 404, name
