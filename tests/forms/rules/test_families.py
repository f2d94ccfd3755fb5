"""What the examples of the table do not say: paths, order, and the finer points of a rule."""

from dataclasses import replace
from decimal import Decimal

import pytest

from smartapp.fhirpath import compile
from smartapp.forms.questionnaire import Variable
from smartapp.forms.validate import MOST_ISSUES

CORE = "http://hl7.org/fhir/StructureDefinition/"
SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"
UCUM = "http://unitsofmeasure.org"
DECLINED = {"extension": [{"url": f"{CORE}data-absent-reason", "valueCode": "asked-declined"}]}


def item(kind="string", link_id="s", *extensions, **more):
    given = {"extension": list(extensions)} if extensions else {}
    return {"linkId": link_id, "type": kind, "text": f"What about {link_id}?", **given, **more}


def group(*items, link_id="g", **more):
    return item("group", link_id, item=list(items), **more)


def entry(link_id="s", *answers, **more):
    return {"linkId": link_id, **({"answer": list(answers)} if answers else {}), **more}


def core(name, **value):
    return {"url": f"{CORE}{name}", **value}


def formula(name, expression):
    value = {"language": "text/fhirpath", "expression": expression}
    return {"url": f"{SDC}{name}", "valueExpression": value}


def limit(name, kind, expression):
    value = {"language": "text/fhirpath", "expression": expression}
    inside = {"extension": [core("cqf-calculatedValue", valueExpression=value)]}
    return core(name, **{f"_value{kind}": inside})


@pytest.fixture
def broken(read, respond, judge):
    """Judge items answered so; return the numbers of the rules broken."""

    def broken(items, *answers, **head):
        form = read(*(items if isinstance(items, list) else [items]))
        return [issue.rule for issue in judge(form, respond(*answers, **head))]

    return broken


class TestPlaces:
    def test_an_issue_has_the_path_of_its_item(self, read, respond, judge):
        form = read(group(item(maxLength=1), repeats=True))
        kept, wrong = ({"valueString": "a" * size} for size in (1, 2))
        answers = [entry("g", item=[entry("s", kept)]), entry("g", item=[entry("s", wrong)])]
        (issue,) = judge(form, respond(*answers))
        assert (issue.link_id, issue.path) == ("s", (("g", 1), ("s", 0)))

    def test_below_an_answer_the_path_has_the_answer(self, read, respond, judge):
        form = read(item(repeats=True, item=[item("integer", "n", required=True)]))
        answers = [{"valueString": "a", "item": [entry("n", {"valueInteger": 1})]}]
        (issue,) = judge(form, respond(entry("s", *answers, {"valueString": "b"})))
        assert issue.path == (("s", 1), ("n", 0))

    def test_issues_come_in_the_order_of_the_form(self, read, respond, judge):
        asked = [item(link_id=name, required=True) for name in "abc"]
        issues = judge(read(*asked), respond(entry("b", {"valueInteger": 1}), status="banana"))
        assert [issue.link_id for issue in issues] == ["", "b"]
        issues = judge(read(*asked), respond(entry("b", {"valueInteger": 1})))
        assert [(issue.link_id, issue.rule) for issue in issues] == [
            ("a", 23),
            ("b", 26),
            ("c", 23),
        ]

    def test_there_is_an_end_to_issues(self, read, respond, judge):
        answers = [{"valueString": ""} for _ in range(MOST_ISSUES + 5)]
        issues = judge(read(item(repeats=True)), respond(entry("s", *answers)))
        assert len(issues) == MOST_ISSUES


class TestPresence:
    def test_a_required_group_that_is_absent_says_which_questions_it_wants(self, broken):
        inner = group(item(required=True), link_id="h")
        form = group(item(link_id="t", required=True), inner, required=True)
        assert broken(form) == [24, 23]

    def test_no_as_an_answer_is_an_answer(self, broken):
        assert broken(item("boolean", required=True), entry("s", {"valueBoolean": False})) == []

    def test_a_stated_reason_for_no_answer_is_one(self, broken):
        for kind in ("string", "choice", "attachment", "reference", "quantity"):
            options = {"answerOption": [{"valueString": "a"}]} if kind == "choice" else {}
            asked = item(kind, required=True, **options)
            assert broken(asked, entry("s", DECLINED)) == []

    def test_items_below_no_answer_do_not_answer_the_question(self, broken):
        asked = item(required=True, item=[item("integer", "n")])
        assert broken(asked, entry("s", {"item": [entry("n", {"valueInteger": 1})]})) == [23]

    def test_an_answer_that_cannot_be_read_is_not_missing_too(self, broken):
        assert broken(item(required=True), entry("s", {"valueInteger": 1})) == [26]
        assert broken(item(required=True), {"linkId": "s", "answer": "well"}) == [17]

    def test_an_optional_question_may_be_left_out_whatever_its_least_number(self, broken):
        few = core("questionnaire-minOccurs", valueInteger=2)
        assert broken(item("string", "s", few, repeats=True)) == []

    def test_an_amended_response_keeps_all_rules(self, broken):
        assert broken(item(required=True), status="amended") == [23]
        assert broken(item(required=True), status="stopped") == []


