"""Names of form fields: one for each place in a response, whatever its linkIds contain.

A name is made of letters, digits and ``. _ - ~ * / :`` only, so it is also an HTML id and needs no
escaping in an attribute, a selector or an address. ``visit*1/drug`` is the question ``drug`` in the
second instance of the group ``visit``; ``visit*1/drug:unit`` is a part of its answer.
"""

import re

Path = tuple[tuple[str, int], ...]
"""From the root: linkId, and which instance of a group or which answer of a question."""

SHOWN = "shown"
"""The field that lists the questions and groups a page offered, so that "nothing" is an answer."""
ADD, REMOVE, CLEAR = "add:", "remove:", "clear:"
"""What a button's name begins with; the field's name follows."""
_OTHER = re.compile(r"[^A-Za-z0-9._-]")


def field_name(path: Path, prefix: str = "") -> str:
    """Return the name of the field at ``path``; ``prefix`` keeps the forms of one page apart."""
    steps = [segment(link_id, index) for link_id, index in path]
    return "/".join([_plain(prefix), *steps] if prefix else steps)


def segment(link_id: str, index: int = 0) -> str:
    """Return one step of a name."""
    return f"{_plain(link_id)}*{index}" if index else _plain(link_id)


def part_name(name: str, part: str) -> str:
    """Return the field of one part of an answer; the answer's own part is called ""."""
    return f"{name}:{part}" if part else name


def _plain(text: str) -> str:
    return _OTHER.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    return "".join(f"~{byte:02x}" for byte in found[0].encode("utf-8", "surrogatepass"))
