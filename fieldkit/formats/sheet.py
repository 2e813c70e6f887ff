"""A sheet typed in afterwards: a CSV with one row a person → what each row says, as `ctl paper` takes it.

On paper people write the letters that are printed, and those are the letters of the screens: what they mean is said in
`core.activities.typed`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

import msgspec

from fieldkit.core.activities import kind_of, quiz
from fieldkit.core.activities.match import rights
from fieldkit.core.activities.typed import name_for, names_of
from fieldkit.core.activities.words import fold
from fieldkit.core.clean import clean_badge, clean_name, clean_text
from fieldkit.core.plan import Activity, Option, Plan
from fieldkit.core.tables import Table
from fieldkit.errors import WrongUsage
from fieldkit.formats.csv import FORMULA, write
from fieldkit.formats.paper import Person, items, on_paper

MOST_BYTES = 2 * 1024 * 1024
MOST_ROWS = 5_000
PERSON = ("badge", "name", "in")
_PARTS = re.compile(r"[\s,;+/]+")
_WORD = re.compile(r"[^\W_]+")
_TIME = re.compile(r"[0-9]{1,2}[:.h][0-9]{2}\b.{0,5}")
_YES = frozenset({"", "1", "x", "y", "yes", "ja", "sí", "si", "oui", "in", "✓", "true"})
_NO = frozenset({"0", "n", "no", "nein", "non", "-", "out", "false"})


class Said(msgspec.Struct, frozen=True):
    """One cell: the words to send for this activity, or the sentence why not."""

    activity: str
    words: tuple[str, ...] = ()
    wrong: str = ""


class Row(msgspec.Struct, frozen=True):
    """One person's row. `here`: they signed in. `line` as a spreadsheet counts, header included."""

    line: int
    badge: str
    name: str
    here: bool
    said: tuple[Said, ...]
    time: str = ""
    """A time of day that stands under `in`. It is not entered: who comes by paper counts from the session's start."""


def read(data: bytes, plan: Plan) -> list[Row]:
    """Rows of a CSV whose header has `badge` and `name`, perhaps `in`, and activity ids. Raises WrongUsage for a file
    that is none; what is wrong in one cell stands in its `Said`."""
    if len(data) > MOST_BYTES:
        raise WrongUsage("The file is too large for a sheet of paper.", "Is it the right file?")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")
    if "\x00" in text:
        raise WrongUsage("This is no CSV file.", "Save the sheet as CSV (UTF-8).")
    first = text.split("\n", 1)[0]
    sign = max(",;\t|", key=first.count)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=sign))
    except csv.Error as wrong:
        raise WrongUsage("This CSV file cannot be read.", "Save the sheet as CSV (UTF-8).") from wrong
    if not rows or len(rows) > MOST_ROWS:
        raise WrongUsage("The file has no rows, or too many.", "One row a person, with a header.")
    head = [clean_text(cell, 100) for cell in rows[0]]
    low = [name.casefold() for name in head]
    if "badge" not in low and "name" not in low:
        raise WrongUsage("The header names no `badge` and no `name`.", "It looks like: badge,name,in,q1,q2.")
    twice = next((name for k, name in enumerate(low) if name and name in low[:k]), "")
    if twice:
        raise WrongUsage(f"The column {twice!r} is there twice.", "One column an activity.")
    unknown = [name for name in head if name and name.casefold() not in PERSON and plan.activity(name) is None]
    if unknown:
        raise WrongUsage(f"The plan has no activity {unknown[0][:40]!r}.", "The columns are badge, name, in and ids.")
    return [_row(n, cells, head, plan) for n, cells in enumerate(rows[1:], 2) if any(cell.strip() for cell in cells)]


def blank(plan: Plan, people: Sequence[Person]) -> bytes:
    """The table to type sheets into: the header that `read` takes and a row for each of `people`. A row nobody touches
    says that its person was not there."""
    asked = [i.id for i in items(plan, [plan.language]) if i.how != "sign"]
    rows = [(one.badge, one.name, "no", *[""] * len(asked)) for one in people]
    return write(Table("paper", (*PERSON, *asked), rows))