class TestCalculations:
    def test_a_form_whose_calculation_fails_says_so(self, broken):
        bad = formula("calculatedExpression", "%resource.item.where(linkId='s').answer.value + 1")
        form = [item(), item("integer", "n", bad, readOnly=True)]
        assert broken(form, entry("s", {"valueString": "a"}), entry("n")) == [58]

    def test_a_limit_that_fails_is_the_forms_fault(self, read, respond, judge):
        top = limit("maxValue", "Integer", "%resource.item.where(linkId='s').answer.value + 1")
        form = read(item(), item("integer", "n", top))
        answers = entry("s", {"valueString": "a"}), entry("n", {"valueInteger": 1})
        (issue,) = judge(form, respond(*answers))
        assert (issue.rule, "Tell your clinic" in issue.sentence) == (53, True)

    @pytest.mark.parametrize("expression", ["{}", "'soon'", "@T12:00"])
    def test_a_limit_that_is_no_value_of_the_type_limits_nothing(self, broken, expression):
        form = item("date", "s", limit("maxValue", "Date", expression))
        assert broken(form, entry("s", {"valueDate": "2026"})) == []

    def test_a_calculated_limit_stands_for_the_one_beside_it(self, broken):
        bound = limit("maxValue", "Integer", "10")
        form = item("integer", "s", {**bound, "valueInteger": 3})
        assert broken(form, entry("s", {"valueInteger": 7})) == []
        assert broken(form, entry("s", {"valueInteger": 11})) == [53]

    def test_a_calculated_amount_is_a_limit(self, broken):
        form = item("quantity", "s", limit("maxValue", "Quantity", "2 'kg'"))
        for grams, rules in ((2000, []), (2001, [53])):
            amount = {"value": grams, "system": UCUM, "code": "g"}
            assert broken(form, entry("s", {"valueQuantity": amount})) == rules

    def test_numbers_are_the_same_whatever_their_digits(self, broken):
        half = formula("calculatedExpression", "1.50")
        form = item("decimal", "s", half, readOnly=True)
        assert broken(form, entry("s", {"valueDecimal": Decimal("1.5")})) == []

    @pytest.mark.parametrize(
        ("stored", "rules"),
        [
            ("0.6666666666666666666666666666666666667", []),
            ("0.6666666666666666", []),
            ("0.666667", [55]),
            ("0.7", [55]),
        ],
    )
    def test_a_third_is_the_same_with_as_many_digits_as_servers_keep(self, broken, stored, rules):
        form = item("decimal", "s", formula("calculatedExpression", "2 / 3"), readOnly=True)
        assert broken(form, entry("s", {"valueDecimal": Decimal(stored)})) == rules

    def test_several_results_are_compared_one_by_one(self, broken):
        both = formula("calculatedExpression", "'a' | 'b'")
        form = item("string", "s", both, readOnly=True, repeats=True)
        a, b = {"valueString": "a"}, {"valueString": "b"}
        assert broken(form, entry("s", a, b)) == []
        assert broken(form, entry("s", b, a)) == [55]
        assert broken(form, entry("s", a)) == [55]

    def test_a_variable_of_a_question_is_looked_at_too(self, read, respond, judge):
        path = compile("answer.value * 2")
        form = read(item())
        one = replace(form.items[0], variables=(Variable("v", path),))
        issues = judge(replace(form, items=(one,)), respond(entry("s", {"valueString": "a"})))
        assert [issue.rule for issue in issues] == [58]


KILO = {"value": 1, "unit": "kg", "system": UCUM, "code": "kg"}
FILE = {"contentType": "text/plain", "data": "aGk="}


class TestFixed:
    @pytest.mark.parametrize(
        ("kind", "name", "value", "other"),
        [
            ("quantity", "Quantity", KILO, {**KILO, "value": 2}),
            ("quantity", "Quantity", KILO, {**KILO, "code": "g"}),
            ("attachment", "Attachment", FILE, {**FILE, "data": "aGkh"}),
            ("reference", "Reference", {"reference": "Patient/1"}, {"reference": "Patient/2"}),
            ("boolean", "Boolean", False, True),
            ("date", "Date", "2026", "2025"),
        ],
    )
    def test_every_kind_of_answer_can_be_fixed(self, broken, kind, name, value, other):
        form = item(kind, readOnly=True, initial=[{f"value{name}": value}])
        assert broken(form, entry("s", {f"value{name}": value})) == []
        assert broken(form, entry("s", {f"value{name}": other})) == [57]

    def test_an_option_chosen_beforehand_is_fixed_where_it_cannot_be_changed(self, broken):
        options = [{"valueString": "a", "initialSelected": True}, {"valueString": "b"}]
        form = item("choice", readOnly=True, answerOption=options)
        assert broken(form, entry("s", {"valueString": "a"})) == []
        assert broken(form, entry("s", {"valueString": "b"})) == [57]

    def test_what_is_read_only_may_be_filled_from_the_record(self, broken):
        form = item("string", "s", formula("initialExpression", "'a'"), readOnly=True)
        assert broken(form, entry("s", {"valueString": "b"})) == []

    def test_an_unreadable_answer_is_not_changed_too(self, broken):
        form = item(readOnly=True, initial=[{"valueString": "a"}])
        assert broken(form, entry("s", {"valueInteger": 1})) == [26]


