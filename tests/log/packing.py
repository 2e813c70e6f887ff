"""Whole bundles taken apart and put together again, as somebody hostile would."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

from fieldkit.log.archive import Packer
from fieldkit.log.bundle import Verdict, verify_bundle, write_bundle
from fieldkit.log.note import Checkpoint, parse_checkpoint, sign_line, sign_note, split_note
from fieldkit.log.read import SessionFile
from fieldkit.log.store import Store
from tests.log.making import DEVICE_SIGNER, FACILITATOR, PLAN, make
from tests.log.test_bundle import HEAD, KEYS

Members = list[tuple[str, bytes]]
LOG = "1/log.jsonl"
PLAN_NAME = hashlib.sha256(PLAN).hexdigest()


async def good(tmp_path: Path, *, sign: bool = False) -> Members:
    """The members of a whole bundle of one session."""
    path = await make(tmp_path / "17.db")
    if sign:
        store = await Store.open(path, DEVICE_SIGNER)
        for size in (1, 6):
            await store.add_signature(size, sign_line(split_note(await store.checkpoint(size))[0], FACILITATOR))
        await store.close()
    with SessionFile.open(path) as file:
        write_bundle([file], HEAD, tmp_path / "good.fkb", lock=None)
    with tarfile.open(tmp_path / "good.fkb", "r:gz") as tar:
        return [(m.name, tar.extractfile(m).read()) for m in tar.getmembers()]  # type: ignore[union-attr]


def packed(members: Members) -> bytes:
    out = io.BytesIO()
    packer = Packer(out)
    for name, raw in members:
        packer.add(name, len(raw), [raw])
    packer.close()
    return out.getvalue()


def judged(tmp_path: Path, raw: bytes) -> Verdict:
    (tmp_path / "x.fkb").write_bytes(raw)
    return verify_bundle(tmp_path / "x.fkb", KEYS)


def changed(members: Members, name: str, change: Callable[[bytes], bytes]) -> Members:
    assert name in dict(members)
    return [(n, change(raw) if n == name else raw) for n, raw in members]


def resigned(members: Members, signer: object = DEVICE_SIGNER, **fields: object) -> Members:
    """With a checkpoint of other fields, properly signed by somebody."""

    def again(raw: bytes) -> bytes:
        said = parse_checkpoint(split_note(raw)[0])
        new = {"origin": said.origin, "size": said.size, "root": said.root, **fields}
        return sign_note(Checkpoint(**new).text(), signer)  # type: ignore[arg-type]

    return changed(members, "1/checkpoint", again)
