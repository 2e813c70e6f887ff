"""Head office's own log beside corrections: a supervisor's signature, credit for earlier training, late evaluations."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import json
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from fieldkit.core.plan import Completion
from fieldkit.core.records import Draft, SignedBy
from fieldkit.errors import NotPossible
from fieldkit.log.keys import Signer, VKey
from fieldkit.log.line import canonical_plan
from fieldkit.log.names import b64
from fieldkit.log.note import open_note
from fieldkit.log.trust import TrustKey
from fieldkit.log.verdict import verify_bundle
from fieldkit.sync.central import afterwards, desk, histories
from fieldkit.sync.central.ingest import Intake
from tests.cli.kit import Done, fieldkit
from tests.kit.central import ORG, Laptop, Log, Office, bundle, results
from tests.kit.plans import PLAN
from tests.sync.test_desk_log import correct, sheet, with_desk

DAY = 86_400


def person(id: str) -> Signer:
    return Signer(f"{ORG}/fac/{id}", hashlib.sha256(id.encode()).digest())


ZOE, SAM = person("2b7x"), person("9k3m")


def listed(office: Office, *people: tuple[Signer, str | None], revoked: int | None = None) -> None:
    """Put people on the list as it is now; a person whom it has gets the new line."""
    trust = office.home.trust()
    first = office.now - office.now % DAY - 30 * DAY
    lines = [TrustKey("facilitator", x.vkey, first, first + 400 * DAY, revoked, None, role) for x, role in people]
    names = {line.vkey for line in lines}
    keys = (*(key for key in trust.keys if key.vkey not in names), *lines)
    office.home.put_trust(msgspec.structs.replace(trust, keys=keys), office.now, office.root())


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    office = await Office.make(tmp_path)
    with_desk(office)
    listed(office, (ZOE, "supervisor"), (SAM, None))
    return office


@pytest.fixture
async def laptop(office: Office) -> Laptop:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    return laptop


def course(laptop: Laptop, **over: object) -> Log:
    """A session of a plan that asks for an answer, in which nobody gave one."""
    rules = Completion(require=["p1"])
    plan = msgspec.structs.replace(PLAN, completion=rules, **over)
    raw = canonical_plan(msgspec.to_builtins(plan))
    sha = hashlib.sha256(raw).hexdigest()
    pack = {"files": "0" * 64, "id": plan.id, "plan": sha, "signed": False, "version": plan.version}
    log = replace(laptop.session(pack=pack), blobs={sha: raw}).join("person00", "Ann [/] Lee", "A1")
    log = log.add("segment.enter", {"segment": plan.segments[0].id}).join("person01", "Bo", "B1")
    laptop.last = log.close()
    return laptop.last


async def sign(
    office: Office, log: Log, human: Signer, meaning: str = "checked", name: str = "Zoë Á"
) -> desk.Corrected:
    db = await office.home.database()
    try:
        return await afterwards.sign(office.home, db, log.origin, human, meaning, name, office.now)
    finally:
        await db.close()


async def grant(office: Office, log: Log, who: str, what: str, evidence: str = "") -> desk.Corrected:
    db = await office.home.database()
    try:
        return await afterwards.grant(office.home, db, log.origin, who, what, evidence, office.now)
    finally:
        await db.close()


async def desk_bundle(office: Office, log: str) -> bytes:
    """The office's log as a bundle, as it would be kept for evidence."""
    async with await Intake.open(office.home) as intake, intake.db.transaction() as tx:
        stored = await tx.stored(log)
        assert stored is not None
        sha = await histories.keep_stored(tx, stored, office.home.trust_path.read_bytes(), office.home.held)
    path = office.home.held / f"{sha}.fkb"
    raw = path.read_bytes()
    path.unlink()
    return raw


# ---- a supervisor signs --------------------------------------------------------------------------------------


