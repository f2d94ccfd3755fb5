"""Which of two changes counts: by sequence within a client, by arrival between clients."""

from hypothesis import given, settings
from hypothesis import strategies as some

from smartapp.drafts.answers import (
    CLIENTS,
    Answer,
    Change,
    Page,
    Sheet,
    changed_by_others,
    heard,
    posted,
)

EMPTY = Sheet()


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


def test_a_page_learns_that_somebody_else_changed_something():
    sheet = say(say(EMPTY, 2, "a", 1, pain=["7"]), 3, "b", 1, joy=["3"])
    assert changed_by_others(sheet, "a", 2)
    assert not changed_by_others(sheet, "b", 2)
    assert not changed_by_others(sheet, "a", 3)


def test_before_anything_stood_there_a_field_was_empty():
    assert Answer(("7",), 5).at(4) == ()
