"""What was sent is put into the answers that were there, and nothing else is touched."""

from copy import deepcopy
from datetime import timedelta, timezone
from decimal import Decimal

import pytest

from smartapp.forms.entry import read_entry
from smartapp.forms.entry_names import field_name
from smartapp.forms.entry_question import BOTH, TOO_LARGE, WRONG_KIND
from smartapp.forms.entry_sent import Upload
from smartapp.forms.entry_values import SENTENCES, shown
from smartapp.forms.questionnaire import ItemType
from smartapp.forms.reading import read_questionnaire

SDC = "http://hl7.org/fhir/StructureDefinition/"
OPTIONS = [{"valueCoding": {"system": "s", "code": c, "display": c.upper()}} for c in "abc"]


def item(type_="string", link_id="q", **more):
    return {"linkId": link_id, "type": type_, "text": link_id, **more}


def form(*items):
    head = {"resourceType": "Questionnaire", "url": "http://x.org/q", "status": "active"}
    return read_questionnaire({**head, "item": list(items)})


def read(items, before=(), **entry):
    """Read the fields, given as name=text or name=list, onto the answers before."""
    sent = {name: [value] if isinstance(value, str) else value for name, value in entry.items()}
    questionnaire = form(*([items] if isinstance(items, dict) else items))
    return read_entry(questionnaire, sent, list(before))


def answered(*values, link_id="q"):
    return [{"linkId": link_id, "answer": list(values)}]


def coding(code):
    return OPTIONS["abc".index(code)]


class TestNames:
    @pytest.mark.parametrize("link_id", ["/44250-9", "a b", "~", "é", '"><script>', "a:b*2", "\0"])
    def test_a_name_has_only_harmless_characters_whatever_the_link_id(self, link_id):
        assert not set(field_name(((link_id, 0),))) & set(" /:*<>\"'&#%\0é")

    def test_two_places_never_share_a_name(self):
        paths = [(("a", 0), ("b", 0)), (("a/b", 0),), (("a", 1),), (("a*1", 0),), (("~2f", 0),)]
        assert len({field_name(path) for path in paths}) == len(paths)

    def test_the_prefix_is_a_step_of_its_own(self):
        assert field_name((("a", 0), ("b", 2)), "peg") == "peg/a/b*2"


@pytest.mark.parametrize(
    ("type_", "typed", "value"),
    [
        ("boolean", "true", {"valueBoolean": True}),
        ("boolean", "false", {"valueBoolean": False}),
        ("integer", " 012 ", {"valueInteger": 12}),
        ("integer", "-3", {"valueInteger": -3}),
        ("decimal", "12.50", {"valueDecimal": Decimal("12.50")}),
        ("decimal", ".5", {"valueDecimal": Decimal("0.5")}),
        ("decimal", "12,5", {"valueDecimal": Decimal("12.5")}),
        ("decimal", "0,1250", {"valueDecimal": Decimal("0.1250")}),
        ("decimal", "0,125", {"valueDecimal": Decimal("0.125")}),
        ("decimal", "1234,567", {"valueDecimal": Decimal("1234.567")}),
        ("date", "2026", {"valueDate": "2026"}),
        ("date", "2026-02", {"valueDate": "2026-02"}),
        ("date", "2024-02-29", {"valueDate": "2024-02-29"}),
        ("dateTime", "2026-11", {"valueDateTime": "2026-11"}),
        ("dateTime", "2026-11-23 14:30", {"valueDateTime": "2026-11-23T14:30:00+00:00"}),
        ("dateTime", "2026-11-23T14:30:05Z", {"valueDateTime": "2026-11-23T14:30:05Z"}),
        ("time", "09:30", {"valueTime": "09:30:00"}),
        ("time", "09:30:15", {"valueTime": "09:30:15"}),
        ("string", "  spaces stay ", {"valueString": "  spaces stay "}),
        ("text", "two\r\nlines", {"valueString": "two\nlines"}),
        ("url", " https://a.example ", {"valueUri": "https://a.example"}),
        ("reference", "Patient/1", {"valueReference": {"reference": "Patient/1"}}),
        ("quantity", "<5.0", {"valueQuantity": {"value": Decimal("5.0"), "comparator": "<"}}),
    ],
)
def test_each_type_is_read_as_it_was_typed(type_, typed, value):
    assert read(item(type_), q=typed).items == answered(value)


def test_digits_are_kept_exactly():
    read_ = read(item("decimal"), q="12.50").items[0]["answer"][0]["valueDecimal"]
    assert str(read_) == "12.50"


