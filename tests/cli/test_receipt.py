"""`fieldkit receipt` and `central check`: what the trainer hands over later, and what head office says about a code."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from fieldkit.core import records as r
from fieldkit.core.records import Draft
from fieldkit.log.proven import split_proofs
from fieldkit.log.receipt import parse_receipt, read_qr_text, show_code, verify_receipt
from fieldkit.station import Station
from fieldkit.words import words_for
from tests.cli.kit import Done, fieldkit
from tests.sync.laptop import more, session

NASTY = "Ann [/] Lee"
MARKUP = "</pre><script>x</script>"


class Room:
    """A laptop with an ended session: two came twice over, one was marked by hand, one never came."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder, folder / "laptop"
        station = Station.open(self.home)
        self.key = station.signer.vkey
        ref = asyncio.run(session(station, (NASTY, "E1"), (MARKUP, ""), close=False))
        expected = [Draft(r.PersonExpected(), p * 8, {"name": f"Name {p}", "badge": p}) for p in "AB"]
        came = Draft(
            r.PersonJoined(via="phone", device="phone", ev=["lan"], walkin=True), "CCCCCCCC", {"name": "A again"}
        )
        merged = Draft(r.PersonMerged(from_="CCCCCCCC", why="request"), "AAAAAAAA")
        marked = Draft(r.AttendanceMarked(status="present", by="fac", why="request"), "BBBBBBBB")
        end = Draft(r.SessionClosed(why="request"))
        asyncio.run(more(station, ref.path, *expected, came, merged, marked, end))
        self.size = station.find("last").size

    def run(self, *args: str) -> Done:
        return fieldkit(*args, home=self.home)


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    return Room(tmp_path_factory.mktemp("receipt"))


def test_the_text_is_the_receipt_of_the_whole_session_and_verifies(room: Room) -> None:
    out = room.folder / "ann.txt"
    for badge in ("E1", "e1 "):
        assert room.run("receipt", "last", "--person", badge, "-o", str(out)).code == 0
        proved = verify_receipt(parse_receipt(out.read_bytes()), [room.key])
        assert (proved.record.private or {})["name"] == NASTY and proved.checkpoint.size == room.size
    assert room.run("receipt", "last", "--person", "E1").out == out.read_bytes()
    assert room.run("verify", str(out)).code == 0


def test_the_json_holds_code_text_and_qr_code(room: Room) -> None:
    document = room.run("receipt", "last", "--person", "E1", "--json").document
    (one,) = document["people"]
    receipt = parse_receipt(one["receipt"].encode())
    assert set(one) == {"p", "badge", "name", "code", "index", "size", "receipt", "qr"}
    assert read_qr_text(one["qr"]) == one["receipt"].encode() and (one["badge"], one["index"]) == ("E1", receipt.index)


def test_a_merged_person_gets_the_receipt_of_their_own_arrival(room: Room) -> None:
    """The roster's entry never arrived itself; the phone's did."""
    (one,) = room.run("receipt", "last", "--person", "A", "--json").document["people"]
    assert (one["p"], one["badge"], one["name"]) == ("CCCCCCCC", "A", "Name A")


def test_everybody_who_came_gets_a_page_and_nobody_else(room: Room) -> None:
    done = room.run("receipt", "last")
    assert len(list(split_proofs(done.out))) == 3
    out = room.folder / "all.html"
    for lang in ("en", "de", "ar"):
        assert room.run("receipt", "last", "-o", str(out), "--lang", lang).code == 0
        text = out.read_text("utf-8")
        assert text.count('class="page"') == text.count("<svg ") == 3 and "<script" not in text
        assert words_for(lang).say("It proves that you came, even if somebody changes the list later.") in text
        assert "http" not in re.sub(r"http://www.w3.org/\S+", "", text)  # nothing is fetched from anywhere


