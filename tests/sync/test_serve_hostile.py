"""What is kept out of head office's door, how much is let in at once, and that nothing keeps the next one out."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fieldkit.errors import DamagedData, FieldkitError
from fieldkit.log.names import b64
from fieldkit.log.note import utc_text
from fieldkit.log.put import HEADER
from fieldkit.log.trust import enrol_note
from fieldkit.sync.central.door import Limits, held_limit
from fieldkit.sync.central.server import CentralServer, certificate
from tests.kit.central import NOON, Laptop, Office, bundle
from tests.sync.served import (
    STRANGER,
    Line,
    Served,
    ask,
    at_rest,
    get,
    head,
    new_certificate,
    note,
    opening,
    put,
    serving,
    sha,
)


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    return await Office.make(tmp_path)


@pytest.fixture
async def laptop(office: Office) -> Laptop:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    return laptop


@pytest.fixture
async def served(office: Office) -> AsyncIterator[Served]:
    async with serving(office) as one:
        yield one


# ---- what is kept out ----------------------------------------------------------------------------------------


async def test_asvs_4_1_5_a_note_of_another_file_moment_or_kind_opens_nothing(served: Served, laptop: Laptop) -> None:
    raw = bundle(laptop.whole())
    begin = ("PUT", f"/v1/bundles/{sha(raw)}")
    length = f"Content-Length: {len(raw)}"
    other = note(laptop.signer, "0" * 64, NOON)
    status, said = await ask(served, head(*begin, other, length) + raw)
    assert (status, said["reason"]) == (403, "other-file")
    for time in (NOON - 601, NOON + 601):
        status, said = await put(served, laptop.signer, raw, time=time)
        assert (status, said["reason"], said["now"]) == (401, "stale-note", utc_text(NOON))
    wrong = f"{HEADER}: {b64(enrol_note(laptop.signer, NOON))}"
    status, said = await ask(served, head(*begin, wrong, length) + raw)
    assert (status, said["reason"]) == (401, "wrong-note-type")
    for lines in ((), (other, other), (f"{HEADER}: ÿ",)):
        assert (await ask(served, head(*begin, *lines, length) + raw))[0] == 401
    assert await served.office.stored() == {} and at_rest(served.office)


async def test_asvs_4_1_5_a_note_taken_from_the_wire_only_repeats_its_own_file(served: Served, laptop: Laptop) -> None:
    """Within its ten minutes it gives the same answer again; later nothing."""
    raw = bundle(laptop.whole())
    same = opening(laptop, raw)
    first = await ask(served, same + raw)
    assert await ask(served, same + raw) == first
    assert (await ask(served, same + bytes(len(raw))))[1]["reason"] == "hash-mismatch"
    served.office.now += 700
    assert (await ask(served, same + raw))[1]["reason"] == "stale-note"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/bundles/../../central.toml", "/v1/bundles/%2e%2e%2fcentral.toml", f"/v1/bundles/{'A' * 64}",
        f"/v1/bundles/{'a' * 63}", f"/v1/bundles/{'a' * 64}/x", f"/v1/bundles/{'a' * 64}%00",
        f"/v1/trust/{'a' * 64}?x=1", "/x", "/v1", "//v1/bundles", "/v1/bundles/" + "a" * 900,
        f"http://evil/v1/bundles/{'a' * 64}",
    ],
)  # fmt: skip
async def test_asvs_5_3_2_no_path_leads_anywhere_else(served: Served, laptop: Laptop, path: str) -> None:
    status, said = await ask(served, head("GET", path, note(laptop.signer, "a" * 64, NOON)))
    assert status in (400, 404) and "central" not in str(said)
    assert sorted(p.name for p in served.office.home.spool.iterdir()) == []


async def test_asvs_4_1_4_only_what_is_meant_can_be_done(served: Served, laptop: Laptop) -> None:
    for method, what in (
        ("DELETE", "bundles"),
        ("POST", "bundles"),
        ("PUT", "trust"),
        ("HEAD", "trust"),
        ("X", "trust"),
    ):
        with contextlib.suppress(asyncio.IncompleteReadError):
            line = await Line.to(served)
            await line.send(head(method, f"/v1/{what}/{'a' * 64}", note(laptop.signer, "a" * 64, NOON)))
            assert int((await line.reader.readline()).split()[1]) in (400, 404, 405)
            await line.close()


async def test_asvs_4_2_1_and_5_2_1_a_body_that_is_cut_changed_or_too_long_leaves_nothing(
    served: Served, laptop: Laptop
) -> None:
    raw = bundle(laptop.whole())
    begin = opening(laptop, raw)
    line = await Line.to(served)
    await line.send(begin + raw[:-10])
    await line.close()
    bad = raw[:-1] + bytes([raw[-1] ^ 1])
    status, said = await ask(served, begin + bad)
    assert (status, said["reason"]) == (400, "hash-mismatch")
    huge = opening(laptop, raw, "Content-Length: 99999999999")
    status, said = await ask(served, huge)
    assert (status, said["reason"]) == (413, "too-large")
    for wrong in ("Content-Length: -1", "Content-Length: 1\r\nContent-Length: 2", "Transfer-Encoding: x, chunked"):
        line = await Line.to(served)
        await line.send(opening(laptop, raw, wrong) + raw[:100])
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            assert (await line.answer())[0] == 400
        await line.close()
    assert await served.office.stored() == {} and list(served.office.home.held.iterdir()) == []
    for _ in range(50):
        if at_rest(served.office):
            break
        await asyncio.sleep(0.05)
    assert at_rest(served.office)
    assert (await put(served, laptop.signer, raw))[0] == 200


async def test_asvs_5_2_1_a_chunked_body_counts_as_it_comes(office: Office, laptop: Laptop) -> None:
    raw = bundle(laptop.whole())
    async with serving(office, Limits(file=len(raw))) as served:
        begin = head(
            "PUT", f"/v1/bundles/{sha(raw)}", note(laptop.signer, sha(raw), NOON), "Transfer-Encoding: chunked"
        )
        whole = b"%x\r\n%s\r\n0\r\n\r\n" % (len(raw), raw)
        assert (await ask(served, begin + whole))[0] == 200
        more = b"%x\r\n%s\r\n" % (len(raw) + 1, raw + b"x")
        status, said = await ask(served, begin + more)
        assert (status, said["reason"]) == (413, "too-large")


async def test_asvs_5_2_3_a_bomb_is_refused_and_the_next_one_served(served: Served, laptop: Laptop) -> None:
    import gzip

    from tests.kit.central import ustar

    bomb = gzip.compress(ustar("fieldkit-bundle", b"fieldkit-bundle/1\n") + bytes(32 << 20), 6, mtime=0)
    status, said = await put(served, laptop.signer, bomb)
    assert status == 422 and said["sessions"][0]["result"] == "refused"
    assert (await put(served, laptop.signer, bundle(laptop.whole())))[0] == 200


async def test_asvs_15_2_2_a_million_bytes_of_headers_are_not_read(served: Served, laptop: Laptop) -> None:
    for lines in (["X: " + "x" * 1_000_000], [f"X{n}: {'y' * 90}" for n in range(10_000)]):
        line = await Line.to(served)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await line.send(head("GET", f"/v1/trust/{'a' * 64}", *lines))
            status, _, body = await line.answer()
            assert status == 400 and len(body) < 200
        await line.close()
    assert (await get(served, laptop.signer, "trust", "0" * 64))[0] == 200


async def test_asvs_15_2_2_who_drips_or_is_silent_is_let_go(office: Office, laptop: Laptop) -> None:
    limits = Limits(header_s=0.5, idle_s=0.5, quiet_s=0.5, slow_s=0.4, slow_bytes=4096)
    raw = bundle(laptop.whole())
    begin = opening(laptop, raw)
    async with serving(office, limits) as served:
        idle, headers, silent, drips = [await Line.to(served) for _ in range(4)]
        await headers.send(begin[:-10])
        await silent.send(begin + raw[:50])

        async def drip() -> tuple[int, dict[str, str], bytes]:
            with contextlib.suppress(ConnectionError):
                await drips.send(begin)
                for n in range(12):
                    await drips.send(raw[n : n + 1])
                    await asyncio.sleep(0.1)
            return await drips.answer()

        (status, _, body), (quiet, _, _) = await asyncio.gather(drip(), silent.answer())
        assert status == quiet == 408 and b"too-slow" in body
        async with asyncio.timeout(5):
            assert await idle.reader.read() == b"" and await headers.reader.read() == b""
        for line in (idle, headers, silent, drips):
            await line.close()
        assert (await put(served, laptop.signer, raw))[0] == 200


async def test_asvs_15_2_2_a_handshake_that_never_comes_ends(office: Office) -> None:
    async with serving(office, Limits(handshake_s=0.3)) as served:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.server.port)
        async with asyncio.timeout(5):
            assert await reader.read() == b""
        writer.close()


async def test_asvs_12_1_1_and_12_2_1_old_tls_and_plain_http_are_not_spoken(served: Served) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await asyncio.open_connection("127.0.0.1", served.server.port, ssl=old)
    reader, writer = await asyncio.open_connection("127.0.0.1", served.server.port)
    writer.write(head("GET", "/"))
    with contextlib.suppress(ConnectionError):
        assert b"200" not in await reader.read()
    writer.close()


# ---- how much ------------------------------------------------------------------------------------------------


async def test_asvs_5_2_4_a_full_shelf_is_507_and_takes_what_can_be_taken(office: Office, laptop: Laptop) -> None:
    (office.home.path / "central.toml").write_text('format = 1\norg = "ld.acme.example"\nheld_mb = 0\n')
    raw, good = bundle(STRANGER.whole()), bundle(laptop.whole())
    async with serving(office) as served:
        status, said = await put(served, STRANGER.signer, raw)
        assert (status, said["reason"]) == (507, "held-full")
        assert list(office.home.held.iterdir()) == [] and at_rest(office)
        assert (await get(served, STRANGER.signer, "bundles", sha(raw)))[0] == 404, "nothing says that it is here"
        assert (await put(served, laptop.signer, good))[0] == 200
        (office.home.path / "central.toml").write_text('format = 1\norg = "ld.acme.example"\nheld_mb = 1\n')
        assert (await put(served, STRANGER.signer, raw))[1]["sessions"][0]["result"] == "held"


async def test_asvs_5_2_4_strangers_fill_half_of_the_shelf_at_most(office: Office, laptop: Laptop) -> None:
    (office.home.path / "central.toml").write_text('format = 1\norg = "ld.acme.example"\nheld_mb = 1\n')
    (office.home.held / f"{'0' * 64}.fkb").write_bytes(bytes(600_000))
    async with serving(office) as served:
        assert (await put(served, STRANGER.signer, bundle(STRANGER.whole())))[0] == 507
        mule = bundle(STRANGER.whole())
        assert (await put(served, laptop.signer, mule))[1]["sessions"][0]["result"] == "held"


def test_the_quota_is_a_number_of_megabytes(tmp_path: Path) -> None:
    async def made() -> Office:
        return await Office.make(tmp_path)

    office = asyncio.run(made())
    assert held_limit(office.home) == 10 << 30
    for wrong in ("true", '"10"', "-1", "1.5", "[]"):
        (office.home.path / "central.toml").write_text(f'org = "ld.acme.example"\nheld_mb = {wrong}\n')
        with pytest.raises(DamagedData):
            CentralServer(office.home, lambda: NOON)


async def test_asvs_2_4_1_who_asks_too_often_waits(office: Office, laptop: Laptop) -> None:
    async with serving(office, Limits(asks_a_minute=5)) as served:
        said = [(await get(served, laptop.signer, "trust", "0" * 64))[0] for _ in range(7)]
        assert said == [200] * 5 + [429] * 2
        bad = [(await ask(served, head("GET", f"/v1/trust/{'a' * 64}")))[0] for _ in range(3)]
        new = [(await get(served, Laptop.named(f"new{n}").signer, "trust", "0" * 64))[0] for n in range(4)]
        assert bad + new == [401] * 3 + [403] * 2 + [429] * 2, "keys that anybody can make count together"
    async with serving(office, Limits(strangers_a_minute=1)) as served:
        assert (await put(served, STRANGER.signer, bundle(STRANGER.whole())))[0] == 200
        assert (await put(served, STRANGER.signer, bundle(STRANGER.whole())))[0] == 429
        assert (await put(served, Laptop.named("yyyy").signer, bundle(STRANGER.whole())))[0] == 429
        assert (await put(served, laptop.signer, bundle(laptop.whole())))[0] == 200


async def test_asvs_2_4_1_uploads_and_sockets_are_counted(office: Office, laptop: Laptop) -> None:
    raw = bundle(laptop.whole())
    begin = opening(laptop, raw)
    async with serving(office, Limits(uploads_a_peer=1, sockets_a_peer=3)) as served:
        slow = await Line.to(served)
        await slow.send(begin + raw[:50])
        for _ in range(50):
            if served.server._uploads:
                break
            await asyncio.sleep(0.02)
        status, said = await put(served, laptop.signer, raw)
        assert (status, said["reason"]) == (503, "busy")
        others = [await Line.to(served) for _ in range(3)]
        async with asyncio.timeout(5):
            assert await others[-1].reader.read() == b""
        await slow.send(raw[50:])
        assert (await slow.answer())[0] == 200
        for line in (slow, *others):
            await line.close()


async def test_asvs_15_2_2_strangers_who_drip_leave_room_for_the_laptops_on_the_list(
    office: Office, laptop: Laptop
) -> None:
    raw, foreign = bundle(laptop.whole()), bundle(Laptop(STRANGER.signer).whole())
    async with serving(office, Limits(uploads=2, uploads_a_peer=9)) as served:
        slow = [await Line.to(served) for _ in range(2)]
        await slow[0].send(opening(STRANGER, foreign) + foreign[:50])
        while not served.server._uploads:
            await asyncio.sleep(0.02)
        await slow[1].send(opening(STRANGER, foreign) + foreign[:50])
        status, _, said = await slow[1].answer()
        assert (status, json.loads(said)["reason"]) == (503, "busy")
        assert (await put(served, laptop.signer, raw))[0] == 200
        await slow[0].send(foreign[50:])
        assert (await slow[0].answer())[0] == 200
        assert (await put(served, STRANGER.signer, foreign))[0] == 200, "and there is room again"
        for line in slow:
            await line.close()


async def test_asvs_4_1_3_behind_a_proxy_everybody_is_who_the_proxy_says(office: Office, laptop: Laptop) -> None:
    """Only what the proxy itself added counts: the rest of the header is the laptop's own."""
    server = CentralServer(office.home, lambda: office.now, behind_proxy=True, limits=Limits(asks_a_minute=2))
    sock = socket.create_server(("127.0.0.1", 0))
    sock.setblocking(False)
    await server.start(sock, None)

    async def status(forwarded: str) -> int:
        line = Line(*await asyncio.open_connection("127.0.0.1", server.port))
        await line.send(head("GET", f"/v1/trust/{'a' * 64}", *([f"X-Forwarded-For: {forwarded}"] if forwarded else [])))
        found = (await line.answer())[0]
        await line.close()
        return found

    try:
        assert [await status("203.0.113.1") for _ in range(3)] == [401, 401, 429]
        assert [await status(f"198.51.100.{n}, 203.0.113.1") for n in range(2)] == [429, 429]
        assert [await status("203.0.113.1, 2001:db8::1") for _ in range(3)] == [401, 401, 429]
        assert [await status(odd) for odd in ("", "evil", "x" * 3000)] == [401, 401, 429], "those are the proxy's own"
    finally:
        await server.stop()