@pytest.mark.parametrize(
    ("type_", "typed"),
    [
        ("integer", "7.5"),
        ("integer", "99999999999"),
        ("decimal", "12,5x"),
        ("decimal", "1.2,5"),
        ("decimal", "1,234,567"),
        ("decimal", "x1,234"),
        ("decimal", "١٢"),
        ("decimal", "NaN"),
        ("quantity", "much"),
        ("date", "23/11/2026"),
        ("date", "2026-13"),
        ("date", "2026-02-30"),
        ("dateTime", "2026-11-23 25:00"),
        ("dateTime", "soon"),
        ("time", "24:10"),
        ("reference", "my doctor"),
        ("boolean", "perhaps"),
    ],
)
def test_what_cannot_be_read_is_given_back_with_its_sentence(type_, typed):
    entered = read(item(type_), q=typed)
    assert entered.items == []
    assert entered.unread == {"q": typed}
    assert [(p.field, p.sentence) for p in entered.problems] == [("q", SENTENCES[ItemType(type_)])]


@pytest.mark.parametrize("type_", ["decimal", "quantity"])
@pytest.mark.parametrize("typed", ["1,234", "-1,234"])
def test_a_comma_that_may_part_the_thousands_is_asked_about(type_, typed):
    entered = read(item(type_), q=typed)
    assert (entered.items, entered.unread) == ([], {"q": typed})
    assert entered.problems[0].sentence.startswith("This may mean 1234 or 1.234.")


@pytest.mark.parametrize("type_", [*(t.value for t in SENTENCES), "attachment", "string", "url"])
@pytest.mark.parametrize("typed", ["", "  "])
def test_nothing_typed_is_no_answer(type_, typed):
    assert read(item(type_), q=typed).items == []


def test_a_time_without_zone_is_the_clinics():
    zone = timezone(timedelta(hours=10, minutes=30))
    entered = read_entry(form(item("dateTime")), {"q": ["2026-11-23 14:30"]}, [], zone=zone)
    assert entered.items == answered({"valueDateTime": "2026-11-23T14:30:00+10:30"})


@pytest.mark.parametrize(
    "value",
    [
        {"valueDecimal": Decimal("1E+2"), "id": "x", "extension": [{"url": "u"}]},
        {"valueDateTime": "2026-11-23T14:30:00.250+10:00"},
        {"valueString": "a\r\nb\0c"},
        {"valueInteger": 5},
        {"valueReference": {"display": "Dr. A"}},
        {"extension": [{"url": "u", "valueCode": "asked-declined"}]},
    ],
)
@pytest.mark.parametrize("type_", ["decimal", "dateTime", "text", "reference", "quantity"])
def test_a_field_that_comes_back_as_shown_leaves_the_answer_exactly_as_it_was(type_, value):
    before = answered(value)
    parts = shown(form(item(type_)).items[0], value)
    sent = {f"q:{part}" if part else "q": text for part, text in parts.items()}
    assert read(item(type_), before, **sent).items == before


def test_what_was_there_is_not_changed_in_place():
    before = answered({"valueString": "old"})
    kept = deepcopy(before)
    read(item(), before, q="new")
    assert before == kept


class TestUntouched:
    def test_a_field_that_was_not_on_the_page_keeps_its_answer(self):
        before = answered({"valueString": "old"})
        assert read(item(), before).items == before

    @pytest.mark.parametrize(
        "more",
        [
            {"readOnly": True},
            {"extension": [{"url": f"{SDC}questionnaire-hidden", "valueBoolean": True}]},
        ],
    )
    def test_nobody_types_into_what_is_hidden_or_read_only(self, more):
        before = answered({"valueString": "old"})
        assert read(item(**more), before, q="new").items == before

    def test_nobody_types_into_what_is_below_a_hidden_group(self):
        hidden = [{"url": f"{SDC}questionnaire-hidden", "valueBoolean": True}]
        group = item("group", "g", item=[item()], extension=hidden)
        assert read(group, **{"g/q": "new"}).items == []

    def test_answers_of_another_version_of_the_form_stay(self):
        before = [{"linkId": "gone", "answer": [{"valueString": "kept"}]}]
        assert read(item(), before, q="new").items == answered({"valueString": "new"}) + before

    def test_the_unit_that_is_not_offered_stays_beside_a_changed_number(self):
        unit = [{"url": f"{SDC}questionnaire-unitOption", "valueCoding": {"code": "kg"}}]
        before = answered({"valueQuantity": {"value": 5, "unit": "stone"}})
        entered = read(item("quantity", extension=unit), before, **{"q": "6", "q:unit": "="})
        assert entered.items == answered({"valueQuantity": {"value": Decimal(6), "unit": "stone"}})


