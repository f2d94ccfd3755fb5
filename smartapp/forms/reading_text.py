"""Words of a Questionnaire, with their translations and rich forms.

Source: FHIR R4 extensions ``translation``, ``rendering-xhtml`` and ``rendering-markdown`` on the
primitive (``_text``).
"""

from smartapp.forms.questionnaire import Text
from smartapp.forms.reading_element import Element

CORE = "http://hl7.org/fhir/StructureDefinition/"
TRANSLATION = f"{CORE}translation"
XHTML = f"{CORE}rendering-xhtml"
MARKDOWN = f"{CORE}rendering-markdown"


def read_text(element: Element, name: str, plain: str | None = None) -> Text:
    """Return the words of ``name``; ``plain`` replaces what is not text in JSON (a number)."""
    beside = element.inside(f"_{name}")
    words = element.text(name) if plain is None else plain
    if beside is None:
        return Text(words)
    return Text(
        plain=words,
        translations=_translations(beside),
        xhtml=beside.setting(XHTML, "String") or "",
        markdown=beside.setting(MARKDOWN, "Markdown", "String") or "",
    )


def _translations(beside: Element) -> dict[str, str]:
    found: dict[str, str] = {}
    for translation in beside.extensions(TRANSLATION):
        language = translation.setting("lang", "Code", "String")
        content = translation.setting("content", "String", "Markdown")
        if language in found:
            translation.error("", f"a second translation into {language}")
        if language and content:
            found[language] = content
        else:
            translation.error("", "a translation needs lang and content")
    return found
