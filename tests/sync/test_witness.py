"""A witness: what it is shown, what it signs, what it never signs, and what head office makes of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fieldkit.errors import BadBytes, DamagedData, FieldkitError, NotPossible, WrongUsage
from fieldkit.log.heads_note import Head, join_heads, split_heads
from fieldkit.log.keys import Signer, VKey
from fieldkit.log.names import b64
from fieldkit.log.note import Checkpoint, cosign, open_checkpoint, split_note
from fieldkit.log.receipt import split_notes
from fieldkit.log.trust import TrustKey
from fieldkit.sync.central import findings, witnesses
from fieldkit.sync.central.ingest import Intake
from fieldkit.sync.central.receipts import receipt
from fieldkit.sync.central.resolve import resolve
from fieldkit.sync.witness.book import Answer, Book, make
from tests.kit.central import NOON, Laptop, Log, Office, bundle, results
from tests.sync.test_resolve import other_of

DAY = NOON - NOON % 86_400


class Council:
    """A witness in a folder, on the office's trust list."""

    def __init__(self, folder: Path, office: Office, id: str = "wc01") -> None:
        self.folder, self.office = folder, office
        self.vkey = make(folder, "council.acme.example", id, [office.home.central().vkey], None)
        trust = office.home.trust()
        from msgspec.structs import replace

        line = TrustKey("witness", self.vkey, DAY, DAY + 86_400 * 99)
        office.home.put_trust(replace(trust, keys=(*trust.keys, line)), NOON, office.root())

    def sign(self, raw: bytes, now: int | None = None) -> tuple[list[Answer], bytes]:
        book = Book(self.folder)
        try:
            return book.sign(raw, book.signer(None), self.office.now if now is None else now)
        finally:
            book.close()

    def results(self, raw: bytes) -> list[str]:
        return [one.result for one in self.sign(raw)[0]]


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    return await Office.make(tmp_path)


@pytest.fixture
async def laptop(office: Office) -> Laptop:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    return laptop


@pytest.fixture
def council(office: Office, tmp_path: Path) -> Council:
    return Council(tmp_path / "council", office)


async def heads(office: Office, every: bool = False) -> bytes:
    db = await office.home.database()
    try:
        return (await witnesses.heads(db, office.home.trust(), office.now, every))[0]
    finally:
        await db.close()


async def take(office: Office, raw: bytes) -> list[str]:
    db = await office.home.database()
    try:
        return [one.result for one in await witnesses.take(db, office.home.trust(), raw, office.now)]
    finally:
        await db.close()


async def signers(office: Office, origin: str) -> list[str]:
    async with await Intake.open(office.home) as intake, intake.db.transaction() as tx:
        stored = await tx.stored(origin)
        assert stored is not None
        return [key.role for key, _ in open_checkpoint(stored.checkpoint, office.home.trust().vkeys())[1].signers]


async def test_what_a_witness_is_shown_says_nothing_of_anybody(
    office: Office, laptop: Laptop, council: Council
) -> None:
    from dataclasses import replace

    trainer = Signer.generate("ld.acme.example/fac/9k3m")
    log = replace(laptop.whole(), more=(trainer,))
    assert await heads(office) == b""
    await office.take(bundle(log))
    raw = await heads(office)
    (head,) = split_heads(raw)
    assert head.checkpoint == Checkpoint(log.origin, log.size, log.root)
    names = {line.name for line in split_note(head.note)[1]}
    assert names == {laptop.signer.name, office.home.central().name}
    for word in (b"Person", b"Sam", b"Tiny", b"yard", b"9k3m"):
        assert word not in raw