UNITS = [
    {
        "url": f"{SDC}questionnaire-unitOption",
        "valueCoding": {"system": "u", "code": c, "display": d},
    }
    for c, d in (("kg", "kilograms"), ("[lb_av]", "pounds"))
]


class TestQuantities:
    def test_the_chosen_unit_is_written_with_its_code(self):
        entered = read(item("quantity", extension=UNITS), **{"q": "80.5", "q:unit": "1"})
        pounds = {"unit": "pounds", "system": "u", "code": "[lb_av]"}
        assert entered.items == answered({"valueQuantity": {"value": Decimal("80.5"), **pounds}})

    def test_a_unit_in_own_words_is_kept(self):
        entered = read(item("quantity"), **{"q": "2", "q:unit": "cups"})
        assert entered.items == answered({"valueQuantity": {"value": Decimal(2), "unit": "cups"}})

    def test_a_unit_in_own_words_without_a_number_is_given_back(self):
        entered = read(item("quantity"), **{"q": "", "q:unit": "cups"})
        assert entered.unread["q:unit"] == "cups"


KINDS = [{"url": f"{SDC}questionnaire-referenceResource", "valueCode": "Practitioner"}]


class TestReferences:
    def test_a_kind_and_an_id_make_a_reference(self):
        sent = {"q": "7", "q:type": "Practitioner"}
        entered = read(item("reference", extension=KINDS), **sent)
        assert entered.items == answered({"valueReference": {"reference": "Practitioner/7"}})

    def test_the_display_stays_with_its_reference(self):
        before = answered({"valueReference": {"reference": "Practitioner/7", "display": "Dr. A"}})
        sent = {"q": "7", "q:type": "Practitioner"}
        assert read(item("reference", extension=KINDS), before, **sent).items == before

    def test_it_can_be_taken_away_though_it_has_no_text(self):
        before = answered({"valueReference": {"display": "Dr. A"}})
        assert read(item("reference"), before, **{"q": "", "q:drop": "yes"}).items == []


LIMITS = [
    {"url": f"{SDC}mimeType", "valueCode": "text/plain"},
    {"url": f"{SDC}maxSize", "valueDecimal": Decimal("0.000004")},
]


class TestFiles:
    def enter(self, upload, before=(), **entry):
        questionnaire = form(item("attachment", extension=LIMITS))
        return read_entry(questionnaire, entry, list(before), files={"q": upload} if upload else {})

    def test_a_file_is_kept_with_its_name_kind_and_size(self):
        entered = self.enter(Upload("a.txt", "text/plain", b"abc"))
        file = {"contentType": "text/plain", "data": "YWJj", "size": 3, "title": "a.txt"}
        assert entered.items == answered({"valueAttachment": file})

    @pytest.mark.parametrize(
        ("upload", "sentence"),
        [
            (Upload("a", "text/plain", b"abcde"), TOO_LARGE),
            (Upload("a", "text/html", b"a"), WRONG_KIND),
        ],
    )
    def test_a_file_beyond_the_limits_leaves_what_was_there(self, upload, sentence):
        before = answered({"valueAttachment": {"title": "old"}})
        entered = self.enter(upload, before)
        assert entered.items == before
        assert [problem.sentence for problem in entered.problems] == [sentence]

    def test_what_is_there_stays_without_a_new_file_and_goes_when_taken_away(self):
        before = answered({"valueAttachment": {"title": "old"}})
        assert self.enter(None, before).items == before
        assert self.enter(None, before, **{"q:drop": ["yes"]}).items == []