class TestUnits:
    def test_a_unit_may_come_from_a_value_set(self, read, respond, judge):
        concepts = {"system": UCUM, "concept": [{"code": "kg"}, {"code": "g"}]}
        shelf = {"resourceType": "ValueSet", "id": "v", "compose": {"include": [concepts]}}
        asked = item("quantity", "s", core("questionnaire-unitValueSet", valueCanonical="#v"))
        form = read(asked, contained=[shelf])
        for code, rules in (("g", []), ("t", [48])):
            answer = entry("s", {"valueQuantity": {"value": 1, "system": UCUM, "code": code}})
            assert [issue.rule for issue in judge(form, respond(answer))] == rules

    def test_an_amount_has_a_number_when_it_is_handed_in(self, broken):
        unit = entry("s", {"valueQuantity": {"unit": "kg"}})
        assert broken(item("quantity"), unit) == [27]
        assert broken(item("quantity"), unit, status="in-progress") == []

    def test_a_unit_without_code_is_known_by_its_words(self, broken):
        offered = core("questionnaire-unitOption", valueCoding={"display": "cups"})
        form = item("quantity", "s", offered)
        assert broken(form, entry("s", {"valueQuantity": {"value": 1, "unit": "cups"}})) == []
        assert broken(form, entry("s", {"valueQuantity": {"value": 1, "unit": "mugs"}})) == [47]

    def test_units_of_another_system_are_compared_with_themselves(self, broken):
        cup = {"unit": "cup", "system": "http://example.org/u", "code": "cup"}
        least = {"url": f"{SDC}minQuantity", "valueQuantity": {"value": 2, **cup}}
        form = item("quantity", "s", least)
        assert broken(form, entry("s", {"valueQuantity": {"value": 2, **cup}})) == []
        assert broken(form, entry("s", {"valueQuantity": {"value": 1, **cup}})) == [45]
        assert broken(form, entry("s", {"valueQuantity": KILO})) == [45]


class TestFiles:
    def test_a_family_of_types_is_asked_for_with_a_star(self, broken):
        form = item("attachment", "s", core("mimeType", valueCode="text/*"))
        assert broken(form, entry("s", {"valueAttachment": FILE})) == []
        wrong = {"contentType": "image/tiff", "data": "aGk="}
        assert broken(form, entry("s", {"valueAttachment": wrong})) == [49]

    def test_parameters_and_capitals_of_a_type_do_not_matter(self, broken):
        form = item("attachment", "s", core("mimeType", valueCode="text/plain"))
        given = {**FILE, "contentType": "Text/Plain;charset=utf-8"}
        assert broken(form, entry("s", {"valueAttachment": given})) == []

    def test_the_size_that_is_stated_counts_where_the_file_is_elsewhere(self, broken):
        form = item("attachment", "s", core("maxSize", valueDecimal=1))
        for size, rules in ((1_000_000, []), (1_000_001, [50])):
            given = {"contentType": "text/plain", "url": "http://example.org/f", "size": size}
            assert broken(form, entry("s", {"valueAttachment": given})) == rules


class TestReferences:
    PROFILE = "http://example.org/StructureDefinition/p"

    @pytest.mark.parametrize(
        ("meta", "rules"), [({"profile": [PROFILE]}, []), ({}, [51]), ("p", [51]), (None, [51])]
    )
    def test_what_is_contained_claims_its_profile(self, read, respond, judge, meta, rules):
        asked = core("questionnaire-referenceProfile", valueCanonical=self.PROFILE)
        inside = {"resourceType": "Patient", "id": "p", "meta": meta}
        answer = entry("s", {"valueReference": {"reference": "#p"}})
        issues = judge(
            read(item("reference", "s", asked)), respond(answer, contained=[None, inside])
        )
        assert [(issue.rule, issue.severity) for issue in issues] == [(r, "warning") for r in rules]

    @pytest.mark.parametrize("kind", [None, "Doctor", ["Patient"], {}])
    def test_what_is_contained_is_a_resource(self, broken, kind):
        answer = entry("s", {"valueReference": {"reference": "#p"}})
        contained = [{"resourceType": kind, "id": "p"}]
        assert broken(item("reference"), answer, contained=contained) == [51]

    def test_a_type_may_be_written_out(self, broken):
        given = {"reference": "Patient/1", "type": f"{CORE}Patient"}
        assert broken(item("reference"), entry("s", {"valueReference": given})) == []
