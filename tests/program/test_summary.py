"""The summary of the program: the same facts give the same note, and no words can forge one."""

import re
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartapp.program import plain, xhtml
from smartapp.program.assessment import Response, score
from smartapp.program.enrollment import (
    Condition,
    Consent,
    ConsentMethod,
    Enrollment,
    EnrollmentStatus,
    Exit,
    Modality,
    Person,
)
from smartapp.program.goal import Achievement, Goal
from smartapp.program.outcomes.baseline import Made
from smartapp.program.summary import (
    Assessed,
    Facts,
    Identity,
    Line,
    Quote,
    Section,
    Summary,
    Table,
    summarize,
)

HOSTILE = st.text() | st.sampled_from(
    [
        "</blockquote></div><script>alert(1)</script>",
        "]]>&amp;&#0;<!-- -->",
        "x\n\nCHANGE\n------\nPEG score: 0",
        "\x00\x0b\ud800\ufffe\u202eesrever\u2028next",
        "走" * 200,
        "a" * 500,
    ]
)
STRICT = {"html", "head", "title", "body", "div", "h1", "h2", "p", "strong", "blockquote", "br"}
STRICT |= {"table", "thead", "tbody", "tr", "th", "td"}


@pytest.fixture
def facts(program, peg, pseq, today):
    """Eight planned sessions, one goal, two assessments: pain from 20/3 to 14/3."""
    enrollment = Enrollment(
        condition=Condition("Condition/9", "Chronic low back pain"),
        started=date(2026, 3, 2),
        planned_sessions=8,
        modality=Modality.TELEHEALTH,
        coach=Person("Practitioner/1", "Cora Coach"),
        supervisor=Person("Practitioner/2", "Sam Senior"),
        consent=Consent(date(2026, 3, 1), ConsentMethod.VERBAL),
    )
    goal = Goal("Walk to the shop", date(2026, 3, 2), date(2026, 6, 1), 8, 6)
    return Facts(
        patient=Identity("Ada Quillfeather", "12 April 1961", "MRN-4711"),
        program=program,
        enrollment=enrollment,
        goals=(goal,),
        assessments=(
            Assessed(date(2026, 3, 2), "Baseline", scored(peg, 7, 7, 6), Made(True, True)),
            Assessed(date(2026, 3, 9), "Session 2", scored(peg, 5, 5, 4)),
        ),
        scales=(*peg.scales, *pseq.scales),
        where="Goals are in the program store.",
        author="Cora Coach",
        on=today,
    )


def scored(instrument, *numbers):
    links = (item.link_id for item in instrument.items)
    return score(Response(instrument, dict(zip(links, numbers, strict=True))))


def note(facts):
    return plain.text(summarize(facts))


@pytest.mark.parametrize(
    "said",
    [
        "PROGRAM: SUMMARY\n================\n",
        "Name: Ada Quillfeather\nBorn: 12 April 1961\nMRN: MRN-4711\n",
        "Pain condition: Chronic low back pain\nStatus: Active\nStarted: 2 March 2026\n",
        "How: Telehealth\nCoach: Cora Coach\nSupervisor: Sam Senior\nConsent: Verbal, 1 March 2026",
        "Goal 1:\n    Walk to the shop\nProgress: In progress; due 1 June 2026; importance 8/10;",
        "6.7 (baseline, 2 March 2026)  4.7 (9 March 2026)  -2.0\n",
        "peg: 0 to 10, lower is better. Better by 2.0 points (30%): a meaningful",
        "9 March 2026  Session 2  peg 4.7\n",
        "Goals are in the program store.\nNot a medical device;",
        "Made by Cora Coach on 10 March 2026.\n",
    ],
)
def test_says_what_happened_so_far(facts, said):
    assert said in note(facts)


@pytest.fixture
def both(facts, peg, pseq):
    """One assessment of two instruments; its scores as a record may give them."""
    made = (*scored(pseq, *[2] * 10), *scored(peg, 7, 7, 6))
    return replace(facts, assessments=(Assessed(date(2026, 3, 2), "Baseline", made),))


def test_a_scale_with_bands_says_in_which_the_last_score_is(both):
    assert "pseq: 0 to 60, higher is better. The last: Moderate." in note(both)


def test_scores_stand_in_the_programs_order(both):
    assert "Baseline  peg 6.7; pseq 20" in " ".join(note(both).split("\n"))