async def test_an_expired_trust_list_takes_nothing(served: Served, laptop: Laptop) -> None:
    served.office.now = NOON + 200 * 86_400
    status, said = await put(served, laptop.signer, bundle(laptop.whole()))
    assert (status, said["reason"]) == (503, "trust-expired") and at_rest(served.office)


# ---- start and stop ------------------------------------------------------------------------------------------


async def test_stopping_answers_what_is_being_ingested_and_drops_what_is_on_its_way(
    office: Office, laptop: Laptop
) -> None:
    log, other = laptop.whole(people=90), laptop.whole()
    raw, slow = bundle(log), bundle(other)
    async with serving(office) as served:
        waits = await Line.to(served)
        await waits.send(opening(laptop, slow) + slow[:50])
        asked = asyncio.create_task(put(served, laptop.signer, raw))
        for _ in range(200):
            if served.server._arrivals._running:
                break
            await asyncio.sleep(0.01)
        await served.server.stop()
        assert (await asked)[0] == 200
        status, headers, body = await waits.answer()
        assert (status, headers["retry-after"]) == (503, "10") and b"stopping" in body
        await waits.close()
    assert await office.stored() == {log.origin: (log.size, log.root)} and at_rest(office)
    async with serving(office) as served:
        assert (await put(served, laptop.signer, slow))[0] == 200


def test_asvs_12_1_1_certificates_that_cannot_be_used_are_one_sentence(tmp_path: Path) -> None:
    cert, key = new_certificate(tmp_path)
    other = new_certificate(tmp_path, "other")[1]
    (tmp_path / "none.pem").write_text("nothing")
    for pair in ((cert, other), (tmp_path / "none.pem", key), (tmp_path / "gone.pem", key), (tmp_path, key)):
        with pytest.raises(FieldkitError) as no:
            certificate(*pair)
        assert no.value.hint
    assert certificate(cert, key).minimum_version == ssl.TLSVersion.TLSv1_2
    assert hashlib.sha256(cert.read_bytes()).hexdigest()
