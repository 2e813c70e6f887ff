"""The tree against a naive reading of RFC 6962, and proofs that hold or do not."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.errors import BadBytes
from fieldkit.log.merkle import (
    EMPTY_ROOT,
    Frontier,
    Tree,
    inclusion,
    leaf_hash,
    node_hash,
    root_of,
    verify_consistency,
    verify_inclusion,
)
from tests.log.given import WORKED, worked_lines


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 §2.1, word by word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of RFC 6962 §2.1.1."""
    if len(leaves) <= 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def leaves_of(count: int) -> list[bytes]:
    return [leaf_hash(b"%d" % n) for n in range(count)]


def test_the_worked_example_has_its_hashes() -> None:
    leaves = [leaf_hash(line) for line in worked_lines()]
    n01 = node_hash(leaves[0], leaves[1])
    lines = [f"leaf {n} {leaf.hex()}" for n, leaf in enumerate(leaves)]
    lines += [f"n01 {n01.hex()}", f"root {root_of(leaves).hex()}"]
    assert "\n".join([*lines, ""]) == WORKED.joinpath("hashes.txt").read_text()


def test_a_node_never_passes_for_a_leaf() -> None:
    left, right = leaves_of(2)
    assert leaf_hash(left + right) != node_hash(left, right)
    assert root_of([]) == EMPTY_ROOT == Frontier().root() == Tree().root()


@pytest.mark.parametrize("count", range(40))
def test_frontier_and_tree_agree_with_the_rfc(count: int) -> None:
    leaves = leaves_of(count)
    frontier, tree = Frontier(), Tree(leaves)
    for size, leaf in enumerate(leaves):
        assert frontier.root() == tree.root(size) == naive_root(leaves[:size])
        frontier.append(leaf)
    assert frontier.size == tree.size == count
    assert frontier.root() == tree.root() == naive_root(leaves)
    for index in range(count):
        assert tree.leaf(index) == leaves[index]
        proof = inclusion(leaves, index, count)
        assert proof == tree.inclusion(index) == naive_path(index, leaves)
        assert verify_inclusion(leaves[index], index, count, proof, tree.root())


@given(st.integers(1, 200), st.data())
def test_a_proof_holds_at_every_older_size(count: int, data: st.DataObject) -> None:
    leaves = leaves_of(count)
    tree = Tree(leaves)
    size = data.draw(st.integers(1, count))
    index = data.draw(st.integers(0, size - 1))
    assert tree.inclusion(index, size) == naive_path(index, leaves[:size])
    assert verify_inclusion(leaves[index], index, size, tree.inclusion(index, size), tree.root(size))


@given(st.integers(1, 100), st.data())
def test_a_tampered_proof_does_not_hold(count: int, data: st.DataObject) -> None:
    leaves = leaves_of(count)
    index = data.draw(st.integers(0, count - 1))
    proof, root = inclusion(leaves, index, count), root_of(leaves)
    assert verify_inclusion(leaves[index], index, count, proof, root)
    stranger = b"\x07" * 32
    wrong = [
        (stranger, index, count, proof, root),
        (leaves[index], index, count, proof, stranger),
        (leaves[index], index, count, [*proof, stranger], root),
        (leaves[index], -1, count, proof, root),
        (leaves[index], count, count, proof, root),
        (leaves[index], index, 0, proof, root),
    ]
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        wrong += [
            (leaves[index], index, count, proof[:-1], root),
            (leaves[index], index, count, [*proof[:at], stranger, *proof[at + 1 :]], root),
            (leaves[index], index, count, [*proof[:at], proof[at][:31], *proof[at + 1 :]], root),
            (leaves[index], index ^ 1, count, proof, root),
        ]
    for case in wrong:
        assert not verify_inclusion(*case)


@given(st.integers(0, 70), st.integers(0, 10))
def test_a_frontier_comes_back_from_its_bytes(count: int, more: int) -> None:
    leaves = leaves_of(count + more)
    frontier = Frontier()
    frontier.extend(leaves[:count])
    raw = frontier.to_bytes()
    back, copy = Frontier.from_bytes(raw), frontier.copy()
    back.extend(leaves[count:])
    assert back.root() == root_of(leaves)
    assert copy.to_bytes() == frontier.to_bytes() == raw
    for damaged in (raw + b"\0", raw[:-1], raw[:7], b"", b"\xff" * 8):
        with pytest.raises(BadBytes, match="bad-frontier"):
            Frontier.from_bytes(damaged)


def test_there_is_no_proof_outside_the_tree() -> None:
    tree = Tree(leaves_of(3))
    for index, size in [(3, 3), (-1, 3), (0, 4), (0, 0)]:
        with pytest.raises(IndexError):
            tree.inclusion(index, size)
    with pytest.raises(IndexError):
        tree.root(4)
    with pytest.raises(IndexError):
        tree.leaf(3)


# ---- one log is the beginning of another -----------------------------------------------------------------------


def test_consistency_proofs_are_those_of_the_rfc() -> None:
    """The example of RFC 6962 §2.1.3: seven leaves, and what proves that 3, 4 and 6 of them are their beginning."""
    d = [leaf_hash(bytes([n])) for n in range(7)]
    tree = Tree(d)
    g, h, i, j = node_hash(d[0], d[1]), node_hash(d[2], d[3]), node_hash(d[4], d[5]), d[6]
    k, last = node_hash(g, h), node_hash(i, j)
    assert tree.consistency(3) == [d[2], d[3], g, last]
    assert tree.consistency(4) == [last]
    assert tree.consistency(6) == [i, j, k]
    assert tree.consistency(7) == []


@given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 7), st.integers(0, 255))
def test_a_consistency_proof_proves_this_and_nothing_else(a: int, b: int, at: int, bit: int) -> None:
    old, size = sorted((a, b))
    tree = Tree([leaf_hash(bytes([n])) for n in range(70)])
    proof = tree.consistency(old, size)
    first, root = tree.root(old), tree.root(size)
    assert verify_consistency(old, first, size, root, proof)
    assert not verify_consistency(old, bytes(32), size, root, proof)
    assert not verify_consistency(old, first, size, bytes(32), proof)
    assert not verify_consistency(old, first, size, root, [*proof, bytes(32)])
    assert not verify_consistency(size + 1, first, size, root, proof)
    if proof:
        assert not verify_consistency(old, first, size, root, proof[:-1])
        bent = list(proof)
        bent[at % len(proof)] = (int.from_bytes(bent[at % len(proof)], "big") ^ 1 << bit).to_bytes(32, "big")
        assert not verify_consistency(old, first, size, root, bent)
        assert not verify_consistency(old, first, size, root, [proof[0][:31], *proof[1:]])


def test_from_nothing_to_anything_needs_no_proof() -> None:
    tree = Tree([leaf_hash(b"a")])
    assert verify_consistency(0, EMPTY_ROOT, 1, tree.root(), [])
    assert not verify_consistency(0, tree.root(), 1, tree.root(), [])
    assert not verify_consistency(0, EMPTY_ROOT, 1, tree.root(), [bytes(32)])
    for old in (0, 2):
        with pytest.raises(IndexError):
            tree.consistency(old)
