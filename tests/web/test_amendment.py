"""Correcting what was submitted: once, with a reason, over the version shown, nothing lost."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from smartapp.fhir import amendment, names
from smartapp.fhir.provenance import provenance
from smartapp.web.amendment import _compared
from smartapp.web.answered import rows

MORNING = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
WHY = "The patient had misread the question"


@pytest.fixture
def answered(coach, ehr, patient):
    """The id of a PEG that was answered with 6 throughout and submitted."""
    assert coach.assess(peg=6).status_code == 303
    (response,) = ehr.kept("QuestionnaireResponse", patient)
    return response["id"]


@pytest.fixture
def correct(coach, answered):
    """Correct answers of the PEG, field by field; the answer to it."""

    def correct(reason=WHY, by=None, **typed):
        fields = {f"q/{name}": text for name, text in typed.items()}
        return (by or coach).fill(f"responses/{answered}/edit", reason=reason, **fields)

    return correct


def response_of(ehr, patient):
    (response,) = ehr.kept("QuestionnaireResponse", patient)
    return response


def score_of(ehr, patient):
    (score,) = ehr.kept("Observation", patient)
    return score


def answers(response):
    """The numbers of a PEG, in order."""
    return [item["answer"][0]["valueInteger"] for item in response["item"][:3]]


class TestSaved:
    def test_the_same_response_is_amended_with_the_new_answer(self, correct, ehr, patient):
        before = response_of(ehr, patient)
        assert correct(pain="2").status_code == 303
        after = response_of(ehr, patient)
        assert (after["id"], after["status"]) == (before["id"], "amended")
        assert answers(after) == [2, 6, 6]

    def test_what_identifies_it_stays(self, correct, ehr, patient):
        """Who answered, when, on which occasion, in which enrollment: that was not corrected."""
        before = response_of(ehr, patient)
        correct(pain="2")
        after = response_of(ehr, patient)
        kept = ("identifier", "authored", "author", "source", "subject", "questionnaire")
        assert [after[name] for name in kept] == [before[name] for name in kept]
        assert before["extension"][0] in after["extension"]

    def test_its_score_is_corrected_and_still_derived_from_it(self, correct, ehr, patient):
        before = score_of(ehr, patient)
        correct(pain="0")
        after = score_of(ehr, patient)
        assert (before["status"], after["status"]) == ("final", "corrected")
        assert after["valueQuantity"]["value"] == 4
        assert after["component"][0]["valueQuantity"]["value"] == 0
        assert after["derivedFrom"] == before["derivedFrom"]
        assert after["effectiveDateTime"] == before["effectiveDateTime"]

    def test_a_total_in_the_response_is_calculated_again(self, correct, ehr, patient):
        """Of PEG the questionnaire itself has the mean, for whoever reads no Observation."""
        before = response_of(ehr, patient)["item"][3:]
        correct(pain="0")
        totals = [
            item["answer"][0]["valueDecimal"] for item in response_of(ehr, patient)["item"][3:]
        ]
        assert len(totals) == len(before)
        assert all(abs(total - 4) < 1 for total in totals)

    def test_the_reason_is_in_the_response_and_its_provenance(self, correct, ehr, patient):
        correct(pain="2")
        response = response_of(ehr, patient)
        assert amendment.reason_of(response) == WHY
        found = ehr.store.search(
            "Provenance", {"target": f"QuestionnaireResponse/{response['id']}"}
        )
        reasons = [json.loads(row.body).get("reason") for row in found.matches]
        assert [{"text": WHY}] in reasons

    def test_the_pages_use_the_new_score(self, coach, correct):
        correct(pain="0")
        for place in ("", "outcomes"):
            assert "4.0" in coach.see(place)
            assert "Baseline, corrected" in coach.see(place)

    def test_sending_the_same_form_twice_corrects_once(self, coach, answered, ehr, patient):
        form = coach.open(f"responses/{answered}/edit")
        first, second = (coach.send(form, reason=WHY, **{"q/pain": "2"}) for _ in range(2))
        assert first.status_code == 303
        assert len(amendment.versions(response_of(ehr, patient))) == 2
        assert second.status_code in (303, 409, 422)


class TestVersions:
    def test_the_earlier_answers_stay_in_the_response_itself(self, correct, ehr, patient):
        """A server need not keep versions for what stood there to stay readable."""
        before = response_of(ehr, patient)
        correct(pain="2")
        (copy,) = response_of(ehr, patient)["contained"]
        assert copy["item"] == before["item"]
        assert copy["status"] == "completed"

    def test_every_version_is_shown_with_who_when_and_why(self, clinic, coach, correct, answered):
        correct(pain="2")
        clinic.clock.forward(minutes=20)
        correct("Typed into the wrong field", pain="3")
        page = coach.see(f"responses/{answered}/versions")
        assert page.index("Typed into the wrong field") < page.index(WHY)
        assert page.count("Dana Coach") >= 3
        assert "09:50" in page
        assert page.count("As corrected") == 2
        assert page.count("As submitted") == 1

    def test_they_are_in_order_with_the_one_that_counts_first(self, correct, ehr, patient):
        correct(pain="2")
        correct(pain="3")
        versions = amendment.versions(response_of(ehr, patient))
        assert [answers(one.response)[0] for one in versions] == [3, 2, 6]

    def test_of_one_never_corrected_there_is_one(self, ehr, patient, answered):
        (only,) = amendment.versions(response_of(ehr, patient))
        assert (only.by, only.reason) == ("Dana Coach", "")

    def test_the_assessment_leads_to_them(self, coach, correct, answered):
        page = coach.follow(correct(pain="2")).text
        assert f"responses/{answered}/versions" in page
        assert f"responses/{answered}/edit" in page


class TestRefused:
    @pytest.mark.parametrize("reason", ["", "   ", "x" * 1001])
    def test_without_a_reason_and_gives_back_what_was_typed(self, coach, correct, reason):
        refused = correct(reason, pain="2")
        assert refused.status_code == 422
        assert coach.form(refused).values["q/pain"] == "2"

    def test_without_any_change(self, correct, ehr, patient):
        refused = correct()
        assert refused.status_code == 422
        assert "nothing to correct" in refused.text
        assert response_of(ehr, patient)["status"] == "completed"

    @pytest.mark.parametrize("number", ["11", "-1", "six", "2.5"])
    def test_an_answer_that_is_not_offered(self, correct, ehr, patient, number):
        refused = correct(pain=number)
        assert refused.status_code == 422
        assert "#field-q/pain" in refused.text
        assert answers(response_of(ehr, patient)) == [6, 6, 6]

    def test_a_required_answer_taken_out(self, correct, ehr, patient):
        refused = correct(pain=None)
        assert refused.status_code == 422
        assert response_of(ehr, patient)["status"] == "completed"

    def test_what_others_wrote(self, coach, ehr, patient, content):
        peg = content.instruments["peg"]
        about = {"subject": {"reference": f"Patient/{patient}"}, "status": "completed"}
        made = {"questionnaire": f"{peg.url}|{peg.version}", "authored": "2026-11-01T09:00:00Z"}
        theirs = ehr.create("QuestionnaireResponse", **about, **made)
        assert coach.get(f"responses/{theirs}/edit").status_code == 404
        assert coach.get(f"responses/{theirs}/versions").status_code == 200

    def test_what_is_another_patients(self, answered, new_coach, new_patient):
        other = new_coach(new_patient("Berta", "Other"))
        assert other.get(f"responses/{answered}/edit").status_code in (404, 502)
        assert other.get(f"responses/{answered}/versions").status_code in (404, 502)

    def test_one_of_a_form_that_is_gone(self, clinic, coach, answered, content):
        peg = content.instruments["peg"]
        taken = clinic.content.forms.pop(f"{peg.url}|{peg.version}")
        try:
            assert coach.get(f"responses/{answered}/edit").status_code == 409
        finally:
            clinic.content.forms[taken.canonical] = taken


class TestConflict:
    @pytest.fixture
    def both(self, coach, answered, new_coach, patient):
        """A form opened before somebody else corrected the answers."""
        form = coach.open(f"responses/{answered}/edit")
        new_coach(patient).fill(f"responses/{answered}/edit", reason="theirs", **{"q/pain": "1"})
        return form

    def test_shows_both_and_saves_neither_over_the_other(self, coach, both, ehr, patient):
        refused = coach.send(both, reason=WHY, **{"q/pain": "9"})
        assert refused.status_code == 409
        assert "Somebody else changed these answers first" in refused.text
        assert "differs" in refused.text
        assert answers(response_of(ehr, patient)) == [1, 6, 6]

    def test_questions_with_the_same_words_stay_apart(self):
        """A form may ask "How often?" below each of two questions; none may stand for the other."""
        yours, theirs = (
            {
                "item": [
                    {"linkId": a, "text": "How often?", "answer": [{"valueInteger": n}]}
                    for a, n in zip("ab", numbers, strict=True)
                ]
            }
            for numbers in ((1, 2), (1, 3))
        )
        compared = _compared(rows(yours), rows(theirs))
        assert compared == [("How often?", "1", "1"), ("How often?", "2", "3")]

    def test_repeated_groups_stay_apart(self):
        def group(*numbers):
            asked = [{"linkId": "n", "text": "N", "answer": [{"valueInteger": n}]} for n in numbers]
            return {"item": [{"linkId": "g", "text": "G", "item": [one]} for one in asked]}

        compared = _compared(rows(group(1, 2)), rows(group(1)))
        assert compared == [("G", "", ""), ("N", "1", "1"), ("G", "", ""), ("N", "2", "")]

    def test_saved_over_it_is_a_further_correction(self, coach, both, ehr, patient):
        refused = coach.send(both, reason=WHY, **{"q/pain": "9"})
        assert coach.send(coach.form(refused)).status_code == 303
        versions = amendment.versions(response_of(ehr, patient))
        assert [answers(one.response)[0] for one in versions] == [9, 1, 6]


class TestEhrDown:
    def test_it_is_kept_and_saved_when_the_ehr_answers_again(self, coach, answered, ehr, patient):
        form = coach.open(f"responses/{answered}/edit")
        ehr.is_down = True
        refused = coach.send(form, reason=WHY, **{"q/pain": "2"})
        assert refused.status_code == 503
        assert "kept and waits to be saved" in refused.text
        ehr.is_down = False
        coach.get()
        assert answers(response_of(ehr, patient)) == [2, 6, 6]
        assert score_of(ehr, patient)["status"] == "corrected"

    def test_the_score_follows_later_when_only_it_could_not_be_saved(self, coach, correct, ehr):
        """Between both the pages score the corrected answers, never the old ones."""
        ehr.refused["PUT", "Observation"] = 500
        assert correct(pain="0").status_code == 303
        assert "4.0" in coach.see("outcomes")
        assert score_of(ehr, coach.patient)["status"] == "final"
        ehr.refused.clear()
        coach.get()
        assert score_of(ehr, coach.patient)["status"] == "corrected"

    def test_where_it_takes_no_change_the_correction_stands_in_our_store(self, coach, correct, ehr):
        ehr.refused |= {("PUT", "QuestionnaireResponse"): 405, ("PUT", "Observation"): 405}
        assert correct(pain="0").status_code == 303
        assert response_of(ehr, coach.patient)["status"] == "completed"
        assert "4.0" in coach.see("outcomes")
        assert "corrected" in coach.see()


class TestAlerts:
    @pytest.fixture
    def depressed(self, coach, ehr, patient):
        """The id of a PHQ-9 without any trouble."""
        coach.submit(coach.answer(coach.start("phq-9"), 0))
        return response_of(ehr, patient)["id"]

    def test_an_answer_corrected_to_one_that_needs_action_raises_one(self, coach, depressed):
        form = coach.open(f"responses/{depressed}/edit")
        (ninth,) = [n for n in form.offered if "44260-8" in n and n.startswith("q/")]
        raised = form.offered[ninth][1]
        answered = coach.send(form, reason=WHY, **{ninth: raised})
        assert "/alerts/" in answered.location
        assert "needs action" in coach.see()
        assert "recorded elsewhere" not in coach.see()

    def test_it_does_so_also_while_the_ehr_is_down(self, coach, depressed, ehr):
        """The correction waits to be saved; that somebody must act does not."""
        form = coach.open(f"responses/{depressed}/edit")
        (ninth,) = [n for n in form.offered if "44260-8" in n and n.startswith("q/")]
        ehr.is_down = True
        refused = coach.send(form, reason=WHY, **{ninth: form.offered[ninth][1]})
        assert refused.status_code == 503
        assert "needs action now" in refused.text

    def test_one_corrected_to_another_without_any_raises_none(self, coach, depressed):
        form = coach.open(f"responses/{depressed}/edit")
        (first,) = [n for n in form.offered if "44250-9" in n and n.startswith("q/")]
        answered = coach.send(form, reason=WHY, **{first: form.offered[first][1]})
        assert answered.status_code == 303
        assert "/assessments/" in answered.location


def test_a_provenance_without_a_reason_says_none():
    made = provenance([], "UPDATE", {"who": {}}, MORNING, UUID(int=1))
    assert "reason" not in made


def test_only_our_finished_responses_can_be_corrected():
    ours = {"system": names.IDENTIFIER, "value": "1"}
    tie = [{"url": names.OCCASION, "extension": [{"url": "occasion"}]}]
    made = {"identifier": ours, "extension": tie, "status": "completed"}
    assert amendment.can_be_corrected(made)
    for wrong in ({"status": "in-progress"}, {"identifier": {}}, {"extension": []}):
        assert not amendment.can_be_corrected(made | wrong)
