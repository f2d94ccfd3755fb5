"""``smartapp content validate RESPONSE`` holds answers in a file to the questionnaire they name."""

import json

import pytest
from click.testing import CliRunner

from smartapp.cli import main

PGIC = "https://w3id.org/guided-self-help/fhir/Questionnaire/pgic|1.1.0"


@pytest.fixture
def run(tmp_path):
    """Run the command on a response; exit status, and the outcome or what was said."""

    def command(response, *more):
        file = tmp_path / "response.json"
        file.write_text(json.dumps(response))
        answer = CliRunner().invoke(main, ["content", "validate", str(file), *map(str, more)])
        assert answer.exception is None or isinstance(answer.exception, SystemExit)
        return answer.exit_code, answer.output

    return command


def answers(canonical, items, status="completed"):
    head = {"resourceType": "QuestionnaireResponse", "questionnaire": canonical, "status": status}
    return head | ({"item": items} if items else {})


def own(makers, **more):
    """A site's form of one number that must be answered."""
    return makers[2]("own", [makers[1]("n", 0, 10, required=True)], **more)


def issues(output):
    outcome = json.loads(output)
    assert outcome["resourceType"] == "OperationOutcome"
    return [
        (one["severity"], one["expression"][0]) for one in outcome["issue"] if one.get("expression")
    ]


NUMBER = [{"linkId": "n", "answer": [{"valueInteger": 4}]}]


class TestValid:
    def test_answers_without_a_fault_end_with_zero(self, run, put, makers):
        folder = put("own.json", form := own(makers)).parent
        status, said = run(answers(f"{form['url']}|{form['version']}", NUMBER), "--folder", folder)
        assert (status, issues(said)) == (0, [])

    def test_the_only_version_need_not_be_named(self, run, put, makers):
        folder = put("own.json", form := own(makers)).parent
        assert run(answers(form["url"], NUMBER), "--folder", folder)[0] == 0

    def test_answers_in_progress_may_lack_some(self, run, put, makers):
        folder = put("own.json", form := own(makers)).parent
        status, said = run(answers(form["url"], [], "in-progress"), "--folder", folder)
        assert (status, issues(said)) == (0, [])


class TestInvalid:
    def test_a_fault_is_told_with_its_place(self, run, put, makers):
        folder = put("own.json", form := own(makers)).parent
        wrong = [{"linkId": "n", "answer": [{"valueInteger": 11}]}]
        status, said = run(answers(form["url"], wrong), "--folder", folder)
        assert status == 1
        assert issues(said) == [("error", "QuestionnaireResponse.item[0].answer[0].value")]

    def test_what_is_left_out_is_told_of_finished_answers(self, run, put, makers):
        folder = put("own.json", form := own(makers)).parent
        status, said = run(answers(form["url"], []), "--folder", folder)
        assert status == 1
        assert [severity for severity, _ in issues(said)] == ["error"]

    def test_ours_are_known_without_a_folder(self, run):
        status, said = run(answers(PGIC, [{"linkId": "none", "answer": [{"valueInteger": 1}]}]))
        assert status == 1
        assert ("error", "QuestionnaireResponse.item[0]") in issues(said)


class TestUnreadable:
    def test_an_unknown_questionnaire(self, run):
        said = "QuestionnaireResponse.questionnaire: names none of the content's\n"
        assert run(answers("https://clinic.example/none", [])) == (2, said)

    def test_several_versions_and_none_named(self, run):
        status, said = run(answers(PGIC.partition("|")[0], []))
        assert (status, said.endswith("names several; add the version\n")) == (2, True)

    def test_another_resource(self, run):
        said = "resourceType: is not QuestionnaireResponse\n"
        assert run({"resourceType": "Patient"}) == (2, said)

    def test_an_unsound_folder(self, run, put):
        folder = put("own.json", "{").parent
        status, said = run(answers(PGIC, []), "--folder", folder)
        assert (status, said) == (2, "own.json: file: is not JSON in UTF-8: line 1, column 2\n")
