"""The words of a FHIRPath expression (FHIRPath 2.0.0, section "Lexical Elements")."""

import re
from typing import NamedTuple

from smartapp.errors import PathError

LONGEST = 20_000
"""Characters of an expression; the longest published one that we know has about 4,000."""

_CLOCK = r"\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?"
_WORDS = re.compile(
    r"""
      (?P<space>(?:\s+|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)+)
    | (?P<moment>@(?:
          T CLOCK
        | \d{4}(?:-\d\d(?:-\d\d)?)? (?:T (?:CLOCK)? (?:Z|[+-]\d\d:\d\d)?)?
      ))
    | (?P<number>\d+(?:\.\d+)?)
    | (?P<text>'(?:[^'\\]|\\.)*')
    | (?P<quoted>`(?:[^`\\]|\\.)*`)
    | (?P<variable>%(?:[A-Za-z_]\w*|`(?:[^`\\]|\\.)*`|'(?:[^'\\]|\\.)*'))
    | (?P<special>\$(?:this|index|total))
    | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<sign><=|>=|!=|!~|[-+*/&|=~<>.,()\[\]{}])
    """.replace("CLOCK", _CLOCK),
    re.VERBOSE | re.ASCII | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"} | {c: c for c in "\\'\"`/"}


class Token(NamedTuple):
    """One word: ``kind`` is a group of the grammar above or "end"; ``column`` counts from 1."""

    kind: str
    text: str
    column: int


def wrong(column: int, reason: str) -> PathError:
    """Return the error for a place in the expression."""
    return PathError(f"at column {column}: {reason}")


def tokens(expression: str) -> list[Token]:
    """Split an expression into words; raise PathError at the first character that begins none."""
    if len(expression) > LONGEST:
        raise wrong(LONGEST, f"the expression is longer than {LONGEST} characters")
    found, at = [], 0
    while at < len(expression):
        match = _WORDS.match(expression, at)
        if match is None:
            raise wrong(at + 1, "no word of FHIRPath begins here")
        if match.lastgroup and match.lastgroup != "space":
            found.append(Token(match.lastgroup, match[0], at + 1))
        at = match.end()
    return [*found, Token("end", "", len(expression) + 1)]


def unquoted(token: Token, start: int = 1) -> str:
    """Return what stands between the quotes of a word; ``start`` is where the quote ends."""

    def plain(match: re.Match[str]) -> str:
        escape = match[1]
        if len(escape) > 1:
            return chr(int(escape[1:], 16))
        if escape not in _ESCAPED:
            raise wrong(token.column + start + match.start(), "an escape that FHIRPath has not")
        return _ESCAPED[escape]

    return _ESCAPE.sub(plain, token.text[start:-1])
