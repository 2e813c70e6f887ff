"""`golden/`: a bundle for each feature of the format, with the verdict and the attendance sheet that it must lead to.

They are written once, by the release whose format they show, and read by every later one: `main` writes what is not
there and leaves the rest alone. The keys are those of the worked example; the age identity and the six words that open
the sealed ones are published here, for nothing but this.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import io
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from fieldkit.core import records as r
from fieldkit.core.plan import Plan
from fieldkit.core.records import Draft
from fieldkit.core.session import Session
from fieldkit.core.tables import table
from fieldkit.core.tables.base import Table
from fieldkit.formats import csv
from fieldkit.formats.signed import signatures
from fieldkit.log.archive import Packer, Unpacker
from fieldkit.log.bulk import parse_records
from fieldkit.log.bundle import read_bundle, verify_bundle, write_bundle
from fieldkit.log.keys import words_from
from fieldkit.log.line import canonical_plan
from fieldkit.log.merkle import leaf_hash
from fieldkit.log.read import SessionFile
from fieldkit.log.seal import NO_KEYS, Keys, Lock, opened
from fieldkit.log.store import Moment, Pending, Store
from fieldkit.log.trust import enrol_note
from tests.kit.plans import PLAN, session_opened
from tests.log.given import DEVICE, FACILITATOR, ORIGIN
from tests.log.making import T0, entropy
from tests.vectors.identity import identity_of
from tests.vectors.notes import good as good_notes

FOLDER = Path(__file__).parent / "golden"
RAW_PLAN = canonical_plan(msgspec.to_builtins(PLAN))
SECOND = ORIGIN.replace("000017-k3m9w2p4", "000018-p9d3w6tz")
IDENTITY, RECIPIENT = identity_of("recipient")
WORDS = words_from(hashlib.sha256(b"fieldkit test key words").digest())
KEYS = [DEVICE.vkey, FACILITATOR.vkey]
UNSEAL = {"sealed": Keys((IDENTITY,)), "sealed-words": Keys(words=WORDS)}
"""What each sealed one is opened with."""
FACTS = [
    "record_id",
    "person_id",
    "name",
    "check_in",
    "check_out",
    "minutes_present",
    "attendance_status",
    "flags",
    "check_in_method",
    "score_pct",
    "result",
    "signature_status",
]
"""Columns of the sheet that a later release may add to and never change; sentences beside them may be said better."""
ANNA, BEN, CARA = "aaaaaaaa", "bbbbbbbb", "cccccccc"
Step = tuple[int, list[Draft]]


def minute(n: int) -> Moment:
    return Moment(60_000 * n, T0 + 60_000 * n)


def begun(origin: str) -> Draft:
    pack = r.PackRef(PLAN.id, PLAN.version, "0" * 64, hashlib.sha256(RAW_PLAN).hexdigest())
    seq = int(origin.rsplit("/", 1)[1].split("-")[0])
    return Draft(session_opened(dev=DEVICE.name, seq=seq, pack=pack), None, {"name": "Rosa Vidal"})


def came(p: str, name: str, badge: str, **more: Any) -> Draft:
    fact = r.PersonJoined(via="phone", device="phone", ev=["lan", "code"], walkin=True)
    return Draft(fact, p, {"name": name, "badge": badge, **more})


def answered(p: str, v: str) -> Draft:
    return Draft(r.AnswerPut(activity="c1", round=1, v=[v], via="phone"), p)


def plain(origin: str) -> list[Step]:
    """Two in time, one late, one of them gone early; a graded question; closed after half an hour."""
    return [
        (0, [begun(origin), Draft(r.SegmentEntered(segment="open"))]),
        (1, [came(ANNA, "Anna Kowalska", "E-1001", lang="en"), came(BEN, "Ben [/] Ødegård", "E-1002")]),
        (3, [Draft(r.ActivityOpened(activity="c1", round=1, mode="named"))]),
        (4, [answered(ANNA, "b"), answered(BEN, "a")]),
        (5, [Draft(r.ActivityClosed(activity="c1", round=1))]),
        (14, [came(CARA, "=Cara \u202eBrown", "E-1003")]),
        (16, [Draft(r.WentOut(ev=["fac"], via="terminal", by="fac"), BEN)]),
        (30, [Draft(r.SessionClosed(why="request"))]),
    ]


def anonymous(origin: str) -> list[Step]:
    """A round whose votes were counted and one that too few took part in: neither says who."""
    return [
        (0, [begun(origin)]),
        (1, [came(ANNA, "Anna Kowalska", "E-1001"), came(BEN, "Ben Ødegård", "E-1002")]),
        (2, [Draft(r.ActivityOpened(activity="p1", round=1, mode="anonymous"))]),
        (3, [Draft(r.ActivityClosed(activity="p1", round=1)),
             Draft(r.TallyPut(activity="p1", round=1, counts={"a": 3, "b": 4}, n=7, suppressed=False))]),
        (4, [Draft(r.ActivityOpened(activity="p1", round=2, mode="anonymous"))]),
        (5, [Draft(r.ActivityClosed(activity="p1", round=2)),
             Draft(r.TallyPut(activity="p1", round=2, counts={}, n=0, suppressed=True))]),
        (30, [Draft(r.SessionClosed(why="request"))]),
    ]  # fmt: skip


async def record(path: Path, origin: str, steps: Sequence[Step]) -> Store:
    store = await Store.create(path, origin, DEVICE, RAW_PLAN, {})
    give = entropy()
    for at, drafts in steps:
        await store.append([Pending(tuple(drafts))], minute(at), give)
    return store


async def amended(store: Store, give: Any) -> None:
    """After the close: one struck, one corrected with its reason, one whose name was wrong."""
    records = await store.records()
    lines = {x.p: (x.i, (await store.line(x.i))[0]) for x in records if isinstance(x.fact, r.PersonJoined)}
    refs = {p: r.Ref(i, leaf_hash(line).hex()) for p, (i, line) in lines.items()}
    drafts = [
        Draft(r.Amended(do="void", why="mistake", by="fac", ref=refs[CARA]), CARA, {"reason": "She was in hall 4."}),
        Draft(
            r.Amended(do="correct", why="order", by="fac", set={"status": "excused"}), BEN, {"reason": "Called away."}
        ),
        Draft(r.PersonRenamed(why="mistake"), ANNA, {"name": "Anna Kowalski"}),
    ]
    for n, draft in enumerate(drafts):
        await store.append([Pending((draft,))], minute(40 + n), give)


async def attested(store: Store, give: Any) -> None:
    """The trainer signs, and something is added afterwards: the signed checkpoint travels as `1/signed`."""
    fact = r.SignedBy(role="trainer", key=FACILITATOR.name, meaning="held")
    await store.append([Pending((Draft(fact, None, {"name": "Rosa Vidal"}),))], minute(35), give, [FACILITATOR])
    late = r.Amended(do="correct", why="request", by="fac", set={"status": "present"})
    await store.append([Pending((Draft(late, BEN, {"reason": "Came back."}),))], minute(50), give)


async def sessions(folder: Path, name: str) -> list[Path]:
    """The session files that the bundle `name` carries."""
    first, second = folder / f"{name}-17.db", folder / f"{name}-18.db"
    store = await record(first, ORIGIN, (anonymous if name == "anonymous" else plain)(ORIGIN))
    with contextlib.suppress(KeyError):
        await {"amended": amended, "attested": attested}[name](store, entropy(500))
    await store.close()
    if name == "several":
        await (await record(second, SECOND, anonymous(SECOND))).close()
        return [first, second]
    return [first]


NAMES = ("plain", "listed", "several", "amended", "anonymous", "attested", "erased", "sealed", "sealed-words")


def head(name: str) -> tuple[str, bytes]:
    return ("trust.note", good_notes()["trust"]) if name == "listed" else ("enrol.note", enrol_note(DEVICE, 1795339200))


async def write(folder: Path, name: str, out: Path) -> None:
    """The bundle `name`, as this release writes it."""
    locks = {"sealed": Lock((RECIPIENT,)), "sealed-words": Lock(words=WORDS)}
    files = [SessionFile.open(path) for path in await sessions(folder, name)]
    try:
        write_bundle(files, head(name), out, lock=locks.get(name))
    finally:
        for file in files:
            file.close()
    if name == "erased":
        out.write_bytes(without(out.read_bytes(), BEN))


def members(raw: bytes, unseal: Keys = NO_KEYS) -> list[tuple[str, bytes]]:
    """The members of a bundle, sealed or not."""
    with opened(io.BytesIO(raw), unseal) as plain:
        tar, out = Unpacker(plain), []
        while (at := tar.next()) is not None:
            out.append((at.name, tar.read(at.size)))
    return out


def without(raw: bytes, p: str) -> bytes:
    """The bundle with this person's openings gone, as erasing leaves it."""
    out = io.BytesIO()
    packer = Packer(out)
    parts = members(raw)
    log = dict(parts)["1/log.jsonl"].splitlines()
    gone = {n for n, line in enumerate(log) if json.loads(line).get("p") == p}
    for name, content in parts:
        if name == "1/openings.jsonl":
            content = b"".join(x for x in content.splitlines(keepends=True) if json.loads(x)["i"] not in gone)
        packer.add(name, len(content), [content])
    packer.close()
    return out.getvalue()


