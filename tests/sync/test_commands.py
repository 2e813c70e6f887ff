"""The commands of carrying and of head office: documents, exit codes, one sentence for everything that goes wrong."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import Any

import pytest

from fieldkit.core import records as r
from fieldkit.core.records import Draft
from fieldkit.log.keys import VKey, six_words
from fieldkit.station import Station
from tests.cli.kit import Done, fieldkit
from tests.kit.central import Laptop, bundle
from tests.sync.laptop import more, session


class Bench:
    """One laptop with one session, one central, one stick."""

    def __init__(self, folder: Path) -> None:
        self.laptop, self.office, self.stick = folder / "laptop", folder / "office", folder / "stick"
        self.stick.mkdir()
        self.keys = self.central("init", "--org", "ld.acme.example", "--no-passphrase").document
        station = Station.open(self.laptop)
        self.ref = asyncio.run(session(station, ("Ann Lee", "E1")))

    def run(self, *args: str) -> Done:
        return fieldkit(*args, "--json", home=self.laptop)

    def central(self, verb: str, *args: str) -> Done:
        return fieldkit("central", verb, "--home", str(self.office), *args, "--json")

    def enrol(self) -> str:
        """What head office is told on the way."""
        note = str(self.stick / "enrol.note")
        words = self.run("enrol", "-o", note).document["words"]
        done = self.central("enrol", note, "--words", words)
        assert done.code == 0 and done.document["signed"] is True
        trusted = str(self.office / "trust.note")
        assert self.run("trust", "accept", trusted, "--root", self.keys["root"]).code == 0
        return done.talk


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def told(done: Done) -> None:
    """One sentence and perhaps a hint, no traceback."""
    assert "Traceback" not in done.talk and "mistake in fieldkit" not in done.talk, done.talk
    assert done.talk.strip()


def test_the_whole_way_and_back(bench: Bench) -> None:
    assert set(bench.keys) == {"root", "central", "office", "recipient", "words"}
    assert bench.keys["words"] == {x: six_words(VKey.parse(bench.keys[x])) for x in ("root", "central", "office")}
    bench.enrol()
    made = bench.run("bundle", "--plain", "-o", str(bench.stick))
    assert made.code == 0
    document = made.document
    assert set(document) == {"file", "sha256", "sessions", "sealed_to"} and document["sealed_to"] == []
    assert [set(one) for one in document["sessions"]] == [{"origin", "size", "root"}]
    assert bench.run("verify", document["file"]).document["verdict"] == "verified"
    receipts = bench.stick / "receipts.note"
    taken = bench.central("ingest", str(bench.stick), "--receipts", str(receipts))
    assert (taken.code, taken.document) == (
        0,
        {"sessions": [{"origin": bench.ref.origin, "size": 4, "result": "stored", "reason": ""}]},
    )
    assert bench.run("receipts", str(receipts)).document == {
        "sessions": [{"origin": bench.ref.origin, "receipted": True}]
    }
    assert bench.central("findings").document == {"findings": []}
    ours, theirs = bench.stick / "ours.csv", bench.stick / "theirs.csv"
    assert bench.run("export", "last", "-o", str(ours)).code == 0
    assert bench.central("export", "last", "-o", str(theirs)).code == 0
    assert ours.read_bytes() == theirs.read_bytes()
    assert bench.run("verify", str(theirs), str(ours)).code == 0
    assert bench.run("bundle", "--plain", "-o", str(bench.stick)).code == 1


def test_a_folder_both_sides_reach(bench: Bench) -> None:
    bench.enrol()
    trip = bench.run("sync", "--to", str(bench.stick), "--plain")
    assert trip.code == 0 and [one["origin"] for one in trip.document["sessions"]] == [bench.ref.origin]
    assert bench.central("ingest", str(bench.stick), "--receipts", str(bench.stick)).code == 0
    trip = bench.run("sync", "--to", str(bench.stick), "--plain")
    assert trip.document["receipts"] == [bench.ref.origin] and trip.document["file"] == ""


def test_receipted_is_one_word_in_every_list(bench: Bench) -> None:
    """`receipts`, `sync` and `sessions` name what head office holds alike, whole or in part."""
    bench.enrol()
    origin, notes = bench.ref.origin, str(bench.stick / "receipts.note")
    bench.run("bundle", "--plain", "-o", str(bench.stick))
    bench.central("ingest", str(bench.stick), "--receipts", notes)
    sync = ("sync", "--to", str(bench.stick), "--plain")
    assert fieldkit("receipts", notes, home=bench.laptop).text == f"receipted  {origin}\n"
    assert fieldkit(*sync, home=bench.laptop).text == f"receipted  {origin}\n"
    assert "receipted" in fieldkit("sessions", home=bench.laptop).text
    asyncio.run(more(Station.open(bench.laptop), bench.ref.path, Draft(r.NoteAdded())))
    assert fieldkit("receipts", notes, home=bench.laptop).text == f"receipted in part  {origin}\n"
    assert f"receipted in part  {origin}\n" in fieldkit(*sync, home=bench.laptop).text


def test_head_office_with_something_to_do_does_not_say_that_nothing_is(bench: Bench) -> None:
    """The paper key on the disk is warned of; `Nothing needs a person.` stands alone or not at all."""
    done = fieldkit("central", "findings", "--home", str(bench.office))
    assert done.code == 0 and "The paper root key still lies on this disk." in done.talk
    assert "Nothing needs a person." not in done.talk
    assert bench.central("findings").document == {"findings": []}
    (bench.office / "root-on-paper.txt").unlink()
    done = fieldkit("central", "findings", "--home", str(bench.office))
    assert done.talk == "Nothing needs a person.\n"


def test_held_then_enrolled_then_taken(bench: Bench) -> None:
    made = bench.run("bundle", bench.ref.suffix, "--plain", "-o", str(bench.stick / "a.fkb")).document["file"]
    held = bench.central("ingest", made)
    assert held.code == 1
    assert held.document["sessions"][0]["result"] == "held"
    assert held.document["sessions"][0]["reason"] == "unknown-device"
    found = bench.central("findings").document["findings"]
    assert [(one["code"], one["reason"], one["origin"]) for one in found] == [
        ("held", "unknown-device", bench.ref.origin)
    ]
    assert bench.central("export", "last", "-o", str(bench.stick / "x.csv")).code == 1
    bench.enrol()
    again = bench.central("ingest", "--held")
    assert (again.code, again.document["sessions"][0]["result"]) == (0, "stored")
    assert bench.central("ingest", "--held").document == {"sessions": []}
    assert bench.central("ingest", made).document["sessions"][0]["result"] == "already"


def test_sealed_to_words_then_to_head_office(bench: Bench) -> None:
    """Before enrolment six words, told once on standard output; afterwards nobody has to tell anything."""
    done = fieldkit("bundle", "-o", str(bench.stick / "a.fkb"), home=bench.laptop)
    words = next(line.removeprefix("words: ") for line in done.text.splitlines() if line.startswith("words: "))
    assert len(words.split()) == 6 and "six words" in done.talk and words not in done.talk
    asked = fieldkit("central", "ingest", "--home", str(bench.office), str(bench.stick))
    assert asked.code == 1 and "needs-words" in asked.text and "--words" in asked.talk
    assert bench.run("verify", str(bench.stick / "a.fkb")).document["verdict"] == "sealed"
    assert bench.run("verify", str(bench.stick / "a.fkb"), "--words", words).document["verdict"] == "verified"
    early = fieldkit("central", "ingest", "--home", str(bench.office), "--words", words, str(bench.stick))
    assert "unknown-device" in early.text and '--held --words "…" takes it in' in early.talk
    assert '--held --words "…"' in bench.enrol()
    desk = fieldkit("central", "desk", "--home", str(bench.office))
    assert "Head office's desk" in desk.text and "What was held" not in desk.talk
    taken = bench.central("ingest", "--held", "--words", words)
    assert (taken.code, taken.document["sessions"][0]["result"]) == (0, "stored")
    made = bench.run("bundle", "last", "-o", str(bench.stick / "b.fkb")).document
    assert made["sealed_to"] == [bench.keys["recipient"]] and "words" not in made
    assert bench.central("ingest", made["file"]).document["sessions"][0]["result"] == "already"
    key = bench.office / "keys" / "age.key"
    assert bench.run("verify", made["file"], "--identity", str(key)).document["verdict"] == "verified"
    wrong = bench.run("verify", made["file"], "--identity", str(bench.office / "keys" / "office.key"))
    assert wrong.code == 1
    told(wrong)


def test_a_bundle_on_standard_output(bench: Bench) -> None:
    done = fieldkit("bundle", "--plain", "-o", "-", home=bench.laptop)
    file = bench.stick / "a.fkb"
    file.write_bytes(done.out)
    assert done.code == 0 and bench.run("verify", str(file)).document["verdict"] == "verified"
    assert bench.run("bundle", "--plain", "-o", "-").code == 2


def test_verify_prints_the_shape_and_never_makes_a_folder(bench: Bench, tmp_path: Path) -> None:
    made = bench.run("bundle", "--plain", "-o", str(bench.stick)).document["file"]
    nobody = fieldkit("verify", made, "--json", home=tmp_path / "nobody")
    assert nobody.code == 1 and not (tmp_path / "nobody").exists()
    document = nobody.document
    assert set(document) == {"file", "kind", "verdict", "reason", "sessions"}
    assert (document["kind"], document["verdict"]) == ("bundle", "signer-unknown")
    assert document["sessions"] == [{"origin": bench.ref.origin, "size": 4, "signers": []}]
    both = fieldkit("verify", made, made, "--json", home=tmp_path / "nobody")
    assert [one["verdict"] for one in both.document] == ["signer-unknown"] * 2
    stranger = fieldkit("verify", made, home=tmp_path / "nobody")
    assert "signer-unknown" in stranger.text and "trust.note --root ROOT" in stranger.talk
    assert bench.run("verify", made, "--root", "nonsense").code == 2
    assert bench.run("verify", made, "--root", bench.keys["office"]).code == 2
    assert bench.run("verify", made, "--root", bench.keys["root"]).code == 0


WRONG: list[tuple[tuple[str, ...], int]] = [
    (("bundle", "nonsense", "--plain", "-o", "STICK"), 1),
    (("bundle", "--plain", "-o", "STICK/none/x.fkb"), 2),
    (("sync",), 2),
    (("sync", "--to", "ftp://central.example", "--plain"), 2),
    (("sync", "--to", "STICK/none", "--plain"), 3),
    (("receipts", "STICK/none"), 3),
    (("receipts", "BAD"), 1),
    (("verify", "STICK/none"), 1),
    (("verify", "BAD"), 1),
    (("verify", "BAD", "--identity", "BAD"), 1),
    (("central", "init", "--home", "OFFICE", "--org", "ld.acme.example", "--no-passphrase"), 1),
    (("central", "init", "--home", "STICK/new", "--org", "acme", "--no-passphrase"), 2),
    (("central", "init", "--home", "STICK/new", "--org", "ld.acme.example"), 2),
    (("central", "enrol", "--home", "OFFICE", "BAD", "--words", "a b c d e f"), 1),
    (("central", "enrol", "--home", "OFFICE", "STICK/none", "--words", "a b c d e f"), 3),
    (("central", "ingest", "--home", "OFFICE", "STICK/none"), 1),
    (("central", "ingest", "--home", "OFFICE", "STICK/empty"), 1),
    (("central", "ingest", "--home", "OFFICE"), 2),
    (("central", "ingest", "--home", "STICK", "BAD"), 3),
    (("central", "ingest", "--home", "OFFICE", "BAD"), 1),
    (("central", "export", "--home", "OFFICE", "last", "-o", "STICK/x.csv"), 1),
    (("central", "export", "--home", "OFFICE", "last", "--what", "nonsense", "-o", "STICK/x.csv"), 2),
    (("central", "export", "--home", "OFFICE", "last", "--as", "pdf", "-o", "STICK/x.csv"), 1),
    (("central", "export", "--home", "OFFICE", "last", "--what", "answers", "--as", "pdf", "-o", "STICK/x.csv"), 2),
    (("central", "export", "--home", "OFFICE", "last", "--as", "pdf", "--lang", "xx", "-o", "STICK/x.csv"), 2),
    (("central", "export", "--home", "OFFICE", "last", "--size", "A4", "-o", "STICK/x.csv"), 2),
    (("central", "findings", "--home", "STICK"), 3),
    (("central", "serve", "--home", "OFFICE"), 2),
    (("central", "trust", "show", "--home", "STICK"), 3),
    (("central", "trust", "sign", "--home", "OFFICE", "--key", "BAD"), 4),
    (("central", "trust", "sign", "--home", "OFFICE", "--key", "/dev/zero"), 4),
]


@pytest.mark.parametrize("case", WRONG, ids=lambda case: " ".join(case[0])[:60] if isinstance(case, tuple) else "")
def test_what_goes_wrong_is_said_in_one_sentence(bench: Bench, case: tuple[tuple[str, ...], int]) -> None:
    args, code = case
    bad = bench.stick / "bad.bin"
    bad.write_bytes(b"\x00\xff hello \x1b[2J")
    (bench.stick / "empty").mkdir()
    places = {"STICK": str(bench.stick), "OFFICE": str(bench.office), "BAD": str(bad)}
    words = []
    for arg in args:
        head, _, rest = arg.partition("/")
        words.append(places[head] + ("/" + rest if rest else "") if head in places else arg)
    done = fieldkit(*words, home=bench.laptop)
    assert done.code == code, (done.code, done.talk, done.text)
    if done.talk:
        told(done)
    assert "\x1b" not in done.text + done.talk and "Traceback" not in done.talk
    assert (bench.office / "central.db").exists()


def test_an_unreadable_file_never_stops_the_rest(bench: Bench) -> None:
    bench.enrol()
    bench.run("bundle", "--plain", "-o", str(bench.stick / "b.fkb"))
    (bench.stick / "a.fkb").write_bytes(b"hello")
    (bench.stick / "c.fkb").write_bytes(bundle(Laptop.named("zzzz").whole()))
    os.mkfifo(bench.stick / "pipe")
    done = bench.central("ingest", str(bench.stick / "none"), str(bench.stick / "pipe"), str(bench.stick))
    assert done.code == 1 and str(bench.stick / "none") in done.talk
    rows: list[dict[str, Any]] = done.document["sessions"]
    assert [one["result"] for one in rows] == ["refused", "refused", "refused", "stored", "held"]
    assert [rows.pop(0)["reason"] for _ in range(2)] == ["not-found", "not-found"]
    assert rows[0] == {"origin": None, "size": None, "result": "refused", "reason": "not-gzip"}


def test_a_sealed_root_wants_its_passphrase(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    office, secret = str(tmp_path / "sealed"), tmp_path / "secret"
    secret.write_text("open sesame\n")
    monkeypatch.delenv("FIELDKIT_PASSPHRASE", raising=False)
    init = ("central", "init", "--home", office, "--org", "ld.acme.example", "--json")
    assert fieldkit(*init, "--passphrase-file", str(secret)).code == 0
    note = str(bench.stick / "enrol.note")
    words = bench.run("enrol", "-o", note).document["words"]
    enrol = ("central", "enrol", "--home", office, note, "--words", words, "--json")
    assert fieldkit(*enrol).code == 2
    monkeypatch.setenv("FIELDKIT_PASSPHRASE", "wrong")
    assert fieldkit(*enrol).code == 1
    monkeypatch.setenv("FIELDKIT_PASSPHRASE", "open sesame")
    done = fieldkit(*enrol)
    assert done.code == 0 and json.loads(done.out)["version"] == 2
    shown = fieldkit("central", "trust", "show", "--home", office, "--json").document
    assert [key["kind"] for key in shown["keys"]].count("device") == 1
    (tmp_path / "sealed" / "keys" / "root.key").rename(tmp_path / "root.key")
    assert fieldkit("central", "trust", "sign", "--home", office).code == 1
    signed = fieldkit("central", "trust", "sign", "--home", office, "--key", str(tmp_path / "root.key"), "--json")
    assert signed.code == 0 and signed.document["version"] == 3
