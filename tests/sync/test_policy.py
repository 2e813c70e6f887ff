"""Head office's policy on its way: set, carried, taken in, obeyed by sessions, exports, purge and retention."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import sqlite3
from pathlib import Path

import msgspec
import pytest

from fieldkit.cli.compiled import compile_for
from fieldkit.clock import SystemClock
from fieldkit.core import records as r
from fieldkit.core.intents import Expect
from fieldkit.core.records import Draft
from fieldkit.errors import BadBytes, DamagedData, NotPossible
from fieldkit.log.beside import held_policy, policy_path
from fieldkit.log.read import SessionFile
from fieldkit.seats import new_participant
from fieldkit.station import SessionRef, Setup, Station
from fieldkit.sync.carry import sync_folder_to
from fieldkit.sync.central import findings
from fieldkit.sync.central import policy as rules
from fieldkit.sync.central.front.book import FILE, Access, Book
from fieldkit.sync.central.ingest import Intake
from fieldkit.sync.central.resolve import expire
from fieldkit.sync.policy import take_policy
from fieldkit.sync.purge import DAY, purge_due
from fieldkit.sync.receipts import take_receipts
from tests.cli.kit import fieldkit
from tests.kit.central import NOON, Laptop, Office, bundle, results
from tests.kit.clock import ManualClock
from tests.sync.laptop import more
from tests.sync.test_carry import ingest

WRITTEN = """
# what the works council agreed to
keep_days 2
agreement BV-2026-04
retention toolbox-blank 10 duty 29 CFR 1910.147
field email no
field name no
export discussion no
"""


class Way:
    """A laptop that the office knows, its clock the test's; a stick between them."""

    def __init__(self, folder: Path) -> None:
        self.office: Office
        self.clock = ManualClock(NOON * 1000)
        self.station = Station.open(folder / "laptop", clock=self.clock)
        self.stick = folder / "stick"
        self.stick.mkdir()

    def put(self, written: str = WRITTEN) -> bytes:
        rules.put(self.office.home, written, self.office.now)
        raw = rules.path_of(self.office.home).read_bytes()
        (self.stick / "policy.note").write_bytes(raw)
        return raw

    async def run(self) -> SessionRef:
        """A whole session of the blank toolbox talk, with somebody on its roster and the trainer's name."""
        compiled = compile_for(self.station, "toolbox-blank", "")
        fields = {"badge": "E1", "name": "Zoë Álvarez", "email": "zoe@acme.example", "crew": "B"}
        setup = Setup(compiled, facilitator="Sam Ortiz", roster=[Expect(new_p=new_participant(), fields=fields)])
        begun = await self.station.start(setup)
        await begun.store.close()
        ref = self.station.sessions()[-1]
        d = r.PersonJoined(via="phone", device="phone", ev=["lan"], walkin=True)
        await more(self.station, ref.path, Draft(d, secrets.token_urlsafe(6), {"badge": "E2"}))
        await more(self.station, ref.path, Draft(r.SessionClosed(why="request")))
        return self.station.sessions()[-1]


@pytest.fixture
async def way(tmp_path: Path) -> Way:
    made = Way(tmp_path)
    made.office = await Office.make(tmp_path)
    made.office.enrol(Laptop(made.station.signer))
    (made.station.home / "trust.note").write_bytes(made.office.home.trust_path.read_bytes())
    return made


async def test_from_head_office_to_what_is_recorded(way: Way) -> None:
    """The stick brings it; the next session records it and holds nothing that it turns off; earlier ones stay."""
    before = await way.run()
    way.put()
    trip = await sync_folder_to(way.station, way.stick, plain=True)
    assert (trip.policy, trip.not_taken) == (1, [])
    assert (await sync_folder_to(way.station, way.stick, plain=True)).policy is None
    ref = await way.run()
    held = held_policy(way.station.home)
    assert held is not None
    with SessionFile.open(ref.path) as file:
        opened, roster = file.record(0), [x for x in file.records() if isinstance(x.fact, r.PersonExpected)]
    assert isinstance(opened.fact, r.SessionOpened) and opened.private == {"name": "Sam Ortiz"}
    said = opened.fact.policy
    assert (said.version, said.sha256, said.keep_days, said.agreement) == (1, held.sha256, 2, "BV-2026-04")
    assert (said.off, said.locked) == (["email", "name"], ["discussion"])
    assert (said.retain, said.ground, said.legal) == (10, "duty", "29 CFR 1910.147")
    assert [x.private for x in roster] == [{"badge": "E1", "crew": "B"}]
    with SessionFile.open(before.path) as file:
        fact = file.record(0).fact
    assert isinstance(fact, r.SessionOpened) and not fact.policy.version


