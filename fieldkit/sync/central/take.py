"""Judging one session of a bundle and storing it, inside the transaction that the caller opened.

Steps 1 to 5 of docs/log-format.md "Ingest". Leaving by an exception takes everything back: Held (nothing is stored
until somebody decides), Fork (two signed histories), BadBytes (not what it claims to be). Only a signed and consistent
history can raise the fork alarm: lines that do not lead to the signed root are refused before they are compared, so
damage is never mistaken for treason.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from fieldkit.core.records import Record
from fieldkit.errors import BadBytes
from fieldkit.log.bulk import leaf_hashes
from fieldkit.log.keys import Signer, VKey
from fieldkit.log.line import Line, check_plan, read_line
from fieldkit.log.merkle import EMPTY_ROOT
from fieldkit.log.names import split_origin, unb64
from fieldkit.log.note import Checkpoint, Opened, add_signatures, cosign, open_note, split_note
from fieldkit.log.trust import TrustKey, TrustList
from fieldkit.log.unbundle import OpeningLines, Part, RecordLines
from fieldkit.log.verdict import earlier
from fieldkit.log.walk import Walk, of_origin
from fieldkit.log.windows import REASON_OF
from fieldkit.sync.central import certify, findings, witnesses
from fieldkit.sync.central.admit import is_admitted
from fieldkit.sync.central.ahead import KINDS, Checked, Ready, Tombs, opening_rows, tombs_of
from fieldkit.sync.central.replay import Kept, batches
from fieldkit.sync.central.rows import KEY, Stored
from fieldkit.sync.central.tx import Tx
from fieldkit.sync.central.tx_codes import codes_of

TAKEN = ("stored", "already", "older")


class Outcome(msgspec.Struct, frozen=True):
    """What became of one session. `origin` is None when the file could not be read that far.

    `file` is the name of the file it was in and `detail` what is wrong, for a person; both only where not taken.
    """

    origin: str | None
    size: int | None
    result: str
    reason: str = ""
    file: str = ""
    detail: str = ""

    @property
    def taken(self) -> bool:
        return self.result in TAKEN


class Held(Exception):
    """Nothing is stored until somebody decides; `reason` as in docs/central.md."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Fork(Exception):
    """Two signed histories of one session; `stored` is the one that is here.

    `known`: what came begins with a history that somebody has decided against.
    """

    def __init__(self, stored: Stored, known: bool = False) -> None:
        super().__init__(stored.origin)
        self.stored = stored
        self.known = known


class Went(msgspec.Struct):
    """What walking a session came to: its first record, roots by size, its tree, the plan it names, and what it erases:
    why → indices."""

    head: Line
    roots: dict[int, bytes]
    frontier: bytes
    plan: str
    tombs: Tombs


