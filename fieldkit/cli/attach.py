"""`fieldkit attach HOST`: this laptop as a second console of a session that runs on the trainer's."""

from __future__ import annotations

import asyncio
import os
import re
import sys
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from fieldkit.cli.options import DataOpt, DebugOpt, JsonOpt, QuietOpt, home
from fieldkit.cli.talk import data as put
from fieldkit.cli.talk import emit, is_terminal, refuse, say
from fieldkit.errors import FieldkitError, NotPossible, WrongUsage

if TYPE_CHECKING:
    from fieldkit.consoles.attach_far import FarDesk

MOST_LINE = 8192
_BRACKETED = re.compile(r"\[(?P<host>[0-9A-Fa-f:.%]+)\](?::(?P<port>[0-9]+))?\Z").match
_PLAIN = re.compile(r"(?P<host>[^\s:/\[\]]+)(?::(?P<port>[0-9]+))?\Z").match


def attach(
    host: Annotated[str, typer.Argument(metavar="HOST[:PORT]", help="As the trainer's screen shows it.")],
    words: Annotated[str, typer.Option(metavar='"SIX WORDS"', help="From the trainer's screen; else asked for.")] = "",
    name: Annotated[str, typer.Option(metavar="NAME", help="Yours, as the trainer shall read it.")] = "",
    lang: Annotated[str | None, typer.Option(help="Language of this screen.")] = None,
    lines: Annotated[
        bool, typer.Option("--lines", help="Without the terminal app: a verb of `ctl` a line on standard input.")
    ] = False,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int | None:
    """Help to run a session from another laptop: the trainer switches it on, compares words and gives you a role.

    Example: fieldkit attach 10.42.0.1 --name "Kim Lee"
    """
    from fieldkit.config import load
    from fieldkit.consoles.attach_client import WrongWords
    from fieldkit.consoles.attach_far import FarDesk
    from fieldkit.core.clean import clean_name
    from fieldkit.station import Station

    address, port = where(host)
    folder = home(data)
    settings = load(folder, os.environ, {"lang": lang})
    asks = is_terminal()
    if not lines and not asks:
        raise WrongUsage("The terminal app needs a terminal.", "Add --lines to steer with verbs instead.")
    if not asks and not words:
        raise WrongUsage("The six words of the trainer's screen are needed.", 'Write --words "one two three …".')
    named = clean_name(name) or clean_name(settings.facilitator)
    if not named:
        named = clean_name(typer.prompt("Your name", err=True)) if asks else ""
    if not named:
        raise WrongUsage("The trainer has to know who asks.", 'Write --name "Kim Lee".')
    station = Station.open(folder, org=settings.org or None)
    while True:
        typed = words or typer.prompt("Six words on the trainer's screen", err=True)
        words = ""
        far = FarDesk(address, port, station.signer, named, settings.lang)
        try:
            ended = asyncio.run(run(far, typed, settings.lang, lines=lines, json=json))
        except WrongWords as wrong:
            if not asks:
                raise
            refuse(wrong.sentence, wrong.hint)
            continue
        if ended is None:
            return None
        if not (asks and isinstance(ended, WrongWords)):
            raise ended
        refuse(ended.sentence, ended.hint)


def where(text: str) -> tuple[str, int]:
    """HOST[:PORT] as people write it; IPv6 in brackets. Raises WrongUsage."""
    from fieldkit.consoles.attach_wire import PORT

    found = _BRACKETED(text) or _PLAIN(text)
    if found is None:
        raise WrongUsage(f"{text[:60]!r} is no address.", "Write it as the trainer's screen shows it: 10.42.0.1:7443.")
    port = int((found["port"] or str(PORT))[:6])
    if not 1 <= port <= 65535:
        raise WrongUsage(f"{port} is no port.", "Write it as the trainer's screen shows it.")
    return found["host"], port


async def run(far: FarDesk, words: str, lang: str, *, lines: bool, json: bool) -> FieldkitError | None:
    """From asking to the end: why the other side ended it, None when this one left. Raises FieldkitError."""
    from fieldkit.cli.leave import on_leave

    leave = on_leave()
    opening = asyncio.ensure_future(far.open(words, waiting))
    leaving = asyncio.ensure_future(leave.wait())
    await asyncio.wait((opening, leaving), return_when=asyncio.FIRST_COMPLETED)
    if not opening.done():
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)
        await far.close()
        return None
    try:
        opening.result()
        staying = asyncio.ensure_future(far.stay())
        staying.add_done_callback(lambda _: leave.set())
        if lines:
            if json:
                emit({"attached": True, "no": far.co, "role": far.role, "session": far.room_view().session})
            else:
                say(f"You are in as {far.role}. One verb a line; `fieldkit ctl --help` lists them.")
            await steer(far, leave, json=json)
        else:
            await look(far, lang, leave)
        if staying.done():
            return staying.result()
        staying.cancel()
        await asyncio.gather(staying, return_exceptions=True)
        return None
    finally:
        leaving.cancel()
        await far.close()


