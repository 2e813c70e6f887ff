"""`fieldkit central question list` and `answer`: what trainers kept for the expert, and head office's answer."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fieldkit.cli import talk
from fieldkit.cli.app import new_group
from fieldkit.cli.central_options import HomeOpt
from fieldkit.cli.central_trust import now, open_home
from fieldkit.cli.options import DebugOpt, JsonOpt, QuietOpt
from fieldkit.cli.when import clock, iso
from fieldkit.errors import FieldkitError, WrongUsage

if TYPE_CHECKING:
    from fieldkit.sync.central.home import Home
    from fieldkit.sync.central.questions import Question, Said

question_group = new_group("Questions that trainers kept for the expert.")
MOST = 500
FILE_MOST = 64 * 1024


@question_group.command("list")
def list_(
    home: HomeOpt,
    answered: Annotated[
        bool, typer.Option("--answered", help="Those that were answered or closed, the newest first.")
    ] = False,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """List the questions that wait for an expert, the oldest first.

    Example: fieldkit central question list --home /srv/fieldkit
    """
    found, more = asyncio.run(_list(open_home(home), answered))
    if json:
        talk.emit({"questions": [_row(one) for one in found], "more": more})
        return
    for one in found:
        talk.data(f"{one.number}  {clock(iso(one.t, one.tz))}  {one.title}" + (f", {one.site}" if one.site else ""))
        talk.data(f"    {one.text or '(erased)'}")
        if one.at:
            said = ("closed: " if one.state == "closed" else "") + (one.answer or "(erased)")
            who = f"{one.by}, " if one.by else ""
            talk.data(f"    → {said}")
            talk.data(f"      {who}{clock(iso(one.at, 'UTC'))}, {one.log}")
    if more:
        talk.say(f"And more: these are {MOST}.")
    if not found:
        talk.say("No question was answered yet." if answered else "No question waits.")
    elif not answered:
        talk.say('Answer one: fieldkit central question answer ORIGIN#INDEX --text "…" --by "…" --home DIR')


@question_group.command("answer")
def answer(
    which: Annotated[str, typer.Argument(metavar="ORIGIN#INDEX", help="As `question list` says it.")],
    home: HomeOpt,
    text: Annotated[str, typer.Option("--text", metavar="WORDS", help="The answer, at most 2000 characters.")] = "",
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="The answer from a file; `-` reads it here.")
    ] = None,
    close: Annotated[str, typer.Option("--close", metavar="REASON", help="There is no answer, and this is why.")] = "",
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="Printed name of who answers; erased with it.")] = "",
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Answer a question that was kept for the expert, or close it with a reason.

    The answer is a record of head office's own log; its words can be erased. The laptop has it with its next sync. The
    same words once more are no second record; other words take the place of those before.

    Example: fieldkit central question answer 000017-k3m9w2p4#41 --text "Two locks, one a circuit." --home DIR
    """
    from fieldkit.sync.central.questions import numbered

    if sum((bool(text), file is not None, bool(close))) != 1:
        raise WrongUsage("Say the answer once.", "--text WORDS, --file FILE, or --close REASON.")
    words = close or text or _read(file)
    origin, index = numbered(which)
    done = asyncio.run(_answer(open_home(home), origin, index, words, by, closed=bool(close)))
    if json:
        talk.emit({"question": f"{origin}#{index}", "record": done.log, "new": done.new})
        return
    talk.data(f"{'recorded' if done.new else 'already'}  {done.log}")
    if done.new:
        talk.say("The laptop has it with its next sync, or with what `central outbound` writes.")


# ---- helpers -------------------------------------------------------------------------------------------------


def _read(file: Path | None) -> str:
    assert file is not None
    try:
        if str(file) == "-":
            raw = sys.stdin.buffer.read(FILE_MOST + 1)
        else:
            with file.open("rb") as lying:
                raw = lying.read(FILE_MOST + 1)
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        raise WrongUsage(f"{file} is not text in UTF-8.", "Save it as UTF-8.") from wrong
    except OSError as wrong:
        raise FieldkitError(f"{file} cannot be read: {talk.reason(wrong)}", "Check the path.") from wrong


async def _list(office: Home, answered: bool) -> tuple[list[Question], bool]:
    from fieldkit.sync.central.digest import parked
    from fieldkit.sync.central.digest.work import catch_up
    from fieldkit.sync.central.questions import told

    db = await office.database()
    try:
        await catch_up(office, db, now())
        async with db.reading() as tx:
            ask = parked.answered if answered else parked.open_ones
            rows = await ask(tx, parked.ALL, None, MOST + 1)
            return await told(tx, rows[:MOST]), len(rows) > MOST
    finally:
        await db.close()


async def _answer(office: Home, origin: str, index: int, words: str, by: str, *, closed: bool) -> Said:
    from fieldkit.sync.central.export import find
    from fieldkit.sync.central.questions import answer as put

    db = await office.database()
    try:
        async with db.reading() as tx:
            stored = await find(tx, origin)
        return await put(office, db, stored.origin, index, words, by, now(), closed=closed)
    finally:
        await db.close()


def _row(one: Question) -> dict[str, Any]:
    return {
        "question": one.number, "text": one.text, "session": one.origin, "record": one.i, "title": one.title,
        "site": one.site, "pack": one.pack, "said": iso(one.t, one.tz), "state": one.state, "answer": one.answer,
        "by": one.by, "answered": iso(one.at, "UTC") if one.at else None, "stands": one.log,
    }  # fmt: skip


__all__ = ["question_group"]
