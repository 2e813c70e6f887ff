"""P8: what the log costs a record: encode, hash, tree, and a signed checkpoint a commit of 100."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from bench.logs import DEVICE, PLAN, T0, answers, entropy, signer
from bench.report import Row, alternate, cpu, median, ratio
from fieldkit.log.batch import Clocks, Moment, Pending, number
from fieldkit.log.bulk import leaf_hashes
from fieldkit.log.line import canonical_plan
from fieldkit.log.merkle import Frontier
from fieldkit.log.note import Checkpoint, sign_note
from fieldkit.log.store import Store

COMMIT = 100


def run(short: bool = False) -> list[Row]:
    n, turns = (2000, 5) if short else (10_000, 11)
    key = signer()
    choices = [Pending((draft,)) for draft in answers(n)]
    texts = [Pending((draft,)) for draft in answers(n, texts=1)]
    lines = number(choices, 0, Clocks(), Moment(0, T0), entropy("lines"))[0].lines

    def append(pending: list[Pending]) -> None:
        tree, clocks, salt = Frontier(), Clocks(), entropy("salt")
        for at in range(0, n, COMMIT):
            made, clocks = number(pending[at : at + COMMIT], at, clocks, Moment(at, T0 + at), salt)
            tree.extend(leaf_hashes(made.lines))
            sign_note(Checkpoint(f"{DEVICE}/000001-k3m9w2p4", tree.size, tree.root()).text(), key)

    def floor() -> None:
        for line in lines:
            key.sign(line)

    signing, ours, sealed, disk = alternate(
        turns,
        lambda: cpu(floor),
        lambda: cpu(lambda: append(choices)),
        lambda: cpu(lambda: append(texts)),
        lambda: cpu(lambda: asyncio.run(stored(choices))),
    )
    us = [median(x) / n * 1e6 for x in (signing, ours, sealed, disk)]
    floor_says = f"one Ed25519 signature a record: {us[0]:.1f} µs"
    return [
        Row("append of answers, commits of 100", f"{us[1]:.2f} µs a record", floor_says, ratio(signing, ours), "×", 8),
        Row(
            "the same with a sealed text in every record",
            f"{us[2]:.2f} µs a record",
            floor_says,
            ratio(signing, sealed),
            "×",
        ),
        Row(
            "the same answers through the session file, fsync included (CPU)",
            f"{us[3]:.2f} µs a record",
            floor_says,
            ratio(signing, disk),
            "×",
        ),
    ]


async def stored(pending: list[Pending]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        plan = canonical_plan({"v": 1, "id": PLAN.id})
        store = await Store.create(Path(folder) / "s.db", f"{DEVICE}/000001-k3m9w2p4", signer(), plan, {})
        salt = entropy("salt")
        for at in range(0, len(pending), COMMIT):
            await store.append(pending[at : at + COMMIT], Moment(at, T0 + at), salt)
        await store.close()
