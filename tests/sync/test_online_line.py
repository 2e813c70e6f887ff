"""`sync` when the line, the clock, the certificate or the other side is bad."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from fieldkit.errors import FieldkitError, Stopped, WrongUsage
from fieldkit.log.keys import six_words
from fieldkit.log.trust import enrol_note
from fieldkit.sync.carry import pack_waiting
from fieldkit.sync.central import enrol as enrolment
from fieldkit.sync.central.door import Limits
from fieldkit.sync.copying import Progress, Watch
from fieldkit.sync.online import sync_online
from fieldkit.sync.reach import Rest, address
from tests.kit.central import NOON, Office
from tests.sync.laptop import session
from tests.sync.served import Served, new_certificate, serving
from tests.sync.trips import enrol, laptop, stage, sync


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    return await Office.make(tmp_path)


@pytest.fixture
async def served(office: Office) -> AsyncIterator[Served]:
    async with serving(office) as one:
        yield one


# ---- a bad line ----------------------------------------------------------------------------------------------


class Between:
    """A wire that breaks: each of `cuts` ends one connection after so many bytes towards head office."""

    def __init__(self, port: int) -> None:
        self.to, self.port, self.cuts, self.seen = port, 0, list[int](), 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Between:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *why: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.seen += 1
        left = self.cuts.pop(0) if self.cuts else 1 << 40
        there, back = await asyncio.open_connection("127.0.0.1", self.to)

        async def pump(source: asyncio.StreamReader, into: asyncio.StreamWriter, limit: int) -> None:
            with contextlib.suppress(ConnectionError):
                while limit > 0 and (piece := await source.read(min(4096, limit))):
                    limit -= len(piece)
                    into.write(piece)
                    await into.drain()
            for one in (writer, back):
                one.transport.abort() if limit <= 0 else one.close()

        for pair in ((reader, back, left), (there, writer, 1 << 40)):
            task = asyncio.create_task(pump(*pair))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


async def test_a_line_that_breaks_again_and_again_gets_there(served: Served, tmp_path: Path) -> None:
    station = laptop(tmp_path)
    enrol(served.office, station)
    ref = await session(station, *[(f"Person {n}", f"E{n}") for n in range(60)])
    async with Between(served.server.port) as wire:
        wire.cuts = [100, 3000, 6000]
        trip = await sync(station, served, url=f"https://127.0.0.1:{wire.port}")
        assert trip.receipts == [ref.origin] and wire.seen >= 4
    assert (await served.office.stored())[ref.origin][0] == ref.size


async def test_head_office_that_is_away_is_said_and_the_next_trip_goes_on(office: Office, tmp_path: Path) -> None:
    station = laptop(tmp_path)
    enrol(office, station)
    ref = await session(station, ("Ann Lee", "E1"))
    async with serving(office) as served:
        port = served.server.port
    waits: list[Progress] = []
    with pytest.raises(FieldkitError, match=r"cannot be reached at 127\.0\.0\.1") as no:
        await sync(station, served, watch=Watch(waits.append))
    assert "stick" in no.value.hint and "wait" in {one.step for one in waits} | {"wait"}
    async with serving(office, port=port) as served:
        assert (await sync(station, served)).receipts == [ref.origin]
    assert list(station.outbox.glob("*.fkb")) == []


async def test_it_stops_while_it_waits_and_while_it_sends(office: Office, tmp_path: Path) -> None:
    station = laptop(tmp_path)
    enrol(office, station)
    ref = await session(station, ("Ann Lee", "E1"))
    async with serving(office) as served:
        for step in ("ask", "pack"):
            seen: list[str] = []

            def stop(seen: list[str] = seen, step: str = step) -> bool:
                return step in seen

            with pytest.raises(Stopped) as no:
                await sync(station, served, watch=Watch(lambda at, seen=seen: seen.append(at.step), stop))
            assert "nothing is sent twice" in no.value.hint
        waits = Rest(tries=9, first_s=30.0)
        steps: list[str] = []
        watch = Watch(lambda at: steps.append(at.step), lambda: "wait" in steps)
        async with asyncio.timeout(20):
            with pytest.raises(Stopped):
                await sync(station, served, url="https://127.0.0.1:1", rest=waits, watch=watch)
        assert (await sync(station, served)).receipts == [ref.origin]


async def test_a_wait_says_why_counts_down_and_can_be_cut_short(office: Office, tmp_path: Path) -> None:
    station = laptop(tmp_path)
    enrol(office, station)
    await session(station, ("Ann Lee", "E1"))
    waits: list[Progress] = []
    cut = [2, 4]

    def now() -> bool:
        return bool(cut) and len(waits) == cut[0] and cut.pop(0) > 0

    told = Watch(lambda at: waits.append(at) if at.step == "wait" else None, None, now)
    async with asyncio.timeout(20):
        with pytest.raises(FieldkitError, match="cannot be reached"):
            patient = Rest(tries=3, first_s=30.0, chance=lambda: 1.0)
            await sync_online(station, address("http://127.0.0.1:1"), rest=patient, watch=told)
    assert {one.of for one in waits} == {30, 60} and all(0 <= one.done <= 1 for one in waits)
    assert {one.why for one in waits} == {"Head office cannot be reached at 127.0.0.1."}


async def test_a_clock_that_is_years_behind_is_told_and_does_not_matter(served: Served, tmp_path: Path) -> None:
    station = laptop(tmp_path, at=NOON - 400 * 86_400)
    enrol(served.office, station)
    ref = await session(station, ("Ann Lee", "E1"))
    trip = await sync(station, served)
    assert trip.receipts == [ref.origin] and trip.skew == 400 * 86_400


# ---- somebody else answers -----------------------------------------------------------------------------------


Reply = Callable[[bytes], bytes]


@contextlib.asynccontextmanager
async def impostor(folder: Path, reply: Reply) -> AsyncIterator[str]:
    """A TLS server with a good certificate that answers whatever `reply` makes of a request's headers."""
    from fieldkit.sync.central.server import certificate

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            writer.write(reply(await reader.readuntil(b"\r\n\r\n")))
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=certificate(*new_certificate(folder, "head")))
    try:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def said(status: int, body: bytes, *lines: str) -> bytes:
    head = [f"HTTP/1.1 {status} x", f"Content-Length: {len(body)}", "Connection: close", *lines, "", ""]
    return "\r\n".join(head).encode() + body


