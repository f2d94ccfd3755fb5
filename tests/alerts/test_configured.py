"""The site's protocol and crisis contacts: each for a locale, and never guessed."""

import pytest

from smartapp.alerts.configured import lacking, read
from smartapp.errors import ConfigError
from smartapp.table import Table

US = {"text": "Help is there.", "contacts": ["Call 988"]}
AU = {"text": "Help is there.", "contacts": ["Call 13 11 14"]}


@pytest.fixture
def reading(tmp_path):
    return lambda **raw: read(Table("safety.", raw, tmp_path))


def test_one_locale_is_where_the_site_is(reading):
    found = reading(protocol="Call Sam.", crisis={"en-US": US})
    assert (found.protocol, found.locale) == ("Call Sam.", "en-US")
    assert found.crisis_for("en-GB").contacts == ("Call 988",)


def test_a_text_may_say_in_its_language_that_nobody_watches(reading):
    found = reading(crisis={"es-US": {**US, "unattended": "Nadie lee."}})
    assert found.crisis_for().unattended == "Nadie lee."


def test_nothing_is_set_by_itself(reading):
    found = reading()
    assert found.crisis_for("en-US") is None
    assert len(lacking(found)) == 2


def test_a_site_that_has_set_all_is_not_warned_of(reading):
    assert lacking(reading(protocol="Call Sam.", crisis={"en-US": US})) == []


@pytest.mark.parametrize(
    ("raw", "refused"),
    [
        ({"crisis": {"en-US": US, "en-AU": AU}}, "safety.locale: with several"),
        ({"crisis": {"en-US": US}, "locale": "en-AU"}, "safety.locale: there is no crisis text"),
        ({"crisis": {"english": US}}, "safety.crisis.english: this must be a locale"),
        ({"crisis": {"en-US": "988"}}, "safety.crisis.en-US: this must be a TOML table"),
        ({"crisis": {"en-US": {"text": "x"}}}, "safety.crisis.en-US.contacts: at least one"),
        ({"crisis": {"en-US": {**US, "phone": "1"}}}, "safety.crisis.en-US.phone: there is no"),
        ({"protocols": "x"}, "safety.protocols: there is no such key"),
    ],
)
def test_what_is_wrong_is_named_by_its_key(reading, raw, refused):
    with pytest.raises(ConfigError) as caught:
        reading(**raw)
    assert str(caught.value).startswith(refused)