def test_before_anything_is_recorded_says_so(facts):
    empty = note(replace(facts, goals=(), assessments=(), author="", patient=Identity("", "", "")))
    for said in ("No goals yet.", "No scores yet.", "No assessment yet.", "by unknown on"):
        assert said in empty
    assert "Name: not recorded\nBorn: not recorded\nMRN: not recorded" in empty


def test_what_could_not_be_read_never_passes_for_not_being_there(facts):
    unread = ("goals", "assessments", "care team")
    text = note(replace(facts, goals=(), assessments=(), unread=unread))
    assert text.count("\nCould not be read.\n") == 3
    assert " yet" not in text
    assert "Incomplete, because this could not be read: goals, assessments, care team\n" in text


def test_one_score_is_no_change(facts):
    text = note(replace(facts, assessments=facts.assessments[:1]))
    assert "one score so far" in text
    assert "Better" not in text
    assert text.count("2 March 2026)") == 1


def test_change_is_counted_from_the_baseline_not_from_an_earlier_paper_form(facts, peg):
    paper = Assessed(date(2026, 2, 20), "Session 1", scored(peg, 1, 1, 1), Made(enrolled=True))
    told = note(replace(facts, assessments=(paper, *facts.assessments)))
    assert "6.7 (baseline, 2 March 2026)  4.7 (9 March 2026)  -2.0\n" in told
    alone = note(replace(facts, assessments=(paper, facts.assessments[0])))
    assert "no score since the baseline" in alone


def test_without_a_baseline_the_note_says_first(facts):
    told = note(
        replace(facts, assessments=tuple(replace(a, made=Made()) for a in facts.assessments))
    )
    assert "6.7 (first, 2 March 2026)" in told


def test_a_rise_carries_its_sign(facts, pseq):
    rise = tuple(Assessed(date(2026, 3, n), "S", scored(pseq, *[n] * 10)) for n in (2, 5))
    assert re.search(r"pseq +20 .* 50 .* \+30\n", note(replace(facts, assessments=rise)))


def test_an_assessment_without_scores_is_listed(facts, today):
    listed = replace(facts, assessments=(Assessed(today, "Follow-up", ()),))
    assert "Follow-up  none" in note(listed)


@pytest.mark.parametrize(
    ("reason", "said"), [("own-choice", "Chose to stop"), ("unknown-code", "unknown-code")]
)
def test_an_exit_is_told_with_its_reason_and_note(facts, reason, said):
    left = Exit(date(2026, 3, 9), reason, "Moves away.")
    ended = replace(facts.enrollment, status=EnrollmentStatus.WITHDRAWN, exit=left)
    text = note(replace(facts, enrollment=ended))
    assert f"Ended: 9 March 2026\nReason: {said}\nNote:\n    Moves away.\n" in text
    bare = replace(ended, exit=replace(left, note=""), modality=Modality.IN_PERSON)
    assert "Note:" not in note(replace(facts, enrollment=bare))


def test_a_marked_goal_tells_when_and_what_was_noted(facts):
    marked = Goal("Swim", None, None, None, None, Achievement.NO_PROGRESS, date(2026, 3, 8), "Sore")
    text = note(replace(facts, goals=(marked,)))
    assert "Goal 1:\n    Swim\nProgress: No progress (8 March 2026).\nNote:\n    Sore\n" in text


def test_what_is_missing_is_called_not_recorded(facts):
    nobody = Person("", "")
    bare = replace(facts.enrollment, condition=Condition("", ""), coach=nobody, supervisor=nobody)
    assert note(replace(facts, enrollment=bare)).count(": not recorded") == 3


class TestFingerprint:
    def test_is_the_same_on_another_day_and_from_another_maker(self, facts):
        later = replace(facts, on=facts.on + timedelta(days=9), author="Somebody else")
        assert summarize(later).fingerprint == summarize(facts).fingerprint
        assert note(later) != note(facts)

    @pytest.mark.parametrize(
        "changed", [{"goals": ()}, {"assessments": ()}, {"where": "Elsewhere"}]
    )
    def test_is_another_when_a_fact_is(self, facts, changed):
        assert summarize(replace(facts, **changed)).fingerprint != summarize(facts).fingerprint