ELSE = "What answers there is not head office"
ANSWERS: dict[str, tuple[bytes, str]] = {
    "a page": (said(200, b"<html>hello"), ELSE),
    "a page that is not there": (said(404, b"<html>none"), ELSE),
    "another address": (said(302, b"", "Location: https://127.0.0.1:1/"), ELSE),
    "a door": (said(403, b'{"reason":"unknown-\\u001b[2Jdevice"}'), r"did not open \(unknown-2Jdevice\)"),
    "deep": (said(200, b"[" * 100_000), ELSE),
    "no http": (b"SSH-2.0-x\r\n\r\n", "cannot be reached"),
    "full": (said(507, b'{"reason":"held-full"}'), "no room"),
    "busy": (said(503, b'{"reason":"busy"}', "Retry-After: 0"), r"cannot take anything at the moment \(503\)"),
    "ended": (said(503, b'{"reason":"trust-expired"}'), "trust list has run out"),
    "clock": (said(401, b'{"reason":"stale-note","now":"2001-01-01T00:00:00Z"}'), r"did not open \(stale-note\)"),
}


@pytest.mark.parametrize("what", sorted(ANSWERS))
async def test_whatever_answers_there_one_sentence_is_said(office: Office, tmp_path: Path, what: str) -> None:
    reply, sentence = ANSWERS[what]
    station = laptop(tmp_path)
    enrol(office, station)
    ref = await session(station, ("Ann Lee", "E1"))
    async with impostor(tmp_path, lambda head: reply) as url:
        with pytest.raises(FieldkitError, match=sentence) as no:
            await sync_online(station, address(url), ca=tmp_path / "head.pem", rest=Rest(tries=2, first_s=0.01))
    assert no.value.hint and stage(station, ref) in ("kept", "sealed")


