"""Searches are read to their last page, and never off the server."""

import pytest

from smartapp.errors import EhrNonsense
from smartapp.fhir import paging

BASE = "https://ehr.example/fhir"


def page(*ids: str, next_link: object = None, outcome: dict | None = None) -> dict:
    entries = [{"resource": {"resourceType": "Goal", "id": i}} for i in ids]
    if outcome:
        entries.append({"resource": {"resourceType": "OperationOutcome", "issue": [outcome]}})
    link = [{"relation": "self", "url": "x"}, "odd", {"relation": "next", "url": next_link}]
    return {"resourceType": "Bundle", "entry": entries, "link": link}


def ids(first: dict, **pages: dict) -> list[str]:
    found = paging.resources(BASE, first, lambda url: pages[url.rpartition("=")[2]])
    return [row["id"] for row in found]


def test_all_pages_are_read_and_each_id_once() -> None:
    two = page("b", "c", next_link="?page=three")
    assert ids(page("a", "b", next_link=f"{BASE}/Goal?page=two"), two=two, three=page("d")) == [
        "a",
        "b",
        "c",
        "d",
    ]


@pytest.mark.parametrize("link", ["https://evil.example/fhir?page=two", "/elsewhere?page=two"])
def test_a_foreign_next_link_is_never_followed(link: str) -> None:
    with pytest.raises(EhrNonsense):
        ids(page("a", next_link=link), two=page("b"))


def test_a_page_that_leads_to_itself_is_nonsense() -> None:
    with pytest.raises(EhrNonsense):
        ids(page("a", next_link="?page=a"), a=page("a", next_link="?page=a"))


def test_the_number_of_pages_is_bounded() -> None:
    count = iter(range(1000))
    with pytest.raises(EhrNonsense):
        paging.resources(
            BASE, page(next_link="?p=0"), lambda _: page(next_link=f"?p={next(count) + 1}")
        )
    assert next(count) == paging.MOST_PAGES


@pytest.mark.parametrize("strange", [{"resourceType": "Goal"}, {"resourceType": "Parameters"}])
def test_what_is_no_bundle_is_nonsense(strange: dict) -> None:
    with pytest.raises(EhrNonsense):
        ids(strange)


def test_entries_without_a_resource_are_passed_over() -> None:
    assert (
        ids({"resourceType": "Bundle", "entry": [{}, "odd", {"resource": 1}], "link": [{}]}) == []
    )
    assert ids({"resourceType": "Bundle"}) == []


def test_an_outcome_that_is_an_error_refuses_the_search() -> None:
    with pytest.raises(EhrNonsense):
        ids(page("a", outcome={"severity": "error", "code": "processing"}))


def test_an_ignored_filter_is_refused_only_where_we_cannot_filter_again() -> None:
    ignored = page("a", outcome={"severity": "warning", "code": "not-supported"})
    assert ids(ignored) == ["a"]
    with pytest.raises(EhrNonsense):
        paging.resources(BASE, ignored, lambda _: {}, strict=True)


def test_a_mere_warning_is_no_refusal() -> None:
    warned = page("a", outcome={"severity": "warning", "code": "informational"})
    assert len(paging.resources(BASE, warned, lambda _: {}, strict=True)) == 1


class Cut:
    """A server that tells a total, gives ``most`` at once at most, and no way to the rest."""

    def __init__(self, total: int, there: int, most: int = 1000) -> None:
        self.total, self.there, self.most = total, there, most
        self.asked: list[str] = []

    def __call__(self, url: str, params: list[tuple[str, str]]) -> dict:
        assert url == f"{BASE}/Goal"
        (count,) = [value for name, value in params if name == "_count"]
        self.asked.append(count)
        given = range(min(int(count), self.there, self.most))
        return page(*map(str, given)) | {"total": self.total}

    def found(self) -> int:
        asked = [("patient", "1"), ("_count", "100")]
        return len(paging.found(BASE, "Goal", asked, self))


def test_a_search_cut_off_without_a_next_link_is_asked_for_whole() -> None:
    server = Cut(total=260, there=260)
    assert (server.found(), server.asked) == (260, ["100", "260"])


def test_a_total_that_is_too_high_takes_nothing_away() -> None:
    server = Cut(total=12, there=9)
    assert (server.found(), server.asked) == (9, ["100", "12"])


@pytest.mark.parametrize("total", [3, 0, None, "many", 10_001])
def test_a_total_that_says_nothing_is_passed_over(total: object) -> None:
    server = Cut(total=total, there=3)  # type: ignore[arg-type]  # servers say what they like
    assert (server.found(), server.asked) == (3, ["100"])