def waiting(words: str) -> None:
    say("The words are right. The trainer is asked now, and compares these words with you:")
    say(f"  {words}")


async def look(far: FarDesk, lang: str, leave: asyncio.Event) -> None:
    """The terminal app."""
    from fieldkit.cli.console_tools import FarTools
    from fieldkit.tui.app import run_live

    await run_live(far, FarTools(far), lang or far.plan.language, leave=leave, far=far.role)


async def steer(far: FarDesk, leave: asyncio.Event, *, json: bool) -> None:
    """Verbs from standard input until it ends or the line does."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[str] = asyncio.Queue(64)

    def read() -> None:
        """On a thread that nobody waits for: a read of standard input cannot be called off."""
        for line in iter(lambda: sys.stdin.readline(MOST_LINE), ""):
            asyncio.run_coroutine_threadsafe(queue.put(line), loop).result()
        asyncio.run_coroutine_threadsafe(queue.put(""), loop).result()

    threading.Thread(target=read, daemon=True).start()
    ended = asyncio.ensure_future(leave.wait())
    try:
        while not leave.is_set():
            next_ = asyncio.ensure_future(queue.get())
            await asyncio.wait((next_, ended), return_when=asyncio.FIRST_COMPLETED)
            if not next_.done():
                next_.cancel()
                return
            line = next_.result()
            if not line:
                return
            if line.strip():
                await one(far, line, json=json)
    finally:
        ended.cancel()


async def one(far: FarDesk, line: str, *, json: bool) -> None:
    """One verb, and what the trainer's laptop answers."""
    import shlex

    from fieldkit.core.intents import FACILITATOR, Intent
    from fieldkit.core.muster import meant
    from fieldkit.desk import Accepted, Refused
    from fieldkit.verbs import Admit, Tick, wish_of

    try:
        verb, *rest = shlex.split(line)
        if verb == "status":
            show(far, json=json)
            return
        flags = {flag for flag in ("--live", "--small") if flag in rest}
        wish = wish_of(verb, [word for word in rest if word not in flags], "--live" in flags, "--small" in flags)
        if isinstance(wish, Admit):
            _told(json, "accepted", words=f"{far.admit()} may come in now.")
            return
        if isinstance(wish, Tick):
            alarm = far.room_view().alarm
            found = meant(alarm.people, wish.who) if alarm is not None else []
            if len(found) != 1 or not far.tick(found[0].p, not wish.off):
                _told(json, "refused", words="Nobody on the roll of an alarm is meant by that.")
                return
            _told(json, "accepted", words=f"{found[0].name}: {'no tick' if wish.off else 'ticked off'}")
            return
        if not isinstance(wish, Intent):
            raise NotPossible("This is done at the trainer's laptop.", "Ask the trainer.")
        answer = await far.submit(wish, FACILITATOR)
    except FieldkitError as wrong:
        _told(json, "error", words=wrong.sentence, hint=wrong.hint)
        return
    except ValueError:  # a quote that is never closed
        _told(json, "error", words="This line cannot be read.", hint="Close its quotes.")
        return
    if isinstance(answer, Refused):
        refusal = answer.refusal
        _told(json, "refused", reason=refusal.reason, words=refusal.words, detail=refusal.detail)
    else:
        _told(json, "accepted" if isinstance(answer, Accepted) else "already", saved=answer.saved)


def show(far: FarDesk, *, json: bool) -> None:
    """How the room stands, as far as this laptop knows."""
    view, wrong = far.room_view(), far.failing
    if json:
        emit(
            {
                "session": view.session,
                "title": view.title,
                "state": view.state,
                "saved": view.saved,
                "present": view.present,
                "joined": view.joined,
                "open": [line.activity for line in view.open],
                "trouble": wrong.sentence if wrong is not None else "",
            }
        )
        return
    put(f"{view.title}  {view.state}  saved #{view.saved}  {view.present} present of {view.joined} joined")
    if view.alarm is not None:
        put(f"ALARM   {len(view.alarm.missing)} of {view.alarm.present} not accounted for")
    for line in view.open:
        put(f"open    {line.activity}  round {line.round}  {line.answered} answered, {line.missing_n} missing")
    if wrong is not None:
        refuse(wrong.sentence, wrong.hint)


def _told(
    json: bool,
    result: str,
    *,
    words: str = "",
    hint: str = "",
    reason: str = "",
    detail: str = "",
    saved: int | None = None,
) -> None:
    if json:
        emit({"result": result, "reason": reason, "words": words, "detail": detail, "hint": hint, "saved": saved})
    elif result in ("accepted", "already"):
        say(words or f"done, saved as #{saved}")
    else:
        refuse(f"{words} ({detail})" if detail else words, hint)


commands = {"attach": attach}
