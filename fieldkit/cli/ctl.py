"""`fieldkit ctl VERB …`: drive the session that runs on this data folder, from another terminal or a script."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from fieldkit.cli.door import Joining, tell_ways
from fieldkit.cli.options import DataOpt, DebugOpt, JsonOpt, QuietOpt, home
from fieldkit.cli.talk import data as put
from fieldkit.cli.talk import emit, refuse, say
from fieldkit.cli.wire import call
from fieldkit.errors import WrongUsage
from fieldkit.verbs import ALL_SAFE, LISTED, wish_of

MOST_BYTES = 64 * 1024
"""Of one order; the control port takes no more."""


class Open(msgspec.Struct):
    activity: str
    round: int
    answered: int
    missing: int


class People(msgspec.Struct):
    joined: int
    present: int
    live: int


class Asking(msgspec.Struct):
    no: int
    name: str
    words: str


class Attached(msgspec.Struct):
    no: int
    role: str
    name: str
    live: bool


class Attach(msgspec.Struct):
    on: bool = False
    address: str = ""
    words: str = ""
    asking: list[Asking] = []
    attached: list[Attached] = []


class Consoles(msgspec.Struct):
    attach: Attach = msgspec.field(default_factory=Attach)


class Alarm(msgspec.Struct):
    ms: int
    present: int
    missing: list[str]


class Status(msgspec.Struct):
    """What of `ctl status --json` is shown to a person. What answers without it is no session of ours."""

    session: str
    title: str
    state: str
    code: str
    fresh: str
    saved: int
    people: People
    open: list[Open]
    next: str | None = None
    alarm: Alarm | None = None
    lobby: int = 0
    tempo: dict[str, int] = {}
    kiosk: str = "off"
    joining: Joining = msgspec.field(default_factory=Joining)
    consoles: Consoles = msgspec.field(default_factory=Consoles)


class Answer(msgspec.Struct):
    """What an order is answered with (docs/wire.md)."""

    result: str
    exit: int = 1
    words: str = ""
    detail: str = ""
    hint: str = ""
    saved: int | None = None
    url: str = ""
    """An address to open, where that is the answer."""

    @property
    def code(self) -> int:
        """0 for what was done, and for nothing else."""
        if self.result in ("accepted", "already"):
            return 0
        return self.exit if 0 < self.exit < 256 else 1


def ctl(
    verb: Annotated[str, typer.Argument(metavar="VERB", help="What to do; `status` shows how it stands.")],
    words: Annotated[list[str] | None, typer.Argument(metavar="…", help="What the verb needs.")] = None,
    live: Annotated[bool, typer.Option("--live", help="Show counts while it runs (never the key).")] = False,
    small: Annotated[bool, typer.Option("--small", help="Ask anonymously although few are here.")] = False,
    all_safe: Annotated[bool, typer.Option(ALL_SAFE, help="End an alarm: all are safe.")] = False,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int | None:
    """Drive the session that runs on this data folder.

    Example: fieldkit ctl open poll-seen --live
    """
    folder = home(data)
    if verb == "status":
        return _status(folder, json)
    words = [*(words or []), *([ALL_SAFE] if all_safe else [])]
    wish_of(verb, words, live, small)  # a wrong shape is said here, before anything is sent
    if verb == "erase":  # the copies in the data folder are this command's
        from fieldkit.cli.erase import order as erase

        return erase(folder, words[0].strip(), words[1], json)
    order = msgspec.json.encode({"verb": verb, "words": words, "live": live, "small": small})
    if len(order) >= MOST_BYTES:
        raise WrongUsage("This is too long: an order has at most 64 KiB.", "Say it in fewer words.")
    raw, found = call(folder, "POST", "/v1/orders", Answer, order)
    if json:
        emit(raw)
    else:
        _answered(found)
    code: int = found.code
    return code


def _status(folder: Path, json: bool) -> int | None:
    raw, found = call(folder, "GET", "/v1/status", Status | Answer)
    if json:
        emit(raw)
    elif isinstance(found, Status):
        show(found)
    else:
        _answered(found)
    return found.code if isinstance(found, Answer) else None


def _answered(found: Answer) -> None:
    if not found.code:
        say(found.words or f"done, saved as #{found.saved}")
        if found.url:
            put(found.url)
    else:
        detail = f" ({found.detail})" if found.detail else ""
        refuse(f"{found.words or found.result}{detail}", found.hint)


def show(found: Status) -> None:
    """`ctl status` for a person, in a few lines."""
    people = found.people
    put(f"{found.title}  {found.state}  code {found.code}  fresh {found.fresh}")
    tell_ways(found.joining, found.code)
    put(f"people  {people.present} present of {people.joined} joined, {people.live} phones live")
    if found.alarm is not None:
        names = f": {', '.join(found.alarm.missing)}" if found.alarm.missing else ""
        put(f"ALARM   {len(found.alarm.missing)} of {found.alarm.present} not accounted for{names}")
    for one in found.open:
        put(f"open    {one.activity}  round {one.round}  {one.answered} answered, {one.missing} missing")
    if found.lobby:
        put(f"lobby   {found.lobby} wait at the door: fieldkit ctl admit")
    if any(found.tempo.values()):
        put("tempo   " + ", ".join(f"{n} {word}" for word, n in found.tempo.items()))
    if found.kiosk != "off":
        put(f"kiosk   {found.kiosk}")
    _consoles(found.consoles.attach)
    put(f"next    {found.next or 'end of the plan'}")
    put(f"saved   #{found.saved}")


def _consoles(attach: Attach) -> None:
    if attach.on:
        put(f"attach  {attach.address}  words: {attach.words}")
    for asking in attach.asking:
        # The words before the name, which is whatever somebody wrote, six words of another's laptop among it.
        put(f"asks    {asking.no} words: {asking.words}  (fieldkit ctl let-in {asking.no} helper)")
        put(f"          name: {asking.name}")
    for one in attach.attached:
        put(f"console {one.no} {one.name}  {one.role}{'' if one.live else '  not connected'}")


_LIST = "\n".join(f"  {f'{name} {verb.usage}'.strip():<34} {verb.help}" for name, verb in LISTED.items())
ctl.__doc__ = f"{ctl.__doc__}\n\n\b\nVerbs:\n  {'status':<34} how the session stands\n{_LIST}\n"

commands = {"ctl": ctl}