class TestChoices:
    def choice(self, before=(), type_="choice", more=(), **entry):
        return read(item(type_, answerOption=OPTIONS, **dict(more)), before, **entry)

    def test_a_key_is_the_option_as_offered(self):
        assert self.choice(q="1").items == answered(coding("b"))

    def test_an_unknown_key_is_no_answer(self):
        assert self.choice(q="99").items == []

    def test_a_chosen_option_keeps_what_the_answer_carried(self):
        before = answered(
            {"valueCoding": {"system": "s", "code": "b", "display": "old"}, "id": "x"}
        )
        assert self.choice(before, q="1").items == before

    def test_nothing_marked_on_the_page_takes_the_answer_away(self):
        assert self.choice(answered(coding("a")), shown="q").items == []

    def test_the_clear_button_takes_the_answer_away(self):
        sent = {"q": "0", "shown": "q", "clear:q": ""}
        assert self.choice(answered(coding("a")), **sent).items == []

    def test_an_answer_that_is_not_offered_stays_while_it_is_marked(self):
        before = answered({"valueCoding": {"code": "retired"}})
        assert self.choice(before, q="=0").items == before

    def test_several_are_kept_in_the_order_they_were_given(self):
        before = answered(coding("c"), coding("a"))
        assert self.choice(before, more={"repeats": True}, q=["0", "2"]).items == before

    def test_one_more_joins_those_that_were_there(self):
        before = answered(coding("c"))
        entered = self.choice(before, more={"repeats": True}, q=["0", "2"])
        assert entered.items == answered(coding("a"), coding("c"))

    def test_own_words_are_a_string(self):
        entered = self.choice(type_="open-choice", **{"q": "other", "q:other": "mine"})
        assert entered.items == answered({"valueString": "mine"})

    def test_own_words_count_though_other_is_not_marked(self):
        entered = self.choice(type_="open-choice", shown="q", **{"q:other": "mine"})
        assert entered.items == answered({"valueString": "mine"})

    def test_own_words_that_name_an_option_are_that_option(self):
        entered = self.choice(type_="open-choice", **{"q": "other", "q:other": " B "})
        assert entered.items == answered(coding("b"))

    def test_an_option_and_new_words_are_given_back_not_guessed(self):
        entered = self.choice(type_="open-choice", **{"q": "0", "q:other": "mine"})
        assert entered.items == answered(coding("a"))
        assert entered.unread == {"q:other": "mine"}
        assert [problem.sentence for problem in entered.problems] == [BOTH]

    def test_an_option_replaces_the_words_that_were_there(self):
        before = answered({"valueString": "mine"})
        entered = self.choice(before, "open-choice", **{"q": "0", "q:other": "mine"})
        assert entered.items == answered(coding("a"))

    def test_several_own_words_stand_beside_options(self):
        sent = {"q": ["2"], "q:other": ["one", "", "two"]}
        entered = self.choice(type_="open-choice", more={"repeats": True}, **sent)
        words = ({"valueString": "one"}, {"valueString": "two"})
        assert entered.items == answered(coding("c"), *words)


class TestRepeats:
    GROUP = item("group", "g", repeats=True, item=[item()])

    def instances(self, *texts):
        return [{"linkId": "g", "item": answered({"valueString": text})} for text in texts]

    def test_answers_are_read_row_by_row(self):
        entered = read(item(repeats=True), **{"q": "one", "q*1": "", "q*2": "three"})
        assert entered.items == answered({"valueString": "one"}, {"valueString": "three"})

    def test_a_row_is_removed_by_its_button(self):
        before = answered({"valueString": "one"}, {"valueString": "two"})
        sent = {"q": "one", "q*1": "two", "remove:q": ""}
        assert read(item(repeats=True), before, **sent).items == answered({"valueString": "two"})

    def test_what_cannot_be_read_comes_after_the_answers(self):
        sent = {"q": "1", "q*1": "x", "q*2": "3"}
        entered = read(item("integer", repeats=True), **sent)
        assert entered.items == answered({"valueInteger": 1}, {"valueInteger": 3})
        assert entered.unread == {"q*2": "x"}

    def test_every_instance_of_a_group_is_read(self):
        sent = {"shown": ["g", "g*1"], "g/q": "one", "g*1/q": "two"}
        assert read(self.GROUP, **sent).items == self.instances("one", "two")

    def test_an_empty_instance_is_none(self):
        assert read(self.GROUP, shown="g", **{"g/q": ""}).items == []

    def test_adding_keeps_what_was_typed_and_makes_room(self):
        sent = {"shown": "g", "g/q": "one", "add:g": ""}
        assert read(self.GROUP, **sent).items == [*self.instances("one"), {"linkId": "g"}]

    def test_adding_to_an_empty_group_makes_two(self):
        entered = read(self.GROUP, shown="g", **{"g/q": "", "add:g": ""})
        assert entered.items == [{"linkId": "g"}, {"linkId": "g"}]

    def test_removing_takes_the_instance_of_the_button(self):
        sent = {"shown": ["g", "g*1"], "g/q": "one", "g*1/q": "two", "remove:g": ""}
        assert read(self.GROUP, self.instances("one", "two"), **sent).items == self.instances("two")


