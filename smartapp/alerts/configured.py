"""The ``[safety]`` table of the configuration: the site's protocol and its crisis contacts.

``protocol`` is the text a clinician sees beside every alert. ``[safety.crisis.<locale>]`` holds
``text`` and ``contacts`` for one locale, such as ``en-US`` (and ``unattended``, the sentence that
nobody watches the answers, in its language); ``locale`` says where the site is,
needed when there are several. There is no contact without a locale.
"""

import re

from smartapp.program.safety import Crisis, SiteSafety
from smartapp.table import Table

_LOCALE = re.compile(r"[a-z]{2,3}-(?:[A-Z]{2}|[0-9]{3})")


def read(table: Table) -> SiteSafety:
    """Read the table; raises ``ConfigError`` naming the key at fault."""
    raw = table.get("crisis", dict, {})
    crisis = {name: _crisis(table, name, one) for name, one in raw.items()}
    locale = table.text("locale") if "locale" in table.raw else ""
    if not locale and len(crisis) > 1:
        raise table.refuse("locale", "with several crisis texts this must say where the site is.")
    locale = locale or next(iter(crisis), "")
    if crisis and locale not in crisis:
        raise table.refuse("locale", "there is no crisis text for this locale.")
    protocol = table.text("protocol") if "protocol" in table.raw else ""
    table.done()
    return SiteSafety(protocol, locale, crisis)


def lacking(found: SiteSafety) -> list[str]:
    """What an administrator should be warned of, a sentence each."""
    warnings = []
    if not found.crisis:
        warnings.append("No crisis contacts are set ([safety.crisis.<locale>]): pages say so.")
    if not found.protocol:
        warnings.append("No protocol for safety alerts is set (safety.protocol): pages say so.")
    return warnings


def _crisis(table: Table, locale: str, raw: object) -> Crisis:
    where = f"crisis.{locale}"
    if not _LOCALE.fullmatch(locale):
        raise table.refuse(where, "this must be a locale with a region, such as en-US.")
    if not isinstance(raw, dict):
        raise table.refuse(where, "this must be a TOML table.")
    inner = Table(f"{table.where}{where}.", raw, table.folder)
    unattended = inner.text("unattended") if "unattended" in inner.raw else ""
    found = Crisis(locale, inner.text("text"), inner.texts("contacts"), unattended)
    if not found.contacts:
        raise inner.refuse("contacts", "at least one way to get help is needed.")
    inner.done()
    return found
