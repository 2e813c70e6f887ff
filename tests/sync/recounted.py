"""An organisation whose pages are counted again: bundles in a folder as they came, and head office that took them."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from bench.evening import Roll, dice
from bench.organisation import Organisation, Told, head_office
from fieldkit.core.plan import Activity, Fallback, Option, Range, Target
from fieldkit.core.program import Within
from fieldkit.log.keys import Signer
from fieldkit.log.line import canonical, canonical_plan
from fieldkit.log.trust import enrol_note, parse_enrol
from fieldkit.planned import AT, Planned
from fieldkit.roster import Row
from fieldkit.sync.central import desk, enrol, planned, planning, programs
from fieldkit.sync.central.digest.work import catch_up
from fieldkit.sync.central.erase import ALL, erase
from fieldkit.sync.central.ingest import Intake
from fieldkit.sync.central.questions import answer
from fieldkit.sync.central.receipts import receipts_file
from tests.cli.kit import fieldkit
from tests.core.classes import plan
from tests.core.figured import RIGHT, WRONG, Meeting, Somebody
from tests.kit import central
from tests.kit.central import NOON, ORG, Laptop, Log, Office, bundle
from tests.recount.site import Site
from tests.sync.certified import give, listed, take_back
from tests.sync.courses import course
from tests.sync.figured import meeting
from tests.sync.fronted import WORD
from tests.sync.relearnt import answered_alone
from tests.sync.served import Served
from tests.sync.test_desk_afterwards import grant
from tests.sync.test_desk_log import correct

DAY = 86_400

PROGRAM = """
fieldkit: 1
id: press4
version: 1.0.0
title: {en: "Press 4, both parts"}
task: press4
needs:
  - {crew: [B], role: [operator]}
  - {site: ["plant 1"]}
parts:
  - id: basics
    title: {en: "Basics"}
    packs: [{id: press-basics, version: 1.0.0}, {id: press-refresher, version: 3.0.0}]
  - {id: lift, title: {en: "Forklift 2"}, packs: [{id: forklift, version: 2.0.0}], after: [basics]}
validity: {months: 3, remind_days: [30]}
make_up: {by: segment, days: 90}
cohorts:
  - {id: autumn, start: 2026-09-07}
"""
SECOND = """
fieldkit: 1
id: hygiene
version: 2.1.0
title: {en: "Hygiene"}
task: press4
needs:
  - {crew: [A, C]}
parts:
  - {id: wash, title: {en: "Wash"}, packs: [{id: hygiene, version: 1.0.0}]}
