"""The device in the patient's hands: one assessment, its questionnaires, and nothing else.

The gate stands before every view, whatever the address: while a launch of this browser is handed
over, what is not the patient's is answered by the lock screen. Nothing here submits: the clinician
does that after unlocking, with the answers before them.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from uuid import UUID

from flask import Flask, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from smartapp.drafts.draft import Draft, HandOver, Mode, Start, State
from smartapp.errors import DraftUnknown, EntryRefused, Problem
from smartapp.forms.questionnaire import Item
from smartapp.forms.words import SOURCE
from smartapp.web.device import LOCKED, Handed, device
from smartapp.web.form import Form, blank, typed
from smartapp.web.locked import closed
from smartapp.web.opened import opened
from smartapp.web.pages import again, page, pages
from smartapp.web.safety import held, look
from smartapp.web.sheet import all_filled, form
from smartapp.web.spoken import preferred, vocabulary

SHORTEST, LONGEST = 4, 8
LONGEST_WORDS = 200
ANYBODY = {
    "static",
    "favicon",
    "launch.jwks",
    "offline.worker",
    "offline.blank_page",
    "locked.show",
    "locked.update",
    "pages.show_lock",
    "pages.update_locked",
    "pages.update_unlocked",
}
"""What needs nothing of the chart, also while the device is locked."""
PATIENT = {
    "pages.show_draft",
    "pages.edit_answers",
    "pages.update_answers",
    "pages.change_answers",
    "pages.create_evaluation",
    "pages.show_finished",
}
"""What the patient may do, with the one draft."""
HAND_OVER = "tablet/hand_over.html"
NOT_A_PIN = Problem("pin", f"Choose {SHORTEST} to {LONGEST} digits.")
NOT_THE_SAME = Problem("pin_again", "This is not the same PIN. Type it twice.")
TOO_LONG = Problem("proxy", f"Say it in at most {LONGEST_WORDS} characters.")
NO_LANGUAGE = Problem("language", "Choose one of the languages offered.")


def register(app: Flask) -> None:
    """Put the gate before every view, and tell templates whether the patient sees them."""
    app.before_request(_gate)
    app.context_processor(lambda: {"handed": g.get("handed")})


@pages.get("/assessments/<uuid:key>/hand-over")
def new_handover(key: UUID) -> ResponseReturnValue:
    """Ask for a PIN, or say why the device cannot be handed over here."""
    return _asked(opened().drafts.find(key), blank())


@pages.post("/assessments/<uuid:key>/hand-over")
def create_handover(key: UUID) -> ResponseReturnValue:
    """Hand the device to the patient, who finds the first question without an answer."""
    sent, draft = typed(), opened().drafts.find(key)
    if is_framed():
        return _asked(draft, sent)
    try:
        pin, edit = _read(sent, draft)
    except EntryRefused as error:
        shown = replace(sent, values=dict(_without_pins(sent.values)))
        return again(HAND_OVER, shown, error, **_context(draft))
    opened().drafts.restart(key, edit)
    device().hand_over(opened().handle, str(key), pin, sent.value("language"))
    there = redirect(url_for("pages.show_draft", key=key), 303)
    # What the browser has kept of the chart's pages must not come back by its Back button.
    there.headers["Clear-Site-Data"] = '"cache"'
    return there


@pages.get("/assessments/<uuid:key>/finished")
def show_finished(key: UUID) -> ResponseReturnValue:
    """The patient's last page: what has no answer, and to whom the device goes."""
    draft = opened().drafts.find(key)
    if g.get("handed") is None or draft.state is not State.OPEN:
        return redirect(url_for("pages.show_review", key=key), 303)
    return page("tablet/finished.html", draft=draft, filled=all_filled(draft))


@pages.get("/lock")
def show_lock() -> ResponseReturnValue:
    """The lock screen."""
    handed = g.get("handed")
    return _lock_screen(handed) if handed else redirect(url_for("pages.index"), 303)


@pages.post("/lock")
def update_locked() -> ResponseReturnValue:
    """The patient hands the device back."""
    return handed_back()


@pages.post("/unlock")
def update_unlocked() -> ResponseReturnValue:
    """With the right PIN go on to an alert or the review; the fifth wrong one ends the launch."""
    handed = g.get("handed")
    if handed is None:
        return redirect(url_for("pages.index"), 303)
    left = device().unlock(handed.handle, request.form.get("pin", "")[: LONGEST + 1])
    if left == 0:
        return closed(device().handed()), 401
    if left > 0:
        return _lock_screen(handed, left=left), LOCKED
    key = UUID(handed.draft)
    try:
        draft = opened().drafts.find(key)
    except DraftUnknown:
        return redirect(url_for("pages.index"), 303)
    if draft.state is not State.OPEN:
        return redirect(url_for("pages.index"), 303)
    g.handed = None
    look(draft)
    return held(draft) or redirect(url_for("pages.show_review", key=key), 303)