def _row(line: int, cells: Sequence[str], head: Sequence[str], plan: Plan) -> Row:
    # What `blank` guards against being run as a formula comes back as it was.
    cells = [x[1:] if x[:1] == "'" and x[1:2] in FORMULA else x for x in cells]
    by = dict(zip((name.casefold() if name.casefold() in PERSON else name for name in head), cells, strict=False))
    here = clean_text(by.get("in", ""), 20).casefold()
    found = []
    for name in head:
        cell = clean_text(by.get(name, ""), 500) if name and name.casefold() not in PERSON else ""
        a = plan.activity(name) if cell else None
        if a is not None:
            found.append(words_of(a, cell))
    return Row(
        line,
        clean_badge(by.get("badge", "")),
        clean_name(by.get("name", "")),
        here not in _NO,
        tuple(found),
        here if _TIME.fullmatch(here) else "",
    )


def is_name_of(written: str, known: str) -> bool:
    """Whether a name on paper can be that of whom the session knows: each word of the shorter one is a word of the
    other, or its initial. A name that is not there contradicts nothing."""
    short, long = sorted((_WORD.findall(fold(x)) for x in (written, known)), key=len)
    if "".join(short) == "".join(long):
        return True
    left = list(long)
    for word in short:
        found = next((x for x in left if x == word), None) or next(
            (x for x in left if len(min(x, word, key=len)) == 1 and x[0] == word[0]), None
        )
        if found is None:
            return False
        left.remove(found)
    return True


def words_of(a: Activity, cell: str) -> Said:
    """What somebody wrote on paper, as `ctl paper` takes it."""
    if a.type == "acknowledge":
        return Said(a.id, wrong="A signature stays on its paper.")
    if not on_paper(a):
        return Said(a.id, wrong="This is not answered on a sheet with a name.")
    kind = kind_of(a.type)
    match a.type:
        case "number" | "short" | "text" | "wordcloud":
            return Said(a.id, (cell,))
        case "match":
            return _pairs(a, cell)
        case "quiz":
            return _questions(a, cell)
        case _:
            return _chosen(a.id, kind.options(a), cell)


def _chosen(id: str, options: Sequence[Option], cell: str) -> Said:
    found = ids_of(options, cell)
    return (
        Said(id, tuple(name_for(options, o) for o in found))
        if found
        else Said(id, wrong=f"{cell[:40]!r} is none of its letters.")
    )


def ids_of(options: Sequence[Option], cell: str) -> list[str]:
    """Printed letters (`A C`, `ac`), numbers or ids; empty when one is none."""
    names = names_of(options)
    parts = [part.casefold() for part in _PARTS.split(cell) if part]
    if len(parts) == 1 and parts[0] not in names:
        parts = list(parts[0])
    return [names[part] for part in parts] if all(part in names for part in parts) else []


def _pairs(a: Activity, cell: str) -> Said:
    """`1=B 2=A`, or the letters alone in the order of the numbers (`B A C`)."""
    right = rights(a)
    if "=" not in cell:
        found = ids_of(right, cell)
        if len(found) == len(a.left):
            return Said(a.id, tuple(_pair(a, o.id, r) for o, r in zip(a.left, found, strict=True)))
        return Said(a.id, wrong=f"Write one letter for each of its {len(a.left)} numbers, like 1=B 2=A.")
    pairs = []
    for part in re.sub(r"\s*=\s*", "=", cell).split():
        one, _, other = part.strip(",;").partition("=")
        left, found = ids_of(a.left, one), ids_of(right, other)
        if len(left) != 1 or len(found) != 1:
            return Said(a.id, wrong=f"{part[:40]!r} is no pair like 1=B.")
        pairs.append(_pair(a, left[0], found[0]))
    return Said(a.id, tuple(pairs))


def _pair(a: Activity, left: str, right: str) -> str:
    return f"{name_for(a.left, left)}={name_for(rights(a), right)}"


def _questions(a: Activity, cell: str) -> Said:
    """`1=A 2=AB`: numbers and letters as printed."""
    shown = quiz.questions(a)
    names = {str(k): q.id for k, q in enumerate(shown, 1)} | {q.id.casefold(): q.id for q in shown}
    words = []
    for part in re.sub(r"\s*=\s*", "=", cell).split():
        one, mark, other = part.strip(";,").partition("=")
        q = quiz.part(a, names.get(one.casefold(), ""))
        shown_there = quiz.PARTS[q.type].options(q) if q is not None else []
        found = [name_for(shown_there, o) for o in ids_of(shown_there, other)]
        if not mark or not found:
            return Said(a.id, wrong=f"{part[:40]!r} is no answer like 1=A.")
        words.append(f"{names[one.casefold()]}={','.join(found)}")
    return Said(a.id, tuple(words)) if words else Said(a.id, wrong="Write its answers like 1=A 2=B.")
