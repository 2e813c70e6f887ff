"""`fieldkit export`: real session files, the signed note beside, also while somebody else writes to the session."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path

import msgspec
import pytest

from fieldkit.cli.aftertools import AfterTools
from fieldkit.core.records import Draft
from fieldkit.core.session import Session
from fieldkit.core.tables import TABLES, Signatures
from fieldkit.errors import NotPossible
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
    """CSV, JSON and XLSX, from disk, byte for byte what the core makes of the same records."""
    for as_ in ("csv", "json", "xlsx"):
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
        (("last", "-o", "sheet.ics"), 2, "Add --what due"),
        (("last", "--what", "due", "--as", "ics", "--map", "moodle", "-o", "-"), 2, "column map"),
        (("last", "--what", "answers", "--map", "moodle", "-o", "-"), 2, "not of answers"),
        (("last", "--map", "no/such.toml", "-o", "-"), 2, "There is no column map"),
        (("last", "--map", "\x1b[2J", "-o", "-"), 2, "There is no column map"),
        (("last", "--profile", "everything", "-o", "-"), 2, "no profile"),
        (("last", "--profile", "roster", "--what", "answers", "-o", "-"), 1, "has no table answers"),
        (("last", "--profile", "roster", "--map", "generic-completion", "-o", "-"), 1, "no column completed"),
        (("--map-sample", "\x1b[2J"), 2, "There is no map"),
        (("last", "--what", "answers", "-o", "sheet.pdf"), 2, "Add --what attendance"),
        (("last", "--what", "all", "--as", "pdf", "-o", "-"), 2, "Add --what attendance"),
        (("last", "--by", "place", "--as", "pdf", "-o", "-"), 2, "not split by place"),
        (("last", "--map", "moodle", "--as", "pdf", "-o", "-"), 2, "column map"),
        (("last", "--as", "pdf", "--lang", "\x1b[2J", "-o", "-"), 2, "--lang is one of"),
        (("last", "--as", "pdf", "--lang", "ar", "-o", "-"), 2, "--lang is one of"),
        (("last", "--as", "pdf", "--size", "A3", "-o", "-"), 2, "--size is A4 or letter"),
        (("last", "--lang", "es", "-o", "-"), 2, "Use them with --as pdf"),
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
        "bad = [m for m in ('textual', 'rich', 'aiohttp', 'zeroconf', 'jinja2', 'xlsxwriter') if m in sys.modules]\n"
        "print(code, bad, file=sys.stderr)\n"
    )
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await child.communicate()
    assert err.decode().strip() == "0 []" and out.startswith(b"\xef\xbb\xbfrecord_id")


def test_a_workbook_is_verified_like_any_sheet(home: Path, tmp_path: Path) -> None:
    """Proofs beside it included, by the names in its cells; changed, renamed rows and foreign zips are found out."""
    out = tmp_path / "evening.xlsx"
    assert fieldkit("export", "last", "-o", str(out), home=home).code == 0
    done = fieldkit("verify", str(out), home=home)
    assert done.code == 0 and "verified" in done.text and "6 people proved by evening.xlsx.proofs" in done.text
    every = tmp_path / "all.xlsx"
    assert fieldkit("export", "last", "--what", "all", "-o", str(every), home=home).code == 0
    assert not every.with_name("all.xlsx.proofs").exists()
    assert fieldkit("verify", str(every), home=home).code == 0
    raw = out.read_bytes()
    out.write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
    assert fieldkit("verify", str(out), "--json", home=home).document["reason"] == "changed"
    (tmp_path / "bare.xlsx").write_bytes(raw)
    assert fieldkit("verify", str(tmp_path / "bare.xlsx"), "--json", home=home).document["reason"] == "no-note"


def test_a_mapped_file_has_a_note_and_no_proofs(home: Path, tmp_path: Path) -> None:
    """It is no attendance sheet: verify compares its bytes and nothing else. Old proofs of that name go."""
    out, proofs = tmp_path / "upload.csv", tmp_path / "upload.csv.proofs"
    assert fieldkit("export", "last", "-o", str(out), home=home).code == 0 and proofs.exists()
    ours = tmp_path / "ours.toml"
    ours.write_bytes(fieldkit("export", "--map-sample", "moodle").out.replace(b'"idnumber"', b'"username"'))
    assert fieldkit("export", "last", "--map", str(ours), "-o", str(out), home=home).code == 0
    assert out.read_bytes().decode("utf-8-sig").startswith("username,scantime,status\r\nE1,") and not proofs.exists()
    assert fieldkit("verify", str(out), "--json", home=home).document["verdict"] == "verified"
    ours.write_text('[[column]]\nname = "a"\nfrom = "nme"\n')
    done = fieldkit("export", "last", "--map", str(ours), "-o", "-", home=home)
    assert done.code == 2 and "ours.toml, line 3: the table attendance has no column 'nme'" in done.talk


def test_the_terminal_shows_and_writes_what_the_policy_allows(tmp_path: Path) -> None:
    """A preview has no column that the file has not."""

    async def make() -> None:
        log = Logbook(profile="roster")
        log.join("a", "Ann [/] Lee", "E1")
        await (await keep(Station.open(tmp_path / "data"), log)).close()

    asyncio.run(make())
    station = Station.open(tmp_path / "data")
    tools = AfterTools(station, station.find("last").origin, documents=False)
    for as_ in ("csv", "xlsx", "json"):
        shown = tools.preview("attendance", as_)
        assert shown.columns == 41 and "score_pct" not in shown.lines[0] + shown.lines[1]
        assert any("Ann [/] Lee" in line for line in shown.lines) and shown.path.suffix == f".{as_}"
    with pytest.raises(NotPossible, match="no table answers"):
        tools.preview("answers", "csv")
    written = tools.export("attendance", "xlsx", tools.preview("attendance", "xlsx").path)
    assert written.read_bytes()[:2] == b"PK" and written.with_name(written.name + ".note").exists()


def test_a_file_of_which_no_line_can_be_kept_is_not_written(home: Path, tmp_path: Path) -> None:
    """Else an erasure would not know where the names went."""
    (home / "handed.jsonl").mkdir()
    for command in (("export", "last"), ("receipt", "last")):
        done = fieldkit(*command, "-o", str(tmp_path / "out.csv"), home=home)
        assert done.code == 3 and not list(tmp_path.glob("out.csv*")), command
