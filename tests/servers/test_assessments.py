"""What came with assessments, at servers that are not ours: each works through all of it once."""

import re
from types import SimpleNamespace

import pytest

from smartapp.fhir import aside, names
from smartapp.sandbox import running

pytestmark = pytest.mark.server

ASKED = ("gad-7", "hrqol-4", "peg", "pgic", "phq-4", "phq-9", "pseq", "pseq-2", "semcd-6")


@pytest.fixture(scope="module")
def done(server, tmp_path_factory, launch_at, every_assessment):
    """A patient with every assessment, the coach, and what was there when the first was left."""
    told = {"scopes": server.scopes, "writes": dict.fromkeys(server.unlisted, "ehr")}
    folder = tmp_path_factory.mktemp("assessments")
    with running.start(folder, upstream=server.base, **told) as clinic:
        coach = launch_at(clinic)
        coach.enroll()
        patient = clinic.ehr.hospital.reference("Patient/p01").removeprefix("Patient/")

        def record(kind):
            return server.of(kind, patient)

        left = every_assessment(coach, lambda: record("QuestionnaireResponse"))
        again = words(launch_at(clinic).see())
        yield SimpleNamespace(server=server, coach=coach, record=record, left=left, page=again)


def words(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def slug(response):
    return response["questionnaire"].split("|")[0].split("/")[-1]


def answered(done, slug_, **having):
    """The responses to one questionnaire with these elements."""
    rows = [row for row in done.record("QuestionnaireResponse") if slug(row) == slug_]
    return [row for row in rows if having.items() <= row.items()]


def test_unfinished_answers_are_there_where_it_offers_to_change_them(done):
    """One leaves responses out of what it lists: there the draft on our server is all there is."""
    unfinished = [slug(row) for row in done.left if row["status"] == "in-progress"]
    assert unfinished == done.server.expected(medplum=["peg"], hapi=["peg"], sekmet=[])


def test_every_instrument_is_there_once_and_finished(done):
    rows = [row for row in done.record("QuestionnaireResponse") if slug(row) in ASKED]
    assert sorted(map(slug, rows)) == sorted((*ASKED, "peg", "peg"))
    assert {row["status"] for row in rows} == {"completed", "amended"}


def test_every_score_is_there_once_and_derived_from_its_response(done):
    rows = done.record("Observation")
    named = [one["value"] for row in rows for one in row["identifier"]]
    assert len(set(named)) == len(rows) >= len(ASKED)
    responses = {f"QuestionnaireResponse/{r['id']}" for r in done.record("QuestionnaireResponse")}
    assert {row["derivedFrom"][0]["reference"] for row in rows} <= responses


def test_a_correction_amends_the_response_and_its_score(done):
    (response,) = answered(done, "peg", status="amended")
    derived = f"QuestionnaireResponse/{response['id']}"
    scores = done.record("Observation")
    (score,) = [s for s in scores if s["derivedFrom"][0]["reference"] == derived]
    assert (score["status"], score["valueQuantity"]["value"]) == ("corrected", 0)
    versions = done.coach.see(f"responses/{response['id']}/versions")
    assert "The patient had misread it." in versions


def test_what_was_answered_twice_stays_with_the_response_that_was_corrected(done):
    (response,) = answered(done, "peg", status="amended")
    others = aside.read(response)
    assert {one.link_id for one in others} == {"pain", "enjoyment", "activity"}
    assert {(one.by, one.values[0]["valueInteger"]) for one in others} == {(aside.By.STAFF, 6)}


def test_what_came_from_paper_has_the_day_on_the_form(done, last_week):
    (response,) = answered(done, "peg", authored=last_week)
    assert names.COMPLETION_MODE in [one["url"] for one in response["extension"]]
    assert "from paper" in done.page


def test_a_patient_alone_is_source_and_author(done):
    alone = [row for row in answered(done, "peg") if row["author"] == row["source"]]
    assert [row["author"]["reference"].split("/")[0] for row in alone] == ["Patient"]


def test_an_alert_is_a_flag_a_task_and_a_communication(done):
    found = {kind: done.record(kind) for kind in ("Flag", "Task", "Communication")}
    status = {kind: [row["status"] for row in rows] for kind, rows in found.items()}
    assert status == {"Flag": ["inactive"], "Task": ["completed"], "Communication": ["completed"]}
    assert found["Task"][0]["focus"]["reference"] == f"Flag/{found['Flag'][0]['id']}"
    assert "Safe at home." in found["Communication"][0]["payload"][0]["contentString"]


def test_the_next_launch_reads_all_of_it(done):
    assert done.page.count("Done on") == 3
    assert "Baseline, corrected" in done.page
    assert "Responded to" in done.page
    assert "Not shown below" not in done.page
