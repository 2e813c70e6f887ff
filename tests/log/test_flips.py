"""Single flipped bits (the whole of it: `python -m bench flips`): nothing stored changes, no verdict gets better."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bench import flips
from bench.flips import Kit, Tally
from fieldkit.errors import DamagedData
from fieldkit.log import schema
from fieldkit.log.read import SessionFile
from fieldkit.log.store import Store
from tests.log.making import DEVICE_SIGNER, make


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    made = Kit(tmp_path_factory.mktemp("flips"))
    yield made
    made.close()


PLACES: dict[str, tuple[Callable[[Kit, int, random.Random], Tally], int, int]] = {
    "the file on the stick": (flips.on_the_stick, 120, 2),
    "the archive below its compression": (flips.below_compression, 200, 8),
    "the laptop's session file": (flips.in_the_session_file, 100, 3),
    "signed notes and receipts": (flips.in_notes, 300, 8),
    "what head office takes in": (flips.at_head_office, 25, 4),
}
"""How to turn bits there, how many, and how many different reasons at least that many lead to."""


@pytest.mark.parametrize("place", PLACES)
def test_a_flipped_bit_changes_no_record_and_betters_no_verdict(kit: Kit, place: str) -> None:
    turn, n, reasons = PLACES[place]
    tally = turn(kit, n, random.Random(flips.SEED))
    assert (tally.changed, tally.improved, tally.mute) == (0, 0, 0), tally
    assert tally.n == n and len(tally.reasons) >= reasons, tally
    assert tally.slowest < 5  # seconds, on a machine that does other things; the typical one is some milliseconds


def test_every_end_of_a_bundle_is_refused(kit: Kit) -> None:
    """Each eleventh byte here, each one in the long run: `truncated`, or too short to be a bundle at all."""
    tally = flips.cut_short(kit, 11)
    assert tally.wrong == 0 and set(tally.reasons) == {"truncated", "not-gzip"}
    assert tally.n > 200


def test_the_kit_notices_what_it_is_there_to_notice(kit: Kit) -> None:
    """A record that reads as another and a reader that trusts anything do not pass."""
    tally = Tally()
    line = kit.said[0][2][3]
    other = kit.said[0][2][4]
    kit.said[0][2][3] = other
    try:
        flips.judge(tally, kit, kit.raw)
    finally:
        kit.said[0][2][3] = line
    assert tally.changed == 1 and tally.wrong == 1


def test_a_cell_of_another_type_is_damage() -> None:
    """One bit of a cell's header makes a text or a NULL of a line; SQLite looks at no type while it reads."""
    assert list(schema.cells([(1, b"x")])) == [(1, b"x")]
    assert list(schema.cells([(b"x", None)], null=True)) == [(b"x", None)]
    for row in ((1, "x"), (1.0, b"x"), (None, b"x"), (1, None)):
        with pytest.raises(schema.NotBytes):
            list(schema.cells([row]))
    with pytest.raises(schema.NotBytes):
        list(schema.cells([(None, b"x")], null=True))


async def test_a_damaged_schema_is_said_to_be_damage(tmp_path: Path) -> None:
    """SQLite quotes it in a message that is no text any more, and Python raises something else than an SQLite error."""
    path = await make(tmp_path / "17.db")
    raw = path.read_bytes()
    at = raw.index(b"CREATE TABLE records")
    for n in (at + 2, at + 14):
        path.write_bytes(raw[:n] + bytes([raw[n] ^ 0x80]) + raw[n + 1 :])
        with pytest.raises(DamagedData):
            SessionFile.open(path)
        with pytest.raises(DamagedData):
            await Store.open(path, DEVICE_SIGNER)