async def test_a_locked_table_leaves_neither_laptop_nor_head_office(way: Way, tmp_path: Path) -> None:
    way.put()
    await sync_folder_to(way.station, way.stick, plain=True)
    await way.run()
    await sync_folder_to(way.station, way.stick, plain=True)
    await ingest(way.office, way.stick)
    for what, as_ in (("discussion", "csv"), ("all", "json")):
        out = tmp_path / f"{what}.{as_}"
        args = ("last", "--what", what, "--as", as_, "-o", str(out))
        for done in (
            await asyncio.to_thread(fieldkit, "export", *args, home=way.station.home),
            await asyncio.to_thread(fieldkit, "central", "export", *args, "--home", str(way.office.home.path)),
        ):
            assert done.code == 1 and "may not be exported as discussion" in done.talk and not out.exists()
    done = fieldkit("export", "last", "-o", str(tmp_path / "a.csv"), home=way.station.home)
    assert done.code == 0 and (tmp_path / "a.csv").exists()


async def test_a_locked_profile_holds_at_the_laptop_and_at_head_office(way: Way, tmp_path: Path) -> None:
    """Once the receipt is back both write the same bytes, in every format; another profile is refused by both."""
    way.put("profile roster")
    await sync_folder_to(way.station, way.stick, plain=True)
    await way.run()
    await sync_folder_to(way.station, way.stick, plain=True)
    _, notes = await ingest(way.office, way.stick)
    await take_receipts(way.station, notes)

    async def both(*args: str) -> list[tuple[int, str, bytes]]:
        found = []
        for n, command in enumerate((("export",), ("central", "export", "--home", str(way.office.home.path)))):
            out = tmp_path / f"{n}.out"
            out.unlink(missing_ok=True)
            home = way.station.home if n == 0 else None
            done = await asyncio.to_thread(fieldkit, *command, "last", *args, "-o", str(out), home=home)
            found.append((done.code, done.talk, out.read_bytes() if out.exists() else b""))
        return found

    for args in (
        *(("--as", as_) for as_ in ("csv", "json", "xlsx")),
        *(("--what", "all", "--as", as_, "--profile", "roster") for as_ in ("json", "xlsx")),
        *(("--map", "moodle", "--as", as_) for as_ in ("csv", "xlsx")),
        ("--by", "place", "--as", "csv"),
    ):
        here, there = await both(*args)
        assert here[0] == there[0] == 0 and here[2] == there[2] != b"", (args, here[1], there[1])
        assert b"score_pct" not in here[2]
    for args, said in (
        (("--profile", "full"), "with the profile roster only"),
        (("--what", "answers"), "has no table answers"),
        (("--map", "generic-completion"), "no column completed"),
    ):
        for code, talk, raw in await both(*args):
            assert (code, raw) == (1, b"") and said in talk
    report = fieldkit("privacy", "report", home=way.station.home)
    assert "with the profile `roster` only" in report.text


async def test_the_days_of_the_session_hold_and_the_names_go_at_head_office_too(way: Way) -> None:
    """Two days on the laptop, ten at head office: each erased where it is due, the log whole on both sides."""
    way.put()
    await sync_folder_to(way.station, way.stick, plain=True)
    ref = await way.run()
    await sync_folder_to(way.station, way.stick, plain=True)
    _, notes = await ingest(way.office, way.stick)
    await take_receipts(way.station, notes)
    way.clock.advance(2 * DAY * 1000 - 60_000)
    assert await purge_due(way.station) == []
    way.clock.advance(120_000)
    assert [one.origin for one in await purge_due(way.station)] == [ref.origin]
    home, began = way.office.home, ref.opened_t // 1000
    db = await home.database()
    try:
        assert await rules.retire(home, db, began + 10 * DAY - 1) == []
        (dry,) = await rules.retire(home, db, began + 10 * DAY, dry=True)
        assert (dry.origin, dry.n, dry.pack) == (ref.origin, 4, "toolbox-blank")
        assert b"Sam Ortiz" in b"".join(p.read_bytes() for p in home.path.glob("central.db*"))
        assert [one.origin for one in await rules.retire(home, db, began + 10 * DAY)] == [ref.origin]
        assert await rules.retire(home, db, began + 11 * DAY) == []
        async with db.transaction() as tx:
            assert await tx.openings(ref.origin) == {}
            assert {why for _, _, why in await tx.tombs()} == {"retention"}
    finally:
        await db.close()
    left = [p for p in home.path.rglob("*") if p.is_file() and b"Sam Ortiz" in p.read_bytes()]
    assert left == []
    (bundle,) = way.stick.glob("*.fkb")
    assert results(await way.office.take(bundle.read_bytes())) == ["already"]
    assert "Sam Ortiz" not in str(await way.office.picture())