async def test_the_signature_is_kept_with_the_session_and_grows_with_it(
    office: Office, laptop: Laptop, council: Council
) -> None:
    log = laptop.whole()
    await office.take(bundle(log.upto(3)))
    answers, notes = council.sign(await heads(office))
    assert [one.result for one in answers] == ["signed"]
    assert await take(office, notes) == ["kept"] and await signers(office, log.origin) == ["dev", "central", "witness"]
    assert await heads(office) == b"" and len(split_heads(await heads(office, True))) == 1
    before = await office.picture()
    assert await take(office, notes) == ["kept"] and await office.picture() == before
    office.now += 60
    await office.take(bundle(log.upto(4)), bundle(log))
    assert await signers(office, log.origin) == ["dev", "central"]
    (head,) = split_heads(await heads(office))
    assert sorted(head.proofs) == [3, 4]
    answers, notes = council.sign(await heads(office))
    assert [(one.result, one.had) for one in answers] == [("signed", 3)]
    assert await take(office, notes) == ["kept"]
    async with await Intake.open(office.home) as intake, intake.db.transaction() as tx:
        (old,) = await tx.signed(log.origin)
        paper = await receipt(tx, log.origin, intake.office)
    at, opened = open_checkpoint(old, office.home.trust().vkeys())
    assert at.size == 3 and opened.time_of("witness") == NOON
    assert open_checkpoint(paper[0], office.home.trust().vkeys())[1].time_of("witness") == NOON + 60
    assert results(await office.take(bundle(log))) == ["already"]
    assert await signers(office, log.origin) == ["dev", "central", "witness"]


async def test_a_late_signature_stands_beside_the_newest(office: Office, laptop: Laptop, council: Council) -> None:
    """The stick came back after the session had grown, with signatures of two witnesses."""
    other = Council(council.folder.parent / "client", office, "client01")
    log = laptop.whole()
    await office.take(bundle(log.upto(4)))
    raw = await heads(office)
    papers = [one.sign(raw)[1] for one in (council, other)]
    await office.take(bundle(log))
    assert [await take(office, one) for one in papers] == [["kept"], ["kept"]]
    async with await Intake.open(office.home) as intake, intake.db.transaction() as tx:
        (note,) = await tx.signed(log.origin)
    assert open_checkpoint(note, office.home.trust().vkeys())[1].signed_by("witness") == [council.vkey, other.vkey]
    assert {"witness"} & set(await signers(office, log.origin)) == set()


async def test_a_witness_never_signs_less_or_another_root(office: Office, laptop: Laptop, council: Council) -> None:
    log = laptop.whole()
    other = other_of(log, 3).add("note.add", {})

    def shown(log: Log, proofs: dict[int, list[bytes]] | None = None) -> bytes:
        at = Checkpoint(log.origin, log.size, log.root)
        note = (at.text() + "\n" + cosign(at.text(), office.home.central(), NOON) + "\n").encode()
        return join_heads([Head(proofs or {}, note)])

    from fieldkit.log.merkle import Tree, leaf_hash

    def tree(log: Log) -> Tree:
        made = Tree()
        for line in log.lines:
            made.append(leaf_hash(line))
        return made

    assert council.results(shown(log.upto(4))) == ["signed"]
    kept = (council.folder / "signed").read_bytes()
    good = tree(log).consistency(4)
    refused = [
        (shown(log.upto(2)), "smaller"),
        (shown(other.upto(4)), "another-root"),
        (shown(log), "no-proof"),
        (shown(log, {3: tree(log).consistency(3)}), "no-proof"),
        (shown(other, {4: tree(other).consistency(4)}), "another-root"),
        (shown(log, {4: [*good, bytes(32)]}), "another-root"),
        (shown(log, {4: [bytes(32), *good[1:]]}), "another-root"),
        (shown(log, {4: []}), "another-root"),
        (shown(log.upto(4), {}).replace(office.home.central().name.encode(), b"ld.other.example/central"), "unknown"),
    ]
    for raw, result in refused:
        answers, notes = council.sign(raw)
        assert answers[0].result.startswith(result) and notes == b"" and answers[0].had == 4
    assert (council.folder / "signed").read_bytes() == kept
    assert council.results(shown(log, {4: good})) == ["signed"]
    assert council.results(shown(log)) == ["signed"]