async def test_a_supervisor_signs_with_a_key_of_their_own(office: Office, laptop: Laptop) -> None:
    """The record names the session as it is; the checkpoint that covers it bears the signature, and is kept."""
    log = laptop.whole()
    await office.take(bundle(log))
    done = await sign(office, log, ZOE)
    office.now += 60
    await correct(office, log, who="person00", status="excused")
    async with await Intake.open(office.home) as intake, intake.db.transaction() as tx:
        lines = [json.loads(line) async for batch in tx.lines(done.log) for line in batch]
        (note,) = await tx.signed(done.log)
        stored = await tx.stored(done.log)
    said = lines[done.index]
    assert said["k"] == "sign.by" and said["d"]["root"] == b64(log.root)
    assert said["d"]["ref"]["o"] == log.origin and said["d"]["ref"]["i"] == log.size - 1
    assert (said["d"]["role"], said["d"]["key"], said["d"]["meaning"]) == ("supervisor", ZOE.name, "checked")
    assert {key.name for key, _ in open_note(note, [ZOE.vkey]).signers} == {ZOE.name}
    assert stored is not None and stored.size == 3 and ZOE.name.encode() not in stored.checkpoint
    first, second = await sheet(office, log, "corrections")
    assert (first["record"], first["what"], first["name"]) == (f"{done.log}#{done.index}", "sign", "Zoë Á")
    assert (first["field"], first["old"], first["new"]) == ("signature supervisor", "", "checked")
    assert (first["who"], second["new"]) == (ZOE.name, "excused")
    rows = await sheet(office, log)
    assert all("signed afterwards by supervisor Zoë Á (checked)" in row["note"] for row in rows)
    assert {row["trainer_signed_at"] for row in rows} == {""}
    assert (await office.stored())[log.origin] == (log.size, log.root)


async def test_the_same_signature_is_given_once_and_again_when_there_is_more_to_sign(
    office: Office, laptop: Laptop
) -> None:
    log = laptop.whole()
    await office.take(bundle(log))
    first = await sign(office, log, ZOE)
    again = await sign(office, log, ZOE)
    assert (again.log, again.index, again.records) == (first.log, first.index, 0)
    fixed = await sign(office, log, ZOE, "corrected")
    assert (fixed.records, (await sign(office, log, ZOE, "corrected")).records) == (1, 0)
    await correct(office, log, who="person00", status="late")
    assert [(await sign(office, log, ZOE, "corrected")).records for _ in range(2)] == [1, 0]
    grown = log.add("amend", {"by": "fac", "do": "correct", "set": {"status": "late"}, "why": "mistake"}, p="person01")
    await office.take(bundle(grown))
    assert (await sign(office, grown, ZOE)).records == 1


async def test_a_bundle_of_the_offices_log_says_who_signed_which_session(
    office: Office, laptop: Laptop, tmp_path: Path
) -> None:
    log = laptop.whole()
    await office.take(bundle(log))
    done = await sign(office, log, ZOE)
    await correct(office, log, who="person00", status="late")
    path = tmp_path / "desk.fkb"
    path.write_bytes(await desk_bundle(office, done.log))
    keys = office.home.trust().vkeys()
    (told,) = verify_bundle(path, keys).sessions
    (mark,) = told.attested
    assert told.verdict == "verified" and (mark.key, mark.role, mark.size, mark.known) == (
        ZOE.name,
        "supervisor",
        2,
        True,
    )
    assert (mark.of, mark.of_size) == (log.origin, log.size)
    without = [key for key in keys if key != ZOE.vkey]
    (told,) = verify_bundle(path, without).sessions
    assert [(one.size, one.known) for one in told.attested] == [(2, False)]
    other = await Office.make(tmp_path / "other")
    other.home.put_trust(
        msgspec.structs.replace(other.home.trust(), keys=(*other.home.trust().keys, *_of(office, "device"))),
        other.now, other.root(),
    )  # fmt: skip
    assert results(await other.take(path.read_bytes())) == ["stored"]
    assert await other.findings() == []


def _of(office: Office, kind: str) -> list[TrustKey]:
    return office.home.trust().of(kind)


