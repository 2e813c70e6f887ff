"""`fieldkit central prework open` and `list`: questions before a session, answered on head office's page `/learn`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fieldkit.cli import talk
from fieldkit.cli.app import new_group
from fieldkit.cli.central_options import HomeOpt
from fieldkit.cli.central_trust import now, open_home
from fieldkit.cli.options import DebugOpt, JsonOpt, QuietOpt
from fieldkit.errors import NotPossible, WrongUsage

if TYPE_CHECKING:
    from fieldkit.roster import Row
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.learn_log import Begin
    from fieldkit.sync.central.rows import Stored

prework_group = new_group("Questions before a session, answered on head office's page.")
MOST_DAYS = 400


@prework_group.command("open")
def open_(
    home: HomeOpt,
    pack: Annotated[str, typer.Argument(metavar="[PACK]", help="An id, a folder or a .fkpack file.")] = "",
    until: Annotated[str, typer.Option("--until", metavar="DAY", help="The last day: 2026-12-01.")] = "",
    plan: Annotated[
        str, typer.Option("--plan", metavar="ID", help="A planned session: its pack, its people, until its day.")
    ] = "",
    roster: Annotated[
        Path | None, typer.Option("--roster", metavar="FILE.csv", help="Who may answer; else everybody with the code.")
    ] = None,
    title: Annotated[str, typer.Option(help="Title; else the pack's.")] = "",
    site: Annotated[str, typer.Option(help="Where the session takes place.")] = "",
    tz: Annotated[str, typer.Option(metavar="ZONE", help="IANA time zone of the day.")] = "UTC",
    url: Annotated[
        str, typer.Option("--url", metavar="URL", help="Head office's address, to print a whole link.")
    ] = "",
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FILE.svg", help="The link as a QR code; needs --url.")
    ] = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Open the questions that a pack asks before a session, and say the code to send with the invitation.

    Workers type their badge and the code at `/learn`. With a roster, only badges on it come in. What they answer is in
    a log of its own, signed by head office's device, and joins them by their badge.

    Example: fieldkit central prework open loto-basics --until 2026-12-01 --url https://fieldkit.acme.example --home DIR
    """
    from fieldkit.log.receipt import show_code

    if bool(pack) == bool(plan):
        raise WrongUsage("Say what is asked: a pack, or a planned session.", "PACK, or --plan ID.")
    if out is not None and not url:
        raise WrongUsage("A QR code needs head office's address.", "--url https://fieldkit.acme.example")
    link = _url(url)
    office = open_home(home)
    rows, begin = _asked(office, pack, plan, until, roster, title, site, tz)
    stored, code = asyncio.run(_open(office, begin, rows))
    whole = f"{link}/learn?code={code}" if link else ""
    if out is not None:
        from fieldkit.lan.qr import svg

        drawn = svg(whole, show_code(code)).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
        talk.out(out, drawn.encode())
    if json:
        said: dict[str, Any] = {"code": show_code(code), "url": whole, "log": stored.origin, "people": len(rows)}
        talk.emit(said | {"until": _when(begin.closes, begin.tz)})
        return
    talk.data(f"code  {show_code(code)}")
    talk.data(f"link  {whole}" if whole else "link  /learn of `fieldkit central serve`, with badge and this code")
    talk.data(f"open until {_when(begin.closes, begin.tz)}, for {_people(rows)}")
    talk.data(f"log   {stored.origin}")


@prework_group.command("list")
def list_(home: HomeOpt, json: JsonOpt = False, quiet: QuietOpt = False, debug: DebugOpt = False) -> None:
    """List the questions before sessions that were opened, with their codes and how many have answered.

    Example: fieldkit central prework list --home /srv/fieldkit
    """
    from fieldkit.log.receipt import show_code

    found = asyncio.run(_list(open_home(home)))
    if json:
        talk.emit({"prework": [{**one, "code": show_code(one["code"])} for one in found]})
    elif found:
        rows = [[show_code(one["code"]), one["title"], one["until"], one["answered"], one["log"]] for one in found]
        talk.table(["CODE", "TITLE", "OPEN UNTIL", "PEOPLE", "LOG"], rows, give=1)
    else:
        talk.say("Nothing was opened yet. Open it: fieldkit central prework open PACK --until DAY")


# ---- helpers -------------------------------------------------------------------------------------------------


def _url(url: str) -> str:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) < 200
    if url and not (plain and parts.scheme == "https" and parts.hostname and not parts.query and not parts.fragment):
        raise WrongUsage(f"{url[:60]!r} is no address of head office.", "Write it like https://fieldkit.acme.example")
    return url.rstrip("/")


def _people(rows: list[Row]) -> str:
    if not rows:
        return "everybody with the code"
    return f"{len(rows)} {'person' if len(rows) == 1 else 'people'} of the roster"


def _when(closes: int, tz: str) -> str:
    from fieldkit.cli.when import clock, iso

    return clock(iso(closes - 60_000, tz))


