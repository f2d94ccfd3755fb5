"""What stands before an assessment is submitted: what is unanswered, and what its scores need."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from markupsafe import Markup

from smartapp.drafts.draft import Draft
from smartapp.errors import EntryRefused, Problem
from smartapp.fhir.manner import ASKED, Manner
from smartapp.fhir.response import Answered
from smartapp.forms.entry_names import field_name
from smartapp.forms.validate import validate
from smartapp.program.assessment import Score, attainable, score, unscored
from smartapp.program.instrument import Scale
from smartapp.web.aside import others
from smartapp.web.hands import manner, said
from smartapp.web.opened import opened
from smartapp.web.seams import seams
from smartapp.web.sheet import PREFIX, Filled, all_filled

NOTHING_ANSWERED = Problem("", "No question is answered yet. Answer at least one questionnaire.")


@dataclass(frozen=True)
class Reviewed:
    """One questionnaire as it would be submitted.

    ``unanswered`` are (field name, words) of the questions without an answer, of ``asked`` in all;
    ``lacking`` the scales that cannot be scored for that, ``partial`` the scores that are reached
    all the same; ``problems`` what keeps it from being submitted; ``who`` says who answered.
    """

    filled: Filled
    asked: int
    unanswered: list[tuple[str, Markup]]
    lacking: tuple[Scale, ...]
    partial: tuple[Score, ...]
    problems: tuple[Problem, ...]
    who: str


def review(draft: Draft) -> list[Reviewed]:
    """Every questionnaire of a draft; one without any answer is left out when it is submitted."""
    return [_reviewed(shown, manner(draft.sheet(shown.number))) for shown in all_filled(draft)]


def problems(shown: Filled) -> tuple[Problem, ...]:
    """What is wrong with the answers by the rules of their questionnaire, field by field."""
    return () if shown.is_blank else tuple(_broken(shown))


def scored(shown: Filled) -> tuple[Problem, ...]:
    """The questions that a score cannot do without, each with a sentence."""
    known = answered(shown).response
    if known is None:
        return ()
    try:
        score(known)
    except EntryRefused as refused:
        places = {place.item.link_id: field_name(place.path, PREFIX) for place in shown.questions()}
        named = {known.instrument.field(i): places.get(i.link_id) for i in known.instrument.items}
        return tuple(Problem(named.get(p.field) or "", p.sentence) for p in refused.problems)
    return ()


def check(draft: Draft, without_score: frozenset[int]) -> tuple[Filled, tuple[Problem, ...]] | None:
    """The first questionnaire that keeps the draft from being submitted, and why; None if none.

    ``without_score`` are the numbers of those that a person wants kept though they have no score.
    Raises EntryRefused when nothing at all is answered.
    """
    every = all_filled(draft)
    if all(shown.is_blank for shown in every):
        raise EntryRefused(NOTHING_ANSWERED)
    for shown in every:
        wrong = problems(shown)
        if not shown.is_blank and shown.number not in without_score:
            wrong += tuple(p for p in scored(shown) if p.field not in {w.field for w in wrong})
        if wrong or shown.entered.problems:
            return shown, wrong
    return None


def outcome(draft: Draft) -> tuple[list[Answered], list[Score]]:
    """What a draft comes to: the questionnaires that were answered, and the scores that can be."""
    every = [shown for shown in all_filled(draft) if not shown.is_blank]
    given = [_whole(draft, shown) for shown in every]
    for one in given:
        seams().alerts(draft, one.canonical, one.items)
    known = [one.response for one in given]
    return given, [made for one in known if one for made in attainable(one)]


def answered(shown: Filled, how: Manner = ASKED) -> Answered:
    """What a questionnaire comes to as it is filled in; ``how`` says by whom."""
    questionnaire, instrument = shown.questionnaire, shown.instrument
    slug = instrument.slug if instrument else str(questionnaire.raw.get("id") or questionnaire.url)
    return Answered(slug, questionnaire.canonical, shown.settled.submitted(), instrument, how)


def _whole(draft: Draft, shown: Filled) -> Answered:
    """It with all that the record keeps of it."""
    one = answered(shown, manner(draft.sheet(shown.number)))
    return replace(one, others=others(draft, shown.number))


def _reviewed(shown: Filled, how: Manner) -> Reviewed:
    known = answered(shown).response
    return Reviewed(
        shown,
        sum(1 for _ in shown.questions()),
        shown.unanswered(),
        tuple(scale for scale in unscored(known) if not scale.is_answer) if known else (),
        tuple(s for s in attainable(known) if len(s.answers) < len(s.scale.items)) if known else (),
        (*shown.entered.problems, *problems(shown)),
        said(how, how.author_name or opened().user_name),
    )


def _broken(shown: Filled) -> Iterator[Problem]:
    made = {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": shown.questionnaire.canonical,
        "status": "completed",
        "subject": opened().chart.subject,
        "item": shown.settled.submitted(),
    }
    unread = {problem.field for problem in shown.entered.problems}
    for issue in validate(shown.questionnaire, made, shown.context):
        field = field_name(issue.path, PREFIX) if issue.path else ""
        if issue.severity == "error" and field not in unread:
            yield Problem(field, issue.sentence)
