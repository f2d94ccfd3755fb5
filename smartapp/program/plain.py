"""A summary as plain text: no line wider than 78 columns, readable in any note window.

Only our own words start at the left margin below a heading; what a person typed is indented on
every line, so it cannot imitate a heading.
"""

from collections.abc import Iterator, Sequence
from unicodedata import east_asian_width

from smartapp.program.summary import Line, Part, Quote, Section, Summary, Table, all_lines, one_line

WIDTH = 78
INDENT = "    "
GAP = "  "


def text(summary: Summary) -> str:
    """Return the whole note; lines end with a newline, none is wider than ``WIDTH`` columns."""
    title = wrapped(one_line(summary.title).upper(), WIDTH)
    lines = [*title, "=" * max(map(columns, title), default=0)]
    for section in summary.sections:
        lines += ["", *_section(section)]
    lines.append("")
    for line in summary.colophon:
        lines += _line(line)
    return "\n".join(lines) + "\n"


def columns(line: str) -> int:
    """Return the columns a line takes: two for a wide character (Chinese, most emoji)."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in line)


def wrapped(words: str, width: int) -> list[str]:
    """Return the words on lines of at most ``width`` columns; a longer word is cut."""
    lines, line = [], ""
    for piece in (piece for word in words.split() for piece in _pieces(word, width)):
        joined = f"{line} {piece}" if line else piece
        if columns(joined) <= width:
            line = joined
        else:
            lines.append(line)
            line = piece
    return [*lines, line] if line else lines


def _pieces(word: str, width: int) -> Iterator[str]:
    piece, room = "", width
    for character in word:
        taken = columns(character)
        if taken > room:
            yield piece
            piece, room = "", width
        piece, room = piece + character, room - taken
    yield piece


def _section(section: Section) -> Iterator[str]:
    heading = wrapped(one_line(section.heading).upper(), WIDTH)
    yield from heading
    yield "-" * max(map(columns, heading), default=0)
    before: Part | None = None
    for part in section.parts:
        if _is_apart(before, part):
            yield ""
        yield from _part(part)
        before = part


def _is_apart(before: Part | None, part: Part) -> bool:
    """Whether a blank line comes first: around tables, and above a quote that stands alone."""
    if before is None or (isinstance(part, Quote) and part.close):
        return False
    return isinstance(before, Table) or isinstance(part, Quote | Table)


def _part(part: Part) -> Iterator[str]:
    if isinstance(part, Line):
        yield from _line(part)
    elif isinstance(part, Quote):
        yield from _quote(part)
    else:
        yield from _table(part)


def _line(line: Line) -> Iterator[str]:
    label = f"{one_line(line.label)}: " if line.label else ""
    words = label + one_line(line.text)
    room = WIDTH if columns(words) <= WIDTH else WIDTH - len(GAP)
    first, *rest = wrapped(words, room) or [""]
    yield first
    yield from (GAP + more for more in rest)


def _quote(quote: Quote) -> Iterator[str]:
    yield from wrapped(f"{one_line(quote.label)}:", WIDTH)
    for line in all_lines(quote.text):
        for piece in wrapped(line, WIDTH - len(INDENT)) or [""]:
            yield (INDENT + piece).rstrip()


def _table(table: Table) -> Iterator[str]:
    rows = [tuple(one_line(cell) for cell in row) for row in (table.heads, *table.rows)]
    widths = _widths(rows)
    head, *body = rows
    yield from _row(head, widths)
    yield GAP.join("-" * width for width in widths)
    for row in body:
        yield from _row(row, widths)


def _widths(rows: Sequence[Sequence[str]]) -> list[int]:
    """The natural width of each column, the widest made narrower until all fit."""
    widths = [min(WIDTH, max(2, *map(columns, cells))) for cells in zip(*rows, strict=True)]
    while sum(widths) + len(GAP) * (len(widths) - 1) > WIDTH:
        widths[widths.index(max(widths))] -= 1
    return widths


def _row(cells: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    told = [wrapped(cell, width) for cell, width in zip(cells, widths, strict=True)]
    for n in range(max(1, *map(len, told))):
        pieces = [lines[n] if n < len(lines) else "" for lines in told]
        padded = (p + " " * (w - columns(p)) for p, w in zip(pieces, widths, strict=True))
        yield GAP.join(padded).rstrip()
