"""Where new entries go: what the user chose, of what the EHR and the administrator leave open.

What is kept already stays where it is, whatever is chosen here; ``places.py`` moves it on request.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from flask.typing import ResponseReturnValue

from smartapp.errors import EntryRefused, Problem
from smartapp.fhir.picks import KINDS
from smartapp.fhir.place import Place
from smartapp.fhir.plan import Placed, Why, Wish, WritePlan
from smartapp.web.form import Form, blank, typed
from smartapp.web.opened import opened
from smartapp.web.pages import again, page, pages, saved
from smartapp.web.places import PLACES, movable, whereabouts

TEMPLATE = "places/form.html"
Choice = tuple[str, str, str]
WORDS = {
    "enrollment": "Enrollment and care team",
    "goals": "Goals",
    "assessments": "Assessments, with the checklist of enrolling",
    "note": "Note for the chart",
}
TYPES = {
    "CarePlan": "the enrollment",
    "CareTeam": "the care team",
    "Goal": "goals",
    "QuestionnaireResponse": "answers",
    "Observation": "scores",
    "DocumentReference": "notes",
}
IN_THE_EHR: Choice = (Wish.EHR, "In the EHR's chart", "Everybody who reads the chart sees it.")
APART: Choice = (Wish.STORE, "In the program's own store", "Who reads the chart does not see it.")
IN_BOTH: Choice = (
    Wish.BOTH,
    "In both",
    "In the EHR's chart, with a copy in the program's own store.",
)
NO_NOTE: Choice = (Wish.STORE, "Not in the chart", "You can copy it where it is needed.")
NOTE_IN: Choice = (Wish.EHR, "In the EHR's chart", "It goes there when you have read and sent it.")
CHOICES = dict.fromkeys(WORDS, (IN_THE_EHR, APART, IN_BOTH)) | {"note": (NOTE_IN, NO_NOTE)}
SHORT = {Wish.STORE: PLACES[Place.STORE], Wish.BOTH: "both places"}
WHY = {
    Why.REFUSED: "The EHR has refused {types}",
    Why.SCOPE: "This launch was not granted to write {types}",
}
TAKES_NONE = "The EHR does not take {types}"
CHOOSE = "Choose where new entries of this kind go."


@dataclass(frozen=True)
class Kind:
    """One kind of thing: the choices there are, none where all is set, and what is not open."""

    code: str
    choices: tuple[Choice, ...]
    settled: tuple[str, ...]

    @property
    def words(self) -> str:
        """What it is called."""
        return WORDS[self.code]


@pages.get("/places")
def edit_picks() -> ResponseReturnValue:
    """Show what can be chosen, and what has been."""
    chosen = {kind: wish.value for kind, wish in _picked().items()}
    return page(TEMPLATE, form=blank(**chosen), **_shown())


@pages.post("/places")
def update_picks() -> ResponseReturnValue:
    """Keep the choices for this patient and this user; nothing that is kept already moves."""
    form = typed()
    try:
        _keep(form)
    except EntryRefused as error:
        return again(TEMPLATE, form, error, **_shown())
    return saved("New entries go where you chose. What is kept already stays.", "pages.index")


def choosable() -> bool:
    """Whether there is anything to choose here."""
    return any(kind.choices for kind in kinds(opened().chart.plan()))


def picked() -> list[tuple[str, str]]:
    """What the user chose otherwise than usual, by kind and in words, as far as it counts now."""
    open_ = [kind.code for kind in kinds(opened().chart.plan()) if kind.choices]
    return [
        (WORDS[kind], "not in the chart" if kind == "note" else SHORT[wish])
        for kind, wish in _picked().items()
        if kind in open_ and wish in SHORT
    ]


def kinds(plan: WritePlan) -> list[Kind]:
    """Every kind, as the plan leaves it; without a store there is nothing to choose."""
    return [_kind(code, plan) for code in KINDS] if _has_store() else []


def _kind(code: str, plan: WritePlan) -> Kind:
    open_ = [type_ for type_ in KINDS[code] if plan.leaves_a_choice(type_)]
    shut = [type_ for type_ in KINDS[code] if type_ not in open_]
    return Kind(code, CHOICES[code] if open_ else (), tuple(_settled(shut, plan)))


def _settled(types: list[str], plan: WritePlan) -> list[str]:
    """One sentence for each reason why there is no choice, with where those things go."""
    found: dict[str, list[str]] = {}
    for type_ in types:
        found.setdefault(_sentence(type_, plan), []).append(TYPES[type_])
    return [one.format(types=" and ".join(names)) for one, names in found.items()]


def _sentence(type_: str, plan: WritePlan) -> str:
    placed = plan[type_]
    if type_ in KINDS["note"]:
        return _of_notes(placed)
    where = PLACES[placed.place]
    if placed.why is Why.OVERRIDE:
        copy = f", with a copy in {PLACES[Place.STORE]}" if plan.copies(type_) else ""
        return f"Your administrator has set where {{types}} go: {where}{copy}."
    return f"{WHY.get(placed.why, TAKES_NONE)}: new ones go into {where}."


def _of_notes(placed: Placed) -> str:
    """A note goes into the EHR or nowhere."""
    if placed.why is not Why.OVERRIDE:
        return f"{WHY.get(placed.why, TAKES_NONE)}. You can copy the note."
    on = placed.place is Place.EHR
    return f"Your administrator has switched {{types}} {'on' if on else 'off'}."


def _picked() -> Mapping[str, Wish]:
    picks = opened().chart.places.picks
    usual = dict.fromkeys(KINDS, Wish.EHR)
    return usual | (picks.by_kind() if picks else {})


def _keep(form: Form) -> None:
    """Keep what was chosen of what is open; a kind that is not open keeps what it had."""
    open_ = [kind for kind in kinds(opened().chart.plan()) if kind.choices]
    offered = {kind.code: {choice[0] for choice in kind.choices} for kind in open_}
    wrong = [code for code, values in offered.items() if form.value(code) not in values]
    if wrong:
        raise EntryRefused(*(Problem(code, CHOOSE) for code in wrong))
    picks = opened().chart.places.picks
    if picks is not None:
        picks.keep({code: Wish(form.value(code)) for code in offered})


def _shown() -> dict[str, object]:
    record = opened().chart.open()
    found = kinds(opened().chart.plan())
    return {"kinds": found, "whereabouts": whereabouts(record), "movable": movable(record)}


def _has_store() -> bool:
    return opened().chart.places.store is not None
