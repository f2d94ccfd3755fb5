"""How a definition finds its questions in a site's file, and what is refused instead of guessed."""

import pytest

ITEMS_6A = ["61758-9", "61769-6", "61773-8", "61775-3", "61761-3", "61777-9"]


@pytest.fixture
def found(put, read, makers):
    """The link ids that the first scale of a definition counts in these items."""
    questionnaire = makers[2]

    def find(slug, items, map_=None, **more):
        put(f"{slug}.json", questionnaire(slug, items, **more))
        if map_ is not None:
            put(f"{slug}.map.json", map_)
        file = read()[f"{slug}.json"]
        if file.findings.errors:
            return [str(error) for error in file.findings.errors]
        return list(file.instrument.scales[0].items)

    return find


def _coded(code, system="http://loinc.org"):
    return {"code": [{"system": system, "code": code}]}


@pytest.fixture
def tsk(makers):
    """Eleven questions, as they are printed."""
    return [makers[0](f"q{n}", 1, 4) for n in range(1, 12)]


class TestWays:
    def test_loinc_codes_stand_before_the_order(self, found, makers):
        items = [makers[0](f"q{n}", 1, 5, **_coded(c)) for n, c in enumerate(ITEMS_6A)]
        assert found("promis-pi-6a", items[::-1]) == [f"q{n}" for n in range(6)]

    def test_link_ids_stand_before_the_order(self, found, makers):
        items = [makers[0](str(n), 1, 4) for n in range(11, 0, -1)]
        assert found("tsk-11", items) == [str(n) for n in range(1, 12)]

    def test_printed_numbers_stand_before_the_order(self, found, makers):
        items = [makers[0](f"q{n}", 1, 4, prefix=f"{n}.") for n in range(11, 0, -1)]
        assert found("tsk-11", items) == [f"q{n}" for n in range(1, 12)]

    def test_numbered_questions_are_known_by_their_order(self, found, tsk):
        assert found("tsk-11", tsk) == [f"q{n}" for n in range(1, 12)]

    def test_inside_groups_too(self, found, tsk):
        group = {"linkId": "g", "text": "Group", "type": "group", "item": tsk}
        assert found("tsk-11", [group]) == [f"q{n}" for n in range(1, 12)]

    def test_what_cannot_be_counted_is_passed_over(self, found, tsk, makers):
        others = [{"linkId": "t", "text": "Text", "type": "string"}, makers[1]("age", 0, 120)]
        assert found("tsk-11", [*others, *tsk]) == [f"q{n}" for n in range(1, 12)]

    def test_a_map_stands_before_everything(self, found, tsk):
        items = {str(n): f"q{12 - n}" for n in range(1, 12)}
        assert found("tsk-11", tsk, {"items": items}) == [f"q{n}" for n in range(11, 0, -1)]

    def test_a_map_names_the_definition_of_a_file_of_any_name(self, found, tsk):
        assert len(found("fear", tsk, {"definition": "tsk-11"})) == 11

    def test_the_code_of_the_whole_panel_does_so_too(self, found, makers):
        items = [makers[0](f"q{n}", 1, 5) for n in range(8)]
        assert len(found("interference", items, **_coded("75870-6"))) == 8

    def test_loincs_answers_of_0_to_10_need_no_ordinals(self, found):
        codes = ["LA6111-4", "LA6112-2", "LA6113-0", "LA6114-8", "LA6115-5", "LA10137-0"]
        codes += ["LA10138-8", "LA10139-6", "LA10140-4", "LA10141-2", "LA13942-0"]
        offered = [{"valueCoding": {"system": "http://loinc.org", "code": c}} for c in codes]
        item = {"linkId": "61583-1", "text": "Item", "type": "choice", "answerOption": offered}
        assert found("promis-29", [item]) == ["61583-1"]

    def test_so_do_whole_numbers(self, found):
        offered = [{"valueInteger": n} for n in range(11)]
        item = {"linkId": "61583-1", "text": "Item", "type": "choice", "answerOption": offered}
        assert found("promis-29", [item]) == ["61583-1"]

    def test_a_value_set_of_the_folder_gives_the_answers(self, found, put, value_set):
        put("answers.json", value_set)
        items = [
            {"linkId": str(n), "text": "Item", "type": "choice", "answerValueSet": value_set["url"]}
            for n in range(1, 12)
        ]
        assert found("tsk-11", items) == [str(n) for n in range(1, 12)]


