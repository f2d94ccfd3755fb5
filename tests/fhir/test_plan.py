"""The write plan: the first to say "store" decides, and what is not known forbids nothing."""

import pytest

from smartapp.fhir.capabilities import UNKNOWN, Capabilities
from smartapp.fhir.ehrs import WRITTEN, EhrProfile, profiles
from smartapp.fhir.place import Place
from smartapp.fhir.plan import Known, Placed, Why, Wish, grants, plan

EVERY = frozenset({"create", "update"})
OPEN = Capabilities(known=True, interactions=dict.fromkeys(WRITTEN, EVERY))
CLOSED = Capabilities(known=True)
NOTHING = EhrProfile("nothing", "Takes nothing")
TO_EHR, TO_STORE = Wish.EHR, Wish.STORE
REFUSED = {("Goal", "create")}


@pytest.mark.parametrize(
    ("known", "place", "why"),
    [
        (Known(), Place.EHR, Why.ACCEPTED),
        (Known(capabilities=OPEN), Place.EHR, Why.ACCEPTED),
        (Known(capabilities=CLOSED), Place.STORE, Why.CAPABILITY),
        (Known(profile=NOTHING), Place.STORE, Why.PROFILE),
        (Known(profile=NOTHING, capabilities=OPEN), Place.STORE, Why.PROFILE),
        (Known(granted=["patient/Goal.rs"]), Place.STORE, Why.SCOPE),
        (Known(granted=["patient/Goal.c"]), Place.STORE, Why.SCOPE),
        (Known(granted=["patient/Goal.cu"]), Place.EHR, Why.ACCEPTED),
        (Known(refused=REFUSED), Place.STORE, Why.REFUSED),
        (Known(refused={("Goal", "update")}), Place.STORE, Why.REFUSED),
        (Known(refused={("CarePlan", "create")}), Place.EHR, Why.ACCEPTED),
        (Known(wishes={"Goal": TO_STORE}), Place.STORE, Why.OVERRIDE),
        (Known(wishes={"Goal": TO_STORE}, refused=REFUSED), Place.STORE, Why.OVERRIDE),
        (Known(NOTHING, CLOSED, ["patient/Goal.r"], {"Goal": TO_EHR}), Place.EHR, Why.OVERRIDE),
        (Known(wishes={"Goal": Wish.BOTH}), Place.EHR, Why.OVERRIDE),
        (Known(wishes={"Goal": TO_EHR}, refused=REFUSED), Place.STORE, Why.REFUSED),
        (Known(wishes={"CarePlan": TO_STORE}), Place.EHR, Why.ACCEPTED),
        (Known(picked={"Goal": TO_STORE}), Place.STORE, Why.PICKED),
        (Known(picked={"CarePlan": TO_STORE}), Place.EHR, Why.ACCEPTED),
        (Known(picked={"Goal": Wish.BOTH}), Place.EHR, Why.ACCEPTED),
        (Known(picked={"Goal": TO_EHR}, capabilities=CLOSED), Place.STORE, Why.CAPABILITY),
        (Known(picked={"Goal": TO_EHR}, refused=REFUSED), Place.STORE, Why.REFUSED),
        (Known(wishes={"Goal": TO_EHR}, picked={"Goal": TO_STORE}), Place.EHR, Why.OVERRIDE),
        (Known(wishes={"Goal": TO_STORE}, picked={"Goal": TO_EHR}), Place.STORE, Why.OVERRIDE),
    ],
)
def test_where_goals_go(known, place, why):
    assert plan(known)["Goal"] == Placed("Goal", place, why)


def test_capabilities_that_are_not_known_leave_it_to_the_profile():
    found = plan(Known(profiles()["epic"], UNKNOWN))
    assert found["Observation"] == Placed("Observation", Place.EHR, Why.ACCEPTED)
    assert found["Goal"] == Placed("Goal", Place.STORE, Why.PROFILE)


