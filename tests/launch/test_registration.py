"""What an EHR is told at registration (SMART App Launch 2.2, 2.0.4; Inferno registration)."""

from urllib.parse import urlsplit

from joserfc.jwk import KeySet


def test_the_redirect_uri_is_a_valid_https_uri(config):
    assert urlsplit(config.redirect_uri)[:3] == ("https", "app.example", "/callback")


def test_the_redirect_uri_answers(browser):
    assert browser.answer().text == "state-invalid"


def test_the_launch_url_answers(browser):
    assert browser.get("/launch").text == "issuer-unknown"


def test_the_jwks_url_holds_valid_keys(browser):
    assert KeySet.import_key_set(browser.get("/.well-known/jwks.json").json)


def test_the_keys_are_published_without_a_launch(another_browser):
    assert another_browser.get("/.well-known/jwks.json").status_code == 200
