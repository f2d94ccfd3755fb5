"""SMART App Launch 2.2, "Scopes and Launch Context": system scopes, for reading."""

import pytest

from smartapp.systems.scopes import Scope, allow, granted, text


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("system/*.rs", "system/*.rs"),
        ("system/*.read", "system/*.read"),
        ("system/*.cruds", "system/*.rs"),
        ("system/*.*", "system/*.read"),
        ("system/Goal.r", "system/Goal.r"),
        ("system/Goal.s system/Goal.s", "system/Goal.s"),
        ("system/Goal.rs openid system/Task.rs", "system/Goal.rs system/Task.rs"),
        ("system/*.write", ""),
        ("system/*.cud", ""),
        ("system/Goal.", ""),
        ("patient/Goal.rs user/Goal.rs", ""),
        ("system/Goal.rs?category=x", ""),
        ("system/goal.rs", ""),
        ("system/*.sr", ""),
        ("", ""),
    ],
)
def test_what_reads_is_granted_and_nothing_else(asked, given):
    assert text(granted(asked, [Scope("*", frozenset("rs"))])) == given


@pytest.mark.parametrize(
    ("asked", "registered", "given"),
    [
        ("system/*.rs", "system/Goal.rs", "system/Goal.rs"),
        ("system/*.read", "system/Goal.rs", "system/Goal.read"),
        ("system/*.read", "system/Goal.s", "system/Goal.s"),
        ("system/Goal.rs", "system/*.read", "system/Goal.rs"),
        ("system/Goal.rs", "system/Task.rs", ""),
        ("system/Goal.r", "system/Goal.s", ""),
        ("system/*.rs", "system/Goal.rs system/Task.r", "system/Goal.rs system/Task.r"),
    ],
)
def test_asked_and_registered_are_intersected(asked, registered, given):
    limits = [Scope.read(word) for word in registered.split()]
    assert text(granted(asked, limits)) == given


def test_letters_may_come_from_several_scopes():
    scopes = [Scope.read("system/Goal.r"), Scope.read("system/*.s")]
    assert allow(scopes, "Goal", "rs")
    assert not allow(scopes, "Task", "rs")