class TestRefusals:
    def test_too_few_questions(self, found, tsk):
        said = "Questionnaire.item: has 10 questions that fit, but tsk-11 counts 11"
        assert found("tsk-11", tsk[1:]) == [f"{said}; name them in a map file"]

    def test_answers_of_another_range(self, found, tsk, makers):
        refused = found("tsk-11", [*tsk[:3], makers[0]("q4", 0, 3), *tsk[4:]])
        says = "its answers count from 0 to 3, but tsk-11 counts question 4 from 1 to 4"
        assert refused == [f"Questionnaire.item[3]: {says}"]

    def test_each_of_several(self, found, tsk, makers):
        refused = found("tsk-11", [*tsk[:9], makers[0]("q10", 1, 5), makers[0]("q11", 0, 4)])
        assert [line.partition(":")[0][-9:] for line in refused] == ["e.item[9]", ".item[10]"]

    def test_answers_with_a_gap(self, found, tsk):
        del tsk[0]["answerOption"][1]
        assert "count 1, 3, 4, but tsk-11" in found("tsk-11", tsk)[0]

    def test_an_answer_without_a_number_is_never_counted_by_its_place(self, found, tsk):
        for option in tsk[0]["answerOption"]:
            del option["extension"]
        assert found("tsk-11", tsk) == ["Questionnaire.item[0]: its answer 1 has no ordinalValue"]

    def test_an_answer_that_is_half(self, found, tsk):
        tsk[0]["answerOption"][2]["extension"][0]["valueDecimal"] = 2.5
        assert "its answer 3 has an ordinalValue that is not whole" in found("tsk-11", tsk)[0]

    def test_numbers_without_ends(self, found, tsk):
        tsk[5] = {"linkId": "q6", "text": "Item", "type": "integer"}
        says = "Questionnaire.item[5]: has no minValue and maxValue, so that it cannot be counted"
        assert found("tsk-11", tsk) == [says]

    def test_a_question_that_takes_several_answers(self, found, tsk):
        tsk[1]["repeats"] = True
        assert "item[1]: takes several answers" in found("tsk-11", tsk)[0]

    def test_a_question_of_a_group_that_is_answered_several_times(self, found, tsk):
        group = {"linkId": "g", "text": "G", "type": "group", "repeats": True, "item": tsk}
        assert "takes several answers" in found("tsk-11", [group])[0]

    def test_a_loinc_code_that_is_there_twice_or_not_at_all(self, found, makers):
        items = [makers[0](f"q{n}", 1, 5, **_coded(c)) for n, c in enumerate(ITEMS_6A[:5])]
        assert "0 questions have LOINC 61777-9, not one" in found("promis-pi-6a", items)[0]
        items += [makers[0]("q5", 1, 5, **_coded(ITEMS_6A[0]))]
        assert "2 questions have LOINC 61758-9, not one" in found("promis-pi-6a", items)[0]

    def test_all_in_which_nothing_can_be_counted(self, found):
        items = [{"linkId": "a", "text": "Item", "type": "integer"}]
        assert "(Questionnaire.item[0]: has no minValue" in found("tsk-11", items)[0]

    def test_countable_questions_that_do_not_fit(self, found, makers):
        """They need no reason of their own: each could be counted, by something else."""
        said = "Questionnaire.item: has 0 questions that fit, but tsk-11 counts 11"
        items = [makers[0]("a", 0, 3, code=[{"display": "A code that is none"}])]
        assert found("tsk-11", items) == [f"{said}; name them in a map file"]

    def test_offered_numbers_with_a_gap(self, found):
        offered = [{"valueInteger": n} for n in (0, 1, 3)]
        item = {"linkId": "61583-1", "text": "Item", "type": "choice", "answerOption": offered}
        assert "do not follow each other" in found("promis-29", [item])[0]

    def test_what_is_read_only_or_no_number(self, found, makers):
        item = makers[1]("61583-1", 0, 10, readOnly=True)
        assert "is not a question answered by a whole number" in found("promis-29", [item])[0]

    def test_a_range_beyond_all_sense(self, found, makers):
        item = makers[1]("61583-1", 0, 2_000_000_000)
        assert found("promis-29", [item]) == ["Questionnaire.item[0]: its range is too wide"]


