"""Which of two changes counts: by sequence within a client, between clients by when given."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from smartapp.drafts.answers import (
    ASIDES,
    CLIENTS,
    EARLIER,
    Answer,
    Change,
    Page,
    Sheet,
    changed_by_others,
    heard,
    posted,
    rebased,
)
from smartapp.drafts.hand import Hand

EMPTY = Sheet()
STAFF, PATIENT = Hand(reference="Practitioner/1"), Hand(alone=True)


def say(sheet, revision, client, sequence, **fields):
    return heard(sheet, Change(client, sequence, fields), revision)


def post(sheet, fields, shown, shown_at, revision):
    return posted(sheet, Page(fields, shown, shown_at), revision)


def texts(sheet):
    return sheet.typed()


def test_the_last_of_one_clients_changes_counts_whatever_arrives_last():
    late = say(EMPTY, 1, "a", 2, pain=["7"])
    assert texts(say(late, 2, "a", 1, pain=["3"])) == {"pain": ("7",)}


def test_between_clients_the_one_that_arrives_last_counts():
    first = say(EMPTY, 1, "a", 99, pain=["7"])
    assert texts(say(first, 2, "b", 1, pain=["3"])) == {"pain": ("3",)}


def test_what_was_heard_before_changes_nothing_even_after_another_client():
    """A request that is repeated because its answer was lost must not undo a later one."""
    both = say(say(EMPTY, 1, "a", 1, pain=["7"]), 2, "b", 1, pain=["3"])
    assert say(both, 3, "a", 1, pain=["7"]) == both


def test_a_field_overtaken_by_another_field_is_still_heard():
    late = say(EMPTY, 1, "a", 2, joy=["1"])
    assert texts(say(late, 2, "a", 1, pain=["3"])) == {"joy": ("1",), "pain": ("3",)}


@settings(max_examples=50)
@given(some.permutations(range(1, 7)), some.lists(some.sampled_from("xyz"), min_size=6, max_size=6))
def test_in_any_order_and_repeated_the_end_is_the_same(order, said):
    sheet = EMPTY
    for number in [*order, *order]:
        sheet = say(sheet, number, "a", number, pain=[said[number - 1]])
    assert texts(sheet) == {"pain": (said[5],)}


def test_clients_are_remembered_but_not_without_end():
    sheet = EMPTY
    for number in range(3 * CLIENTS):
        sheet = say(sheet, number, f"c{number}", 1, pain=[str(number)])
    assert len(sheet.answer("pain").heard) == CLIENTS
    assert say(sheet, 1, f"c{3 * CLIENTS - 1}", 1, pain=["old"]) == sheet


class TestWholePages:
    def test_an_answer_is_taken(self):
        assert texts(post(EMPTY, {"pain": ["7"]}, ["pain"], 1, 2)) == {"pain": ("7",)}

    def test_what_was_shown_and_is_not_sent_was_emptied(self):
        sheet = say(EMPTY, 2, "a", 1, boxes=["1", "2"])
        assert texts(post(sheet, {}, ["boxes"], 2, 3)) == {"boxes": ()}

    def test_what_was_not_shown_is_kept(self):
        """A question that another answer hides keeps what was typed."""
        sheet = say(EMPTY, 2, "a", 1, hidden=["words"])
        assert texts(post(sheet, {}, ["pain"], 2, 3)) == {"hidden": ("words",)}

    def test_a_page_that_is_old_undoes_nothing_of_another_device(self):
        shown = say(EMPTY, 2, "a", 1, pain=["7"], joy=["1"])
        elsewhere = say(shown, 3, "b", 1, pain=["3"])
        page = post(elsewhere, {"pain": ["7"], "joy": ["2"]}, ["pain", "joy"], 2, 4)
        assert texts(page) == {"pain": ("3",), "joy": ("2",)}

    def test_what_was_typed_on_an_old_page_counts_by_arrival(self):
        elsewhere = say(say(EMPTY, 2, "a", 1, pain=["7"]), 3, "b", 1, pain=["3"])
        assert texts(post(elsewhere, {"pain": ["5"]}, ["pain"], 2, 4)) == {"pain": ("5",)}

    def test_sent_twice_is_the_same_as_once(self):
        once = post(EMPTY, {"pain": ["7"]}, ["pain"], 1, 2)
        assert post(once, {"pain": ["7"]}, ["pain"], 1, 3) == once


def give(sheet, revision, client, at, seen, texts, sequence=1):
    """An answer to "pain" given at a time, on a page that knew a revision."""
    change = Change(client, sequence, {"pain": texts}, given=at, seen=seen)
    return heard(sheet, change, revision)


def aside(sheet, name="pain"):
    return [one.texts for one in sheet.asides().get(name, ())]


class TestTwoDevices:
    """B answers at 11:00; A answered without a connection and did not know of it."""

    @pytest.fixture
    def b(self):
        return give(EMPTY, 2, "b", 11, 1, ["3"])

    def test_what_was_given_earlier_does_not_replace_what_was_given_later(self, b):
        late = give(b, 3, "a", 10, 1, ["7"])
        assert texts(late) == {"pain": ("3",)}
        assert aside(late) == [("7",)]

    def test_what_was_given_later_counts_and_the_other_is_set_aside(self, b):
        late = give(b, 3, "a", 12, 1, ["7"])
        assert texts(late) == {"pain": ("7",)}
        assert aside(late) == [("3",)]

    def test_who_knew_the_answer_replaces_it_without_a_word(self, b):
        late = give(b, 3, "a", 12, 2, ["7"])
        assert texts(late) == {"pain": ("7",)}
        assert aside(late) == []

    def test_who_knew_it_replaces_it_also_with_a_clock_that_was_set_back(self, b):
        assert texts(give(b, 3, "a", 5, 2, ["7"])) == {"pain": ("7",)}

    def test_the_same_answer_is_no_second_one(self, b):
        assert aside(give(b, 3, "a", 10, 1, ["3"])) == []

    def test_nothing_is_not_set_aside(self, b):
        assert aside(give(b, 3, "a", 10, 1, [])) == []

    def test_of_one_device_only_its_last_answer_is_set_aside(self, b):
        typed = give(b, 3, "a", 10, 1, ["7"])
        assert aside(give(typed, 4, "a", 10.1, 1, ["8"], sequence=2)) == [("8",)]

    def test_sent_again_it_changes_nothing(self, b):
        once = give(b, 3, "a", 10, 1, ["7"])
        assert give(once, 4, "a", 10, 1, ["7"]) == once

    def test_what_was_set_aside_and_is_answered_again_is_no_second_one(self, b):
        late = give(b, 3, "a", 10, 1, ["7"])
        assert aside(give(late, 4, "b", 13, 3, ["7"], sequence=2)) == []

    def test_only_so_many_are_remembered(self, b):
        for number in range(2 * ASIDES):
            b = give(b, 3 + number, f"c{number}", 10, 1, [f"x{number}"])
        assert len(aside(b)) == ASIDES
        assert aside(b)[0] == (f"x{2 * ASIDES - 1}",)

    def test_and_the_oldest_of_them_says_how_many_more_there_were(self, b):
        for number in range(ASIDES):
            b = give(b, 3 + number, f"c{number}", 10, 1, [f"x{number}"])
        assert {one.earlier for one in b.answer("pain").asides} == {0}
        for number in range(3):
            b = give(b, 30 + number, f"d{number}", 10, 1, [f"y{number}"])
        assert [one.earlier for one in b.answer("pain").asides] == [*[0] * (ASIDES - 1), 3]

    @pytest.mark.parametrize(("at", "by"), [(10, PATIENT), (12, STAFF)])
    def test_what_is_set_aside_says_who_gave_it(self, at, by):
        """Staff answered at 11; the patient before or after."""
        b = heard(EMPTY, Change("b", 1, {"pain": ["3"]}, given=11, seen=1), 2, STAFF)
        late = heard(b, Change("a", 1, {"pain": ["7"]}, given=at, seen=1), 3, PATIENT)
        assert [one.hand for one in late.answer("pain").asides] == [by]

    def test_also_what_came_with_a_whole_page(self):
        shown = Page({"pain": ["1"]}, ["pain"], 1)
        one = posted(posted(EMPTY, shown, 2, STAFF), Page({"pain": ["2"]}, ["pain"], 1), 3, PATIENT)
        assert [(a.texts, a.hand) for a in one.answer("pain").asides] == [(("1",), STAFF)]
        assert one.answer("pain").hand == PATIENT

    def test_a_group_that_is_added_loses_none(self, b):
        late = rebased(give(b, 3, "a", 10, 1, ["7"]), [{"linkId": "pain"}], {}, 4)
        assert aside(late) == [("7",)]
        assert aside(rebased(late, [], {}, 5)) == [("7",)]

    def test_two_pages_without_a_script_are_two(self):
        shown = post(EMPTY, {"pain": ["1"]}, ["pain"], 1, 2)
        one = post(shown, {"pain": ["2"]}, ["pain"], 2, 3)
        two = post(one, {"pain": ["3"]}, ["pain"], 2, 4)
        assert texts(two) == {"pain": ("3",)}
        assert aside(two) == [("2",)]


class TestAPageSoOldThatItIsNotKnownWhatItShowed:
    @pytest.fixture
    def sheet(self):
        """Shown at revision 2 as "first", and typed into on another device ever since."""
        sheet = say(EMPTY, 2, "a", 1, words=["first"])
        for number in range(3, EARLIER + 4):
            sheet = say(sheet, number, "b", number, words=[f"later {number}"])
        return sheet

    @pytest.mark.parametrize("typed", ["first", "typed on the old page"])
    def test_replaces_nothing_and_loses_nothing(self, sheet, typed):
        page = post(sheet, {"words": [typed]}, ["words"], 2, 99)
        assert texts(page) == texts(sheet)
        assert aside(page, "words") == [(typed,)]

    def test_of_what_is_known_still_counts_by_what_it_showed(self, sheet):
        shown = sheet.answer("words").earlier[-1][0]
        page = post(sheet, {"words": ["typed"]}, ["words"], shown, 99)
        assert texts(page) == {"words": ("typed",)}

    def test_that_says_what_stands_there_changes_nothing(self, sheet):
        assert post(sheet, {"words": list(texts(sheet)["words"])}, ["words"], 2, 99) == sheet


def test_a_page_learns_that_somebody_else_changed_something():
    sheet = say(say(EMPTY, 2, "a", 1, pain=["7"]), 3, "b", 1, joy=["3"])
    assert changed_by_others(sheet, "a", 2)
    assert not changed_by_others(sheet, "b", 2)
    assert not changed_by_others(sheet, "a", 3)


def test_before_anything_stood_there_a_field_was_empty():
    assert Answer(("7",), 5).at(4) == ()
