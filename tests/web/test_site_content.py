"""A site's licensed questionnaire, dropped into its folder: asked, scored, kept, shown; no code."""

import json
from dataclasses import replace

import pytest
from cryptography.fernet import Fernet

from smartapp.app import create_app
from smartapp.config import Config, Site
from smartapp.content import load
from smartapp.errors import ContentError

URL = "https://clinic.example/Questionnaire/{}"
LIMIT = "http://hl7.org/fhir/StructureDefinition/{}Value"
OURS = "https://w3id.org/guided-self-help/fhir/CodeSystem/licensed-score"


def _question(number, most=4, least=0):
    ends = [{"url": LIMIT.format(n), "valueInteger": e} for n, e in (("min", least), ("max", most))]
    return {"linkId": f"q{number}", "text": f"Item {number}", "type": "integer", "extension": ends}


def _written(folder, name, items):
    head = {"resourceType": "Questionnaire", "url": URL.format(name), "version": "3"}
    more = {"title": f"The clinic's {name}", "status": "active", "copyright": "By licence."}
    (folder / f"{name}.json").write_text(json.dumps({**head, **more, "item": items}))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("content")
    _written(made, "pcs", [_question(n) for n in range(1, 14)])
    _written(made, "dass-21", [_question(n, 3) for n in range(1, 22)])
    _written(made, "bpi-sf", [_question(n, 10) for n in range(1, 12)])
    _written(made, "promis-pi-4a", [_question(n, 5, 1) for n in range(1, 5)])
    _written(made, "diary", [{"linkId": "note", "text": "Item", "type": "string"}])
    code = [{"system": "http://loinc.org", "code": "44260-8"}]
    asked = {"linkId": "own-9", "text": "How often?", "type": "integer", "code": code}
    _written(made, "mood", [asked])
    (made / "assessments.toml").write_text('baseline = ["peg", "pcs", "diary"]\n')
    return made


@pytest.fixture
def started(clinic, folder, tmp_path):
    """The app of a site whose configuration names the folder."""
    config = Config(
        public_url="https://app.example",
        data_dir=tmp_path,
        sites=(Site("Clinic", clinic.ehr.base, "our-client"),),
        encryption_keys=(Fernet.generate_key(),),
        content=folder,
    )
    app = create_app(config, now=clinic.clock)
    return replace(clinic, app=app, content=load(site=folder))


@pytest.fixture
def coach(started, staff, patient):
    return started.coach(patient, user=f"Practitioner/{staff['Dana']}")


@pytest.fixture
def assessed(coach):
    """The PCS answered with 2 everywhere, the diary with a word."""
    second = coach.answer(coach.start("pcs", "diary"), 2)
    return coach.follow(coach.submit(coach.answer(second, note="Rain")))


def test_the_new_assessment_offers_it(coach):
    page = coach.see("assessments/new")
    assert "The clinic's pcs" in page
    assert "The clinic's diary" in page


def test_its_score_is_in_the_record(assessed, ehr, patient):
    """13 times 2 is 26; rumination 4 times 2, magnification 3 times 2, helplessness 6 times 2."""
    found = {
        coding["code"]: one["valueQuantity"]["value"]
        for one in ehr.kept("Observation", patient)
        for coding in one["code"]["coding"]
        if coding["system"] == OURS
    }
    parts = {"pcs-rumination": 8, "pcs-magnification": 6, "pcs-helplessness": 12}
    assert found == {"pcs-total": 26, **parts}


def test_the_answers_are_kept_with_the_version_of_the_site(assessed, ehr, patient):
    kept = ehr.kept("QuestionnaireResponse", patient)
    assert {one["questionnaire"] for one in kept} == {URL.format("pcs|3"), URL.format("diary|3")}


def test_the_band_and_the_trend_are_shown(assessed, coach):
    assert "PCS total" in assessed.text
    assert "Moderate" in assessed.text
    assert "PCS total" in coach.see()


