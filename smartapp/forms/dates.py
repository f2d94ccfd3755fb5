"""Days as a language writes them, and as its people type them; kept as year-month-day.

How they are written is data (``words/<language>.json``): the months' names, how they stand in a day
(``day``) and a month (``month``), the time of day beside it (``moment``), little words that may
stand between (``date-words``), and which comes first in a day that is typed in figures alone
(``date-order``). Where people who share a language differ in that ("either"), such a day is read
only when it can be one day alone. A year has four digits. Source of the kept form: FHIR R4 "date".
"""

import re
from collections.abc import Mapping
from datetime import date
from unicodedata import combining, normalize

ORDERS = {"day-month": ("{1}-{0}",), "month-day": ("{0}-{1}",), "either": ("{1}-{0}", "{0}-{1}")}
"""How the two figures before a year make month and day, by ``date-order``."""
_ISO = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_MOMENT = re.compile(r"([0-9-]{10})[T ]([0-9]{2}:[0-9]{2})(:[0-9.]+)?\s*(Z|[+-][0-9:]{5})?")
_CLOCK = re.compile(
    r"(?<![0-9:])([0-9]{1,2}:[0-9]{2})(:[0-9]{2}(?:\.[0-9]{1,9})?)?"
    r"\s*(Z|[+-][0-9]{2}:[0-9]{2})?(?![0-9:])"
)
_BETWEEN = r"[-./\s]+"
_YEAR_FIRST = re.compile(rf"([0-9]{{4}})(?:{_BETWEEN}([0-9]{{1,2}}))?(?:{_BETWEEN}([0-9]{{1,2}}))?")
_YEAR_LAST = re.compile(rf"([0-9]{{1,2}}){_BETWEEN}(?:([0-9]{{1,2}}){_BETWEEN})?([0-9]{{4}})")
_NAMED = re.compile(r"(?P<number>[0-9]+)[^\W\d_]{0,2}|(?P<word>[^\W\d_]+)|[\s.,/-]+|(?P<odd>.)")
"""A number may end as "23rd" and "1er" do."""
_LETTERS = re.compile(r"[^\W\d_]+")
_BRACES = re.compile(r"\{\w+\}")
_SHORTEST = 3
"""Letters that name a month, where no other begins with them."""
Texts = Mapping[str, str]


def written(day: str, texts: Texts) -> str:
    """Return a year, month or day as people write it; a text that is none stays as it is."""
    found = _ISO.fullmatch(day)
    if not found or not found[2] or not _is_day(*filter(None, found.groups())):
        return day
    month = texts["months"].split()[int(found[2]) - 1]
    if not found[3]:
        return texts["month"].format(month=month, year=found[1])
    return texts["day"].format(day=int(found[3]), month=month, year=found[1])


def moment_written(moment: str, texts: Texts) -> str:
    """Return a day, or a day and time, as people write it; its zone stands where one is said."""
    found = _MOMENT.fullmatch(moment)
    if not found:
        return written(moment, texts)
    seconds = found[3] if found[3] not in {None, ":00"} else ""
    time = f"{found[2]}{seconds} {found[4] or ''}".strip()
    return texts["moment"].format(day=written(found[1], texts), time=time)


def kept(text: str, texts: Texts) -> str:
    """Return what was typed as year, year-month or year-month-day; ValueError for what is none."""
    text = text.strip()
    first, last = _YEAR_FIRST.fullmatch(text), _YEAR_LAST.fullmatch(text)
    if first:
        return _day(*filter(None, first.groups()))
    if last:
        return _year_last(last, texts)
    return _with_name(_folded(text), texts)


def moment_kept(text: str, texts: Texts) -> str:
    """Return the same of a day with or without a time: 2026-11-23 14:30."""
    found = _CLOCK.search(text)
    if not found:
        return kept(text, texts)
    rest = f"{text[: found.start()]} {text[found.end() :]}"
    allowed = _allowed(texts) | {"t"}
    words = [word for word in rest.split() if _folded(word).strip(",.") not in allowed]
    day = kept(re.sub(r"(?<=[0-9])T$", "", " ".join(words).strip(" ,")), texts)
    seconds = found[2] if found[2] not in {None, ":00"} else ""
    return f"{day} {found[1].zfill(5)}{seconds} {found[3] or ''}".strip()


def _year_last(found: re.Match[str], texts: Texts) -> str:
    one, other, year = found.groups()
    if not other:
        return _day(year, one)
    days = set()
    for order in ORDERS[texts["date-order"]]:
        try:
            days.add(_day(year, *order.format(one, other).split("-")))
        except ValueError:
            continue
    (day,) = days
    return day


def _with_name(text: str, texts: Texts) -> str:
    """Read a day whose month has its name; the other parts may stand in any order."""
    month, rest = _month(text, texts)
    found = list(_NAMED.finditer(rest))
    words = {one["word"] for one in found if one["word"]}
    if any(one["odd"] for one in found) or words - _allowed(texts):
        raise ValueError
    numbers = [one["number"] for one in found if one["number"]]
    (year,) = (number for number in numbers if len(number) == 4)
    days = [number for number in numbers if len(number) < 3]
    if len(days) != len(numbers) - 1 or len(days) > 1:
        raise ValueError
    return _day(year, str(month), *days)


def _month(text: str, texts: Texts) -> tuple[int, str]:
    """Return the month that is named in a text, and the text without its name."""
    names = {_folded(name): at for at, name in enumerate(texts["months"].split(), 1)}
    for name in sorted(names, key=len, reverse=True):
        if name in text:
            return names[name], text.replace(name, " ", 1)
    for word in _LETTERS.findall(text):
        begun = [at for name, at in names.items() if name.startswith(word)]
        if len(word) >= _SHORTEST and len(begun) == 1:
            return begun[0], text.replace(word, " ", 1)
    raise ValueError


def _allowed(texts: Texts) -> set[str]:
    every = " ".join(texts[key] for key in ("day", "month", "moment", "date-words"))
    return set(_LETTERS.findall(_folded(_BRACES.sub(" ", every))))


def _day(year: str, month: str = "", day: str = "") -> str:
    """Return the parts as FHIR writes them; ValueError where the calendar has no such day."""
    date(int(year), int(month or 1), int(day or 1))
    return "-".join([year, *(part.zfill(2) for part in (month, day) if part)])


def _is_day(*parts: str) -> bool:
    try:
        return bool(_day(*parts))
    except ValueError:
        return False


def _folded(text: str) -> str:
    """Return a text without capitals and accents."""
    return "".join(c for c in normalize("NFKD", text.casefold()) if not combining(c))
