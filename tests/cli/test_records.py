"""`sessions`, `show`, `fsck`, `backup`, `restore` on a real data folder."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import subprocess
import sys
import unicodedata
from contextlib import closing
from pathlib import Path

import pytest

from fieldkit.core import intents as w
from fieldkit.core.intents import FACILITATOR, Actor
from fieldkit.desk import Accepted, Desk
from fieldkit.log import facilitators
from fieldkit.packs.compile import compile_pack
from fieldkit.seats import new_participant
from fieldkit.station import Setup, Station
from tests.cli.kit import fieldkit
from tests.house.tree import ROOT


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder with one ended session of the blank pack: two people, one question on the spot, one answer."""

    async def make() -> None:
        station = Station.open(tmp_path / "data")
        pack = compile_pack(ROOT / "content_packs" / "toolbox-blank")
        begun = await station.start(Setup(pack=pack, facilitator="Sam"))
        desk = Desk(begun.store, begun.plan, station.clock, begun.secret, begun.code)
        await desk.start()
        for name in ("Zoë Álvarez", "Li W."):
            last = await desk.submit(
                w.Join(name=name, new_p=new_participant()), Actor(by="self", via="phone"), id=name * 2
            )
        assert isinstance(last, Accepted)
        await desk.submit(w.Ask(text="Who has a lock?", options=("I", "not I")), FACILITATOR)
        vote = w.PutAnswer(activity="spot-1", round=1, v=("a",))
        await desk.submit(vote, Actor(by="self", via="phone", p=last.p), id="v" * 22, scope="x")
        await desk.submit(w.End(), FACILITATOR)
        station.remember(desk.store)
        await desk.close()

    asyncio.run(make())
    return tmp_path / "data"


def test_looking_into_an_empty_place_makes_nothing(tmp_path: Path) -> None:
    """No key is born and no folder made by a command that only looks."""
    home = tmp_path / "nothing"
    assert fieldkit("sessions", "--json", home=home).document == {"sessions": []}
    assert fieldkit("sessions", home=home).code == 0
    assert fieldkit("show", "last", home=home).code == 1
    assert fieldkit("fsck", home=home).code == 0
    assert fieldkit("fsck", "last", home=home).code == 1
    assert not home.exists()


def test_sessions_lists_what_is_there(home: Path) -> None:
    """For a program one document, for a person a table on standard output."""
    (one,) = fieldkit("sessions", "--json", home=home).document["sessions"]
    assert (one["seq"], one["pack"], one["state"], one["sync"]) == (1, "toolbox-blank", "ended", "kept")
    done = fieldkit("sessions", home=home)
    assert done.code == 0 and one["suffix"] in done.text and done.talk == ""


def test_show_takes_every_way_of_naming_a_session(home: Path) -> None:
    """An origin, its last part, its suffix, its number, or `last`."""
    ref = Station.open(home).sessions()[0]
    for which in ("last", "1", ref.suffix, ref.path.stem, ref.origin):
        done = fieldkit("show", which, "--json", home=home)
        assert done.code == 0 and done.document["origin"] == ref.origin


def test_show_sums_up_the_fold(home: Path) -> None:
    """People, activities and messages are those of the fold; nothing is counted here."""
    found = fieldkit("show", "last", "--json", home=home).document
    assert found["people"]["joined"] == 2 and found["people"]["attendance"] == {"present": 2}
    (spot,) = found["activities"]
    assert (spot["activity"], spot["round"], spot["answered"], spot["text"]) == ("spot-1", 1, 1, "Who has a lock?")
    text = fieldkit("show", "last", home=home)
    assert text.code == 0 and found["title"] in text.text and "spot-1" in text.text and text.talk == ""


def test_show_names_both_trainers_after_a_handover(tmp_path: Path) -> None:
    """Who opened it and who leads now; who came without being expected is counted beside."""
    data = tmp_path / "data"

    async def make() -> None:
        station = Station.open(data)
        pack = compile_pack(ROOT / "content_packs" / "toolbox-blank")
        begun = await station.start(Setup(pack=pack, facilitator="Sam Ortiz"))
        desk = Desk(begun.store, begun.plan, station.clock, begun.secret, begun.code)
        await desk.start()
        await desk.submit(w.Join(name="Li", new_p=new_participant()), Actor(by="self", via="phone"), id="l" * 22)
        facilitators.make(data, "laptop.fieldkit", "9k3m", None)
        sam = facilitators.unlock(data, "9k3m", None)
        wish = w.HandOver(key=sam.name, to_name="Kim [/] Lee", name="Sam Ortiz")
        assert isinstance(await desk.submit(wish, FACILITATOR, signer=sam), Accepted)
        await desk.submit(w.End(), FACILITATOR)
        station.remember(desk.store)
        await desk.close()

    asyncio.run(make())
    shown = fieldkit("show", "last", home=data)
    assert "trainer Sam Ortiz, then Kim [/] Lee " in shown.text, shown
    assert "people: 0 of 0 expected, and 1 more; 1 " in shown.text, shown


