"""`fieldkit central desk` and `correct`: head office's own log, in which it puts right what a session says."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from fieldkit.cli import answers, talk
from fieldkit.cli.central_after import tell
from fieldkit.cli.central_options import HomeOpt, ReasonOpt, WhoOpt, WhyOpt
from fieldkit.cli.options import DebugOpt, JsonOpt, PassphraseFileOpt, QuietOpt
from fieldkit.errors import NotPossible, WrongUsage

if TYPE_CHECKING:
    from fieldkit.core.intents import Correct
    from fieldkit.core.session import Session
    from fieldkit.sync.central.desk import Corrected
    from fieldkit.sync.central.home import Home

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])\Z").match
AFTER_MS = 4 * 3_600_000
"""How long after the end of a session, or after the last record of one that was not ended, somebody can have left."""


def desk(
    home: HomeOpt,
    passphrase_file: PassphraseFileOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Make head office a device of its own, which signs corrections, and put it on the trust list for a year.

    Example: fieldkit central desk --home /srv/fieldkit
    """
    from fieldkit.cli.central_trust import open_home, put, root_key
    from fieldkit.core.office import DESK
    from fieldkit.sync.central import listing
    from fieldkit.sync.central.desk import make_device

    office, at = open_home(home), answers.now()
    signer = make_device(office)
    trust = listing.with_key(office.next_trust(), listing.Asked(signer.vkey, at, role=DESK), at)
    root = root_key(office, None, passphrase_file)
    entry = ("add", signer.name, "head office's own device")
    put(office, trust, root, entry, {"device": str(signer.vkey)}, json, f"{signer.name} is on the list")


