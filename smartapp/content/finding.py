"""Which question of a site's form is which of a definition's.

The first way that applies is taken, and no other: the site's map; LOINC codes; link ids; printed
numbers; the order, where the definition's questions are numbered. Whatever was taken, every
question must have exactly the answers that the definition counts.
"""

from collections.abc import Mapping, Sequence

from smartapp.content import counted
from smartapp.content.definition import Definition
from smartapp.content.findings import Findings
from smartapp.errors import ContentError
from smartapp.fhir.names import LOINC
from smartapp.forms.questionnaire import Item as Question
from smartapp.forms.questionnaire import Questionnaire
from smartapp.program.instrument import Item

Found = Mapping[str, Question]
"""The form's question for each link id of a definition."""
_ROOT = "Questionnaire.item"


def find(
    definition: Definition, form: Questionnaire, said: Mapping[str, str], findings: Findings
) -> dict[str, Item]:
    """Return the item for each link id of the definition; what does not fit becomes a finding."""
    try:
        found = _found(definition, form, said)
    except ContentError as error:
        element, _, reason = str(error).partition(": ")
        findings.error(element, reason)
        return {}
    items: dict[str, Item] = {}
    for wanted in definition.items:
        with findings.noting():
            items[wanted.link_id] = _fitting(definition, wanted, form, found[wanted.link_id])
    return items


def _found(definition: Definition, form: Questionnaire, said: Mapping[str, str]) -> Found:
    if said:
        return _mapped(definition, form, said)
    ways = (_by_code, _by_link_id, _by_prefix)
    made = (way(definition, form) for way in ways)
    return next((found for found in made if found), None) or _by_order(definition, form)


def _mapped(definition: Definition, form: Questionnaire, said: Mapping[str, str]) -> Found:
    wanted = [item.link_id for item in definition.items]
    wrong = sorted(set(wanted) ^ said.keys())
    if wrong:
        reason = f"does not name the questions {', '.join(wanted)} and no other ({wrong[0]})"
        raise ContentError(f"map items: {reason}")
    asked = {name: form.item(link_id) for name, link_id in said.items()}
    for name, question in asked.items():
        if question is None:
            raise ContentError(f"map items.{name}: {said[name]} is no linkId of the questionnaire")
    return {name: question for name, question in asked.items() if question}


def _by_code(definition: Definition, form: Questionnaire) -> Found:
    """By LOINC codes, where every question of the definition has one; all or none must be there."""
    codes = {i.link_id: i.code.code for i in definition.items if i.code}
    coded = {code: _coded(form, code) for code in codes.values()}
    if len(codes) < len(definition.items) or not any(coded.values()):
        return {}
    for code, questions in coded.items():
        if len(questions) != 1:
            raise ContentError(f"{_ROOT}: {len(questions)} questions have LOINC {code}, not one")
    return {link_id: coded[code][0] for link_id, code in codes.items()}


def _coded(form: Questionnaire, code: str) -> list[Question]:
    wanted = (LOINC, code)
    every = ((q, [(c.get("system"), c.get("code")) for c in q.codes]) for q in form.walk())
    return [question for question, codes in every if wanted in codes]


def _by_link_id(definition: Definition, form: Questionnaire) -> Found:
    found = {item.link_id: form.item(item.link_id) for item in definition.items}
    known = {link_id: question for link_id, question in found.items() if question}
    return known if len(known) == len(found) else {}


def _by_prefix(definition: Definition, form: Questionnaire) -> Found:
    printed = [(question.prefix.strip().rstrip(".):"), question) for question in form.walk()]
    found = dict(printed)
    is_once = len([name for name, _ in printed if name]) == len([name for name in found if name])
    wanted = [item.link_id for item in definition.items]
    return {name: found[name] for name in wanted} if is_once and {*wanted} <= {*found} else {}


def _by_order(definition: Definition, form: Questionnaire) -> Found:
    """All questions in their order, else those whose answers fit, if they are as many as wanted."""
    asked, wanted = counted.asked(form), definition.items
    fitting = [form.by_link_id[i.link_id] for i in counted.counted(form) if _fits_any(i, wanted)]
    for questions in (asked, fitting):
        if definition.is_in_order and len(questions) == len(wanted):
            pairs = zip(wanted, questions, strict=True)
            return {item.link_id: question for item, question in pairs}
    reason = f"has {len(fitting)} questions that fit, but {definition.slug} counts {len(wanted)}"
    if definition.is_in_order and asked and not fitting:
        reason += _why(form, asked)
    raise ContentError(f"{_ROOT}: {reason}; name them in a map file")


def _why(form: Questionnaire, asked: Sequence[Question]) -> str:
    try:
        counted.item(form, asked[0])
    except ContentError as error:
        return f" ({error})"
    return ""


def _fits_any(item: Item, wanted: Sequence[Item]) -> bool:
    return any(set(item.numbers) == set(one.numbers) for one in wanted)


def _fitting(definition: Definition, wanted: Item, form: Questionnaire, question: Question) -> Item:
    item = counted.item(form, question)
    if set(item.numbers) != set(wanted.numbers):
        counts = f"{definition.slug} counts question {wanted.link_id}"
        reason = f"its answers count {_range(item)}, but {counts} {_range(wanted)}"
        raise ContentError(f"{question.at}: {reason}")
    return item


def _range(item: Item) -> str:
    numbers = sorted(item.numbers)
    if numbers == list(range(numbers[0], numbers[-1] + 1)):
        return f"from {numbers[0]} to {numbers[-1]}"
    return ", ".join(map(str, numbers))
