"""Choices are written as their codings inside their groups, and read from whoever wrote them."""

import pytest

from smartapp.fhir import names
from smartapp.fhir.response import Answered, read
from smartapp.program.assessment import Response, score

NINE = (2, 2, 2, 2, 1, 1, 2, 1, 0)


@pytest.fixture
def phq(content):
    return content.instruments["phq-9"]


@pytest.fixture
def instruments(content):
    return tuple(content.instruments.values())


def _response(phq, *numbers):
    links = [item.link_id for item in phq.items]
    return Response(phq, dict(zip(links, numbers, strict=False)))


def _theirs(phq, link, numbers=NINE, **more):
    """Nine answers as choices; ``link`` makes the link id and the text of each question."""
    rows = [
        {**link(item), "answer": [{"valueCoding": {"code": item.option(n).code.code}}]}
        for item, n in zip(phq.items, numbers, strict=False)
    ]
    return {"status": "completed", "questionnaire": "http://x.example/phq", "item": rows, **more}


def test_answers_stand_in_their_group_in_the_questionnaires_order(phq):
    group, difficulty = Answered.of(_response(phq, *NINE, 1)).items
    assert [row["linkId"] for row in group["item"]] == [i.link_id for i in phq.items[:9]]
    assert group["linkId"] == "symptoms"
    assert difficulty["answer"][0]["valueCoding"]["code"] == "LA6573-5"


def test_a_group_without_answers_is_left_out(phq):
    assert [row["linkId"] for row in Answered.of(Response(phq, {"69722-7": 0})).items] == [
        "69722-7"
    ]


def test_what_is_written_is_read_again(phq, instruments):
    response = _response(phq, *NINE, 3)
    resource = {
        "status": "completed",
        "questionnaire": f"{phq.url}|0.9.0",
        "item": Answered.of(response).items,
    }
    assert read(resource, instruments) == response


@pytest.mark.parametrize(
    "link",
    [
        lambda item: {"linkId": item.code.code},
        lambda item: {"linkId": f"/{item.code.code}"},
        lambda item: {"linkId": f"/44249-1/{item.code.code}"},
        lambda item: {"linkId": item.aliases[0]},
        lambda item: {"linkId": "x", "text": f"{item.text}?"},
        lambda item: {"linkId": "x", "text": item.code.display.upper()},
    ],
)
def test_a_phq_9_of_others_is_known_without_its_difficulty(phq, instruments, link):
    """LOINC's own link ids (14363 to 14371), LHC-Forms', HL7's, or the words alone."""
    found = read(_theirs(phq, link), instruments)
    assert found.instrument is phq
    assert score(found)[0].value == sum(NINE)


def test_a_phq_9_that_lacks_an_answer_is_not_taken_for_a_phq_2(phq, instruments):
    assert read(_theirs(phq, lambda i: {"linkId": i.code.code}, NINE[:8]), instruments) is None


def test_a_pseq_of_others_is_not_taken_for_its_short_form(content, instruments):
    pseq = content.instruments["pseq"]
    rows = [{"text": i.text, "answer": [{"valueInteger": 3}]} for i in pseq.items]
    found = read({"status": "completed", "item": rows}, instruments)
    assert found.instrument is pseq
    assert read({"status": "completed", "item": rows[:8]}, instruments) is None


def test_the_gad_7_is_read_with_loincs_words_and_the_older_answer_code(content, instruments):
    gad = content.instruments["gad-7"]
    rows = [
        {"text": i.code.display, "answer": [{"valueCoding": {"code": "LA6569-3"}}]}
        for i in gad.items
    ]
    rows[1]["answer"] = [{"valueCoding": {"system": names.LOINC, "code": "LA18938-3"}}]
    found = read({"status": "completed", "item": rows}, instruments)
    assert (found.instrument, score(found)[0].value) == (gad, 8)
