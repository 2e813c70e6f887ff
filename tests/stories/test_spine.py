"""From pack to head office with real processes: forty phones, a power cut in the middle, retries, a receipt."""

from __future__ import annotations

import asyncio
import base64
import csv
import json
import os
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.stories.processes import Host, json_of, run

PACK = """\
fieldkit: 1
id: story-pack
version: 1.0.0
title: A story
language: en
duration: 10
completion: {attendance_min: 0, require: [ack]}
segments:
  - id: only
    phase: content
    minutes: 10
    title: The only one
    steps:
      - {at: 0, do: open, activity: q1}
      - {at: 3, do: open, activity: talk}
      - {at: 6, do: open, activity: ack}
activities:
  q1: {type: choice, text: "Which one?", graded: true, options: {a: This, b: That}, answer: [b]}
  talk: {type: prompt, text: "What else?", upvote: true}
  ack: {type: acknowledge, text: I took part., sign: worker, meaning: participation}
"""


def new_id() -> str:
    return base64.urlsafe_b64encode(os.urandom(16)).decode().rstrip("=")


class Phone:
    """Knows the wire and nothing else; keeps what it sent so that it can send it again."""

    def __init__(self, http: aiohttp.ClientSession, name: str, badge: str | None = None) -> None:
        self.http, self.name, self.badge = http, name, badge
        self.seat = self.p = ""
        self.sent: list[tuple[dict[str, Any], int]] = []

    async def post(self, url: str, body: dict[str, Any]) -> dict[str, Any]:
        head = {"Authorization": f"Bearer {self.seat}"} if self.seat and body["kind"] != "join" else {}
        for _ in range(20):  # as a phone does: the same id again until it is answered
            try:
                async with self.http.post(f"{url}/v1/intents", json=body, headers=head) as reply:
                    found: dict[str, Any] = await reply.json()
                    assert reply.status == 200, found
                    return found
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.1)
        raise AssertionError("the laptop does not answer")

    async def send(self, url: str, **body: Any) -> dict[str, Any]:
        whole = {"id": new_id(), **body}
        found = await self.post(url, whole)
        if found["result"] == "accepted":
            self.sent.append((whole, found["saved"]))
        return found

    async def join(self, url: str, code: str) -> None:
        badge = {"badge": self.badge} if self.badge else {}
        found = await self.send(url, kind="join", code=code, name=self.name, **badge)
        assert found["result"] == "accepted", found
        self.seat, self.p = found["seat"], found["p"]

    async def view(self, url: str) -> dict[str, Any]:
        async with self.http.get(f"{url}/v1/view", headers={"Authorization": f"Bearer {self.seat}"}) as reply:
            found: dict[str, Any] = await reply.json()
            return found

    async def again(self, url: str) -> None:
        """Every accepted intent once more: already, same index, same seat."""
        for body, saved in self.sent:
            found = await self.post(url, body)
            assert (found["result"], found["saved"]) == ("already", saved), found
            if body["kind"] == "join":
                assert (found["seat"], found["p"]) == (self.seat, self.p)


