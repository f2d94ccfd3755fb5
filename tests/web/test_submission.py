"""Submitting: what was reviewed is saved once, and nothing is called saved that is not."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html import unescape

import pytest
from cryptography.fernet import Fernet

from smartapp import errors
from smartapp.app import create_app
from smartapp.config import Config, Site
from smartapp.web.seams import EXTENSION, Seams


def responses(ehr, patient):
    return ehr.kept("QuestionnaireResponse", patient)


def submitted(ehr, patient):
    return [one for one in responses(ehr, patient) if one["status"] == "completed"]


def once(ehr, patient):
    """Whether answers and score are in the record exactly once."""
    return (len(responses(ehr, patient)), len(ehr.kept("Observation", patient))) == (1, 1)


@pytest.fixture
def review(coach):
    """The review page of a PEG that is answered with 6 throughout."""
    return coach.follow(coach.fill_in(peg=6))


@pytest.fixture
def strict(clinic):
    """PEG as a site might have it: every question is required."""
    forms, peg = clinic.content.forms, clinic.content.instruments["peg"]
    before = forms[f"{peg.url}|{peg.version}"]
    items = tuple(replace(item, required=True) for item in before.items)
    forms[before.canonical] = replace(before, items=items)
    yield
    forms[before.canonical] = before


class TestReview:
    def test_says_what_is_unanswered_and_where(self, coach):
        page = coach.follow(coach.fill_in(peg=6, peg_but={"pain": None}))
        assert "2 of 3 questions answered" in page.text
        assert "/1?check=yes#field-q/pain" in page.text

    def test_says_what_a_score_needs(self, coach, content):
        page = coach.follow(coach.fill_in(peg=6, peg_but={"pain": None}))
        assert content.instruments["peg"].scales[0].missing_rule in unescape(page.text)

    def test_says_that_one_without_any_answer_is_left_out(self, coach, ehr, patient):
        page = coach.follow(coach.fill_in(peg=6, pseq_but={}))
        assert "left out when the assessment is submitted" in page.text
        coach.submit(page)
        (response,) = responses(ehr, patient)
        assert "peg" in response["questionnaire"]


class TestRefused:
    @pytest.mark.usefixtures("strict")
    def test_a_question_that_is_required_is_asked_again(self, coach, ehr, patient):
        page = coach.follow(coach.fill_in(peg=6, peg_but={"pain": None}))
        refused = coach.submit(page, **{"without-score.1": "yes"})
        assert refused.status_code == 422
        assert 'href="#field-q/pain"' in refused.text
        assert not submitted(ehr, patient)

    def test_a_score_that_lacks_an_answer_leads_to_the_question(self, coach, ehr, patient):
        refused = coach.assess(peg=6, peg_but={"pain": None})
        assert refused.status_code == 422
        assert 'href="#field-q/pain"' in refused.text
        assert "The score needs it" in refused.text
        assert not submitted(ehr, patient)

    def test_keeps_every_answer(self, coach):
        refused = coach.assess(peg=6, peg_but={"pain": None})
        values = coach.form(refused).values
        assert values["q/enjoyment"] == values["q/activity"] == "6"

    def test_a_half_answered_one_keeps_the_whole_one_from_being_saved(self, coach, ehr, patient):
        refused = coach.assess(peg=6, pseq_but={"1": "2"})
        assert "Questionnaire <b>2</b> of 2" in refused.text
        assert not submitted(ehr, patient)

    def test_nothing_answered_says_so(self, coach):
        refused = coach.assess(peg_but={})
        assert refused.status_code == 422
        assert "No question is answered yet" in refused.text

    def test_a_score_that_is_reached_without_every_answer_is_announced(self, coach):
        """Before it is submitted, not only after: it is never totalled silently."""
        begun = coach.start("semcd-6")
        page = coach.follow(coach.answer(begun, 4, **{"6": None})).text
        assert "Scored without every answer:" in page
        assert "5 of 6 answered" in page
        assert "Scored without" not in coach.follow(coach.answer(coach.start("semcd-6"), 4)).text

    def test_what_is_to_be_corrected_is_named_by_its_question(self, coach):
        page = coach.follow(coach.answer(coach.start("hrqol-4"), physical="31"))
        told = " ".join(re.sub("<[^>]+>", " ", page.text).split())
        assert "was your physical health not good? This must be 30 or less." in told

    @pytest.mark.parametrize("number", ["11", "-1", "2.5", "six", "1e1"])
    def test_a_forged_answer_is_not_scored(self, coach, ehr, patient, number):
        page = coach.start("peg")
        coach.answer(page, 6, pain=number, go="leave")
        refused = coach.submit(coach.get(f"{place(coach.follow(page))}/review"))
        assert refused.status_code == 422
        assert 'href="#field-q/pain"' in refused.text
        assert not submitted(ehr, patient)

    def test_answers_changed_elsewhere_after_the_review_are_reviewed_first(self, coach, review):
        coach.answer(coach.get(f"{place(review)}/1"), pain="0")
        refused = coach.submit(review)
        assert refused.status_code == 409
        assert errors.DraftChanged.sentence in refused.text
        assert coach.submit(refused).status_code == 303


def place(answered):
    """The address of the draft a page is of, below the launch."""
    return "assessments/" + answered.request.path.split("/assessments/")[1].split("/")[0]


def test_one_refused_question_of_peg_does_not_hold_up_the_rest(coach, ehr, patient):
    """Every score that can be reached is saved, and the PEG without one."""
    page = coach.follow(coach.fill_in(peg=6, pseq=3, peg_but={"pain": None}))
    assert coach.submit(page, **{"without-score.1": "yes"}).status_code == 303
    assert len(submitted(ehr, patient)) == 2
    assert [one["valueQuantity"]["value"] for one in ehr.kept("Observation", patient)] == [30]


def test_the_score_in_the_response_is_the_one_in_its_observation(coach, ehr, patient):
    """FORMS, score layer: one number, whoever reads it, and not one with fifteen digits."""
    coach.assess(peg=6, peg_but={"pain": "7"})
    (total,) = (i for i in responses(ehr, patient)[0]["item"] if i["linkId"] == "score")
    (observation,) = ehr.kept("Observation", patient)
    assert total["answer"][0]["valueDecimal"] == observation["valueQuantity"]["value"]
    assert str(observation["valueQuantity"]["value"]) == "6.3"


def test_without_its_score_only_when_a_person_says_so(coach, ehr, patient):
    """Nothing is guessed for what is missing, and no total is made of the rest."""
    page = coach.follow(coach.fill_in(peg=6, peg_but={"pain": None}))
    answer = coach.submit(page, **{"without-score.1": "yes"})
    assert answer.status_code == 303
    links = [item["linkId"] for item in responses(ehr, patient)[0]["item"]]
    assert links == ["enjoyment", "activity"]
    assert not ehr.kept("Observation", patient)
    assert "No question" not in coach.follow(answer).text


class TestOnce:
    def test_the_same_page_sent_twice(self, coach, ehr, patient, review):
        first, second = (coach.submit(review) for _ in range(2))
        assert first.location == second.location
        assert once(ehr, patient)

    def test_two_windows_at_once(self, clinic, coach, ehr, patient, review):
        windows, form = [coach, clinic.beside(coach)], coach.form(review)
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda window: window.send(form), windows))
        assert 303 in {answer.status_code for answer in answers}
        assert once(ehr, patient)

    def test_two_launches_one_after_the_other(self, coach, new_coach, ehr, patient, review):
        other = new_coach(patient)
        same = other.get(f"{place(review)}/review")
        coach.submit(review)
        assert other.submit(same).status_code == 303
        assert once(ehr, patient)

    def test_its_pages_lead_to_the_record_from_then_on(self, coach, review):
        key = coach.submit(review).location
        for page in ("1", "review", "resume", "discard"):
            assert coach.get(f"{place(review)}/{page}").location == key

    def test_nothing_of_the_draft_is_kept(self, clinic, coach, review):
        coach.submit(review)
        assert "Assessments in progress" not in coach.see()


TROUBLE = {
    "down": (503, errors.EhrUnreachable),
    "fails": (504, errors.EhrUnsure),
    "answer lost": (504, errors.EhrUnsure),
    "token ended": (401, errors.LaunchEnded),
}


class TestTrouble:
    @pytest.fixture(params=TROUBLE)
    def trouble(self, request, coach, ehr, review):
        """The answer to a submission that met this."""
        form = coach.form(review)
        ehr.is_down = request.param == "down"
        ehr.failing = int(request.param == "fails")
        ehr.dropping = int(request.param == "answer lost")
        if request.param == "token ended":
            types = ("QuestionnaireResponse", "Observation", "")
            ehr.refused = {(m, t): 401 for m in ("GET", "POST") for t in types}
        answer = coach.send(form)
        ehr.is_down, ehr.failing, ehr.dropping, ehr.refused = False, 0, 0, {}
        assert (answer.status_code, request.param) == (TROUBLE[request.param][0], request.param)
        assert TROUBLE[request.param][1].sentence in unescape(answer.text)
        return answer

    def test_is_never_called_submitted(self, trouble):
        assert "All answers are kept, and it waits to be saved" in trouble.text
        assert "is in the record." not in trouble.text

    def test_is_saved_once_when_it_is_sent_again(self, coach, ehr, patient, trouble):
        assert coach.submit(trouble).status_code == 303
        assert once(ehr, patient)

    def test_is_saved_once_by_the_outbox_and_is_finished_then(
        self, new_coach, ehr, patient, trouble
    ):
        """The next launch's program page sends what waits, and the draft is done with."""
        later = new_coach(patient)
        assert "Submitted, not yet in the record" not in later.see()
        assert later.get(f"{place(trouble)}/review").status_code == 303
        assert once(ehr, patient)

    def test_takes_no_other_answers_meanwhile(self, coach, trouble):
        assert coach.get(f"{place(trouble)}/1").location.endswith("/review")
        assert "not yet in the record" in coach.see(f"{place(trouble)}/review")


