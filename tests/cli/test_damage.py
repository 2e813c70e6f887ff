"""A laptop on which something is gone or broken: it is said, nothing else stops, and training goes on."""

from __future__ import annotations

import asyncio
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldkit.core import records as r
from fieldkit.errors import DamagedData
from fieldkit.log import heads
from fieldkit.log.keys import Signer
from fieldkit.log.trust import TrustKey, TrustList, trust_note
from fieldkit.packs.compile import compile_pack
from fieldkit.station import SessionRef, Setup, Station
from tests.cli.kit import Done, fieldkit
from tests.house.tree import ROOT
from tests.sync.laptop import session

FAR = 4_102_444_800  # 2100-01-01


def begin(station: Station, **more: str) -> r.SessionOpened:
    """Begin a real session and close its file; what its `session.open` says."""

    async def go() -> SessionRef:
        begun = await station.start(Setup(compile_pack(ROOT / "content_packs" / "toolbox-blank"), **more))  # type: ignore[arg-type]
        station.remember(begun.store)
        await begun.store.close()
        return station.find(begun.store.origin)

    from fieldkit.log.read import SessionFile

    with SessionFile.open(asyncio.run(go()).path) as file:
        fact = file.record(0).fact
    assert isinstance(fact, r.SessionOpened)
    return fact


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder with two sessions in keys/heads."""
    station = Station.open(tmp_path / "data")
    for _ in range(2):
        begin(station)
    return station.home


def files(home: Path) -> list[Path]:
    return sorted((home / "sessions").glob("*.db"))


def told(done: Done) -> Done:
    assert "Traceback" not in done.talk and "mistake in fieldkit" not in done.talk, done.talk
    return done


# ---- gone ----------------------------------------------------------------------------------------------------


def test_a_session_whose_file_is_gone_is_missed(home: Path) -> None:
    """Every origin that this laptop has signed is looked for; the rest is still read."""
    first, last = Station.open(home).sessions()
    last.path.unlink()
    done = told(fieldkit("fsck", "--json", home=home))
    assert done.code == 4
    found = {one["origin"]: [x["code"] for x in one["findings"]] for one in done.document["sessions"]}
    assert found == {first.origin: [], last.origin: ["missing"]}
    assert last.origin in fieldkit("fsck", home=home).text
    assert told(fieldkit("fsck", "2", home=home)).code == 4 and fieldkit("fsck", "1", home=home).code == 0
    rows = fieldkit("sessions", "--json", home=home).document["sessions"]
    assert [(one["seq"], one["state"], one["size"]) for one in rows] == [(1, "running", 1), (2, "missing", 1)]
    for command in (("show", "last"), ("export", "last", "-o", "-"), ("bundle", "last", "--plain", "-o", "-")):
        done = told(fieldkit(*command, home=home))
        assert done.code == 4 and "missing" in done.talk and done.out == b""
    first.path.unlink()
    done = fieldkit("fsck", home=home)
    assert done.code == 4 and first.origin in done.text and last.origin in done.text
    done = told(fieldkit("bundle", "--plain", "-o", str(home.parent), home=home))
    assert done.code == 4 and first.path.stem in done.talk and last.path.stem in done.talk
    assert begin(Station.open(home)).seq == 3


def test_without_the_key_everything_can_be_read_and_nothing_signed(home: Path, tmp_path: Path) -> None:
    (home / "keys" / "device.key").unlink()
    for command in (("show", "last"), ("sessions",), ("export", "last", "-o", "-")):
        assert told(fieldkit(*command, home=home)).code == 0
    done = told(fieldkit("fsck", home=home))
    assert done.code == 0 and done.text.count("No signature could be checked") == 2 and "key is gone" in done.talk
    sheet = tmp_path / "a.csv"
    done = told(fieldkit("export", "last", "-o", str(sheet), "--json", home=home))
    assert (done.code, done.document["note"]) == (0, None) and "No note" in done.talk
    assert sheet.read_bytes() and not sheet.with_name("a.csv.note").exists()
    for write in (("bundle", "--plain", "-o", str(tmp_path)), ("enrol", "-o", str(tmp_path / "e")), ("key", "show")):
        done = told(fieldkit(*write, home=home))
        assert done.code == 4 and "key is gone" in done.talk
    assert not (home / "keys" / "device.key").exists()
    (home / "keys" / "device.key").write_bytes(b"nonsense")
    assert told(fieldkit("show", "last", home=home)).code == 0


def test_under_another_key_fsck_says_that_no_signature_was_checked(home: Path) -> None:
    name = Station.open(home).signer.name
    (home / "keys" / "device.key").unlink()
    Signer.generate(name[:-2] + "zz").save(home / "keys" / "device.key")
    done = told(fieldkit("fsck", "--json", home=home))
    assert done.code == 0 and [one["signatures"] for one in done.document["sessions"]] == ["unchecked"] * 2
    assert "No signature could be checked" in fieldkit("fsck", home=home).text
    (home / "keys" / "device.key").unlink()
    Signer.generate(name).save(home / "keys" / "device.key")
    assert fieldkit("fsck", home=home).code == 4


def test_what_should_be_a_folder_and_is_a_file_is_said(home: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    (home / "keys").rename(tmp_path / "away")
    (home / "keys").write_bytes(b"x")
    for command in (("sessions",), ("show", "1"), ("fsck",), ("export", "1", "-o", "-"), ("verify", str(ROOT))):
        for place in (tmp_path / "file", home):
            done = told(fieldkit(*command, home=place))
            assert done.code == 3 and "is a file, and should be a folder" in done.talk, (command, done)


# ---- broken --------------------------------------------------------------------------------------------------

GARBAGE: dict[str, bytes] = {
    "empty line": b"\n",
    "bytes": b"\x00\xff\xfe" * 50,
    "number": b"x 1\n",
    "digits": b"laptop.fieldkit/dev/7q2k/000001-k3m9w2p4 " + b"9" * 6000 + b" AAAA\n",
    "short root": b"laptop.fieldkit/dev/7q2k/000001-k3m9w2p4 1 AAAA\n",
}


@pytest.mark.parametrize("case", sorted(GARBAGE))
def test_damaged_heads_never_forbid_a_session(home: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It is said, set aside and kept, the number goes on from the files, and fsck keeps saying it."""
    (home / "keys" / "heads").write_bytes(GARBAGE[case])
    for command in (("fsck",), ("sessions",), ("bundle", "--plain", "-o", "-")):
        done = told(fieldkit(*command, home=home))
        assert done.code == 4 and "keys/heads" in done.text + done.talk
    with pytest.raises(DamagedData):
        asyncio.run(Station.open(home).resume(Station.open(home).find("last")))
    fact = begin(Station.open(home))
    assert fact.seq == 3 and fact.prev is not None and "/000002-" in fact.prev.o
    assert "heads.damaged-1" in capsys.readouterr().err
    assert (home / "keys" / "heads.damaged-1").read_bytes() == GARBAGE[case]
    assert [head.origin for head in heads.read(home / "keys" / "heads")] == [Station.open(home).find("3").origin]
    done = told(fieldkit("fsck", home=home))
    assert done.code == 4 and "heads.damaged-1" in done.text
    (home / "keys" / "heads.damaged-1").unlink()
    assert fieldkit("fsck", home=home).code == 0


