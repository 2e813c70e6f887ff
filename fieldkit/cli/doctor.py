"""`fieldkit doctor`: is this laptop ready for a session, and if one runs, what keeps phones out of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fieldkit.cli.options import DataOpt, DebugOpt, JsonOpt, QuietOpt, home
from fieldkit.cli.talk import data as put
from fieldkit.cli.talk import emit, say
from fieldkit.errors import FieldkitError

if TYPE_CHECKING:
    from fieldkit.cli.checks import Check
    from fieldkit.cli.door import Joining
    from fieldkit.lan.hotspot import Way

MARKS = {True: "ok", False: "DO", None: "?"}


def doctor(
    hotspot: Annotated[bool, typer.Option("--hotspot", help="Say how to open a Wi-Fi from this laptop.")] = False,
    every: Annotated[bool, typer.Option("--all", help="With --hotspot: for every system.")] = False,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int:
    """Look at network, port, firewall, clock, disk, key and trust list: each line is ok or says what to do.

    While a session runs on this data folder it is asked too: how far phones come, and what usually causes that.
    Nothing is changed. Exit code 1: there is something to do.

    Example: fieldkit doctor
    """
    from fieldkit.cli.door import joining_of
    from fieldkit.lan.diagnose import HARMLESS
    from fieldkit.lan.hotspot import AFTER, ways

    if hotspot or every:
        return tell_ways(ways(every), AFTER, json)
    folder = home(data)
    lines, status, wrong = examine(folder)
    joining = joining_of(status)
    bad = any(one.ok is False for one in lines)
    bad = bad or (joining is not None and any(x.code not in HARMLESS for x in joining.findings))
    if json:
        checks = [{"check": x.check, "ok": x.ok, "words": x.words, "hint": x.hint} for x in lines]
        raw = status["joining"] if status is not None and joining is not None else None
        emit({"ok": not bad, "session": joining is not None, "checks": checks, "joining": raw})
        return int(bad)
    for one in lines:
        show(one)
    if joining is None:
        say(wrong or "No session runs on this data folder now.")
    else:
        tell_joining(joining)
    if not bad:
        say("Ready." if joining is None else "Nothing is wrong with joining.")
    return int(bad)


def examine(folder: Path) -> tuple[list[Check], dict[str, Any] | None, str]:
    """(checks, the status of the session that runs here or None, why one that left its traces is not asked)."""
    from fieldkit.cli.checks import Check, before, during
    from fieldkit.cli.door import joining_of
    from fieldkit.cli.wire import call
    from fieldkit.config import Settings, load
    from fieldkit.verbs import CONTROL_FILE

    extra: list[Check] = []
    try:
        settings = load(folder, os.environ)
    except FieldkitError as wrong:
        # What is wrong with the settings is one line of many, not the end of the examination.
        settings = Settings(home=folder)
        extra.append(Check("settings", False, wrong.sentence, wrong.hint))
    if (folder / CONTROL_FILE).exists():
        try:
            status, _ = call(folder, "GET", "/v1/status", dict[str, Any])
        except FieldkitError as wrong:
            return extra + before(folder, settings), None, f"{wrong.sentence} {wrong.hint}".strip()
        joining = joining_of(status)
        if joining is not None:
            return extra + during(folder, settings, joining), status, ""
    return extra + before(folder, settings), None, ""


def show(one: Check) -> None:
    put(f"{MARKS[one.ok]:<3} {one.check:<9} {one.words}")
    if one.hint:
        put(f"{'':<13} {one.hint}")


def tell_joining(joining: Joining) -> None:
    """The funnel in one line, then what it means."""
    from fieldkit.lan.diagnose import HARMLESS

    put(f"{'':<3} {'joining':<9} {joining.funnel.line()}")
    for way in joining.invites:
        put(f"{'':<3} {'invite':<9} {way.url}  {way.place}".rstrip())
    for found in joining.findings:
        put(f"{'?' if found.code in HARMLESS else 'DO':<3} {'joining':<9} {found.words}")
        put(f"{'':<13} {found.hint}")


def tell_ways(ways: list[Way], after: str, json: bool) -> int:
    """The steps for a hotspot; always exit code 0: advice is no finding."""
    if json:
        rows = [{"system": w.system, "title": w.title, "steps": list(w.steps), "address": w.address} for w in ways]
        emit({"hotspot": rows, "after": after})
        return 0
    for way in ways:
        put(f"{way.title}  (the laptop is then {way.address})")
        for n, step in enumerate(way.steps, 1):
            put(f"  {n}. {step}")
        put("")
    put(after)
    return 0


commands = {"doctor": doctor}
