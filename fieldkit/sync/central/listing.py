"""Changing the trust list, one line at a time: add a key, renew it, certify a trainer, revoke.

Everything here is TrustList → TrustList; signing is `Home.put_trust`. A name belongs to one key for ever and a revoked
key does not come back: whoever needs a new key takes a new name. Whose a key is, the six words prove, compared by two
people who know each other's voice; nothing is changed before they agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from fieldkit.errors import BadBytes, NotPossible, WrongUsage
from fieldkit.log.changes import WHO, label
from fieldkit.log.keys import VKey, same_words
from fieldkit.log.names import alike
from fieldkit.log.note import day_text, parse_day
from fieldkit.log.trust import KINDS, Enrol, TrustKey, TrustList, parse_enrol

DAY = 86_400
YEAR = 365
"""Days that a laptop, a trainer, a publisher or a witness is listed for."""

KIND_OF = {role: kind for kind, role in KINDS.items()}
OWN = ("root", "central", "office")
_PACK = re.compile(r"[a-z][a-z0-9-]{0,31}\Z").match
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z").match


class Asked(msgspec.Struct, frozen=True):
    """A key that somebody wants listed, and what is to stand beside it. `made`: Unix seconds, None if nobody said."""

    vkey: VKey
    made: int | None = None
    until: int | None = None
    packs: tuple[str, ...] | None = None
    site: str | None = None
    role: str | None = None


def asked(raw: bytes, words: str) -> Enrol:
    """The key in `raw`, a note signed with it or its bare line, if `words` are its own.

    Raises BadBytes for what is neither, NotPossible when the words are another key's.
    """
    if raw.startswith(b"fieldkit-enrol/"):
        found = parse_enrol(raw)
    else:
        try:
            vkey = VKey.parse(raw.decode("ascii").strip())
        except UnicodeDecodeError:
            raise BadBytes("bad-vkey", "this is neither an enrolment nor a public key") from None
        found = Enrol(vkey, -1, "")
    if not same_words(words, found.vkey):
        raise NotPossible(
            f"The six words do not belong to this {_who(found.vkey)}'s key; nothing was changed.",
            f"Ask for them again by voice; if they differ still, this is not that {_who(found.vkey)}'s.",
        )
    return found


def with_key(trust: TrustList, new: Asked, now: int) -> TrustList:
    """The list with this key: valid from the day it was made, or today, for a year from now.

    From `made`, so that what was signed before the enrolment can be accepted; a key made in the future by a wrong
    clock counts from today. A key that is listed keeps what it has and gets the longer window. Raises NotPossible.
    """
    vkey, today = new.vkey, _today(now)
    _may_join(trust, vkey)
    start = min(_today(new.made), today) if new.made is not None else today
    until = new.until if new.until is not None else today + YEAR * DAY
    if until <= today:
        raise WrongUsage("The last day is over already.", "Write a day to come, like 2027-11-20.")
    known = trust.find(vkey)
    if known is not None:
        keep = msgspec.structs.replace(
            known,
            from_=min(known.from_, start),
            until=new.until if new.until is not None else max(known.until, until),
            packs=new.packs if new.packs is not None else known.packs,
            site=new.site or known.site,
            role=new.role or known.role,
        )
        return _with(trust, known, keep)
    line = TrustKey(KIND_OF[vkey.role], vkey, start, until, None, new.site, new.role, new.packs)
    return msgspec.structs.replace(trust, keys=(*trust.keys, line))


def _may_join(trust: TrustList, vkey: VKey) -> None:
    who, known = _who(vkey), trust.find(vkey)
    if vkey.role in ("root", "central"):
        raise NotPossible(
            f"A {vkey.role} key is not added; head office makes it.", f"Run: fieldkit central trust rotate {vkey.role}"
        )
    if vkey.role == "office" and vkey.org != trust.org:
        raise NotPossible(f"This office key is of {vkey.org}, not of {trust.org}.", "Ask for the right one.")
    if known is not None and known.revoked is not None:
        hint = "Let it make a new data folder, and with it a new key, and enrol that."
        hint = hint if who == "laptop" else "Let its owner make a new key under a new name, and add that."
        raise NotPossible(f"This {who}'s key was revoked.", hint)
    for line in trust.keys:
        if line.vkey == vkey:
            continue
        if line.vkey.name == vkey.name and vkey.role != "office":
            raise NotPossible(
                "Another key of this name is on the trust list already.",
                "A device's name is for ever: find out which of the two laptops is the copy."
                if who == "laptop"
                else "A name is for ever: a new key takes a new one.",
            )
        if line.vkey.pub == vkey.pub:
            raise NotPossible(f"This very key is listed already as {line.vkey.name}.", "Every key has one name.")
        if alike(line.vkey.name, vkey.name):
            raise NotPossible(
                f"{vkey.name} can be taken for {line.vkey.name}, which is listed already.",
                "If both are meant, let the new one take another name.",
            )
    if vkey.org != trust.org and alike(vkey.org, trust.org):
        raise NotPossible(f"{vkey.org} can be taken for {trust.org} and is not it.", "Do not add this key.")


def named(trust: TrustList, text: str) -> TrustKey:
    """The line that somebody means: a whole key, name+keyid, a name, or its last part. Raises NotPossible."""
    text = text.strip()
    found = [
        key
        for key in trust.keys
        if text in (str(key.vkey), f"{key.vkey.name}+{key.vkey.keyid.hex()}", key.vkey.name, *_short(key.vkey.name))
    ]
    if not found:
        raise NotPossible(
            f"Nobody on the trust list is called {text[:80]!r}.", "`fieldkit central trust show` lists all."
        )
    if len(found) > 1:
        ids = ", ".join(f"{key.vkey.name}+{key.vkey.keyid.hex()}" for key in found[:6])
        raise NotPossible(f"{text[:80]!r} means {len(found)} keys.", f"Write one of: {ids}.")
    return found[0]


def _short(name: str) -> tuple[str, ...]:
    rest = name.partition("/")[2]
    return (rest, rest.rpartition("/")[2])


def with_window(trust: TrustList, line: TrustKey, now: int, until: int | None = None) -> TrustList:
    """The list with a longer (or shorter) window for one key, a year from now without `until`."""
    if line.revoked is not None:
        raise NotPossible(
            f"{label(line.vkey)} is revoked and cannot be renewed.", "It needs a new key under a new name."
        )
    end = until if until is not None else _today(now) + YEAR * DAY
    if end <= max(_today(now), line.from_):
        raise WrongUsage("The last day is over already.", "Write a day to come, or revoke the key.")
    return _with(trust, line, msgspec.structs.replace(line, until=end))


def with_packs(trust: TrustList, line: TrustKey, packs: tuple[str, ...] | None) -> TrustList:
    """The list with what a trainer is certified for; None: for every pack."""
    if line.kind != "facilitator":
        raise NotPossible(f"{label(line.vkey)} is no trainer.", "Only trainers are certified for packs.")
    if line.revoked is not None:
        raise NotPossible(f"{label(line.vkey)} is revoked.", "It needs a new key under a new name.")
    return _with(trust, line, msgspec.structs.replace(line, packs=packs))


def with_revoked(trust: TrustList, line: TrustKey, day: int, now: int, used: Iterable[VKey] = ()) -> TrustList:
    """The list on which this key counts no more from `day` on (Unix seconds). Revoking again moves the day: one that
    has come only to an earlier one, for a key that is revoked does not come back.

    Raises NotPossible for that, for a key that head office is just using (`used`), and for the last root.
    """
    if line.revoked is not None and line.revoked <= now and day > line.revoked:
        raise NotPossible(
            f"{label(line.vkey)} is revoked since {day_text(line.revoked)}, and that is for ever.",
            "An earlier day can be named; a session that is held and good: fieldkit central admit.",
        )
    others = [key for key in trust.of(line.kind) if key.revoked is None and key.vkey != line.vkey]
    if (line.kind in OWN and not others) or line.vkey in used:
        raise NotPossible(
            f"{label(line.vkey)} is the {line.kind} key that head office works with.",
            f"Make the next one: fieldkit central trust rotate {line.kind} --compromised",
        )
    return _with(trust, line, msgspec.structs.replace(line, revoked=day))


def packs_of(text: str) -> tuple[str, ...] | None:
    """`a,b` as ids of packs, each once; `all` gives None. Raises WrongUsage."""
    if text.strip() == "all":
        return None
    ids = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not ids or len(ids) > 200 or not all(map(_PACK, ids)):
        raise WrongUsage(f"{text[:80]!r} names no packs.", "Write ids with commas, loto-basics,ladder-safety, or: all")
    return ids


def day_of(text: str, now: int) -> int:
    """A UTC day as somebody types it: `2026-11-20`, `today` or `tomorrow`. Raises WrongUsage."""
    word = text.strip().lower()
    if word in ("today", "tomorrow"):
        return _today(now) + (DAY if word == "tomorrow" else 0)
    try:
        day = parse_day(word)
    except (BadBytes, OverflowError):
        raise WrongUsage(f"{text[:40]!r} is no day.", "Write it like 2026-11-20, today or tomorrow.") from None
    if day < 0:  # a list tells its days from 1970 on
        raise WrongUsage(f"{text[:40]!r} is out of range.", "The first day that can be written is 1970-01-01.")
    return day


def token(text: str, what: str) -> str:
    """One plain word for `site=` and `role=`. Raises WrongUsage."""
    if not _TOKEN(text):
        raise WrongUsage(
            f"{text[:40]!r} cannot be a {what}.", "One plain word: letters, digits, dot, dash, underscore."
        )
    return text


def _with(trust: TrustList, old: TrustKey, new: TrustKey) -> TrustList:
    keys = tuple(new if key.vkey == old.vkey else key for key in trust.keys)
    return msgspec.structs.replace(trust, keys=keys)


def _today(now: int) -> int:
    return parse_day(day_text(now))


def _who(vkey: VKey) -> str:
    kind = KIND_OF[vkey.role]
    return WHO[kind].lower() if kind in ("device", "facilitator", "publisher", "witness") else f"{kind} key"
