"""The limits of an item's answers, from its extensions.

Source: FHIR R4 extensions minValue, maxValue, minLength, regex, maxDecimalPlaces, entryFormat,
maxSize, mimeType, questionnaire-minOccurs, -maxOccurs, -sliderStepValue, -referenceResource and
-referenceProfile; SDC 3.0 minQuantity and maxQuantity.
"""

from decimal import Decimal

from smartapp.fhirpath import Path
from smartapp.forms.expressions import read_path
from smartapp.forms.looked_up import Names
from smartapp.forms.questionnaire import Limits, Value
from smartapp.forms.reading_element import Element, checked, one_value
from smartapp.forms.reading_text import CORE

SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"
WORKED_OUT = (f"{CORE}cqf-calculatedValue", f"{CORE}cqf-expression")
BOUNDED = ("Integer", "Decimal", "Date", "DateTime", "Time", "Instant", "Quantity")


def read_limits(item: Element, names: Names) -> Limits:
    """Read all limits of an item."""
    least, least_path = _bound(item, names, f"{CORE}minValue", f"{SDC}minQuantity")
    most, most_path = _bound(item, names, f"{CORE}maxValue", f"{SDC}maxQuantity")
    return Limits(
        min_length=_count(item, f"{CORE}minLength"),
        max_length=item.whole("maxLength"),
        pattern=item.setting(f"{CORE}regex", "String") or "",
        entry_format=item.setting(f"{CORE}entryFormat", "String") or "",
        least=least,
        most=most,
        least_path=least_path,
        most_path=most_path,
        decimal_places=_count(item, f"{CORE}maxDecimalPlaces"),
        min_occurs=_count(item, f"{CORE}questionnaire-minOccurs"),
        max_occurs=_count(item, f"{CORE}questionnaire-maxOccurs"),
        mime_types=_each(item, f"{CORE}mimeType", "Code"),
        max_size=_size(item),
        step=_count(item, f"{CORE}questionnaire-sliderStepValue"),
        reference_types=_each(item, f"{CORE}questionnaire-referenceResource", "Code"),
        reference_profiles=_each(item, f"{CORE}questionnaire-referenceProfile", "Canonical"),
    )


def _bound(item: Element, names: Names, *urls: str) -> tuple[Value | None, Path | None]:
    extension = item.extension(*urls)
    if extension is None:
        return None, None
    path = _worked_out(extension, names)
    name, content = one_value(extension.raw, "value")
    if path is not None and not name:
        return None, path
    if name.removeprefix("value") not in BOUNDED:
        extension.error("", "a limit must be a number, a date, a time or a Quantity")
        return None, None
    content = checked(extension, name, content)
    return (None if content is None else {name: content}), path


def _worked_out(extension: Element, names: Names) -> Path | None:
    """Return the expression beside ``valueDate`` (cqf-calculatedValue) or at the extension."""
    beside = [name for name in extension.raw if name.startswith("_value")]
    for holder in (extension, *(extension.inside(name) for name in beside)):
        found = holder.extension(*WORKED_OUT) if holder is not None else None
        if found is not None:
            return read_path(found, names)
    return None


def _count(item: Element, url: str) -> int | None:
    number: int | None = item.setting(url, "Integer", "PositiveInt", "UnsignedInt")
    if isinstance(number, int) and number < 0:
        item.error("extension", f"{url.rpartition('/')[2]} is below 0")
    return number


def _size(item: Element) -> Decimal | None:
    """Return maxSize, which is in megabytes, in bytes."""
    megabytes = item.setting(f"{CORE}maxSize", "Decimal", "Integer")
    return None if megabytes is None else Decimal(megabytes) * 1_000_000


def _each(item: Element, url: str, *kinds: str) -> tuple[str, ...]:
    values = (extension.value(*kinds, "String", "Uri") for extension in item.extensions(url))
    return tuple(value for value in values if value)
