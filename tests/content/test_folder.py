"""A site's folder: what is sound works, and anything else is refused by file, element, reason."""

import json
import os
import sys

import pytest

from smartapp.content import jsonfile, load
from smartapp.content.check import check
from smartapp.errors import ContentError
from smartapp.program.assessment import Occasion

SCORING = "https://w3id.org/guided-self-help/fhir/StructureDefinition/scoring"
WATCH = "https://w3id.org/guided-self-help/fhir/StructureDefinition/watch"
TEXT = {"linkId": "a", "text": "Item a", "type": "string"}


@pytest.fixture
def own(makers):
    """A questionnaire of the site's own, without a score."""
    return makers[2]("own", [TEXT])


@pytest.fixture
def scored(makers, shipped):
    """A questionnaire that brings our scoring extension itself: a sum of two, 0 to 8."""
    extension = json.loads(json.dumps(shipped.questionnaires["pseq-2"]["extension"], default=float))
    parts = extension[0]["extension"]
    for part in parts:
        part["valueDecimal"] = {"least": 0, "most": 8}.get(part["url"], 0)
        if part["url"] not in ("least", "most"):
            del part["valueDecimal"]
    code = {"system": "https://clinic.example/scores", "code": "two", "display": "Sum of two"}
    links = iter("ab")
    parts = [p for p in parts if p["url"] not in ("threshold", "code", "reliability")]
    for part in parts:
        part.update({"valueString": next(links)} if part["url"] == "item" else {})
    parts.append({"url": "code", "valueCoding": code})
    items = [makers[0]("a", 0, 4), makers[0]("b", 0, 4)]
    return makers[2]("two", items, extension=[{"url": SCORING, "extension": parts}])


class TestSound:
    def test_a_form_without_any_score_is_offered(self, put, folder, own):
        put("own.json", own)
        content = load(site=folder)
        assert content.program.instruments[-1] == "own"
        assert content.canonical("own") in content.forms
        assert "own" not in content.instruments

    def test_a_score_of_its_own_needs_no_definition(self, put, folder, scored):
        put("two.json", scored)
        assert load(site=folder).instruments["two"].scales[0].code.display == "Sum of two"

    def test_its_own_scoring_stands_before_a_definition_of_the_name(self, put, folder, scored):
        put("pcs.json", scored)
        assert len(load(site=folder).instruments["pcs"].scales) == 1

    def test_everything_of_the_programs_stays(self, put, folder, own, shipped):
        put("own.json", own)
        content = load(site=folder)
        assert shipped.instruments.items() <= content.instruments.items()
        assert content.program.planned == shipped.program.planned

    def test_value_sets_give_answers_by_their_address(self, put, folder, makers, value_set):
        put("answers.json", value_set)
        asked = {**TEXT, "type": "choice", "answerValueSet": value_set["url"]}
        put("own.json", makers[2]("own", [asked]))
        (form,) = [f for f in load(site=folder).forms.values() if "clinic.example" in f.url]
        assert form.items[0].options[0].text.plain == "Answer 1"

    def test_what_was_asked_earlier_is_known_but_not_offered(self, put, folder, own):
        put("earlier/own-0.json", own | {"version": "0"})
        put("own.json", own)
        content = load(site=folder)
        assert own["url"] + "|0" in content.forms
        assert "own-0" not in content.program.instruments

    def test_a_watched_answer_is_watched(self, put, folder, scored):
        parts = [{"url": "atLeast", "valueInteger": 2}, {"url": "reason", "valueString": "Why"}]
        scored["item"][0]["extension"] = [{"url": WATCH, "extension": parts}]
        put("two.json", scored)
        (watch,) = load(site=folder).instruments["two"].watches
        assert (watch.link_id, watch.at_least, watch.reason) == ("a", 2, "Why")

    def test_the_question_on_self_harm_is_known_by_its_code(self, put, folder, scored):
        codes = [{"code": "own"}, {"system": "http://loinc.org", "code": "44260-8"}]
        scored["item"][0]["code"] = codes
        put("two.json", scored)
        assert load(site=folder).instruments["two"].items[0].code.code == "44260-8"

    def test_an_empty_folder_adds_nothing(self, folder, shipped):
        assert load(site=folder).instruments == shipped.instruments


