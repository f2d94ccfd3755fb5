"""History: every version, newest first, deletions too, in pages."""

import pytest


@pytest.fixture
def aged(store, ada):
    """Ada in three versions, the fourth a deletion."""
    for gender in ("other", "unknown"):
        store.update(store.read("Patient", ada).resource | {"gender": gender})
    store.delete("Patient", ada)
    return ada


def test_every_version_is_there_newest_first(ask, aged):
    _, bundle = ask("GET", f"Patient/{aged}/_history")
    assert bundle["total"] == 4
    methods = [entry["request"]["method"] for entry in bundle["entry"]]
    assert methods == ["DELETE", "PUT", "PUT", "POST"]
    assert "resource" not in bundle["entry"][0]
    assert [entry["resource"]["gender"] for entry in bundle["entry"][1:]] == [
        "unknown",
        "other",
        "female",
    ]


def test_each_entry_says_what_was_asked_and_answered(ask, aged):
    _, bundle = ask("GET", f"Patient/{aged}/_history")
    responses = [entry["response"]["status"] for entry in bundle["entry"]]
    assert responses == ["204 No Content", "200 OK", "200 OK", "201 Created"]
    assert bundle["entry"][3]["request"]["url"] == "Patient"
    assert bundle["entry"][1]["fullUrl"] == f"https://ehr.example/fhir/Patient/{aged}"
    assert bundle["entry"][1]["response"]["etag"] == 'W/"3"'


def test_pages_follow_each_other_without_gap_or_repeat(ask, store, aged):
    url, seen = f"Patient/{aged}/_history?_count=3", []
    while url:
        _, bundle = ask("GET", url.removeprefix("https://ehr.example/fhir/"))
        seen += [entry["response"]["etag"] for entry in bundle["entry"]]
        links = {link["relation"]: link["url"] for link in bundle["link"]}
        url = links.get("next")
    assert seen == ['W/"4"', 'W/"3"', 'W/"2"', 'W/"1"']


@pytest.mark.parametrize("query", ["name=x", "_page=zzz", "_page=YSBi", "_count=-1"])
def test_what_a_history_does_not_take_is_400(ask, aged, query):
    assert ask("GET", f"Patient/{aged}/_history?{query}")[0].status == 400
