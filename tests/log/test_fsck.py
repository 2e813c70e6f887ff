"""Walking a session file: a whole one says nothing, a damaged one says in words what is wrong and where."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest

from fieldkit.errors import FieldkitError
from fieldkit.log.fsck import Finding, walk
from fieldkit.log.heads import KnownHead
from fieldkit.log.read import SessionFile
from tests.log.making import DEVICE_SIGNER, FACILITATOR, ORIGIN, make, tamper

NAME = "000017-k3m9w2p4.db"


def look(path: Path, heads: list[KnownHead] | None = None) -> list[Finding]:
    with SessionFile.open(path) as file:
        return walk(file, [DEVICE_SIGNER.vkey], heads or [])


async def test_a_whole_session_has_no_findings(tmp_path: Path) -> None:
    """Also when this laptop remembers exactly this, and when an opening was erased by the book."""
    path = await make(tmp_path / NAME)
    with SessionFile.open(path) as file:
        head = file.head
        assert walk(file, [FACILITATOR.vkey], []) == []  # an unknown device is no damage
    assert look(path, [KnownHead(ORIGIN, head.size, head.root), KnownHead(f"{ORIGIN[:-1]}5", 999, head.root)]) == []
    tamper(path, "DELETE FROM openings WHERE i = 1", "INSERT INTO erased VALUES (1)")
    assert look(path) == []


LAST = "(SELECT max(i) FROM records)"
DAMAGE = [
    ("UPDATE records SET line = x'7b7d' WHERE i = 2", "bad-line", 2),
    ("UPDATE records SET line = CAST(replace(line, 'phone', 'paper') AS BLOB) WHERE i = 2", "wrong-root", None),
    ("UPDATE records SET i = 900 WHERE i = 2", "wrong-index", None),
    ("DELETE FROM records WHERE i = 3", "index-gap", 4),
    (f"DELETE FROM records WHERE i = {LAST}", "size-mismatch", None),
    ("INSERT INTO records SELECT max(i) + 1, line FROM records", "size-mismatch", None),
    ("UPDATE records SET line = (SELECT line FROM records WHERE i = 1) WHERE i = 4", "wrong-index", 4),
    ("DELETE FROM records WHERE i = 0", "no-session-open", 0),
    ("UPDATE meta SET value = x'7b7d' WHERE key = 'plan'", "plan-mismatch", 0),
    ("UPDATE meta SET value = CAST(replace(value, '000017', '000018') AS BLOB) WHERE key='origin'", "wrong-origin", 0),
    ("UPDATE meta SET value = x'6162' WHERE key = 'origin'", "wrong-origin", None),
    ("UPDATE openings SET line = CAST(replace(line, 'Worker', 'Wirker') AS BLOB) WHERE i = 1", "opening-mismatch", 1),
    ("UPDATE openings SET line = x'00' WHERE i = 1", "bad-opening", 1),
    ("UPDATE openings SET i = 700 WHERE i = 1", "opening-mismatch", 700),
    ("INSERT INTO erased VALUES (1)", "opening-not-erased", 1),
    ("DELETE FROM checkpoints", "size-mismatch", 0),
    ("UPDATE checkpoints SET note = x'00' WHERE size = 1", "bad-checkpoint", 0),
    (
        "UPDATE checkpoints SET note = (SELECT max(note) FROM checkpoints WHERE size > 1) WHERE size = 1",
        "bad-checkpoint",
        0,
    ),
    (
        "UPDATE checkpoints SET note = CAST(substr(note, 1, length(note) - 8) || 'AAAAAA=' || char(10) AS BLOB)"
        " WHERE size = 1",
        "bad-signature",
        0,
    ),
    ("UPDATE checkpoints SET note = CAST(replace(note, 'dev/7q2k j', 'dev/7q2m j') AS BLOB)", "bad-signature", None),
    ("UPDATE checkpoints SET frontier = x'00' WHERE frontier IS NOT NULL", "bad-checkpoint", None),
    ("UPDATE intents SET i = 5000 WHERE n = 1", "intent-nowhere", 5000),
    ("INSERT INTO intents (key, i) SELECT key, i FROM intents WHERE n = 1", "intent-twice", None),
    ("UPDATE seats SET i = 0 WHERE i = 1", "seat-nowhere", 0),
]


@pytest.mark.parametrize(("sql", "code", "index"), DAMAGE, ids=[f"{n}-{row[1]}" for n, row in enumerate(DAMAGE)])
async def test_each_damage_has_its_words(tmp_path: Path, sql: str, code: str, index: int | None) -> None:
    """The code says what, the sentence says it to a person, the index says where."""
    path = await make(tmp_path / NAME)
    tamper(path, sql)
    found = look(path)
    mine = [finding for finding in found if finding.code == code]
    assert mine, found
    if index is not None:
        assert index in [finding.index for finding in mine]
    assert all(finding.sentence.endswith(".") and finding.sentence[0].isupper() for finding in found)


async def test_an_older_copy_is_known_as_one(tmp_path: Path) -> None:
    """Shorter than what was signed, or another root at that size."""
    path = await make(tmp_path / NAME)
    with SessionFile.open(path) as file:
        size = file.head.size
    assert [f.code for f in look(path, [KnownHead(ORIGIN, size + 5, bytes(32))])] == ["older-copy"]
    assert [f.code for f in look(path, [KnownHead(ORIGIN, size - 2, bytes(32))])] == ["older-copy"]


@pytest.mark.slow
async def test_flipped_bits_are_noticed(tmp_path: Path) -> None:
    """SQLite's own check misses most of them; nothing that is a record passes the tree. Nothing crashes."""
    path = await make(tmp_path / NAME, people=8)
    whole = path.read_bytes()
    with SessionFile.open(path) as file:
        lines, openings = list(file.lines()), list(file.openings())
    dice = random.Random(7)
    for _ in range(40):
        raw = bytearray(whole)
        raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
        path.write_bytes(raw)
        try:
            with SessionFile.open(path) as file:
                found = walk(file, [DEVICE_SIGNER.vkey], [])
                same = (list(file.lines()), list(file.openings())) == (lines, openings)
        except (FieldkitError, sqlite3.Error) as wrong:
            assert isinstance(wrong, FieldkitError)
            continue
        assert found or same