"""


@dataclass
class Laid:
    """`logs`: what a recount reads. `told`: the sessions as they were made; `away`: those that never came."""

    office: Office
    logs: Path
    told: list[Told]
    away: list[Told]
    n: int = 0

    async def take(self, *some: bytes) -> None:
        """Bundles more, kept as they came."""
        for raw in some:
            self.n += 1
            (self.logs / f"{self.n:05d}.fkb").write_bytes(raw)
        assert {one.result for one in await self.office.take(*some)} == {"stored"}


async def laid(folder: Path, n: int = 40, people: int = 60, laptops: int = 18, sites: int = 3, size: int = 9) -> Laid:
    """A head office with programs and `n` sessions of three months, two of which do not come; the newest first."""
    of = Organisation(
        laptops=laptops, sites=sites, people=people, evenings=5, size=size, first=(NOON - 90 * DAY) * 1000
    )
    now = NOON + 5 * DAY
    home = await head_office(folder / "office", of, now, central.ADDRESS())
    office = Office(home, folder)
    signer = desk.make_device(home)
    enrol.enrol(home, parse_enrol(enrol_note(signer, now)), now, Signer.load(home.root_path))
    for text in (PROGRAM, SECOND):
        programs.put(home, text.encode())
    logs = folder / "logs"
    logs.mkdir()
    every = list(of.sessions(n, 90))
    away = [every[laptops + 2], every[laptops + 5]] if n > laptops + 6 else []
    found = Laid(office, logs, every, away)
    came = [one.bundle for one in reversed(every) if one not in away]
    for k in range(0, len(came), 5):
        office.now = now - (n - k) * 7 * 3600
        await found.take(*came[k : k + 5])
    office.now = now
    return found


def _some(**words: str) -> list[Option]:
    return [Option(id=id, text=[text]) for id, text in words.items()]


KINDS = (
    Activity(id="volts", type="number", text=["How many volts?"], number=Range(min="228", max="232.5")),
    Activity(id="tool", type="short", text=["Which tool?"], spellings=["padlock", "lock"]),
    Activity(id="cloud", type="wordcloud", text=["3 words"], max_words=3),
    Activity(
        id="steps", type="order", text=["In which order?"], options=_some(x="Stop", y="Lock 2", z="Try"),
        answer=["x", "y", "z"],
    ),
    Activity(
        id="pairs", type="match", text=["What belongs?"], left=_some(a="Hasp", b="Tag"),
        right=_some(e="6 locks", f="Name"), answer=["a=e", "b=f"],
    ),
    Activity(
        id="spot", type="hotspot", text=["Where?"], image="0" * 64, alt=["A press"], answer=["g"],
        targets=[Target("g", "circle", ["0.5", "0.5", "0.2"]), Target("h", "rect", ["0", "0", "0.2", "0.2"])],
        fallback=Fallback(_some(g="The guard", w="The wall"), ["g"]),
    ),
)  # fmt: skip
SAID: dict[str, list[list[str] | str]] = {
    "volts": [["230"], ["9.5"], ["230"], ["228"]], "tool": ["Padlock", "hammer 7", "padlock", "Hammer 7"],
    "cloud": ["oil, heat", "Oil", "noise, oil"], "steps": [["x", "y", "z"], ["y", "x", "z"], ["x", "y", "z"]],
    "pairs": [["a=e", "b=f"], ["a=f", "b=f"]], "spot": [["0.5,0.5"], ["0.1,0.1", "0.9,0.9"], ["w"], ["0.45,0.6"]],
}  # fmt: skip
"""Answers of every kind: values, or words."""


def odd(laptop: Laptop) -> Log:
    """A room in which much goes otherwise: a pause, two entries that are one person, marks, a name, paper, an
    objection, an entry taken out, questions, minutes that were changed, a clock that jumps."""
    found = plan("odd-course", "2.0.1", activities=[*plan().activities, *KINDS])
    raw = canonical_plan(msgspec.to_builtins(found))
    sha = hashlib.sha256(raw).hexdigest()
    pack = {"files": "0" * 64, "id": found.id, "plan": sha, "signed": False, "version": found.version}
    log = replace(laptop.session(pack=pack, title="Odd 7", site="Plant 3", tz="Asia/Kolkata"), blobs={sha: raw})
    join: dict[str, Any] = {"device": "phone", "ev": ["lan"], "via": "phone", "walkin": False}
    come: dict[str, Any] = {"by": "fac", "ev": ["fac"], "via": "terminal"}
    for k in range(8):
        fields = {"badge": f"{'e' if k == 7 else 'E'}70000{k}", "name": f"Odd {k}", "crew": "B", "role": "operator"}
        log = log.add("person.expect", {}, p=f"expect{k}0", private=fields)
    for k in range(5):
        log = log.add("person.join", join, p=f"expect{k}0", private={"name": f"Odd {k}"})
    log = log.add("person.join", join | {"walkin": True}, p="another0", private={"name": "Odd 4 again"})
    log = log.add("person.merge", {"from": "another0", "why": "mistake"}, p="expect40")
    log = log.add("segment.enter", {"segment": "warm"}).add("plan.change", {"minutes": 7, "segment": "learn"})
    log = log.add("att.in", come | {"via": "paper"}, p="expect50").add("session.pause", {"why": "break"})
    log = log.add("att.out", come, p="expect10").add("clock.jump", {"by": 120_000})
    log = log.add("session.resume", {"why": "break"}).add("segment.enter", {"segment": "learn"})
    spot = {"multiple": False, "options": ["a", "b"], "type": "poll"}
    words = {"options": ["Yes 1", "No 2"], "text": "Is it 5 o'clock?"}
    for no, said in ((1, "ab"), (2, "bb")):
        log = log.add("activity.open", {"activity": "q", "mode": "named", "round": no})
        for k, v in enumerate(said):
            put = {"activity": "q", "round": no, "v": [v], "via": "phone"}
            log = log.add("answer.put", put, p=f"expect{k * 2}0")
        log = log.add("activity.close", {"activity": "q", "round": no})
    log = log.add("activity.open", {"activity": "spot-1", "def": spot, "mode": "named", "round": 1}, private=words)
    log = log.add("answer.put", {"activity": "spot-1", "round": 1, "v": ["a"], "via": "phone"}, p="another0")
    log = log.add("person.object", {"why": "request"}, p="expect20").add("att.in", come, p="expect10")
    for a in KINDS:
        log = log.add("activity.open", {"activity": a.id, "mode": "named", "round": 1})
        for k, said in enumerate(SAID[a.id]):
            put: dict[str, Any] = {
                "activity": a.id,
                "round": 1,
                "v": said if isinstance(said, list) else [],
                "via": "phone",
            }
            words_ = None if isinstance(said, list) else {"text": said}
            log = log.add("answer.put", put, p=f"expect{(0, 1, 4, 5)[k]}0", private=words_)
        log = log.add("activity.close", {"activity": a.id, "round": 1})
    log = log.add("segment.enter", {"segment": "drill"}).add("session.resume", {"gap": 5, "src": "boot", "why": "exit"})
    log = log.add("att.mark", {"by": "fac", "status": "excused", "why": "other"}, p="expect60")
    log = log.add("att.mark", {"by": "fac", "status": "present", "why": "other"}, p="expect70")
    log = log.add("person.rename", {"why": "mistake"}, p="expect00", private={"name": "Odd Zero 0"})
    log = log.add("person.void", {"why": "mistake"}, p="expect30").add("activity.hide", {"activity": "q", "round": 2})
    for k in range(3):
        log = log.add("say.put", {}, p="expect10", private={"text": f"Who has the {k}th key?"})
        log = log.add("say.park", {"ref": log.size - 1})
    log = log.add("say.done", {"ref": log.size - 2}).close()
    jump = next(i for i, line in enumerate(log.lines) if b"clock.jump" in line)
    laptop.last = replace(log, lines=[*log.lines[:jump], *(_later(line, 120_000) for line in log.lines[jump:])])
    return laptop.last


def _later(line: bytes, ms: int) -> bytes:
    """The same record by a clock that was put forward."""
    said = msgspec.json.decode(line)
    return canonical(said | {"t": said["t"] + ms})


async def more(of: Laid) -> list[Log]:
    """Sessions of every kind beside the evenings, and what head office says of some of them."""
    one, two = Laptop.named("7q2k"), Laptop.named("9k3m")
    of.office.enrol(one, two)
    press = plan("press-course", "1.0.0")
    within: dict[str, Any] = {"program": "press4", "part": "basics", "cohort": "autumn"}
    first = course(
        one, {"E700001": "warm learn drill", "E700002": "warm learn", "E700004": "", "E9": "warm"}, press,
        site="Plant 2", **within,
    )  # fmt: skip
    again = course(
        two, {"E700002": "drill", "E700001": "learn"}, press, makes_up=first.origin, kind="makeup", site="Yard 9"
    )
    roll = dice("meetings")
    logs = [first, again, odd(one)]
    for k in range(7):
        people = tuple(_somebody(roll) for _ in range(4 + roll(9)))
        minutes = {x: 4 + roll(25) for x in ("warm", "learn", "rest", "drill") if roll(5)}
        tally = [(3, 2, 1), (1, 1, 0), (0, 0, 6), None][roll(4)]
        how = Meeting(
            people, minutes, frozenset(["q1"] if not roll(5) else []), tally, agreement="BV-1" if k in (2, 3) else "",
            kind="evaluation" if k == 5 else "class", changed=frozenset(["warm"] if roll(2) else []),
        )  # fmt: skip
        logs.append(meeting(two, how, f"{ORG}/fac/{k % 7:04d}", "Plant 2" if k % 2 else "plant  2", -k * 11))
    of.office.now += 60
    await of.take(*map(bundle, logs))
    office, pick = of.office, [one for one in of.told if one not in of.away]
    t = pick[-1]
    for wish in (
        {"who": t.badges[0], "status": "excused"}, {"who": t.badges[1], "in_m": 5 * 60_000, "out_m": 9 * 60_000},
        {"who": t.badges[2], "status": "absent"}, {"who": t.badges[3], "activity": "q2", "answer": "b"},
        {"who": t.badges[4], "activity": "skill", "item": "lock", "ok": False}, {"who": t.badges[5], "status": "late"},
    ):  # fmt: skip
        office.now += 60
        await correct(office, t, do="add" if "activity" in wish else "correct", **wish)  # type: ignore[arg-type]
    await grant(office, pick[-2], pick[-2].badges[0], pick[-2].pack.partition("@")[0])  # type: ignore[arg-type]
    await grant(office, pick[-3], pick[-3].badges[1], "learn")  # type: ignore[arg-type]
    await grant(office, pick[-4], pick[-4].badges[2], "q1")  # type: ignore[arg-type]
    await give(office)
    certified = await listed(office)
    assert len(certified) > 2
    await take_back(office, certified[0].issued.id)
    await erase(office.home, ALL, certified[1].issued.badge, [], "request", office.now)
    await answered(office, logs[2], logs[2].size - 8, "Two of them have 1 each.")
    await erase(office.home, pick[-5].origin, pick[-5].badges[0], [], "request", office.now)
    await erase(office.home, ALL, pick[-6].badges[3], [], "request", office.now)
    await erase(office.home, pick[-7].origin, "", [0], "request", office.now)
    await of.take(await answered_alone(office, first, ["E700001", "E700002", pick[-8].badges[0]]))
    return logs


HOSTILE = (
    "Ann [/] Lee", "=1+1", "<b>7</b>", "{{7*7}}", "דנה 4", "O'Brien 2'); DROP TABLE plan;--", "=====", "W" * 79 + "9",
)  # fmt: skip


def plans(of: Laid) -> None:
    """Sessions to come, of this minute, over and called off, in zones far apart, with and without people, one moved to
    another laptop; and the notes of them beside the logs, an older one too."""
    home, now = of.office.home, of.office.now
    one, two, *_ = planning.laptops(home, now)
    told = of.told[-1]
    rows = [{"badge": badge, "name": f"Worker {k}", "crew": "B 2"} for k, badge in enumerate(told.badges[:3])]
    rows += [{"name": name, "role": "operator"} for name in HOSTILE]
    rows += [{"badge": "K" * 70 + "9"}, {"badge": "new 1", "id_issuer": "depot 5", "name": "New 1"}]
    roster = tuple(Row(2 + k, fields) for k, fields in enumerate(rows))

    def add(device: str, minutes: int, tz: str, **more: Any) -> planned.Kept:
        at = datetime.datetime.fromtimestamp(now + 60 * minutes, ZoneInfo(tz)).strftime(AT)
        return planned.add(home, device, Planned(v=1, pack="press-basics", at=at, tz=tz, **more), now)

    within = Within("press4", "basics", "autumn", told.origin)
    add(one, 4000, "Europe/Madrid", title="Press 4", place="Plant 2", room="Hall 7", trainer="Sam 3", expected=roster,
        within=within)  # fmt: skip
    add(one, 3999, "Asia/Kathmandu", place="PLANT 2", title="<i>8</i> of {{9}}", within=Within("hygiene", "wash"))
    add(two, 4001, "America/St_Johns", room="=2+2", within=Within("gone", "part-2"))
    add(two, 0, "Asia/Tokyo", title="This minute", place="Plant 3")
    add(two, -1, "Asia/Tokyo", title="A minute ago", place="plant 3", expected=roster[:2])
    add(one, -1500, "UTC", title="Yesterday", place="Plant 1", expected=roster[:1])
    for minutes in (500, -500):
        planned.cancel(home, add(one, minutes, "Etc/GMT+5", place="Plant 3", expected=roster[:3]), now)
    moved = add(one, 900, "UTC", place="Plant 2", title="Moved 1", expected=roster[:4])
    for k, device in enumerate((one, one, two)):
        (of.logs / f"plan-{k}.note").write_bytes(planned.note_for(home, device, now) or b"")
        if k == 0:
            planned.change(home, moved, two, msgspec.structs.replace(moved.plan, room="Hall 2"), now)


async def answered(office: Office, log: Log, i: int, words: str) -> None:
    db = await office.home.database()
    try:
        await answer(office.home, db, log.origin, i, words, "Zoë 2", office.now)
    finally:
        await db.close()


def _somebody(roll: Roll) -> Somebody:
    said = {q: a for q, a in RIGHT.items() if roll(6)}
    said |= {q: a for q, a in WRONG.items() if q in said and not roll(3)}
    judged = {item: (bool(roll(3)), [True, False, None][roll(3)]) for item in ("lock", "tag") if roll(3)}
    return Somebody(bool(roll(5)), bool(roll(8)), not roll(11), said, ["sure", "unsure", None][roll(3)], judged)


async def written(of: Laid) -> None:
    """What the recount is given beside the bundles: receipts, the trust list, programs, head office's own log."""
    home = of.office.home
    signer = desk.make_device(home).vkey.pub.hex()
    async with await Intake.open(home) as intake:
        async with intake.db.reading() as tx:
            every = await tx.sessions()
            for one in every:
                if one.device == signer:
                    lines = [line async for batch in tx.lines(one.origin) for line in batch]
                    openings = [bytes(line) for line in (await tx.openings(one.origin)).values()]
                    at = of.logs / f"desk-{one.seq}"
                    _folder(at, one.checkpoint, lines, openings)
                    (at / "blob").mkdir(exist_ok=True)
                    (at / "blob" / one.plan).write_bytes(await tx.blob(one.origin, one.plan) or b"")
        notes = await receipts_file(intake.db, [one.origin for one in every], home.office())
        await catch_up(home, intake.db, of.office.now)
    (of.logs / "receipts.note").write_bytes(notes)
    (of.logs / "trust.note").write_bytes(home.trust_path.read_bytes())
    for one in programs.in_force(home):
        shown = fieldkit("central", "program", "show", one.id, "--json", "--home", str(home.path))
        (of.logs / f"program-{one.id}.json").write_bytes(shown.out)


def _folder(at: Path, note: bytes, lines: Sequence[bytes], openings: Sequence[bytes]) -> None:
    at.mkdir(exist_ok=True)
    (at / "checkpoint").write_bytes(note)
    (at / "log.jsonl").write_bytes(b"".join(one + b"\n" for one in lines))
    (at / "openings.jsonl").write_bytes(b"".join(one + b"\n" for one in openings))


def site(served: Served, name: str) -> Site:
    """The pages as this account sees them after the form of the log-in, over TLS."""
    return Site(served.url, str(served.cert)).log_in(name, WORD)
