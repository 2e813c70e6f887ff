"""Walk a session file and say in words what is wrong with it. Nothing is changed, nothing is repaired.

What can be wrong, in the order in which it is looked for: the database itself, the record lines, the first record and
the plan it names, the openings, the checkpoints over them, what this laptop remembers of the session, the pictures
that its plan names, and the tables beside the log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

import msgspec

from fieldkit.core.plan import Plan
from fieldkit.errors import BadBytes, DamagedData
from fieldkit.log.erasing import erased_by
from fieldkit.log.heads import KnownHead
from fieldkit.log.keys import VKey
from fieldkit.log.line import Line, opening_x, read_line, read_opening
from fieldkit.log.merkle import EMPTY_ROOT, Frontier, leaf_hash
from fieldkit.log.names import split_origin
from fieldkit.log.note import open_checkpoint, parse_checkpoint, split_note
from fieldkit.log.read import SessionFile


class Finding(msgspec.Struct, frozen=True):
    """One thing that is wrong: a kebab-case code, a sentence for a person, and the record if it is about one."""

    code: str
    sentence: str
    index: int | None = None


def walk(file: SessionFile, keys: Sequence[VKey], heads: Iterable[KnownHead]) -> list[Finding]:
    """Everything that is wrong with a session file; an empty list when it is whole.

    `keys` are those whose signatures count here (this laptop's device key, the trust list's); a device that is not
    among them is not a finding, only its signatures cannot be checked.
    """
    return _Walker(file, keys).walk(heads)


def checkable(origin: str, keys: Sequence[VKey]) -> bool:
    """Whether the key of the laptop that signed this session is among `keys`: else no signature could be checked."""
    return any(key.name == origin.rpartition("/")[0] for key in keys)


class _Walker:
    def __init__(self, file: SessionFile, keys: Sequence[VKey]) -> None:
        self.file = file
        self.keys = keys
        self.found: list[Finding] = []
        self.size = 0
        self.frontier = b""
        self.roots: dict[int, bytes] = {0: EMPTY_ROOT}
        self.sealed: dict[int, str] = {}
        self.named: set[int] = set()
        self.gone: set[int] = set()

    def say(self, code: str, sentence: str, index: int | None = None) -> None:
        self.found.append(Finding(code, sentence, index))

    def walk(self, heads: Iterable[KnownHead]) -> list[Finding]:
        known = [head for head in heads if head.origin == self.file.origin]
        steps = (
            self.database,
            lambda: self.records({head.n for head in known}),
            self.openings,
            self.checkpoints,
            lambda: self.remembered(known),
            self.media,
            self.beside,
        )
        for step in steps:
            try:
                step()
            except DamagedData as wrong:  # SQLite itself gave up on a page; what follows may still be readable
                self.say("database", wrong.sentence)
        return self.found

    def database(self) -> None:
        for fault in self.file.faults():
            self.say("database", f"The database says of itself: {fault}.")

    # ---- the log ---------------------------------------------------------------------------------------------

    def records(self, stops: set[int]) -> None:
        stops = stops | {size for size, _ in self.file.checkpoints()}
        tree = Frontier()
        m = 0
        for i, raw in self.file.numbered():
            if i != tree.size:
                self.say("index-gap", f"Record {tree.size} is followed by number {i} in the file.", i)
            line = self.line(tree.size, raw)
            if line is not None:
                if line.m < m:
                    self.say("time-order", "It is earlier than the record before it.", line.i)
                m = max(m, line.m)
                if line.x is not None:
                    self.sealed[i] = line.x
                if line.p is not None:
                    self.named.add(i)
                self.gone.update(erased_by(line))
            tree.append(leaf_hash(raw))
            if tree.size in stops:
                self.roots[tree.size] = tree.root()
        self.size, self.frontier = tree.size, tree.to_bytes()

    def line(self, n: int, raw: bytes) -> Line | None:
        try:
            line = read_line(raw)
        except BadBytes as wrong:
            self.say("bad-line", f"Its line cannot be read: {wrong.detail or wrong.reason}.", n)
            return None
        if line.i != n:
            self.say("wrong-index", f"Its line says that it is record {line.i}.", n)
        if n == 0 and line.k != "session.open":
            self.say("no-session-open", "The log does not begin with session.open.", 0)
        elif n == 0:
            self.opened(line)
        elif line.k == "session.open":
            self.say("no-session-open", "There is a second session.open.", n)
        return line

    def opened(self, line: Line) -> None:
        pack = line.d.get("pack")
        plan = pack.get("plan") if isinstance(pack, dict) else None
        if plan != hashlib.sha256(self.file.plan).hexdigest():
            self.say("plan-mismatch", "The plan in the file is not the one that session.open names.", 0)
        try:
            origin = split_origin(self.file.origin)
        except BadBytes:
            self.say("wrong-origin", "The file does not say in the right form which session it is.")
            return
        if (line.d.get("dev"), line.d.get("seq")) != (origin.device, origin.seq):
            self.say("wrong-origin", "The session.open names another laptop or number than the file does.", 0)

    def openings(self) -> None:
        erased = self.gone.union(self.file.erased())
        for i, raw in self.file.numbered_openings():
            try:
                read_opening(raw)
            except BadBytes as wrong:
                self.say("bad-opening", f"Its private half cannot be read: {wrong.detail or wrong.reason}.", i)
                continue
            if i not in self.sealed or opening_x(raw) != self.sealed[i]:
                self.say("opening-mismatch", "Its private half is not the one it was sealed with.", i)
            elif i in erased:
                self.say("opening-not-erased", "Its private half was to be erased and is still there.", i)

    # ---- what was signed -------------------------------------------------------------------------------------

    def checkpoints(self) -> None:
        newest = 0
        wrong_root = False
        for size, note in self.file.checkpoints():
            newest = size
            said = self.checkpoint(size, note)
            if said is None or wrong_root or size > self.size:
                continue
            if said != self.roots[size]:
                wrong_root = True  # every later root is wrong with it
                self.say("wrong-root", f"The first {size} records are not those that were signed.", size - 1)
        if newest != self.size:
            sentence = f"The file holds {self.size} records, {newest} were signed."
            self.say("size-mismatch", sentence, min(newest, self.size))
        elif newest and self.file.frontier() != self.frontier:  # the records are whole, and nothing can be added
            self.say("bad-checkpoint", "The hashes kept beside the newest checkpoint do not fit its records.")

    def checkpoint(self, size: int, note: bytes) -> bytes | None:
        """The root that a checkpoint claims, None when it cannot be used."""
        try:
            said = parse_checkpoint(split_note(note)[0])
        except BadBytes as wrong:
            self.say("bad-checkpoint", f"The checkpoint at {size} cannot be read: {wrong.detail}.", size - 1)
            return None
        if (said.origin, said.size) != (self.file.origin, size):
            self.say("bad-checkpoint", f"The checkpoint at {size} is of another session or size.", size - 1)
            return None
        try:
            open_checkpoint(note, self.keys)
        except BadBytes as wrong:
            device = said.origin.rpartition("/")[0]
            if wrong.reason != "no-known-signature" or any(key.name == device for key in self.keys):
                self.say("bad-signature", f"The checkpoint at {size} bears no good signature of its laptop.", size - 1)
        return said.root

    def remembered(self, known: list[KnownHead]) -> None:
        for head in known:
            if head.n > self.size:
                self.say("older-copy", f"It is an older copy: {head.n} records were signed, {self.size} are here.")
            elif self.roots.get(head.n) != head.root:
                self.say("older-copy", f"Its first {head.n} records are not those that this laptop signed.")

    def media(self) -> None:
        there = set()
        for name, raw in self.file.attachments():
            there.add(name)
            if hashlib.sha256(raw).hexdigest() != name:
                self.say("media-mismatch", "A picture or clip in the file is not the one that the plan names.")
        try:
            plan = msgspec.json.decode(self.file.plan, type=Plan)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return  # said already: its hash is not the one of session.open, or an earlier release wrote it
        missing = {one for a in plan.activities for one in (a.image, *a.audio) if one} - there
        if missing:
            self.say("media-missing", f"Of the pictures and clips that the plan names, {len(missing)} are not here.")

    # ---- beside the log --------------------------------------------------------------------------------------

    def beside(self) -> None:
        seen: set[bytes] = set()
        for key, i in self.file.intents():
            if not 0 <= i < self.size:
                self.say("intent-nowhere", f"An intent is remembered with record {i}, which is not there.", i)
            if key in seen:
                self.say("intent-twice", "An intent was counted twice.", i)
            seen.add(key)
        for _, i in self.file.seats():
            if i not in self.named:
                self.say("seat-nowhere", f"A seat was given with record {i}, which names nobody.", i)
