"""Pictures and clips go with the session that shows them: laptop, stick, head office, backup."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from fieldkit.core.records import Policy
from fieldkit.log.read import SessionFile
from fieldkit.packs.compile import Compiled, compile_pack
from fieldkit.station import Setup, Station
from tests.cli.kit import fieldkit
from tests.packs.kit import pack, png, write
from tests.packs.test_media import MP3, OGG

ORG = "ld.acme.example"
FIRST = "SELECT min(key) FROM meta WHERE key GLOB 'blob/*'"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Compiled:
    """A plan that names a picture and two clips."""
    told = pack()
    told["activities"]["which"] |= {"audio": {"en": "media/q.mp3", "es": "media/q.es.ogg"}}
    told["activities"]["say"] = {
        "type": "hotspot", "text": "Where?", "image": "media/a.png", "alt": "A square.",
        "fallback": {"options": {"a": "Here", "b": "There"}},
    }  # fmt: skip
    extra = {"media/q.mp3": MP3, "media/q.es.ogg": OGG, "media/a.png": png(9)}
    spanish = {"i18n/es.yaml": b"language: es\nstrings: {title: Chico}"}
    return compile_pack(write(tmp_path_factory.mktemp("packs") / "small", told, extra | spanish))


def begun(home: Path, made: Compiled) -> Path:
    """The file of a session of this plan that has just begun."""

    async def start() -> Path:
        station = Station.open(home, org=ORG)
        begin = await station.start(Setup(pack=made, facilitator="Sam Ortiz", tz="UTC", policy=Policy()))
        await begin.store.close()
        return begin.store.path

    return asyncio.run(start())


def carried(path: Path) -> dict[str, bytes]:
    with SessionFile.open(path) as file:
        return file.blobs()


def test_a_session_holds_its_plan_first_and_all_its_media(made: Compiled, tmp_path: Path) -> None:
    found = carried(begun(tmp_path, made))
    assert next(iter(found)) == made.plan_hash and len(made.blobs) == 3
    assert found == {made.plan_hash: made.plan_bytes, **made.blobs}
    assert all(hashlib.sha256(raw).hexdigest() == name for name, raw in found.items())


def test_media_travel_in_the_bundle_to_head_office_and_are_kept(made: Compiled, tmp_path: Path) -> None:
    home, office, stick = tmp_path / "laptop", tmp_path / "office", tmp_path / "stick"
    stick.mkdir()
    begun(home, made)
    where = ("--home", str(office))
    assert fieldkit("central", "init", *where, "--org", ORG, "--no-passphrase").code == 0
    words = fieldkit("enrol", "-o", str(stick / "enrol.note"), "--json", home=home).document["words"]
    assert fieldkit("central", "enrol", *where, str(stick / "enrol.note"), "--words", words).code == 0
    assert fieldkit("bundle", "last", "-o", str(stick / "a.fkb"), "--plain", home=home).code == 0
    taken = fieldkit("central", "ingest", *where, str(stick / "a.fkb"), "--json").document
    assert [one["result"] for one in taken["sessions"]] == ["stored"]
    (kept,) = office.glob("*.db")
    with closing(sqlite3.connect(kept)) as db:
        assert dict(db.execute("SELECT sha256, bytes FROM blob")) == {made.plan_hash: made.plan_bytes, **made.blobs}


def test_a_backup_brings_media_back(made: Compiled, tmp_path: Path) -> None:
    home, again = tmp_path / "laptop", tmp_path / "again"
    path = begun(home, made)
    assert fieldkit("backup", str(tmp_path / "all.backup"), home=home).code == 0
    assert fieldkit("restore", str(tmp_path / "all.backup"), home=again).code == 0
    assert carried(again / "sessions" / path.name) == carried(path)


def test_the_same_session_makes_the_same_bundle_twice(made: Compiled, tmp_path: Path) -> None:
    """Blobs stand in the order of their hashes, not of the pack's files."""
    begun(tmp_path / "laptop", made)
    for name in ("a.fkb", "b.fkb"):
        assert fieldkit("bundle", "last", "-o", str(tmp_path / name), "--plain", home=tmp_path / "laptop").code == 0
    assert (tmp_path / "a.fkb").read_bytes() == (tmp_path / "b.fkb").read_bytes()


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        (f"UPDATE meta SET value = x'00' WHERE key = ({FIRST})", "media-mismatch"),
        (f"DELETE FROM meta WHERE key = ({FIRST})", "media-missing"),
    ],
)
def test_a_picture_that_was_changed_or_lost_is_named_by_fsck(
    made: Compiled, tmp_path: Path, sql: str, code: str
) -> None:
    path = begun(tmp_path, made)
    assert fieldkit("fsck", home=tmp_path).code == 0
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(sql)
    done = fieldkit("fsck", "--json", home=tmp_path)
    assert done.code == 4 and code in done.text
