"""tests/vectors/bundles/: bundles that any reader must take, and bundles it must refuse, each with its reason.

`python -m tests.log.test_bundle_vectors` writes them again.
"""

from __future__ import annotations

import asyncio
import gzip
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldkit.log.bundle import verify_bundle, write_bundle
from fieldkit.log.note import Checkpoint, sign_note
from fieldkit.log.read import SessionFile
from tests.log.making import DEVICE_SIGNER, FACILITATOR, ORIGIN, make
from tests.log.packing import LOG, Members, changed, good, packed, resigned
from tests.log.test_bundle import HEAD, SECOND

FOLDER = Path(__file__).parents[1] / "vectors" / "bundles"
OPENINGS = "1/openings.jsonl"


def log(old: bytes, new: bytes, name: str = LOG) -> Callable[[Members], bytes]:
    return lambda m: packed(changed(m, name, lambda raw: raw.replace(old, new)))


def again(change: Callable[[bytes], bytes]) -> Callable[[Members], bytes]:
    """The archive changed below its compression."""
    return lambda m: gzip.compress(change(gzip.decompress(packed(m))), 6, mtime=0)


EARLIER = Checkpoint(ORIGIN, 3, bytes(32))
REFUSED: dict[str, Callable[[Members], bytes]] = {
    "not-gzip": lambda m: gzip.decompress(packed(m)),
    "truncated": lambda m: packed(m)[:-100],
    "damaged-archive": lambda m: packed(m)[:-8] + bytes(8),
    "trailing-data": lambda m: packed(m) + packed(m),
    "pax-header": again(lambda raw: _with_type(raw, b"x")),
    "member-type": again(lambda raw: _with_type(raw, b"2")),
    "bad-header": again(lambda raw: raw.replace(b"0000600\0", b"0000644\0", 1)),
    "member-order": lambda m: packed([*m[:3], m[4], m[3], *m[5:]]),
    "too-large": lambda m: packed(resigned(m, size=2_000_001)),
    "wrong-version": lambda m: packed([(m[0][0], b"fieldkit-bundle/2\n"), *m[1:]]),
    "no-session": lambda m: packed(m[:2]),
    "no-plan": lambda m: packed(m[:-1]),
    "blob-mismatch": lambda m: packed([*m[:-1], (m[-1][0], b"{}")]),
    "duplicate-member": lambda m: packed([*m, m[-1]]),
    "duplicate-session": lambda m: packed([*m, *[(n.replace("1/", "2/", 1), raw) for n, raw in m[2:]]]),
    "no-device-signature": lambda m: packed(resigned(m, FACILITATOR)),
    "bad-signature": log(b"\n18\n", b"\n17\n", "1/checkpoint"),
    "size-mismatch": lambda m: packed(resigned(m, size=300)),
    "root-mismatch": log(b'"via":"phone"', b'"via":"paper"'),
    "origin-mismatch": lambda m: packed(resigned(m, origin=SECOND)),
    "signed-mismatch": lambda m: packed([*m[:3], ("1/signed", sign_note(EARLIER.text(), DEVICE_SIGNER)), *m[3:]]),
    "index": log(b'"i":3,', b'"i":4,'),
    "time-order": log(b'"m":1800000', b'"m":1'),
    "not-canonical": log(b'"i":1,', b'"i": 1,'),
    "float": log(b'"round":1', b'"round":1.5'),
    "no-newline": lambda m: packed(changed(m, LOG, lambda raw: raw[:-1])),
    "no-session-open": log(b"session.open", b"session.opened"),
    "opening-mismatch": log(b"Worker 0", b"Wirker 0", OPENINGS),
    "opening-order": lambda m: packed(changed(m, OPENINGS, lambda raw: raw + raw.splitlines(keepends=True)[-1])),
}


def _with_type(raw: bytes, kind: bytes) -> bytes:
    block = bytearray(raw[:512])
    block[156:157] = kind
    block[148:156] = b"%06o\0 " % (sum(block[:148]) + 8 * ord(" ") + sum(block[156:]))
    return bytes(block) + raw[512:]


async def made(folder: Path) -> dict[str, bytes]:
    """Every vector by its file name."""
    members = await good(folder)
    out = {"verified.fkb": (folder / "good.fkb").read_bytes()}
    await make(folder / "18.db", people=2, origin=SECOND)
    with SessionFile.open(folder / "17.db") as a, SessionFile.open(folder / "18.db") as b:
        write_bundle([a, b], HEAD, folder / "two.fkb", lock=None)
    out["verified-two-sessions.fkb"] = (folder / "two.fkb").read_bytes()
    out["verified-erased.fkb"] = packed(changed(members, OPENINGS, lambda raw: b"".join(raw.splitlines(True)[2:])))
    return out | {f"refused-{reason}.fkb": change(members) for reason, change in REFUSED.items()}


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*.fkb")))
def test_each_vector_gets_the_verdict_in_its_name(name: str) -> None:
    """Verified under the device's key, or refused for the reason that the file is named by."""
    verdict = verify_bundle(FOLDER / name, [DEVICE_SIGNER.vkey])
    word, _, reason = name.removesuffix(".fkb").partition("-")
    assert verdict.verdict == word
    assert word == "verified" or verdict.reason == reason
    if word == "verified":
        assert verify_bundle(FOLDER / name, []).verdict == "signer-unknown"


async def test_the_vectors_are_what_the_code_writes(tmp_path: Path) -> None:
    """None is missing; the good ones are made again to the byte, below the compression of whatever zlib there is."""
    vectors = await made(tmp_path)
    assert sorted(vectors) == sorted(path.name for path in FOLDER.glob("*.fkb"))
    for name in ("verified.fkb", "verified-two-sessions.fkb", "verified-erased.fkb"):
        assert gzip.decompress((FOLDER / name).read_bytes()) == gzip.decompress(vectors[name])


def test_every_reason_that_refuses_a_vector_is_documented() -> None:
    """docs/bundle-format.md has a row for each."""
    page = FOLDER.parents[2].joinpath("docs", "bundle-format.md").read_text("utf-8")
    assert [reason for reason in REFUSED if f"`{reason}`" not in page] == []


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary:
        for name, raw in asyncio.run(made(Path(temporary))).items():
            (FOLDER / name).write_bytes(raw)
