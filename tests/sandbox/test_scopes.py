"""SMART App Launch 2.2, "Scopes and Launch Context"."""

import pytest

from smartapp.sandbox.scopes import Scope, granted, permitting, resource_scopes


@pytest.mark.parametrize(
    ("asked", "allowed", "given"),
    [
        ("patient/Goal.cruds", "patient/Goal.cruds", "patient/Goal.cruds"),
        ("patient/Goal.cruds", "patient/Goal.rs", "patient/Goal.rs"),
        ("patient/Goal.rs", "patient/*.cruds", "patient/Goal.rs"),
        ("patient/*.rs", "patient/Goal.rs patient/Task.r", "patient/Goal.rs patient/Task.r"),
        ("patient/Goal.*", "patient/Goal.rs", "patient/Goal.read"),
        ("patient/Goal.write", "patient/Goal.cruds", "patient/Goal.write"),
        ("user/Goal.rs", "patient/Goal.rs", ""),
        ("patient/Goal.c", "patient/Goal.rs", ""),
        ("openid launch nonsense", "openid launch", "openid launch"),
        ("patient/Goal.rs patient/Goal.rs", "patient/Goal.rs", "patient/Goal.rs"),
        (
            "patient/Observation.rs",
            "patient/Observation.rs?category=survey",
            "patient/Observation.rs?category=survey",
        ),
        (
            "patient/Observation.rs?category=a",
            "patient/Observation.rs?category=b",
            "",
        ),
    ],
)
def test_what_is_granted_is_what_was_asked_and_is_allowed(asked, allowed, given):
    assert granted(asked, allowed) == given


@pytest.mark.parametrize("text", ["patient/Goal.sr", "patient/Goal.", "patient/goal.r", "launch"])
def test_letters_out_of_order_and_other_words_are_no_resource_scopes(text):
    assert Scope.read(text) is None


def test_a_scope_allows_only_its_letters_on_its_type():
    scopes = resource_scopes("openid patient/Goal.read user/*.c")
    assert [str(one) for one in permitting(scopes, "Goal", "s")] == ["patient/Goal.read"]
    assert permitting(scopes, "Task", "r") == ()
    assert [str(one) for one in permitting(scopes, "Task", "c")] == ["user/*.c"]


def test_a_granular_scope_fits_only_resources_of_its_category():
    scope = Scope.read("patient/Observation.rs?category=http://x|survey")
    coding = {"system": "http://x", "code": "survey"}
    assert scope.fits({"category": [{"coding": [coding]}]})
    assert not scope.fits({"category": [{"coding": [coding | {"code": "vital-signs"}]}]})
    assert not scope.fits({})


def test_a_granular_parameter_we_do_not_know_fits_nothing():
    assert not Scope.read("patient/Observation.rs?code=1").fits({"category": []})
