"""Rich words are written anew from a short list; nothing else of them can reach a page."""

from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartapp.web.markup import BLOCKS, DEEPEST, INLINE, KEPT, MOST, markdown, refused, safe

XHTML = "http://www.w3.org/1999/xhtml"


def div(inner):
    return f'<div xmlns="{XHTML}">{inner}</div>'


class Seen(HTMLParser):
    """The elements and attributes a browser sees."""

    def __init__(self, page):
        super().__init__()
        self.names, self.attributes = set(), []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.attributes += attrs


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        "<style>* { display: none }</style>",
        '<img src="x" onerror="alert(1)"/>',
        '<p onclick="alert(1)" style="color: red" id="field-q">a</p>',
        '<a href="javascript:alert(1)">a</a>',
        '<a href=" https://a.example/&quot;onclick=&quot;x">a</a>',
        '<form action="https://a.example"><input name="q"/></form>',
        '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        '<iframe src="https://a.example"/>',
    ],
)
@pytest.mark.parametrize("inline", [True, False])
def test_what_is_not_on_the_list_is_left_out_and_named(hostile, inline):
    seen = Seen(safe(div(hostile), inline=inline))
    assert seen.names <= INLINE | BLOCKS
    assert {name for name, _ in seen.attributes} <= KEPT | {"class"}
    assert refused(div(hostile))


@pytest.mark.parametrize(
    "broken", ["", "<p>a", "plain", '<!DOCTYPE a [<!ENTITY b "c">]><p>&b;</p>']
)
def test_what_cannot_be_read_is_not_used(broken):
    assert safe(broken, inline=True) is None
    assert refused(broken) == ("",)


def test_too_long_or_too_deep_is_not_used():
    assert safe(div("a" * MOST), inline=True) is None
    assert safe("<b>" * (DEEPEST + 1) + "</b>" * (DEEPEST + 1), inline=True) is None


def test_what_is_on_the_list_stays():
    kept = '<p>How <b>much</b> &amp; how <em lang="fr">often</em>?<br></p><ul><li>a</li></ul>'
    assert safe(div(kept.replace("<br>", "<br/>")), inline=False) == f"<div>{kept}</div>"
    assert refused(div(kept.replace("<br>", "<br/>"))) == ()


def test_named_characters_of_html_are_read():
    assert safe(div("a&nbsp;b&eacute;&lt;"), inline=False) == "<div>a\xa0b\xe9&lt;</div>"


def test_in_a_label_blocks_become_lines():
    assert Seen(safe(div("<p>a</p><ul><li>b</li></ul>"), inline=True)).names == {"span"}


def test_a_link_opens_elsewhere_and_tells_nobody_whence():
    (link,) = [
        dict(Seen(page).attributes)
        for page in [safe(div('<a href="https://a.example/?b=1&amp;c=2">a</a>'), inline=True)]
    ]
    assert (link["href"], link["target"]) == ("https://a.example/?b=1&c=2", "_blank")
    assert link["rel"] == "noopener noreferrer"


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("a **b** c", "<p>a <strong>b</strong> c</p>"),
        ("a *b* _c_", "<p>a <em>b</em> <em>c</em></p>"),
        ("a\nb\n\nc", "<p>a<br>b</p><p>c</p>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("## a", "<p>a</p>"),
        ("snake_case_word 2*3*4", "<p>snake_case_word 2*3*4</p>"),
        ("<b>a</b>", "<p>&lt;b&gt;a&lt;/b&gt;</p>"),
        ("[a](javascript:b)", "<p>[a](javascript:b)</p>"),
    ],
)
def test_markdown_is_a_plain_subset(source, written):
    assert markdown(source, inline=False) == written


def test_a_markdown_link_is_safe():
    page = markdown("[a](https://a.example/)", inline=True)
    attributes = Seen(page).attributes
    assert ("href", "https://a.example/") in attributes
    assert ("rel", "noopener noreferrer") in attributes


@settings(max_examples=50, deadline=None)
@given(st.text("<>&\"'*_[]()ab:/ \n-1.=#") | st.text())
def test_whatever_is_written_only_listed_elements_come_out(source):
    for inline in (True, False):
        pages = (markdown(source, inline=inline), safe(div(source), inline=inline) or "")
        assert all(Seen(page).names <= INLINE | BLOCKS for page in pages)