async def test_one_contradiction_does_not_keep_the_others_from_being_signed(
    office: Office, laptop: Laptop, council: Council
) -> None:
    """Head office chose the other history; the witness had signed the first, and does not forget it."""
    log, fine = laptop.whole(), laptop.whole()
    other = other_of(log)
    await office.take(bundle(log))
    await take(office, council.sign(await heads(office))[1])
    await office.take(bundle(other), bundle(fine))
    assert [one.checkpoint.origin for one in split_heads(await heads(office))] == [fine.origin]
    async with await Intake.open(office.home) as intake:
        await resolve(intake, log.origin, b64(other.root), "x", office.now)
    answers, notes = council.sign(await heads(office))
    assert {one.origin: one.result for one in answers}[fine.origin] == "signed"
    assert {one.origin: one.result for one in answers}[log.origin] in ("another-root", "no-proof")
    assert await take(office, notes) == ["kept"] and len(split_notes(notes)) == 1


@pytest.mark.of_the_file
async def test_head_office_that_lost_records_hears_it_from_the_witness(
    office: Office, laptop: Laptop, council: Council
) -> None:
    """A restored backup: the witness signed more than is stored. It closes itself when the rest comes again."""
    import shutil

    log = laptop.whole()
    await office.take(bundle(log.upto(3)))
    backup = office.folder / "backup"
    shutil.copytree(office.home.path, backup)
    await office.take(bundle(log))
    _, notes = council.sign(await heads(office))
    shutil.rmtree(office.home.path)
    shutil.copytree(backup, office.home.path)
    assert await take(office, notes) == ["ahead"] and await office.findings() == ["witness-ahead"]
    await office.take(bundle(log))
    assert await office.findings() == [] and await signers(office, log.origin) == ["dev", "central", "witness"]
    other = other_of(log).add("note.add", {})
    at = Checkpoint(other.origin, other.size, other.root)
    line = cosign(at.text(), Signer.load(council.folder / "witness.key"), NOON)
    assert await take(office, f"{at.text()}\n{line}\n".encode()) == ["ahead"]
    await office.take(bundle(log.add("note.add", {}).add("note.add", {})))
    assert await office.findings() == ["witness-differs"]
    early = Checkpoint(other.origin, 4, other.upto(4).root)
    line = cosign(early.text(), Signer.load(council.folder / "witness.key"), NOON)
    assert await take(office, f"{early.text()}\n{line}\n".encode()) == ["differs"]


async def test_strangers_and_damage_change_nothing(office: Office, laptop: Laptop, council: Council) -> None:
    log = laptop.whole()
    await office.take(bundle(log))
    _, notes = council.sign(await heads(office))
    before = await office.picture()
    at = Checkpoint(log.origin, log.size, log.root)
    stranger = cosign(at.text(), Signer.generate("council.acme.example/witness/zzzz"), NOON)
    assert await take(office, f"{at.text()}\n{stranger}\n".encode()) == ["unknown-witness"]
    gone = Checkpoint(laptop.whole().origin, 1, log.root)
    known = cosign(gone.text(), Signer.load(council.folder / "witness.key"), NOON)
    assert await take(office, f"{gone.text()}\n{known}\n".encode()) == ["unknown-session"]
    bad = notes.replace(b64(log.root).encode(), b64(bytes(32)).encode())
    for raw in (b"", b"hello", bad, notes[:-10], notes + b"=====\n", b"\x1b[2J", notes.replace(b"\n", b"\r\n")):
        with pytest.raises(BadBytes):
            await take(office, raw)
    trust = office.home.trust()
    from msgspec.structs import replace

    keys = tuple(replace(key, revoked=DAY) if key.kind == "witness" else key for key in trust.keys)
    office.home.put_trust(replace(trust, keys=keys), NOON, office.root())
    assert await take(office, notes) == ["unknown-witness"]
    assert await office.picture() == before and await office.findings() == []


