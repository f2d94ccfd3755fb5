"""Corrections in the record: amended answers, corrected scores, earlier answers kept."""

from copy import deepcopy
from fractions import Fraction
from uuid import UUID

import pytest

from smartapp.errors import EhrConflict
from smartapp.fhir import amendment, authored, names
from smartapp.fhir import assessment as assessments
from smartapp.fhir.kept import extension
from smartapp.fhir.response import Answered
from smartapp.program.assessment import Occasion, Response, score

FORM, LATER = UUID(int=5), UUID(int=6)


@pytest.fixture
def peg(content):
    return content.instruments["peg"]


@pytest.fixture
def given(peg):
    """The answers of a PEG, as items: pain, enjoyment, activity; None leaves one out."""

    def given(*numbers):
        known = zip(("pain", "enjoyment", "activity"), numbers, strict=True)
        answers = {link: number for link, number in known if number is not None}
        return Response(peg, answers)

    return given


@pytest.fixture
def submitted(chart, given):
    """A PEG of 6, 6, 6 in the record; its response."""
    one = given(6, 6, 6)
    kept = assessments.add(chart, Occasion.BASELINE, None, [one], score(one), None, FORM)
    return kept.answered[0]


@pytest.fixture
def correct(chart, given):
    def correct(response, *numbers, form=LATER, reason="Misread"):
        items = Answered.of(given(*numbers)).items
        version = response["meta"]["versionId"]
        return amendment.save(chart, response, version, items, reason, form)

    return correct


def scores(ehr):
    return {o["status"]: o["valueQuantity"]["value"] for o in ehr.all("Observation")}


def test_a_corrected_answer_makes_a_corrected_score(ehr, chart, submitted, correct) -> None:
    correct(submitted, 0, 6, 6)
    assert scores(ehr) == {"corrected": 4}
    (kept,) = chart.open().assessments
    assert [made.value for made in kept.scores] == [Fraction(4)]


def test_a_score_that_the_answers_no_longer_give_is_withdrawn(ehr, chart, submitted, correct):
    """R4: entered-in-error is withdrawn after a final release. Nothing is guessed instead."""
    correct(submitted, None, 6, 6)
    assert scores(ehr) == {"entered-in-error": 6}
    (kept,) = chart.open().assessments
    assert kept.scores == ()


def test_a_score_that_was_withdrawn_counts_again_when_it_can_be_made(ehr, submitted, correct):
    once = correct(submitted, None, 6, 6)
    correct(once, 6, 6, 6, form=UUID(int=7))
    assert scores(ehr) == {"corrected": 6}


def test_a_score_that_there_was_none_of_is_added(ehr, chart, given, correct) -> None:
    one = given(None, 6, 6)
    kept = assessments.add(chart, Occasion.SESSION, 2, [one], (), None, FORM)
    correct(kept.answered[0], 6, 6, 6)
    (made,) = ehr.all("Observation")
    assert made["effectiveDateTime"] == kept.answered[0]["authored"]
    (now,) = chart.open().assessments
    assert (now.session_number, len(now.scores)) == (2, 1)


def test_an_answer_that_changes_no_score_leaves_the_score_alone(ehr, chart, content) -> None:
    """PHQ-9's question on difficulty is not counted."""
    phq = content.instruments["phq-9"]
    counted = {item.link_id: 1 for item in phq.items}
    one = Response(phq, counted)
    kept = assessments.add(chart, Occasion.BASELINE, None, [one], score(one), None, FORM)
    before = deepcopy(ehr.all("Observation"))
    scored = {link for scale in phq.scales for link in scale.items}
    other = {link: n if link in scored else 0 for link, n in counted.items()}
    assert other != counted
    response = kept.answered[0]
    items = Answered.of(Response(phq, other)).items
    amendment.save(chart, response, response["meta"]["versionId"], items, "Misread", LATER)
    assert ehr.all("Observation") == before


def test_doing_it_again_changes_nothing(ehr, chart, submitted, correct) -> None:
    kept = correct(submitted, 0, 6, 6)
    before = deepcopy(ehr.all("Observation"))
    amendment.rescore(chart, kept, LATER)
    assert ehr.all("Observation") == before


def test_what_was_changed_since_is_not_overwritten(chart, submitted, correct) -> None:
    correct(submitted, 0, 6, 6)
    with pytest.raises(EhrConflict):
        correct(submitted, 9, 6, 6, form=UUID(int=7))


def test_the_earlier_copy_is_referred_to_from_the_resource(submitted, correct) -> None:
    """R4 dom-3: what is contained is referred to; dom-4: it has neither version nor time."""
    kept = correct(submitted, 0, 6, 6)
    (copy,) = kept["contained"]
    told = extension(kept, names.AMENDMENT)
    assert extension(told, "earlier")["valueReference"]["reference"] == f"#{copy['id']}"
    assert not {"meta", "contained", "identifier"} & copy.keys()
    assert not list(authored.faults(kept))


def test_the_corrector_is_named_where_the_ehr_named_a_user(submitted, correct, chart) -> None:
    kept = correct(submitted, 0, 6, 6)
    newest, first = amendment.versions(kept)
    assert (newest.by, newest.reason) == (chart.author_name, "Misread")
    assert first.reason == ""


def test_a_user_without_a_name_is_told_as_unknown(submitted, correct, chart) -> None:
    chart.author = None
    assert amendment.versions(correct(submitted, 0, 6, 6))[0].by == "unknown"


def test_one_kept_for_later_says_the_same(submitted, chart, given) -> None:
    held = []
    chart.outbox.later = lambda _, saving: held.append(saving)
    items = Answered.of(given(0, 6, 6)).items
    amendment.save_later(chart, submitted, items, "Misread", LATER)
    (saving,) = held
    assert amendment.amends(submitted, saving.resources[0])
    assert saving.version == submitted["meta"]["versionId"]


def test_a_response_of_no_instrument_has_no_scores_to_follow(ehr, chart, submitted) -> None:
    other = {**submitted, "questionnaire": "urn:nothing|1"}
    changed = chart.save(submitted, other, submitted["meta"]["versionId"], LATER)
    amendment.rescore(chart, changed, LATER)
    assert scores(ehr) == {"final": 6}
