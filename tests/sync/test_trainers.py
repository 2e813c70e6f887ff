"""A trainer's signature at head office: by the commands, on real logs, from the laptop to the sheet."""

from __future__ import annotations

import asyncio
import csv
import io
import secrets
from pathlib import Path

import pytest

from fieldkit.core.records import Amended, Draft, SignedBy
from fieldkit.log.facilitators import unlock
from fieldkit.log.keys import VKey, six_words
from fieldkit.log.store import Pending, Store
from fieldkit.station import SessionRef, Station
from tests.cli.kit import Done, fieldkit
from tests.sync.laptop import minute, session

ORG = "ld.acme.example"


class Bench:
    """A laptop with a trainer's key, a central, a stick; one session that the trainer has signed."""

    def __init__(self, folder: Path) -> None:
        self.laptop, self.office, self.stick = folder / "laptop", folder / "office", folder / "stick"
        self.stick.mkdir()
        self.keys = self.central("init", "--org", ORG, "--no-passphrase").document
        made = self.run("key", "facilitator", "new", "9k3m", "--no-passphrase").document
        self.trainer, self.words = made["vkey"], made["words"]
        words = self.run("enrol", "-o", str(self.stick / "enrol.note")).document["words"]
        assert self.central("enrol", str(self.stick / "enrol.note"), "--words", words).code == 0
        assert self.run("trust", "accept", str(self.office / "trust.note"), "--root", self.keys["root"]).code == 0

    def run(self, *args: str) -> Done:
        return fieldkit(*args, "--json", home=self.laptop)

    def central(self, verb: str, *args: str, more: tuple[str, ...] = ("--json",)) -> Done:
        verbs = verb.split()
        return fieldkit("central", *verbs, *args, "--home", str(self.office), *more)

    def session(self) -> SessionRef:
        station = Station.open(self.laptop)
        ref = asyncio.run(session(station, ("Ann Lee", f"E{station.next_seq()}")))
        asyncio.run(self._sign(station, ref))
        return station.find(ref.origin)

    async def _sign(self, station: Station, ref: SessionRef) -> None:
        signer = unlock(self.laptop, "9k3m", None)
        store = await Store.open(ref.path, station.signer)
        draft = Draft(SignedBy(role="trainer", key=signer.name, meaning="held"), None, {"name": "Rosa Vidal"})
        await store.append([Pending((draft,))], minute(40), secrets.token_bytes, [signer])
        await store.close()

    def carry(self, ref: SessionRef) -> str:
        made = self.run("bundle", ref.suffix, "--plain", "-o", str(self.stick / f"{ref.suffix}.fkb")).document
        (one,) = self.central("ingest", made["file"], "--receipts", str(self.stick / "r.note")).document["sessions"]
        return str(one["result"])

    def status(self, ref: SessionRef) -> str:
        """The sheet's word for the signatures, at head office."""
        out = self.stick / "sheet.csv"
        assert self.central("export", ref.origin, "-o", str(out)).code == 0
        return next(csv.DictReader(io.StringIO(out.read_text("utf-8-sig"))))["signature_status"]

    def findings(self) -> list[str]:
        return [one["code"] for one in self.central("findings").document["findings"]]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_a_signature_counts_at_head_office_once_the_trainer_is_listed(bench: Bench) -> None:
    """Signed, carried, then listed: nothing has to be carried again, and the finding goes by itself."""
    ref = bench.session()
    assert bench.carry(ref) == "stored"
    assert bench.status(ref) == "device+central" and bench.findings() == ["unknown-facilitator"]
    told = bench.central("findings", more=()).text.splitlines()
    assert all(line == line.rstrip() and "state" not in line for line in told)
    assert any("central trust add" in line for line in told)
    wrong = bench.central("trust add", bench.trainer, "--words", "a b c d e f")
    assert wrong.code == 1 and "six words" in wrong.talk and bench.status(ref) == "device+central"
    done = bench.central("trust add", bench.trainer, "--words", bench.words, "--packs", "all")
    assert done.code == 0 and done.document["facilitator"] == bench.trainer and done.document["signed"] is True
    assert [one["code"] for one in done.document["changes"]] == ["joined"]
    assert bench.status(ref) == "device+trainer+central" and bench.findings() == []
    name = VKey.parse(bench.trainer).name
    taken = bench.run("trust", "accept", str(bench.office / "trust.note"))
    assert [one["name"] for one in taken.document["changes"]] == [name]
    assert bench.run("receipts", str(bench.stick / "r.note")).code == 0
    ours = bench.stick / "ours.csv"
    assert bench.run("export", ref.suffix, "-o", str(ours)).code == 0
    assert ours.read_bytes() == (bench.stick / "sheet.csv").read_bytes()


