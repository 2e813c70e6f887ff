"""Records of a session line by line, and what proves each: its leaf, the way to the root, and who signed that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from fieldkit.errors import BadBytes
from fieldkit.log.line import parse_opening, read_line
from fieldkit.log.merkle import Tree, leaf_hash, verify_inclusion
from fieldkit.log.names import b64
from fieldkit.sync.central.front.accounts import Account
from fieldkit.sync.central.front.foreign import marked, moment, zone_of
from fieldkit.sync.central.front.look import may, signers
from fieldkit.sync.central.front.pages import Filled, first_of, is_number, number_of, query
from fieldkit.sync.central.home import Home, known_keys

if TYPE_CHECKING:
    from fieldkit.sync.central.tx import Tx

MOST_RECORDS = 200


class Line(msgspec.Struct, frozen=True):
    i: int
    kind: str
    at: str
    p: str


async def records(tx: Tx, account: Account, origin: str, values: dict[str, str]) -> Filled | None:
    """Records of a session: about one `p`, of one activity, of one kind, or all; a page from an index on."""
    found = await may(tx, account, origin)
    if found is None:
        return None
    if _kept_back(account, await tx.line(origin, 0) or b""):
        return _barred(origin, found[0].title)
    asked = query(values, "p", "activity", "kind", "from")
    at = int(asked["from"]) if is_number(asked["from"], 9) else 0
    out: list[Line] = []
    zone = zone_of("UTC")
    i = 0
    async for lines in tx.lines(origin):
        for raw in lines:
            if i == 0:
                zone = zone_of(first_of(raw)[1])
            if i >= at and len(out) <= MOST_RECORDS and (one := _line(i, raw, asked, zone)) is not None:
                out.append(one)
            i += 1
        if len(out) > MOST_RECORDS:
            break
    next_ = out[MOST_RECORDS].i if len(out) > MOST_RECORDS else None
    return {
        "rows": out[:MOST_RECORDS], "asked": asked, "next": next_, "origin": origin, "number": number_of(origin),
        "title": found[0].title, "size": found[0].size,
    }  # fmt: skip


def _barred(origin: str, title: str) -> Filled:
    return {"barred": True, "origin": origin, "number": number_of(origin), "title": title}


def _kept_back(account: Account, head: bytes) -> bool:
    """Whether the policy of a session keeps its single records from this account: who may not have every table of it as
    it is does not read them line by line."""
    try:
        policy = read_line(head).d.get("policy")
    except BadBytes:
        return not account.sees_all
    return isinstance(policy, dict) and bool(policy.get("locked") or policy.get("profile")) and not account.sees_all


def _line(i: int, raw: bytes, asked: dict[str, str], zone: Any) -> Line | None:
    try:
        it = read_line(raw)
    except BadBytes:
        return Line(i, "", "", "") if not any(asked[x] for x in ("p", "activity", "kind")) else None
    if asked["p"] and asked["p"] not in (it.p, it.d.get("from")):
        return None
    if asked["activity"] and it.d.get("activity") != asked["activity"]:
        return None
    if asked["kind"] and it.k not in asked["kind"].split(","):
        return None
    return Line(i, it.k, moment(it.t, zone), it.p or "")


async def record(tx: Tx, home: Home, account: Account, origin: str, i: int) -> Filled | None:
    """One record: its line, its leaf, that the leaf is in the tree, and who signed the tree."""
    found = await may(tx, account, origin)
    if found is None or not 0 <= i < found[0].size:
        return None
    stored = found[0]
    if _kept_back(account, await tx.line(origin, 0) or b""):
        return _barred(origin, stored.title)
    tree, line, head = Tree(), b"", b""
    async for lines in tx.lines(origin, stored.size):
        for raw in lines:
            if tree.size == i:
                line = raw
            head = head or raw
            tree.append(leaf_hash(raw))
    leaf, proof = leaf_hash(line), tree.inclusion(i)
    opening = await tx.opening(origin, i)
    private: list[tuple[str, str]] = []
    kind, at, p, half = "", "", "", False
    try:
        it = read_line(line)
        kind, at, p, half = it.k, moment(it.t, zone_of(first_of(head)[1])), it.p or "", it.x is not None
        if opening is not None:
            private = [(k, v if isinstance(v, str) else _json(v)) for k, v in parse_opening(opening)[1].items()]
    except BadBytes:
        pass  # the line is shown as it is, with its proof
    keys = known_keys(home.trust(), [home.central().vkey])
    return {
        "origin": origin, "number": number_of(origin), "title": stored.title, "i": i, "size": stored.size, "kind": kind,
        "at": at, "p": p, "line": marked(line), "leaf": leaf.hex(), "private": private,
        "erased": half and opening is None, "proof": [one.hex() for one in proof], "root": b64(stored.root),
        "whole": verify_inclusion(leaf, i, stored.size, proof, stored.root),
        "signers": signers(stored.checkpoint, keys),
    }  # fmt: skip


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
