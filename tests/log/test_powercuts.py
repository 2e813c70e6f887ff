"""The power goes at any moment of a session (the whole of it: `python -m bench powercuts`): what was told is there."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

import pytest

from bench.powercut import Disk, Op
from bench.powercuts import CHECKS, cuts, traced
from bench.powerwork import FOLDERS


def traceable() -> bool:
    """Whether strace is here and may look at a process; some containers forbid it."""
    return (
        bool(shutil.which("strace"))
        and not subprocess.run(["strace", "-o", "/dev/null", "true"], check=False).returncode
    )


pytestmark = pytest.mark.skipif(not traceable(), reason="simulated power cuts need strace")


@pytest.fixture(scope="module")
def ops() -> Iterator[list[Op]]:
    yield traced()


def test_nothing_acknowledged_is_lost_and_no_size_has_two_roots(ops: list[Op]) -> None:
    """Records, votes, signatures, known heads, bundles, receipts, and what head office took: after a cut at 25 moments
    of an evening with three closings."""
    assert len(ops) > 300 and sum(op.do == "ack" for op in ops) > 50
    assert not cuts(ops, 25)


def test_the_simulator_sees_what_a_missing_sync_loses(ops: list[Op]) -> None:
    """Without any sync the log is lost too; without those of folders, files that were written and renamed."""
    careless = cuts([op for op in ops if op.do != "sync"], 12)
    assert set(careless) <= set(CHECKS) and careless.total() >= 3
    assert cuts([op for op in ops if op.do != "sync" or op.path not in FOLDERS], 15).total() >= 1


def test_a_name_is_sure_after_the_sync_of_its_folder() -> None:
    """And what was renamed before it goes with it, in order; bytes are sure after the sync of their file."""
    disk = Disk(eager=False)
    for op in (Op("create", "a/.x"), Op("write", "a/.x", 0, b"new"), Op("sync", "a/.x")):
        disk.apply(op)
    assert disk.sure == {} and disk.safe == [bytearray(b"new")]
    disk.apply(Op("rename", "a/.x", to="a/x"))
    disk.apply(Op("sync", "b"))
    assert disk.sure == {}
    disk.apply(Op("sync", "a"))
    assert disk.sure == {"a/x": 0} and disk.journal == []
    disk.apply(Op("write", "a/x", 3, b"er"))
    assert disk.safe == [bytearray(b"new")]
