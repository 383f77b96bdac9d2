"""An answer in a notebook: its first rows, how many there are, and where they come from."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

from graphdb.versions.citation import citation_line

if TYPE_CHECKING:
    from graphdb.answer import Answer

SHOWN = 20
_CELL = 200
_BOX = "font-size:90%;overflow-x:auto"


def page(answer: Answer) -> str:
    """At most twenty rows as a table; every value is text, whatever it holds."""
    names = answer.columns
    head = "".join(f"<th>{escape(name)}</th>" for name in names)
    rows = answer.table.slice(0, SHOWN)
    values = zip(*(column.to_pylist() for column in rows.columns), strict=True) if names else ()
    body = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in values)
    lines = [counted(answer), *(f"from {citation_line(each)}" for each in answer.datasets)]
    foot = "".join(f"<div>{escape(line)}</div>" for line in lines)
    return f'<div style="{_BOX}"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{foot}</div>'


def counted(answer: Answer) -> str:
    """How many rows there are, and how many of them are here."""
    here = answer.table.num_rows
    said = f"{here:,} row{'' if here == 1 else 's'}"
    if here > SHOWN:
        said += f", the first {SHOWN} shown"
    if answer.truncated:
        more = "there are more" if answer.total_rows is None else f"there are {answer.total_rows:,}"
        said += f"; cut by the row limit: {more}"
    return f"{said}; {answer.elapsed_s:.2f} s, {answer.store}"


def _cell(value: Any) -> str:
    if value is None:
        return '<td style="color:#999">null</td>'
    text = value if isinstance(value, str) else _text(value)
    short = text if len(text) <= _CELL else f"{text[: _CELL - 1]}…"
    side = "right" if isinstance(value, (int, float)) and not isinstance(value, bool) else "left"
    return f'<td style="text-align:{side}">{escape(short)}</td>'


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, (list, dict)):
        return json.dumps(value, default=str, ensure_ascii=False)
    return str(value)
