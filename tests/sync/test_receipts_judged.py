"""Receipts that head office's own keys signed and that are no good all the same: no record, no date, other names."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.errors import BadBytes
from fieldkit.log.merkle import EMPTY_ROOT
from fieldkit.log.note import TIME_MAX, Checkpoint, cosign, parse_checkpoint, sign_note, split_note
from fieldkit.log.note import add_signatures as signed
from fieldkit.log.receipt import central_receipt, held_hash, join_notes, split_notes
from fieldkit.sync.purge import purge_due
from fieldkit.sync.receipts import take_receipts
from tests.cli.kit import fieldkit
from tests.sync.test_purge import Bench, receipt_of


@pytest.fixture
async def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path)
    made.ref = await made.begin(tmp_path)
    await made.receipt()
    return made


def parts(bench: Bench) -> tuple[Checkpoint, bytes, bytes]:
    checkpoint, receipt = split_notes(receipt_of(bench).read_bytes())
    return parse_checkpoint(split_note(checkpoint)[0]), checkpoint, receipt


async def test_a_receipt_for_no_record_at_all_is_refused(bench: Bench) -> None:
    home, at = bench.office.home, Checkpoint(bench.ref.origin, 0, EMPTY_ROOT)
    note = signed(sign_note(at.text(), bench.station.signer), [cosign(at.text(), home.central(), 1795400000)])
    with pytest.raises(BadBytes) as wrong:
        await take_receipts(bench.station, join_notes([note, central_receipt(home.office(), at, held_hash([]))]))
    assert wrong.value.reason == "bad-number"


@pytest.mark.parametrize("time", [0, TIME_MAX + 1, 2**40, 2**64 - 1])
async def test_a_receipt_of_no_time_that_has_a_date_is_refused(bench: Bench, time: int) -> None:
    at, _, receipt = parts(bench)
    before = receipt_of(bench).read_bytes()
    text = at.text()
    raw = signed(sign_note(text, bench.station.signer), [cosign(text, bench.office.home.central(), time)])
    with pytest.raises(BadBytes) as wrong:
        await take_receipts(bench.station, join_notes([raw, receipt]))
    assert wrong.value.reason == "bad-time" and receipt_of(bench).read_bytes() == before


async def test_a_receipt_for_other_names_never_takes_the_place_of_a_good_one(bench: Bench) -> None:
    at, checkpoint, _ = parts(bench)
    good = receipt_of(bench).read_bytes()
    office = bench.office.home.office()
    other = join_notes([checkpoint, central_receipt(office, at, "0" * 64)])
    taken = await take_receipts(bench.station, other)
    assert (taken.origins, taken.worse) == ([at.origin], [at.origin]) and receipt_of(bench).read_bytes() == good
    assert (await take_receipts(bench.station, good)).worse == []
    bench.days(31)
    assert len(await purge_due(bench.station)) == 1, "what is kept lets the names go"
    assert (await take_receipts(bench.station, other)).worse == [at.origin], "also when they are gone"


async def test_a_good_one_takes_the_place_of_one_for_other_names(bench: Bench) -> None:
    at, checkpoint, _ = parts(bench)
    good = receipt_of(bench).read_bytes()
    bad = [join_notes([checkpoint, central_receipt(bench.office.home.office(), at, n * 64)]) for n in "01"]
    receipt_of(bench).write_bytes(bad[0])
    assert (await take_receipts(bench.station, bad[1])).worse == []
    assert receipt_of(bench).read_bytes() == bad[1], "neither is better: the newer one, as head office says it now"
    assert (await take_receipts(bench.station, good)).worse == [] and receipt_of(bench).read_bytes() == good


def test_the_command_says_which_receipt_was_kept(tmp_path: Path) -> None:
    import asyncio

    bench = Bench(tmp_path)
    bench.ref = asyncio.run(bench.begin(tmp_path))
    asyncio.run(bench.receipt())
    at, checkpoint, _ = parts(bench)
    file = tmp_path / "other.note"
    file.write_bytes(join_notes([checkpoint, central_receipt(bench.office.home.office(), at, "0" * 64)]))
    done = fieldkit("receipts", str(file), home=bench.station.home)
    assert done.code == 1 and f"{at.origin} is not for the names that lie here" in done.talk, done.talk
    good = tmp_path / "good.note"
    good.write_bytes(receipt_of(bench).read_bytes())
    assert fieldkit("receipts", str(good), home=bench.station.home).code == 0
