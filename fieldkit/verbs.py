"""What a trainer can say in words: `ctl VERB …` → a wish. One list for the command line, its help and the docs.

Only shapes are judged here (how many words, is this a number); whether it may be done is the rules' business.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from fieldkit.core import intents as w
from fieldkit.core.clean import clean_badge, clean_name, clean_text
from fieldkit.core.erasing import WHYS, Erase
from fieldkit.core.intents import Intent
from fieldkit.core.models import learn
from fieldkit.errors import WrongUsage
from fieldkit.seats import new_participant

CONTROL_FILE = "control.json"
ALL_SAFE = "--all-safe"
"""Behind `resume`: the roll of the alarm was called and all are safe, whoever is not ticked off."""


class Where(msgspec.Struct):
    """`control.json` in the data folder: how to reach the session that runs there. Mode 0600."""

    port: int
    token: str
    pid: int
    alone: bool = False
    """Its terminal went away: whoever starts the terminal app here takes the session up."""


learn(Where)


class Admit(msgspec.Struct, frozen=True):
    """Let people in from the lobby. No intent and no record: the desk's pulse keeps it. None: all who wait."""

    n: int | None = None


class Tick(msgspec.Struct, frozen=True):
    """Tick somebody off the roll of an alarm, by badge or name, or not. No intent and no record, as Admit."""

    who: str
    off: bool = False


class Kiosk(msgspec.Struct, frozen=True):
    """Offer the kiosk to a device, or take it back. No intent and no record: the session file keeps it beside."""

    off: bool = False


class ShowAddress(msgspec.Struct, frozen=True):
    """Show this one of the laptop's own addresses in the QR code. No intent and no record."""

    ip: str


class SecondConsole(msgspec.Struct, frozen=True):
    """Second consoles: the verb and its words. Whoever runs the room acts on it; what the log keeps are its intents."""

    do: str
    words: tuple[str, ...] = ()


Wish = Intent | Admit | Tick | Kiosk | ShowAddress | SecondConsole


class Verb(msgspec.Struct, frozen=True):
    """`usage` is what stands behind the verb; `help` one line."""

    usage: str
    help: str
    make: Callable[[Sequence[str], bool], Wish]
    """(words, live) → wish."""
    least: int = 0
    most: int | None = 0


def _maybe(words: Sequence[str]) -> str | None:
    return words[0] if words else None


def _ref(word: str) -> int:
    if not word.isdecimal() or len(word) > 15:
        raise WrongUsage(f"{word[:20]!r} is no number.", "Use the number that `ctl status` or the console shows.")
    return int(word)


def _whole(words: Sequence[str]) -> str:
    """Cleaned and not cut: what is too long the rules refuse."""
    text = " ".join(words)
    return clean_text(text, 3 * len(text))  # composing may lengthen a few characters