class TestPlain:
    @given(st.lists(HOSTILE, min_size=9, max_size=9))
    def test_no_line_is_wider_than_78_columns(self, words):
        for line in plain.text(made_of(words)).split("\n"):
            assert plain.columns(line) <= 78
            assert len(line) <= 78
            assert not re.search("[\x00-\x1f\x7f-\x9f\u202e\ud800-\udfff]", line)

    @given(HOSTILE)
    def test_what_was_typed_is_indented_on_every_line(self, typed):
        section = Section("Goals", (Quote("Goal 1", typed),))
        text = plain.text(Summary("T", (section,), ()))
        below = text.split("Goal 1:\n")[1].splitlines()
        assert all(not line or line.startswith("    ") for line in below)

    @given(st.text(alphabet=st.characters(categories=["L", "N", "P"])))
    def test_no_word_is_lost(self, typed):
        text = plain.text(Summary("T", (Section("S", (Quote("Q", typed),)),), ()))
        assert re.sub(r"\s", "", text.split("Q:\n")[1]) == re.sub(r"\s", "", typed)

    @pytest.mark.parametrize(("letters", "lines"), [(78, 1), (79, 2)])
    def test_a_line_is_folded_only_when_it_must_be(self, letters, lines):
        line = Line("", "word " * 15 + "d" * (letters - 75))
        text = plain.text(Summary("T", (Section("S", (line,)),), ()))
        assert len(text.partition("-\n")[2].strip().splitlines()) == lines

    def test_wide_characters_take_two_columns(self):
        assert plain.wrapped("走" * 50, 78) == ["走" * 39, "走" * 11]

    def test_a_table_too_wide_is_folded_within_its_cells(self):
        table = Table(("A", "B"), (("one " * 30, "two"),))
        lines = plain.text(Summary("T", (Section("S", (table,)),), ())).splitlines()
        assert [line[-3:] for line in lines if line.endswith("two")] == ["two"]
        assert sum(line.count("one") for line in lines) == 30


class TestXhtml:
    @given(st.lists(HOSTILE, min_size=9, max_size=9))
    def test_always_parses_and_holds_only_our_elements(self, words):
        root = ElementTree.fromstring(xhtml.document(made_of(words)).encode())
        used = {
            element.tag.removeprefix("{http://www.w3.org/1999/xhtml}") for element in root.iter()
        }
        assert used <= STRICT
        attributes = {name for element in root.iter() for name in element.attrib}
        assert attributes <= {"scope", "lang", "{http://www.w3.org/XML/1998/namespace}lang"}

    def test_hostile_words_stay_words(self):
        words = '<script src="x">&amp;</script>'
        root = ElementTree.fromstring(xhtml.fragment(made_of([words] * 9)))
        assert root.find(".//blockquote/p").text == words
        assert root.find(".//script") is None

    def test_lines_stay_lines(self):
        summary = Summary("T", (Section("S", (Quote("Q", "one\ntwo\r\nthree"),)),), ())
        assert "<p>one<br />two<br />three</p>" in xhtml.fragment(summary)

    def test_inline_text_stands_in_blocks_as_strict_xhtml_asks(self, facts):
        root = ElementTree.fromstring(xhtml.fragment(summarize(facts)))
        for block in (*root.iter("div"), *root.iter("blockquote")):
            assert not (block.text or "").strip()
            assert not any((child.tail or "").strip() for child in block)

    def test_headings_follow_the_level_they_are_put_at(self, facts):
        levels = re.findall(r"<h(\d)>", xhtml.fragment(summarize(facts), 3))
        assert levels == ["3", *["4"] * 6]

    def test_says_the_same_as_the_plain_text(self, facts):
        root = ElementTree.fromstring(xhtml.fragment(summarize(facts)))
        told = re.sub(r"[\s=-]", "", "".join(root.itertext())).upper()
        assert told == re.sub(r"[\s=-]", "", note(facts)).upper()


def made_of(words):
    """A summary with these words in every place there is."""
    title, heading, label, text, quoted, typed, head, cell, by = words
    table = Table((head, head, "C"), ((cell, cell, ""),))
    section = Section(heading, (Line(label, text), Quote(quoted, typed), table, Line("", text)))
    return Summary(title, (section,), (Line("", by),))


def test_values_are_exact_until_they_are_shown(facts):
    assert facts.assessments[0].scores[0].value == Fraction(20, 3)