def test_a_damaged_trust_list_never_forbids_a_session(home: Path, tmp_path: Path) -> None:
    """Set aside at the start; verify, receipts, fsck and key show say it until a list is taken in again."""
    held = home / "trust.note"
    held.write_bytes(b"\x00garbage")
    (tmp_path / "r.note").write_bytes(b"nothing")
    commands = (
        ("fsck",),
        ("verify", str(tmp_path / "r.note")),
        ("receipts", str(tmp_path / "r.note")),
        ("key", "show"),
    )

    def loud() -> None:
        for command in (*commands, ("bundle", "--plain", "-o", str(tmp_path))):
            done = told(fieldkit(*command, home=home))
            assert done.code == 4 and "trust list of this laptop" in done.text + done.talk, (command, done)
        assert not list(tmp_path.glob("*.fkb"))

    loud()
    station, said = Station.open(home), []
    station.warn = lambda sentence, hint: said.append((sentence, hint))
    for _ in range(2):
        assert begin(station).trust == 0
    assert len(said) == 2 and "trust.note.damaged-1" in said[0][0] and "trust accept" in said[0][1]
    assert not held.exists() and (home / "trust.note.damaged-1").read_bytes() == b"\x00garbage"
    loud()
    root = Signer("ld.acme.example/root", b"r" * 32)
    note = tmp_path / "trust.note"
    note.write_bytes(trust_note(TrustList("ld.acme.example", 1, 0, FAR, (TrustKey("root", root.vkey, 0, FAR),)), root))
    assert told(fieldkit("trust", "accept", str(note), home=home)).code == 4
    assert told(fieldkit("trust", "accept", str(note), "--root", str(root.vkey), home=home)).code == 0
    assert fieldkit("fsck", home=home).code == 0 and begin(station).trust == 1


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "nonsense": lambda raw: b"\x00" * 4096,
    "nothing": lambda raw: b"",
    "cut": lambda raw: raw[: len(raw) // 2],
    "pages": lambda raw: raw[:4096] + b"\xff" * (len(raw) - 4096),
    "record": lambda raw: raw.replace(b"session.open", b"session.oqen"),
    "note": lambda raw: raw.replace(b"/000002-", b"/00000\xff-"),
}


@pytest.mark.parametrize("case", sorted(DAMAGE))
def test_a_damaged_newest_session_never_forbids_a_new_one(home: Path, case: str) -> None:
    newest = files(home)[-1]
    newest.write_bytes(DAMAGE[case](newest.read_bytes()))
    fact = begin(Station.open(home))
    assert fact.seq == 3 and fact.prev is not None
    assert told(fieldkit("fsck", home=home)).code == 4
    assert fieldkit("show", "3", home=home).code == 0


