"""Bundles that lie: each gets a reason code, its bytes are kept, and nothing that is stored changes."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fieldkit.log.keys import Signer, new_identity
from fieldkit.log.line import canonical
from fieldkit.log.note import Checkpoint, sign_note
from fieldkit.log.seal import Lock, sealing
from fieldkit.sync.central.ingest import TOGETHER, Intake
from fieldkit.sync.central.tx_base import Engine, Question, Step, Values
from tests.cli.kit import fieldkit
from tests.kit.central import NOON, Laptop, Log, Office, archive, bundle, members, results, ustar

Parts = list[tuple[str, bytes]]


def parts_of(log: Log) -> Parts:
    return members(log, head=("enrol.note", Laptop(log.signer).enrol_note()))


def swap(name: str, change: Callable[[bytes], bytes]) -> Callable[[Log], bytes]:
    """A bundle with one member changed."""
    return lambda log: archive([(n, change(data) if n == name else data) for n, data in parts_of(log)])


def lines(change: Callable[[list[bytes]], list[bytes]]) -> Callable[[Log], bytes]:
    """A bundle whose lines were changed and signed again by the laptop's own key."""
    return lambda log: bundle(replace(log, lines=change(log.lines)))


def renumbered(log: Log, at: int, **fields: Any) -> list[bytes]:
    import json

    obj = json.loads(log.lines[at])
    obj.update(fields)
    return [*log.lines[:at], canonical(obj), *log.lines[at + 1 :]]


def dropped(name: str) -> Callable[[Log], bytes]:
    return lambda log: archive([part for part in parts_of(log) if part[0] != name])


def header(change: Callable[[bytes], bytes]) -> Callable[[Log], bytes]:
    """The raw archive with its first block changed."""

    def make(log: Log) -> bytes:
        raw = gzip.decompress(bundle(log))
        return gzip.compress(change(raw[:512]) + raw[512:], mtime=0)

    return make


def pax(log: Log) -> bytes:
    raw = b"".join(ustar(*part) for part in parts_of(log))
    return gzip.compress(ustar("PaxHeader", b"30 comment=x\n", b"x") + raw + bytes(1024), mtime=0)


def sealed(log: Log, lock: Lock) -> bytes:
    out = io.BytesIO()
    with sealing(out, lock) as into:
        into.write(bundle(log))
    return out.getvalue()


OTHER = Signer("laptop.fieldkit/dev/evil", hashlib.sha256(b"evil").digest())

