"""The shorter encoding of a view: whoever takes it reads exactly what everybody else reads, whatever came between."""

from __future__ import annotations

import asyncio
import re
import secrets
import zlib

from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.core import intents as w
from fieldkit.core.intents import FACILITATOR
from fieldkit.lan import frames, push
from tests.lan.conftest import Room
from tests.lan.raw import request
from tests.lan.test_push import seats

WORDS = st.text("abc <>é\n", max_size=40)


@given(st.lists(st.tuples(WORDS, st.integers(0, 3)), min_size=1, max_size=12))
@settings(deadline=None, max_examples=60)
def test_a_frame_that_refers_to_the_tail_reads_like_the_frame_itself(changes: list[tuple[str, int]]) -> None:
    """A stream in step: head, whole frame, then beats and shorter frames in any number."""
    inflate = zlib.decompressobj(31)
    got = inflate.decompress(frames.GZIP_HEAD)
    said = b""
    tail: frames.Tail | None = None
    for html, beats in changes:
        frame = frames.Frame(html, html)
        packed = frame.bytes_for(True) if tail is None else frames.shorter(frame, tail)
        got += inflate.decompress(packed.split(b"\r\n", 1)[1][:-2])
        said += frame.data
        tail = frames.Tail(frame.data)
        for _ in range(beats):
            got += inflate.decompress(frames.part(frames.BEAT, True).split(b"\r\n", 1)[1][:-2])
            said += frames.BEAT
            tail = tail.beaten()
    assert got == said


def test_what_only_counts_is_a_fraction_of_the_bytes() -> None:
    page = "<section>" + "".join(f"<li>choice {k} {k * 7919 % 1000}</li>" for k in range(60)) + "{}</section>"
    first, second = (frames.Frame(page.format(n), page.format(n)) for n in (3, 4))
    assert len(frames.shorter(second, frames.Tail(first.data))) * 6 < len(second.bytes_for(True))


class Ear:
    """A listening phone that keeps everything, compressed as it came."""

    def __init__(self, room: Room, seat: str) -> None:
        self.room, self.seat, self.raw = room, seat, b""

    async def open(self) -> Ear:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.room.lan.port)
        head = {"Authorization": f"Bearer {self.seat}", "Accept-Encoding": "gzip"}
        self.writer.write(request("GET", "/v1/events", head))
        await self.reader.readuntil(b"\r\n\r\n")
        self.task = asyncio.create_task(self.listen())
        return self

    async def listen(self) -> None:
        while data := await self.reader.read(65536):
            self.raw += data

    def fragments(self) -> list[bytes]:
        """Every view that was shown, in order; inflating raises if one byte of it is wrong."""
        plain, rest = b"", self.raw
        while rest:
            size, _, rest = rest.partition(b"\r\n")
            plain, rest = plain + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
        text = zlib.decompressobj(31).decompress(plain)
        return re.findall(rb"^data: (<.*)$", text, re.M)


async def test_phones_that_came_at_different_times_see_the_same_last_view(room: Room) -> None:
    site = room.lan.site
    assert site is not None
    channel = site.phones
    ears: list[Ear] = []
    for k, seat in enumerate(await seats(room, 6)):
        ears.append(await Ear(room, seat).open())
        await room.desk.submit(w.Announce(text=f"notice {k} {secrets.token_hex(30)}"), FACILITATOR)
        await asyncio.sleep(0.05)
        if k % 2:
            await channel._write_all(None)  # the beat
        if k == 3:  # something personal for everybody: their histories part
            await channel.write_each(lambda stream: push.part(frames.BEAT, False)[3:-2])
    for k in range(3):
        await room.desk.submit(w.Announce(text=f"last {k}"), FACILITATOR)
        await asyncio.sleep(0.1)
    shown = [ear.fragments() for ear in ears]
    assert all(b"last 2" in views[-1] for views in shown)
    assert len({views[-1] for views in shown}) == 1
    for views in shown:
        assert [v for v in views if b"last 0" in v] and [v for v in views if b"last 1" in v]
    tails = {stream.tail for stream in channel.streams()}
    assert len(tails) == 1 and None not in tails
    for ear in ears:
        ear.writer.close()
        ear.task.cancel()
