"""The RFC 6962 tree over record lines: append, root, inclusion proof, verify.

A leaf is SHA-256(0x00 ‖ line), a node SHA-256(0x01 ‖ left ‖ right); the root of nothing is SHA-256 of nothing. The
first byte keeps a node from ever passing for a record. `Frontier` knows the root of a growing log in log₂ n hashes and
is all that appending and verifying need; `Tree` keeps every node, 64 bytes a record, and proves single records and
that one log is the beginning of another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from fieldkit.errors import BadBytes

HASH = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

_sha256 = hashlib.sha256
_node = hashlib.sha256(b"\1").copy


def leaf_hash(line: bytes) -> bytes:
    """Leaf of one record line, without its newline: 32 bytes."""
    return _sha256(b"\0" + line).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Inner node over two hashes of 32 bytes."""
    return _sha256(b"\1" + left + right).digest()


def node_hashes(row: list[bytes]) -> list[bytes]:
    """The nodes over an even row of hashes, two by two."""
    out = []
    pairs = iter(row)
    for left, right in zip(pairs, pairs, strict=True):
        # Copying a started hash skips the look-up of the algorithm, which costs as much as the hash itself.
        node = _node()
        node.update(left + right)
        out.append(node.digest())
    return out


class Frontier:
    """A compact range [0, size): the roots of the full subtrees, the largest first; enough to append and to sign."""

    __slots__ = ("_peaks", "size")

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Take one more leaf hash."""
        n, peaks = self.size, self._peaks
        while n & 1:
            leaf = _sha256(b"\1" + peaks.pop() + leaf).digest()
            n >>= 1
        peaks.append(leaf)
        self.size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Take many leaf hashes at once, a level of the tree at a time."""
        row = list(leaves)
        n, self.size = self.size, self.size + len(row)
        small: list[bytes] = []
        while n or row:
            if n & 1:
                row.insert(0, self._peaks.pop())
            if len(row) & 1:
                small.append(row.pop())
            row = node_hashes(row)
            n >>= 1
        self._peaks = small[::-1]

    def root(self) -> bytes:
        """The RFC 6962 root of everything appended."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in self._peaks[-2::-1]:
            root = node_hash(peak, root)
        return root

    def copy(self) -> Frontier:
        """An independent copy: what is appended to one is not in the other."""
        other = Frontier()
        other.size, other._peaks = self.size, self._peaks.copy()
        return other

    def to_bytes(self) -> bytes:
        """Size as 8 bytes, big-endian, then the peaks."""
        return self.size.to_bytes(8, "big") + b"".join(self._peaks)

    @classmethod
    def from_bytes(cls, raw: bytes) -> Frontier:
        """Read back what `to_bytes` wrote. Raises BadBytes("bad-frontier")."""
        size = int.from_bytes(raw[:8], "big")
        if len(raw) < 8 or len(raw) != 8 + HASH * size.bit_count():
            raise BadBytes("bad-frontier", "the length does not fit the size")
        self = cls()
        self.size = size
        self._peaks = [raw[at : at + HASH] for at in range(8, len(raw), HASH)]
        return self


class Tree:
    """Every node of a growing tree, so that a proof costs log² n hashes instead of n."""

    __slots__ = ("_levels",)

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        # _levels[h] holds, one after another, the roots of the full subtrees of 2**h leaves.
        self._levels: list[bytearray] = [bytearray()]
        for leaf in leaves:
            self.append(leaf)

    @property
    def size(self) -> int:
        return len(self._levels[0]) // HASH

    def append(self, leaf: bytes) -> None:
        """Take one more leaf hash."""
        height = 0
        levels = self._levels
        while True:
            row = levels[height]
            row += leaf
            if len(row) % (2 * HASH):
                return
            leaf = _sha256(b"\1" + row[-2 * HASH :]).digest()
            height += 1
            if height == len(levels):
                levels.append(bytearray())

    def leaf(self, index: int) -> bytes:
        """The leaf hash at `index`, 0 ≤ index < size."""
        if not 0 <= index < self.size:
            raise IndexError(index)
        return bytes(self._levels[0][index * HASH : (index + 1) * HASH])

    def root(self, size: int | None = None) -> bytes:
        """The root of the first `size` leaves; of all of them without `size`."""
        size = self.size if size is None else size
        if not 0 <= size <= self.size:
            raise IndexError(size)
        return self._range(0, size) if size else EMPTY_ROOT

    def inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """The proof that leaf `index` is in the tree of the first `size` leaves: sibling hashes from leaf to root."""
        size = self.size if size is None else size
        if not 0 <= index < size <= self.size:
            raise IndexError(index)
        proof = []
        low, high = 0, size
        while high - low > 1:
            middle = low + _split(high - low)
            if index < middle:
                proof.append(self._range(middle, high))
                high = middle
            else:
                proof.append(self._range(low, middle))
                low = middle
        return proof[::-1]

    def consistency(self, old: int, size: int | None = None) -> list[bytes]:
        """The proof that the first `old` leaves are the beginning of the first `size` (RFC 9162 §2.1.4.1)."""
        size = self.size if size is None else size
        if not 0 < old <= size <= self.size:
            raise IndexError(old)
        proof = []
        low, high, whole = 0, size, True
        while high != old:
            middle = low + _split(high - low)
            if old <= middle:
                proof.append(self._range(middle, high))
                high = middle
            else:
                proof.append(self._range(low, middle))
                low, whole = middle, False
        if not whole:
            proof.append(self._range(low, high))
        return proof[::-1]

    def _range(self, low: int, high: int) -> bytes:
        """The hash of leaves [low, high), where `low` begins a subtree of RFC 6962."""
        width = high - low
        height = width.bit_length() - 1
        if width == 1 << height:
            at = (low >> height) * HASH
            return bytes(self._levels[height][at : at + HASH])
        middle = low + _split(width)
        return node_hash(self._range(low, middle), self._range(middle, high))


def _split(n: int) -> int:
    """The largest power of two smaller than n, n ≥ 2."""
    return 1 << (n - 1).bit_length() - 1


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


def inclusion(leaves: Sequence[bytes], index: int, size: int) -> list[bytes]:
    """The inclusion proof of one leaf out of a list; whoever proves often keeps a `Tree`."""
    return Tree(leaves[:size]).inclusion(index, size)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` leads from `leaf` at `index` to the `root` of `size` leaves (RFC 9162 §2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, got = index, size - 1, leaf
    for sibling in proof:
        if len(sibling) != HASH or last == 0:
            return False
        if at & 1 or at == last:
            got = node_hash(sibling, got)
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            got = node_hash(got, sibling)
        at >>= 1
        last >>= 1
    return last == 0 and got == root


def verify_consistency(old: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the log with `old_root` at `old` records is the beginning of the one with `root` at `size`
    (RFC 9162 §2.1.4.2). From nothing to anything needs no proof; the same size asks for the same root."""
    if old == size:
        return not proof and old_root == root
    if not 0 < old < size:
        return old == 0 and not proof and old_root == EMPTY_ROOT
    if any(len(one) != HASH for one in proof):
        return False
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not path:
        return False
    at, last = old - 1, size - 1
    while at & 1:
        at >>= 1
        last >>= 1
    before = after = path[0]
    for one in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = node_hash(one, before), node_hash(one, after)
            while not at & 1 and at:
                at >>= 1
                last >>= 1
        else:
            after = node_hash(after, one)
        at >>= 1
        last >>= 1
    return last == 0 and before == old_root and after == root
