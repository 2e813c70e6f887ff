"""Witnesses at head office: what they are shown, and their signatures when they come back.

A witness cosigns hashes and sees nothing else. `heads` writes what it needs: for each session the cosigned checkpoint,
and from every size that central cosigned before a proof that the one log is the beginning of the other. A signature
that comes back is kept with the session; one over another history, or over more than is stored here, is a finding: a
witness remembers what central may have lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from fieldkit.errors import BadBytes
from fieldkit.log.heads_note import Head, join_heads
from fieldkit.log.keys import VKey
from fieldkit.log.merkle import Tree, leaf_hash
from fieldkit.log.names import b64
from fieldkit.log.note import Checkpoint, add_signatures, open_note, parse_checkpoint, split_note
from fieldkit.log.receipt import split_notes
from fieldkit.log.trust import TrustList
from fieldkit.sync.central import findings
from fieldkit.sync.central.database import Database
from fieldkit.sync.central.rows import Finding, Stored
from fieldkit.sync.central.tx import Tx

WITNESS = "witness"
SHOWN = ("dev", "central", WITNESS)
"""Roles whose lines a witness is shown: machines and other witnesses, no trainer."""


class Witnessed(msgspec.Struct, frozen=True):
    """What became of one checkpoint in a witness's file: `kept`, `differs`, `ahead`, `unknown-session`, or
    `unknown-witness`. `witnesses` are key names."""

    origin: str
    size: int
    result: str
    witnesses: list[str]


# ---- out -----------------------------------------------------------------------------------------------------


async def heads(db: Database, trust: TrustList, now: int, every: bool = False) -> tuple[bytes, int]:
    """The file for witnesses, and how many sessions it shows: those whose newest checkpoint some listed witness has
    not signed, with `every` all. Sessions with two undecided histories are left out."""
    wanted = {key.vkey.name for key in trust.of(WITNESS) if key.state(now) == "ok"}
    out: list[Head] = []
    async with db.reading() as tx:
        forked = {one.origin for one in await tx.findings(code=findings.FORK)}
        for one in await tx.sessions():
            names = _names(one.checkpoint)
            if one.origin not in forked and (every or not wanted or wanted - names):
                out.append(await _head(tx, one))
    return join_heads(out), len(out)


async def _head(tx: Tx, one: Stored) -> Head:
    text, lines = split_note(one.checkpoint)
    shown = [line.line for line in lines if _role(line.name) in SHOWN]
    earlier = [size for size, _ in await tx.cosigned(one.origin) if 0 < size < one.size]
    proofs: dict[int, list[bytes]] = {}
    if earlier:
        tree = Tree()
        async for raw in tx.lines(one.origin, one.size):
            for line in raw:
                tree.append(leaf_hash(line))
        proofs = {size: tree.consistency(size) for size in earlier[-Head.MOST :]}
    return Head(proofs, "\n".join([text, *shown, ""]).encode())


def _role(name: str) -> str:
    parts = name.split("/")
    return parts[1] if len(parts) > 1 else ""


def _names(note: bytes) -> set[str]:
    return {line.name for line in split_note(note)[1]}


# ---- back in -------------------------------------------------------------------------------------------------


async def take(db: Database, trust: TrustList, raw: bytes, now: int) -> list[Witnessed]:
    """Take a witness's file in; `now` is Unix seconds. Raises BadBytes when it cannot be read or a signature is bad.

    All or nothing: a file with one bad signature changes nothing.
    """
    keys = [key.vkey for key in trust.of(WITNESS) if key.state(now) == "ok"]
    out = []
    async with db.transaction() as tx:
        for note in split_notes(raw):
            at = parse_checkpoint(split_note(note)[0])
            out.append(await _one(tx, at, note, keys, now))
    if not out:
        raise BadBytes("not-a-note", "the file holds no checkpoint")
    return out


async def _one(tx: Tx, at: Checkpoint, note: bytes, keys: Sequence[VKey], now: int) -> Witnessed:
    try:
        signers = [key for key, _ in open_note(note, keys).signers]
    except BadBytes as error:
        if error.reason != "no-known-signature":
            raise
        return Witnessed(at.origin, at.size, "unknown-witness", [])
    names = [key.name for key in signers]
    good = {(key.name, key.keyid) for key in signers}
    lines = [line.line for line in split_note(note)[1] if (line.name, line.keyid) in good]
    stored = await tx.stored(at.origin)
    if stored is None:
        return Witnessed(at.origin, at.size, "unknown-session", names)
    if at.size > stored.size:
        await _tell(tx, findings.WITNESS_AHEAD, at, names, lines, stored, now * 1000)
        return Witnessed(at.origin, at.size, "ahead", names)
    if await findings.root_at(tx, stored, at.size) != at.root:
        await _tell(tx, findings.WITNESS_DIFFERS, at, names, lines, stored, now * 1000)
        return Witnessed(at.origin, at.size, "differs", names)
    await _add(tx, stored, at, lines)
    return Witnessed(at.origin, at.size, "kept", names)


async def _tell(tx: Tx, code: str, at: Checkpoint, names: list[str], lines: list[str], stored: Stored, ms: int) -> None:
    detail: dict[str, Any] = {
        "size": at.size,
        "root": b64(at.root),
        "stored": stored.size,
        "witness": ", ".join(names),
        "checkpoint": "\n".join([at.text(), *lines, ""]),
    }
    await tx.put_finding(Finding(at.origin, code, at.root.hex(), detail, ms))


async def _add(tx: Tx, stored: Stored, at: Checkpoint, lines: list[str]) -> None:
    """Put verified lines under the checkpoint of that size: the newest, or an earlier one that is kept for them."""
    if at.size == stored.size:
        await tx.set_checkpoint(stored.origin, _with(stored.checkpoint, lines))
        return
    kept = [note for note in await tx.signed(at.origin) if parse_checkpoint(split_note(note)[0]).size == at.size]
    note = _with(kept[0], lines) if kept else "\n".join([at.text(), *lines, ""]).encode()
    await tx.put_signed(at.origin, at.size, note)


def _with(note: bytes, lines: list[str]) -> bytes:
    """The note with the lines of those who have not signed it yet: a second signature says nothing more."""
    have = _names(note)
    return add_signatures(note, [line for line in lines if line.split(" ", 2)[1] not in have])


# ---- when a session grows ------------------------------------------------------------------------------------


async def keep(tx: Tx, stored: Stored) -> None:
    """The checkpoint of `stored` is about to give way to a longer one: one that a witness signed stays beside it."""
    if any(_role(name) == WITNESS for name in _names(stored.checkpoint)):
        await tx.put_signed(stored.origin, stored.size, stored.checkpoint)


async def caught_up(tx: Tx, new: Stored, keys: Sequence[VKey]) -> None:
    """A witness had signed more than was stored; what is stored reaches that far, so its word can be compared."""
    for one in await tx.findings(new.origin):
        if one.code not in (findings.WITNESS_AHEAD, findings.WITNESS_DIFFERS) or one.detail["size"] > new.size:
            continue
        note = str(one.detail["checkpoint"]).encode()
        at = parse_checkpoint(split_note(note)[0])
        await tx.drop_finding(one.origin, one.code, one.other)
        if await findings.root_at(tx, new, at.size) == at.root:
            known = [key for key in keys if _role(key.name) == WITNESS]
            good = {(key.name, key.keyid) for key, _ in open_note(note, known).signers} if known else set()
            await _add(tx, new, at, [x.line for x in split_note(note)[1] if (x.name, x.keyid) in good])
        else:
            detail = one.detail | {"stored": new.size}
            await tx.put_finding(Finding(one.origin, findings.WITNESS_DIFFERS, one.other, detail, one.ms))
