"""The whole journey at an EHR that behaves as each vendor's does.

What it takes is in it, the rest in the program's own store, all of it on the page, nothing twice.
"""

import re

import pytest

from smartapp import parts
from smartapp.fhir import match, merge
from smartapp.fhir.ehrs import NATIVE, profiles
from smartapp.sandbox import running

pytestmark = pytest.mark.server

# Which of these the EHR holds after the journey; the scores of the instruments are no vital signs.
IN_THE_EHR = {
    "athenahealth": {"QuestionnaireResponse"},
    "eclinicalworks": {"QuestionnaireResponse"},
    "epic": {"QuestionnaireResponse", "Observation", "Communication"},
    "meditech": {"QuestionnaireResponse", "Communication"},
    "nextgen": set(),
    "oracle-health": {"Communication"},
}
WRITTEN = {
    "CarePlan": 1,
    "CareTeam": 1,
    "Goal": 2,
    "QuestionnaireResponse": 5,
    "Observation": 4,
}
"""What the journey makes: two assessments of two instruments and a checklist."""
ASSESSED = {"QuestionnaireResponse": 14, "Flag": 1, "Task": 1, "Communication": 1}
"""What there is when every assessment follows on the first: nine instruments and two more PEGs."""


class Places:
    """What lies where about the first patient."""

    def __init__(self, clinic):
        self.hospital = clinic.ehr.hospital
        self.patient = clinic.ehr.hospital.reference("Patient/p01").removeprefix("Patient/")
        self.store = parts.program_store(clinic.config)
        self.base = f"{clinic.ehr_url}/fhir"

    def ehr(self, kind):
        mine = {row["id"] for row in self.hospital.written(self.patient)}
        return [row for row in self.hospital.of(self.patient, kind) if row["id"] in mine]

    def stored(self, kind):
        known = match.find(self.store.client(None), self.base, self.patient)
        return self.store.client(known["id"]).search(kind, [("patient", f"Patient/{known['id']}")])


@pytest.fixture(params=IN_THE_EHR)
def vendor(request):
    return request.param


@pytest.fixture
def clinic(vendor, tmp_path):
    with running.start(tmp_path, vendor=vendor) as clinic:
        yield clinic


def journey(coach, then=None):
    coach.enroll()
    coach.add_goal("Swim with Ida")
    coach.add_goal("Walk to the shop")
    coach.fill(coach.links("/edit")[0], text="Swim twice a week")
    coach.fill(coach.links("/progress")[0], achievement="improving", note="Bought goggles")
    coach.assess(peg=7, pseq=2)
    (then or again)(coach)
    coach.finish()


def again(coach):
    coach.assess(peg=3, pseq=4)


def words(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_every_vendor_is_worked_with():
    assert set(IN_THE_EHR) == set(profiles()) - {NATIVE}


def test_everything_is_kept_once_where_it_may_be_and_read_again(
    clinic, launch, vendor, every_assessment
):
    journey(launch(), every_assessment)
    places = Places(clinic)
    for kind, count in (WRITTEN | ASSESSED).items():
        found = [places.ehr(kind), places.stored(kind)]
        there, elsewhere = found if kind in IN_THE_EHR[vendor] else reversed(found)
        named = {str(row["identifier"]) for row in there}
        assert [merge.instead_of(row) for row in elsewhere].count("") == 0, kind
        assert len(named) == len(there), kind
        assert len(there) == count or (kind == "Observation" and len(there) > count), kind
    page = launch().see()
    assert "Completed" in page
    assert "Meaningfully better" in page
    assert page.count(">Swim twice a week</p>") == page.count(">Walk to the shop</p>") == 1
    assert "Not shown below" not in page


def test_the_page_says_where_things_are(launch, vendor):
    coach = launch()
    coach.enroll()
    coach.add_goal()
    coach.assess(peg=7, pseq=2)
    taken = "QuestionnaireResponse" in IN_THE_EHR[vendor]
    answers = "the EHR" if taken else "the program's own store"
    store = "the program's own store"
    said = f"Enrollment {store} Goals {store} Assessments {answers} Who reads"
    page = words(coach.see())
    assert said in page, page
    assert "Not possible in this launch" not in coach.see()


def test_a_stale_page_loses_nothing_and_overwrites_nothing(launch):
    coach, other = launch(), launch()
    coach.add_goal()
    edit = coach.links("/edit")[0]
    stale = other.open(edit)
    coach.fill(edit, text="Mine")
    answer = other.send(stale, text="Theirs")
    assert answer.status_code == 409
    assert "Mine" in answer.text
    assert "Theirs" in answer.text


def test_every_version_of_a_goal_is_there(launch):
    coach = launch()
    coach.add_goal("Swim")
    coach.fill(coach.links("/edit")[0], text="Swim twice a week")
    coach.fill(coach.links("/progress")[0], achievement="improving", note="Bought goggles")
    versions = words(coach.see(coach.links("/versions")[0]))
    assert "Swim twice a week" in versions
    assert "Bought goggles" in versions
    assert "Swim " in versions.replace("Swim twice", "")


@pytest.mark.parametrize("vendor", ["epic", "oracle-health"], indirect=True)
def test_a_note_goes_into_the_chart_once(clinic, launch, vendor):
    coach = launch()
    coach.enroll()
    coach.send(coach.open("note"))
    coach.send(coach.open("note"))
    (note,) = Places(clinic).ehr("DocumentReference")
    wanted = profiles()[vendor].note_formats[0]
    assert [one["attachment"]["contentType"] for one in note["content"]] == [wanted]


@pytest.mark.parametrize("vendor", ["nextgen"], indirect=True)
def test_where_no_note_is_taken_it_can_be_copied(launch):
    coach = launch()
    coach.enroll()
    page = coach.see("note")
    assert "Copy the note and paste it into the chart yourself" in page
    assert "Put into the chart" not in page


@pytest.fixture
def hopeful(vendor, tmp_path):
    """A site whose administrator wants everything in the EHR, whoever its vendor is."""
    wishes = dict.fromkeys(WRITTEN, "ehr")
    with running.start(tmp_path, vendor=vendor, ehr=NATIVE, writes=wishes) as clinic:
        yield clinic


def test_what_the_ehr_refuses_after_all_is_kept_and_remembered(hopeful, launch_at, vendor):
    journey(launch_at(hopeful))
    places = Places(hopeful)
    for kind, count in WRITTEN.items():
        assert len(places.ehr(kind)) + len(places.stored(kind)) == count, kind
    known = parts.refusals(hopeful.config).listed(places.base)
    refused = {one.type: one.status for one in known if one.interaction == "create"}
    assert refused["Goal"] == profiles()[vendor].manners.unoffered
    assert set(refused) == set(WRITTEN) - IN_THE_EHR[vendor]
    assert "Completed" in launch_at(hopeful).see()
