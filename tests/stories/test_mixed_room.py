"""Thirty mixed workers against a real host: phones in three languages, a tablet for several, a shared phone, scanned
badges, three with nothing at all, two latecomers; a power cut in the middle. One attendance sheet holds them all."""

from __future__ import annotations

import asyncio
import csv
import io
from pathlib import Path
from typing import Any

import pytest

from fieldkit.core.attendance import attendance
from fieldkit.log.read import SessionFile
from fieldkit.station import Station
from tests.kit.kiosk import Tablet
from tests.kit.phone import Phone
from tests.stories.processes import Host, json_of, run

LANGS = ("en", "es", "fr")
PHONES = [f"P{k:02d}" for k in range(11)]
MATES = ["S1", "S2", "S3"]
KIOSK = ["K1", "K2", "K3", "K4"]
SCANNED = ["C1", "C2", "C3"]
EMPTY = ["N1", "N2", "N3"]
"""Without anything: an answer put in for them, a raised hand, a sheet of paper."""
LATE = ["L1", "L2"]
LISTED = [*PHONES, *MATES, *KIOSK, *SCANNED, *EMPTY, *LATE]
WALKINS = ["Wanda [/] Lee", "Wim =1+1", "Kim no badge", "Cas from the next hall"]
HANDS = {"a": 0, "b": 1, "c": 0, "d": 0}
ORDER = ["notify", "shut", "isolate", "lock", "bleed", "try"]


def name_of(badge: str) -> str:
    return f"Worker {badge}"


def expected() -> dict[str, tuple[str, str, str]]:
    """badge or name → (status, method, flags): what the sheet must say of each."""
    sheet = dict.fromkeys(PHONES, ("present", "roster", ""))
    sheet["P00"] = ("present", "code", "")
    sheet |= dict.fromkeys([*MATES, *KIOSK], ("present", "roster", "shared"))
    sheet |= dict.fromkeys([*SCANNED, "N2"], ("present", "fac", ""))
    sheet |= {"N1": ("present", "fac", "proxy"), "N3": ("present", "fac", "paper")}
    sheet |= {"L1": ("late", "roster", ""), "L2": ("late", "roster", "shared")}
    sheet |= {"Wanda [/] Lee": ("present", "lan", "walk_in"), "Wim =1+1": ("present", "lan", "walk_in")}
    sheet |= {"Kim no badge": ("present", "lan", "walk_in shared"), "X9": ("present", "fac", "walk_in")}
    return sheet


class Room:
    """Everybody in it, as far as they hold something."""

    def __init__(self, host: Host, tablet: Tablet) -> None:
        self.host, self.tablet = host, tablet
        self.phones: dict[str, Phone] = {}
        self.mates: dict[str, str] = {}
        """Badge → p of who acts on the shared phone."""

    async def phone(self, badge: str, name: str = "", **more: Any) -> Phone:
        one = self.phones[badge or name] = Phone(self.host.url, name or name_of(badge))
        await one.come_in(self.host.code, badge or None, **more)
        return one

    async def arrive(self) -> None:
        """Before it begins: phones, the phone of three, the tablet, the scanner, the sign-in sheet."""
        fresh = self.host.ctl("status")["fresh"]
        await self.phone("P00", lang="en", fresh=fresh)
        await asyncio.gather(*(self.phone(b, lang=LANGS[k % 3]) for k, b in enumerate(PHONES) if b != "P00"))
        await asyncio.gather(*(self.phone("", name) for name in WALKINS[:2]))
        owner = await self.phone("S1")
        self.mates["S1"] = owner.p
        for badge in MATES[1:]:
            reply = await owner.send("join", code=self.host.code, name=name_of(badge), badge=badge)
            assert reply.ok and reply.p, reply
            self.mates[badge] = reply.p
        for badge in KIOSK:
            assert (await self.tablet.come(badge.lower())).state == "turn"
        assert name_of("K4") in self.tablet.screen.words
        assert (await self.tablet.come(name="Kim no badge")).state == "turn"
        for badge in [*SCANNED, "N1", "N2"]:
            self.host.ctl("checkin", badge)
        self.host.ctl("checkin", "X9", "Cas from the next hall")

    async def all_answer(self, activity: str, v: list[str]) -> None:
        """Everybody with a phone, at once; then one after the other at the tablet."""
        own = [x for badge, x in self.phones.items() if badge != "S1"]
        replies = await asyncio.gather(*(x.answer(activity, 1, v) for x in own))
        replies += [
            await self.phones["S1"].send("answer", activity=activity, round=1, v=v, **{"as": p})
            for p in self.mates.values()
        ]
        assert {x.result for x in replies} == {"accepted"}, replies
        for badge in KIOSK:
            await self.tablet.come(badge)
            assert (await self.tablet.send("answer", v=v)).state == "saved", self.tablet.screen.words

    async def close(self) -> None:
        for one in self.phones.values():
            await one.close()


