"""`fieldkit verify`: every kind of file gets each verdict it can have, in words, and hostile files get one too."""

from __future__ import annotations

import asyncio
import io
import sys
from pathlib import Path

import pytest

from fieldkit.log.keys import Signer, six_words
from fieldkit.log.note import sign_note
from fieldkit.log.proven import split_proofs
from fieldkit.log.receipt import HEADER, parse_receipt, qr_text, short_code
from fieldkit.log.trust import TrustKey, TrustList, trust_note
from fieldkit.packs.read import read_pack
from fieldkit.station import Station
from fieldkit.words import TRAINER, words_for
from fieldkit.words.verdicts import BESIDE, SENTENCES
from tests.cli.kit import Done, fieldkit
from tests.packs.kit import pack, write
from tests.sync.laptop import session

DAY = 86_400
ROOT = Signer("ld.acme.example/root", b"\1" * 32)
PUBLISHER = Signer("ld.acme.example/pub/4h7m", b"\2" * 32)


class Desk:
    """A laptop with a session, its files, and a folder in which they are changed."""

    def __init__(self, folder: Path, *, whole: bool = True) -> None:
        self.folder, self.laptop = folder, folder / "laptop"
        self.station = Station.open(self.laptop)
        asyncio.run(session(self.station, ("Ann [/] Lee\u202e", "E1"), ("<b>Bo</b>", "=2+2")))
        self.run("export", "last", "-o", str(folder / "a.csv"))
        self.run("receipt", "last", "--person", "E1", "-o", str(folder / "ann.txt"))
        if not whole:
            return
        self.run("bundle", "--plain", "-o", str(folder / "a.fkb"))
        self.run("bundle", "-o", str(folder / "sealed.fkb"))
        self.run("enrol", "-o", str(folder / "enrol.note"))
        self.write("trust.note", self.trust())
        self.pack()

    def trust(self) -> bytes:
        now = self.station.clock.wall_ms() // 1000 // DAY * DAY
        whose = [("root", ROOT.vkey), ("device", self.station.signer.vkey), ("publisher", PUBLISHER.vkey)]
        keys = tuple(TrustKey(kind, key, now - DAY, now + 300 * DAY) for kind, key in whose)
        return trust_note(TrustList("ld.acme.example", 1, now, now + 90 * DAY, keys), ROOT)

    def pack(self) -> None:
        folder = write(self.folder / "small", pack())
        text = f"fieldkit-pack/1\nid small\nversion 1.0.0\nfiles {read_pack(folder).hash}\n"
        self.write("small/pack.note", sign_note(text, PUBLISHER))

    def write(self, name: str, raw: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(raw)
        return path

    def read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()

    def run(self, *args: str) -> Done:
        return fieldkit(*args, home=self.laptop)

    def judged(self, *names: str, stranger: bool = False) -> tuple[str, str, str]:
        """(kind, verdict, reason) of the last file; the words that stand beside are those of the table."""
        root = [] if stranger else ["--root", str(ROOT.vkey)]
        args = [*root, *(str(self.folder / name) for name in names)]
        home = self.folder / "nobody" if stranger else self.laptop
        done = fieldkit("verify", *args, "--json", home=home)
        found = done.document[-1] if isinstance(done.document, list) else done.document
        assert set(found) == {"file", "kind", "verdict", "reason", "sessions"}
        assert done.code == (found["verdict"] != "verified") and not (self.folder / "nobody").exists()
        text = fieldkit("verify", *args, home=home).text
        assert SENTENCES[found["kind"], found["verdict"]] in text and "\x1b" not in text and "\u202e" not in text
        return found["kind"], found["verdict"], found["reason"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("verify"))


GOOD = {
    "a.fkb": "bundle",
    "ann.txt": "receipt",
    "ann.qr": "receipt",
    "a.csv": "file",
    "a.csv.note": "file",
    "a.csv.proofs": "proofs",
    "small": "pack",
    "trust.note": "trust",
    "enrol.note": "enrol",
}


@pytest.mark.parametrize("name", GOOD)
def test_each_kind_is_verified_under_the_root_and_of_an_unknown_signer_without(desk: Desk, name: str) -> None:
    desk.write("ann.qr", qr_text(desk.read("ann.txt")).encode())
    kind = GOOD[name]
    root = ("--root", str(ROOT.vkey))
    args = [str(desk.folder / x) for x in dict.fromkeys(("trust.note", name))]
    done = fieldkit("verify", *args, *root, "--json", home=desk.folder / "nobody")
    found = done.document if isinstance(done.document, list) else [done.document]
    assert [(x["kind"], x["verdict"]) for x in found][-1] == (kind, "verified") and done.code == 0
    assert desk.judged(name, stranger=True) == (kind, "signer-unknown", "signer-unknown")


BAD: dict[str, tuple[str, bytes, bytes, str, str]] = {
    "a bundle": ("a.fkb", b"\x1f\x8b", b"\x1f\x8c", "bundle", "not-gzip"),
    "a receipt": ("ann.txt", b"\nindex 2", b"\nindex 3", "receipt", "bad-proof"),
    "proofs": ("a.csv.proofs", b"\n=====\n", b"\n====\n", "proofs", "not-a-checkpoint"),
    "a sheet": ("a.csv", b"E1", b"E7", "file", "changed"),
    "a sheet's note": ("a.csv.note", b"name a.csv", b"name b.csv", "file", "bad-signature"),
    "a trust list": ("trust.note", b"version 1", b"version 2", "trust", "bad-signature"),
    "an enrolment": ("enrol.note", b"made 2", b"made 3", "enrol", "bad-signature"),
    "a pack": ("small/pack.yaml", b"en", b"es", "pack", ""),
}


@pytest.mark.parametrize("what", BAD)
def test_one_changed_byte_is_refused_in_words(desk: Desk, what: str) -> None:
    name, old, new, kind, reason = BAD[what]
    raw = desk.read(name)
    assert old in raw
    target = name.split("/")[0]
    try:
        desk.write(name, raw.replace(old, new, 1))
        got = desk.judged(target)
        assert got[:2] == (kind, "refused") and (not reason or got[2] == reason), got
    finally:
        desk.write(name, raw)


def test_a_pack_whose_note_is_about_other_files_is_refused(desk: Desk) -> None:
    raw = desk.read("small/pack.note")
    try:
        desk.write("small/guide.md", b"changed since")
        assert desk.judged("small") == ("pack", "refused", "changed")
        (desk.folder / "small" / "guide.md").unlink()
        desk.write("small/pack.note", b"\xff")
        assert desk.judged("small")[1:] == ("refused", "not-utf8")
    finally:
        desk.write("small/pack.note", raw)
        (desk.folder / "small" / "guide.md").unlink(missing_ok=True)


def test_a_sealed_bundle_says_so(desk: Desk) -> None:
    assert desk.judged("sealed.fkb")[:2] == ("bundle", "sealed")


def test_what_is_nothing_of_ours_gets_a_sentence_too(desk: Desk) -> None:
    names = {
        "nothing": b"",
        "noise": bytes(range(256)) * 20,
        "words": "Ann \x1b[2J \u202e".encode(),
        "letters": b"A" * 200,
        "head": f"{HEADER}\n".encode(),
        "one": f"{HEADER}\nextra A\nindex 0\n\nx\n".encode(),
        "many": b"\n=====\n".join([HEADER.encode()] * 30_000),
        "bomb": qr_text(desk.read("ann.txt")).encode()[:80] + b"A" * 900,
        "beside.csv": b"a,b\r\n",
    }
    for name, raw in names.items():
        desk.write(name, raw)
        assert desk.judged(name)[1] == "refused", name


@pytest.mark.parametrize(
    "sheet",
    [b"", b"\xff\xfe", b"[]x", b"[" * 50_000, b'[{"record_id":"x","check_in":"1"}]', b"record_id,check_in\r\n,1\r\n",
     b"record_id,check_in\r\nx-AAAAAAAA,1\r\n", b'"' * 200_000, b"a\r\nb"],
    ids=lambda raw: repr(raw[:20]),
)  # fmt: skip
def test_a_hostile_sheet_beside_good_proofs_is_refused(desk: Desk, sheet: bytes) -> None:
    """Signed by somebody nobody knows, so that its bytes are read at all."""
    from fieldkit.log.note import parse_checkpoint, split_note
    from fieldkit.log.receipt import file_note

    at = parse_checkpoint(split_note(parse_receipt(desk.read("ann.txt")).note)[0])
    desk.write("x.csv", sheet)
    desk.write("x.csv.note", file_note(Signer("ld.acme.example/dev/9zzz", bytes(32)), "x.csv", sheet, [at]))
    desk.write("x.csv.proofs", desk.read("a.csv.proofs"))
    assert desk.judged("x.csv") in (("file", "refused", "not-a-sheet"), ("file", "refused", "not-proved"))


def test_what_the_proofs_beside_a_sheet_are_worth_is_said_in_words(desk: Desk) -> None:
    """Times are never proved; without proofs nobody is; whoever made a file names the log and has not signed it."""
    said = desk.run("verify", str(desk.folder / "a.csv")).text
    assert BESIDE["proved"] in said and "2 people proved" in said and "records  named by" in said
    desk.write("bare.csv", desk.read("a.csv"))
    desk.write("bare.csv.note", desk.read("a.csv.note"))
    done = desk.run("verify", str(desk.folder / "bare.csv"))
    assert done.code == 0 and BESIDE["none"] in done.text and "people proved" not in done.text
    answers = desk.run("export", "last", "--what", "answers", "-o", str(desk.folder / "answers.csv"))
    assert answers.code == 0
    said = desk.run("verify", str(desk.folder / "answers.csv")).text
    assert not any(words in said for words in BESIDE.values())


def test_what_is_no_sheet_has_no_proofs_beside_it(desk: Desk) -> None:
    """Statements say who was there, but not as a sheet does: proofs beside them could be compared with nothing."""
    desk.run("export", "last", "--as", "json", "-o", str(desk.folder / "x.json"))
    assert (desk.folder / "x.json.proofs").is_file() and desk.judged("x.json") == ("file", "verified", "")
    done = desk.run("export", "last", "--as", "xapi", "--what", "attendance", "-o", str(desk.folder / "x.json"))
    assert done.code == 0 and not (desk.folder / "x.json.proofs").exists(), "those of the sheet before are gone"
    assert desk.judged("x.json") == ("file", "verified", "")


def test_proofs_of_another_log_do_not_prove_a_sheet(desk: Desk, tmp_path: Path) -> None:
    other = Desk(tmp_path, whole=False)
    raw = desk.read("a.csv.proofs")
    try:
        desk.write("a.csv.proofs", other.read("a.csv.proofs"))
        assert desk.judged("a.csv") == ("file", "refused", "other-log")
    finally:
        desk.write("a.csv.proofs", raw)


def test_standard_input_is_read_once_and_named_by_its_sign(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(desk.read("ann.txt"))))
    found = desk.run("verify", "-", "--json").document
    assert (found["file"], found["verdict"]) == ("-", "verified")
    assert desk.run("verify", "-", "-").code == 2 and desk.run("verify").code == 2


