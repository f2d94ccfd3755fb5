"""Read and search under system scopes; SMART App Launch 2.2 "Scopes", FHIR R4 "RESTful API"."""

import pytest

from smartapp.fhir import wire


def references(answer):
    """(mode, reference) of every entry but outcomes."""
    entries = [each for each in answer.get_json()["entry"] if each["search"]["mode"] != "outcome"]
    return [
        (each["search"]["mode"], f"{each['resource']['resourceType']}/{each['resource']['id']}")
        for each in entries
    ]


def code(answer):
    """The issue code of a refusal, which is an OperationOutcome."""
    assert answer.content_type.startswith("application/fhir+json")
    assert answer.get_json()["resourceType"] == "OperationOutcome"
    return answer.get_json()["issue"][0]["code"]


@pytest.mark.parametrize(
    "path",
    ["Patient/ada", "Patient/ada/_history/1", "Patient/ada/_history", "Patient", "Patient?_id=ada"],
)
@pytest.mark.parametrize("scope", ["system/*.rs", "system/*.read", "system/Patient.rs"])
def test_what_the_scopes_cover_is_read(system, path, scope):
    answer = system("quality", scope).ask(path)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_search_may_be_posted(quality):
    answer = quality.ask("Patient/_search", "POST", data={"_id": "bo"})
    assert references(answer) == [("match", "Patient/bo")]


def test_what_is_read_is_what_is_kept(quality, world):
    assert quality.ask("Patient/ada").get_data() == world.read("Patient", "ada").body


def test_a_version_the_system_has_is_not_sent_again(quality):
    answer = quality.ask("Patient/ada", headers={"If-None-Match": 'W/"1"'})
    assert (answer.status_code, answer.get_data()) == (304, b"")


def test_head_is_get_without_a_body(quality):
    answer = quality.ask("Patient/ada", "HEAD")
    assert (answer.status_code, answer.get_data()) == (200, b"")


@pytest.mark.parametrize(
    ("scope", "path", "status"),
    [
        ("system/Observation.rs", "Patient/ada", 403),
        ("system/Observation.rs", "Patient", 403),
        ("system/Observation.rs", "Observation", 200),
        ("system/Patient.r", "Patient/ada", 200),
        ("system/Patient.r", "Patient/ada/_history", 200),
        ("system/Patient.r", "Patient", 403),
        ("system/Patient.s", "Patient", 200),
        ("system/Patient.s", "Patient/ada", 403),
        ("system/Patient.s", "Patient/ada/_history/1", 403),
    ],
)
def test_each_letter_is_needed_for_its_interaction(system, scope, path, status):
    assert system("quality", scope).ask(path).status_code == status


def test_a_refusal_does_not_say_whether_it_exists(system):
    scores = system("scores", "system/*.rs")
    known, unknown = scores.ask("Patient/ada"), scores.ask("Patient/nobody")
    assert code(known) == "forbidden"
    assert known.get_json() == unknown.get_json()


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic cXVhbGl0eTp4", "x\u00e9"]
)
def test_without_a_live_token_there_is_nothing(quality, header):
    quality.headers = {} if header is None else {"Authorization": header}
    answer = quality.ask("Patient/ada")
    assert (answer.status_code, code(answer)) == (401, "login")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_under_another_scheme_is_none(quality):
    quality.headers = {"Authorization": quality.headers["Authorization"].replace("Bearer", "Basic")}
    assert quality.ask("Patient").status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("POST", "Patient", "GET"),
        ("PUT", "Patient/ada", "GET"),
        ("PATCH", "Patient/ada", "GET"),
        ("DELETE", "Patient/ada", "GET"),
        ("POST", "", "GET"),
        ("PUT", "Patient?name=x", "GET"),
        ("GET", "Patient/_search", "POST"),
        ("DELETE", "Patient/_search", "POST"),
        ("DELETE", "metadata", "GET"),
        ("PUT", "$export", "GET, POST"),
        ("HEAD", "$export", "GET, POST"),
        ("HEAD", "export/x", "GET, DELETE"),
        ("POST", "export/x", "GET, DELETE"),
        ("DELETE", "export/x/y.ndjson", "GET"),
    ],
)
def test_nothing_is_written(quality, world, method, path, allowed):
    body = b'{"resourceType": "Patient", "id": "ada"}'
    answer = quality.ask(path, method, data=body, content_type="application/fhir+json")
    assert (answer.status_code, answer.headers["Allow"]) == (405, allowed)
    assert method == "HEAD" or code(answer) == "not-supported"
    assert [kept.version for kept in world.history("Patient", "ada")] == [1]