@pytest.mark.slow
async def test_thirty_mixed_workers_are_one_complete_sheet(tmp_path: Path) -> None:
    home, sheet = tmp_path / "laptop", tmp_path / "paper.csv"
    roster, policy = tmp_path / "crew.csv", tmp_path / "policy.toml"
    roster.write_text("badge,name,crew\n" + "".join(f"{b},{name_of(b)},L4\n" for b in LISTED), "utf-8")
    policy.write_text("grace_min = 0\nshare_min = 0\n", "utf-8")
    sheet.write_text("badge,name,in\nN3,,x\n", "utf-8")
    given = ("--roster", str(roster), "--policy", str(policy), "--facilitator", "Sam Ortiz", "--site", "Plant 4")
    with Host(home, "loto-refresher", *given) as host:
        async with Tablet(host.url) as tablet:
            await tablet.open(host.ready["kiosk"])
            room = Room(host, tablet)
            await room.arrive()
            assert json_of("paper", "--enter", str(sheet), "--data", str(home))["rows"][0]["said"] == ["in"]
            assert host.ctl("status")["people"]["present"] == 28
            await first_half(room)
            host.kill()
            with Host(home, "loto-refresher") as again:
                assert again.url == host.url, "phones and tablet find it where it was"
                room.host = again
                await second_half(room, sheet, host.ready["kiosk"])
            await room.close()
    at_home(tmp_path, home)


async def first_half(room: Room) -> None:
    """A poll with a show of hands, a proxy answer, and the two who come late."""
    ctl, tablet = room.host.ctl, room.tablet
    ctl("open", "poll-why")
    assert "Now: The breaker is open and locked" in (await tablet.next()).words
    await room.all_answer("poll-why", ["b", "c"])
    ctl("proxy", "N1", "poll-why", "b")
    ctl("hands", "poll-why", *(f"{k}={n}" for k, n in HANDS.items()))
    await room.phone("L1")
    assert (await tablet.come("L2")).state == "turn"
    await tablet.send("answer", v=["b"])
    assert ctl("status")["people"]["present"] == 30
    assert ctl("status")["kiosk"] == "on"


async def second_half(room: Room, sheet: Path, used: str) -> None:
    """After the power cut: the same tablet, an order, the signature, the sheets typed in, the end."""
    ctl, tablet = room.host.ctl, room.tablet
    async with Tablet(room.host.url) as other:
        assert (await other.open(used)).status == 403, "a used token stays used"
    assert (await tablet.open()).state in ("badge", "saved")
    ctl("open", "order-steps")
    await room.all_answer("order-steps", ORDER)
    ctl("close")
    sheet.write_text("badge,name,in,poll-why,order-steps,exit-ack\nN3,,x,B,,\nN3,,x,,zz,x\nNobody,,x,A,,\n", "utf-8")
    said = [
        row["said"] for row in json_of("paper", "--enter", str(sheet), "--data", str(room.host.home), ok=(1,))["rows"]
    ]
    assert said[0] == ["in already", "poll-why: saved"]
    assert "none of its letters" in said[1][1] and "stays on its paper" in said[1][2]
    assert said[2][0].startswith("not in: Nobody here has this badge")
    before = ctl("status")["saved"]
    json_of("paper", "--enter", str(sheet), "--data", str(room.host.home), ok=(1,))
    assert ctl("status")["saved"] == before, "entered twice, saved once"
    ctl("open", "exit-ack")
    replies = await asyncio.gather(*(x.ack("exit-ack", 1, x.name) for b, x in room.phones.items() if b != "S1"))
    assert {x.result for x in replies} == {"accepted"}
    for badge in KIOSK:
        await tablet.come(badge)
        assert (await tablet.send("ack", text=name_of(badge))).state == "saved"
    ctl("end")
    assert (await tablet.next()).state == "end"
    assert room.host.wait() == 0