class TestNotAccepted:
    @pytest.fixture
    def rejected(self, coach, ehr, review):
        ehr.failing, ehr.failing_with = 9, 400
        answer = coach.submit(review)
        ehr.behave()
        assert answer.status_code == 422
        return answer

    def test_says_that_it_is_not_sent_by_itself(self, coach, rejected):
        assert "not sent again unless you do that here" in rejected.text
        assert "Submitted, not yet in the record" in coach.see()

    def test_can_be_changed_and_submitted_again(self, coach, ehr, patient, rejected):
        key = place(rejected)
        reopened = coach.follow(coach.send(coach.form(rejected)))
        assert "Review and submit" in reopened.text
        coach.answer(coach.get(f"{key}/1"), pain="0")
        assert coach.submit(coach.get(f"{key}/review")).status_code == 303
        assert once(ehr, patient)

    def test_can_be_discarded(self, coach, rejected):
        coach.send(coach.form(rejected))
        coach.fill(f"{place(rejected)}/discard", reason="entered by hand")
        assert "Assessments in progress" not in coach.see()


class TestAnswersWithoutTheirScores:
    """Answers and scores may be saved by two requests; the EHR fails between the two."""

    PILL = "Score not yet in the record"

    @pytest.fixture(params=["outbox", "no outbox"])
    def coach(self, request, clinic, ehr, coach, staff, content, tmp_path):
        """Dana Coach, also where the outbox cannot be used and nothing is sent by itself."""
        if request.param == "outbox":
            return coach
        site = Site("Clinic", ehr.base, "our-client")
        config = Config("https://app.example", tmp_path, (site,), (Fernet.generate_key(),))
        app = create_app(config, content, clinic.clock)
        (tmp_path / "outbox.sqlite3").write_bytes(b"no database at all" * 1000)
        return replace(clinic, app=app).coach(coach.patient, user=f"Practitioner/{staff['Dana']}")

    @pytest.fixture
    def stopped(self, coach, ehr, review):
        """The page after the submission."""
        ehr.refused = {("POST", "Observation"): 503, ("POST", ""): 503}
        return coach.submit(review)

    def record(self, ehr, patient):
        return [one["status"] for one in responses(ehr, patient)], ehr.kept("Observation", patient)

    def test_is_not_called_saved_and_stays_to_be_sent(self, coach, ehr, patient, stopped):
        assert self.record(ehr, patient) == (["completed"], [])
        assert "is in the record." not in stopped.text
        for _ in range(2):
            assert "Submitted, not yet in the record" in coach.see()

    def test_the_pages_say_that_the_score_is_not_in_the_record(self, coach, stopped):
        page = coach.see()
        assert self.PILL in page
        assert "PEG 6.0" in page
        (there,) = set(re.findall(r"assessments/[0-9a-f-]{36}(?=\")", page))
        assert self.PILL in coach.see(there)

    def test_sent_again_it_is_whole_and_nothing_is_said_any_more(
        self, coach, ehr, patient, stopped
    ):
        ehr.refused = {}
        form = coach.form(stopped)
        sent = coach.post(form.action.replace("/reopen", "/submit"), **form.values)
        assert sent.status_code == 303
        assert once(ehr, patient)
        page = coach.see()
        assert self.PILL not in page
        assert "Submitted, not yet in the record" not in page

    def test_where_the_scores_cannot_be_read_nothing_is_said_of_them(self, coach, ehr, stopped):
        ehr.refused[("GET", "Observation")] = 403
        assert self.PILL not in coach.see()


