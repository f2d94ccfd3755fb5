"""``smartapp content check DIR`` says what the start would say, without a configuration."""

import json

import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet

from smartapp.cli import main
from smartapp.content import FOLDER
from smartapp.content.check import check
from smartapp.forms.reading import read_questionnaire


@pytest.fixture
def run(folder):
    """Run the command on the folder; exit status and lines."""

    def command(where=folder):
        answer = CliRunner().invoke(main, ["content", "check", str(where)])
        assert not isinstance(answer.exception, Exception) or answer.exit_code
        return answer.exit_code, answer.output.splitlines()

    return command


@pytest.fixture
def pcs(makers):
    return makers[2]("pcs", [makers[0](f"q{n}", 0, 4) for n in range(1, 14)])


class TestSound:
    def test_an_instrument_is_named_with_its_scales_and_their_questions(self, put, run, pcs):
        put("pcs.json", pcs)
        status, lines = run()
        assert status == 0
        assert lines[0].startswith("pcs.json: sound. A form of 13 questions. Scored, by the ")
        assert "PCS magnification, 0 to 12, from q6, q7, q13; " in lines[0]
        assert lines[-1] == "The content is sound."

    def test_what_to_make_sure_of_is_said(self, put, run, pcs):
        put("pcs.json", pcs)
        assert "pcs.json: make sure: the thirteen questions are in the order" in run()[1][1]

    def test_what_raises_an_alert_is_said(self, put, run, makers):
        """By its code, whatever its link id: whoever sees no such line knows that nothing does."""
        code = [{"system": "http://loinc.org", "code": "44260-8"}]
        asked = makers[0]("our/last", 0, 3, code=code, text="Item of the clinic")
        put("own.json", makers[2]("own", [makers[0]("first", 0, 3), asked]))
        told = "answers to our/last raise a safety alert, and no others do."
        assert f"own.json: make sure: {told}" in run()[1]

    def test_of_a_form_that_raises_none_nothing_is_said(self, put, run, pcs):
        put("pcs.json", pcs)
        assert "safety alert" not in "".join(run()[1])

    def test_warnings_do_not_fail(self, put, run, pcs):
        put("pcs.json", {name: pcs[name] for name in pcs if name != "copyright"})
        status, lines = run()
        assert status == 0
        assert lines[1].startswith("pcs.json: warning: Questionnaire.copyright: is missing")

    def test_a_missing_table_is_a_warning(self, put, run, makers):
        items = [makers[0](str(n), 1, 5) for n in range(1, 9)]
        put("promis-pi-8a.json", makers[2]("pi", items))
        status, lines = run()
        assert status == 0
        assert "warning: tables.promis-pi-8a-t: " in lines[1]
        assert "is not given, because it needs a table" in lines[1]

    def test_every_other_kind_of_file_is_named(self, put, run, pcs, makers, value_set):
        text = {"linkId": "a", "text": "Item a", "type": "string"}
        put("answers.json", value_set)
        put("earlier/old.json", makers[2]("old", [text]))
        put("own.json", makers[2]("own", [text]))
        put("pcs.json", pcs)
        put("pcs.map.json", {})
        put("assessments.toml", 'baseline = ["pcs"]\nend = []')
        status, lines = run()
        assert status == 0
        assert "answers.json: sound. A value set." in lines
        assert "earlier/old.json: sound. A form of one question, no longer offered." in lines
        assert "own.json: sound. A form of one question, not scored." in lines
        assert "pcs.map.json: sound. A map." in lines
        assert "baseline: pcs" in lines
        assert "end: nothing" in lines


class TestUnsound:
    def test_every_fault_of_every_file_is_said_at_once(self, put, run, pcs):
        put("pcs.json", pcs | {"item": pcs["item"][1:]})
        put("own.json", "{")
        status, lines = run()
        assert status == 1
        assert lines[0] == "own.json: file: is not JSON in UTF-8: line 1, column 2"
        assert lines[1].startswith("pcs.json: Questionnaire.item: has 12 questions that fit, ")
        assert lines[-1] == "The content is unsound."

    def test_a_folder_that_is_not_there(self, run, folder):
        assert run(folder / "none") == (2, ["none: folder: cannot be read"])

    def test_a_file_in_place_of_a_folder(self, put, run):
        assert run(put("a.json", "{}")) == (2, ["a.json: folder: cannot be read"])


class TestShipped:
    def test_our_own_content_is_sound(self, run):
        status, lines = run(FOLDER)
        assert status == 0
        assert (
            "peg.json: sound. Scored: PEG score, 0 to 10, from pain, enjoyment, activity." in lines
        )
        assert "red-flags.json: sound. Not scored." in lines

    def test_every_questionnaire_of_ours_is_a_form(self, shipped):
        for raw in shipped.questionnaires.values():
            assert read_questionnaire(raw).title.plain == raw["title"]

    def test_what_is_unsound_in_it_is_said_as_at_the_start(self, tmp_path):
        (tmp_path / "peg.json").write_text(json.dumps({"resourceType": "Questionnaire"}))
        assert check(tmp_path, ours=tmp_path) == (["peg.json: Questionnaire.id: is missing"], False)


def test_the_configuration_is_checked_with_its_folder(put, folder, tmp_path):
    """``smartapp check`` stops with the same words; a site's folder is part of what is sound."""
    (tmp_path / "key").write_bytes(Fernet.generate_key())
    site = '[[sites]]\nname = "A"\nissuer = "https://a.example"\nclient_id = "c"\n'
    top = 'public_url = "https://app.example"\ndata_dir = "data"\nencryption_key_files = ["key"]\n'
    (tmp_path / "app.toml").write_text(f'{top}[content]\nfolder = "clinic"\n{site}')
    put("own.json", "{")
    put("two.json", {"resourceType": "Questionnaire", "url": "https://clinic.example/two"})
    answer = CliRunner().invoke(main, ["check", "--config", str(tmp_path / "app.toml")])
    assert answer.exit_code == 1
    assert answer.output.splitlines() == [
        "Error: own.json: file: is not JSON in UTF-8: line 1, column 2",
        "two.json: Questionnaire.version: is missing",
        "two.json: Questionnaire.title: is missing",
    ]