def _count(words: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for word in words:
        option, equals, number = word.partition("=")
        if not equals or not number.isdecimal() or len(number) > 9:
            raise WrongUsage(f"{word!r} is no count.", "Write option=number, for example a=3 b=5.")
        if option in found:
            raise WrongUsage(f"{option[:40]!r} is counted twice.", "Write each option once.")
        found[option] = int(number)
    return found


def _places(words: Sequence[str]) -> Admit:
    if not words:
        return Admit()
    if not words[0].isdecimal() or not 1 <= len(words[0]) <= 4 or int(words[0]) == 0:
        raise WrongUsage(f"{words[0]!r} is no number of people.", "Write 1 to 9999, or nothing: all who wait.")
    return Admit(int(words[0]))


def _number(word: str) -> int:
    if not word.isascii() or not word.isdecimal() or not 1 <= len(word) <= 4 or int(word) == 0:
        raise WrongUsage(f"{word[:20]!r} is no number.", "Write 1 to 9999.")
    return int(word)


def _extend(words: Sequence[str], live: bool) -> Intent:
    """`off`: without a time limit."""
    seconds = None if words[-1] == "off" else _number(words[-1])
    return w.Extend(activity=words[0] if len(words) > 1 else None, seconds=seconds)


def _groups(words: Sequence[str], live: bool) -> Intent:
    size = number = None
    places: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    for word in words[1:]:
        key, _, value = word.partition("=")
        if key == "size":
            size = _number(value)
        elif key == "number":
            number = _number(value)
        elif key in ("places", "labels") and value:
            said = tuple(clean_name(x) for x in value.split(","))
            places, labels = (said, labels) if key == "places" else (places, said)
        else:
            raise WrongUsage(f"{word[:40]!r} is not known here.", "Write size=3 or number=4, places=Press,Dock.")
    return w.MakeGroups(activity=words[0], size=size, number=number, labels=labels, places=places)


def _group(words: Sequence[str], live: bool) -> Intent:
    return w.MoveToGroup(activity=words[0], who=_who(words[1]), no=_number(words[2]))


def _check(words: Sequence[str], live: bool) -> Intent:
    """`no` behind the item: it was not shown right; what follows is a note."""
    no = len(words) > 3 and words[3] == "no"
    note = clean_text(" ".join(words[4 if no else 3 :]))
    return w.MarkItem(who=_who(words[0]), activity=words[1], item=words[2], ok=not no, note=note)


def _kiosk(words: Sequence[str]) -> Kiosk:
    if words and words[0] != "off":
        raise WrongUsage(f"{words[0][:40]!r} is not known here.", "Write `fieldkit ctl kiosk`, or `kiosk off`.")
    return Kiosk(off=bool(words))


def _attach(words: Sequence[str]) -> SecondConsole:
    if words and words[0] not in ("on", "off") and not (words[0].isascii() and words[0].isdecimal()):
        raise WrongUsage(f"{words[0][:40]!r} is not known here.", "Write `fieldkit ctl attach`, or `attach off`.")
    if words and words[0].isdecimal() and int(words[0][:6]) > 65535:
        raise WrongUsage(f"{words[0][:40]!r} is no port.", "Write 1 to 65535, or nothing.")
    return SecondConsole("attach", tuple(words))


def _remote(words: Sequence[str]) -> SecondConsole:
    if words and words[0] not in ("on", "off"):
        raise WrongUsage(f"{words[0][:40]!r} is not known here.", "Write `fieldkit ctl remote`, or `remote off`.")
    return SecondConsole("remote", tuple(words))


def _numbered(verb: str) -> Callable[[Sequence[str], bool], SecondConsole]:
    """The first word is a number that `ctl status` shows."""

    def make(words: Sequence[str], live: bool) -> SecondConsole:
        _ref(words[0])
        return SecondConsole(verb, tuple(words))

    return make


def _resume(words: Sequence[str]) -> Intent:
    if words and words[0] != ALL_SAFE:
        raise WrongUsage(
            f"{words[0][:40]!r} is not known here.", "Write `fieldkit ctl resume`, or `resume --all-safe`."
        )
    return w.Resume(safe=True) if words else w.Resume()


def _staff(words: Sequence[str], *, off: bool = False) -> Intent:
    return w.SetStaff(role=words[0], name=clean_name(" ".join(words[1:])), off=off)


def _leaves(badge: str) -> Intent:
    return w.CheckIn(new_p="", badge=clean_badge(badge), out=True)


def _who(word: str) -> str:
    """A badge, or a `p` as it is (base64url, so never upper-cased)."""
    return word.strip()


def _erase(words: Sequence[str]) -> Intent:
    if words[1] not in WHYS:
        raise WrongUsage(f"{words[1][:40]!r} is no reason.", f"Write one of: {', '.join(WHYS)}.")
    return Erase(who=_who(words[0]), why=words[1])


VERBS: dict[str, Verb] = {
    "next": Verb("[--small]", "do the next step of the plan", lambda a, v: w.NextStep()),
    "enter": Verb("SEGMENT", "go to a segment", lambda a, v: w.EnterSegment(segment=a[0]), 1, 1),
    "open": Verb(
        "ACTIVITY [--live] [--small]", "open an activity", lambda a, v: w.OpenActivity(activity=a[0], live=v), 1, 1
    ),
    "ask": Verb(
        "TEXT [A B C…] [--live]",
        "ask a question on the spot",
        lambda a, v: w.Ask(text=clean_text(a[0]), options=tuple(clean_text(x, 120) for x in a[1:]), live=v),
        1,
        None,
    ),
    "close": Verb("[ACTIVITY]", "close it: no more answers", lambda a, v: w.CloseActivity(activity=_maybe(a)), 0, 1),
    "extend": Verb("[ACTIVITY] SECONDS|off", "more time for what is open, or no time limit", _extend, 1, 2),
    "reveal": Verb("[ACTIVITY]", "show the result to the room", lambda a, v: w.Reveal(activity=_maybe(a)), 0, 1),
    "hide": Verb("[ACTIVITY]", "take the result off the screens", lambda a, v: w.Hide(activity=_maybe(a)), 0, 1),
    "revote": Verb(
        "[ACTIVITY] [--live] [--small]",
        "ask again: the next round",
        lambda a, v: w.Revote(activity=_maybe(a), live=v),
        0,
        1,
    ),
    "void": Verb("[ACTIVITY]", "this round does not count", lambda a, v: w.Void(activity=_maybe(a)), 0, 1),
    "here": Verb("", "ask everybody to say they are here", lambda a, v: w.RollCall()),
    "mark": Verb(
        "BADGE STATUS [REASON]",
        "set attendance by hand",
        lambda a, v: w.Mark(who=_who(a[0]), status=a[1], reason=clean_text(" ".join(a[2:]))),
        2,
        None,
    ),
    "amend": Verb(
        "BADGE STATUS REASON",
        "correct somebody's attendance, also after the end",
        lambda a, v: w.Correct(
            do="correct", by="fac", why="mistake", who=_who(a[0]), status=a[1], reason=clean_text(" ".join(a[2:]))
        ),
        3,
        None,
    ),
    "add": Verb(
        "BADGE ACTIVITY VALUE…",
        "add an answer that came too late, as a correction",
        lambda a, v: w.Correct(
            do="add", by="fac", why="other", who=_who(a[0]), activity=a[1], answer=tuple(clean_text(x) for x in a[2:])
        ),
        3,
        None,
    ),
    "strike": Verb(
        "REF REASON",
        "make an answer or message void: it stays, and no longer counts",
        lambda a, v: w.Correct(do="void", by="fac", why="mistake", ref=_ref(a[0]), reason=clean_text(" ".join(a[1:]))),
        2,
        None,
    ),
    "checkin": Verb(
        "BADGE [NAME]",
        "let somebody in without a phone",
        lambda a, v: w.CheckIn(new_p=new_participant(), badge=clean_badge(a[0]), name=clean_name(" ".join(a[1:]))),
        1,
        None,
    ),
    "checkout": Verb("BADGE", "note that somebody leaves", lambda a, v: _leaves(a[0]), 1, 1),
    "proxy": Verb(
        "BADGE ACTIVITY VALUE…",
        "enter an answer for somebody",
        lambda a, v: w.ProxyAnswer(who=_who(a[0]), activity=a[1], v=tuple(clean_text(x) for x in a[2:])),
        3,
        None,
    ),
    "hands": Verb(
        "ACTIVITY a=3 b=5",
        "note a show of hands",
        lambda a, v: w.CountHands(activity=a[0], counts=_count(a[1:])),
        2,
        None,
    ),
    "say": Verb("TEXT", "put a notice on every screen", lambda a, v: w.Announce(text=_whole(a)), 1, None),
    "note": Verb("TEXT", "keep a note for the record", lambda a, v: w.AddNote(text=_whole(a)), 1, None),
    "pin": Verb("REF", "put a message on the wall", lambda a, v: w.PinSay(ref=_ref(a[0])), 1, 1),
    "unpin": Verb("REF", "take a message off the wall", lambda a, v: w.PinSay(ref=_ref(a[0]), off=True), 1, 1),
    "say-hide": Verb("REF", "hide a message", lambda a, v: w.HideSay(ref=_ref(a[0])), 1, 1),
    "say-show": Verb("REF", "show a hidden message again", lambda a, v: w.HideSay(ref=_ref(a[0]), off=True), 1, 1),
    "admit": Verb("[N]", "let in who waits at the door", lambda a, v: _places(a), 0, 1),
    "address": Verb(
        "IP", "show another address of this laptop in the QR code", lambda a, v: ShowAddress(clean_name(a[0])), 1, 1
    ),
    "kiosk": Verb("[off]", "make one tablet the kiosk, or take it back", lambda a, v: _kiosk(a), 0, 1),
    "attach": Verb("[off|PORT]", "let other laptops attach, or no more", lambda a, v: _attach(a), 0, 1),
    "let-in": Verb("NO helper|lead", "let in a laptop that asks, its words compared", _numbered("let-in"), 2, 2),
    "turn-away": Verb("NO", "turn away a laptop that asks", _numbered("turn-away"), 1, 1),
    "throw-out": Verb("NO", "end a console that was let in", _numbered("throw-out"), 1, 1),
    "remote": Verb("[off]", "make your phone the remote, or no more", lambda a, v: _remote(a), 0, 1),
    "release": Verb("BADGE", "free a badge for another phone", lambda a, v: w.Release(who=_who(a[0])), 1, 1),
    "remove": Verb("BADGE", "take an entry out", lambda a, v: w.RemovePerson(who=_who(a[0])), 1, 1),
    "staff": Verb("ROLE NAME", "name who leads or helps", lambda a, v: _staff(a), 2, None),
    "unstaff": Verb("ROLE NAME", "take a role from somebody", lambda a, v: _staff(a, off=True), 2, None),
    "merge": Verb(
        "BADGE INTO",
        "two entries are one person: the first becomes part of the second",
        lambda a, v: w.Merge(who=_who(a[0]), into=_who(a[1])),
        2,
        2,
    ),
    "rename": Verb(
        "BADGE NAME",
        "put somebody's name right",
        lambda a, v: w.RenamePerson(who=_who(a[0]), name=clean_name(" ".join(a[1:]))),
        2,
        None,
    ),
    "hand-down": Verb(
        "[BADGE]", "take a hand down; without a badge the first", lambda a, v: w.LowerHand(who=_maybe(a)), 0, 1
    ),
    "done": Verb("REF", "a question was answered", lambda a, v: w.DoneSay(ref=_ref(a[0])), 1, 1),
    "undone": Verb("REF", "it was not", lambda a, v: w.DoneSay(ref=_ref(a[0]), off=True), 1, 1),
    "park": Verb("REF", "a question is for the expert", lambda a, v: w.ParkSay(ref=_ref(a[0])), 1, 1),
    "unpark": Verb("REF", "it is not", lambda a, v: w.ParkSay(ref=_ref(a[0]), off=True), 1, 1),
    "groups": Verb(
        "ACTIVITY [size=N|number=N] [places=A,B…] [labels=A,B…]", "make the groups of a breakout anew", _groups, 1, 4
    ),
    "group": Verb("ACTIVITY BADGE NO", "put somebody into a group", _group, 3, 3),
    "rotate": Verb(
        "ACTIVITY", "every group goes on to the next place", lambda a, v: w.RotateGroups(activity=a[0]), 1, 1
    ),
    "check": Verb("BADGE ACTIVITY ITEM|all [no] [NOTE]", "sign off what somebody has shown", _check, 3, None),
    "paper-in": Verb(
        "BADGE [NAME]",
        "let somebody in from a sign-in sheet; `-` for no badge",
        lambda a, v: w.CheckIn(
            new_p=new_participant(),
            badge=clean_badge(a[0]) if a[0] != "-" else None,
            name=clean_name(" ".join(a[1:])),
            via="paper",
        ),
        1,
        None,
    ),
    "paper": Verb(
        "BADGE ACTIVITY VALUE…",
        "enter an answer from a paper sheet, also after the question has closed",
        lambda a, v: w.ProxyAnswer(who=_who(a[0]), activity=a[1], v=tuple(clean_text(x) for x in a[2:]), via="paper"),
        3,
        None,
    ),
    "pause": Verb("", "pause the session", lambda a, v: w.Pause()),
    "alarm": Verb("", "everybody out: pause, and call the roll", lambda a, v: w.Pause(why="alarm")),
    "tick": Verb("BADGE", "tick somebody off the roll of an alarm", lambda a, v: Tick(" ".join(a)), 1, None),
    "untick": Verb("BADGE", "take that tick back", lambda a, v: Tick(" ".join(a), off=True), 1, None),
    "resume": Verb("[--all-safe]", "go on; after an alarm only when all are safe", lambda a, v: _resume(a), 0, 1),
    "end": Verb("", "end the session", lambda a, v: w.End()),
    "reopen": Verb("", "reopen a session that was just ended", lambda a, v: w.Reopen()),
    "erase": Verb("BADGE WHY", "erase a person's name, badge and words; WHY is a code", lambda a, v: _erase(a), 2, 2),
}

LISTED = VERBS
"""What help and documents offer."""
TYPED = {name: verb for name, verb in VERBS.items() if name != "erase"}
"""What the console itself takes: erasing also deletes copies in the data folder, and that is `fieldkit ctl`'s."""


def wish_of(verb: str, words: Sequence[str], live: bool = False, small: bool = False) -> Wish:
    """What `ctl VERB words…` asks for. Raises WrongUsage for a shape that cannot be meant.

    `small`: also an anonymous activity for which too few people are here.
    """
    known = VERBS.get(verb)
    if known is None:
        raise WrongUsage(f"There is no verb {verb[:40]!r}.", "`fieldkit ctl --help` lists them.")
    if len(words) < known.least or (known.most is not None and len(words) > known.most):
        usage = f"{verb} {known.usage}".rstrip()
        raise WrongUsage(f"Write: fieldkit ctl {usage}.", "Put a text in quotes.")
    if live and "--live" not in known.usage:
        raise WrongUsage(f"`{verb}` does not take --live.", "It belongs to open, ask and revote.")
    wish = known.make(words, live)
    if not small:
        return wish
    if not isinstance(wish, w.OpenActivity | w.NextStep | w.Revote):
        raise WrongUsage(f"`{verb}` does not take --small.", "It belongs to next, open and revote.")
    return msgspec.structs.replace(wish, small=True)