def test_a_bundle_of_damaged_sessions_only_names_them(home: Path, tmp_path: Path) -> None:
    for path in files(home):
        path.write_bytes(b"\x00" * 4096)
    for args in ((), ("1",)):
        done = told(fieldkit("bundle", *args, "--plain", "-o", str(tmp_path), home=home))
        assert done.code == 4 and files(home)[0].stem in done.talk and "receipt" not in done.talk
    done = told(fieldkit("sync", "--to", str(tmp_path), "--plain", home=home))
    assert done.code == 4 and "nothing more" not in done.talk and files(home)[1].stem in done.talk


def test_a_backup_with_a_damaged_session_is_made_and_says_so(home: Path, tmp_path: Path) -> None:
    files(home)[0].write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    done = told(fieldkit("backup", str(tmp_path / "b"), "--json", home=home))
    name = f"sessions/{files(home)[0].name}"
    assert done.code == 4 and done.document["raw"] == [name] and f"{name} is damaged" in done.talk
    assert told(fieldkit("restore", str(tmp_path / "b"), home=tmp_path / "new")).code == 0
    assert files(tmp_path / "new")[0].read_bytes() == files(home)[0].read_bytes()


# ---- odd words and a full disk -------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["²", "٣", "9" * 5000, "-1", "1.0", "𝟙"])
def test_only_plain_digits_are_a_number(home: Path, which: str) -> None:
    done = told(fieldkit("show", which, home=home))
    assert done.code in (1, 2) and done.out == b""


def test_words_that_are_not_utf8_are_refused(home: Path) -> None:
    """As a shell hands them over, to any command."""
    for args in ([b"show", b"\xff\xfe"], [b"ctl", b"say", b"caf\xe9"], [b"export", b"last", b"-o", b"\xff.csv"]):
        words = [os.fsencode(sys.executable), b"-m", b"fieldkit", b"--data", os.fsencode(home), *args]
        done = subprocess.run(words, capture_output=True, timeout=60)
        assert (done.returncode, done.stdout) == (2, b"") and b"not valid UTF-8" in done.stderr, done.stderr


def test_a_disk_that_is_full_leaves_neither_table_nor_note(home: Path, tmp_path: Path) -> None:
    """The note would fit, the table does not: exit 3, a sentence, and what was there is as it was."""
    sheet = tmp_path / "a.csv"
    sheet.write_bytes(b"yesterday's")
    resource_limit = resource.getrlimit(resource.RLIMIT_FSIZE)

    def small() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, resource_limit[1]))  # SQLite itself needs 32 KiB

    station = Station.open(home)
    ref = asyncio.run(session(station, *((f"Worker number {n}", f"E{n}") for n in range(400))))
    args = ["--data", str(home), "export", ref.suffix, "-o", str(sheet)]
    done = subprocess.run(
        [sys.executable, "-B", "-m", "fieldkit", *args], capture_output=True, text=True, timeout=60, preexec_fn=small
    )
    assert done.returncode == 3 and "could not be written" in done.stderr, done.stderr
    assert sheet.read_bytes() == b"yesterday's"
    assert [path.name for path in tmp_path.iterdir() if path.name != "data"] == ["a.csv"]


def test_times_are_told_in_the_sessions_own_zone(tmp_path: Path) -> None:
    station = Station.open(tmp_path / "data")
    begin(station, tz="Asia/Kolkata")
    (one,) = fieldkit("sessions", "--json", home=station.home).document["sessions"]
    assert one["opened"].endswith("+05:30") and one["tz"] == "Asia/Kolkata"
    shown = f"{one['opened'][:10]} {one['opened'][11:16]} +05:30"
    for command in (("sessions",), ("show", "last")):
        assert shown in fieldkit(*command, home=station.home).text


def test_what_is_not_sealed_is_not_called_sealed(home: Path, tmp_path: Path) -> None:
    done = fieldkit("bundle", "1", "2", "--plain", "-o", str(tmp_path), home=home)
    assert done.code == 0 and "not sealed" in done.talk
    rows = fieldkit("sessions", "--json", home=home).document["sessions"]
    assert [one["sync"] for one in rows] == ["packed", "packed"]


def test_a_pipe_is_refused_before_it_is_opened(home: Path, tmp_path: Path) -> None:
    """Nobody would ever write to it, so opening it would wait without end."""
    pipe = str(tmp_path / "pipe")
    os.mkfifo(pipe)
    for args in (
        ("host", "toolbox-blank", "--headless", "--new", "--roster", pipe),
        ("verify", pipe),
        ("export", "last", "-o", pipe),
    ):
        done = told(fieldkit(*args, home=home))
        assert done.code == 2 and "ordinary file" in done.talk