async def test_a_record_that_nobody_signed_is_a_claim_and_stands_nowhere(office: Office, laptop: Laptop) -> None:
    """However it came into the office's log: without the signature, or under the checkpoint of another person."""
    log = laptop.whole()
    await office.take(bundle(log))

    def claim(key: str, root: bytes) -> desk.Drafts:
        def made(at: desk.Target) -> list[Draft]:
            ref = at.ref(log.size - 1)
            return [Draft(SignedBy(role="supervisor", key=key, meaning="checked", ref=ref, root=b64(root)))]

        return made

    db = await office.home.database()
    try:
        await desk.add(office.home, db, log.origin, claim(ZOE.name, log.root), office.now)
        await desk.add(office.home, db, log.origin, claim(ZOE.name, log.root), office.now, human=SAM)
        await desk.add(office.home, db, log.origin, claim(ZOE.name, log.upto(2).root), office.now, human=ZOE)
        assert await sheet(office, log, "corrections") == []
        await desk.add(office.home, db, log.origin, claim(ZOE.name, log.root), office.now, human=ZOE)
    finally:
        await db.close()
    (row,) = await sheet(office, log, "corrections")  # what she signed at last mends none of the claims before it
    assert row["record"].endswith("#4")


@pytest.mark.parametrize(
    ("human", "role", "meaning", "why"),
    [
        (person("zzzz"), None, "checked", "no line"),
        (SAM, None, "checked", "not listed as a supervisor"),
        (SAM, None, "corrected", "not listed as a supervisor"),
        (SAM, "supervisor", "checked", "does not check it"),
        (ZOE, "supervisor", "held", "did not lead"),
    ],
)
async def test_who_may_sign_what(
    office: Office, laptop: Laptop, human: Signer, role: str | None, meaning: str, why: str
) -> None:
    log = laptop.whole(fac=SAM.name)
    await office.take(bundle(log))
    if human in (ZOE, SAM):
        listed(office, (human, role))
    before = await office.picture()
    with pytest.raises(NotPossible, match=why):
        await sign(office, log, human, meaning)
    assert await office.picture() == before


async def test_who_led_it_signs_late_and_an_evaluator_signs_the_skills(office: Office, laptop: Laptop) -> None:
    log = laptop.whole(fac=SAM.name)
    await office.take(bundle(log))
    await sign(office, log, SAM, "held", "Sam Ortiz")
    assert (await sheet(office, log))[0]["trainer_signed_at"] == "2026-11-22T12:00+00:00"
    eva = person("5e5e")
    listed(office, (eva, "evaluator"))
    await sign(office, log, eva, "skills", "Eva")
    found = [(row["field"], row["new"], row["name"]) for row in await sheet(office, log, "corrections")]
    assert found == [("signature trainer", "held", "Sam Ortiz"), ("signature evaluator", "skills", "Eva")]


async def test_a_session_that_goes_on_is_not_signed(office: Office, laptop: Laptop) -> None:
    log = laptop.session().join("person00", "Ann", "A1")
    await office.take(bundle(log))
    with pytest.raises(NotPossible, match="has ended"):
        await sign(office, log, ZOE)


async def test_a_key_that_was_revoked_before_counts_no_more_and_one_revoked_later_does(
    office: Office, laptop: Laptop
) -> None:
    log = laptop.whole()
    await office.take(bundle(log))
    await sign(office, log, ZOE)
    midnight = office.now - office.now % DAY
    listed(office, (ZOE, "supervisor"), revoked=midnight + DAY)
    assert len(await sheet(office, log, "corrections")) == 1
    listed(office, (ZOE, "supervisor"), revoked=midnight)
    assert await sheet(office, log, "corrections") == []
    with pytest.raises(NotPossible, match="counts no more"):
        await sign(office, log, ZOE)


async def test_what_was_said_of_one_history_is_not_said_of_the_other(office: Office, laptop: Laptop) -> None:
    """After somebody chose the other one: the records there are others, and so is the root."""
    from fieldkit.sync.central.resolve import resolve

    log = laptop.whole()
    await office.take(bundle(log))
    await sign(office, log, ZOE)
    await correct(office, log, who="person01", status="excused")
    assert len(await sheet(office, log, "corrections")) == 2
    other = log.upto(2).join("forkfork", "F").join("person01", "Person 1", "X1").close()
    assert results(await office.take(bundle(other))) == ["fork fork"]
    async with await Intake.open(office.home) as intake:
        await resolve(intake, log.origin, other.root.hex()[:12], "7q2k was restored", office.now)
    assert (await office.stored())[log.origin] == (other.size, other.root)
    assert await sheet(office, log, "corrections") == []