def test_no_such_session_is_an_answer(home: Path) -> None:
    """Exit 1 with a hint."""
    for which in ("2", "nope", "../../x", "\x1b[2J"):
        done = fieldkit("show", which, home=home)
        assert done.code == 1 and "hint: " in done.talk and "\x1b" not in done.talk


def test_fsck_finds_a_whole_log_whole(home: Path) -> None:
    """Exit 0, no findings."""
    done = fieldkit("fsck", "--json", home=home)
    (one,) = done.document["sessions"]
    assert done.code == 0 and one["whole"] and one["findings"] == []
    assert "whole" in fieldkit("fsck", "last", home=home).text


def test_fsck_says_in_words_what_somebody_changed(home: Path) -> None:
    """One changed byte in a record: exit 4, the record is named, nothing is repaired."""
    (path,) = (home / "sessions").glob("*.db")
    with closing(sqlite3.connect(path)) as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        db.execute(
            "UPDATE records SET line = CAST(replace(CAST(line AS TEXT), '\"m\":', '\"m\":1') AS BLOB) WHERE i = 3"
        )
        db.commit()
    before = path.read_bytes()
    done = fieldkit("fsck", "last", "--json", home=home)
    assert done.code == 4 and not done.document["sessions"][0]["whole"]
    assert all(f["sentence"] and f["code"] for f in done.document["sessions"][0]["findings"])
    assert "DAMAGED" in fieldkit("fsck", home=home).text
    assert path.read_bytes() == before


def test_fsck_of_a_file_that_is_no_database(home: Path) -> None:
    """A file overwritten with nonsense is a finding, not a crash; the others are still walked."""
    (home / "sessions" / "000002-k3m9w2p5.db").write_bytes(b"\x00" * 4096)
    done = fieldkit("fsck", "--json", home=home)
    assert done.code == 4
    assert sorted(one["whole"] for one in done.document["sessions"]) == [False, True]
    states = {one["seq"]: one["state"] for one in fieldkit("sessions", "--json", home=home).document["sessions"]}
    assert states == {1: "ended", 2: "damaged"}


def test_a_backup_comes_back_whole(home: Path, tmp_path: Path) -> None:
    """Backup, restore elsewhere: the same key, the same sessions, fsck finds them whole."""
    made = fieldkit("backup", str(tmp_path / "all.backup"), "--json", home=home)
    assert made.code == 0 and made.document["files"] >= 2
    back = fieldkit("restore", str(tmp_path / "all.backup"), "--json", home=tmp_path / "new")
    assert back.code == 0, back.talk
    assert fieldkit("fsck", home=tmp_path / "new").code == 0
    for command in (["sessions"], ["key", "show"]):
        theirs = fieldkit(*command, "--json", home=tmp_path / "new")
        assert theirs.document == fieldkit(*command, "--json", home=home).document


def test_backup_and_restore_refuse_with_a_sentence(home: Path, tmp_path: Path) -> None:
    """2 for what would overwrite, 1 for nothing there or a bad archive, 3 for a folder that is missing."""
    (tmp_path / "bad").write_bytes(b"PK nonsense")
    assert fieldkit("backup", str(tmp_path / "bad"), home=home).code == 2
    assert fieldkit("backup", str(tmp_path / "x"), home=tmp_path / "none").code == 1
    assert fieldkit("backup", str(tmp_path / "no" / "x"), home=home).code == 2
    assert fieldkit("restore", str(tmp_path / "bad"), home=home).code == 2
    assert fieldkit("restore", str(tmp_path / "bad"), home=tmp_path / "new").code == 1
    assert fieldkit("restore", str(tmp_path / "missing"), home=tmp_path / "new").code == 1
    assert not (tmp_path / "new").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no pty")
@pytest.mark.parametrize(("columns", "whole"), [(80, False), (200, True)])
def test_a_list_fits_the_terminal_and_a_pipe_gets_all_of_it(home: Path, columns: int, whole: bool) -> None:
    """A long title gives way where a line would wrap; in a pipe nothing is cut."""
    import fcntl
    import pty
    import struct
    import termios

    long = "Lockout/tagout refresher 鎖定 " * 4
    _titled(home, long)
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    env = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
    run = [sys.executable, "-m", "fieldkit", "sessions", "--data", str(home)]
    with subprocess.Popen(run, stdin=subprocess.DEVNULL, stdout=theirs, stderr=subprocess.DEVNULL, env=env) as done:
        os.close(theirs)
        raw = b""
        with contextlib.suppress(OSError):
            while piece := os.read(ours, 65536):
                raw += piece
        assert done.wait(30) == 0
    os.close(ours)
    lines = raw.decode().replace("\r", "").splitlines()
    assert (long.strip() in raw.decode()) is whole
    assert all(sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line) <= columns for line in lines)
    assert long.strip() in fieldkit("sessions", home=home).text


def _titled(home: Path, title: str) -> None:
    """One more session, begun and left, with this title."""

    async def make() -> None:
        station = Station.open(home)
        pack = compile_pack(ROOT / "content_packs" / "toolbox-blank")
        await (await station.start(Setup(pack=pack, facilitator="Sam", title=title))).store.close()

    asyncio.run(make())