def at_home(tmp_path: Path, home: Path) -> None:
    """The sheet: thirty rows, each as it was; from disk, exported, and at head office the same bytes."""
    out, laptop = tmp_path / "attendance.csv", ("--data", str(home))
    run("export", "last", "--what", "attendance", "--as", "csv", "-o", str(out), *laptop)
    rows = list(csv.DictReader(io.StringIO(out.read_text("utf-8-sig"))))
    assert len(rows) == 30
    wanted = expected()
    by = {row["person_id"] if row["person_id"] in wanted else row["name"].removeprefix("'"): row for row in rows}
    assert {key: cells(row) for key, row in by.items()} == wanted
    assert {row["language"] for row in rows if row["person_id"] in PHONES} <= set(LANGS)
    assert by["K1"]["worker_ack_at"] and not by["N1"]["worker_ack_at"]
    assert by["K1"]["score_pct"] and by["Wim =1+1"]["name"].endswith("Wim =1+1")
    (ref,) = Station.open(home).sessions()
    with SessionFile.open(ref.path) as file:
        session = file.session()
    assert (session.joined, len(session.people)) == (30, 30)
    folded = {x.p: (x.status, x.method, " ".join(x.flags)) for x in attendance(session)}
    assert {row["record_id"].partition("-")[2].partition("-")[2]: cells(row) for row in rows} == folded
    poll = session.runs["poll-why"][0]
    assert (poll.answered(), poll.hands) == (11 + 2 + 3 + 4 + len(["N1", "N3", "L2"]), HANDS)
    assert {a.via for a in poll.answers.values()} == {"phone", "shared", "kiosk", "proxy", "paper"}
    at_the_office(tmp_path, home)


def cells(row: dict[str, str]) -> tuple[str, str, str]:
    return row["attendance_status"], row["check_in_method"], row["flags"]


def at_the_office(tmp_path: Path, home: Path) -> None:
    """Carried, receipted, and the same bytes on both sides."""
    office, laptop = ("--home", str(tmp_path / "office")), ("--data", str(home))
    made = json_of("bundle", "last", "-o", str(tmp_path / "one.fkb"), *laptop)
    keys = json_of("central", "init", *office, "--org", "ld.acme.example", "--no-passphrase")
    words = json_of("enrol", "-o", str(tmp_path / "enrol.note"), *laptop)["words"]
    run("central", "enrol", *office, str(tmp_path / "enrol.note"), "--words", words)
    receipts, ours, theirs = (tmp_path / name for name in ("receipts.txt", "ours.csv", "theirs.csv"))
    stored = json_of("central", "ingest", *office, made["file"], "--words", made["words"], "--receipts", str(receipts))
    assert stored["sessions"][0]["result"] == "stored"
    run("trust", "accept", str(tmp_path / "office" / "trust.note"), "--root", keys["root"], *laptop)
    run("receipts", str(receipts), *laptop)
    origin = made["sessions"][0]["origin"]
    for what in ("attendance", "answers"):
        run("export", "last", "--what", what, "--as", "csv", "-o", str(ours), *laptop)
        run("central", "export", *office, origin, "--what", what, "--as", "csv", "-o", str(theirs))
        assert theirs.read_bytes() == ours.read_bytes(), what