@pytest.mark.slow
async def test_forty_phones_a_power_cut_and_a_receipt(tmp_path: Path) -> None:
    """join → poll → kill -9 → resume → retries → close → end → export → bundle → central → receipt."""
    pack, home, office = tmp_path / "story-pack", tmp_path / "laptop", tmp_path / "office"
    pack.mkdir()
    (pack / "pack.yaml").write_text(PACK, "utf-8")
    roster = tmp_path / "roster.csv"
    rows = "".join(f"B{k:02d},Worker {k},Crew {k % 3}\n" for k in range(30))
    roster.write_text(f"badge,name,crew\n{rows}", "utf-8")
    json_of("pack", "check", str(pack))
    more = ("--roster", str(roster), "--facilitator", "Sam Ortiz", "--site", "Plant 4")
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        phones = [Phone(http, f"Worker {k}", f"B{k:02d}" if k < 30 else None) for k in range(39)]
        phones.append(Phone(http, "Ann [/] Lee <b>=1+1\u202e"))
        with Host(home, str(pack), *more) as host:
            first_url = host.url
            await asyncio.gather(*(x.join(host.url, host.code) for x in phones))
            host.ctl("open", "q1")
            answers = await asyncio.gather(
                *(
                    x.send(host.url, kind="answer", activity="q1", round=1, v=["ab"[k % 2]])
                    for k, x in enumerate(phones)
                )
            )
            assert {x["result"] for x in answers} == {"accepted"}
            view = await phones[0].view(host.url)
            assert (view["state"], view["open"][0]["mine"], "correct" in json.dumps(view)) == ("activity", ["a"], False)
            before = host.ctl("status")
            assert before["open"][0]["counts"] == {"a": 20, "b": 20}
            host.kill()
        with Host(home, str(pack)) as host:
            assert (host.ready["session"], host.code) == (before["session"], before["code"])
            await asyncio.gather(*(x.again(host.url) for x in phones))
            after = host.ctl("status")
            assert (after["open"][0]["counts"], after["state"]) == ({"a": 20, "b": 20}, "running")
            assert host.url == first_url
            late = {"id": new_id(), "kind": "answer", "activity": "q1", "round": 1, "v": ["a"]}
            host.ctl("close")
            assert (await phones[0].post(host.url, late))["reason"] == "closed"
            host.ctl("reveal")
            shown = (await phones[0].view(host.url))["results"][0]
            assert (shown["counts"], shown["n"], shown["correct"]) == ({"a": 20, "b": 20}, 40, ["b"])
            host.ctl("open", "talk")
            said = await phones[1].send(host.url, kind="say", activity="talk", text="The ram drifts")
            assert (await phones[2].send(host.url, kind="up", ref=said["saved"]))["result"] == "accepted"
            host.ctl("open", "ack")
            await asyncio.gather(*(x.send(host.url, kind="ack", activity="ack", round=1, text=x.name) for x in phones))
            host.ctl("end")
            async with http.get(
                f"{host.url}/v1/receipt", headers={"Authorization": f"Bearer {phones[0].seat}"}
            ) as reply:
                receipt = tmp_path / "ann.receipt"
                receipt.write_bytes(await reply.read())
                assert reply.status == 200
            assert host.wait() == 0
    carry_home(tmp_path, home, office, receipt)


def carry_home(tmp_path: Path, home: Path, office: Path, receipt: Path) -> None:
    """What the evening brings: export, bundle, central, receipt, green."""
    sheet = tmp_path / "attendance.csv"
    laptop = ("--data", str(home))
    run("export", "last", "--what", "attendance", "--as", "csv", "-o", str(sheet), *laptop)
    rows = list(csv.DictReader(sheet.read_text("utf-8-sig").splitlines()))
    assert len(rows) == 40
    assert sum(x["score_pct"] == "100" for x in rows) == 20
    assert {x["worker_ack_at"] != "" for x in rows} == {True}
    made = json_of("bundle", "last", "-o", str(tmp_path / "one.fkb"), "--plain", *laptop)
    assert len(made["sessions"]) == 1
    json_of("fsck", *laptop)
    assert json_of("verify", made["file"], *laptop)["verdict"] == "verified"
    assert json_of("verify", str(receipt), *laptop)["verdict"] == "verified"
    assert json_of("verify", str(sheet), *laptop)["verdict"] == "verified"
    central = ("--home", str(office))
    keys = json_of("central", "init", *central, "--org", "ld.acme.example", "--no-passphrase")
    held = json_of("central", "ingest", *central, made["file"], ok=(1,))
    assert held["sessions"][0]["result"] == "held"
    words = json_of("enrol", "-o", str(tmp_path / "enrol.note"), *laptop)["words"]
    wrong = " ".join(["wrong"] * 6)
    run("central", "enrol", *central, str(tmp_path / "enrol.note"), "--words", wrong, ok=(1, 2))
    run("central", "enrol", *central, str(tmp_path / "enrol.note"), "--words", words)
    receipts = tmp_path / "receipts.txt"
    stored = json_of("central", "ingest", *central, made["file"], "--receipts", str(receipts))
    assert stored["sessions"][0]["result"] == "stored"
    assert json_of("central", "ingest", *central, made["file"])["sessions"][0]["result"] == "already"
    run("trust", "accept", str(office / "trust.note"), "--root", keys["root"], *laptop)
    run("receipts", str(receipts), *laptop)
    listed = json_of("sessions", *laptop)
    assert "receipted" in json.dumps(listed)
    run("export", "last", "--what", "attendance", "--as", "csv", "-o", str(sheet), *laptop)
    theirs = tmp_path / "theirs.csv"
    origin = made["sessions"][0]["origin"]
    run("central", "export", *central, origin, "--what", "attendance", "--as", "csv", "-o", str(theirs))
    assert theirs.read_bytes() == sheet.read_bytes()
    paper, same = tmp_path / "attendance.pdf", tmp_path / "theirs.pdf"
    run("export", "last", "-o", str(paper), *laptop)
    run("central", "export", *central, origin, "-o", str(same))
    assert paper.read_bytes() == same.read_bytes()
    assert json_of("verify", str(paper), *laptop)["verdict"] == "verified"
