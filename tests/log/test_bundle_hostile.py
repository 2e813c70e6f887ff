"""Sessions that are not as they should be in a proper archive: each is refused with its own reason."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldkit.log.bundle import write_bundle
from fieldkit.log.note import Checkpoint, sign_note
from fieldkit.log.read import SessionFile
from tests.log.making import DEVICE, DEVICE_SIGNER, FACILITATOR, ORIGIN, PLAN, make
from tests.log.packing import LOG, PLAN_NAME, Members, changed, good, judged, packed, resigned
from tests.log.test_bundle import HEAD, SECOND


def swap(raw: bytes) -> bytes:
    lines = raw.splitlines(keepends=True)
    return b"".join([lines[0], lines[2], lines[1], *lines[3:]])


def blank(raw: bytes) -> bytes:
    lines = raw.splitlines(keepends=True)
    return b"".join([lines[0], b"\n", *lines[2:]])


def twice(raw: bytes) -> bytes:
    return raw + raw.splitlines(keepends=True)[-1]


def forge(raw: bytes) -> bytes:
    """Another letter in the middle of the last signature."""
    return raw[:-40] + (b"A" if raw[-40:-39] != b"A" else b"B") + raw[-39:]


Change = Callable[[Members], Members]
OPEN = "1/openings.jsonl"
BLOB = f"1/blob/{PLAN_NAME}"
OTHER = (f"1/blob/{hashlib.sha256(b'{}').hexdigest()}", b"{}")


def log(old: bytes, new: bytes, count: int = -1) -> Change:
    return lambda m: changed(m, LOG, lambda raw: raw.replace(old, new, count))


def opening(old: bytes, new: bytes) -> Change:
    return lambda m: changed(m, OPEN, lambda raw: raw.replace(old, new, 1))


def member(name: str, change: Callable[[bytes], bytes]) -> Change:
    return lambda m: changed(m, name, change)


INSIDE: dict[str, tuple[Change, str]] = {
    "a record changed": (log(b'"via":"phone"', b'"via":"paper"', 1), "root-mismatch"),
    "a record dropped": (member(LOG, lambda r: r[: r[:-1].rindex(b"\n") + 1]), "size-mismatch"),
    "a record more": (member(LOG, twice), "size-mismatch"),
    "an empty log": (member(LOG, lambda r: b""), "size-mismatch"),
    "records swapped": (member(LOG, swap), "index"),
    "not canonical": (log(b'"i":1,', b'"i": 1,'), "not-canonical"),
    "a float": (log(b'"round":1', b'"round":1.5'), "float"),
    "a big integer": (log(b'"round":1', b'"round":9007199254740993'), "int-range"),
    "a NUL": (log(b'"v":["b"]', b'"v":["\\u0000"]'), "nul"),
    "too deep": (log(b'"v":["b"]', b'"v":' + b"[" * 9 + b"]" * 9), "depth"),
    "very deep": (log(b'"v":["b"]', b'"v":' + b"[" * 4000, 1), "depth"),
    "a long line": (log(b'["b"]', b'["' + b"x" * 9000 + b'"]', 1), "too-long"),
    "no last newline": (member(LOG, lambda r: r[:-1]), "no-newline"),
    "an empty line": (member(LOG, blank), "not-json"),
    "a line more": (log(b"\n", b"\n\n", 1), "size-mismatch"),
    "windows newlines": (log(b"\n", b"\r\n"), "not-canonical"),
    "time goes back": (log(b'"m":1800000', b'"m":1'), "time-order"),
    "no session.open": (log(b"session.open", b"session.opened"), "no-session-open"),
    "an opening changed": (opening(b"Worker 0", b"Wirker 0"), "opening-mismatch"),
    "an opening twice": (member(OPEN, twice), "opening-order"),
    "openings swapped": (member(OPEN, swap), "opening-order"),
    "another's opening": (opening(b'"i":1,', b'"i":2,'), "opening-mismatch"),
    "an opening too many": (
        member(OPEN, lambda r: r + b'{"i":900,"s":"MmG0qPvlS0fAEJscxxqctQ","x":{}}\n'),
        "opening-mismatch",
    ),
    "a bad opening": (opening(b'"s":"', b'"s":"A'), "bad-shape"),
    "openings without end": (member(OPEN, lambda r: r[:-1]), "no-newline"),
    "no plan": (lambda m: [x for x in m if x[0] != BLOB], "no-plan"),
    "another plan": (lambda m: [*[x for x in m if x[0] != BLOB], OTHER], "no-plan"),
    "a plan changed": (member(BLOB, lambda r: r + b" "), "blob-mismatch"),
    "a blob twice": (lambda m: [*m, (BLOB, PLAN)], "duplicate-member"),
    "the session twice": (lambda m: [*m, *[(n.replace("1/", "2/", 1), raw) for n, raw in m[2:]]], "duplicate-session"),
    "a bad signature": (member("1/checkpoint", forge), "bad-signature"),
    "signed by another": (lambda m: resigned(m, FACILITATOR), "no-device-signature"),
    "another root": (lambda m: resigned(m, root=bytes(32)), "root-mismatch"),
    "a smaller size": (lambda m: resigned(m, size=3), "size-mismatch"),
    "a larger size": (lambda m: resigned(m, size=300), "size-mismatch"),
    "another's head": (lambda m: [m[0], ("enrol.note", m[2][1]), *m[2:]], "wrong-note-type"),
}


@pytest.mark.parametrize("how", INSIDE)
async def test_a_hostile_session_is_refused(tmp_path: Path, how: str) -> None:
    """Each with its own reason, which travels into the verdict."""
    change, reason = INSIDE[how]
    verdict = judged(tmp_path, packed(change(await good(tmp_path))))
    assert (verdict.verdict, verdict.reason) == ("refused", reason), verdict
    assert verdict.detail


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not-a-note"),
        (b"\xff" * 50, "not-utf8"),
        (b"hello", "not-a-note"),
        (b"hello\n\n", "not-a-note"),
        (sign_note("fieldkit-put/1\n", DEVICE_SIGNER), "not-a-checkpoint"),
        (sign_note(f"{ORIGIN}\n03\n{'A' * 43}=\n", DEVICE_SIGNER), "bad-number"),
        (sign_note("not an origin\n3\nFzTvJEBePC+szh0y41NnGA59zJp8FMv9o4q2h6JI0gU=\n", DEVICE_SIGNER), "bad-origin"),
    ],
)
async def test_an_unreadable_checkpoint_ends_the_bundle(tmp_path: Path, raw: bytes, reason: str) -> None:
    """Without a size nothing after it can be judged."""
    verdict = judged(tmp_path, packed(changed(await good(tmp_path), "1/checkpoint", lambda _: raw)))
    assert (verdict.verdict, verdict.reason) == ("refused", reason)


async def test_earlier_checkpoints_must_hold_too(tmp_path: Path) -> None:
    """`signed`: ascending, of this session, signed by its device, each with the root of its own size."""
    members = await good(tmp_path, sign=True)
    assert judged(tmp_path, packed(members)).verdict == "verified"
    first, second = dict(members)["1/signed"].split(b"=====\n")
    wrong_root = sign_note(Checkpoint(ORIGIN, 3, bytes(32)).text(), DEVICE_SIGNER)
    other = sign_note(Checkpoint(SECOND, 3, bytes(32)).text(), DEVICE_SIGNER)
    late = sign_note(Checkpoint(ORIGIN, 9999, bytes(32)).text(), DEVICE_SIGNER)
    stranger = sign_note(Checkpoint(ORIGIN, 3, bytes(32)).text(), FACILITATOR)
    for notes, reason in (
        ([second, first], "signed-order"),
        ([first, first], "signed-order"),
        ([late], "signed-order"),
        ([wrong_root], "signed-mismatch"),
        ([other], "wrong-origin"),
        ([stranger], "no-device-signature"),
        ([sign_note(Checkpoint(ORIGIN, 3, bytes(32)).text(), DEVICE_SIGNER)], "signed-mismatch"),
        ([b""], "not-a-note"),
        ([first, b"junk"], "not-a-note"),
    ):
        verdict = judged(tmp_path, packed(changed(members, "1/signed", lambda _, n=notes: b"=====\n".join(n))))
        assert (verdict.verdict, verdict.reason) == ("refused", reason)


async def test_one_bad_session_does_not_stop_the_next(tmp_path: Path) -> None:
    """The first is refused, the second judged on its own."""
    members = await good(tmp_path)
    path = await make(tmp_path / "18.db", origin=SECOND)
    with SessionFile.open(path) as file:
        write_bundle([file], HEAD, tmp_path / "second.fkb", lock=None)
    with tarfile.open(tmp_path / "second.fkb", "r:gz") as tar:
        second = [(m.name, tar.extractfile(m).read()) for m in tar.getmembers()][2:]  # type: ignore[union-attr]
    bad = changed(members, LOG, lambda r: r.replace(b"phone", b"paper"))
    verdict = judged(tmp_path, packed([*bad, *[(n.replace("1/", "2/", 1), raw) for n, raw in second]]))
    assert (verdict.verdict, verdict.reason) == ("refused", "root-mismatch")
    assert [(s.origin, s.verdict) for s in verdict.sessions] == [(ORIGIN, "refused"), (SECOND, "verified")]
    assert verdict.sessions[1].signers == [DEVICE]
