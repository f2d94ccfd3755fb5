"""The comparison of our forms with a peer: a missed target is named, and the section kept once."""

from dataclasses import replace

import pytest

from benchmarks import peer
from benchmarks.peer_browser import Visit, best, middle
from benchmarks.peer_server import Work
from benchmarks.peer_serving import STRICT, asset
from benchmarks.peer_table import TITLE, Measured, Side, misses, section

QUICK = Visit(ready=800, blocking=20, click=48, wire=7_900, again=4_000, whole=16_000)
PEER = Visit(ready=7200, blocking=1800, click=144, wire=836_000, again=2_000, whole=836_000)
OURS = Side(QUICK, refused=0, axe=0, kept=9, is_scriptless=True)
THEIRS = Side(PEER, refused=6, axe=2, kept=0, is_scriptless=False)
FOUND = Measured(THEIRS, OURS, {"phq-9": [QUICK]}, [Work("phq-9", 0.4, 1.4)])


def test_nothing_is_missed_when_every_target_is_met():
    assert list(misses(FOUND)) == []
    assert "Every target was met." in section(FOUND, 3)


@pytest.mark.parametrize(
    ("name", "figure"),
    [
        ("wire", 25_001),
        ("whole", 25_001),
        ("again", 8_001),
        ("ready", 1001),
        ("blocking", 51),
        ("click", 101),
    ],
)
def test_a_form_over_its_target_is_named_with_its_figure(name, figure):
    slow = replace(QUICK, **{name: figure})
    (told,) = misses(replace(FOUND, forms={"peg": [slow]}))
    assert told.startswith("peg: ")
    assert f"{figure:,}" in told
    assert told in section(
        replace(
            FOUND,
            forms={"phq-9": [QUICK], "peg": [slow]},
            server=[Work("phq-9", 0.4, 1.4), Work("peg", 0.3, 0.3)],
        ),
        3,
    )


def test_the_phq_9_has_a_limit_of_its_own_without_slack():
    large = {"phq-9": [replace(QUICK, wire=8_001)], "peg": [replace(QUICK, wire=8_001)]}
    (told,) = misses(replace(FOUND, forms=large), 2)
    assert told.startswith("phq-9: ")
    assert told.endswith("8,001, at most 8,000")


def test_slack_is_for_times_alone():
    slow = replace(QUICK, ready=1_900, blocking=99, click=190)
    found = replace(FOUND, forms={"peg": [slow]}, server=[Work("peg", 1.9, 3.9)])
    assert len(list(misses(found))) == 4
    assert not list(misses(found, 2))
    assert list(misses(replace(found, forms={"peg": [replace(slow, wire=25_001)]}), 2))


def test_without_any_slack_no_time_is_a_reason_to_fail():
    late = replace(QUICK, ready=90_000, blocking=9_000, click=9_000)
    found = Measured(THEIRS, replace(OURS, visit=late), {"phq-9": [late]}, [Work("peg", 9, 9)])
    assert not list(misses(found, 0))
    assert list(misses(replace(found, ours=replace(OURS, refused=1)), 0))


def test_one_good_visit_is_enough():
    slow = replace(QUICK, blocking=300)
    assert not list(misses(replace(FOUND, forms={"phq-9": [slow, QUICK, slow]})))
    assert (middle([slow, QUICK, slow]).blocking, best([slow, QUICK]).blocking) == (300, 20)


def test_to_be_no_longer_far_ahead_of_the_peer_is_a_miss():
    near = replace(THEIRS, visit=replace(PEER, wire=100_000))
    (told,) = misses(replace(FOUND, peer=near))
    assert told == "bytes, gzip, empty cache, nothing pressed yet: ahead by 12.7, at least 20"


@pytest.mark.parametrize(
    "broken", [{"refused": 1}, {"axe": 1}, {"kept": 8}, {"is_scriptless": False}]
)
def test_a_broken_promise_is_a_miss(broken):
    assert len(list(misses(replace(FOUND, ours=replace(OURS, **broken))))) == 1


@pytest.mark.parametrize("work", [Work("peg", 1.1, 0.3), Work("peg", 0.3, 2.1)])
def test_a_server_that_takes_too_long_is_a_miss(work):
    assert len(list(misses(replace(FOUND, server=[work])))) == 1


def test_the_section_is_kept_once_and_the_others_stay(tmp_path):
    results = tmp_path / "RESULTS.md"
    results.write_text(f"# Results\n\n{TITLE}\n\nold\n\n## After\n\nstays\n", "utf-8")
    for _ in range(2):
        peer.keep(section(FOUND, 3), results)
    text = results.read_text("utf-8")
    assert (text.count(TITLE), text.count("## After\n\nstays\n")) == (1, 1)
    assert "old" not in text


@pytest.mark.parametrize("path", ["/", STRICT, "/start.js", "/questionnaire.json"])
def test_the_peers_page_is_served(path):
    assert asset(path)


@pytest.mark.parametrize(
    "path", ["/nothing", "/lforms/../../../package.json", "/lforms//etc/passwd"]
)
def test_nothing_else_is(path):
    assert asset(path) is None
