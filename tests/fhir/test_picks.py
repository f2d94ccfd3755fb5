"""Where a user wants what is new to go: kept for the two of them, and decided by nobody else."""

import sqlite3
from uuid import UUID

import pytest

from smartapp.errors import StoreFailed
from smartapp.fhir import goal as goals
from smartapp.fhir.ehrs import WRITTEN
from smartapp.fhir.move import move
from smartapp.fhir.picks import KINDS, SqlitePicks
from smartapp.fhir.place import Place
from smartapp.fhir.plan import Placed, Why, Wish

EHR, OTHER = "https://ehr.example/fhir", "https://other.example/fhir"
FORM = UUID(int=7)
DANA, SAM = "Practitioner/d1", "Practitioner/d2"


def names(issuer, who):
    return [f"hidden {issuer} {who}"[::-1]]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "picks.sqlite3"


@pytest.fixture
def picks(path):
    return SqlitePicks(path, names)


def test_each_type_belongs_to_one_kind_and_is_one_the_program_writes():
    found = [type_ for types in KINDS.values() for type_ in types]
    assert len(found) == len(set(found))
    assert set(found) <= set(WRITTEN)


def test_nothing_is_picked_at_first(picks):
    assert picks.of(EHR, "p1", DANA).by_type() == {}


def test_a_choice_outlives_the_process_and_is_about_every_type_of_its_kind(picks, path):
    picks.of(EHR, "p1", DANA).keep({"assessments": Wish.STORE})
    again = SqlitePicks(path, names).of(EHR + "/", "p1", DANA)
    assert again.by_kind() == {"assessments": Wish.STORE}
    assert again.by_type() == {"QuestionnaireResponse": Wish.STORE, "Observation": Wish.STORE}


@pytest.mark.parametrize("else_", [(OTHER, "p1", DANA), (EHR, "p2", DANA), (EHR, "p1", SAM)])
def test_it_is_nobody_elses(picks, else_):
    picks.of(EHR, "p1", DANA).keep({"goals": Wish.STORE})
    assert picks.of(*else_).by_kind() == {}


def test_a_later_choice_replaces_the_earlier_and_leaves_other_kinds(picks):
    mine = picks.of(EHR, "p1", DANA)
    mine.keep({"goals": Wish.STORE, "note": Wish.STORE})
    mine.keep({"goals": Wish.BOTH})
    assert mine.by_kind() == {"goals": Wish.BOTH, "note": Wish.STORE}


def test_the_file_names_nobody(picks, path):
    picks.of(EHR, "p1", DANA).keep({"goals": Wish.STORE})
    assert b"p1" not in path.read_bytes()
    assert DANA.encode() not in path.read_bytes()


def test_what_was_chosen_under_a_retired_key_still_counts(picks, path):
    picks.of(EHR, "p1", DANA).keep({"goals": Wish.STORE, "note": Wish.STORE})
    rotated = SqlitePicks(path, lambda *who: ["new" + names(*who)[0], *names(*who)])
    rotated.of(EHR, "p1", DANA).keep({"goals": Wish.EHR})
    assert rotated.of(EHR, "p1", DANA).by_kind() == {"goals": Wish.EHR, "note": Wish.STORE}
    assert set(rotated.kept_out(EHR, "p1")) >= {"DocumentReference"}


def test_what_anybody_keeps_out_of_the_ehr_is_known_without_them(picks):
    picks.of(EHR, "p1", DANA).keep({"goals": Wish.STORE, "note": Wish.EHR})
    picks.of(EHR, "p2", SAM).keep({"enrollment": Wish.STORE})
    assert picks.kept_out(EHR, "p1") == {"Goal": Wish.STORE}


def test_what_cannot_be_read_is_not_guessed(picks, path):
    with sqlite3.connect(path) as database:
        database.execute("drop table pick")
    with pytest.raises(StoreFailed):
        picks.of(EHR, "p1", DANA).by_type()


class TestInAChart:
    @pytest.fixture
    def mine(self, picks):
        return picks.of(EHR, "p1", DANA)

    def test_what_is_new_goes_where_the_user_wants_it(
        self, open_at, mine, walk, played, kept_apart
    ):
        mine.keep({"goals": Wish.STORE})
        chart = open_at(picks=mine)
        goals.add(chart, walk, None, FORM)
        assert Placed("Goal", Place.STORE, Why.PICKED) in chart.placed
        assert (len(kept_apart.all("Goal")), played.all("Goal")) == (1, [])

    def test_in_both_it_shows_once(self, open_at, mine, walk, played, kept_apart):
        mine.keep({"goals": Wish.BOTH})
        goals.add(open_at(picks=mine), walk, None, FORM)
        assert (len(kept_apart.all("Goal")), len(played.all("Goal"))) == (1, 1)
        assert len(open_at(picks=mine).open().goals) == 1

    def test_what_is_kept_already_stays_and_is_changed_where_it_lives(
        self, open_at, mine, walk, played, kept_apart
    ):
        kept = goals.add(open_at(picks=mine), walk, None, FORM)
        mine.keep({"goals": Wish.STORE})
        goals.save_change(open_at(picks=mine), kept, walk, FORM)
        assert (len(played.all("Goal")), kept_apart.all("Goal")) == (1, [])

    def test_a_form_sent_again_after_choosing_otherwise_shows_once(self, open_at, mine, walk):
        goals.add(open_at(picks=mine), walk, None, FORM)
        mine.keep({"goals": Wish.STORE})
        goals.add(open_at(picks=mine), walk, None, FORM)
        assert len(open_at(picks=mine).open().goals) == 1

    def test_what_was_kept_out_moves_only_when_it_is_chosen_for_the_ehr(
        self, open_at, mine, walk, played
    ):
        mine.keep({"goals": Wish.STORE})
        goals.add(open_at(picks=mine), walk, None, FORM)
        assert move(open_at(picks=mine)).moved == ()
        mine.keep({"goals": Wish.EHR})
        assert len(move(open_at(picks=mine)).moved) == 1
        assert len(played.all("Goal")) == 1
