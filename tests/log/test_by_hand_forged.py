"""Forgeries that pass only where one thing may be spelled in two ways: the script and the program refuse them."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldkit.log.keys import Signer
from fieldkit.log.merkle import Tree, leaf_hash
from fieldkit.log.note import sign_note
from fieldkit.log.verdict import verify_bundle
from tests.log.making import DEVICE_SIGNER, PLAN
from tests.log.packing import LOG, PLAN_NAME, Members, changed, good, judged, packed, resigned
from tests.log.test_by_hand import DEVICE, by_hand, pytestmark

__all__ = ["pytestmark"]


def tar(change: Callable[[bytes], bytes]) -> Callable[[Members], bytes]:
    return lambda m: gzip.compress(change(gzip.decompress(packed(m))), mtime=0)


def whole(change: Callable[[bytes], bytes]) -> Callable[[Members], bytes]:
    return lambda m: change(packed(m))


def member(name: str, change: Callable[[bytes], bytes]) -> Callable[[Members], bytes]:
    return lambda m: packed(changed(m, name, change))


def value(new: bytes) -> Callable[[Members], bytes]:
    """Another value of an answer; the root is not looked at before each line has the one spelling."""
    return member(LOG, lambda raw: raw.replace(b'["b"]', new, 1))


def in_two(raw: bytes) -> bytes:
    plain = gzip.decompress(raw)
    return gzip.compress(plain[:5120], mtime=0) + gzip.compress(plain[5120:], mtime=0)


def padded(raw: bytes) -> bytes:
    """A byte in the padding of the first header, and the checksum that fits."""
    head = bytearray(raw[:512])
    head[511] = 1
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head) + raw[512:]


def stray(raw: bytes) -> bytes:
    """The last base64 letter with a bit that says nothing."""
    assert raw.endswith(b"=\n")
    return raw[:-3] + bytes([raw[-3] + 1]) + raw[-2:]


def other_plan(members: Members) -> bytes:
    """A plan in another spelling, named by its hash, in a log that is signed."""
    plan = PLAN.replace(b":", b": ", 1)
    name = hashlib.sha256(plan).hexdigest()
    made = changed(members, LOG, lambda raw: raw.replace(PLAN_NAME.encode(), name.encode(), 1))
    tree = Tree()
    for line in dict(made)[LOG].splitlines():
        tree.append(leaf_hash(line))
    made = [(n.replace(PLAN_NAME, name), plan if PLAN_NAME in n else raw) for n, raw in made]
    return packed(resigned(made, root=tree.root()))


def front(members: Members) -> bytes:
    """A note about a file where the enrolment stands."""
    note = sign_note("fieldkit-file/1\nsha256 x\n", DEVICE_SIGNER)
    return packed(changed(members, members[1][0], lambda raw: note))


FORGED: dict[str, tuple[Callable[[Members], bytes], str]] = {
    "a signature spelled otherwise": (member("1/checkpoint", stray), "bad-base64"),
    "a signature line twice": (
        member("1/checkpoint", lambda raw: raw + raw[raw.index(b"\n\n") + 2 :]),
        "duplicate-signature",
    ),
    "two gzip members": (whole(in_two), "trailing-data"),
    "a zero behind the file": (whole(lambda raw: raw + b"\0"), "trailing-data"),
    "zeros behind the archive": (tar(lambda raw: raw + bytes(20480)), "trailing-data"),
    "a byte in a header": (tar(padded), "bad-header"),
    "another note in front": (front, "wrong-note-type"),
    "an escape that need not be": (value(b'["\\u0041"]'), "not-canonical"),
    "U+0000": (value(b'["\\u0000"]'), "not-canonical"),
    "half of a pair": (value(b'["\\ud800"]'), "not-canonical"),
    "half of a pair in bytes": (value(b'["\xed\xa0\x80"]'), "not-utf8"),
    "nine levels": (value(b"[" * 9 + b"]" * 9), "not-canonical"),
    "a number of 17 digits": (value(b"10000000000000000"), "not-canonical"),
    "a key in capitals": (value(b'{"A":1}'), "not-canonical"),
    "a plan spelled otherwise": (other_plan, "not-canonical"),
}


@pytest.mark.parametrize("what", FORGED)
async def test_both_refuse_what_is_spelled_otherwise(tmp_path: Path, what: str) -> None:
    change, reason = FORGED[what]
    raw = change(await good(tmp_path))
    assert raw != (tmp_path / "good.fkb").read_bytes()
    assert judged(tmp_path, raw).verdict == "refused"
    code, lines = by_hand(tmp_path / "x.fkb", DEVICE)
    assert code == 1 and lines[-1].startswith(f"refused: {reason}"), lines


async def test_a_known_name_with_another_key_is_a_stranger_to_both(tmp_path: Path) -> None:
    await good(tmp_path)
    key = Signer(DEVICE_SIGNER.name, b"\x05" * 32).vkey
    assert verify_bundle(tmp_path / "good.fkb", [key]).verdict == "signer-unknown"
    assert by_hand(tmp_path / "good.fkb", str(key))[1][-1] == "signer-unknown"
