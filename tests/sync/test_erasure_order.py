"""Erase and ingest in whatever order, however often: head office ends in the same state, and nobody comes back."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fieldkit.errors import NotPossible
from fieldkit.sync.central.erase import erase
from tests.kit.central import Laptop, Log, Office, bundle
from tests.kit.grep import found

WHO = ("Zoë Álvarez-Quisbert", "E745738")
STEPS = ("short", "whole", "longer", "by index", "by badge", "restored")
Picture = list[Any]


def history() -> tuple[Laptop, dict[str, Log]]:
    """A log as it grew: somebody comes, it ends, and the laptop writes an `erase` record."""
    laptop = Laptop.named("7q2k")
    short = laptop.session(1, tail="one").join("person01", "Bo [/] Lee", "B2").join("person02", *WHO)
    whole = short.add("att.in", {"by": "fac", "ev": ["fac"], "via": "card"}, p="person02", private={"name": WHO[0]})
    whole = whole.close()
    longer = whole.add("erase", {"refs": [2, 3], "why": "request"})
    return laptop, {"short": short, "whole": whole, "longer": longer}


async def run(folder: Path, order: list[str]) -> tuple[Picture, list[str], list[str]]:
    """What is stored after these steps (times and reasons apart), and where the name still stands."""
    laptop, logs = history()
    office = await Office.make(folder)
    office.enrol(laptop)
    await office.take(bundle(logs["short"]))
    before = (office.home.path / "central.db").read_bytes()
    for step in [*order, "whole", "longer", "by index"]:
        if step in logs:
            await office.take(bundle(logs[step]))
        elif step == "restored":
            for side in ("-wal", "-shm"):
                (office.home.path / f"central.db{side}").unlink(missing_ok=True)
            (office.home.path / "central.db").write_bytes(before)
        else:
            by_index = step == "by index"
            which, who, refs = (logs["whole"].origin, "", [2, 3]) if by_index else ("all", WHO[1], [])
            with contextlib.suppress(NotPossible):  # erased already is an answer
                await erase(office.home, which, who, refs, "order", office.now)
    picture = await office.picture()
    sessions, _, records, openings, erased = picture[:5]
    stored = [row[:5] for row in sessions]
    keys = office.home.identities()
    where = found(office.home.path, WHO, keys)
    return (
        [stored, records, openings, [row[:2] for row in erased]],
        where,
        found(office.home.path, ["Bo [/] Lee"], keys),
    )


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(STEPS), max_size=5))
def test_whatever_the_order_it_converges_and_never_resurrects(order: list[str]) -> None:
    with tempfile.TemporaryDirectory() as plain, tempfile.TemporaryDirectory() as bent:
        expected, _, _ = asyncio.run(run(Path(plain), []))
        got, zoe, bo = asyncio.run(run(Path(bent), order))
        assert got == expected and zoe == [] and bo


def test_the_plain_order_holds_what_it_should() -> None:
    """So that the property compares with something: two tombstones, one name left."""
    with tempfile.TemporaryDirectory() as folder:
        (_, records, openings, erased), zoe, bo = asyncio.run(run(Path(folder), []))
    assert (len(records), len(openings), len(erased), zoe) == (6, 2, 2, []) and bo
