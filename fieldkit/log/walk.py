"""Walking a log from its first line: every check that needs no key, in memory that does not grow with the log.

Used by whoever reads a log that somebody else may have written: bundles, ingest at central, fsck. Feed the lines in
chunks, ask for the root where you hold a checkpoint, and let `Seals` compare openings with their records. `of_origin`
and `Walk.leads_to` put a checkpoint to it; `verify` and head office both judge by these, so they come to one answer.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from typing import IO

from fieldkit.errors import BadBytes
from fieldkit.log.bulk import leaf_hashes, read_lines, read_openings
from fieldkit.log.line import Line, Opening
from fieldkit.log.merkle import EMPTY_ROOT, Frontier
from fieldkit.log.names import split_origin
from fieldkit.log.note import Checkpoint

SIZE_LIMIT = 2_000_000
"""Most records of a session."""


class Seals:
    """The `x` of each record, in order, on disk when there are many: compared with the openings as they come.

    Both run by index, so one pass over each is enough and 2,000,000 records need no more memory than 200.
    """

    _ROW = 8 + 43

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=1 << 20)  # noqa: SIM115 - closed in close()
        self._reading = False
        self._rows: Iterator[tuple[int, str]] = iter(())
        self._last = -1

    def add(self, lines: Iterable[Line]) -> None:
        rows = [b"%8d%b" % (line.i, line.x.encode()) for line in lines if line.x is not None]
        self._file.write(b"".join(rows))

    def check(self, openings: Iterable[Opening]) -> None:
        """Raises BadBytes: `opening-order` (not ascending, or twice), `opening-mismatch` (no record has this hash)."""
        if not self._reading:
            self._reading = True
            self._file.seek(0)
            self._rows = self._read()
        for it in openings:
            if it.i <= self._last:
                raise BadBytes("opening-order", f"the opening of record {it.i} comes late or twice")
            self._last = it.i
            if next((row for row in self._rows if row[0] >= it.i), None) != (it.i, it.x):
                raise BadBytes("opening-mismatch", f"the opening of record {it.i} is not the one it was sealed with")

    def _read(self) -> Iterator[tuple[int, str]]:
        while block := self._file.read(self._ROW * 512):
            for at in range(0, len(block), self._ROW):
                yield int(block[at : at + 8]), block[at + 8 : at + self._ROW].decode("ascii")

    def close(self) -> None:
        self._file.close()


class Walk:
    """One session's lines. `roots` holds the root at each size that was asked for, once it has been passed."""

    def __init__(self, stops: Iterable[int] = ()) -> None:
        self.tree = Frontier()
        self.m = 0
        self.plan: str | None = None
        """SHA-256 (hex) of the plan that `session.open` names."""
        self._stops = sorted({stop for stop in stops if stop > 0})
        self.roots: dict[int, bytes] = {0: EMPTY_ROOT}
        self.seals = Seals()

    def lines(
        self, chunk: bytes, lines: list[bytes], read: list[Line] | None = None, leaves: list[bytes] | None = None
    ) -> list[Line]:
        """Take whole record lines (`chunk` with newlines, `lines` without; `read` and `leaves` where these very lines
        were parsed and hashed before). Raises BadBytes with what is wrong.

        Index and position agree, `m` does not go back, the first record and only the first is `session.open`, and
        each line keeps the profile.
        """
        read = read_lines(chunk, lines) if read is None else read
        first = self.tree.size
        if [line.i for line in read] != list(range(first, first + len(read))):
            wrong = next(n for n, line in enumerate(read, first) if line.i != n)
            raise BadBytes("index", f"line {wrong} says that it is record {read[wrong - first].i}")
        times = [self.m, *[line.m for line in read]]
        if times != sorted(times):
            raise BadBytes("time-order", "a record is earlier than the one before it")
        self.m = times[-1]
        self._opening(read, first)
        self.grow(leaf_hashes(lines) if leaves is None else leaves)
        self.seals.add(read)
        return read

    def openings(self, chunk: bytes, lines: list[bytes], read: list[Opening] | None = None) -> list[Opening]:
        """Take whole opening lines, after all records. Raises BadBytes."""
        read = read_openings(chunk, lines) if read is None else read
        self.seals.check(read)
        return read

    def leads_to(self, at: Checkpoint, earlier: Iterable[Checkpoint]) -> None:
        """Whether the whole log is what was signed: size and root of `at`, and of each earlier checkpoint its own.

        Their sizes are among the stops. Raises BadBytes: `size-mismatch`, `root-mismatch`, `signed-mismatch`.
        """
        if self.tree.size != at.size:
            raise BadBytes("size-mismatch", f"{self.tree.size} records where {at.size} were signed")
        if self.tree.root() != at.root:
            raise BadBytes("root-mismatch", "the records are not those that were signed")
        for one in earlier:
            if self.roots.get(one.size) != one.root:
                raise BadBytes("signed-mismatch", f"the first {one.size} records are not those that were signed")

    def _opening(self, read: list[Line], first: int) -> None:
        opens = [line.i for line in read if line.k == "session.open"]
        if opens != ([0] if first == 0 and read else []):
            raise BadBytes("no-session-open", "a log begins with its one session.open")
        if opens:
            pack = read[0].d.get("pack")
            plan = pack.get("plan") if type(pack) is dict else None
            self.plan = plan if type(plan) is str else None

    def grow(self, leaves: list[bytes]) -> None:
        """Take these leaves into the tree; whoever calls this alone has the lines checked elsewhere."""
        while self._stops and self._stops[0] <= self.tree.size + len(leaves):
            stop = self._stops.pop(0)
            here = stop - self.tree.size
            self.tree.extend(leaves[:here])
            leaves = leaves[here:]
            self.roots[stop] = self.tree.root()
        self.tree.extend(leaves)

    def close(self) -> None:
        self.seals.close()


def of_origin(head: Line, origin: str) -> None:
    """The log says itself which laptop and number it is; it must be the one that was signed. Raises BadBytes."""
    name = split_origin(origin)
    seq = head.d.get("seq")
    if head.d.get("dev") != name.device or type(seq) is not int or seq != name.seq:
        raise BadBytes("origin-mismatch", "session.open names another laptop or number than the checkpoint")