def test_heads_have_one_spelling() -> None:
    log = Laptop.named("7q2k").whole()
    raw = join_heads([Head({2: [bytes(32)], 4: []}, log.checkpoint())])
    assert join_heads(split_heads(raw)) == raw
    h = b64(bytes(32)).encode()
    bent: list[bytes] = [
        *(b"hello", b"\n", raw[1:], raw + raw, raw + b"=====\n" + raw, raw.replace(b"old 2", b"old 02")),
        *(raw.replace(b"old 2", b"old 9"), raw.replace(b"old 4", b"old 2"), raw.replace(b"old 4", b"old 1")),
        *(raw.replace(b"old 2\n", b""), raw.replace(h, h[:-2]), raw.replace(b"old 2", "old ٢".encode())),
        *(
            raw.replace(h, b"\n".join([h] * 64)),
            raw.replace(b"old 4\n", b"old 4\r\n"),
            raw.replace(b"old 2", b"old 0x"),
        ),
        b"".join(b"old %d\n" % n for n in range(300)) + b"\n" + log.checkpoint(),
    ]
    for one in bent:
        with pytest.raises(BadBytes):
            split_heads(one)


def test_the_part_on_the_page_is_that_of_the_worked_example() -> None:
    from fieldkit.log.merkle import Tree, leaf_hash
    from tests.log.given import WORKED, worked_lines

    tree = Tree([leaf_hash(line) for line in worked_lines()])
    note = (WORKED / "checkpoint").read_bytes()
    raw = Head({size: tree.consistency(size) for size in (1, 2)}, note).to_bytes().decode()
    page = Path(__file__).parents[2].joinpath("docs/log-format.md").read_text("utf-8")
    assert raw.partition("\n— ")[0] in page


async def test_a_witness_without_its_memory_signs_nothing(office: Office, laptop: Laptop, council: Council) -> None:
    await office.take(bundle(laptop.whole()))
    raw = await heads(office)
    council.sign(raw)
    file = council.folder / "signed"
    good = file.read_bytes()
    line = good.split(b"\n")[1]
    damages: list[Callable[[], object]] = [file.unlink]
    for bad in (b"", good[:-1], good + line + b"\n", good.replace(b" 5 ", b" five "), good + b"x\n", b"\xff" + good):
        damages.append(lambda bad=bad: file.write_bytes(bad))  # type: ignore[misc]
    for damage in damages:
        file.write_bytes(good)
        damage()
        with pytest.raises(DamagedData):
            council.sign(raw)
    file.write_bytes(good)
    with pytest.raises(NotPossible, match="clock"):
        council.sign(raw, NOON - 86_400)
    book = Book(council.folder)
    with pytest.raises(FieldkitError, match="Another command"):
        Book(council.folder)
    with pytest.raises(WrongUsage):
        book.believe(council.vkey)
    new = Signer.generate("ld.acme.example/central").vkey
    book.believe(new)
    book.close()
    assert council.sign(raw)[0][0].result == "signed"


@pytest.mark.parametrize("org, id", [("acme", "wc01"), ("council.acme.example", "w"), ("council.acme.example", "W[/]")])
def test_a_witness_has_a_plain_name(tmp_path: Path, org: str, id: str) -> None:
    central = Signer.generate("ld.acme.example/central").vkey
    with pytest.raises(WrongUsage):
        make(tmp_path / "w", org, id, [central], None)
    with pytest.raises(WrongUsage):
        make(tmp_path / "w", "council.acme.example", "wc01", [], None)
    assert not (tmp_path / "w").exists()
    made: VKey = make(tmp_path / "w", "council.acme.example", "wc01", [central], None)
    assert made.role == "witness" and made.type == 4
    with pytest.raises(NotPossible):
        make(tmp_path / "w", "council.acme.example", "wc01", [central], None)


async def test_findings_tell_what_a_witness_said(office: Office, laptop: Laptop, council: Council) -> None:
    log = laptop.whole()
    await office.take(bundle(log.upto(4)))
    async with await Intake.open(office.home) as intake, intake.db.transaction() as tx:
        assert await findings.needs(tx) == []
    ahead = Checkpoint(log.origin, log.size, log.root)
    line = cosign(ahead.text(), Signer.load(council.folder / "witness.key"), NOON)
    assert await take(office, f"{ahead.text()}\n{line}\n".encode()) == ["ahead"]
    async with await Intake.open(office.home) as intake, intake.db.transaction() as tx:
        (need,) = await findings.needs(tx)
    assert need.detail["stored"] == 4 and need.detail["witness"] == council.vkey.name and "backup" in need.sentence