def test_scales_none_of_which_says_it_all_are_all_told(coach):
    """7 times 1, doubled: who reads one number would take it for the whole."""
    coach.submit(coach.answer(coach.start("dass-21"), 1))
    page = " ".join(coach.see().split())
    assert "depression 14, anxiety 14, stress 14" in page.replace("\N{NO-BREAK SPACE}", " ")
    for title in ("depression", "anxiety", "stress"):
        assert f"<h4>DASS-21 {title}</h4>" in page


def test_a_scale_that_is_a_part_of_another_waits_for_who_asks(started):
    """PCS: the total. BPI: severity and interference; the average pain is one of the severity."""
    main = {slug: [s.title for s in one.main] for slug, one in started.content.instruments.items()}
    assert main["pcs"] == ["PCS total"]
    assert main["bpi-sf"] == ["BPI pain severity", "BPI pain interference"]
    (interference,) = main["promis-pi-4a"]
    assert interference.endswith("T-score")
    assert main["phq-4"] == ["PHQ-4 total"]
    assert main["hrqol-4"] == ["Unhealthy days"]


def test_what_the_site_asks_at_the_start_is_proposed(coach):
    asked = {name for name in coach.open("assessments/new").values if name.startswith("ask.")}
    assert asked == {"ask.peg", "ask.pcs", "ask.diary"}


def test_an_unsound_file_stops_the_start(started, folder, tmp_path):
    (tmp_path / "content").mkdir()
    _written(tmp_path / "content", "pcs", [_question(n) for n in range(1, 13)])
    config = Config("https://app.example", tmp_path, (), (Fernet.generate_key(),))
    with pytest.raises(ContentError) as caught:
        create_app(replace(config, content=tmp_path / "content"))
    assert str(caught.value).startswith("pcs.json: Questionnaire.item: has 12 questions that fit")


class TestSchedule:
    """A form without a score counts as made like any other."""

    @pytest.fixture
    def enrolled(self, coach):
        coach.enroll()
        return coach

    @pytest.fixture
    def noted(self, enrolled):
        """A baseline of the diary alone."""
        enrolled.submit(enrolled.answer(enrolled.start("diary"), note="Rain"))
        return enrolled

    def test_names_what_was_left_out_and_nothing_else(self, noted):
        page = noted.see()
        assert "without PEG, PCS" in page
        assert "without PEG, PCS, DIARY" not in page

    def test_in_another_enrollment_it_counts_no_more(self, noted, ehr, patient):
        plan = ehr.kept("CarePlan", patient)[0]["id"]
        noted.fill(f"enrollment/{plan}/withdraw", reason="own-choice")
        noted.enroll()
        assert "without PEG" not in noted.see()


def test_its_self_harm_question_is_known_by_its_code(coach):
    """Under whatever link id the site has it."""
    assert "/alerts/" in coach.answer(coach.start("mood"), **{"own-9": "1"}).location


@pytest.mark.parametrize("typed", ["often", "1 or 2"])
def test_what_cannot_be_read_there_alerts_as_well(coach, typed):
    """FACTS 3.1: an unreadable answer is never taken for "not at all"."""
    assert "/alerts/" in coach.answer(coach.start("mood"), **{"own-9": typed}).location


def test_no_answer_there_is_no_alert(coach):
    assert "/alerts/" not in coach.answer(coach.start("mood"), **{"own-9": " "}).location


def test_what_the_record_has_of_it_is_told_by_the_same_code(coach, ehr, patient):
    item = {"linkId": "own-9", "answer": [{"valueInteger": 2}]}
    more = {"status": "completed", "authored": "2026-11-20T10:00:00Z", "item": [item]}
    subject = {"reference": f"Patient/{patient}"}
    ehr.create("QuestionnaireResponse", questionnaire=URL.format("mood"), subject=subject, **more)
    assert "No response recorded" in coach.see()