@pytest.mark.parametrize("type_", WRITTEN)
def test_what_is_never_changed_needs_create_alone(type_):
    only_create = Capabilities(known=True, interactions={type_: frozenset({"create"})})
    changed = type_ in ("CarePlan", "CareTeam", "Goal", "Flag", "Task")
    placed = plan(Known(capabilities=only_create))[type_].place
    assert placed is (Place.STORE if changed else Place.EHR)


def test_what_lives_in_the_ehr_is_changed_there_whatever_the_user_picks_for_new_ones():
    assert plan(Known(picked={"Goal": TO_STORE})).updates("Goal")


@pytest.mark.parametrize(
    ("wish", "picked", "copies"),
    [
        (None, Wish.BOTH, True),
        (None, TO_EHR, False),
        (TO_EHR, Wish.BOTH, False),
        (Wish.BOTH, TO_EHR, True),
    ],
)
def test_a_copy_is_the_users_wish_where_the_administrator_has_none(wish, picked, copies):
    wishes = {"Goal": wish} if wish else {}
    assert plan(Known(wishes=wishes, picked={"Goal": picked})).copies("Goal") is copies


@pytest.mark.parametrize(
    ("known", "is_free"),
    [
        (Known(), True),
        (Known(picked={"Goal": TO_STORE}), True),
        (Known(wishes={"Goal": TO_EHR}), False),
        (Known(wishes={"Goal": TO_STORE}), False),
        (Known(refused=REFUSED), False),
        (Known(capabilities=CLOSED), False),
    ],
)
def test_there_is_a_choice_only_of_what_the_ehr_takes_and_nobody_has_set(known, is_free):
    assert plan(known).leaves_a_choice("Goal") is is_free


def test_a_type_the_program_does_not_know_goes_by_the_rules():
    assert plan(Known(capabilities=OPEN))["Flow"] == Placed("Flow", Place.STORE, Why.PROFILE)


@pytest.mark.parametrize(
    ("known", "tried"),
    [
        (Known(), True),
        (Known(refused=REFUSED), True),
        (Known(refused={("Goal", "update")}), False),
        (Known(profile=NOTHING), False),
        (Known(wishes={"Goal": TO_STORE}), True),
        (Known(profile=NOTHING, wishes={"Goal": TO_EHR}), True),
    ],
)
def test_what_lives_in_the_ehr_is_changed_there_where_it_can_be(known, tried):
    assert plan(known).updates("Goal") is tried


def test_only_both_wants_copies():
    wishes = {"Goal": Wish.BOTH, "CarePlan": TO_EHR}
    found = plan(Known(wishes=wishes))
    assert [type_ for type_ in WRITTEN if found.copies(type_)] == ["Goal"]


@pytest.mark.parametrize(
    ("scopes", "create", "update"),
    [
        ([], True, True),
        (["openid", "fhirUser", "launch"], True, True),
        (["patient/Goal.rs"], False, False),
        (["patient/Goal.c"], True, False),
        (["patient/Goal.c", "user/Goal.u"], True, True),
        (["patient/*.cruds"], True, True),
        (["user/*.write"], True, True),
        (["patient/Goal.read"], False, False),
        (["patient/Goal.*"], True, True),
        (["patient/CarePlan.cruds"], False, False),
        (["patient/Goal.cu?category=x"], True, True),
        (["system/Goal.cruds"], True, True),
    ],
)
def test_scopes_of_both_grammars_are_understood(scopes, create, update):
    assert grants(scopes, "Goal", "create") is create
    assert grants(scopes, "Goal", "update") is update


@pytest.mark.parametrize(
    ("known", "offered"),
    [
        (Known(capabilities=OPEN), True),
        (Known(capabilities=CLOSED, wishes={"Goal": TO_EHR}), False),
        (Known(profile=NOTHING, wishes={"Goal": TO_EHR}), False),
        (Known(capabilities=OPEN, refused={("Goal", "update")}), False),
    ],
)
def test_a_wish_is_no_offer_of_the_ehrs(known, offered):
    assert plan(known).offers("Goal", "update") is offered