class TestMaps:
    @pytest.mark.parametrize(
        ("map_", "says"),
        [
            ({"item": {}}, "item: is not one of definition, items, tables"),
            ({"definition": 1}, "definition: is not the name of a scoring definition"),
            ({"items": []}, "items: is not an object"),
            ({"items": {"1": 1}}, "items: does not name a link id for each question"),
            ({"items": {"1": "a", "2": "a"}}, "items: names a link id twice"),
            ({"tables": {"x": {}}}, "tables.x.source: is missing"),
            ({"tables": {"x": {"source": "S"}}}, "tables.x.points: is missing"),
            ({"tables": {"x": {"source": "S", "points": {"-1": 1}}}}, "is not a whole number"),
            ({"tables": {"x": {"source": "S", "points": {"1": "1"}}}}, "are not numbers up to"),
            ({"tables": {"x": {"source": "S", "points": {"1": 1e400}}}}, "file: has Infinity"),
            ({"tables": {"x": {"source": "S", "points": {"1": 3, "2": 2, "3": 4}}}}, "one way"),
            ({"tables": {"x": {"source": "S", "points": {"1": 3, "01": 4}}}}, "one way"),
        ],
    )
    def test_are_refused_by_their_element(self, put, errors, tsk, makers, map_, says):
        put("tsk-11.json", makers[2]("tsk-11", tsk))
        put("tsk-11.map.json", map_)
        (line,) = errors()
        assert line.startswith("tsk-11.map.json: ")
        assert says in line

    @pytest.mark.parametrize(
        ("map_", "says"),
        [
            ({"definition": "tsk"}, "map definition: is not one of bpi-sf, dass-21"),
            ({"items": {"1": "q1"}}, "map items: does not name the questions 1, 2"),
            ({"tables": {"x": {"source": "S", "points": {"1": 1}}}}, "map tables.x: is none of"),
        ],
    )
    def test_that_do_not_fit_refuse_the_questionnaire(self, found, tsk, map_, says):
        assert says in found("tsk-11", tsk, map_)[0]

    def test_name_link_ids_that_are_there(self, found, tsk):
        items = {str(n): f"x{n}" for n in range(1, 12)}
        says = "map items.1: x1 is no linkId of the questionnaire"
        assert found("tsk-11", tsk, {"items": items}) == [says]

    def test_a_table_lists_every_raw_number(self, found, makers):
        table = {"promis-pi-8a-t": {"source": "S", "points": {"8": 40, "9": 41}}}
        items = [makers[0](str(n), 1, 5) for n in range(1, 9)]
        refused = found("promis-pi-8a", items, {"tables": table})
        assert "does not list every raw number" in refused[0]

    def test_need_a_definition(self, found, tsk):
        says = "map items: there is no scoring definition that it is for"
        assert found("own", tsk, {"items": {"1": "q1"}}) == [says]

    def test_need_a_questionnaire(self, put, errors):
        put("tsk-11.map.json", {})
        says = "there is no questionnaire beside it that it is about"
        assert errors() == [f"tsk-11.map.json: file: {says}"]
