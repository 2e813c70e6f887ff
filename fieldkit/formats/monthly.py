"""A report of a period for people: sections of rows, in one language, for a terminal or as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fieldkit.core.tables.report import FEET, HEADS, NOTES, PERCENT, POINTS, SECTIONS, UNITS, WHAT, Line, Report, number
from fieldkit.formats import markdown
from fieldkit.words import Words

Section = tuple[str, list[tuple[str, ...]]]
"""Its title, and rows under `HEADS`."""


def heads(words: Words) -> list[str]:
    return [words.say(one) for one in HEADS]


def head(report: Report, words: Words) -> list[str]:
    """What stands above it: of whom, of where, of which days, made when."""
    days = words.say(
        "{since} to {until}, compared with {before_since} to {before_until}",
        since=report.since,
        until=report.until,
        before_since=report.before_since,
        before_until=report.before_until,
    )
    made = words.say("Made on {day} from signed records. It names nobody.", day=report.made[:10])
    return [f"{words.say('Training report')}: {report.org}", report.site or words.say("All sites"), days, made]


def feet(report: Report, words: Words) -> list[str]:
    """What the notes in it mean."""
    notes = {one.note for one in report.lines}
    return [words.say(sentence) for note, sentence in FEET.items() if note in notes]


def sections(report: Report, words: Words) -> Iterator[Section]:
    """Those that have a line, in their order."""
    for section, title in SECTIONS.items():
        rows = [_row(one, words) for one in report.lines if one.section == section]
        if rows:
            yield words.say(title), rows


def as_markdown(report: Report, words: Words) -> bytes:
    """The whole report."""
    title, *rest = head(report, words)
    parts = [f"# {markdown.text(title)}\n", *(f"{markdown.line(one)}\n" for one in rest)]
    for name, rows in sections(report, words):
        parts += [f"## {markdown.text(name)}\n", markdown.table(heads(words), rows)]
    parts += [f"{markdown.line(one)}\n" for one in feet(report, words)]
    return "\n".join(parts).encode("utf-8", "replace")


def _row(one: Line, words: Words) -> tuple[str, ...]:
    return (
        _label(one, words),
        _number(one.value, one.unit) or words.say(NOTES[one.note] if one.note else "—"),
        *_cells(one.n),
        _number(one.before, one.unit),
        *_cells(one.before_n),
        _number(one.change, one.unit, sign=True),
    )


def _cells(n: int | None) -> Sequence[str]:
    return ["" if n is None else str(n)]


def _label(one: Line, words: Words) -> str:
    """What the line is about, and of what: a pack and a program by title and id, a finding by its sentence."""
    what = words.say(WHAT[one.what])
    if one.what == "finding":
        return f"{words.say(one.title)} ({one.id})"
    of = f"{one.title} ({one.id})" if one.title else one.id
    return f"{of}: {what}" if of and one.what != "silent" else f"{what} {of}".rstrip() if of else what


def _number(hundredths: int | None, unit: str, sign: bool = False) -> str:
    if hundredths is None:
        return ""
    plus = "+" if sign and hundredths > 0 else ""
    said = POINTS if sign and unit == PERCENT else UNITS[unit]
    return said.format(n=plus + number(hundredths))