def test_an_erasure_takes_no_signature_away_and_a_correction_does(bench: Bench) -> None:
    """The sheet names the trainer's key at both ends after a name is gone; after a correction it waits for another."""
    assert bench.central("trust add", bench.trainer, "--words", bench.words).code == 0
    assert bench.run("trust", "accept", str(bench.office / "trust.note")).code == 0
    assert any("facilitator" in x and "all packs" in x for x in bench.central("trust show", more=()).text.splitlines())
    ref = bench.session()
    assert bench.run("erase", ref.suffix, "--person", "E1", "--why", "request").code == 0
    grown = Station.open(bench.laptop).find(ref.origin)
    assert grown.size > ref.size
    assert bench.carry(ref) == "stored" and bench.status(ref) == "device+trainer+central"
    assert bench.run("receipts", str(bench.stick / "r.note")).code == 0
    ours = bench.stick / "ours.csv"
    assert bench.run("export", ref.suffix, "-o", str(ours)).code == 0
    assert ours.read_bytes() == (bench.stick / "sheet.csv").read_bytes()
    row = next(csv.DictReader(io.StringIO(ours.read_text("utf-8-sig"))))
    key = VKey.parse(bench.trainer)
    assert (row["trainer_id"], row["signer_key_id"]) == (key.name, key.keyid.hex())
    again = bench.central("erase all", "--person", "E1", "--why", "request")
    assert again.code == 1 and "erased already" in again.talk and "Use the badge" not in again.talk

    async def amend() -> None:
        store = await Store.open(grown.path, Station.open(bench.laptop).signer)
        draft = Draft(Amended(do="correct", by="trainer", why="mistake", set={"status": "excused"}), "person00")
        await store.append([Pending((draft,))], minute(60), secrets.token_bytes)
        await store.close()

    asyncio.run(amend())
    assert bench.carry(ref) in ("stored", "extended") and bench.status(ref) == "device+central"


def test_a_trainers_note_is_as_good_as_the_line(bench: Bench) -> None:
    note = bench.stick / "9k3m.note"
    assert bench.run("key", "facilitator", "note", "nobody", "-o", str(note)).code == 1
    made = bench.run("key", "facilitator", "note", "9k3m", "-o", str(note)).document
    assert made == {"words": bench.words, "vkey": bench.trainer} and bench.words == six_words(VKey.parse(bench.trainer))
    assert bench.run("verify", str(note)).document["verdict"] == "signer-unknown"
    assert f"six words    {bench.words}" in fieldkit("key", "show", home=bench.laptop).text
    for verb in ("enrol", "trust add"):
        done = bench.central(verb, str(note), "--words", bench.words, "--packs", "loto-basics")
        assert done.code == 0 and done.document["facilitator"] == bench.trainer
    assert bench.run("trust", "accept", str(bench.office / "trust.note")).code == 0
    assert bench.run("verify", str(note)).document["verdict"] == "verified"


def test_a_pack_beyond_the_certificate_is_flagged_and_never_refused(bench: Bench) -> None:
    bench.central("trust add", bench.trainer, "--words", bench.words, "--packs", "other-pack")
    first = bench.session()
    assert bench.carry(first) == "stored" and bench.findings() == ["not-certified"]
    assert bench.status(first) == "device+trainer+central"
    packs = f"other-pack,{first.pack_id}"
    done = bench.central("trust certify", "9k3m", "--packs", packs, "--why", "course of March")
    assert done.code == 0 and bench.findings() == []
    bench.central("trust certify", "9k3m", "--packs", "other-pack")
    assert bench.findings() == []  # judged by the list of the day it came in
    assert bench.carry(bench.session()) == "stored" and bench.findings() == ["not-certified"]


