"""kill -9 of the real host under load: nothing acknowledged is lost, nothing is counted twice (long: bench kill)."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import aiohttp
import pytest

from fieldkit.core.session import Session
from fieldkit.log.fsck import walk
from fieldkit.log.read import SessionFile
from fieldkit.station import Station
from tests.stories.processes import Host
from tests.stories.test_spine import PACK, Phone, new_id

PHONES = 20
ROUNDS = 3


async def hammer(phone: Phone, url: str, stop: asyncio.Event) -> None:
    """Answer again and again; only what the laptop accepted is remembered."""
    turn = 0
    while not stop.is_set():
        turn += 1
        body = {"id": new_id(), "kind": "answer", "activity": "q1", "round": 1, "v": ["ab"[turn % 2]]}
        try:
            head = {"Authorization": f"Bearer {phone.seat}"}
            async with phone.http.post(f"{url}/v1/intents", json=body, headers=head) as reply:
                found = await reply.json()
        except (aiohttp.ClientError, OSError):
            return
        if found.get("result") == "accepted":
            phone.sent.append((body, found["saved"]))
        if turn % 18 == 0:  # twenty a minute are allowed; the burst is what counts
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), 3.1)


@pytest.mark.slow
async def test_what_was_acknowledged_survives_the_kill_and_counts_once(tmp_path: Path) -> None:
    """Three kills in the middle of a burst, three resumes, every acknowledged answer found where it was promised."""
    pack, home = tmp_path / "story-pack", tmp_path / "laptop"
    pack.mkdir()
    (pack / "pack.yaml").write_text(PACK, "utf-8")
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, force_close=True)) as http:
        phones = [Phone(http, f"Worker {k}") for k in range(PHONES)]
        for turn in range(ROUNDS):
            with Host(home, str(pack)) as host:
                if turn == 0:
                    await asyncio.gather(*(x.join(host.url, host.code) for x in phones))
                    host.ctl("open", "q1")
                stop = asyncio.Event()
                busy = [asyncio.create_task(hammer(x, host.url, stop)) for x in phones]
                await asyncio.sleep(0.25 + 0.2 * turn)
                await asyncio.to_thread(host.kill)
                stop.set()
                await asyncio.gather(*busy)
        with Host(home, str(pack)) as host:
            await asyncio.gather(*(retry_some(x, host.url) for x in phones))
            counts = host.ctl("status")["open"][0]["counts"]
            assert host.stop() == 0
    station = Station.open(home)
    with SessionFile.open(station.find("last").path) as file:
        assert walk(file, [station.signer.vkey], []) == []
        records = file.records()
        intents = [key for key, _ in file.intents()]
    assert len(intents) == len(set(intents))
    for phone in phones:
        for body, saved in phone.sent:
            kind = {"join": "person.join", "answer": "answer.put"}[body["kind"]]
            assert (records[saved].k, records[saved].p) == (kind, phone.p)
            if kind == "answer.put":
                assert records[saved].fact.v == body["v"]  # type: ignore[attr-defined]
    assert sum(len(x.sent) for x in phones) > PHONES * ROUNDS
    session = Session(origin=station.find("last").origin, plan=_plan(station)).fold(records)
    assert sum(counts.values()) == session.runs["q1"][0].answered() == PHONES


async def retry_some(phone: Phone, url: str) -> None:
    """The last few intents once more (the pace limit would stop all of them): already, at the same place."""
    phone.sent, kept = phone.sent[-4:], phone.sent
    await phone.again(url)
    phone.sent = kept


def _plan(station: Station):  # type: ignore[no-untyped-def]
    import msgspec

    from fieldkit.core.plan import Plan

    with SessionFile.open(station.find("last").path) as file:
        return msgspec.json.decode(file.plan, type=Plan)