async def test_receipts_and_lists_that_were_made_up_are_not_taken(office: Office, tmp_path: Path) -> None:
    """A server with a good certificate that lies: nothing is receipted, the list stays."""
    (tmp_path / "liar").mkdir()
    liar = await Office.make(tmp_path / "liar")
    station, twin = laptop(tmp_path), laptop(tmp_path / "liar")
    enrol(office, station)
    kept = (station.home / "trust.note").read_bytes()
    ref = await session(station, ("Ann Lee", "E1"))
    info, _ = pack_waiting(station, tmp_path, plain=True)
    assert info is not None and twin.device != station.device
    asked = enrolment.check(enrol_note(station.signer, NOON - 86_400), six_words(station.signer.vkey))
    enrolment.enrol(liar.home, asked, NOON, liar.root())
    enrolment.enrol(liar.home, asked, NOON, liar.root())
    async with serving(liar) as served:
        trip = await sync(station, served, plain=True)
    assert [one.result for one in trip.sessions] == ["stored"] and trip.receipts == []
    assert {reason for _, reason in trip.not_taken} == {"no-known-signature", "no-cosignature"}
    assert (station.home / "trust.note").read_bytes() == kept and stage(station, ref) == "ingested"


async def test_asvs_12_3_2_a_certificate_nobody_vouches_for_ends_it_before_a_byte_of_a_session(
    served: Served, tmp_path: Path
) -> None:
    station = laptop(tmp_path)
    enrol(served.office, station)
    await session(station, ("Ann Lee", "E1"))
    (tmp_path / "x").mkdir()
    other, _ = new_certificate(tmp_path / "x")
    for ca in (other, None):
        with pytest.raises(FieldkitError, match=r"certificate of 127\.0\.0\.1 is not one") as no:
            await sync(station, served, ca=ca)
        assert "--ca" in no.value.hint
    (tmp_path / "none.pem").write_text("nothing")
    for ca in (tmp_path / "none.pem", tmp_path / "gone.pem"):
        with pytest.raises(FieldkitError, match="holds no certificate"):
            await sync(station, served, ca=ca)
    assert served.lines == []


def test_asvs_12_3_1_an_address_is_https_or_this_machine() -> None:
    assert address(" https://head.example/base/ ").url == "https://head.example/base"
    assert address("http://127.0.0.1:8080").here and address("http://[::1]:80").here
    assert not address("http://head.example", plain_http=True).tls
    with pytest.raises(WrongUsage, match="plain http"):
        address("http://head.example")
    for wrong in (
        *("ftp://x", "https://", "https://a:b@c", "https://c?x=1", "https://c#d", "https://c:99999", "https://c:0"),
        *(
            "https://[::1",
            "https://c/\u202e",
            "https://c\n.d",
            "x",
            f"https://{'a' * 64}.example",
            "https://a..b",
            "https://a b",
        ),
    ):
        with pytest.raises(WrongUsage, match="not an address"):
            address(wrong)


async def test_names_never_cross_a_network_in_the_clear(tmp_path: Path) -> None:
    with pytest.raises(WrongUsage, match="in the clear"):
        await sync_online(laptop(tmp_path), address("http://head.example", plain_http=True), plain=True)


def test_waits_grow_and_differ_from_laptop_to_laptop() -> None:
    late, early = Rest(chance=lambda: 1.0), Rest(chance=lambda: 0.0)
    assert [late.wait(k) for k in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert [early.wait(k) for k in range(3)] == [0.5, 1, 2]
    assert late.wait(0, 30.0) == 30.0 and late.wait(0, 1e9) == 120.0
    assert len({Rest().wait(5) for _ in range(50)}) > 10


async def test_one_file_that_is_not_wanted_does_not_keep_the_next(served: Served, tmp_path: Path) -> None:
    bo, ann = laptop(tmp_path, "bo"), laptop(tmp_path, "ann")
    enrol(served.office, bo)
    enrol(served.office, ann)
    await session(ann, ("Ann Lee", "E1"))
    stick = tmp_path / "stick"
    stick.mkdir()
    info, _ = pack_waiting(ann, stick, plain=False)
    assert info is not None
    (stick / "0.fkb").write_bytes(b"\x1f\x8b\x08" + bytes(300_000))
    async with serving(served.office, Limits(file=200_000)) as small:
        trip = await sync(bo, small, folder=stick)
    assert [name for name, _ in trip.not_taken] == ["0.fkb"] and trip.others[0].sessions[0].result == "stored"