def test_a_trainer_who_is_revoked_signs_no_more(bench: Bench) -> None:
    bench.central("trust add", bench.trainer, "--words", bench.words)
    before = bench.session()
    assert bench.carry(before) == "stored"
    assert bench.central("revoke", "9k3m").code == 2
    assert bench.central("revoke", "9k3m", "--why", " \u202e ").code == 2
    done = bench.central("revoke", "9k3m", "--from", "tomorrow", "--why", "Ann [/] Lee\x1b[2J left")
    assert done.code == 0 and [one["code"] for one in done.document["changes"]] == ["revoked"]
    assert bench.status(before) == "device+trainer+central"
    done = bench.central("revoke", "9k3m", "--from", "2026-01-01", "--why", "earlier than we knew")
    assert bench.status(before) == "device+central"
    after = bench.session()
    assert bench.carry(after) == "stored" and bench.status(after) == "device+central"
    assert bench.findings() == ["trainer-ended"]
    again = bench.central("trust add", bench.trainer, "--words", bench.words)
    assert again.code == 1 and "revoked" in again.talk
    rows = bench.central("trust history").document["changes"]
    assert [row["do"] for row in rows] == ["add", "add", "revoke", "revoke"]
    assert "Ann [/] Lee" in rows[2]["why"] and "\x1b" not in bench.central("trust history", more=()).text


def test_every_command_says_in_words_what_changed(bench: Bench) -> None:
    """As a person reads it, and as `central trust show` and `trust show` say it afterwards."""
    show = bench.central("trust show", more=())
    assert show.text.splitlines()[2].endswith(bench.keys["root"])  # the one that trainers need stands first
    done = bench.central("trust add", bench.trainer, "--words", bench.words, "--packs", "loto-basics", more=())
    name = VKey.parse(bench.trainer).name
    assert f"Trainer {name} joined for loto-basics" in done.text
    done = bench.central("trust renew", "9k3m", "--until", "2099-01-01", more=())
    assert f"Trainer {name} counts until 2099-01-01" in done.text
    done = bench.central("revoke", "fac/9k3m", "--why", "left", more=())
    assert f"Trainer {name} is revoked from" in done.text and "trust.note" in done.talk
    assert bench.run("trust", "accept", str(bench.office / "trust.note")).code == 0
    shown = fieldkit("trust", "show", home=bench.laptop)
    assert f"Trainer {name} is listed as revoked from" in shown.talk and "since version 2" in shown.talk
    for args in (
        ("revoke", "nobody", "--why", "x"),
        ("trust renew", "Ann [/] Lee"),
        ("trust certify", "9k3m", "--packs", "all"),
        ("trust rotate", "nonsense"),
        ("trust add", "\x1b[2J", "--words", "x"),
        ("revoke", "office", "--why", "x"),
    ):
        wrong = bench.central(*args, more=())
        assert (
            wrong.code in (1, 2) and wrong.talk.strip() and "\x1b" not in wrong.talk and "Traceback" not in wrong.talk
        )


def test_a_root_that_changed_reaches_a_laptop_by_a_folder(bench: Bench) -> None:
    """`sync` takes the lists in their order; without the one in between the newest is refused, with the reason."""
    made = bench.central("trust rotate", "root", "--no-passphrase").document
    assert made["old"] == [bench.keys["root"]] and {one["code"] for one in made["changes"]} == {"root", "revoked"}
    bench.central("trust add", bench.trainer, "--words", bench.words)
    newest, between = bench.office / "trust.note", bench.office / "lists" / "000003.note"
    refused = bench.run("trust", "accept", str(newest))
    assert refused.code == 1 and "new root" in refused.talk and "no-known-signature" in refused.talk
    stick = bench.stick / "lists"
    stick.mkdir()
    (stick / "a-newest.note").write_bytes(newest.read_bytes())
    (stick / "b-between.note").write_bytes(between.read_bytes())
    trip = bench.run("sync", "--to", str(stick), "--plain")
    assert trip.document["trust"] == 4
    assert bench.run("trust", "show").document["version"] == 4
    other = Station.open(bench.laptop.parent / "other")
    for file, why in ((newest, "no-known-signature"), (between, "revoked-root")):
        argv = ("trust", "accept", str(file), "--root", bench.keys["root"], "--json")
        assert why in fieldkit(*argv, home=other.home).talk
    argv = ("trust", "accept", str(newest), str(between), "--root", made["new"], "--json")
    assert fieldkit(*argv, home=other.home).document["version"] == 4


