"""docs/verify-by-hand.sh, which knows nothing of this program, gives the verdict that the program gives."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from pathlib import Path

import pytest

from fieldkit.log.bundle import verify_bundle, write_bundle
from fieldkit.log.keys import Signer, new_identity
from fieldkit.log.note import cosign, sign_line, split_note
from fieldkit.log.read import SessionFile
from fieldkit.log.seal import Lock
from fieldkit.log.store import Store
from tests.log.making import DEVICE_SIGNER, FACILITATOR, make
from tests.log.test_bundle import HEAD, SECOND
from tests.log.test_bundle_vectors import FOLDER

SCRIPT = Path(__file__).parents[2] / "docs" / "verify-by-hand.sh"
DEVICE = str(DEVICE_SIGNER.vkey)
CENTRAL = Signer("ld.acme.example/central", hashlib.sha256(b"fieldkit test key central").digest())
TOOLS = ("bash", "openssl", "gzip", "sed", "sha256sum")

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, TOOLS)), reason="the check by hand needs bash, openssl, gzip, sed and coreutils"
)


def by_hand(*args: str | Path) -> tuple[int, list[str]]:
    """Its exit code and its lines."""
    done = subprocess.run(["bash", str(SCRIPT), *map(str, args)], capture_output=True, timeout=120, check=False)
    assert done.stderr == b"" or done.returncode == 2, done.stderr
    return done.returncode, done.stdout.decode().splitlines()


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.glob("*.fkb")))
def test_each_vector_gets_the_verdict_of_the_program(name: str) -> None:
    code, lines = by_hand(FOLDER / name, DEVICE)
    said = verify_bundle(FOLDER / name, [DEVICE_SIGNER.vkey])
    assert lines[-1].split(":")[0] == said.verdict and (code == 0) is (said.verdict == "verified")
    told = [line.split("  ") for line in lines[:-1]]
    if said.verdict == "verified":
        roots = [[s.origin, f"{s.size} records", f"root {s.root}"] for s in said.sessions]
        assert [one[:3] for one in told] == roots
        assert by_hand(FOLDER / name)[1][-1] == "signer-unknown"


async def test_people_and_head_office_are_named_where_they_signed(tmp_path: Path) -> None:
    """Earlier signed checkpoints, a cosignature with its time, a log of 300 records; one changed signature refuses."""
    path = await make(tmp_path / "17.db", people=40)
    store = await Store.open(path, DEVICE_SIGNER)
    for size in (1, store.head.size):
        text = split_note(await store.checkpoint(size))[0]
        await store.add_signature(size, sign_line(text, FACILITATOR))
        await store.add_signature(size, cosign(text, CENTRAL, 1795345000))
    await store.close()
    with SessionFile.open(path) as file:
        write_bundle([file], HEAD, tmp_path / "a.fkb", lock=None)
    keys = [DEVICE, str(FACILITATOR.vkey), str(CENTRAL.vkey)]
    code, lines = by_hand(tmp_path / "a.fkb", *keys)
    assert code == 0 and lines[-1] == "verified"
    for name in (DEVICE_SIGNER.name, FACILITATOR.name, CENTRAL.name):
        assert name in lines[0]
    assert f"{CENTRAL.name} (2026-11-22T10:56:40Z)" in lines[0], "by which the dates of the other keys are judged"
    stranger = Signer(FACILITATOR.name, bytes(32))
    assert FACILITATOR.name not in by_hand(tmp_path / "a.fkb", DEVICE, str(stranger.vkey))[1][0]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 8, 9])
async def test_the_tree_is_the_same_at_every_size(tmp_path: Path, size: int) -> None:
    path = await make(tmp_path / "18.db", people=size, origin=SECOND)
    with SessionFile.open(path) as file:
        write_bundle([file], HEAD, tmp_path / "a.fkb", lock=None)
    assert by_hand(tmp_path / "a.fkb", DEVICE)[0] == 0


@pytest.mark.skipif(not shutil.which("age"), reason="opening a sealed bundle by hand needs age")
async def test_a_sealed_bundle_is_opened_with_age(tmp_path: Path) -> None:
    """The reference tool opens what we sealed."""
    secret, recipient = new_identity()
    path = await make(tmp_path / "17.db")
    with SessionFile.open(path) as file:
        write_bundle([file], HEAD, tmp_path / "a.fkb", lock=Lock((recipient,)))
    key = tmp_path / "age.key"
    key.write_text(f"# recipient: {recipient}\n{secret}\n", "ascii")
    assert by_hand("-i", key, tmp_path / "a.fkb", DEVICE)[0] == 0
    assert by_hand(tmp_path / "a.fkb", DEVICE) == (1, ["sealed"])
    key.write_text(new_identity()[0] + "\n", "ascii")
    assert by_hand("-i", key, tmp_path / "a.fkb", DEVICE) == (1, ["sealed"])


def test_wrong_usage_is_told_apart_from_a_refusal(tmp_path: Path) -> None:
    good = FOLDER / "verified.fkb"
    assert [by_hand(*args)[0] for args in ((), (tmp_path / "none.fkb",), ("-i", "x"))] == [2, 2, 2]
    for wrong in ("hello", DEVICE.replace("8d9aa389", "8d9aa388"), DEVICE[:-4] + "AAAA"):
        assert by_hand(good, wrong)[0] == 1
