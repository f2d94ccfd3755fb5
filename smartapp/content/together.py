"""What no file of a site can see alone: nothing may be named as something else is.

Responses are known by the questionnaire's address and scores by their code, so that two of a kind
would be taken for one another in the record.
"""

from collections import Counter
from collections.abc import Iterable

from smartapp.content.shipped import Content
from smartapp.content.sitefile import SiteFile
from smartapp.program.instrument import Instrument


def check_together(files: Iterable[SiteFile], shipped: Content) -> None:
    """Note every name, address and score that is there already, here or in the program's own."""
    read = [file for file in files if file.is_a("Questionnaire") or file.is_a("ValueSet")]
    _check_names([file for file in read if file.is_a("Questionnaire")], shipped)
    _check_addresses(read, shipped)
    _check_scores(read, shipped)


def _check_names(read: list[SiteFile], shipped: Content) -> None:
    names = Counter(file.slug.lower() for file in read)
    names.update(slug.lower() for slug in shipped.questionnaires)
    for file in read:
        if names[file.slug.lower()] > 1:
            file.findings.error("file", "another questionnaire has the same name")


def _check_addresses(read: list[SiteFile], shipped: Content) -> None:
    ours = {raw["url"] for raw in shipped.questionnaires.values()}
    offered = Counter(str(file.raw.get("url")) for file in read if file.is_offered)
    versions = Counter(_canonical(file) for file in read)
    for file in read:
        kind, url = file.raw["resourceType"], str(file.raw.get("url"))
        if url in ours:
            file.findings.error(f"{kind}.url", "is the address of a questionnaire of the program")
        if versions[_canonical(file)] > 1 or (file.is_offered and offered[url] > 1):
            file.findings.error(f"{kind}.url", "another file here has the same address")


def _check_scores(read: list[SiteFile], shipped: Content) -> None:
    known = {name for one in shipped.instruments.values() for name in _scores(one)}
    for file in read:
        for name in _scores(file.instrument) if file.instrument else ():
            if name in known:
                reason = "there is another score with the same code"
                file.findings.error(f"Questionnaire.scoring {name[1]}", reason)
            known.add(name)


def _scores(instrument: Instrument) -> list[tuple[str, str]]:
    return [(scale.code.system, scale.code.code) for scale in instrument.scales]


def _canonical(file: SiteFile) -> str:
    return f"{file.raw.get('url')}|{file.raw.get('version')}"
