"""A person chooses between two histories: what is stored, what stays as evidence, and that it can be done twice."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fieldkit.errors import NotPossible, WrongUsage
from fieldkit.log.names import b64
from fieldkit.sync.central import findings
from fieldkit.sync.central.ingest import Intake
from fieldkit.sync.central.receipts import receipt
from fieldkit.sync.central.resolve import Resolved, discard, resolve
from tests.kit.central import Laptop, Log, Office, bundle, results


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    return await Office.make(tmp_path)


@pytest.fixture
async def laptop(office: Office) -> Laptop:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    return laptop


def other_of(log: Log, at: int = 3) -> Log:
    """Another history of the same laptop, from record `at` on."""
    return log.upto(at).join("forkfork", "Somebody Else", "F1").join("forkfor2", "And Another", "F2").close()


async def decide(office: Office, log: Log, keep: str, why: str = "restored from a backup") -> Resolved:
    async with await Intake.open(office.home) as intake:
        return await resolve(intake, log.origin, keep, why, office.now)


async def lines(office: Office, log: Log) -> list[bytes]:
    async with await Intake.open(office.home) as intake, intake.db.transaction() as tx:
        return [line async for batch in tx.lines(log.origin) for line in batch]


async def needing(office: Office) -> list[str]:
    async with await Intake.open(office.home) as intake, intake.db.transaction() as tx:
        return [f"{one.code} {one.reason}" for one in await findings.needs(tx)]


def shelf(office: Office) -> set[str]:
    return {path.stem for path in office.home.held.iterdir()}


async def receipted(office: Office, log: Log) -> bool:
    async with await Intake.open(office.home) as intake, intake.db.transaction() as tx:
        return bool(await receipt(tx, log.origin, intake.office))


@pytest.mark.parametrize("first", [False, True])
async def test_the_kept_one_grows_and_the_other_stays_a_known_fork(office: Office, laptop: Laptop, first: bool) -> None:
    """Whichever came first: keep this one, and the other never gets in again, longer or shorter."""
    log = laptop.whole()
    other = other_of(log)
    order = (log, other) if first else (other, log)
    await office.take(*(bundle(one) for one in order))
    assert await needing(office) == ["fork fork"] and not await receipted(office, log)
    done = await decide(office, log, b64(log.root)[:12])
    assert (done.kept.root, done.others, done.changed) == (log.root, [b64(other.root)], True)
    assert await lines(office, log) == log.lines and await receipted(office, log)
    assert await needing(office) == [] and await office.findings() == ["resolved-fork"]
    grown, far = log.add("note.add", {}, private={"text": "x"}), other.add("note.add", {}, private={"text": "y"})
    taken = await office.take(bundle(grown), bundle(far), bundle(other), bundle(other.upto(4)), bundle(log))
    assert results(taken) == ["stored", *["fork known-fork"] * 3, "older"]
    assert await lines(office, log) == grown.lines and await needing(office) == []
    before = await office.picture(), await office.findings()
    assert not (await decide(office, log, log.root.hex())).changed
    assert results(await office.again()) == ["fork known-fork"] * len(shelf(office)) and shelf(office)
    assert (await office.picture(), await office.findings()) == before


async def test_what_waited_while_nobody_had_chosen_is_taken_then(office: Office, laptop: Laptop) -> None:
    log = laptop.whole()
    grown = log.add("note.add", {}, private={"text": "x"})
    await office.take(bundle(log), bundle(other_of(log)), bundle(grown))
    done = await decide(office, log, b64(log.root))
    assert sorted(results(done.outcomes)) == ["fork known-fork", "stored"] and done.kept.root == grown.root
    assert done.others == [b64(other_of(log).root)] and len(shelf(office)) == 1


async def test_the_history_that_lost_is_whole_evidence(office: Office, laptop: Laptop) -> None:
    """Choosing the one that came second writes the first to the shelf as a bundle that verifies, with what it held."""
    from fieldkit.log.verdict import verify_bundle

    log = laptop.whole()
    other = other_of(log)
    await office.take(bundle(log), bundle(other))
    assert shelf(office) == {hashlib.sha256(bundle(other)).hexdigest()}
    done = await decide(office, log, b64(other.root))
    assert done.changed and await lines(office, log) == other.lines and await office.findings() == ["resolved-fork"]
    (file,) = shelf(office)
    path = office.home.held / f"{file}.fkb"
    judged = verify_bundle(path, [laptop.signer.vkey, office.home.central().vkey])
    assert judged.verdict == "verified" and judged.sha256 == file
    assert [(one.origin, one.size, one.root) for one in judged.sessions] == [(log.origin, log.size, b64(log.root))]
    assert judged.sessions[0].signers == [laptop.signer.name, office.home.central().name]


async def test_a_decision_can_be_turned_round_and_says_so(office: Office, laptop: Laptop) -> None:
    log = laptop.whole()
    other = other_of(log)
    await office.take(bundle(log), bundle(other))
    for chosen, lost in ((other, log), (log, other), (other, log)):
        done = await decide(office, log, b64(chosen.root), f"the laptop of size {chosen.size}")
        assert done.changed and done.others == [b64(lost.root)]
        assert await lines(office, log) == chosen.lines
    async with await Intake.open(office.home) as intake, intake.db.transaction() as tx:
        (one,) = await tx.findings(log.origin, findings.RESOLVED)
        held = [row[1] for row in await tx._all("SELECT origin, i FROM opening ORDER BY i")]
    assert [entry["kept"] for entry in one.detail["earlier"]] == [b64(other.root), b64(log.root)] or len(
        one.detail["earlier"]
    ) == 2
    assert held == sorted(other.openings)


async def test_an_erasure_holds_in_both_histories(office: Office, laptop: Laptop) -> None:
    """Tombstones go with their history: an index is another record in the other one."""
    log = laptop.whole()
    other = other_of(log)
    gone = [1 + sorted(log.openings)[0] + 1, 3]
    assert all(i in log.openings for i in gone)
    longer = log.add("erase", {"refs": gone, "why": "request"})
    await office.take(bundle(longer), bundle(other))
    assert results(await office.take(bundle(other)))[0] == "fork fork"

    async def held() -> list[int]:
        return [row[1] for row in (await office.picture())[3]]

    assert await held() == [i for i in sorted(log.openings) if i not in gone]
    await decide(office, log, b64(other.root))
    shared = [i for i in gone if i < 3]
    assert await held() == [i for i in sorted(other.openings) if i not in shared]
    await decide(office, log, b64(longer.root))
    await office.take(bundle(longer), bundle(log))
    assert await held() == [i for i in sorted(log.openings) if i not in gone]


async def test_a_third_history_is_a_new_alarm(office: Office, laptop: Laptop) -> None:
    log = laptop.whole()
    other = other_of(log)
    third = log.upto(4).join("thirdone", "Third", "T1").close()
    await office.take(bundle(log), bundle(other))
    await decide(office, log, b64(log.root))
    assert results(await office.take(bundle(third), bundle(log.add("note.add", {})))) == ["fork fork", "fork fork"]
    assert await needing(office) == ["fork fork"]
    done = await decide(office, log, b64(log.root))
    assert sorted(done.others) == sorted([b64(other.root), b64(third.root)]) and await needing(office) == []
    assert (await office.stored())[log.origin][0] == log.size + 1


async def test_histories_that_part_at_the_first_record(office: Office, laptop: Laptop) -> None:
    log = laptop.whole()
    other = replace(log, lines=[], openings={}).add(
        "session.open", {**__import__("json").loads(log.lines[0])["d"], "site": "elsewhere"}
    )
    other = other.join("forkfork", "Somebody", "F1")
    await office.take(bundle(log), bundle(other))
    await decide(office, log, b64(other.root))
    assert await lines(office, log) == other.lines
    await decide(office, log, b64(log.root))
    assert await lines(office, log) == log.lines


async def test_what_cannot_be_decided_is_said_and_changes_nothing(office: Office, laptop: Laptop) -> None:
    log, alone = laptop.whole(), laptop.whole()
    other = other_of(log)
    await office.take(bundle(log), bundle(other), bundle(alone))
    before = await office.picture(), shelf(office)
    root = b64(log.root)
    wrong: list[tuple[Log, str, str, type[Exception]]] = [
        (alone, b64(alone.root), "x", NotPossible),
        (log, "A" * 44, "x", NotPossible),
        (log, "", "x", NotPossible),
        (log, root[:3], "x", NotPossible),
        (log, "\x1b[2J" + root, "x", NotPossible),
        (log, root, " \u202e\n ", WrongUsage),
        (replace(log, origin="nonsense"), root, "x", NotPossible),
    ]
    for one, keep, why, error in wrong:
        with pytest.raises(error):
            await decide(office, one, keep, why)
    trust = office.home.trust()
    from msgspec.structs import replace as with_

    day = office.now - office.now % 86_400 + 86_400
    keys = tuple(with_(key, revoked=day) if key.kind == "device" else key for key in trust.keys)
    office.home.put_trust(with_(trust, keys=keys), office.now, office.root())
    office.now = day + 60
    with pytest.raises(NotPossible, match="revoked"):
        await decide(office, log, b64(other.root))
    assert (await office.picture(), shelf(office)) == before and await needing(office) == ["fork fork"]
    (office.home.held / f"{hashlib.sha256(bundle(other)).hexdigest()}.fkb").unlink()
    with pytest.raises(NotPossible, match="not here"):
        await decide(office, log, b64(other.root))
    assert (await decide(office, log, root)).changed


async def test_a_revoked_clone_is_evidence_and_not_a_file_that_waits_for_ever(office: Office, laptop: Laptop) -> None:
    """The usual end: the copied laptop is revoked, what was cosigned stays, its other history needs nobody."""
    from msgspec.structs import replace as with_

    log = laptop.whole()
    other = other_of(log)
    await office.take(bundle(log), bundle(other))
    trust, day = office.home.trust(), office.now - office.now % 86_400 + 86_400
    keys = tuple(with_(key, revoked=day) if key.kind == "device" else key for key in trust.keys)
    office.home.put_trust(with_(trust, keys=keys), office.now, office.root())
    office.now = day + 60
    await decide(office, log, b64(log.root))
    assert await needing(office) == [] and await receipted(office, log)
    assert results(await office.take(bundle(other), bundle(other.upto(4)), bundle(log))) == [
        *["fork known-fork"] * 2,
        "already",
    ]
    assert results(await office.take(bundle(other.add("note.add", {})))) == ["held revoked"]


async def test_sheets_say_that_there_were_two_histories(office: Office, laptop: Laptop) -> None:
    import csv
    import io

    from fieldkit.sync.central.export import export

    log = laptop.whole()
    other = other_of(log)

    async def flags() -> set[tuple[str, bool]]:
        async with await Intake.open(office.home) as intake:
            raw, _ = await export(intake.db, office.home, log.origin, "attendance", "csv")
        rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
        return {(row["flags"].rpartition(" ")[2], "two signed histories" in row["note"]) for row in rows}

    await office.take(bundle(log))
    assert await flags() == {("walk_in", False)}
    await office.take(bundle(other))
    assert await flags() == {("fork", True)}
    for root in (log.root, other.root):
        await decide(office, log, b64(root))
        assert await flags() == {("resolved_fork", True)}


async def test_the_reason_is_kept_clean(office: Office, laptop: Laptop) -> None:
    log = laptop.whole()
    await office.take(bundle(log), bundle(other_of(log)))
    await decide(office, log, b64(log.root), "Ann [/] Lee\x1b]0;x\x07 said\u202e so\n=1+1")
    async with await Intake.open(office.home) as intake, intake.db.transaction() as tx:
        (one,) = await tx.findings(log.origin, findings.RESOLVED)
    assert one.detail["why"] == "Ann [/] Lee]0;x said so =1+1"


async def test_a_power_cut_while_choosing_leaves_the_old_or_the_new(office: Office, laptop: Laptop) -> None:
    from tests.sync.test_converges import Cut, FaultyDatabase

    log = laptop.whole()
    other = other_of(log)
    await office.take(bundle(log), bundle(other))

    class Second(FaultyDatabase):
        """The second transaction, the one that changes everything, is cut."""

        turn = 0

        def transaction(self) -> Any:
            self.turn += 1
            if self.turn == 2:
                return FaultyDatabase.transaction(self)
            from fieldkit.sync.central.database import Database

            return Database.transaction(self)

    for persisted in (False, True):
        async with await Intake.open(office.home) as intake:
            intake.db = Second(intake.db, persisted)
            with pytest.raises(Cut):
                await resolve(intake, log.origin, b64(other.root), "x", office.now)
        assert await lines(office, log) == (other.lines if persisted else log.lines)
    await office.again()
    done = await decide(office, log, b64(other.root))
    assert not done.changed and await office.findings() == ["resolved-fork"]
    assert len(shelf(office)) == 1 and await needing(office) == []


async def test_a_file_is_let_go_of_only_by_a_person_and_never_evidence(office: Office, laptop: Laptop) -> None:
    log = laptop.whole()
    await office.take(bundle(log), bundle(other_of(log)), b"no bundle", bundle(Laptop.named("zzzz").whole()))
    bad, fork = (hashlib.sha256(raw).hexdigest() for raw in (b"no bundle", bundle(other_of(log))))
    async with await Intake.open(office.home) as intake:
        for which, why, error in ((bad[:3], "x", NotPossible), ("", "x", NotPossible), (bad, " ", WrongUsage)):
            with pytest.raises(error):
                await discard(intake, which, why, office.now)
        with pytest.raises(NotPossible, match="evidence"):
            await discard(intake, fork, "x", office.now)
        await resolve(intake, log.origin, b64(log.root), "x", office.now)
        with pytest.raises(NotPossible, match="evidence"):
            await discard(intake, fork, "x", office.now)
        done = await discard(intake, bad[:8], "a letter, not a bundle", office.now)
        assert (done.sha256, done.size, done.sessions) == (bad, 9, 1)
        with pytest.raises(NotPossible):
            await discard(intake, bad, "again", office.now)
        async with intake.db.transaction() as tx:
            decided = [(one.code, one.detail["why"]) for one in await findings.needs(tx, decided=True)]
    assert sorted(decided) == [("discarded", "a letter, not a bundle"), ("resolved-fork", "x")]
    assert fork in shelf(office) and bad not in shelf(office)
    assert await needing(office) == ["held unknown-device"]
    assert results(await office.take(b"no bundle")) == ["refused not-gzip"] and bad in shelf(office)


async def test_the_commands_say_both_roots_and_what_was_decided(office: Office, laptop: Laptop, tmp_path: Path) -> None:
    import asyncio

    from tests.cli.kit import Done, fieldkit

    log = laptop.whole()
    other = other_of(log)
    await office.take(bundle(log), bundle(other), b"\x1b[2J hello")
    home = str(office.home.path)

    async def run(*args: str) -> Done:
        return await asyncio.to_thread(fieldkit, "central", *args, "--home", home)

    told = await run("findings")
    assert b64(log.root) in told.text and b64(other.root) in told.text and "\x1b" not in told.text
    why = "Ann [/] Lee\x1b[2J"
    bad = [
        ("resolve", "nonsense", "--keep", b64(log.root), "--why", why),
        ("resolve", log.origin, "--keep", "x" * 5000, "--why", why),
        ("resolve", "\x1b[2J", "--keep", b64(log.root), "--why", why),
        ("discard", "0" * 64, "--why", why),
        ("discard", "", "--why", why),
    ]
    for args in bad:
        done = await run(*args)
        assert done.code == 1 and done.talk and "\x1b" not in done.text + done.talk and "Traceback" not in done.talk
    assert (await run("resolve", log.origin, "--keep", b64(log.root), "--why", "")).code == 2
    assert (await run("findings", "--decided")).text == ""
    done = await run("resolve", log.origin, "--keep", b64(other.root)[:10], "--why", why, "--json")
    assert done.code == 0 and done.document == {
        "origin": log.origin,
        "kept": {"size": other.size, "root": b64(other.root)},
        "others": [b64(log.root)],
        "changed": True,
    }
    assert "before" in (await run("resolve", log.origin, "--keep", b64(other.root), "--why", why)).talk
    file = hashlib.sha256(b"\x1b[2J hello").hexdigest()
    assert (await run("discard", file[:10], "--why", "no bundle", "--json")).document == {
        "sha256": file,
        "size": 10,
        "sessions": 1,
    }
    decided = (await run("findings", "--decided")).text
    assert "resolved-fork" in decided and "no bundle" in decided and "Ann [/] Lee" in decided and "\x1b" not in decided
    assert (await run("findings", "--json")).document == {"findings": []}