async def test_retention_needs_a_policy_and_leaves_what_it_does_not_name(way: Way) -> None:
    await way.run()
    await sync_folder_to(way.station, way.stick, plain=True)
    await ingest(way.office, way.stick)
    db = await way.office.home.database()
    try:
        with pytest.raises(NotPossible):
            await rules.retire(way.office.home, db, NOON * 2)
        way.put("retention another-pack 1 consent")
        assert await rules.retire(way.office.home, db, NOON * 2) == []
    finally:
        await db.close()


async def test_head_office_knows_its_own_word_after_its_key_was_revoked(way: Way) -> None:
    """What holds here holds on; laptops that have not taken it in want it signed anew."""
    raw = way.put()
    home, trust = way.office.home, way.office.home.trust()
    keys = tuple(msgspec.structs.replace(k, revoked=k.from_) if k.kind == "office" else k for k in trust.keys)
    home.put_trust(msgspec.structs.replace(trust, keys=keys), way.office.now, way.office.root())
    found = rules.held(home)
    assert found is not None and found.version == 1
    (way.station.home / "trust.note").write_bytes(home.trust_path.read_bytes())
    with pytest.raises(BadBytes, match="no-known-signature"):
        take_policy(way.station, raw)


async def test_each_set_is_one_version_more_and_an_older_one_never_comes_back(way: Way) -> None:
    first = way.put()
    assert take_policy(way.station, first).version == 1
    second = way.put("keep_days 9")
    assert take_policy(way.station, second).version == 2
    for raw in (first, second):
        with pytest.raises(BadBytes, match="not-newer"):
            take_policy(way.station, raw)
    held = held_policy(way.station.home)
    assert held is not None and held.numbers == {"keep_days": 9}


async def test_what_is_no_policy_of_head_office_changes_nothing(way: Way) -> None:
    """Each with a reason, from the stick without stopping what else lies there."""
    good = way.put()
    bad = good.replace(b"keep_days 2", b"keep_days 3")
    (way.stick / "policy.note").write_bytes(bad)
    (way.stick / "trust.note").write_bytes(b"fieldkit-policy/1\n" + b"x" * 70_000)
    trip = await sync_folder_to(way.station, way.stick, plain=True)
    assert trip.policy is None and ("policy.note", "bad-signature") in trip.not_taken
    assert not policy_path(way.station.home).exists()
    done = fieldkit("policy", "accept", str(way.stick / "policy.note"), home=way.station.home)
    assert done.code == 1 and "bad-signature" in done.talk and "Traceback" not in done.talk


async def test_without_a_trust_list_no_policy_is_taken(way: Way, tmp_path: Path) -> None:
    raw = way.put()
    with pytest.raises(NotPossible):
        take_policy(Station.open(tmp_path / "other"), raw)


async def test_a_damaged_policy_never_stops_a_session_and_keeps_being_said(way: Way) -> None:
    """It is set aside under another name; the laptop's own rules hold until it is taken in again."""
    raw = way.put()
    take_policy(way.station, raw)
    policy_path(way.station.home).write_bytes(b"\0" * 40)
    with pytest.raises(DamagedData):
        held_policy(way.station.home)
    told: list[str] = []
    way.station.warn = lambda sentence, hint: told.append(sentence)
    ref = await way.run()
    with SessionFile.open(ref.path) as file:
        fact = file.record(0).fact
    assert isinstance(fact, r.SessionOpened) and not fact.policy.version
    assert len(told) == 1 and "policy.note.damaged-1" in told[0]
    assert [str(one.sentence) for one in way.station.faults()][-1].endswith("policy.note.damaged-1.")
    assert take_policy(way.station, raw).version == 1


def test_head_office_hears_what_is_wrong_with_what_it_wrote(tmp_path: Path) -> None:
    """And the policy in force stays."""
    home = str(tmp_path / "office")
    assert fieldkit("central", "init", "--home", home, "--org", "ld.acme.example", "--no-passphrase").code == 0
    file = tmp_path / "rules.txt"
    for written, words in (
        (b"keep_day 3", "a policy has no line like: keep_day 3"),
        (b"keep_days soon", "No policy was made"),
        (b"\xff\xfe", "not UTF-8"),
        (b"field [/] no", "cannot be read"),
        (b"agreement \x1b[2J", "No policy was made"),
        (b"x" * 70_000, ""),
    ):
        file.write_bytes(written)
        done = fieldkit("central", "policy", "set", str(file), "--home", home)
        assert (
            done.code in (1, 2, 3) and words in done.talk and "Traceback" not in done.talk and "\x1b" not in done.talk
        )
        assert fieldkit("central", "policy", "show", "--home", home).code == 1
    file.write_text(WRITTEN)
    done = fieldkit("central", "policy", "set", str(file), "--home", home, "--json")
    assert (
        done.code == 0 and done.document["version"] == 1 and done.document["fields"] == {"email": False, "name": False}
    )
    assert fieldkit("central", "policy", "show", "--home", home, "--json").document["keep_days"] == 2
    assert fieldkit("central", "retention", "--home", home, "--dry-run", "--json").document == {
        "dry": True,
        "sessions": [],
        "access_lines": 0,
        "files": [],
    }


