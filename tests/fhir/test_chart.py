"""The chart: every saving says who did it, and never fails for saying so."""

from dataclasses import replace
from uuid import UUID

import pytest

from smartapp.errors import EhrRejected
from smartapp.fhir import goal as goals
from smartapp.fhir import names
from smartapp.fhir.kept import codes

FORM = UUID(int=4)


def test_every_saving_names_the_version_it_made(ehr, chart, walk) -> None:
    kept = goals.add(chart, walk, None, FORM)
    made = ehr.only("Provenance")
    assert made["target"] == [{"reference": f"Goal/{kept.id}/_history/1"}]
    assert made["recorded"] == "2026-11-23T09:30:05+10:30"
    assert list(codes(made["activity"], names.DATA_OPERATION)) == ["CREATE"]
    assert made["agent"][0]["who"] == {"reference": "Practitioner/d1", "display": "Dana Coach"}
    assert made["extension"][0]["valueUri"] == FORM.urn


def test_saving_again_adds_no_second_provenance(ehr, chart, walk) -> None:
    goals.add(chart, walk, None, FORM)
    goals.add(chart, walk, None, FORM)
    assert ehr.only("Provenance")


def test_a_user_the_ehr_did_not_name_is_shown_by_name(ehr, chart, walk) -> None:
    chart.author = None
    goals.add(chart, walk, None, FORM)
    assert ehr.only("Provenance")["agent"][0]["who"] == {"display": "Dana Coach"}
    assert chart.annotation("x")["authorString"] == "Dana Coach"


def test_on_whose_behalf(ehr, chart, walk) -> None:
    chart.organization = "Organization/o1"
    goals.add(chart, walk, None, FORM)
    agent = ehr.only("Provenance")["agent"][0]
    assert agent["onBehalfOf"] == {"reference": "Organization/o1"}


@pytest.mark.parametrize("status", [403, 422, 500])
def test_a_provenance_that_is_refused_loses_nothing(ehr, chart, walk, status: int) -> None:
    ehr.refused["POST", "Provenance"] = status
    assert goals.add(chart, walk, None, FORM).thing == walk


def test_where_provenance_is_not_offered_it_is_not_tried(ehr, chart, walk) -> None:
    ehr.offer()
    goals.add(chart, walk, None, FORM)
    assert ("POST", "Provenance") not in ehr.log


def test_a_server_without_versions_is_written_without_them(ehr, chart, walk) -> None:
    kept = goals.add(chart, walk, None, FORM)
    assert {**kept.resource, "meta": {}}
    target = [{"resourceType": "Goal", "id": "g", "subject": chart.subject}]
    chart.attest(target, "UPDATE", FORM)
    assert {"reference": "Goal/g"} in [t for p in ehr.all("Provenance") for t in p["target"]]


def test_outside_an_encounter_none_is_named(chart) -> None:
    chart.encounter = None
    assert chart.in_context({"resourceType": "Goal"}) == {"resourceType": "Goal"}


def test_nothing_invalid_is_sent(ehr, chart) -> None:
    with pytest.raises(EhrRejected):
        chart.save_together([{"resourceType": "Goal", "subject": chart.subject}], FORM)
    assert ehr.log == []


def test_on_a_server_without_versions_a_form_is_attested_once(ehr, chart) -> None:
    target = {"resourceType": "Goal", "id": "g", "subject": chart.subject}
    for form in (FORM, FORM, UUID(int=5)):
        chart.attest([target], "UPDATE", form)
    chart.attest([target], "CREATE", FORM)
    assert len(ehr.all("Provenance")) == 3


def test_without_an_outbox_nothing_is_kept_for_later(ehr, chart, walk) -> None:
    kept = goals.add(chart, walk, None, FORM)
    goals.keep_change(chart, kept, replace(walk, text="Swim"), FORM)
    assert ehr.only("Goal")["meta"]["versionId"] == "1"


def test_a_change_kept_for_later_is_checked_as_well(chart, walk) -> None:
    before = goals.add(chart, walk, None, FORM).resource
    with pytest.raises(EhrRejected):
        chart.save_later(before, {**before, "lifecycleStatus": "no such"}, "1", FORM)