# ---- codes -----------------------------------------------------------------------------------------------------------


def test_a_code_leads_to_its_record_here_and_in_a_bundle_without_a_name(desk: Desk) -> None:
    leaf = parse_receipt(next(split_proofs(desk.read("ann.txt")))).leaf
    code = short_code(leaf)
    typed = f"{code[:5].lower()}-{code[5:]} "
    done = desk.run("verify", "--code", typed, "--json")
    (one,) = done.document["sessions"]
    assert (done.code, done.document["verdict"], one["record"], one["kind"]) == (0, "verified", 2, "person.join")
    assert "Ann" not in done.text + desk.run("verify", "--code", code).text
    args = ("verify", "--code", code, str(desk.folder / "a.fkb"), "--json")
    away = fieldkit(*args, home=desk.folder / "nobody")
    assert (away.code, away.document["verdict"]) == (1, "signer-unknown")
    known = fieldkit(*args, str(desk.folder / "trust.note"), "--root", str(ROOT.vkey), home=desk.folder / "nobody")
    assert [x["verdict"] for x in known.document] == ["verified", "verified"]
    for words in (six_words(ROOT.vkey), six_words(ROOT.vkey).upper().replace(" ", " - ")):
        same = fieldkit(*args, str(desk.folder / "trust.note"), "--root", words, home=desk.folder / "nobody")
        assert [x["verdict"] for x in same.document] == ["verified", "verified"]
    asked = "Six words pick a root of a trust list, and there is none here."
    alone = fieldkit(*args, "--root", six_words(ROOT.vkey), home=desk.folder / "nobody")
    assert alone.code == 2 and asked in alone.talk
    other = fieldkit(*args, str(desk.folder / "trust.note"), "--root", "able " * 6, home=desk.folder / "nobody")
    assert other.code == 2 and "No root of the trust lists here has these six words." in other.talk
    for bad in ("\x1b[2J", "a " * 9, "x" * 5000, f"{ROOT.vkey}x", ""):
        none = fieldkit(*args, str(desk.folder / "trust.note"), "--root", bad, home=desk.folder / "nobody")
        assert none.code == 2 and "neither a root key nor six words" in none.talk and "\x1b" not in none.talk
    for wrong, answer in (("A" * 10, 1), ("", 2), ("0189", 2), ("x" * 5000, 2), ("\x1b[2J", 2), ("é" * 10, 2)):
        done = desk.run("verify", "--code", wrong)
        assert done.code == answer and "Traceback" not in done.talk
    sealed = desk.run("verify", "--code", code, str(desk.folder / "sealed.fkb"))
    assert sealed.code == 0 and "; 1 could not be looked into" in sealed.text