# ---- what a bundle leads to ----------------------------------------------------------------------------------


def verdict(path: Path) -> dict[str, Any]:
    """What `verify_bundle` says under the keys of the worked example."""
    found = msgspec.to_builtins(verify_bundle(path, KEYS, UNSEAL.get(path.stem, NO_KEYS)))
    return {"verdict": found["verdict"], "reason": found["reason"], "sessions": found["sessions"]}


def sheets(raw: bytes, unseal: Keys = NO_KEYS) -> bytes:
    """The attendance of each session in it, one CSV after the other, made of nothing but what the bundle carries."""
    out = []
    with opened(io.BytesIO(raw), unseal) as plain:
        for part in read_bundle(plain):
            lines = [line for _, some in part.log() for line in some]
            openings = {json.loads(x)["i"]: x for _, some in part.openings() for x in some}
            blobs = dict(part.blobs())
            plan_name = json.loads(lines[0])["d"]["pack"]["plan"]
            plan = msgspec.json.decode(blobs[plan_name], type=Plan)
            session = Session(origin=part.checkpoint.origin, plan=plan)
            session.fold(parse_records([(line, openings.get(n)) for n, line in enumerate(lines)]))
            out.append(csv.write(facts(table("attendance", session, plan, signatures(part.note, KEYS)))))
    return b"".join(out)


def facts(whole: Table) -> Table:
    """The columns of `FACTS`."""
    at = [whole.columns.index(name) for name in FACTS]
    return Table(whole.name, tuple(FACTS), [tuple(row[k] for k in at) for row in whole.rows])


async def add(name: str) -> None:
    """Write one golden bundle and what it leads to."""
    with tempfile.TemporaryDirectory() as folder:
        await write(Path(folder), name, FOLDER / f"{name}.fkb")
    (FOLDER / f"{name}.fkb").chmod(0o644)
    (FOLDER / f"{name}.json").write_text(json.dumps(verdict(FOLDER / f"{name}.fkb"), indent=1) + "\n", "utf-8")
    (FOLDER / f"{name}.csv").write_bytes(sheets((FOLDER / f"{name}.fkb").read_bytes(), UNSEAL.get(name, NO_KEYS)))


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "recipient.txt").write_text(f"{RECIPIENT}\n", "ascii")
    for name in NAMES:
        if not (FOLDER / f"{name}.fkb").exists():
            asyncio.run(add(name))