def handed_back() -> ResponseReturnValue:
    """Lock the device, if the patient has it; on to the lock screen."""
    handed = g.get("handed")
    if handed:
        device().lock(handed.handle)
    return redirect(url_for("pages.show_lock"), 303)


def is_framed() -> bool:
    """Whether the page is shown inside another: around it a patient would reach the EHR.

    Browsers say so themselves (Fetch Metadata, W3C); the page's script says it where they do not.
    """
    told = request.headers.get("Sec-Fetch-Dest") in ("iframe", "frame", "embed", "object")
    return told or "framed" in request.form


def languages(draft: Draft) -> list[str]:
    """The languages that anything is in which the patient reads: our words, forms, crisis texts."""
    forms = [form(canonical) for canonical in draft.start.forms] if draft.start else []
    written = {one.language for one in forms if one.language}
    titles = {tag for one in forms for tag in one.title.translations}
    texts = {tag for one in forms for tag in _translated(one.items)}
    crisis = {locale.partition("-")[0] for locale in opened().safety.crisis or ()}
    return sorted({*vocabulary().languages, *written, *titles, *texts, *crisis})


def _gate() -> ResponseReturnValue | None:
    g.handed = handed = device().handed()
    if handed is None:
        return None
    # Without its launch the pages of it are for nobody.
    if request.endpoint in ANYBODY and (handed.handle or request.blueprint != pages.name):
        return None
    g.handle = handed.handle
    named = str((request.view_args or {}).get("key", ""))
    if named == handed.draft and not handed.locked:
        if request.endpoint == "pages.show_review":
            return redirect(url_for("pages.show_finished", key=named), 303)
        if request.endpoint in PATIENT:
            return None
    return _lock_screen(handed), LOCKED


def _lock_screen(handed: Handed, left: int | None = None) -> str:
    if not handed.handle:
        return closed(handed)
    here = request.path.startswith(f"/launches/{handed.handle}/")
    places = {"lock": "pages.show_lock", "unlock": "pages.update_unlocked"}
    found = {name: url_for(at, handle=handed.handle) for name, at in places.items()}
    back = url_for("pages.show_draft", handle=handed.handle, key=handed.draft)
    return render_template("tablet/locked.html", here=here, left=left, back=back, **found)


def _asked(draft: Draft, shown: Form) -> ResponseReturnValue:
    if draft.state is not State.OPEN:
        return redirect(url_for("pages.show_review", key=draft.key), 303)
    begun = replace(shown, values={"language": _likely(draft, languages(draft))})
    return page(HAND_OVER, form=begun, **_context(draft))


def _context(draft: Draft) -> dict[str, object]:
    tags = languages(draft)
    choices = [(tag, _called(tag)) for tag in tags]
    return {"draft": draft, "languages": choices, "framed": is_framed()}


def _read(sent: Form, draft: Draft) -> tuple[str, Callable[[Start], Start]]:
    """The PIN, and what of the draft changes."""
    pin, proxy = sent.value("pin").strip(), sent.value("proxy").strip()
    language = sent.value("language")
    wrong = []
    if not (pin.isascii() and pin.isdecimal() and SHORTEST <= len(pin) <= LONGEST):
        wrong.append(NOT_A_PIN)
    elif sent.value("pin_again").strip() != pin:
        wrong.append(NOT_THE_SAME)
    if len(proxy) > LONGEST_WORDS:
        wrong.append(TOO_LONG)
    if language and language not in languages(draft):
        wrong.append(NO_LANGUAGE)
    if wrong:
        raise EntryRefused(*wrong)
    told = {"mode": Mode.PATIENT, "language": language, "proxy": proxy}
    since = opened().chart.instant().timestamp()
    made = {secrets.token_urlsafe(16): HandOver(since, proxy)}
    return pin, lambda start: replace(start, **told, handed={**start.handed, **made})


def _without_pins(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """A PIN is never given back."""
    return ((name, text) for name, text in values.items() if not name.startswith("pin"))


def _called(tag: str) -> str:
    """What a language calls itself, as far as we have words in it."""
    words = vocabulary().of(tag)
    if words.language == tag:
        return words.name
    return f"{words.name} ({tag})" if tag.startswith(f"{words.language}-") else tag


def _likely(draft: Draft, offered: list[str]) -> str:
    """The language the record says the patient prefers, else that of the site, else English."""
    start, site = draft.start, opened().safety.locale
    wanted = [start.language, *preferred(start.patient), site, SOURCE] if start else [site, SOURCE]
    tags = (one for tag in wanted for one in (tag, tag.partition("-")[0]))
    return next(tag for tag in tags if tag in offered)


def _translated(items: tuple[Item, ...]) -> Iterator[str]:
    for item in items:
        yield from item.text.translations
        yield from _translated(item.children)
