"""`fieldkit central report`: what goes upward at the end of a month, in numbers that name nobody."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fieldkit.cli import talk
from fieldkit.cli.central_options import HomeOpt
from fieldkit.cli.central_programs import telling
from fieldkit.cli.central_trust import now, open_home
from fieldkit.cli.options import DebugOpt, JsonOpt, QuietOpt
from fieldkit.cli.when import day_of
from fieldkit.errors import WrongUsage

if TYPE_CHECKING:
    from fieldkit.core.monthly import Period
    from fieldkit.core.tables.report import Report
    from fieldkit.sync.central.home import Home

FORMATS = ("text", "json", "csv", "md")
LANGUAGES = ("en", "es")
LONGEST = 1100
"""Days of a report: three years, so that no slip of the pen reads everything there is."""
FIRST_YEAR = 2000


def report(
    home: HomeOpt,
    month: Annotated[str, typer.Option("--month", metavar="MONTH", help="2026-11; else the last whole month.")] = "",
    since: Annotated[str, typer.Option("--since", metavar="DAY", help="From this day on: 2026-11-01.")] = "",
    until: Annotated[str, typer.Option("--until", metavar="DAY", help="To this day, included; else today.")] = "",
    site: Annotated[str, typer.Option("--site", metavar="SITE", help="Sessions held there, people of that site.")] = "",
    lang: Annotated[str, typer.Option("--lang", help="Language of text and md: en or es.")] = "en",
    as_: Annotated[str, typer.Option("--as", metavar="FORMAT", help="text, json, csv or md.")] = "text",
    out: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="`-` is standard output.")] = Path("-"),
    sep: Annotated[str, typer.Option("--sep", metavar="SIGN", help="What separates CSV cells.")] = ",",
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Say what a month came to, beside the month before: what was held, who was reached, what waits. It names nobody.

    Each number says what it rests on (n). docs/central.md says what each one is, and what is held back.

    Example: fieldkit central report --home /srv/fieldkit --month 2026-11 --as md -o november.md
    """
    if as_ not in FORMATS:
        raise WrongUsage(f"There is no format {as_[:40]!r}.", f"--as is one of: {', '.join(FORMATS)}.")
    if lang not in LANGUAGES:
        raise WrongUsage(f"There is no report in {lang[:20]!r}.", f"--lang is one of: {', '.join(LANGUAGES)}.")
    if as_ == "text" and str(out) != "-" and not json:
        raise WrongUsage("A file is written as json, csv or md.", "Add --as md.")
    at = now()
    today = datetime.fromtimestamp(at, UTC).date()
    of = period_of(month, since, until, today)
    office = open_home(home)
    found = asyncio.run(_made(office, of, site, at, lang))
    _write(office, found, "json" if json else as_, out, sep, at, lang)
    if of.until >= today:
        talk.say("These days are not over: what still comes in changes the numbers.")


def period_of(month: str, since: str, until: str, today: date) -> Period:
    """The days that are asked for. Raises WrongUsage for none that can be reported."""
    from fieldkit.core.monthly import Period
    from fieldkit.core.monthly import month as whole

    if month and (since or until):
        raise WrongUsage("A report is of a month, or of the days that you name.", "Say --month or --since and --until.")
    if until and not since:
        raise WrongUsage("It does not say from which day on.", "Add --since 2026-11-01.")
    if since:
        found = Period(day_of(since), day_of(until) if until else today)
        if found.until < found.since:
            raise WrongUsage("The last day is before the first.", "Say --since 2026-11-01 --until 2026-11-30.")
        if (found.until - found.since).days >= LONGEST:
            raise WrongUsage("A report is of three years at most.", "Say a later --since.")
    else:
        text = month or (today.replace(day=1) - timedelta(days=1)).isoformat()[:7]
        try:
            if not (text.isascii() and len(text) == 7):
                raise ValueError
            found = whole(text)
        except ValueError:
            raise WrongUsage(f"{month[:40]!r} is no month.", "Write it like 2026-11.") from None
    if found.since.year < FIRST_YEAR:
        raise WrongUsage(f"Nothing was recorded in {found.since.year}.", f"Say a day from {FIRST_YEAR} on.")
    if found.since > today:
        raise WrongUsage(f"{found.since.isoformat()} is a day to come.", "Say days that have begun.")
    return found


async def _made(office: Home, of: Period, site: str, at: int, lang: str) -> Report:
    from fieldkit.sync.central.report import made

    db = await office.database()
    try:
        return await made(office, db, of, site, at, lang, telling())
    finally:
        await db.close()


def _write(office: Home, found: Report, as_: str, out: Path, sep: str, at: int, lang: str) -> None:
    from fieldkit.words import words_for

    words = words_for(lang)
    if as_ == "text":
        from fieldkit.formats.monthly import feet, head, heads, sections

        for line in head(found, words):
            talk.data(line.replace("\n", " "))
        for name, rows in sections(found, words):
            talk.data(f"\n{name}")
            talk.table(heads(words), rows, give=0)
        for line in feet(found, words):
            talk.data(f"\n{line}")
        return
    import hashlib

    from fieldkit.formats import csv
    from fieldkit.formats.monthly import as_markdown
    from fieldkit.log import handed
    from fieldkit.log.handed import Handed

    if as_ == "csv":
        from fieldkit.core.tables.report import table

        data = csv.write(table(found), sep)
    elif as_ == "md":
        data = as_markdown(found, words)
    else:
        from json import dumps

        data = (dumps(document(found), ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")
    talk.out(out, data)
    where = "-" if str(out) == "-" else str(out.resolve())
    digest = hashlib.sha256(data).hexdigest()
    handed.note(office.path, Handed(at * 1000, handed.EXPORT, where, f"report {as_}", digest))
    if where != "-":
        talk.say(f"{out} is written: {len(found.lines)} numbers.")


def document(found: Report) -> dict[str, Any]:
    """The report as JSON: numbers as text with at most two places, null where there is none."""
    from fieldkit.core.tables.report import number

    def line(one: Any) -> dict[str, Any]:
        return {
            "section": one.section,
            "what": one.what,
            "id": one.id or None,
            "title": one.title or None,
            "unit": one.unit,
            "value": number(one.value) or None,
            "n": one.n,
            "before": number(one.before) or None,
            "before_n": one.before_n,
            "change": number(one.change) or None,
            "note": one.note or None,
        }

    return {
        "org": found.org,
        "site": found.site or None,
        "since": found.since,
        "until": found.until,
        "before": {"since": found.before_since, "until": found.before_until},
        "made": found.made,
        "lines": [line(one) for one in found.lines],
    }
