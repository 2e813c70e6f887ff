"""Folding talk: messages, votes for them, what the trainer does with them, raised hands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fieldkit.core import records as r
from fieldkit.core.folds import groups
from fieldkit.core.folds.lookup import Handler, known, lower
from fieldkit.core.state import Say

if TYPE_CHECKING:
    from fieldkit.core.session import Session


def say(s: Session, rec: r.Record, d: r.Said, x: dict[str, Any]) -> None:
    if rec.p is None:
        s.unknown += 1
        return
    said = s.says[rec.i] = Say(rec.i, rec.p, rec.m, rec.t, str(x.get("text", "")), d.activity, d.ref)
    s.threads.setdefault(d.activity or "", []).append(rec.i)
    one = s.round(d.activity) if d.activity else None
    if one is not None and one.groups:
        said.group = groups.wrote(one, rec.p, rec.m)
    elif one is not None:
        one.heard.setdefault(rec.p, rec.m)


def up(s: Session, rec: r.Record, d: r.SayUpped, x: dict[str, Any]) -> None:
    one = s.says.get(d.ref)
    if one is None or rec.p is None:
        s.unknown += 1
    else:
        one.ups.setdefault(rec.p, rec.m)


def say_flag(s: Session, rec: r.Record, d: Any, x: dict[str, Any]) -> None:
    one = s.says.get(d.ref)
    if one is None:
        s.unknown += 1
    else:
        setattr(one, FLAGS[type(d)], not d.off)


def hand_up(s: Session, rec: r.Record, d: r.HandRaised, x: dict[str, Any]) -> None:
    one = known(s, rec)
    if one is not None:
        one.hand_m = s.hands[one.p] = rec.m


def hand_down(s: Session, rec: r.Record, d: r.HandLowered, x: dict[str, Any]) -> None:
    one = known(s, rec)
    if one is not None:
        lower(s, one)


FLAGS: dict[type, str] = {r.SayHidden: "hidden", r.SayPinned: "pinned", r.SayDone: "done", r.SayParked: "parked"}

HANDLERS: dict[type, Handler] = {
    r.Said: say,
    r.SayUpped: up,
    r.SayHidden: say_flag,
    r.SayPinned: say_flag,
    r.SayDone: say_flag,
    r.SayParked: say_flag,
    r.HandRaised: hand_up,
    r.HandLowered: hand_down,
}
