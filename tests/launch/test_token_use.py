"""Use of the token: below the FHIR base, and nowhere else (Inferno "Verify SMART Token Use")."""

import pytest
import requests

from smartapp.errors import EhrUnreachable, LaunchEnded
from smartapp.launch.bearer import is_below

BASE = "https://ehr.example/fhir"


@pytest.fixture
def session(opened, launches):
    return launches.session(opened)


def test_the_token_issued_is_used(session, wire):
    wire.get(f"{BASE}/Patient/patient-1", json={})
    session.get(f"{BASE}/Patient/patient-1")
    assert wire.calls[-1].request.headers["Authorization"] == "Bearer access-1"


BELOW = [
    f"{BASE}", f"{BASE}/", f"{BASE}/Goal?x=/../", f"{BASE}?_getpages=1",
    "https://ehr.example:443/fhir/Goal", "https://EHR.example/fhir/Goal",
]  # fmt: skip
NOT_BELOW = [
    "https://ehr.example", "https://ehr.example/", "https://ehr.example/fhirs/Goal",
    "https://ehr.example/FHIR/Goal", "http://ehr.example/fhir/Goal", "https://evil.example/fhir",
    "https://ehr.example:8443/fhir", "https://ehr.example.evil/fhir", "https://sub.ehr.example/fhir",
    f"{BASE}/../admin", f"{BASE}/%2e%2e/admin", f"{BASE}/%252e%252e/admin", f"{BASE}/..\\admin",
    f"{BASE}/x/..;/../y", f"{BASE}/..%2fadmin", "https://u:p@ehr.example/fhir", "https://ehr.example:x/",
    "https://evil@ehr.example/fhir/Goal", "", "/fhir/Goal",
]  # fmt: skip


def test_as_it_is_goes_below_the_base_only_and_a_401_renews_nothing(session, wire, ehr):
    """For what is worth no renewal: where that is refused, the launch would be over."""
    for url in (f"{BASE}/Goal", "https://evil.example/"):
        wire.get(url, status=401)
        assert session.get(url, auth=session.auth.as_it_is).status_code == 401
    told = [call.request.headers.get("Authorization") for call in wire.calls[-2:]]
    assert told == ["Bearer access-1", None]
    assert len(ehr.token_requests) == 1


@pytest.mark.parametrize("url", BELOW)
@pytest.mark.parametrize("base", [BASE, f"{BASE}/"])
def test_below_the_base(base, url):
    assert is_below(base, url)


@pytest.mark.parametrize("url", NOT_BELOW)
@pytest.mark.parametrize("base", [BASE, f"{BASE}/"])
def test_not_below_the_base(base, url):
    assert not is_below(base, url)


def test_a_foreign_url_gets_no_token(session, wire):
    """Authlib's own session would attach it."""
    wire.get("https://evil.example/fhir/Patient", json={})
    session.get("https://evil.example/fhir/Patient")
    assert "Authorization" not in wire.calls[-1].request.headers


def test_a_401_from_a_foreign_url_renews_nothing(session, wire, ehr):
    wire.get("https://evil.example/", status=401)
    assert session.get("https://evil.example/").status_code == 401
    assert len(ehr.token_requests) == 1


@pytest.mark.parametrize(
    ("target", "carried"),
    [("https://ehr.example/admin", False), ("https://evil.example/", False), (f"{BASE}/b", True)],
)
def test_a_redirect_keeps_the_token_below_the_base_only(session, wire, target, carried):
    wire.get(f"{BASE}/a", status=302, headers={"Location": target})
    wire.get(target, json={})
    session.get(f"{BASE}/a")
    assert ("Authorization" in wire.calls[-1].request.headers) is carried


def test_a_401_after_a_redirect_elsewhere_renews_nothing(session, wire, ehr):
    wire.get(f"{BASE}/a", status=302, headers={"Location": "https://evil.example/"})
    wire.get("https://evil.example/", status=401)
    assert session.get(f"{BASE}/a").status_code == 401
    assert len(ehr.token_requests) == 1