def test_a_log_that_was_changed_vouches_for_no_code(desk: Desk, tmp_path: Path) -> None:
    import sqlite3

    other = Desk(tmp_path, whole=False)
    code = short_code(parse_receipt(other.read("ann.txt")).leaf)
    (path,) = (other.laptop / "sessions").glob("*.db")
    with sqlite3.connect(path) as db:
        for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f"DROP TRIGGER {name}")
        db.execute(
            "UPDATE records SET line = CAST(replace(CAST(line AS TEXT), '\"m\":0', '\"m\":1') AS BLOB) WHERE i = 3"
        )
    db.close()
    done = other.run("verify", "--code", code, "--json")
    assert (done.code, done.document["verdict"], done.document["reason"]) == (1, "refused", "root-mismatch")


# ---- words -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", TRAINER)
def test_the_sentence_is_in_the_language_of_the_settings(
    desk: Desk, lang: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELDKIT_LANG", lang)
    text = desk.run("verify", str(desk.folder / "ann.txt")).text
    assert words_for(lang).say(SENTENCES["receipt", "verified"]) in text
    if lang != "en":
        assert all(words_for(lang).say(one) != one for one in SENTENCES.values())


def test_settings_that_cannot_be_read_keep_nobody_from_checking(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDKIT_LANG", "\x1b nonsense")
    done = desk.run("verify", str(desk.folder / "ann.txt"))
    assert done.code == 0 and SENTENCES["receipt", "verified"] in done.text and "warning" in done.talk
