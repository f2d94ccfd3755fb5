"""What a browser keeps for when it is offline is about nobody."""

import re

APP = "https://app.example"


def test_the_worker_may_answer_for_the_pages_of_launches_only(clinic):
    answer = clinic.browser().get("/launches/worker.js", base_url=APP)
    assert answer.mimetype == "text/javascript"
    # A worker's scope is its own folder unless a header widens it.
    assert "Service-Worker-Allowed" not in answer.headers


def test_the_policy_allows_a_worker_of_ours_and_no_other(clinic):
    answer = clinic.browser().get("/launches/offline", base_url=APP)
    assert "worker-src 'self';" in answer.headers["Content-Security-Policy"]


def test_everything_it_keeps_is_there_and_the_same_for_everybody(clinic, coach):
    coach.follow(coach.start("peg"))
    strangers = clinic.browser()
    worker = strangers.get("/launches/worker.js", base_url=APP).text
    kept = re.search(r"var KEPT = (\[.*?\]);", worker)[1].replace("\\u0026", "&")
    for path in re.findall(r'"(/[^"]+)"', kept):
        with_launch, without = (http.get(path, base_url=APP) for http in (coach.http, strangers))
        assert without.status_code == 200
        assert with_launch.data == without.data


def test_no_worker_takes_over_from_another_while_a_form_is_on_its_way(clinic, coach):
    """Chromium then waits for the answer to the form for ever; so it is one, in every language."""
    page = coach.follow(coach.start("peg"))
    place = "assessments/" + page.request.path.split("/")[4]
    coach.fill(f"{place}/hand-over", pin="2580", pin_again="2580", language="es")
    handed = coach.see(f"{place}/1")
    workers = {re.search(r'data-worker="([^"]+)"', text)[1] for text in (page.text, handed)}
    assert workers == {"/launches/worker.js"}
    assert 'data-blank="/launches/offline?language=es"' in handed
    assert "skipWaiting" not in clinic.browser().get("/launches/worker.js", base_url=APP).text


def test_the_blank_page_says_that_nothing_was_submitted(clinic):
    page = clinic.browser().get("/launches/offline", base_url=APP).text
    assert "Nothing has been submitted meanwhile" in page
    assert "<form" not in page


def test_the_key_of_a_draft_is_in_its_own_pages_only(coach):
    page = coach.follow(coach.start("peg")).text
    secret = re.search(r'data-secret="([^"]+)"', page)[1]
    assert secret not in coach.get().text + coach.get("assessments/new").text