class TestOccasions:
    def test_stand_in_place_of_the_programs(self, put, folder, own, shipped):
        put("own.json", own)
        put("assessments.toml", 'baseline = ["own", "peg"]\nend = []\n')
        planned = {one.occasion: one for one in load(site=folder).program.planned}
        ours = {one.occasion: one for one in shipped.program.planned}
        assert planned[Occasion.BASELINE].instruments == ("own", "peg")
        assert planned[Occasion.END].instruments == ()
        assert planned[Occasion.SESSION] == ours[Occasion.SESSION]

    def test_say_the_order_of_asking(self, put, folder, own):
        put("own.json", own)
        put("assessments.toml", 'baseline = ["own", "pseq", "peg"]\n')
        assert load(site=folder).program.instruments[:3] == ("own", "pseq", "peg")

    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("baseline = [", "file: is not TOML in UTF-8"),
            ("start = []", "start: is not one of baseline, end, follow-up, session"),
            ('baseline = "own"', "baseline: is not a list"),
            ('baseline = ["peg", "pge"]', "baseline[1]: is no questionnaire here"),
            ("baseline = [1]", "baseline[0]: is no questionnaire here"),
            ('baseline = ["peg", "peg"]', "baseline: names a questionnaire twice"),
            ('baseline = ["red-flags"]', "baseline[0]: is no questionnaire here"),
        ],
    )
    def test_are_refused_by_their_key(self, put, errors, text, says):
        put("assessments.toml", text)
        (line,) = errors()
        assert line.startswith(f"assessments.toml: {says}")

    def test_every_wrong_line_is_said(self, put, errors):
        put("assessments.toml", 'start = []\nend = ["pge"]\n')
        assert [line.split(": ")[1] for line in errors()] == ["start", "end[0]"]


class TestRefused:
    @pytest.mark.parametrize(
        ("change", "says"),
        [
            ({"url": ""}, "Questionnaire.url: is missing"),
            ({"version": None}, "Questionnaire.version: is missing"),
            ({"title": 1}, "Questionnaire.title: is missing"),
            ({"item": []}, "Questionnaire.item: is missing, so there is nothing to show"),
            ({"item": [TEXT, TEXT]}, "Questionnaire.item[1].linkId: a is there more than once"),
            ({"resourceType": "Basic"}, "resourceType: is neither Questionnaire nor ValueSet"),
            ({"modifierExtension": []}, "Questionnaire: modifierExtension may change"),
        ],
    )
    def test_a_questionnaire_that_cannot_be_asked(self, put, errors, own, change, says):
        put("own.json", own | change)
        (line,) = errors()
        assert line.startswith(f"own.json: {says}")

    def test_and_the_start_stops_with_the_same_words(self, put, folder, errors, own):
        put("own.json", own | {"version": ""})
        with pytest.raises(ContentError) as caught:
            load(site=folder)
        assert [str(caught.value)] == errors() == ["own.json: Questionnaire.version: is missing"]

    @pytest.mark.parametrize(
        ("part", "says"),
        [
            ({"url": "most", "valueDecimal": 9}, "scoring two.least: least and most are not what"),
            ({"url": "item", "valueString": "c"}, "scoring two.item: c is no linkId of it"),
            ({"url": "method", "valueCode": "max"}, "scoring.method: is not one of sum, mean"),
        ],
    )
    def test_a_scoring_that_does_not_hold_together(self, put, errors, scored, part, says):
        parts = scored["extension"][0]["extension"]
        parts[[one["url"] for one in parts].index(part["url"])] = part
        put("two.json", scored)
        assert f"two.json: Questionnaire.{says}" in errors()[0]

    def test_two_scorings_of_one_questionnaire(self, put, errors, scored):
        put("two.json", scored)
        put("two.map.json", {"definition": "pcs"})
        says = "map definition: the questionnaire has a scoring of its own"
        assert errors() == [f"two.json: {says}"]

    def test_an_alert_that_would_never_be_raised(self, put, errors, makers):
        parts = [{"url": "atLeast", "valueInteger": 2}, {"url": "reason", "valueString": "Why"}]
        item = makers[0]("a", 0, 4, extension=[{"url": WATCH, "extension": parts}])
        put("own.json", makers[2]("own", [item]))
        assert "own.json: Questionnaire.item a: is watched, but nothing scores" in errors()[0]

    def test_a_watch_that_cannot_be_read(self, put, errors, makers):
        item = makers[0]("a", 0, 4, extension=[{"url": WATCH, "extension": []}])
        put("own.json", makers[2]("own", [item]))
        assert "Questionnaire.item[0].watch.atLeast: is there 0 times" in errors()[0]

    @pytest.mark.parametrize("name", ["peg.json", "PEG.json", "red-flags.json"])
    def test_the_name_of_a_questionnaire_of_ours(self, put, errors, own, name):
        put(name, own)
        assert errors() == [f"{name}: file: another questionnaire has the same name"]

    @pytest.mark.parametrize("version", ["1.0.0", "9"])
    def test_the_address_of_a_questionnaire_of_ours(self, put, errors, own, shipped, version):
        """Whatever its version: answers are known by the address."""
        put("own.json", own | {"url": shipped.instruments["peg"].url, "version": version})
        says = "is the address of a questionnaire of the program"
        assert errors() == [f"own.json: Questionnaire.url: {says}"]

    def test_two_files_with_one_address(self, put, errors, own):
        put("own.json", own)
        put("other.json", own | {"version": "2"})
        assert [line.partition(":")[0] for line in errors()] == ["other.json", "own.json"]

    def test_two_files_with_one_score(self, put, errors, scored):
        put("one.json", scored | {"url": "https://clinic.example/Questionnaire/one"})
        put("two.json", scored)
        says = "there is another score with the same code"
        assert errors() == [f"two.json: Questionnaire.scoring two: {says}"]

    def test_a_score_of_ours(self, put, errors, scored, shipped):
        code = shipped.instruments["peg"].scales[0].code
        parts = scored["extension"][0]["extension"]
        parts[-1]["valueCoding"] = {"system": code.system, "code": code.code, "display": "PEG"}
        put("two.json", scored)
        says = "there is another score with the same code"
        assert errors() == [f"two.json: Questionnaire.scoring 91147-9: {says}"]

    def test_a_value_set_without_an_address(self, put, errors, value_set):
        put("answers.json", {name: value_set[name] for name in value_set if name != "url"})
        assert errors() == ["answers.json: ValueSet.url: is missing"]

    def test_a_value_set_that_is_not_there(self, put, errors, makers):
        item = {**TEXT, "type": "choice", "answerValueSet": "https://clinic.example/none"}
        put("own.json", makers[2]("own", [item]))
        assert "is neither contained nor given" in errors()[0]