async def test_lines_of_the_access_log_go_when_the_policy_says_so(tmp_path: Path) -> None:
    office = await Office.make(tmp_path)
    home, now = office.home.path, SystemClock().wall_ms() // 1000
    run = ("central", "retention", "--home", str(home))

    def lines() -> list[tuple[int, str, str, str]]:
        return [((now - x.t + 3600) // DAY, x.who, x.what, x.detail) for x in book.accesses()]

    rules.put(office.home, "access_days 90", NOON)
    assert rules.let_go(office.home, now) == 0 and not (home / FILE).exists(), "nothing is made of it"
    book = Book(home)
    for days in (400, 91, 89, 0):
        book.note(Access(now - days * DAY - 60, "op", "10.0.0.1", "session", "a/dev/b/1", "x"))
    kept = [(0, "op", "session", "x"), (89, "op", "session", "x")]
    rules.put(office.home, "keep_days 3", NOON)
    assert rules.let_go(office.home, now) == 0 and len(lines()) == 4, "a policy that says nothing keeps every line"
    rules.put(office.home, "access_days 90", NOON)
    done = await asyncio.to_thread(fieldkit, *run, "--dry-run")
    assert "over  2 lines of the access log" in done.text and len(lines()) == 4
    assert (await asyncio.to_thread(fieldkit, *run, "--json")).document["access_lines"] == 2
    assert lines() == [(0, "central retention", "let-go", "2"), *kept]
    assert (await asyncio.to_thread(fieldkit, *run, "--json")).document["access_lines"] == 0
    assert lines() == [(0, "central retention", "let-go", "2"), *kept], "nothing went, so nothing is said"
    db = sqlite3.connect(home / FILE)
    with pytest.raises(sqlite3.IntegrityError, match="only added to"):
        db.execute("DELETE FROM access")
    db.close()
    book.close()


async def test_a_file_that_nobody_decides_about_goes_when_the_policy_says_so(tmp_path: Path) -> None:
    """Its hash, the day and the reason stay. A fork is evidence; what was judged again waits since it came."""
    office, mine = await Office.make(tmp_path), Laptop.named("7q2k")
    office.enrol(mine)
    log = mine.whole()
    other = log.upto(3).join("forkfork", "Somebody Else", "F1").close()
    strange = bundle(Laptop.named("zzzz").whole())
    await office.take(bundle(log), bundle(other), strange, b"no bundle")
    gone, forked = hashlib.sha256(strange).hexdigest(), hashlib.sha256(bundle(other)).hexdigest()
    run = ("central", "retention", "--home", str(office.home.path), "--json")
    began, shelf = office.now, sorted(path.stem for path in office.home.held.iterdir())
    assert len(shelf) == 3 and forked in shelf

    async def expired(days: int, after: int, dry: bool = False) -> set[str]:
        db = await office.home.database()
        try:
            return {one.sha256 for one in await expire(office.home, db, days, began + after * DAY, dry=dry)}
        finally:
            await db.close()

    office.now = began + 29 * DAY
    await office.again()
    assert await expired(30, 30) == set() and sorted(path.stem for path in office.home.held.iterdir()) == shelf
    assert await expired(30, 31, dry=True) == set(shelf) - {forked}
    assert sorted(path.stem for path in office.home.held.iterdir()) == shelf, "only said"
    assert (await asyncio.to_thread(fieldkit, *run)).code == 1, "there is no policy"
    rules.put(office.home, "keep_days 3", NOON)
    assert (await asyncio.to_thread(fieldkit, *run)).document["files"] == [], "a policy that says nothing keeps them"
    assert await expired(30, 31) == set(shelf) - {forked} and await expired(30, 400) == set()
    assert [path.stem for path in office.home.held.iterdir()] == [forked]
    (office.home.held / f"{gone}.fkb").write_bytes(strange)  # as if killed between the two
    assert await expired(30, 32, dry=True) == set() and gone in {path.stem for path in office.home.held.iterdir()}
    assert await expired(30, 32) == set() and [path.stem for path in office.home.held.iterdir()] == [forked]
    async with await Intake.open(office.home) as intake, intake.db.reading() as tx:
        told = {one.other: one.detail["why"] for one in await tx.findings(code=findings.DISCARDED)}
        assert told == dict.fromkeys(set(shelf) - {forked}, "held_days 30")
    office.now += 60
    assert results(await office.take(strange)) == ["held unknown-device"], "it may come again, and waits anew"
    assert gone in {path.stem for path in office.home.held.iterdir()}