class TestNesting:
    CHILD = item(link_id="why")

    def test_a_child_of_a_question_is_in_its_answer(self):
        entered = read(item(item=[self.CHILD]), **{"q": "yes", "q/why": "so"})
        child = answered({"valueString": "so"}, link_id="why")
        assert entered.items == answered({"valueString": "yes", "item": child})

    def test_a_child_stays_when_another_option_is_chosen(self):
        child = answered({"valueString": "so"}, link_id="why")
        before = answered({**coding("a"), "item": child})
        choice = item("choice", answerOption=OPTIONS, item=[self.CHILD])
        entered = read(choice, before, **{"q": "1", "q/why": "so"})
        assert entered.items == answered({**coding("b"), "item": child})

    def test_a_child_is_kept_though_its_question_has_no_answer(self):
        choice = item("choice", answerOption=OPTIONS, item=[self.CHILD])
        entered = read(choice, shown="q", **{"q/why": "so"})
        assert entered.items == answered({"item": answered({"valueString": "so"}, link_id="why")})

    def test_the_children_of_each_of_several_answers_stay_with_it(self):
        before = answered(
            *({**coding(c), "item": answered({"valueString": c}, link_id="why")} for c in "ac")
        )
        choice = item("choice", answerOption=OPTIONS, repeats=True, item=[self.CHILD])
        entered = read(choice, before, **{"q": ["2"], "q/why": "a", "q*1/why": "changed"})
        child = answered({"valueString": "changed"}, link_id="why")
        assert entered.items == answered({**coding("c"), "item": child})

    @pytest.mark.parametrize("typed", ["yes", "no"])
    def test_a_hidden_child_stays_whatever_is_typed_above_it(self, typed):
        hidden = [{"url": f"{SDC}questionnaire-hidden", "valueBoolean": True}]
        child = answered({"valueString": "so"}, link_id="why")
        parent = item(item=[item(link_id="why", extension=hidden)])
        entered = read(parent, answered({"valueString": "yes", "item": child}), q=typed)
        assert entered.items == answered({"valueString": typed, "item": child})


@pytest.mark.parametrize(("typed", "number"), [("-0", "0"), ("-0.00", "0.00"), ("-1.50", "-1.50")])
def test_zero_has_no_sign_and_every_number_its_digits(form, asked, typed, number):
    questionnaire = read_questionnaire(form(asked("n", "decimal")))
    (entry,) = read_entry(questionnaire, {"n": [typed]}, []).items
    assert str(entry["answer"][0]["valueDecimal"]) == number


@pytest.mark.parametrize("broken", ["\0", "\ud800"])
def test_a_character_that_cannot_be_sent_on_is_seen_as_broken(form, asked, broken):
    questionnaire = read_questionnaire(form(asked("s", "string")))
    (entry,) = read_entry(questionnaire, {"s": [f"a{broken}b"]}, []).items
    assert entry["answer"] == [{"valueString": "a\ufffdb"}]


def test_null_is_no_answer_before(form, asked):
    """Some servers send null for what a response does not have."""
    inner = asked("b", "string")
    questionnaire = read_questionnaire(form(asked("a", "string", repeats=True, item=[inner])))
    before = [{"linkId": "a", "answer": None}]
    (item,) = read_entry(questionnaire, {"a": ["x"]}, before).items
    assert item["answer"] == [{"valueString": "x"}]
    nulled = [{"linkId": "a", "answer": [{"valueString": "x", "item": None}]}]
    assert read_entry(questionnaire, {"a": ["y"]}, nulled).items[0]["answer"][0] == {
        "valueString": "y"
    }


@pytest.mark.parametrize("kind", sorted(set(ItemType) - {"group", "display", "quantity"}))
@pytest.mark.parametrize("text", ["", "1"])
def test_a_unit_beside_what_has_none_is_nothing(form, asked, kind, text):
    """No page sends that; whoever does is answered all the same."""
    options = {"answerOption": [{"valueString": "x"}]} if "choice" in kind else {}
    questionnaire = read_questionnaire(form(asked("a", str(kind), **options)))
    alone = read_entry(questionnaire, {"a": [text]}, [])
    for unit in ("=", "kg"):
        entered = read_entry(questionnaire, {"a": [text], "a:unit": [unit]}, [])
        assert (entered.items, entered.problems) == (alone.items, alone.problems)
