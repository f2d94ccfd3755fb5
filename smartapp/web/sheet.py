"""One questionnaire of a draft at work: its fields as answers, and the answers as a page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from smartapp.drafts.answers import Sheet
from smartapp.drafts.draft import Draft, Start
from smartapp.errors import FormGone, Problem
from smartapp.forms.entry import Entered, is_closed, read_entry
from smartapp.forms.entry_names import SHOWN, field_name
from smartapp.forms.entry_sent import Upload
from smartapp.forms.questionnaire import Questionnaire, Text
from smartapp.forms.state import Context, Settled, settle
from smartapp.forms.state_place import Place, has_value, places
from smartapp.forms.words import Words
from smartapp.forms.written import Fields, kept_fields
from smartapp.program.instrument import Instrument
from smartapp.web.opened import opened
from smartapp.web.questionnaire import evaluation, render
from smartapp.web.questionnaire_page import Page
from smartapp.web.spoken import vocabulary, words

PREFIX = "q"
"""What the names of all fields of a questionnaire begin with, apart from the page's own."""
Entry = Mapping[str, list[str]]


@dataclass(frozen=True)
class Filled:
    """The form of that ``number`` (from 1) of a draft, filled in as far as it is."""

    number: int
    questionnaire: Questionnaire
    entered: Entered
    settled: Settled
    context: Context

    def markup(self, evaluate: str, problems: tuple[Problem, ...] = (), *, live: bool) -> Markup:
        """What stands inside the page's ``form``; ``problems`` beside those of what was typed."""
        return render(
            self.questionnaire,
            self.settled,
            prefix=PREFIX,
            problems=(*self.entered.problems, *problems),
            unread=self.entered.unread,
            language=self.context.language,
            words=words(),
            live=live,
            evaluate=evaluate,
            level_of_headings=2,
        )

    def evaluation(self, *, live: bool) -> dict[str, Any]:
        """What form.js asks for while it is filled in."""
        known = words()
        return evaluation(self.questionnaire, self.settled, prefix=PREFIX, words=known, live=live)

    def questions(self) -> Iterator[Place]:
        """Every question that is to be answered now."""
        for place in places(self.questionnaire, self.settled.items):
            asked = place.item.is_question and not is_closed(place.item)
            if asked and self.settled.enabled(place.path):
                yield place

    def unanswered(self) -> list[tuple[str, Markup]]:
        """Field name and words of each question without an answer."""
        open_ = [p for p in self.questions() if not any(map(has_value, p.answers))]
        return [(field_name(p.path, PREFIX), self._shown(p.item.words)) for p in open_]

    def asked(self, field: str) -> Markup:
        """The words of the question that has the field; empty where none has."""
        found = (p for p in self.questions() if field_name(p.path, PREFIX) == field)
        return next((self._shown(place.item.words) for place in found), Markup(""))

    @property
    def title(self) -> Markup:
        """The questionnaire's title in the patient's language, as far as it has one in it."""
        return self._shown(self.questionnaire.title)

    @property
    def copyright(self) -> Markup:
        """Whose the questionnaire is, as it says itself; empty where it does not."""
        return self._shown(Text(str(self.questionnaire.raw.get("copyright") or "")))

    def _shown(self, text: Text) -> Markup:
        known = (self.questionnaire, self.settled, words())
        return Page(*known, language=self.context.language).marked(text)

    def said(self) -> list[dict[str, Any]]:
        """The answers that count, and as text what cannot be read: that may need action too."""
        said = [*self.settled.submitted()]
        for place in self.questions() if self.entered.unread else ():
            name = field_name(place.path, PREFIX)
            parts = (f"{name}:", f"{name}*")
            unread = self.entered.unread.items()
            texts = [text for at, text in unread if at == name or at.startswith(parts)]
            answers = [{"valueString": text} for text in texts if text.strip()]
            said += [{"linkId": place.item.link_id, "answer": answers}] if answers else []
        return said

    @property
    def is_blank(self) -> bool:
        """Whether nothing at all was answered, also nothing that cannot be read."""
        answered = any(any(map(has_value, p.answers)) for p in self.questions())
        return not answered and not self.entered.unread

    @property
    def instrument(self) -> Instrument | None:
        """What scores it, if anything does."""
        canonical = self.questionnaire.canonical
        every = opened().content.instruments.values()
        return next((one for one in every if f"{one.url}|{one.version}" == canonical), None)


def context(start: Start) -> Context:
    """What the forms' expressions may see; nothing is asked of the EHR."""
    return Context(opened().chart.moment(), start.language, start.patient or None)


def form(canonical: str) -> Questionnaire:
    """The questionnaire of that ``url|version``; raises FormGone."""
    found = opened().content.forms.get(canonical)
    if found is None:
        raise FormGone
    return found


def filled(
    draft: Draft,
    number: int,
    pressed: Entry | None = None,
    files: Mapping[str, Upload] | None = None,
) -> Filled:
    """The form of that number as it is kept, with the buttons ``pressed`` and ``files`` sent."""
    known, questionnaire = _begun(draft, number)
    entered = entry_of(questionnaire, draft.sheet(number), pressed, files)
    settled = settle(questionnaire, entered.items, known)
    return Filled(number, questionnaire, entered, settled, known)


def filled_with(draft: Draft, number: int, sent: MultiDict[str, str]) -> Filled:
    """The form of that number as it would be with a whole page's fields, which are not kept."""
    known, questionnaire = _begun(draft, number)
    before = entry_of(questionnaire, draft.sheet(number)).items
    fields = {n: texts for n, texts in sent.lists() if n.startswith(f"{PREFIX}/") or n == SHOWN}
    said = kept_fields(questionnaire, fields, _spoken(sent.get("language")))
    entered = read_entry(questionnaire, said, before, prefix=PREFIX, zone=opened().zone)
    settled = settle(questionnaire, entered.items, known)
    return Filled(number, questionnaire, entered, settled, known)


def said_in(draft: Draft, number: int, fields: Fields, language: object) -> Fields:
    """What a page in that language sent as it is kept; whatever is wrong with it stays as it is.

    Without a language it is that of the page of this request.
    """
    forms = draft.start.forms if draft.start else ()
    found = opened().content.forms.get(forms[number - 1]) if 0 < number <= len(forms) else None
    return kept_fields(found, fields, _spoken(language)) if found else fields


def _spoken(language: object) -> Words:
    known = vocabulary().languages
    return known[language] if isinstance(language, str) and language in known else words()


def all_filled(draft: Draft) -> list[Filled]:
    """Every form of a draft."""
    return [filled(draft, number) for number in range(1, len(draft.sheets) + 1)]


def entry_of(
    questionnaire: Questionnaire,
    sheet: Sheet,
    pressed: Entry | None = None,
    files: Mapping[str, Upload] | None = None,
) -> Entered:
    """The answers that a sheet's fields are."""
    fields = {name: list(texts) for name, texts in sheet.typed().items()}
    shown = [*{above for name in fields for above in _above(name)}]
    given: dict[str, list[str]] = {**fields, **(pressed or {}), SHOWN: shown}
    base = [dict(item) for item in sheet.base]
    return read_entry(questionnaire, given, base, prefix=PREFIX, zone=opened().zone, files=files)


def _begun(draft: Draft, number: int) -> tuple[Context, Questionnaire]:
    if draft.start is None:
        raise FormGone
    return context(draft.start), form(draft.start.forms[number - 1])


def _above(name: str) -> Iterator[str]:
    """The groups a field is in: who answered in one was offered it."""
    steps = name.split("/")
    for length in range(2, len(steps)):
        yield "/".join(steps[:length])
