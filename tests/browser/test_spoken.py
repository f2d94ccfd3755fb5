"""A patient who speaks Spanish, with the device in hand, in real Chromium."""

import json
import re
from dataclasses import replace

import pytest
from playwright.sync_api import expect

from smartapp.app import create_app
from smartapp.sandbox import running

pytestmark = pytest.mark.browser

expect.set_options(timeout=30_000)
SIZES = {"narrow": (360, 740), "tablet": (820, 1180)}
STATE = "[data-draft-state]"
OFFLINE = ("ERR_INTERNET_DISCONNECTED", "ERR_FAILED", "net::")
TRANSLATION = "http://hl7.org/fhir/StructureDefinition/translation"


def in_spanish(element, words):
    """The extension that says an element in Spanish."""
    parts = [{"url": "lang", "valueCode": "es"}, {"url": "content", "valueString": words}]
    return {f"_{element}": {"extension": [{"url": TRANSLATION, "extension": parts}]}}


def diary():
    """A form such as a site writes itself, in English and Spanish."""
    slept = {"linkId": "slept", "type": "decimal", "text": "Hours slept", "required": True}
    walked = {"linkId": "walked", "type": "boolean", "text": "Did you walk?"}
    since = {"linkId": "since", "type": "date", "text": "Since"}
    return {
        "resourceType": "Questionnaire",
        "url": "https://clinic.example/Questionnaire/diary",
        "version": "1",
        "language": "en",
        "title": "Diary",
        **in_spanish("title", "Diario"),
        "status": "active",
        "item": [
            {**slept, **in_spanish("text", "Horas de sueño")},
            {**walked, **in_spanish("text", "¿Salió a caminar?")},
            {**since, **in_spanish("text", "Desde")},
        ],
    }


@pytest.fixture
def clinic(tmp_path, contexts):
    """The sandbox, with a site that has the form in its folder."""
    folder = tmp_path / "content"
    folder.mkdir()
    (folder / "diary.json").write_text(json.dumps(diary()))
    made = {"make_app": lambda config: create_app(replace(config, content=folder))}
    with running.start(tmp_path / "data", **made) as clinic:
        yield clinic
        while contexts:
            contexts.pop().close()


@pytest.fixture
def tolerant(watch):
    """A page without a connection complains of it; that is no fault."""
    yield
    watch.complaints[:] = [c for c in watch.complaints if not any(word in c for word in OFFLINE)]


@pytest.fixture
def handed(clinic, new_context, in_tab):
    """The diary in Lucía's hands, whose record prefers Spanish; the page she sees."""

    def handed(width, height):
        context = new_context(viewport={"width": width, "height": height})
        work = in_tab(context, number_of(context, clinic, "Lucía"))
        work.start("diary")
        work.follow("Hand the device to the patient")
        expect(work.page.get_by_label("Language for the patient")).to_have_value("es")
        work.page.get_by_label(re.compile("^PIN")).fill("2580")
        work.page.get_by_label("The same PIN again").fill("2580")
        work.press("Hand it over")
        expect(work.page.get_by_role("heading", level=1)).to_have_text("Diario")
        return work.page

    return handed


def number_of(context, clinic, name):
    """The place of a patient in the EHR's list."""
    page = context.new_page()
    page.goto(clinic.ehr_url)
    page.locator("button[name=clinician]").first.click()
    names = page.locator("tbody th a").all_inner_texts()
    page.close()
    return next(place for place, text in enumerate(names) if name in text)


def press(page, name):
    page.get_by_role("button", name=name, exact=True).first.click()


@pytest.mark.parametrize("size", SIZES)
def test_fills_in_a_form_in_spanish_from_the_first_page_to_the_last(
    handed, tolerant, judge, shoot, size
):
    page = handed(*SIZES[size])
    expect(page.locator("html")).to_have_attribute("lang", "es")

    press(page, "Siguiente")
    expect(page.get_by_role("heading", level=1)).to_have_text("Gracias")
    page.get_by_role("link", name="Horas de sueño").click()
    page.get_by_label("Horas de sueño").fill("siete")
    press(page, "Siguiente")
    expect(page.get_by_role("alert").filter(has_text="Hay una cosa")).to_be_visible()
    expect(page.locator(".problem")).to_contain_text("Escriba un número con coma")
    judge(page)
    shoot(page, f"spanish-error-{size}")

    with page.expect_request(lambda sent: sent.method == "PATCH") as sent:
        page.get_by_label("Horas de sueño").fill("6,5")
    assert sent.value.post_data_json["language"] == "es"
    expect(page.locator(STATE)).to_contain_text("Guardado a las")
    page.context.set_offline(True)
    page.get_by_label("Desde").fill("3/4/2026")
    page.get_by_label("Sí").check()
    expect(page.locator(STATE)).to_contain_text("Sin conexión. Sus respuestas están guardadas")
    judge(page)
    shoot(page, f"spanish-offline-{size}")
    page.context.set_offline(False)
    expect(page.locator(STATE)).to_contain_text("Guardado a las")
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]

    press(page, "Siguiente")
    expect(page.get_by_role("heading", level=1)).to_have_text("Gracias")
    judge(page)
    press(page, "Devolver el dispositivo")
    expect(page.get_by_role("heading", level=1)).to_have_text("Este dispositivo está bloqueado")
    judge(page)
    page.get_by_label("PIN").fill("2580")
    press(page, "Unlock")
    expect(page.get_by_role("heading", level=1)).to_have_text("Review and submit")
    expect(page.get_by_text("3 of 3 questions answered.")).to_be_visible()
    page.get_by_role("link", name="Look at the answers").click()
    expect(page.get_by_label("Horas de sueño")).to_have_value("6.5")
    expect(page.get_by_label("Desde")).to_have_value("3 April 2026")