class Judge:
    """Who is trusted, and the key that cosigns: what a session is judged with."""

    def __init__(self, trust: TrustList, keys: list[VKey], central: Signer) -> None:
        self.trust = trust
        self.keys = keys
        self.central = central
        self._last: tuple[bytes, Opened] | None = None

    def _opened(self, note: bytes) -> Opened:
        """A checkpoint under the known keys; one is asked for several times running. Raises BadBytes."""
        if self._last is None or self._last[0] != note:
            self._last = note, open_note(note, self.keys)
        return self._last[1]

    def device(self, at: Checkpoint, note: bytes) -> TrustKey:
        """The trust line of the laptop whose own signature stands under this checkpoint, else Held."""
        name = split_origin(at.origin).device
        try:
            opened = self._opened(note)
        except BadBytes as error:
            if error.reason != "no-known-signature":
                raise
            raise Held("unknown-device") from None
        for key, _ in opened.signers:
            line = self.trust.find(key)
            if key.name == name and line is not None and line.kind == "device":
                return line
        raise Held("unknown-device")

    async def take(
        self, tx: Tx, part: Part | Checked, at: Checkpoint, device: TrustKey, now: int, ready: Ready | None = None
    ) -> tuple[Outcome, bool]:
        """Steps 1 to 5 inside the transaction; (outcome, whether openings were erased). `ready`: this very part
        as it was read before; a part that was read elsewhere has one."""
        stored = await tx.stored(at.origin)
        await self._window(tx, at, device, now)
        pub = device.vkey.pub.hex()
        if stored is not None and stored.device != pub:
            raise Held("other-key")
        size, root = (stored.size, stored.root) if stored is not None else (0, EMPTY_ROOT)
        signed = earlier(part, self.keys)
        settled = {one.other: one.detail["other"]["size"] for one in await tx.findings(at.origin, findings.RESOLVED)}
        kept = Kept(KINDS) if stored is None and ready is None else None
        walk = Walk([size, at.size, *settled.values(), *(one.size for one, _ in signed)])
        try:
            if ready is not None:
                went = await self._written(tx, at, ready, size, settled.values())
            else:
                assert isinstance(part, Part)
                went = await self._lines(tx, part, walk, at, size, kept)
                walk.leads_to(at, [one for one, _ in signed])
            passed = [root for root, n in settled.items() if went.roots.get(n, b"").hex() == root]
            await _same_history(tx, went, at, stored, bool(passed))
            forked = bool(await tx.findings(at.origin, findings.FORK))
            if forked and stored is not None and at.size > size:
                raise Fork(stored)  # neither history grows until somebody has chosen
            gone = 0
            for why, refs in went.tombs.items():
                gone += await tx.erase(at.origin, refs, why, now * 1000)
            here = None if at.size > size else await tx.opened(at.origin)
            if ready is not None:
                await tx.add_openings(at.origin, ready.opening_rows())
                plan = await self._kept(tx, at.origin, ready)
            else:
                assert isinstance(part, Part)
                await self._openings(tx, part, walk, at.origin, kept)
                plan = await self._blobs(tx, part, walk, at.origin, at.size <= size)
        finally:
            walk.close()
        for other in passed:  # the longer copy of the chosen history, which came before somebody chose
            await tx.drop_finding(at.origin, findings.RESOLVED, other)
        for one, note in signed:
            if good := self._good_lines(note):
                await tx.add_signed(at.origin, one.size, _note(one.text(), good))
        result = "stored" if at.size > size else "already" if at.size == size else "older"
        if stored is None or at.size > size:
            prev_origin, prev_size, prev_root = _prev(went.head)
            note = self._cosigned(part.note, at, now)
            new = Stored(
                origin=at.origin,
                device=pub,
                seq=split_origin(at.origin).seq,
                size=at.size,
                root=at.root,
                frontier=went.frontier,
                checkpoint=note,
                plan=went.plan,
                prev_origin=prev_origin,
                prev_size=prev_size,
                prev_root=prev_root,
                title=_text(went.head.d.get("title")),
                site=_text(went.head.d.get("site")),
                ms=now * 1000,
            )
            if stored is None:
                await tx.add_session(new)
            else:
                await tx.move_head(new, size, root)
                await witnesses.keep(tx, stored)
            await tx.add_cosigned(at.origin, at.size, at.root, now)
            await witnesses.caught_up(tx, new, self.keys)
            await findings.chain(tx, new, now * 1000)
        elif stored is not None and result == "already":
            await self._more_signatures(tx, stored, part.note, now)
        if here is None or gone or await tx.opened(at.origin) != here:
            await self._look(tx, at.origin, plan, kept, ready if stored is None else None, now)
        return Outcome(at.origin, at.size, result), bool(gone)

    async def _window(self, tx: Tx, at: Checkpoint, device: TrustKey, now: int) -> None:
        """Windows are judged by central's clock now; what was cosigned before a key ran out stays good, and a person
        may have decided for what came later."""
        state = device.state(now)
        if state == "ok":
            return
        ends = [when for when in (device.until, device.revoked) if when is not None and when <= now]
        if state != "not-yet" and at.size <= await tx.cosigned_before(at.origin, min(ends)):
            return
        if not await is_admitted(tx, at):
            raise Held(REASON_OF[state])

    async def _lines(self, tx: Tx, part: Part, walk: Walk, at: Checkpoint, stored: int, kept: Kept | None) -> Went:
        """Verify every line, insert those from `stored` on."""
        head: Line | None = None
        tombs = Tombs()
        for some in part.log():
            first, lines = walk.tree.size, some.lines
            if first + len(lines) > at.size:
                raise BadBytes("size-mismatch", f"more than the {at.size} records that were signed")
            read = walk.lines(*some, *((some.read, some.leaves) if isinstance(some, RecordLines) else ()))
            if head is None and read:
                head = read[0]
                of_origin(head, at.origin)
            if kept is not None:
                kept.lines(read)
            if walk.tree.size > stored:
                skip = max(0, stored - first)
                new = read[skip:]
                rows = [(at.origin, line.i, line.x, raw) for line, raw in zip(new, lines[skip:], strict=True)]
                await tx.add_records(at.origin, rows, walk.plan or "", codes_of(new, leaf_hashes(lines[skip:])))
                for _, why, refs in tombs_of(new):
                    tombs.setdefault(why, []).extend(refs)
        if head is None:
            raise BadBytes("no-session-open", "the log has no records")
        return Went(head, walk.roots, walk.tree.to_bytes(), walk.plan or "", tombs)

    async def _openings(self, tx: Tx, part: Part, walk: Walk, origin: str, kept: Kept | None) -> None:
        for some in part.openings():
            read = walk.openings(*some, *((some.read,) if isinstance(some, OpeningLines) else ()))
            if kept is not None:
                kept.openings(read)
            await tx.add_openings(origin, opening_rows(read, some.lines))

    async def _written(self, tx: Tx, at: Checkpoint, ready: Ready, stored: int, sizes: Iterable[int]) -> Went:
        """The same of a session that was walked before and leads to `at`; with the roots at these sizes too."""
        head = read_line(ready.head())
        of_origin(head, at.origin)
        if at.size > stored:
            codes = [(i, code) for i, code in ready.codes if i >= stored]
            await tx.add_records(at.origin, ready.rows(at.origin, stored), ready.plan, codes)
        roots = ready.roots([stored, *sizes])
        return Went(head, roots, ready.frontier, ready.plan, ready.erases(stored))

    async def _kept(self, tx: Tx, origin: str, ready: Ready) -> bytes:
        """Keep what travels with such a session; its plan."""
        for sha256, data in ready.blobs:
            await tx.add_blob(origin, sha256, data)
        return dict(ready.blobs)[ready.plan]

    async def _blobs(self, tx: Tx, part: Part, walk: Walk, origin: str, here: bool) -> bytes:
        """Keep what travels with the log; the plan that `session.open` names must be among it, or, where the log brings
        nothing new (`here`), be stored already. Raises BadBytes for a plan that breaks its profile."""
        plan: bytes | None = None
        for sha256, data in part.blobs():
            if sha256 == walk.plan:
                check_plan(data)
                plan = data
            await tx.add_blob(origin, sha256, data)
        if plan is None and here:
            plan = await tx.blob(origin, walk.plan or "")
        if plan is None:
            raise Held("no-plan")
        return plan

    async def _look(self, tx: Tx, origin: str, plan: bytes, kept: Kept | None, ready: Ready | None, now: int) -> None:
        """What needs a person: folded in passing. Openings under a tombstone are not in the database."""
        if ready is not None and not await tx.tombs(origin):
            found, led = ready.look, ready.led
        else:
            look, told = findings.Look(origin, plan), list[Record]()
            if kept is not None and kept.whole and not await tx.tombs(origin):
                look.take(told := kept.records(), kept.m)
            else:
                async for records in batches(tx, origin):
                    look.take(records)
                    told += [one for one in records if isinstance(one.fact, certify.TELLS)]
            found, led = look.found(), certify.trainers(told)
        await findings.people(tx, found, now * 1000)
        await certify.flag(tx, self.trust, origin, led, now)

    def _cosigned(self, note: bytes, at: Checkpoint, now: int) -> bytes:
        """The checkpoint with central's line; an earlier line of ours (from before a restore) gives way to it."""
        kept = [line for line in self._good_lines(note) if not line.startswith(f"— {self.central.name} ")]
        return add_signatures(_note(at.text(), kept), [cosign(at.text(), self.central, now)])

    def _good_lines(self, note: bytes) -> list[str]:
        """The signature lines that were verified. Those of strangers are left out: somebody on the way could have
        added one under a name that becomes known later, and a bad line of a known name refuses the whole note."""
        try:
            good = {(key.name, key.keyid) for key, _ in self._opened(note).signers}
        except BadBytes as error:
            if error.reason != "no-known-signature":
                raise
            return []
        return [one.line for one in split_note(note)[1] if (one.name, one.keyid) in good]

    async def _more_signatures(self, tx: Tx, stored: Stored, note: bytes, now: int) -> None:
        """A trainer or a witness may sign a checkpoint that central holds already; central does with a newer key."""
        text, lines = split_note(stored.checkpoint)
        have = {one.name for one in lines}
        new = [line for line in self._good_lines(note) if line.split(" ", 2)[1] not in have]
        if all(one.keyid != self.central.vkey.keyid for one in lines):
            new.append(cosign(text, self.central, now))
        if new:
            await tx.set_checkpoint(stored.origin, add_signatures(stored.checkpoint, new))


# ---- small judgements ----------------------------------------------------------------------------------------


async def _same_history(tx: Tx, went: Went, at: Checkpoint, stored: Stored | None, known: bool) -> None:
    """Raise Fork when what is here and what came are not one the beginning of the other."""
    if stored is None:
        return
    if at.size >= stored.size:
        same = went.roots[stored.size] == stored.root
    else:
        same = await findings.root_at(tx, stored, at.size) == at.root
    if not same:
        raise Fork(stored, known)


def _prev(head: Line) -> tuple[str | None, int | None, bytes | None]:
    """`prev` of session.open; anything malformed counts as none, its number then shows as a gap."""
    prev = head.d.get("prev")
    if not isinstance(prev, dict):
        return None, None, None
    o, n, root = prev.get("o"), prev.get("n"), prev.get("root")
    try:
        if isinstance(o, str) and len(o) <= KEY and type(n) is int and n >= 0 and isinstance(root, str):
            return o, n, unb64(root)
    except BadBytes:
        pass
    return None, None, None


def _note(text: str, lines: Iterable[str]) -> bytes:
    return "\n".join([text, *lines, ""]).encode()


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
