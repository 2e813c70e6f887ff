"""A person's signature under a log: one commit, both signatures in its checkpoint, and told for what it is worth."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from fieldkit.core import records as r
from fieldkit.core.records import Draft
from fieldkit.errors import BadBytes
from fieldkit.log.attest import Sign, attestations
from fieldkit.log.bundle import verify_bundle, write_bundle
from fieldkit.log.fsck import walk
from fieldkit.log.keys import Signer
from fieldkit.log.note import Checkpoint, cosign, open_checkpoint, parse_checkpoint, sign_note, split_note
from fieldkit.log.read import SessionFile
from fieldkit.log.store import Moment, Pending, Store
from fieldkit.log.trust import TrustKey, enrol_note
from fieldkit.log.windows import Windows
from tests.kit.faulty import FaultyStore
from tests.log.making import DEVICE_SIGNER, FACILITATOR, T0, make

ROOT = Path(__file__).parents[2]
SIGNED = Draft(r.SignedBy(role="trainer", key=FACILITATOR.name, meaning="held"), None, {"name": "Rosa Vidal"})
AMENDED = Draft(r.Amended(do="correct", why="mistake", by="fac", set={"status": "late"}), "p0000001", {"reason": "x"})
KEYS = [DEVICE_SIGNER.vkey, FACILITATOR.vkey]
LATER = Moment(2_000_000, T0 + 2_000_000)


async def attest(path: Path, *, then: bool = False, cls: type[Store] = Store) -> None:
    """Sign; `then` correct something, so that the signed checkpoint is an earlier one."""
    store = await cls.open(path, DEVICE_SIGNER)
    try:
        await store.append([Pending((SIGNED,))], LATER, secrets.token_bytes, [FACILITATOR])
        if then:
            await store.append([Pending((AMENDED,))], LATER, secrets.token_bytes)
    finally:
        await store.close()


async def test_one_checkpoint_bears_both_signatures_and_covers_the_record(tmp_path: Path) -> None:
    """Laptop and trainer sign the same size and root, and the record that says so is inside it."""
    path = await make(tmp_path / "s.db")
    await attest(path)
    with SessionFile.open(path) as file:
        at, opened = open_checkpoint(file.checkpoint(), KEYS)
        told = file.attested(KEYS)
        assert [key.role for key, _ in opened.signers] == ["dev", "fac"] and at.size == len(file)
        assert walk(file, KEYS, []) == []
        sizes = [size for size, _ in file.checkpoints()]
        assert len(sizes) == len(set(sizes))
    assert [(x.record, x.size, x.meaning, x.name, x.known) for x in told] == [
        (at.size - 1, at.size, "held", "Rosa Vidal", True)
    ]


async def test_a_later_correction_leaves_the_signature_and_it_travels(tmp_path: Path) -> None:
    """The signed checkpoint is kept, goes into the bundle as `1/signed`, and `verify` names who and what."""
    path, out = await make(tmp_path / "s.db"), tmp_path / "b.fkb"
    await attest(path, then=True)
    with SessionFile.open(path) as file:
        (earlier,) = file.signed()
        size = len(file)
        write_bundle([file], ("enrol.note", enrol_note(DEVICE_SIGNER, 1795339200)), out, lock=None)
    assert parse_checkpoint(split_note(earlier)[0]).size == size - 1
    for keys, known in ((KEYS, True), (KEYS[:1], False)):
        verdict = verify_bundle(out, keys)
        assert verdict.verdict == "verified"
        (told,) = verdict.sessions[0].attested
        assert (told.size, told.key, told.meaning, told.name, told.known) == (
            size - 1, FACILITATOR.name, "held", "Rosa Vidal", known,
        )  # fmt: skip


@pytest.mark.parametrize(("signed", "known"), [(None, False), (-1, True), (0, False)], ids=str)
async def test_a_revoked_trainers_signature_counts_where_head_office_had_signed_before(
    tmp_path: Path, signed: int | None, known: bool
) -> None:
    """On the checkpoint itself, or on a later one: what the trainer signed stands in both."""
    path, day = await make(tmp_path / "s.db"), 1795305600
    await attest(path, then=True)
    central = Signer(f"{FACILITATOR.vkey.org}/central", bytes(32))
    lines = {FACILITATOR.vkey: TrustKey("facilitator", FACILITATOR.vkey, 0, day + 86_400, day)}
    for size in (1, 0):
        store = await Store.open(path, DEVICE_SIGNER)
        try:
            if signed is not None:
                text = split_note(await store.checkpoint(store.head.size - size))[0]
                await store.add_signature(store.head.size - size, cosign(text, central, day + signed))
        finally:
            await store.close()
        with SessionFile.open(path) as file:
            (told,) = file.attested([*KEYS, central.vkey], Windows(lines, day + 10))
        assert told.known is known


async def test_a_record_without_its_signature_is_a_claim_and_no_more(tmp_path: Path) -> None:
    """`sign.by` that nobody signed: size 0, not known."""
    path = await make(tmp_path / "s.db")
    store = await Store.open(path, DEVICE_SIGNER)
    await store.append([Pending((SIGNED,))], LATER, secrets.token_bytes)
    await store.close()
    with SessionFile.open(path) as file:
        (told,) = file.attested(KEYS)
    assert (told.size, told.known) == (0, False)


def test_a_signature_that_is_not_over_this_checkpoint_is_refused() -> None:
    """A known key's line, copied from another checkpoint, is no signature but damage."""
    here, other = (Checkpoint(f"{DEVICE_SIGNER.name}/000017-k3m9w2p4", 4, bytes([n]) * 32).text() for n in (1, 2))
    stolen = sign_note(other, FACILITATOR).decode().rsplit("\n\n", 1)[1]
    forged = sign_note(here, DEVICE_SIGNER) + stolen.encode()
    with pytest.raises(BadBytes) as wrong:
        attestations([Sign(3, T0, "trainer", FACILITATOR.name, "held")], [forged], KEYS)
    assert wrong.value.reason == "bad-signature"