LIES: dict[str, tuple[str, Callable[[Log], bytes]]] = {
    "a byte of a record": ("refused root-mismatch", swap("1/log.jsonl", lambda x: x.replace(b"phone", b"kiosk", 1))),
    "records reordered": ("refused index", lines(lambda x: [x[0], x[2], x[1], *x[3:]])),
    "a record twice": ("refused index", lines(lambda x: [*x[:3], x[2], *x[3:]])),
    "the last record missing": (
        "refused size-mismatch",
        swap("1/log.jsonl", lambda x: b"".join(x.splitlines(True)[:-1])),
    ),
    "a record too many": (
        "refused size-mismatch",
        swap("1/log.jsonl", lambda x: x + canonical({"d": {}, "i": 5, "k": "x.y", "m": 999999, "t": 1}) + b"\n"),
    ),
    "time going back": ("refused time-order", lambda log: bundle(replace(log, lines=renumbered(log, 3, m=1)))),
    "a float": ("refused float", lines(lambda x: [*x[:2], x[2].replace(b'"i":2', b'"i":2.0'), *x[3:]])),
    "white space": ("refused not-canonical", lines(lambda x: [*x[:2], x[2].replace(b",", b", ", 1), *x[3:]])),
    "no last newline": ("refused no-newline", swap("1/log.jsonl", lambda x: x[:-1])),
    "a line too long": ("refused too-long", swap("1/log.jsonl", lambda x: b"[" * 8193 + x)),
    "no session.open": ("refused no-session-open", lines(lambda x: [x[0].replace(b"session.open", b"session.opep")])),
    "another laptop's open": (
        "refused origin-mismatch",
        lambda log: bundle(replace(log, origin=log.origin.replace("/000001-", "/000009-"))),
    ),
    "an opening changed": (
        "refused opening-mismatch",
        swap("1/openings.jsonl", lambda x: x.replace(b"Person 0", b"Person 9")),
    ),
    "an opening twice": ("refused opening-order", swap("1/openings.jsonl", lambda x: x.splitlines(True)[0] + x)),
    "an opening of no record": (
        "refused opening-mismatch",
        swap(
            "1/openings.jsonl",
            lambda x: x + canonical({"i": 99, "s": "MmG0qPvlS0fAEJscxxqctQ", "x": {"name": "Ghost"}}) + b"\n",
        ),
    ),
    "a blob that is another": (
        "refused blob-mismatch",
        lambda log: archive([(n, b"{}" if "/blob/" in n else d) for n, d in parts_of(log)]),
    ),
    "no plan": ("held no-plan", lambda log: bundle(replace(log, blobs={}))),
    "the checkpoint of a stranger": ("held unknown-device", lambda log: bundle(replace(log, signer=OTHER))),
    "a checkpoint that is none": ("refused not-a-note", swap("1/checkpoint", lambda x: b"hello\n")),
    "a checkpoint of no records": (
        "refused too-large",
        swap("1/checkpoint", lambda x: x.replace(b"\n5\n", b"\n0\n", 1)),
    ),
    "a checkpoint with other base64": ("refused bad-base64", swap("1/checkpoint", lambda x: x[:-2] + b"\n")),
    "an earlier checkpoint of another root": (
        "refused signed-mismatch",
        lambda log: bundle(replace(log, signed=[sign_note(Checkpoint(log.origin, 3, bytes(32)).text(), log.signer)])),
    ),
    "an earlier checkpoint of another log": (
        "refused wrong-origin",
        lambda log: bundle(
            replace(log, signed=[sign_note(Checkpoint(log.origin[:-8] + "00000000", 3, bytes(32)).text(), log.signer)])
        ),
    ),
    "an extended header": ("refused pax-header", pax),
    "a link": ("refused member-type", header(lambda x: x[:156] + b"2" + x[157:])),
    "another mode": ("refused bad-header", header(lambda x: x[:100] + b"0000777\0" + x[108:])),
    "no openings member": ("refused member-order", dropped("1/openings.jsonl")),
    "no log member": ("refused member-order", dropped("1/log.jsonl")),
    "another version": ("refused wrong-version", swap("fieldkit-bundle", lambda x: b"fieldkit-bundle/2\n")),
    "no session": ("refused no-session", lambda log: archive(parts_of(log)[:2])),
    "text": ("refused not-gzip", lambda log: b"hello"),
    "nothing": ("refused not-gzip", lambda log: b""),
    "sealed to somebody else": ("refused sealed", lambda log: sealed(log, Lock((new_identity()[1],)))),
    "a seal that is none": ("refused seal-damaged", lambda log: b"age-encryption.org/v1\n-> X25519 x\n--- "),
    "cut in half": ("refused truncated", lambda log: bundle(log)[: len(bundle(log)) // 2]),
    "something after the end": ("refused trailing-data", lambda log: bundle(log) + b"more"),
    "bits of the compressed data": (
        "refused damaged-archive",
        lambda log: bundle(log)[:60] + bytes(40) + bundle(log)[100:],
    ),
}


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    return await Office.make(tmp_path)


@pytest.mark.parametrize("what", list(LIES))
async def test_asvs_5_2_2_and_5_2_5_a_lie_gets_its_reason_and_changes_nothing(office: Office, what: str) -> None:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    log = laptop.whole()
    await office.take(bundle(log.upto(3)))
    before = await office.picture()
    expected, lie = LIES[what]
    raw = lie(log)
    outcomes = await office.take(raw)
    assert results(outcomes) == [expected]
    assert not any(one.taken for one in outcomes)
    assert await office.picture() == before
    assert (office.home.held / f"{hashlib.sha256(raw).hexdigest()}.fkb").read_bytes() == raw
    assert results(await office.take(bundle(log))) == ["stored"]


async def test_a_known_key_with_a_bad_signature_refuses_the_session(office: Office) -> None:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    log = laptop.whole()
    other = replace(log, lines=log.lines[:3])
    text = log.checkpoint().split(b"\n\n")[0]
    forged = text + b"\n\n" + other.checkpoint().split(b"\n\n")[1]
    raw = archive([(n, forged if n == "1/checkpoint" else d) for n, d in parts_of(log)])
    assert results(await office.take(raw)) == ["refused bad-signature"]


async def test_an_unreadable_checkpoint_stops_only_its_own_session(office: Office) -> None:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    a, b = laptop.whole(), laptop.whole()
    both = members(a, b, head=("enrol.note", laptop.enrol_note()))
    raw = archive([(n, b"hello\n" if n == "1/checkpoint" else d) for n, d in both])
    outcomes = await office.take(raw)
    assert results(outcomes) == ["refused not-a-note", "stored"]
    assert (outcomes[0].origin, outcomes[1].origin) == (None, b.origin)


async def test_damage_in_the_second_session_leaves_the_first_stored(office: Office) -> None:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    a, b = laptop.whole(), laptop.whole(people=60)
    raw = bundle(a, b)
    outcomes = await office.take(raw[: len(raw) - 200])
    assert results(outcomes)[0] == "stored" and results(outcomes)[1] == "refused truncated"
    assert set(await office.stored()) == {a.origin}
    assert results(await office.take(raw)) == ["already", "stored"]


class Counted:
    """An engine that counts its commits."""

    def __init__(self, real: Engine) -> None:
        self.real, self.commits = real, 0

    async def work(
        self, begin: str, steps: Sequence[Step], questions: Sequence[Question], commit: bool
    ) -> list[list[Values]]:
        self.commits += commit
        return await self.real.work(begin, steps, questions, commit)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


async def test_many_sessions_of_a_stranger_are_written_down_together(office: Office) -> None:
    """A commit each would keep everybody else waiting for more than a minute; each has its line all the same."""
    laptop = Laptop.named("zzzz")
    logs = [laptop.session() for _ in range(TOGETHER + 5)]
    path = office.folder / "in.fkb"
    path.write_bytes(bundle(*logs))
    async with await Intake.open(office.home) as intake:
        counted = Counted(intake.db.engine)
        intake.db.engine = counted
        outcomes = await intake.file(path, office.now)
        assert results(outcomes) == ["held unknown-device"] * len(logs) and counted.commits < 10
        async with intake.db.reading() as tx:
            assert {one.origin for one in await tx.arrivals()} == {log.origin for log in logs}


async def test_asvs_16_4_1_the_name_of_a_file_forges_no_line(office: Office) -> None:
    """On a stick a name may hold whatever a file system lets stand."""
    path = office.folder / "a.fkb\nfork  forged \x1b[2J\u202e.fkb"
    path.write_bytes(bundle(Laptop.named("zzzz").whole()))
    home = str(office.home.path)
    for args in (("ingest", str(path)), ("findings",), ("ingest", str(office.folder / "no\nstored  x.fkb"))):
        done = await asyncio.to_thread(fieldkit, "central", *args, "--home", home)
        lines = [*done.text.splitlines(), *done.talk.splitlines()]
        assert not [x for x in lines if x.startswith(("fork", "stored")) or "\x1b" in x or "\u202e" in x], lines
    async with await Intake.open(office.home) as intake, intake.db.reading() as tx:
        (arrival,) = await tx.arrivals()
        assert arrival.name == "a.fkb fork forged [2J.fkb"


async def test_a_session_twice_in_one_file_is_stored_once(office: Office) -> None:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    log = laptop.whole()
    assert results(await office.take(bundle(log, log))) == ["stored", "refused duplicate-session"]


async def test_a_line_added_on_the_way_never_poisons_what_is_stored(office: Office) -> None:
    """A bad line under a name that becomes known later would make every reader refuse the checkpoint."""
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    log = laptop.whole()
    later = Laptop.named("zzzz", "ld.acme.example")
    bad = sign_note("some/thing\n", later.signer).split(b"\n\n")[1]
    poisoned = [(n, d + bad if n == "1/checkpoint" else d) for n, d in parts_of(log)]
    assert results(await office.take(archive(poisoned))) == ["stored"]
    office.enrol(later)
    from fieldkit.log.note import open_checkpoint

    async with await Intake.open(office.home) as intake, intake.db.transaction() as tx:
        stored = await tx.stored(log.origin)
        assert stored is not None
        assert len(open_checkpoint(stored.checkpoint, intake.judge.keys)[1].signers) == 2
    assert office.now == NOON