class TestHostile:
    @pytest.mark.parametrize(
        ("text", "says"),
        [
            ("{", "is not JSON in UTF-8: line 1, column 2"),
            ("[]", "is not a resource"),
            ('{"a": 1, "b": 2, "a": 3}', 'has "a" twice in one object'),
            ('{"a": NaN}', "has NaN, which is no number in JSON"),
            ('{"a": -Infinity}', "has -Infinity, which is no number in JSON"),
            ('{"a": "\\ud800"}', "is not JSON in UTF-8"),
            ('{"a": ' + "9" * 5000 + "}", "is not JSON in UTF-8"),
            ('{"a": 1e99999999999999999999}', "is not JSON in UTF-8"),
            ("[" * 100_000, "is not JSON in UTF-8"),
        ],
    )
    def test_json(self, put, errors, text, says):
        put("own.json", text)
        assert errors()[0] == f"own.json: file: {says}"

    def test_bytes_that_are_no_text(self, folder, errors):
        (folder / "own.json").write_bytes(b'{"a": "\xff"}')
        assert errors() == ["own.json: file: is not JSON in UTF-8"]

    def test_a_file_beyond_all_size(self, put, errors):
        put("own.json", " " * (jsonfile.LARGEST + 1))
        assert errors() == ["own.json: file: is larger than 5 MB"]

    def test_a_link_out_of_the_folder(self, folder, tmp_path, errors, own):
        (tmp_path / "outside.json").write_text(json.dumps(own))
        (folder / "own.json").symlink_to(tmp_path / "outside.json")
        assert errors() == ["own.json: file: is a link; put the file itself here"]

    def test_a_linked_folder_is_not_looked_into(self, folder, tmp_path, read, own):
        (tmp_path / "away").mkdir()
        (tmp_path / "away" / "own.json").write_text(json.dumps(own))
        (folder / "earlier").symlink_to(tmp_path / "away")
        assert list(read()) == ["earlier"]

    def test_a_link_in_place_of_the_occasions(self, folder, tmp_path, errors):
        (tmp_path / "a.toml").write_text("")
        (folder / "assessments.toml").symlink_to(tmp_path / "a.toml")
        assert errors() == ["assessments.toml: file: is a link; put the file itself here"]

    def test_what_is_no_file(self, folder, errors):
        (folder / "own.json").mkdir()
        os.mkfifo(folder / "pipe.json")
        says = "file: is not a file"
        assert errors() == [f"own.json: {says}", f"pipe.json: {says}"]

    def test_a_file_that_is_gone_when_it_is_read(self, folder):
        with pytest.raises(ContentError, match="file: cannot be read"):
            jsonfile.read_json(folder / "own.json")

    @pytest.mark.parametrize("name", ["a b.json", "ä.json", "a'.json", f"{'a' * 65}.json"])
    def test_names_that_could_not_stand_in_a_form(self, put, errors, own, name):
        put(name, own)
        (line,) = errors()
        assert "its name may have" in line

    def test_more_files_than_anybody_has(self, folder):
        for number in range(501):
            (folder / f"{number}.json").touch()
        with pytest.raises(ContentError, match="clinic: folder: has more than 500 files"):
            check(folder)

    def test_an_unknown_folder(self, folder):
        with pytest.raises(ContentError, match="none: folder: cannot be read"):
            check(folder / "none")

    def test_other_files_are_named_and_hidden_ones_left_alone(self, put, read):
        put("licence.pdf", "x")
        put(".DS_Store", "x")
        assert [str(f) for f in read()["licence.pdf"].findings] == ["file: is not read"]
        assert list(read()) == ["licence.pdf"]


def test_nesting_does_not_depend_on_the_stack(put, errors, own):
    """A file nested deeper than any form is refused with a sentence, not by exhaustion."""
    item = TEXT
    for n in range(min(300, sys.getrecursionlimit() // 4)):
        item = {"linkId": f"g{n}", "text": "G", "type": "group", "item": [item]}
    put("own.json", own | {"item": [item]})
    assert errors() == ["own.json: Questionnaire: is nested too deeply"]