@pytest.mark.parametrize(
    "path",
    ["", "patient", "Patient/a b", "Patient/ada/everything", "../etc/passwd", "Patient/ada/_x"],
)
def test_what_is_not_there_is_404(quality, path):
    answer = quality.ask(path)
    assert (answer.status_code, code(answer)) == (404, "not-found")


@pytest.mark.parametrize(
    ("path", "status"),
    [("Patient/nobody", 404), ("Medication", 404), ("Patient?color=red", 400)],
)
def test_the_stores_own_refusals_are_passed_on(quality, path, status):
    answer = quality.ask(path)
    assert answer.status_code == status
    assert code(answer)


@pytest.mark.parametrize(
    "query", ["_include=Observation:subject", "_include=Observation%3Asubject&_count=1"]
)
def test_an_include_needs_a_scope_of_its_own_type(system, query):
    both = system("quality", "system/Observation.rs system/Patient.rs")
    assert ("include", "Patient/ada") in references(both.ask(f"Observation?{query}"))
    one = system("scores", "system/*.rs")
    assert {mode for mode, _ in references(one.ask(f"Observation?{query}"))} == {"match"}


def test_what_was_left_out_is_said(system):
    answer = system("scores", "system/*.rs").ask("Observation?_include=Observation:subject")
    last = answer.get_json()["entry"][-1]
    assert last["search"] == {"mode": "outcome"}
    assert last["resource"]["issue"][0]["code"] == "suppressed"


def test_including_needs_the_letter_that_reads(system):
    searching = system("quality", "system/Observation.rs system/Patient.s")
    found = searching.ask("Observation?_include=Observation:subject")
    assert {mode for mode, _ in references(found)} == {"match"}


def test_a_revinclude_needs_a_scope_of_its_own_type(system):
    query = {"_revinclude": "Observation:subject"}
    patients = system("quality", "system/Patient.rs")
    for answer in (
        patients.ask("Patient", query_string=query),
        patients.ask("Patient/_search", "POST", data=query),
    ):
        assert references(answer) == [("match", "Patient/ada"), ("match", "Patient/bo")]


def test_the_next_page_is_judged_again(system, quality):
    path = "Observation?_count=1&_include=Observation:subject"
    following = quality.ask(path).get_json()["link"][-1]["url"].partition("/fhir/")[2]
    assert ("include", "Patient/bo") in references(quality.ask(following))
    scores = system("scores", "system/*.rs")
    assert references(scores.ask(following)) == [("match", "Observation/peg-bo")]
    assert system("quality", "system/Patient.rs").ask(following).status_code == 403


@pytest.mark.parametrize("path", ["/fhir", "/fhir/"])
def test_no_bundle_is_taken(quality, path):
    answer = quality.http.post(path, headers=quality.headers, json={"resourceType": "Bundle"})
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")


def test_links_stay_below_the_public_address(quality):
    bundle = quality.ask("Patient?_count=1", headers={"Host": "evil.example"}).get_json()
    urls = [link["url"] for link in bundle["link"]] + [bundle["entry"][0]["fullUrl"]]
    assert all(url.startswith("https://app.example/fhir/Patient") for url in urls)


def test_decimals_keep_their_digits_when_entries_are_left_out(system, world, observation):
    world.update(
        observation("ada", "exact", valueQuantity={"value": wire.decode(b'{"a":0.40}')["a"]})
    )
    answer = system("scores", "system/*.rs").ask("Observation?_include=Observation:subject")
    assert b'"value":0.40' in answer.get_data()


def test_too_large_a_body_is_an_outcome_too(quality, app):
    app.config["MAX_CONTENT_LENGTH"] = 10
    answer = quality.ask("Patient/_search", "POST", data={"_id": "x" * 100})
    assert (answer.status_code, code(answer)) == (413, "invalid")


def test_a_fault_of_our_own_says_nothing_of_it(quality, world, tmp_path):
    world.close()
    (tmp_path / "store.sqlite3").write_bytes(b"Secretname" * 1000)
    for beside in tmp_path.glob("store.sqlite3-*"):
        beside.unlink()
    answer = quality.ask("Patient/ada")
    assert (answer.status_code, code(answer)) == (500, "exception")
    assert b"Secretname" not in answer.get_data()
