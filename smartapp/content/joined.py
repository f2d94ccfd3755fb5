"""The program's own content and a site's, as one; what is unsound in the site's stops the start."""

from dataclasses import replace

from smartapp.content.folder import SiteFolder
from smartapp.content.occasions import with_occasions
from smartapp.content.shipped import Content
from smartapp.content.words import with_site
from smartapp.errors import ContentError


def joined(shipped: Content, site: SiteFolder) -> Content:
    """Return both; raise ContentError with every error, a line ``<file>: <element>: <reason>``."""
    wrong = [f"{file.name}: {error}" for file in site.files for error in file.findings.errors]
    if wrong:
        raise ContentError("\n".join(wrong))
    read = site.questionnaires
    offered = [file.slug for file in read if file.is_offered]
    scored = {file.slug: file.instrument for file in read if file.instrument}
    made = replace(
        shipped,
        program=with_occasions(shipped.program, site.asked, offered),
        instruments={**shipped.instruments, **scored},
        questionnaires={**shipped.questionnaires, **{file.slug: file.raw for file in read}},
        words=with_site(shipped.words, [file.raw for file in site.files if file.is_words]),
        value_sets=site.value_sets,
    )
    _ = made.forms  # read now, as the shipped ones are
    return made