def test_what_waits_to_be_saved_cannot_be_changed(coach, ehr, patient, review):
    ehr.is_down = True
    trouble = coach.submit(review)
    form = coach.form(trouble)
    coach.post(form.action.replace("/submit", "/reopen"), **form.values)
    ehr.is_down = False
    assert "not yet in the record" in coach.see(f"{place(review)}/review")


def test_an_interrupted_submission_can_be_sent_again(clinic, coach, ehr, patient, review):
    """Killed after the answers were fixed, before anything was kept to be sent."""
    seams = clinic.app.extensions[EXTENSION]
    clinic.app.extensions[EXTENSION] = replace(seams, submit=interrupted)
    assert coach.submit(review).status_code == 500
    clinic.app.extensions[EXTENSION] = seams
    assert "Submitted, not yet in the record" in coach.see()
    assert coach.submit(review).status_code == 303
    assert once(ehr, patient)


def interrupted(*_):
    raise RuntimeError


def test_answers_are_told_to_whoever_watches_them(clinic, coach, request):
    """The seam of the safety workflow: with every answer, and again before it is submitted."""
    heard = []
    clinic.app.extensions[EXTENSION] = Seams(alerts=lambda *told: heard.append(told))
    request.addfinalizer(lambda: clinic.app.extensions.update({EXTENSION: Seams()}))
    coach.assess(peg=6)
    (first, canonical, items), *_, last = heard
    assert "peg" in canonical
    assert [item["answer"][0]["valueInteger"] for item in items[:3]] == [6, 6, 6]
    assert (last[0].key, list(last[2])) == (first.key, items)