def _asked(
    office: Home, pack: str, plan: str, until: str, roster: Path | None, title: str, site: str, tz: str
) -> tuple[list[Row], Begin]:
    """Who may answer, and what. Raises WrongUsage, NotPossible."""
    from datetime import UTC, datetime, time, timedelta

    from fieldkit.cli.when import day_of
    from fieldkit.core.blended import PREWORK, only
    from fieldkit.core.clean import clean_text
    from fieldkit.core.records import PackRef, Policy
    from fieldkit.log.planned_note import HELD
    from fieldkit.log.policy import in_force
    from fieldkit.packs.compile import compile_pack
    from fieldkit.packs.find import find_pack
    from fieldkit.roster import read_roster
    from fieldkit.sync.central import planned, policy
    from fieldkit.sync.central.learn_log import Begin
    from fieldkit.zones import zone_of

    rows: list[Row] = []
    closes = 0
    if plan:
        kept = planned.find(office, plan)
        if kept.state != HELD:
            raise NotPossible("This session is called off.", "Choose another plan.")
        pack, tz, rows = kept.plan.pack, kept.plan.tz or tz, list(kept.plan.expected)
        title, site = title or kept.plan.title, site or kept.plan.place
        closes = planned.begins(kept.plan) * 1000
    if until:
        last = datetime.combine(day_of(until) + timedelta(days=1), time(), zone_of(tz))
        closes = int(last.astimezone(UTC).timestamp()) * 1000
    if not closes:
        raise WrongUsage("Until when may people answer?", "--until 2026-12-01")
    if not now() * 1000 < closes <= (now() + MOST_DAYS * 86_400) * 1000:
        raise WrongUsage("That day has passed, or is too far away.", f"A day to come, at most {MOST_DAYS} days ahead.")
    if roster is not None:
        found = read_roster(roster)
        for warning in found.warnings:
            talk.warn(warning)
        rows = list(found.rows)
    known = [row for row in rows if row.fields.get("badge")]
    if rows and not known:
        raise WrongUsage("Nobody on this roster has a badge, so nobody could come in.", "Add a column `badge`.")
    if plan and len(known) < len(rows):  # of a file the reader has said so
        talk.warn(f"{len(rows) - len(known)} of the roster have no badge and cannot come in.")
    compiled = compile_pack(find_pack(pack, office.path / "packs"), publishers=map(str, _publishers(office)))
    part = only(compiled.plan, PREWORK)
    if part is None:
        raise NotPossible(
            f"The pack {compiled.plan.id} asks nothing before the session.",
            "Give an entry of `prework` an `activity`: docs/packs.md",
        )
    own = PackRef(compiled.plan.id, compiled.plan.version, compiled.files_hash, "", compiled.signed)
    rules = in_force(policy.held(office), Policy(), compiled.plan.id)
    said = clean_text(title, 120) or part.say(part.title, part.language)
    return known, Begin(part, own, said, closes, clean_text(site, 80), tz, rules, media=compiled.blobs)


def _publishers(office: Home) -> list[Any]:
    return list(office.trust().vkeys("publisher"))


async def _open(office: Home, begin: Begin, rows: list[Row]) -> tuple[Stored, str]:
    from fieldkit.sync.central.learn_log import open_prework
    from fieldkit.sync.central.tx_codes import code_of

    db = await office.database()
    try:
        stored = await open_prework(office, db, begin, [row.fields for row in rows], now())
        async with db.reading() as tx:
            line = await tx.line(stored.origin, 0)
        return stored, code_of(line or b"")
    finally:
        await db.close()


async def _list(office: Home) -> list[dict[str, Any]]:
    from fieldkit.core.blended import BLENDED, closes
    from fieldkit.sync.central.desk_said import devices
    from fieldkit.sync.central.learn_folds import folded, logs_of
    from fieldkit.sync.central.tx_codes import OPENING, code_of

    db = await office.database()
    out: list[dict[str, Any]] = []
    try:
        async with db.reading() as tx:
            pubs = devices(office, office.trust())
            mine = [one for pub in sorted(pubs) for one in await tx.of_device(pub)]
            for stored in mine:
                line = await tx.line(stored.origin, 0) or b""
                if OPENING not in line or len(code := code_of(line)) != 10:
                    continue
                session = await folded(tx, stored)
                info = session.info
                if info is None or info.session_kind != BLENDED:
                    continue
                later = [await folded(tx, one) for one in (await logs_of(tx, code, pubs))[1:]]
                answers = [(s, p) for s in (session, *later) for rounds in s.runs.values()
                           for one in rounds for p, _ in one.answers]  # fmt: skip
                people = {(s.people[p].badge.upper() if p in s.people else "") or p for s, p in answers}
                until = _when(session.opened_t + (closes(session) or 0), info.tz)
                out.append({"code": code, "title": info.title, "until": until, "answered": len(people),
                            "expected": session.expected, "log": stored.origin})  # fmt: skip
    finally:
        await db.close()
    return out


__all__ = ["prework_group"]