# ---- the commands --------------------------------------------------------------------------------------------


async def test_the_commands_credit_sign_and_tell_which_sheets_are_old(
    office: Office, laptop: Laptop, tmp_path: Path
) -> None:
    import time

    log = course(laptop)
    office.now = int(time.time())
    listed(office, (ZOE, "supervisor"))
    await office.take(bundle(log))
    home = str(office.home.path)

    async def run(*args: str) -> Done:
        return await asyncio.to_thread(fieldkit, "central", *args, "--home", home)

    assert (await run("desk", "--json")).code == 0
    key, sealed, words = (tmp_path / name for name in ("fac-2b7x.key", "sealed.key", "words"))
    ZOE.save(key)
    ZOE.save(sealed, "hat boat")
    words.write_text("hat boat\n")
    file = tmp_path / "a.csv"
    assert (await run("export", log.origin, "-o", str(file))).code == 0
    old = file.read_bytes()
    base = ("sign", log.origin, "--key", str(key))
    for args, code in (
        ((*base, "--name", " \x1b"), 2),
        ((*base, "--name", "Zoë", "--meaning", "liked"), 2),
        ((*base[:2], "--key", str(tmp_path / "none"), "--name", "Zoë"), 3),
        ((*base[:2], "--key", str(file), "--name", "Zoë"), 4),
        ((*base[:2], "--key", str(office.home.key_path("office")), "--name", "Zoë"), 2),
        ((*base, "--name", "Zoë", "--meaning", "held"), 1),
        (("sign", "\x1b[2J", "--key", str(key), "--name", "Zoë"), 1),
        (("credit", log.origin, "--who", "A1", "--for", ""), 2),
        (("credit", log.origin, "--who", "nobody", "--for", "p1"), 1),
    ):
        assert (await run(*args)).code == code, args
    by_words = ("--key", str(sealed), "--passphrase-file", str(words))
    done = await run("sign", log.origin, *by_words, "--name", "Zoë [/] Álvarez\x1b[2J", "--json")
    assert done.code == 0, done.talk
    assert done.document["records"] == 1 and done.document["role"] == "supervisor"
    assert [one["path"] for one in done.document["handed_out"]] == [str(file)]
    assert (await run(*base, "--name", "Zoë", "--json")).document["records"] == 0
    told = await run("credit", log.origin, "--who", "A1", "--for", "p1", "--evidence", "card")
    assert told.code == 0 and f"handed out  attendance csv  {file}" in told.text
    assert (await run("export", log.origin, "-o", str(file))).code == 0
    assert file.read_bytes() != old
    rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))))
    assert rows[0]["completed"] == "yes" and "Zoë [/] Álvarez[2J" in rows[0]["note"] and "\x1b" not in rows[0]["note"]
    note = (tmp_path / "a.csv.note").read_text()
    assert f"from {log.origin} " in note and f"from {done.document['log']} 3 " in note


async def test_a_listed_trainer_is_made_a_supervisor(office: Office, tmp_path: Path) -> None:
    from fieldkit.log.keys import six_words

    home = str(office.home.path)

    async def run(key: VKey, *args: str) -> Done:
        words = six_words(key)
        return await asyncio.to_thread(
            fieldkit, "central", "trust", "add", str(key), "--words", words, "--home", home, *args
        )

    done = await run(SAM.vkey, "--role", "supervisor", "--json")
    assert done.code == 0, done.talk
    line = office.home.trust().find(SAM.vkey)
    assert line is not None and line.role == "supervisor"
    assert (await run(SAM.vkey, "--role", "king")).code == 2
    witness = VKey.parse(str(Signer("works.example/witness/wc01", b"w" * 32).vkey))
    assert (await run(witness, "--role", "supervisor")).code == 2