def test_a_netrc_does_not_replace_the_token(session, wire, monkeypatch, tmp_path):
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine ehr.example login x password y")
    monkeypatch.setenv("NETRC", str(netrc))
    wire.get(f"{BASE}/Patient", json={})
    session.get(f"{BASE}/Patient")
    assert wire.calls[-1].request.headers["Authorization"].startswith("Bearer ")


class TestUnauthorized:
    """A 401 was not processed, so trying again with a new token is harmless, also for a write."""

    @pytest.fixture
    def stale(self, wire):
        """A server that knows only the second token."""

        def answer(request):
            fresh = request.headers["Authorization"] == "Bearer access-2"
            return (200, {}, request.body or b"fine") if fresh else (401, {}, b"")

        for method in ("GET", "POST", "PUT"):
            wire.add_callback(method, f"{BASE}/Goal", answer)

    @pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
    @pytest.mark.parametrize("body", [b'{"a": 0.40}', None, "text"])
    def test_renews_once_and_tries_once_more(self, session, stale, ehr, method, body):
        answer = session.request(method, f"{BASE}/Goal", data=body)
        assert answer.status_code == 200
        assert answer.text == (body.decode() if isinstance(body, bytes) else body or "fine")
        assert len(ehr.token_requests) == 2

    def test_keeps_the_new_token_for_later_requests(self, session, stale, ehr, wire):
        session.get(f"{BASE}/Goal")
        assert session.get(f"{BASE}/Goal").history == []
        assert len(ehr.token_requests) == 2

    def test_of_a_request_sent_before_another_renewed_spends_nothing(self, session, wire, ehr):
        """The token was changed between sending and the 401: the new one is just used."""

        def answer(request):
            if request.headers["Authorization"] == "Bearer access-2":
                return 200, {}, b""
            session.auth.launch = session.auth.refresher.renewed(session.auth.launch)
            return 401, {}, b""

        wire.add_callback("GET", f"{BASE}/Goal", answer)
        assert session.get(f"{BASE}/Goal").status_code == 200
        assert len(ehr.token_requests) == 2

    def test_with_a_new_token_as_well_is_the_answer(self, session, wire, ehr):
        wire.get(f"{BASE}/Goal", status=401)
        assert session.get(f"{BASE}/Goal").status_code == 401
        assert len(ehr.token_requests) == 2

    def test_is_answered_by_one_renewal_for_the_whole_page(self, session, wire, ehr):
        """Some servers say 401 for a type the user may not see, whatever the token."""
        wire.get(f"{BASE}/Goal", status=401)
        wire.get(f"{BASE}/CarePlan", status=401)
        answers = [session.get(f"{BASE}/{kind}").status_code for kind in ("Goal", "CarePlan")]
        assert answers == [401, 401]
        assert len(ehr.token_requests) == 2

    def test_a_failed_renewal_is_not_tried_again_by_the_page(self, session, wire, ehr):
        """Eight reads of a page do not wait for the same timeout eight times."""
        wire.get(f"{BASE}/Goal", status=401)
        wire.replace("POST", "https://auth.example/token", body=requests.ConnectTimeout())
        for _ in range(3):
            with pytest.raises(EhrUnreachable):
                session.get(f"{BASE}/Goal")
        wire.assert_call_count("https://auth.example/token", 2)

    def test_without_refresh_token_ends_the_launch(self, browser, ehr, launches, wire):
        ehr.answer["refresh_token"] = None
        wire.get(f"{BASE}/Goal", status=401)
        launch = launches.store.read(browser.launch().split("/")[2])
        with pytest.raises(LaunchEnded):
            launches.session(launch).get(f"{BASE}/Goal")

    def test_of_a_streamed_body_is_the_answer(self, session, wire, ehr):
        wire.post(f"{BASE}/Binary", status=401)
        answer = session.post(f"{BASE}/Binary", data=iter([b"x"]))
        assert answer.status_code == 401
        assert len(ehr.token_requests) == 1

    @pytest.mark.parametrize("status", [200, 403, 404, 500])
    def test_no_other_status_renews(self, session, wire, ehr, status):
        wire.get(f"{BASE}/Goal", status=status)
        assert session.get(f"{BASE}/Goal").status_code == status
        assert len(ehr.token_requests) == 1
