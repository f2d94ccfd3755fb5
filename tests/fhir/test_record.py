"""The record is read in one parallel round, and says what it could not read."""

import threading
from dataclasses import replace

import pytest

from smartapp.errors import EhrForbidden, EhrUnreachable
from smartapp.program.enrollment import Modality


def test_one_round_shows_everything(ehr, chart, enrolled) -> None:
    ehr.log.clear()
    record = chart.open()
    assert len(ehr.log) == len(set(ehr.log)) == 8
    assert record.unread == ()
    assert record.encounter_modality is Modality.TELEHEALTH
    assert record.patient == chart.patient()
    assert record.author_name == "Dana Coach"


def test_no_request_waits_for_another(ehr, chart) -> None:
    """Each of the eight requests is answered only when all of them have come."""
    gate, answer = threading.Barrier(8, timeout=60), ehr.answer

    def together(request):
        gate.wait()
        return answer(request)

    ehr.answer = together
    assert chart.open().unread == ()


@pytest.mark.parametrize("status", [400, 403, 404])
@pytest.mark.parametrize("type_", ["Goal", "CareTeam", "Condition", "Encounter"])
def test_a_type_that_is_refused_is_told(ehr, chart, type_: str, status: int) -> None:
    ehr.refused["GET", type_] = status
    assert chart.open().unread == (type_,)


def test_a_server_that_is_down_is_an_error(ehr, chart) -> None:
    ehr.refused["GET", "Goal"] = 500
    with pytest.raises(EhrUnreachable):
        chart.open()


def test_without_the_patient_there_is_no_record(ehr, chart) -> None:
    ehr.refused["GET", "Patient"] = 403
    with pytest.raises(EhrForbidden):
        chart.open()


@pytest.mark.parametrize("class_", [{"code": "EMER"}, {}, None])
def test_an_encounter_of_another_kind_suggests_nothing(ehr, chart, class_) -> None:
    ehr.put({**ehr.only("Encounter"), "class": class_})
    assert chart.open().encounter_modality is None


def test_without_an_encounter_none_is_asked_for(ehr, chart) -> None:
    chart.encounter = None
    assert chart.open().encounter_modality is None
    assert not any(path.startswith("Encounter") for _, path in ehr.log)


def test_a_server_that_ignores_filters_shows_only_this_patient(
    ehr, chart, enrolled, caplog
) -> None:
    ehr.ignores_filters = True
    for row in [*ehr.all("CarePlan"), *ehr.all("CareTeam")]:
        other = {k: v for k, v in row.items() if k not in ("id", "identifier")}
        ehr.put({**other, "subject": {"reference": "Patient/p2"}})
    assert chart.open().enrollments == (enrolled,)
    said = {"1 CarePlan of other patients dropped", "1 CareTeam of other patients dropped"}
    assert said <= set(caplog.messages)
    assert replace(enrolled, version="9") != enrolled