def test_a_key_that_is_revoked_stays_so_and_the_page_with_the_root_is_no_key_file(bench: Bench) -> None:
    device = next(line for line in (bench.office / "trust.note").read_text().splitlines() if line.startswith("device "))
    name = device.split(" ")[1].split("+")[0]
    assert bench.central("revoke", name, "--from", "9999-12-31", "--why", "typed wrongly").code == 0
    assert "ok, revoked from 9999-12-31" in bench.central("trust show", more=()).text
    assert bench.central("revoke", name, "--from", "2026-01-01", "--why", "stolen").code == 0
    back = bench.central("revoke", name, "--from", "9999-12-31", "--why", "x", more=())
    assert back.code == 1 and "for ever" in back.talk
    shown = bench.central("trust show", more=()).text
    assert "revoked from 2026-01-01" in shown and "9999" not in shown
    far = bench.central("revoke", name, "--from", "0001-01-01", "--why", "y", more=())
    assert far.code == 2 and "out of range" in far.talk and "bad-note" not in far.talk
    page = bench.office / "root-on-paper.txt"
    wrong = bench.central("trust rotate", "root", "--no-passphrase", "--key", str(page), more=())
    assert wrong.code == 2 and "three lines between the rulers" in wrong.talk
    root = page.parent / "paper.key"
    root.write_text(page.read_text().split("----------\n")[1])
    assert bench.central("trust rotate", "root", "--no-passphrase", "--key", str(root)).code == 0


def test_a_list_that_waits_for_root_says_what_it_would_change(bench: Bench) -> None:
    """Root is kept elsewhere: a draft that grows, told by `show` and by `sign`; nothing counts before it is signed."""
    away = bench.stick / "root.key"
    (bench.office / "keys" / "root.key").rename(away)
    name = VKey.parse(bench.trainer).name
    done = bench.central("trust add", bench.trainer, "--words", bench.words)
    assert done.document["signed"] is False and done.document["trust"].endswith("trust.draft")
    assert bench.central("trust rotate", "recipient").document["signed"] is False
    shown = bench.central("trust show").document
    assert shown["draft"] is True and [one["code"] for one in shown["changes"]] == ["joined", "recipient", "recipient"]
    assert all(key["kind"] != "facilitator" for key in shown["keys"])
    assert f"waits: Trainer {name} joined" in bench.central("trust show", more=()).text
    assert bench.central("trust rotate", "root", "--no-passphrase").code == 1
    assert bench.central("trust sign").code == 1
    signed = bench.central("trust sign", "--key", str(away), more=())
    assert signed.code == 0 and f"Trainer {name} joined" in signed.talk
    shown = bench.central("trust show").document
    assert shown["draft"] is False and shown["changes"] == []
    (line,) = [key for key in shown["keys"] if key["kind"] == "facilitator"]
    assert (line["vkey"], line["words"], line["state"]) == (bench.trainer, bench.words, "ok")


def test_what_a_revoked_laptop_left_on_a_stick_is_decided_by_a_person(bench: Bench) -> None:
    ref = bench.session()
    device = bench.run("key", "show").document["device"]["vkey"]
    assert bench.central("revoke", device, "--from", "2026-01-01", "--why", "stolen").code == 0
    assert bench.carry(ref) == "held"
    assert bench.central("admit", "nobody", "--why", "x").code == 1
    assert bench.central("admit", ref.suffix, "--why", "\u202e").code == 2
    done = bench.central("admit", ref.suffix, "--why", "on the stick of 18 November")
    assert done.code == 0 and set(done.document) == {"origin", "size", "root"}
    (one,) = bench.central("ingest", "--held").document["sessions"]
    assert (one["origin"], one["result"]) == (ref.origin, "stored")
    (decided,) = bench.central("findings", "--decided").document["findings"]
    assert decided["code"] == "admitted" and decided["detail"]["why"] == "on the stick of 18 November"
