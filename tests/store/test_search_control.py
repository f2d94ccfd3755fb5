"""How an answer is ordered, cut, counted and paged."""

from datetime import timedelta

import pytest

BASE = "https://ehr.example/fhir/"


@pytest.fixture
def four(score):
    """Four scores in the order of their making, the last without a date."""
    days = ("2026-11-02", "2026-10-01", "2026-12-24")
    dated = [score(effectiveDateTime=day, loinc=f"c{day[5:7]}") for day in days]
    return [*dated, score(effectiveDateTime=None)]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", (0, 1, 2, 3)),
        ("_sort=date", (1, 0, 2, 3)),
        ("_sort=-date", (2, 0, 1, 3)),
        ("_sort=-_lastUpdated", (3, 2, 1, 0)),
        ("_sort=status,-date", (2, 0, 1, 3)),
        ("_sort=code", (3, 1, 0, 2)),
    ],
)
def test_sorting_puts_what_has_no_value_last(find, four, sort, order):
    assert find("Observation", sort) == [four[place] for place in order]


def test_sorting_by_id(find, four):
    assert find("Observation", "_sort=_id") == sorted(four)


def _pages(ask, url):
    """Every page's ids, following next links."""
    pages = []
    while url:
        _, bundle = ask("GET", url.removeprefix(BASE))
        pages.append([entry["resource"]["id"] for entry in bundle.get("entry", [])])
        links = {link["relation"]: link["url"] for link in bundle["link"]}
        url = links.get("next")
    return pages


def test_pages_follow_below_the_base_until_none_is_left(ask, four):
    assert _pages(ask, "Observation?_count=3") == [four[:3], four[3:]]
    _, bundle = ask("GET", "Observation?_count=3")
    assert bundle["total"] == 4
    assert bundle["link"][1]["url"].startswith(BASE + "Observation?_count=3&_page=")


def test_pages_stay_what_they_were_while_others_write(ask, store, score, four):
    _, bundle = ask("GET", "Observation?_count=2&_sort=-date")
    score(effectiveDateTime="2027-01-01")
    store.delete("Observation", four[3])
    assert _pages(ask, bundle["link"][1]["url"]) == [[four[1]]]


def test_a_page_works_only_with_its_search(ask, four):
    _, bundle = ask("GET", "Observation?_count=2&status=final")
    url = bundle["link"][1]["url"].removeprefix(BASE)
    assert ask("GET", url)[0].status == 200
    assert ask("GET", url.replace("status=final", "status=amended"))[0].status == 400
    assert ask("GET", url[:-4] + "xxxx")[0].status == 410


def test_a_page_is_forgotten_after_an_hour(ask, clock, four):
    _, bundle = ask("GET", "Observation?_count=2")
    clock.time += timedelta(hours=2)
    ask("GET", "Observation?_count=1")
    assert ask("GET", bundle["link"][1]["url"].removeprefix(BASE))[0].status == 410


@pytest.mark.parametrize("query", ["_summary=count", "_count=0"])
def test_a_count_has_no_entries(ask, four, query):
    _, bundle = ask("GET", f"Observation?{query}")
    assert (bundle["total"], bundle.get("entry")) == (4, None)


def test_a_total_can_be_declined(ask, four):
    assert "total" not in ask("GET", "Observation?_total=none")[1]
    assert ask("GET", "Observation?_total=accurate&_summary=false")[1]["total"] == 4


def test_elements_are_marked_as_not_the_whole(ask, four):
    _, bundle = ask("GET", f"Observation?_id={four[0]}&_elements=status")
    resource = bundle["entry"][0]["resource"]
    assert resource.keys() == {"resourceType", "id", "meta", "status"}
    assert resource["meta"]["tag"][0]["code"] == "SUBSETTED"


def test_several_ids_are_alternatives(find, four):
    assert find("Observation", f"_id={four[0]},{four[2]},x") == [four[0], four[2]]


def test_a_search_can_be_posted(ask, four):
    form = "application/x-www-form-urlencoded"
    body = f"_id={four[1]}".encode()
    _, bundle = ask("POST", "Observation/_search?status=final", body, Content_Type=form)
    assert [entry["resource"]["id"] for entry in bundle["entry"]] == [four[1]]
    assert ask("POST", "Observation/_search", body)[0].status == 415
    assert ask("POST", "Observation/_search", b"\xff", Content_Type=form)[0].status == 400
