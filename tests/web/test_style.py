"""The EHR's colours: fetched once, from the EHR's own origin only, and never a reason to fail."""

import pytest


@pytest.fixture
def sheet(new_coach, patient, ehr):
    """The style sheet of a launch whose EHR names a place for its colours."""

    def get(url=f"{ehr.origin}/style.json"):
        return new_coach(patient, smart_style_url=url).get("style.css")

    return get


def test_becomes_a_style_sheet_of_ours(sheet):
    answer = sheet()
    assert answer.mimetype == "text/css"
    assert "--accent" in answer.text


def test_is_linked_by_the_pages(new_coach, patient, ehr):
    coach = new_coach(patient, smart_style_url=f"{ehr.origin}/style.json")
    assert f'href="{coach.home}style.css"' in coach.see()


def test_is_not_linked_where_the_ehr_has_none(coach):
    assert "style.css" not in coach.see()
    assert coach.get("style.css").text == ""


def test_is_fetched_once_a_launch(new_coach, patient, ehr):
    coach = new_coach(patient, smart_style_url=f"{ehr.origin}/style.json")
    assert coach.get("style.css").text == coach.get("style.css").text
    assert [path for _, path in ehr.log].count("/style.json?") == 1


@pytest.mark.parametrize(
    "url",
    ["https://evil.example/style.json", "http://127.0.0.1:1/style.json", "file:///etc/passwd"],
)
def test_from_another_origin_is_not_even_asked_for(sheet, ehr, url):
    answer = sheet(url)
    assert (answer.status_code, answer.text) == (200, "")
    assert not [path for _, path in ehr.log if "style" in path]


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b"7", b'"text"', b" " * 20_001, b"{}"])
def test_that_makes_no_sense_leaves_our_own_colours(sheet, ehr, body):
    ehr.style = body
    answer = sheet()
    assert (answer.status_code, answer.text) == (200, "")


def test_that_is_not_there_leaves_our_own_colours(sheet, ehr):
    assert sheet(f"{ehr.origin}/nowhere.json").text == ""


def test_cannot_carry_a_rule_of_the_ehrs(sheet, ehr):
    ehr.style = b'{"color_highlight": "red; } body { display: none", "color_text": "#000"}'
    assert "display" not in sheet().text
