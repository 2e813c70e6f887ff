"""A person decides: which of two histories of a session is kept, and which files need nobody any more.

Choosing changes what is stored only when the other history is chosen. Then, in one transaction, the stored one is
written to the shelf as evidence, the session is cut back to where the two part, and the chosen file is taken by the
same steps as any other. Nothing that was signed is lost, and the decision is kept with its reason; central's own
cosignatures over the history that lost stay in the evidence. Whoever decides again may choose otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from fieldkit.core.clean import clean_text
from fieldkit.errors import BadBytes, NotPossible, WrongUsage
from fieldkit.log.merkle import HASH, Frontier, leaf_hash
from fieldkit.log.names import b64, unb64
from fieldkit.log.note import Checkpoint, parse_checkpoint, split_note
from fieldkit.sync.central import findings, held, histories, tombs
from fieldkit.sync.central.export import find
from fieldkit.sync.central.ingest import Intake
from fieldkit.sync.central.rows import Arrival, Finding, Stored
from fieldkit.sync.central.take import Fork, Held, Outcome
from fieldkit.sync.central.tx import Tx

if TYPE_CHECKING:
    from fieldkit.sync.central.database import Database
    from fieldkit.sync.central.home import Home

DAY = 86_400
LEAST = 6
"""Signs of a root that a person may shorten it to."""


class History(msgspec.Struct, frozen=True):
    """One history that somebody may choose. `file`: SHA-256 (hex) of the file it is in; empty when no file is here."""

    at: Checkpoint
    note: bytes
    file: str = ""

    def told(self) -> dict[str, Any]:
        return findings.history(self.at.size, self.at.root, self.note)


class Resolved(msgspec.Struct, frozen=True):
    """What was decided. `kept` is what is stored, `others` the roots (base64) of the evidence; `changed` is False when
    it had been decided like this before. `outcomes` of the files that were judged again."""

    origin: str
    kept: Checkpoint
    others: list[str]
    changed: bool
    outcomes: list[Outcome]


async def resolve(intake: Intake, which: str, keep: str, why: str, now: int) -> Resolved:
    """Keep the history with the root `keep` (base64 or hex, its beginning will do); `now` is Unix seconds.

    Raises NotPossible when there is nothing to decide, no such history, or the chosen one cannot be taken; WrongUsage
    without a reason. The same decision again changes nothing.
    """
    reason = said(why)
    async with intake.db.transaction() as tx:
        stored = await find(tx, which)
        origin = stored.origin
        here, others = await _choices(tx, stored)
        if not others:
            raise NotPossible("This session has one history; there is nothing to decide.", "See central findings.")
        chosen = _chosen(here, others, keep)
        undecided = await tx.findings(origin, findings.FORK)
        if chosen in here:
            changed = bool(undecided)
            if changed:
                await _mark(tx, History(_at(stored), stored.checkpoint), others, reason, now * 1000)
        else:
            changed = True
    if chosen not in here:
        await _switch(intake, stored, chosen, [one for one in others if one.at != chosen.at], reason, now)
    async with intake.db.transaction() as tx:
        files = await tx.files_of(origin)
    outcomes = [one for one in await intake.again(now, files) if one.origin == origin] if changed else []
    async with intake.db.transaction() as tx:
        after = await tx.stored(origin) or stored
        settled = await tx.findings(origin, findings.RESOLVED)
    return Resolved(origin, _at(after), [one.detail["other"]["root"] for one in settled], changed, outcomes)


def said(why: str) -> str:
    """The reason of a decision, cleaned. Raises WrongUsage when there is none."""
    reason = clean_text(why)
    if not reason:
        raise WrongUsage("A decision has a reason.", 'Say it, without names: --why "the laptop was restored".')
    return reason


def _at(stored: Stored) -> Checkpoint:
    return Checkpoint(stored.origin, stored.size, stored.root)


async def _choices(tx: Tx, stored: Stored) -> tuple[list[History], list[History]]:
    """The stored history, at each size that was cosigned, and the others: files on the shelf, and known roots."""
    here = [History(_at(stored), stored.checkpoint)]
    here += [History(Checkpoint(stored.origin, *one), b"") for one in await tx.cosigned(stored.origin)]
    others: dict[bytes, History] = {}
    for one in await tx.findings(stored.origin):
        if one.code in (findings.FORK, findings.RESOLVED):
            other = one.detail["other"]
            at = Checkpoint(stored.origin, int(other["size"]), unb64(other["root"]))
            file = str(one.detail.get("file") or "")
            others[at.root] = History(at, str(other["checkpoint"]).encode(), file)
    for arrival in await tx.arrivals_of(stored.origin):
        if arrival.result == "fork" and arrival.checkpoint is not None:
            at = parse_checkpoint(split_note(arrival.checkpoint)[0])
            others[at.root] = History(at, arrival.checkpoint, arrival.sha256)
    return here, [one for root, one in others.items() if root != stored.root]


def _chosen(here: list[History], others: list[History], keep: str) -> History:
    """The one history that `keep` means. Raises NotPossible."""
    wanted = keep.strip()
    hexed = wanted.lower()
    found = {
        one.at.root: one
        for one in [*others, *reversed(here)]
        if len(wanted) >= LEAST and (b64(one.at.root).startswith(wanted) or one.at.root.hex().startswith(hexed))
    }
    if len(found) != 1:
        roots = ", ".join(b64(one.at.root) for one in [here[0], *others][:4])
        raise NotPossible(
            "No history of this session has that root." if not found else "More than one history begins like that.",
            f"Choose among: {roots}.",
        )
    return next(iter(found.values()))


async def _mark(tx: Tx, kept: History, others: list[History], why: str, ms: int) -> None:
    """Write the decision down in place of the open question."""
    origin = kept.at.origin
    for one in await tx.findings(origin, findings.FORK):
        await tx.drop_finding(origin, findings.FORK, one.other)
    before = {one.other: one for one in await tx.findings(origin, findings.RESOLVED)}
    for root in before:
        await tx.drop_finding(origin, findings.RESOLVED, root)
    for other in others:
        detail: dict[str, Any] = {"kept": kept.told(), "other": other.told(), "why": why, "decided": ms}
        detail["file"] = other.file
        old = before.get(other.at.root.hex())
        if old is not None:
            detail["file"] = other.file or old.detail["file"]
        if before:
            detail["earlier"] = _earlier(before.values())
        await tx.put_finding(Finding(origin, findings.RESOLVED, other.at.root.hex(), detail, old.ms if old else ms))


def _earlier(before: Any) -> list[dict[str, Any]]:
    """Earlier decisions, the oldest first: what was kept, when, why."""
    out: dict[tuple[int, str], dict[str, Any]] = {}
    for one in before:
        kept = one.detail["kept"]
        now = {"decided": one.detail["decided"], "kept": kept["root"], "why": one.detail["why"]}
        for entry in [*one.detail.get("earlier", ()), now]:
            out[entry["decided"], entry["kept"]] = entry
    return [out[key] for key in sorted(out)]


# ---- the other history is chosen -----------------------------------------------------------------------------


async def _switch(intake: Intake, stored: Stored, chosen: History, others: list[History], why: str, now: int) -> None:
    """Put `chosen` in the place of what is stored; the stored history becomes evidence. All of it or nothing."""
    path = held.shelf_path(intake.home.held, chosen.file or "none")
    if not path.exists():
        raise NotPossible(
            "The file with that history is not here.", "Ingest it again; it is then kept, and can be chosen."
        )
    file = ""
    gone = False
    try:
        leaves = histories.leaves_in(path, intake.unseal, stored.origin)
        async with intake.db.transaction() as tx:
            # What was read above the transaction may have grown since.
            stored = await tx.stored(stored.origin) or stored
            n, frontier, parted = await _parting(tx, stored, leaves)
            rest = list(others)
            if n < stored.size:
                head = intake.home.trust_path.read_bytes()
                file = await histories.keep_stored(tx, stored, head, intake.home.held)
                lost = History(_at(stored), stored.checkpoint, file)
                rest = [lost, *(one for one in others if one.at.root != stored.root)]
                await tx.put_arrival(_as_arrival(lost, now * 1000))
            aside, back = (f"{stored.origin}#{leaf.hex()}" for leaf in (parted, leaves[n * HASH : (n + 1) * HASH]))
            await tx.cut_back(stored.origin, n, frontier.root(), frontier.to_bytes(), aside)
            await tx.tombs_back(stored.origin, back)
            await _mark(tx, chosen, rest, why, now * 1000)
            with histories.session_in(path, intake.unseal, stored.origin) as part:
                device = intake.judge.device(part.checkpoint, part.note)
                _, gone = await intake.judge.take(tx, part, part.checkpoint, device, now)
    except (BadBytes, Held, Fork) as error:
        if file:
            held.unshelve(intake.home.held, file)
        reason = getattr(error, "reason", "fork")
        raise NotPossible(
            f"That history cannot be taken in ({reason}); nothing was changed.",
            "What a person has to do for it is in docs/central.md, under its reason.",
        ) from error
    if gone:
        tombs.mark(intake.home)
        await tombs.settle(intake.home, intake.db, now)


def _as_arrival(lost: History, ms: int) -> Arrival:
    name = f"evidence-{lost.file[:12]}.fkb"
    at = lost.at
    return Arrival(at.origin, lost.file, name, at.size, lost.note, "fork", findings.KNOWN_FORK, ms)


async def _parting(tx: Tx, stored: Stored, leaves: bytes) -> tuple[int, Frontier, bytes]:
    """How many records both histories begin with, the tree over those, and the first leaf of the stored one after."""
    frontier = Frontier()
    async for lines in tx.lines(stored.origin, stored.size):
        mine = [leaf_hash(line) for line in lines]
        for k, leaf in enumerate(mine):
            at = (frontier.size + k) * HASH
            if leaves[at : at + HASH] != leaf:
                n = frontier.size + k
                frontier.extend(mine[:k])
                return n, frontier, leaf
        frontier.extend(mine)
    return frontier.size, frontier, b""


# ---- files that need nobody any more -------------------------------------------------------------------------


class Discarded(msgspec.Struct, frozen=True):
    """A file that was let go of: its hash, its size in bytes, and how many sessions in it had not been taken."""

    sha256: str
    size: int
    sessions: int


async def discard(intake: Intake, which: str, why: str, now: int) -> Discarded:
    """Delete one file from the shelf because a person says so; its hash, the reason and the day stay.

    `which` is the beginning of its SHA-256 in hex. Raises NotPossible when no one file is meant, or when it is the
    evidence of a decision; WrongUsage without a reason.
    """
    reason = said(why)
    wanted = which.strip().lower()
    found = [path for path in held.shelved(intake.home.held) if len(wanted) >= LEAST and path.stem.startswith(wanted)]
    if len(found) != 1:
        raise NotPossible(
            "No held file begins with that hash." if not found else "More than one held file begins like that.",
            "`fieldkit central findings` shows the sha256 of each.",
        )
    path = found[0]
    async with intake.db.transaction() as tx:
        arrivals = await tx.arrivals(path.stem)
        if any(one.detail["file"] == path.stem for one in await tx.findings(code=findings.RESOLVED)) or any(
            one.result == "fork" for one in arrivals
        ):
            raise NotPossible(
                "This file is one of two histories of a session; it stays as evidence.",
                "`fieldkit central resolve` decides which of the two is kept.",
            )
        done = await _discarded(tx, path, reason, arrivals, now)
    held.unshelve(intake.home.held, path.stem)
    return done


async def expire(home: Home, db: Database, days: int, now: int, *, dry: bool = False) -> list[Discarded]:
    """Let go of every held or refused file that has waited longer than `days`, as `discard` does; → those files. `dry`:
    only say which. Evidence of two histories waits for a person, however long. A file that stands written down as
    gone, by somebody who was killed before it was, goes too."""
    before, waits = (now - days * DAY) * 1000, dict[str, list[Arrival]]()
    async with db.transaction() as tx:
        for one in await tx.arrivals():
            waits.setdefault(one.sha256, []).append(one)
        evidence = {one.detail["file"] for one in await tx.findings(code=findings.RESOLVED)}
        left = {one.other for one in await tx.findings(code=findings.DISCARDED)} - evidence - waits.keys()
        out, shelf = [], held.shelved(home.held)
        left &= {path.stem for path in shelf}
        for path in shelf:
            some = waits.get(path.stem, ())
            if path.stem in evidence or not some or any(one.result == "fork" or one.ms >= before for one in some):
                continue
            out.append(
                Discarded(path.stem, path.stat().st_size, len(some))
                if dry
                else await _discarded(tx, path, f"held_days {days}", some, now)
            )
    for sha256 in () if dry else (*left, *(one.sha256 for one in out)):
        held.unshelve(home.held, sha256)
    return out


async def _discarded(tx: Tx, path: Path, why: str, arrivals: Sequence[Arrival], now: int) -> Discarded:
    """It waits no more, and that is written down; the file itself goes once this is committed."""
    size, sessions = path.stat().st_size, await tx.discard(path.stem)
    detail = {"file": path.stem, "size": size, "why": why, "decided": now * 1000}
    detail["was"] = sorted({f"{one.result} {one.reason}" for one in arrivals if one.result in ("held", "refused")})
    await tx.put_finding(Finding("", findings.DISCARDED, path.stem, detail, now * 1000))
    return Discarded(path.stem, size, sessions)
