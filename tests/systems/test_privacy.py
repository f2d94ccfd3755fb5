"""The log says who asked for what type; never a patient, a parameter, a token or an assertion."""

import logging


def test_no_patient_and_no_secret_reaches_the_log(system, caplog):
    caplog.set_level(logging.DEBUG)
    me = system("quality", "system/*.rs")
    me.ask("Patient?name=Secretname")
    me.ask("Patient/ada/_history/1")
    me.ask("Patient/_search", "POST", data={"name": "Secretname"})
    me.ask("Observation?subject=Patient/ada&_include=Observation:subject")
    me.ask("Patient?Secretname=ada")
    me.ask("Secretname/ada")
    files = me.manifest("Group/mine/$export?_type=Patient")["output"]
    me.lines(files[0])
    me.token(assertion=me.assertion(aud="Secretname"))
    token = me.headers["Authorization"].split()[1]
    for secret in ("ada", "Secretname", token, "eyJ", files[0]["url"].split("/")[-2]):
        assert secret not in caplog.text


def test_the_log_says_who_asked_for_which_type(quality, caplog):
    caplog.set_level(logging.INFO)
    quality.ask("Observation/peg-ada")
    quality.ask("Medication")
    quality.manifest("$export?_type=Patient")
    assert "quality GET Observation: 200" in caplog.text
    assert "quality GET elsewhere: 404" in caplog.text
    assert "quality GET $export: 202" in caplog.text
    assert "export for quality done: 2 resources" in caplog.text


def test_refused_tokens_are_counted_in_the_log(quality, caplog):
    caplog.set_level(logging.INFO)
    quality.token("openid")
    assert "token refused: invalid_scope" in caplog.text