def correct(
    session: Annotated[str, typer.Argument(metavar="SESSION", help="An origin, its suffix, a number, or `last`.")],
    home: HomeOpt,
    why: WhyOpt,
    who: WhoOpt = "",
    status: Annotated[
        str, typer.Option("--status", metavar="STATUS", help="present, late, left_early, absent or excused.")
    ] = "",
    in_: Annotated[str, typer.Option("--in", metavar="HH:MM", help="When they came, by the session's zone.")] = "",
    out: Annotated[str, typer.Option("--out", metavar="HH:MM", help="When they went.")] = "",
    activity: Annotated[str, typer.Option("--activity", metavar="ID", help="Whose answer, with --answer.")] = "",
    answer: Annotated[
        list[str] | None, typer.Option("--answer", metavar="VALUE", help="As it is typed for a proxy; again for more.")
    ] = None,
    round_: Annotated[int, typer.Option("--round", metavar="N", help="Which round; else the newest.", min=0)] = 0,
    item: Annotated[
        str, typer.Option("--item", metavar="ID", help="An item of the checklist --activity, with --ok or --not-ok.")
    ] = "",
    ok: Annotated[bool | None, typer.Option("--ok/--not-ok", help="Whether the skill was shown.")] = None,
    judged: Annotated[str, typer.Option("--judged-by", metavar="NAME", help="Who saw the skill.")] = "",
    void: Annotated[
        int, typer.Option("--void", metavar="RECORD", help="An answer or message that shall not count.", min=-1)
    ] = -1,
    reason: ReasonOpt = "",
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> None:
    """Put right what a session says, in head office's own log; the session's log stays as it is.

    Sheets show the new value with the flag `amended`; what it replaced stands in the note and in `corrections`. Nothing
    is ever taken back: to undo it, correct again. The same once more, while it is in force, adds nothing.

    Example: fieldkit central correct last --who E745738 --status excused --why mistake --home /srv/fieldkit
    """
    from fieldkit.core.clean import clean_name, clean_text
    from fieldkit.core.erasing import WHYS
    from fieldkit.sync.central.home import Home

    if why not in WHYS or why == "retention":
        raise WrongUsage("There is no such code of a reason.", "--why is mistake, request, order or other.")
    kinds = (bool(status or in_ or out), bool(activity or answer or item or ok is not None), void >= 0)
    skill = bool(item) and ok is not None and not answer
    if sum(kinds) != 1 or bool(who) == kinds[2] or (kinds[1] and not (activity and (skill or (answer and not item)))):
        raise WrongUsage(
            "One thing is corrected at a time.",
            "Say --who with --status, --in or --out; with --activity and --answer; with --activity, --item and --ok or"
            " --not-ok; or --void RECORD alone.",
        )
    for text in filter(None, (in_, out)):
        if not _CLOCK(text):
            raise WrongUsage(f"{text[:20]!r} is no time of the day.", "Write it like 07:45.")

    understood: dict[str, str] = {}

    def wish(of: Session) -> Correct:
        from fieldkit.core.intents import Correct

        words = clean_text(reason)
        if activity and of.activity(activity) is None:
            known = ", ".join([*(one.id for one in of.plan.activities), *of.spots])
            raise NotPossible(f"There is no {activity[:40]!r} here.", f"--activity is one of: {known}.")
        if void >= 0:
            return Correct("void", "office", why, ref=void, leaf="0", reason=words)
        if item:
            by = clean_name(judged)
            return Correct("add", "office", why, who, activity=activity, item=item, ok=ok, judged=by, reason=words)
        if activity:
            given = tuple(answer or ())
            no = round_ or None
            return Correct("add", "office", why, who, activity=activity, answer=given, round=no, reason=words)
        came, went = _m(of, in_, "in", understood), _m(of, out, "out", understood)
        if came is not None and went is not None and came > went:
            raise NotPossible(f"Nobody leaves ({out}) before they came ({in_}).", "Nothing was changed.")
        return Correct("correct", "office", why, who, None, "", status or None, came, went, reason=words)

    office = Home.open(home.expanduser())
    done = asyncio.run(_correct(office, session, wish))
    tell(office, done, "corrected" if done.records else "corrected already", json, understood)
    if not json:
        for which, at in understood.items():
            talk.data(f"{which}  {at}")


# ---- helpers -------------------------------------------------------------------------------------------------


def _m(of: Session, text: str, which: str, understood: dict[str, str]) -> int | None:
    """A time of the day as ms since the session opened: the first such time after it, by the laptop's own clock. What
    date it means goes into `understood`. Raises NotPossible for a time at which nobody can have been there."""
    from datetime import timedelta

    from fieldkit.core.tables.base import local, zone

    if not text:
        return None
    tz = of.info.tz if of.info is not None else "UTC"
    opened = local(of.opened_t, zone(tz))
    if opened is None:
        raise WrongUsage("The laptop's clock was so wrong that no time of the day can be given.", "Use --status.")
    hour, minute = map(int, text.split(":"))
    floor = opened.replace(second=0, microsecond=0)
    at = opened.replace(hour=hour, minute=minute, second=0, microsecond=0)
    at += timedelta(days=1) if at < floor else timedelta()
    m = max(0, int((at - opened).total_seconds() * 1000))
    m = max(0, m - sum(by for when, by in of.jumps if when <= m))
    end = of.closed_m if of.closed_m is not None else of.m
    if m > end + AFTER_MS:
        last = local(of.closed_t if of.closed_t is not None else of.t, zone(tz))
        until = f"{last:%Y-%m-%d %H:%M}" if last is not None else "?"
        raise NotPossible(
            f"{text} is not in the time of this session: {opened:%Y-%m-%d %H:%M} to {until} ({tz}).",
            "Write a time from its beginning on, by that zone, and at most four hours after its end.",
        )
    understood[which] = f"{at:%Y-%m-%d %H:%M} {tz}"
    return m


async def _correct(office: Home, session: str, wish: Callable[[Session], Correct]) -> Corrected:
    from fieldkit.sync.central.desk import correct as put
    from fieldkit.sync.central.export import find

    db = await office.database()
    try:
        async with db.transaction() as tx:
            origin = (await find(tx, session)).origin
        return await put(office, db, origin, wish, answers.now())
    finally:
        await db.close()
