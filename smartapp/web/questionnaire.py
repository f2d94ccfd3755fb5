"""Any R4 Questionnaire as the body of an HTML form that works without JavaScript.

The page around it has the ``form`` element, its buttons and the summary of what is wrong; it links
``form.css``, ``fields.css`` and ``form.js`` (``web.shipped``). What is sent is read by
``forms.entry``.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from markupsafe import Markup

from smartapp.errors import Problem
from smartapp.forms.entry import is_closed
from smartapp.forms.entry_names import Path
from smartapp.forms.entry_values import value_of
from smartapp.forms.questionnaire import Item, ItemType, Questionnaire
from smartapp.forms.state import Settled
from smartapp.forms.state_place import Place, places
from smartapp.forms.words import Words
from smartapp.web.questionnaire_element import tag
from smartapp.web.questionnaire_items import level
from smartapp.web.questionnaire_page import Page
from smartapp.web.questionnaire_said import said
from smartapp.web.questionnaire_when import is_conditional, needs_server
from smartapp.web.spoken import english

UPDATE = "update"
"""The button that Enter presses, and one a page may offer: show the form again, send nothing on."""
_ORDER = {"header": -1, "footer": 1}
_FIELDS = re.compile(
    r'<select|<textarea|<h[3-6]|type="(?!radio|hidden|submit)|dir="|class="(?:cells|row|beside'
    r"|instance|below|more|need|hint|words|field is-|group is-(?!table)|options inline"
    r"|matrix n(?![45] worded))"
)
"""What only ``fields.css`` dresses."""


def render(
    questionnaire: Questionnaire,
    settled: Settled,
    *,
    prefix: str = "",
    problems: Iterable[Problem] = (),
    unread: Mapping[str, str] | None = None,
    language: str = "",
    words: Words | None = None,
    live: bool = False,
    evaluate: str = "",
    level_of_headings: int = 3,
) -> Markup:
    """Return what stands inside the ``form`` element.

    ``prefix`` keeps the fields of several forms of one page apart. ``problems`` are named by their
    fields (``forms.entry_names.field_name``); ``unread`` is what ``forms.entry`` gave back.
    ``words`` are the page's own, English unless given. Only when ``live`` are calculated values
    shown: a patient sees them after sending. ``evaluate`` is the address that answers with
    ``evaluation``.
    """
    page = Page(
        questionnaire,
        settled,
        words or english(),
        prefix=prefix,
        unread=unread or {},
        problems=_by_field(problems, words or english()),
        language=language or questionnaire.language,
        live=live,
        level=level_of_headings,
    )
    ordered = sorted(questionnaire.items, key=lambda item: _ORDER.get(item.control, 0))
    is_asking = evaluate and needs_server(questionnaire, live)
    attributes = {"class": "questionnaire", "data-evaluate": evaluate if is_asking else ""}
    # Enter in a field presses the first button of a form; it must be one that does no harm.
    enter = tag("button", {"name": UPDATE, "value": "", "hidden": True})
    body = level(page, ordered, settled.items, ())
    way = page.foreign(page.language).get("dir")
    return tag("div", attributes | {"data-form": True, "dir": way}, enter, body)


def needs_upload(questionnaire: Questionnaire) -> bool:
    """Tell whether the form has to be sent as ``multipart/form-data``."""
    return any(item.type is ItemType.ATTACHMENT for item in questionnaire.walk())


def has_fields(body: str) -> bool:
    """Tell whether what ``render`` wrote has more than choices: it needs ``fields.css`` too."""
    return bool(_FIELDS.search(body)) or body.count('class="group') > 1


def evaluation(
    questionnaire: Questionnaire,
    settled: Settled,
    *,
    prefix: str = "",
    words: Words | None = None,
    live: bool = False,
) -> dict[str, Any]:
    """Return what form.js asks for while the form is filled in, by field name.

    ``enabled``: whether a conditional item is; ``values``: calculated values in words, when
    ``live``; ``options``: the keys of options that are not offered now.
    """
    page = Page(questionnaire, settled, words or english(), prefix=prefix, live=live)
    found = places(questionnaire, settled.items)
    conditional = (p.path for p in found if is_conditional(p.item) and not p.item.hidden)
    toggled = (p.path for p in found if p.item.toggles and not is_closed(p.item))
    return {
        "enabled": {page.name(path): settled.enabled(path) for path in conditional},
        "values": {
            page.name(p.path): _words(page, p) for p in found if live and _is_output(p.item)
        },
        "options": {page.name(path): _off(settled, path) for path in toggled},
    }


def _is_output(item: Item) -> bool:
    return item.calculated is not None and not item.hidden


def _words(page: Page, place: Place) -> str:
    return ", ".join(
        said(page, place.item, answer) for answer in place.answers if value_of(answer)[0]
    )


def _off(settled: Settled, path: Path) -> list[str]:
    return sorted(settled.toggled_off.get(path, ()))


def _by_field(problems: Iterable[Problem], words: Words) -> dict[str, str]:
    found: dict[str, str] = {}
    for problem in problems:
        before, sentence = found.get(problem.field), words.of(problem.sentence)
        found[problem.field] = f"{before} {sentence}" if before else sentence
    return found
