"""A roster looked at before it is taken: how it was read, its first rows, and what there is to put right in it.

Pure: bytes and the fixes made so far go in, and what a screen shows comes out. Nothing is refused here: a file that
cannot be read at all is said in `wrong`, so that a screen can go on showing what it has. What is taken in the end is
`fieldkit.roster.parse_roster` with the same fixes.
"""

from __future__ import annotations

import msgspec

from fieldkit.core.clean import clean_text
from fieldkit.core.folds.people import full_name
from fieldkit.errors import WrongUsage
from fieldkit.roster import (
    AS_IT_IS,
    Fixes,
    Row,
    Warnings,
    columns_of,
    decode,
    mended,
    name_field,
    named,
    parse_roster,
    row_of,
    separator_of,
    table_of,
)
from fieldkit.rosterheads import with_badge

FIRST = 200
"""Rows that are shown."""
MOST_PROBLEMS = 500
SEPARATORS = {",": ",", ";": ";", "\t": "TAB", "|": "|"}


class Column(msgspec.Struct, frozen=True):
    """One column: its header as it stands there, its meaning or empty for a note."""

    at: int
    header: str
    meaning: str


class Problem(msgspec.Struct, frozen=True):
    """Something a person may put right.

    `kind`: `no-name` (a badge and no name), `twice` (a badge that another line has), `nobody` (neither badge nor name),
    `no-badge`, `column` (its meaning is not known; `line` is 0 and `column` says which). `field`: what to type there.
    """

    kind: str
    line: int
    field: str = ""
    value: str = ""
    other: int = 0
    """The line that has the badge already."""
    column: int = -1
    who: str = ""
    """The name in that line, as far as there is one."""


class Look(msgspec.Struct, frozen=True):
    """What a screen shows of a roster. `count`: people who will be expected if it is taken as it is."""

    encoding: str = ""
    separator: str = ""
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[int, tuple[str, ...]], ...] = ()
    """The first rows: (line, cleaned for one line each)."""
    problems: tuple[Problem, ...] = ()
    count: int = 0
    warnings: tuple[str, ...] = ()
    expected: tuple[Row, ...] = ()
    wrong: str = ""
    hint: str = ""


def look(data: bytes, fixes: Fixes = AS_IT_IS) -> Look:
    """How these bytes read with these fixes. Never raises for what is in them."""
    said = Warnings()
    try:
        found = decode(data, said)
        (at, header), body = table_of(found.text)
    except WrongUsage as wrong:
        return Look(wrong=wrong.sentence, hint=wrong.hint)
    separator = "" if found.encoding == "Excel" else SEPARATORS.get(separator_of(found.text), "")
    shown = tuple((line, tuple(clean_text(cell, 60) for cell in cells[:100])) for line, cells in body[:FIRST])
    bare = [Column(k, clean_text(cell, 40) or f"column {k + 1}", "") for k, cell in enumerate(header[:100])]
    try:
        columns = columns_of(with_badge(header, body), at, said, fixes)
    except WrongUsage as wrong:
        missing = tuple(Problem("column", 0, column=c.at, value=c.header) for c in bare)
        return Look(found.encoding, separator, tuple(bare), shown, missing, wrong=wrong.sentence, hint=wrong.hint)
    known = tuple(Column(k, name, meaning) for k, (meaning, name) in enumerate(columns))
    problems = _problems(body, columns, fixes)
    try:
        roster = parse_roster(data, fixes)
    except WrongUsage as wrong:
        return Look(found.encoding, separator, known, shown, tuple(problems), wrong=wrong.sentence, hint=wrong.hint)
    return Look(
        found.encoding,
        separator,
        known,
        shown,
        tuple(problems),
        len(roster.rows),
        tuple(roster.warnings),
        tuple(roster.rows),
    )


def _problems(body: list[tuple[int, list[str]]], columns: list[tuple[str, str]], fixes: Fixes) -> list[Problem]:
    out = [
        Problem("column", 0, column=k, value=name)
        for k, (meaning, name) in enumerate(columns)
        if not meaning and k not in fixes.columns
    ]
    type_here = name_field(columns)
    first_with: dict[str, int] = {}
    for line, cells in body:
        if line in fixes.out:
            continue
        if len(out) >= MOST_PROBLEMS:
            break
        try:
            row = row_of(line, mended(line, cells, columns, fixes), columns, Warnings())
        except WrongUsage:
            continue  # said as what is wrong with the file
        fields = row.fields if row is not None else {}
        badge = fields.get("badge", "")
        who = fields.get("name", "") or full_name(fields)
        if row is None:
            out.append(Problem("nobody", line, field=type_here or "badge"))
        elif badge and badge in first_with:
            out.append(Problem("twice", line, field="badge", value=badge, other=first_with[badge], who=who))
        elif badge and not named(row) and type_here:
            out.append(Problem("no-name", line, field=type_here, value=badge))
        if badge:
            first_with.setdefault(badge, line)
    return out
