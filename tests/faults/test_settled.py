"""The comparison at the end of the faulty run finds what is planted into a run without faults."""

import shutil
from copy import deepcopy
from dataclasses import replace

import pytest

from benchmarks import faults
from benchmarks.forms import DOING, Sent, chart_of, course
from benchmarks.harm import over
from benchmarks.proxy import Proxy
from benchmarks.settled import compare, intended
from smartapp.fhir import capabilities
from smartapp.store.storage import FhirStore

GIVES_UP = (3.0, 3.0)


class Ended:
    """A store after one whole course, compared on asking."""

    def __init__(self, store, one):
        self.store, self.course = store, one

    def told(self):
        return compare(self.store, [self.course], faults.UNTOUCHED)

    def all(self, type_):
        return [kept.resource for kept in self.store.search(type_).matches]

    def first(self, type_):
        return self.store.search(type_).matches[0].resource

    def plant(self, resource, **changed):
        copy = {name: value for name, value in resource.items() if name not in ("id", "meta")}
        self.store.create(copy | changed)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """One patient's forms, each sent once through a proxy that harms nothing: file and course."""
    capabilities.forget()
    file, one = tmp_path_factory.mktemp("run") / "ehr.sqlite3", course(7, 1)
    with Proxy() as proxy:
        store = FhirStore(file, base=proxy.base, client_ids=True)
        proxy.forward = over(store)
        faults.admit(store, [one.patient, faults.UNTOUCHED])
        _send(one, proxy.base)
        store.close()
    capabilities.forget()
    return file, proxy.base, one


@pytest.fixture
def ended(whole, tmp_path):
    """The same run for every test, which may do harm to its copy."""
    file, base, one = whole
    store = FhirStore(shutil.copy(file, tmp_path), base=base, client_ids=True)
    yield Ended(store, deepcopy(one))
    store.close()


def _send(one, base):
    for form in one.forms:
        sent = Sent(form, base, GIVES_UP, one.enrolled, one.goals.get(form.about, ""))
        if form.kind == "change":
            sent = replace(sent, version=_done(sent).version)
        told = _done(sent)
        one.enrolled = told.id if form.kind == "enroll" else one.enrolled
        if form.kind == "goal":
            one.goals[form.form_id] = told.id


def _done(sent):
    return DOING[sent.form.kind](chart_of(sent), sent)


def test_a_run_without_faults_is_sound(ended):
    told = ended.told()
    assert told.is_sound
    assert (told.writes, told.unlinked, told.unattested) == (23, [], [])


@pytest.mark.parametrize("type_", ["CarePlan", "Goal", "QuestionnaireResponse", "Observation"])
def test_what_is_missing_is_lost(ended, type_):
    ended.store.delete(type_, ended.first(type_)["id"])
    if type_ in ("CarePlan", "Goal"):
        ended.course.enrolled, ended.course.goals = "", {}
    assert ended.told().lost


def test_a_goal_with_other_words_is_lost(ended):
    ended.store.update({**ended.first("Goal"), "description": {"text": "Something else"}})
    assert ended.told().lost


@pytest.mark.parametrize("type_", ["CarePlan", "CareTeam", "Goal", "Observation"])
def test_what_is_there_twice_is_doubled(ended, type_):
    ended.plant(ended.first(type_))
    told = ended.told()
    assert (len(told.lost), len(told.doubled), len(told.misplaced)) == (0, 1, 0)


def test_what_nobody_intended_is_doubled_and_on_the_bystander_misplaced(ended):
    other = {"reference": f"Patient/{faults.UNTOUCHED}"}
    ended.plant(ended.first("Goal"), identifier=[], subject=other)
    told = ended.told()
    assert (len(told.doubled), len(told.misplaced)) == (1, 1)


def test_what_is_on_another_patient_is_misplaced(ended):
    other = {"reference": f"Patient/{faults.UNTOUCHED}"}
    ended.store.update({**ended.first("Observation"), "subject": other})
    assert len(ended.told().misplaced) == 1


def test_a_change_made_twice_is_doubled(ended):
    ended.store.update(ended.first("Goal"))
    assert len(ended.told().doubled) == 2


def test_a_change_that_never_came_is_lost(ended):
    form = next(form for form in ended.course.forms if form.kind == "change")
    ended.course.forms.append(replace(form, words="Never"))
    assert len(ended.told().lost) == 1


def test_what_nobody_attested_is_undone_where_an_outbox_kept_it(ended):
    made = next(row for row in ended.all("Provenance") if "Goal/" in row["target"][0]["reference"])
    ended.store.delete("Provenance", made["id"])
    told = ended.told()
    (missing,) = told.unattested
    told.sheltered({"p1"})
    assert (told.unattested, told.undone) == ([], [missing])


def test_a_goal_that_is_not_linked_is_undone_where_an_outbox_kept_it(ended):
    plan = ended.first("CarePlan")
    ended.store.update({**plan, "goal": plan["goal"][1:]})
    told = ended.told()
    told.sheltered({"another"})
    assert (len(told.unlinked), told.undone) == (1, [])
    told.sheltered({"p1"})
    assert (told.unlinked, len(told.undone)) == ([], 1)


def test_what_is_attested_twice_is_told(ended):
    ended.plant(ended.all("Provenance")[0])
    assert ended.told().attested_twice
    assert not ended.told().is_sound


def test_every_form_but_a_change_intends_something():
    kinds = {form.kind: len(intended(form)) for form in course(7, 1).forms}
    assert kinds == {"enroll": 3, "goal": 1, "assess": 4, "change": 0}


def test_a_small_run_with_kills_loses_nothing(tmp_path):
    figures, told, counts = faults.run(23, 1, tmp_path)
    assert told.is_sound
    assert (figures.unresolved, figures.untrue, told.undone) == ([], [], [])
    assert figures.in_doubt == figures.resolved
    assert counts.total() > counts["none"]
