"""`fieldkit export`: real session files, the signed note beside, also while somebody else writes to the session."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import msgspec
import pytest

from fieldkit.core.records import Draft
from fieldkit.core.session import Session
from fieldkit.core.tables import TABLES, Signatures
from fieldkit.formats.export import render
from fieldkit.formats.signed import signatures
from fieldkit.log.keys import Signer
from fieldkit.log.line import canonical_plan
from fieldkit.log.note import add_signatures, cosign, sign_note
from fieldkit.log.read import SessionFile
from fieldkit.log.receipt import parse_file_note
from fieldkit.log.store import Moment, Pending, Store
from fieldkit.station import Station
from tests.cli.kit import fieldkit
from tests.core.logbook import Logbook, meeting


def p_of(letter: str | None) -> str | None:
    """A participant id as the wire has it, from the one letter of the log book."""
    return letter * 8 if letter else None


def folded(station: Station, log: Logbook) -> Session:
    """The fold of what `keep` writes."""
    records = [msgspec.structs.replace(record, p=p_of(record.p)) for record in log.records]
    return Session(origin=f"{station.signer.name}/000017-k3m9w2p4", plan=log.plan).fold(records)


async def keep(station: Station, log: Logbook) -> Store:
    """Write a log as this station's session 17; the store stays open, as in a live session."""
    origin = f"{station.signer.name}/000017-k3m9w2p4"
    path = station.home / "sessions" / "000017-k3m9w2p4.db"
    store = await Store.create(path, origin, station.signer, canonical_plan(msgspec.to_builtins(log.plan)), {})
    for record in log.records:
        draft = Draft(record.fact, p_of(record.p), record.private)
        await store.append([Pending((draft,))], Moment(record.m, record.t), os.urandom)
    return store


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A data folder with one ended session, as `meeting` has it."""

    async def make() -> None:
        store = await keep(Station.open(tmp_path / "data"), meeting())
        await store.close()

    asyncio.run(make())
    return tmp_path / "data"


def expected(home: Path, what: str, as_: str, sep: str = ",") -> bytes:
    """What the pure function gives for the same records."""
    log = meeting()
    station = Station.open(home)
    return render(folded(station, log), log.plan, Signatures(str(station.signer.vkey), verified=True), what, as_, sep)


@pytest.mark.parametrize("what", sorted(TABLES))
def test_the_file_is_the_table_and_its_note_is_the_laptops(home: Path, tmp_path: Path, what: str) -> None:
    """CSV and JSON, from disk, byte for byte what the core makes of the same records."""
    for as_ in ("csv", "json"):
        out = tmp_path / f"{what}.{as_}"
        done = fieldkit("export", "last", "--what", what, "-o", str(out), home=home)
        assert (done.code, done.out) == (0, b""), done.talk
        assert out.read_bytes() == expected(home, what, as_)
        note, opened = parse_file_note(out.with_name(out.name + ".note").read_bytes(), [Station.open(home).signer.vkey])
        assert (note.name, note.sources[0].size) == (out.name, len(meeting().records))
        assert opened.signers
        assert out.stat().st_mode & 0o777 == 0o600


def test_standard_output_is_the_data_and_nothing_else(home: Path) -> None:
    """`-o -`, with another separator; no file is made."""
    done = fieldkit("export", "17", "--what", "answers", "--as", "csv", "--sep", ";", "-o", "-", home=home)
    assert (done.code, done.out, done.talk) == (0, expected(home, "answers", "csv", ";"), "")


def test_json_says_where_the_file_is(home: Path, tmp_path: Path) -> None:
    """One document on standard output; the table is in the file."""
    out = tmp_path / "a.csv"
    done = fieldkit("export", "k3m9w2p4", "-o", str(out), "--json", "--quiet", home=home)
    assert done.code == 0 and done.talk == ""
    assert done.document["file"] == str(out) and Path(done.document["note"]).is_file()
    assert done.document["size"] == out.stat().st_size and len(done.document["sha256"]) == 64


async def test_a_running_session_is_exported_beside_its_writer(tmp_path: Path) -> None:
    """The store is open and goes on writing; each export stands for what was saved then."""
    station = Station.open(tmp_path / "data")
    log = Logbook()
    log.join("a", "Ann [/] Lee")
    store = await keep(station, log)
    try:
        one = fieldkit("export", "last", "-o", "-", home=station.home)
        more = log.add(log.records[1].fact, "b", {"name": "=Bo"})
        draft = Draft(log.records[more].fact, p_of("b"), {"name": "=Bo"})
        await store.append([Pending((draft,))], Moment(9, log.records[more].t), os.urandom)
        two = fieldkit("export", "last", "-o", "-", home=station.home)
    finally:
        await store.close()
    assert one.code == two.code == 0
    assert b"Ann [/] Lee" in one.out and b"=Bo" not in one.out and b"'=Bo" in two.out


@pytest.mark.parametrize(
    ("args", "code", "part"),
    [
        (("last", "--as", "xlsx", "-o", "-"), 1, "cannot export XLSX yet"),
        (("last", "-o", "sheet.pdf"), 1, "cannot export PDF yet"),
        (("last", "--what", "all", "--as", "csv", "-o", "-"), 2, "one table"),
        (("last", "--what", "attendence", "-o", "-"), 2, "no table"),
        (("last", "--as", "\x1b]0;x\x07", "-o", "-"), 2, "no format"),
        (("last", "--sep", "xx", "-o", "-"), 2, "separated"),
        (("last",), 2, "--out"),
        (("99", "-o", "-"), 1, "no session"),
        (("../../etc/passwd", "-o", "-"), 1, "no session"),
        (("last", "-o", "no/such/folder/x.csv"), 2, "There is no folder"),
        (("last", "-o", "/dev/full"), 2, "a device, not an ordinary file"),
        (("last", "-o", "/usr"), 2, "a folder, not an ordinary file"),
        (("last", "-o", "a\nb.csv"), 2, "plain"),
        (("last", "-o", "x" * 300 + ".csv"), 2, "shorter"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_an_exit_code(
    home: Path, tmp_path: Path, args: tuple[str, ...], code: int, part: str
) -> None:
    """No traceback, nothing on standard output, nothing written."""
    done = fieldkit("export", *args, home=home)
    assert (done.code, done.out) == (code, b""), done.talk
    assert part in done.talk and "Traceback" not in done.talk and "\x1b" not in done.talk


def test_looking_makes_no_folder(tmp_path: Path) -> None:
    """An empty laptop has no sessions, and still none afterwards."""
    done = fieldkit("export", "last", "-o", "-", home=tmp_path / "none")
    assert done.code == 1 and not (tmp_path / "none").exists()


def test_a_damaged_file_is_said_to_be(home: Path) -> None:
    """Exit code 4, and where to look next."""
    path = next((home / "sessions").glob("*.db"))
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    path.write_bytes(bytes(data))
    done = fieldkit("export", "last", "-o", "-", home=home)
    assert done.code in (1, 4) and done.out == b"" and "Traceback" not in done.talk


def test_signatures_are_those_of_known_keys_over_this_session(home: Path) -> None:
    """Device alone, with trainer, with central; a key nobody knows, or another device's, proves nothing."""
    station = Station.open(home)
    with SessionFile.open(next((home / "sessions").glob("*.db"))) as file:
        note = file.checkpoint()
    org = station.signer.name.split("/")[0]
    trainer, central = Signer.generate(f"{org}/fac/9k3m"), Signer.generate(f"{org}/central")
    text = file_text(note)
    both = add_signatures(note, [sign_note(text, trainer).decode().splitlines()[-1], cosign(text, central, 1795345000)])
    device = str(station.signer.vkey)
    assert signatures(note, [station.signer.vkey]) == Signatures(device, verified=True)
    full = Signatures(device, str(trainer.vkey), 1795345000, True)
    assert signatures(both, [station.signer.vkey, trainer.vkey, central.vkey]) == full
    assert signatures(both, [trainer.vkey, central.vkey]) == Signatures()
    assert signatures(both, []) == Signatures() == signatures(b"\xff\x00", [station.signer.vkey])
    assert json.loads(json.dumps(full.status)) == "device+trainer+central"


def file_text(note: bytes) -> str:
    """The signed text of a note."""
    return note.decode().rpartition("\n\n")[0] + "\n"


async def test_export_loads_neither_the_terminal_app_nor_the_web_server(home: Path) -> None:
    """Seen in a fresh process, since imports inside functions hide from the static graph."""
    import sys

    code = (
        "import sys\nfrom fieldkit.cli.app import run\n"
        f"code = run(['--data', {str(home)!r}, 'export', 'last', '-o', '-'])\n"
        "bad = [m for m in ('textual', 'rich', 'aiohttp', 'zeroconf', 'jinja2') if m in sys.modules]\n"
        "print(code, bad, file=sys.stderr)\n"
    )
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await child.communicate()
    assert err.decode().strip() == "0 []" and out.startswith(b"\xef\xbb\xbfrecord_id")
