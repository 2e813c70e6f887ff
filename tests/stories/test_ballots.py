"""Anonymous rounds with a real host: kill -9 in a burst of votes, a small crew, and what is left behind."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import aiohttp
import pytest

from fieldkit.core.session import Session
from fieldkit.log.fsck import walk
from fieldkit.log.read import SessionFile
from fieldkit.station import Station
from tests.kit.anonymous import PACK
from tests.stories.processes import Host, json_of, run
from tests.stories.test_kill import _plan
from tests.stories.test_spine import Phone, new_id

PHONES = 24


async def vote(phone: Phone, url: str, body: dict[str, object]) -> str:
    """One try, as a phone makes it; what the laptop said, empty when it said nothing."""
    try:
        head = {"Authorization": f"Bearer {phone.seat}"}
        async with phone.http.post(f"{url}/v1/intents", json=body, headers=head) as reply:
            found = await reply.json()
            return f"{found['result']} {found['saved']}"
    except (aiohttp.ClientError, OSError):
        return ""


@pytest.mark.slow
async def test_every_acknowledged_vote_survives_the_kill_and_counts_once(tmp_path: Path) -> None:
    """Killed twice in the middle of the votes; the tally is what people sent, each once."""
    pack, home = tmp_path / "ballot-pack", tmp_path / "laptop"
    pack.mkdir()
    (pack / "pack.yaml").write_text(PACK % {"mode": "anonymous"}, "utf-8")
    json_of("pack", "check", str(pack))
    said: dict[int, list[str]] = {k: [] for k in range(PHONES)}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, force_close=True)) as http:
        phones = [Phone(http, f"Worker {k}") for k in range(PHONES)]
        bodies = [
            {"id": new_id(), "kind": "answer", "activity": "q1", "round": 1, "v": ["abc"[k % 3]]} for k in range(PHONES)
        ]

        async def cast(url: str, k: int, wait: float) -> None:
            await asyncio.sleep(wait)
            said[k].append(await vote(phones[k], url, bodies[k]))

        with Host(home, str(pack)) as host:
            await asyncio.gather(*(x.join(host.url, host.code) for x in phones))
            host.ctl("open", "q1")
            opened = host.ctl("status")["saved"]
            busy = [asyncio.create_task(cast(host.url, k, 0.02 * k)) for k in range(PHONES)]
            await asyncio.sleep(0.25)
            await asyncio.to_thread(host.kill)
            await asyncio.gather(*busy)
        acked = {k for k in said if "accepted" in said[k][0]}
        assert acked, said
        (file,) = [x for x in (home / "ballots").iterdir() if not x.name.startswith(".")]
        held = set(json.loads(file.read_bytes())["voted"])
        assert {phones[k].p for k in acked} <= held
        with Host(home, str(pack)) as host:
            assert host.ctl("status")["open"][0]["answered"] == len(held)
            await asyncio.gather(*(cast(host.url, k, 0) for k in range(PHONES)))
            await asyncio.to_thread(host.kill)
        assert {x[-1] for k, x in said.items() if k in acked} == {f"already {opened}"}
        assert {x[-1] for x in said.values()} <= {f"already {opened}", f"accepted {opened}"}
        with Host(home, str(pack)) as host:
            seen = host.ctl("status")["open"][0]
            assert (seen["mode"], seen["answered"], seen["counts"]) == ("anonymous", PHONES, None)
            host.ctl("close", "q1")
            host.ctl("end")
            assert host.stop() == 0
    assert list((home / "ballots").iterdir()) == []
    station = Station.open(home)
    with SessionFile.open(station.find("last").path) as read:
        assert walk(read, [station.signer.vkey], []) == []
        records = read.records()
    session = Session(origin=station.find("last").origin, plan=_plan(station)).fold(records)
    one = session.runs["q1"][0]
    assert (one.tally, one.answered(), one.answers) == (dict.fromkeys("abc", PHONES // 3), PHONES, {})
    run("fsck", "last", "--data", str(home))
    run("bundle", "--plain", "-o", str(tmp_path / "x.fkb"), "--data", str(home))
    run("verify", str(tmp_path / "x.fkb"), "--data", str(home), ok=(0, 1))
    run("export", "last", "--what", "results", "-o", str(tmp_path / "results.csv"), "--data", str(home))
    assert f",a,Always,,{PHONES // 3},33.33,{PHONES},{PHONES}," in (tmp_path / "results.csv").read_text("utf-8-sig")


@pytest.mark.slow
async def test_a_small_crew_is_asked_about_and_then_nothing_is_kept(tmp_path: Path) -> None:
    """`ctl` says no with a hint; with --small it opens, and the result holds nothing."""
    pack, home = tmp_path / "ballot-pack", tmp_path / "laptop"
    pack.mkdir()
    (pack / "pack.yaml").write_text(PACK % {"mode": "anonymous"}, "utf-8")
    async with aiohttp.ClientSession() as http:
        phones = [Phone(http, f"Worker {k}") for k in range(3)]
        with Host(home, str(pack)) as host:
            for phone in phones:
                await phone.join(host.url, host.code)
            found = host.ctl("open", "q1", ok=(1,))
            assert (found["result"], found["reason"]) == ("refused", "small-crew") and "--small" in found["hint"]
            assert host.ctl("next", ok=(1,))["reason"] == "small-crew"
            host.ctl("next", "--small")
            for phone in phones:
                sent = await phone.send(host.url, kind="answer", activity="q1", round=1, v=["a"])
                assert sent["result"] == "accepted"
                (seen,) = (await phone.view(host.url))["open"]
                assert (seen["mode"], seen["mine"], seen.get("counts")) == ("anonymous", [], None)
            host.ctl("close")
            host.ctl("reveal", "q1")
            (result,) = (await phones[0].view(host.url))["results"]
            assert result["suppressed"] is True and result["n"] == 0 and not any(result["counts"].values())
            run("ctl", "close", "--small", "--data", str(home), ok=(2,))
            host.ctl("end")
            assert host.stop() == 0
    assert b'"suppressed":true' in b"".join(x.read_bytes() for x in (home / "sessions").glob("*.db*"))