@pytest.mark.parametrize("fault", ["lost", "kept", "full"])
async def test_a_disk_that_fails_leaves_none_or_all_of_it(tmp_path: Path, fault: str) -> None:
    """However the commit fails, record and signature are both there or both not."""
    path = await make(tmp_path / "s.db")
    store = await FaultyStore.open(path, DEVICE_SIGNER)
    store.fail(fault)  # type: ignore[arg-type]
    with pytest.raises(Exception, match=r"saved|full"):
        await store.append([Pending((SIGNED,))], LATER, secrets.token_bytes, [FACILITATOR])
    await store.close()
    with SessionFile.open(path) as file:
        found = [(x.size > 0, x.known) for x in file.attested(KEYS)]
        assert found == ([(True, True)] if fault == "kept" else [])
        assert walk(file, KEYS, []) == []


class Halting(Store):
    """Says where it is and waits to be killed there."""

    where = ""

    def _halt(self, step: str) -> None:
        if step == self.where:
            os.write(1, step.encode() + b"\n")
            signal.pause()

    def _begin(self, db):  # type: ignore[no-untyped-def]
        self._halt("before")
        super()._begin(db)
        self._halt("begun")

    def _seal(self, db):  # type: ignore[no-untyped-def]
        self._halt("written")
        super()._seal(db)
        self._halt("committed")


@pytest.mark.parametrize("step", ["before", "begun", "written", "committed"])
async def test_killed_between_any_two_steps_there_is_none_or_a_whole_one(tmp_path: Path, step: str) -> None:
    """A real kill -9 of a real process at each step of the commit; afterwards the file is whole and can be signed."""
    path = await make(tmp_path / "s.db")
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.log.test_attest", str(path), step], cwd=ROOT, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    try:
        assert (await asyncio.to_thread(child.stdout.readline)).decode().strip() == step
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
    with SessionFile.open(path) as file:
        told, size = file.attested(KEYS), len(file)
        assert file.head.size == size and walk(file, KEYS, []) == []
    assert [(x.record, x.size, x.known) for x in told] == ([(size - 1, size, True)] if step == "committed" else [])
    await attest(path)
    with SessionFile.open(path) as file:
        assert file.attested(KEYS)[-1].known and walk(file, KEYS, []) == []


if __name__ == "__main__":
    Halting.where = sys.argv[2]
    asyncio.run(attest(Path(sys.argv[1]), cls=Halting))