def test_a_picture_holds_one_persons_code(room: Room) -> None:
    out = room.folder / "ann.svg"
    assert room.run("receipt", "last", "--person", "E1", "-o", str(out)).code == 0
    assert out.read_text().startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert room.run("receipt", "last", "-o", str(out)).code == 2


def test_who_has_none_is_told_in_one_sentence(room: Room) -> None:
    hostile = ("B", "nobody", "", "\x1b[2J", "x" * 9000, "[/]", "\u202eE1", "9bFlIreR")
    for badge in hostile:
        done = room.run("receipt", "last", "--person", badge)
        assert done.code == 1 and "\x1b" not in done.talk and "Traceback" not in done.talk, badge
        assert done.out == b"" and len(done.talk) < 400
    assert room.run("receipt", "last", "--lang", "xx", "-o", "x.html").code == 2
    assert room.run("receipt", "nonsense").code == 1
    assert room.run("receipt", "last", "-o", str(room.folder / "none" / "x.txt")).code == 2


# ---- head office -------------------------------------------------------------------------------------------------


def test_head_office_says_whose_record_a_code_is_and_a_name_only_when_asked(room: Room, tmp_path: Path) -> None:
    office = ("--home", str(tmp_path / "hq"))
    root = fieldkit("central", "init", *office, "--org", "ld.acme.example", "--no-passphrase", "--json").document[
        "root"
    ]
    (one,) = room.run("receipt", "last", "--person", "E1", "--json").document["people"]
    assert fieldkit("central", "check", *office, one["code"]).code == 1  # nothing is here yet
    words = room.run("enrol", "-o", str(tmp_path / "enrol.note"), "--json").document["words"]
    assert fieldkit("central", "enrol", *office, str(tmp_path / "enrol.note"), "--words", words).code == 0
    assert room.run("trust", "accept", str(tmp_path / "hq" / "trust.note"), "--root", root).code == 0
    room.run("bundle", "last", "--plain", "-o", str(tmp_path / "a.fkb"))
    assert fieldkit("central", "ingest", *office, str(tmp_path / "a.fkb")).code == 0
    bare = fieldkit("central", "check", *office, one["code"].lower().replace(" ", "-"))
    assert (
        bare.code == 0 and f"record {one['index']} of {room.size}, person.join" in bare.text and "Ann" not in bare.text
    )
    assert f"{NASTY} E1" in fieldkit("central", "check", *office, one["code"], "--name").text
    found = fieldkit("central", "check", *office, one["code"], "--json").document
    assert (found["code"], found["found"][0]["record"]) == (one["code"], one["index"])
    assert not {"name", "badge"} & set(found["found"][0])
    for wrong, answer in (("A" * 10, 1), ("", 2), ("\x1b[2J", 2), ("' OR 1=1 --", 2), ("x" * 9000, 2)):
        done = fieldkit("central", "check", *office, wrong)
        assert done.code == answer and "Traceback" not in done.talk and "\x1b" not in done.talk
    sheet = tmp_path / "hq.csv"
    made = fieldkit("central", "export", *office, "last", "-o", str(sheet), "--json").document
    assert made["proofs"] == f"{sheet}.proofs"
    told = room.run("verify", str(sheet), "--json").document
    assert (told["kind"], told["verdict"]) == ("file", "verified")
    proved = room.run("verify", made["proofs"], "--json").document
    assert any(name.endswith("/central") for name in proved["sessions"][0]["signers"])
    assert show_code(one["code"].replace(" ", "")) == one["code"]


def test_another_table_under_the_same_name_leaves_no_stale_proofs(room: Room) -> None:
    out = room.folder / "sheet.csv"
    room.run("export", "last", "-o", str(out))
    beside = Path(f"{out}.proofs")
    assert beside.exists()
    assert room.run("export", "last", "--what", "answers", "-o", str(out)).code == 0 and not beside.exists()
    assert room.run("verify", str(out)).code == 0
    beside.write_text("a note of my own")  # not ours: it stays
    room.run("export", "last", "--what", "answers", "-o", str(out))
    assert beside.read_text() == "a note of my own"
