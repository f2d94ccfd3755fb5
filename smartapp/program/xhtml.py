"""A summary as strict XHTML 1.0: no styling, images, links or scripts, every value escaped.

Oracle Health takes a note only when it is valid strict XHTML
(https://docs.oracle.com/en/industries/health/millennium-platform-apis/mfdap/).
"""

from html import escape

from smartapp.program.summary import Line, Part, Quote, Section, Summary, Table, all_lines, one_line

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN"'
    ' "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">\n'
    '<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">\n'
)


def document(summary: Summary) -> str:
    """Return the whole note as a document of its own."""
    head = f"<head><title>{_safe(summary.title)}</title></head>\n"
    return f"{_HEAD}{head}<body>\n{fragment(summary)}\n</body>\n</html>\n"


def fragment(summary: Summary, level: int = 1) -> str:
    """Return the note as one ``div``; its title is a heading of ``level``, 1 to 5."""
    parts = [f"<h{level}>{_safe(summary.title)}</h{level}>"]
    parts += [_section(section, level + 1) for section in summary.sections]
    parts += [_line(line) for line in summary.colophon]
    return "<div>\n" + "\n".join(parts) + "\n</div>"


def _section(section: Section, level: int) -> str:
    heading = f"<h{level}>{_safe(section.heading)}</h{level}>"
    return "\n".join([heading, *map(_part, section.parts)])


def _part(part: Part) -> str:
    if isinstance(part, Line):
        return _line(part)
    return _quote(part) if isinstance(part, Quote) else _table(part)


def _line(line: Line) -> str:
    label = f"<strong>{_safe(line.label)}:</strong> " if line.label else ""
    return f"<p>{label}{_safe(line.text)}</p>"


def _quote(quote: Quote) -> str:
    said = "<br />".join(map(_safe, all_lines(quote.text)))
    return f"<p><strong>{_safe(quote.label)}:</strong></p>\n<blockquote><p>{said}</p></blockquote>"


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{_safe(cell)}</th>' for cell in table.heads)
    body = "\n".join(map(_row, table.rows))
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>"


def _row(cells: tuple[str, ...]) -> str:
    name, *rest = cells
    told = "".join(f"<td>{_safe(cell)}</td>" for cell in rest)
    return f'<tr><th scope="row">{_safe(name)}</th>{told}</tr>'


def _safe(text: str) -> str:
    return escape(one_line(text), quote=True)
