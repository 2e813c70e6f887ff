"""One change, many phones: encoded once, written once to each socket. A slow phone loses frames, never the room.

A stream is a socket and nothing else: after the response's head its connection leaves aiohttp (`detach`), so a phone
that listens costs no task, no parser, no timer. Every frame is a whole view, so a phone that was skipped needs only
the newest one. A frame is a deflate block made with a fresh window and ended by a sync flush: the same bytes can be
appended to every open gzip stream, whatever it has sent before.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence, Set

from aiohttp import web

from fieldkit.lan.frames import BEAT, GONE, GZIP_HEAD, Frame, Tail, block, chunk, part, shorter, taken

log = logging.getLogger("fieldkit.lan")

FULL = 12 * 1024
"""Bytes waiting in the socket's buffer above which a phone is skipped; with the frame on top it stays under 16 KiB."""
STUCK_SECONDS = 15.0
BEAT_SECONDS = 15.0
STOP_SECONDS = 2.0
AT_ONCE = 500
"""Writes between two yields to the loop."""
FEW = 100
"""Up to so many streams get results twice a second, more of them once."""
CALMEST = 2.5
"""Seconds between two counts at most, where a channel grows calmer while nothing but counts changes."""

HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: private, no-cache\r\n"
    b"X-Content-Type-Options: nosniff\r\nTransfer-Encoding: chunked\r\n"
)


class Stream(asyncio.Protocol):
    """One listening phone: `p` acts on it, `people` share it. `behind`: it missed a frame and gets the newest when its
    buffer is empty; `missed`: something of its own, for which it has to come back. `tail`: what it said last, if that
    was what the others said too."""

    __slots__ = (
        *("behind", "channel", "gzip", "key", "lang", "missed", "p", "people", "stuck", "tail", "transport", "write"),
    )

    def __init__(self, channel: Channel, key: str, p: str, lang: str, gzip: bool, people: Sequence[str] = ()) -> None:
        self.channel = channel
        self.key = key
        self.p = p
        self.people = people or (p,)
        self.lang = lang
        self.gzip = gzip
        self.behind = False
        self.missed = False
        self.stuck = False
        self.tail: Tail | None = None
        self.transport: asyncio.Transport | None = None
        self.write: Callable[[bytes], None] = _nowhere

    def connection_lost(self, exc: BaseException | None) -> None:
        self.write = _nowhere
        self.transport = None
        self.channel.left(self)

    def data_received(self, data: bytes) -> None:
        # A browser says nothing on a stream; whatever this is, it is not read.
        self.channel.noise(self)

    def pause_writing(self) -> None:
        self.stuck = True
        self.channel.is_stuck(self)

    def resume_writing(self) -> None:
        self.stuck = False
        self.channel.flows(self)

    def end(self, last: bytes = b"") -> None:
        """Say a last word and close."""
        transport = self.transport
        if transport is not None:
            if not self.stuck:
                self.write((part(last, self.gzip) if last else b"") + b"0\r\n\r\n")
            self.write = _nowhere
            transport.close()


def _nowhere(data: bytes) -> None:
    """Where a closed stream writes."""


class Channel:
    """All streams that show one thing: the phones', or the walls'.

    `render(lang)` gives the shared fragment; `same(html)` what of it counts as a change; `shape()` changes when
    something other than a count changed, which is sent at once; `calm`: counts alone come ever more seldom.
    `changed(p, live)` hears who came and went.
    """

    def __init__(
        self,
        render: Callable[[str], str],
        shape: Callable[[], object],
        *,
        same: Callable[[str], str] = str,
        changed: Callable[[str, bool], None] = lambda p, live: None,
        most: int = 0,
        calm: bool = False,
    ) -> None:
        self._render = render
        self._shape_of = shape
        self._same = same
        self._changed = changed
        self._most = most
        self._calm = calm
        self._gap = 0.0
        self._streams: dict[str, Stream] = {}
        self._frames: dict[str, Frame] = {}
        self._tails: dict[str, Tail] = {}
        self._langs: dict[str, int] = {}
        self._stuck: dict[Stream, float] = {}
        self._wake = asyncio.Event()
        self._hurry = asyncio.Event()
        self._shape: object = None
        self._sent_at = -1e9
        self._beat_at = 0.0
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.frames_sent = 0

    def __len__(self) -> int:
        return len(self._streams)

    def has(self, key: str) -> bool:
        return key in self._streams

    def streams(self) -> list[Stream]:
        return list(self._streams.values())

    # ---- coming and going --------------------------------------------------------------------------------------

    def open(
        self,
        request: web.BaseRequest,
        *,
        key: str,
        p: str,
        lang: str,
        first: bytes = b"",
        shown: str = "",
        people: Sequence[str] = (),
    ) -> web.StreamResponse:
        """Turn this request into a stream; the newest of a key wins. `first` are the events only this one gets,
        `shown` the tag of the fragment that the page has already, `people` all who share the phone."""
        gzip = "gzip" in request.headers.get("Accept-Encoding", "").lower()
        stream = Stream(self, key, p, lang, gzip, people)
        frame = self._frames.get(lang)
        if frame is None or frame.timed:  # a countdown in a frame is as old as the frame
            frame = self._frame(lang)
        old = self._streams.get(key)
        if old is not None:
            old.end(taken(old.lang))
        elif self._most and len(self._streams) >= self._most:
            oldest = next(iter(self._streams.values()))
            oldest.end(taken(oldest.lang))
        transport = detach(request, stream)
        stream.transport, stream.write = transport, transport.write
        self._streams[key] = stream
        self._langs[lang] = self._langs.get(lang, 0) + 1
        self._frames.setdefault(lang, frame)
        head = HEAD + (b"Content-Encoding: gzip\r\n\r\n" if gzip else b"\r\n")
        news = b"" if shown == frame.tag else frame.bytes_for(gzip)
        if gzip:
            opening = chunk(GZIP_HEAD + (block(first, 10) if first else b""))
        else:
            opening = chunk(first) if first else b""
        transport.write(head + opening + news)
        tail = self._tails.get(lang)
        if news and tail is not None and tail.data == frame.data:
            stream.tail = tail
        before = old.people if old is not None else ()
        self._came_and_went(before, stream.people)
        return Detached()

    def _came_and_went(self, before: Sequence[str], now: Sequence[str]) -> None:
        for p in now:
            if p not in before:
                self._changed(p, True)
        for p in before:
            if p not in now:
                self._changed(p, False)

    def left(self, stream: Stream) -> None:
        self._stuck.pop(stream, None)
        self._langs[stream.lang] -= 1
        if not self._langs[stream.lang]:
            del self._langs[stream.lang]
            self._frames.pop(stream.lang, None)
            self._tails.pop(stream.lang, None)
        if self._streams.get(stream.key) is stream:
            del self._streams[stream.key]
            self._came_and_went(stream.people, ())

    def close_key(self, key: str, last: bytes = GONE) -> None:
        """End the stream of a seat that was given away."""
        stream = self._streams.get(key)
        if stream is not None:
            stream.end(last)

    def noise(self, stream: Stream) -> None:
        if stream.transport is not None:
            stream.transport.abort()

    # ---- changes -----------------------------------------------------------------------------------------------

    def touch(self) -> None:
        """Something changed (called after each commit): cheap, the work is done by the channel's task."""
        shape = self._shape_of()
        if shape != self._shape:
            self._shape = shape
            self._hurry.set()
        self._wake.set()

    async def run(self) -> None:
        """Send what changed: at once when it is more than a count, else at most twice (many phones: once) a second."""
        self._loop = loop = asyncio.get_running_loop()
        self._beat_at = loop.time() + BEAT_SECONDS
        while True:
            if not await happens(self._wake, max(0.05, min(1.0, self._beat_at - loop.time()))):
                self._drop_stuck(loop.time())
                if loop.time() >= self._beat_at:
                    await self._write_all(None)
                continue
            base = 0.5 if len(self._streams) <= FEW else 1.0
            wait = self._sent_at + max(base, self._gap) - loop.time()
            if wait > 0 and not self._hurry.is_set():
                await happens(self._hurry, wait)
            # A minute of votes one by one costs packets, not bytes: the longer only counts change, the calmer.
            calm = self._calm and not self._hurry.is_set() and loop.time() - self._sent_at < 2 * CALMEST
            self._gap = min(CALMEST, max(base, self._gap) * 1.6) if calm else base
            self._wake.clear()
            self._hurry.clear()
            try:
                if await self.flush():
                    self._sent_at = loop.time()
            except Exception:  # a mistake in one view must not silence the room for good
                log.exception("a view could not be sent")

    async def flush(self) -> bool:
        """Render every language that somebody sees; write those that changed. True if anything was sent."""
        news = {}
        for lang in list(self._langs):
            frame = self._frame(lang)
            old = self._frames.get(lang)
            if old is None or old.text != frame.text:
                self._frames[lang] = news[lang] = frame
        if not news:
            return False
        await self._write_all(news)
        return True

    async def _write_all(self, news: dict[str, Frame] | None) -> None:
        """Frames (None: the beat) to every stream. No await, queue or task a client; a yield every 500."""
        if self._loop is not None:
            self._beat_at = self._loop.time() + BEAT_SECONDS
        done = 0
        for (lang, gzip), group in self._groups(news).items():
            was = self._tails.get(lang)
            if news is None:
                data = short = part(BEAT, gzip)
                now = was.beaten() if gzip and was is not None else None
            else:
                data = news[lang].bytes_for(gzip)
                # One more encoding for the whole room: whoever said the same as all others takes the shorter one.
                short = shorter(news[lang], was) if gzip and was is not None else data
                now = Tail(news[lang].data) if gzip else None
            if gzip and now is not None:
                self._tails[lang] = now
            for stream in group:
                if stream.stuck:
                    stream.behind = news is not None or stream.behind
                    continue
                if stream.tail is was and was is not None:
                    stream.write(short)
                    stream.tail = now
                else:
                    stream.write(data)
                    stream.tail = now if news is not None else None
                done += 1
                if done % AT_ONCE == 0:
                    await asyncio.sleep(0)
        self.frames_sent += done

    def _groups(self, news: dict[str, Frame] | None) -> dict[tuple[str, bool], list[Stream]]:
        groups: dict[tuple[str, bool], list[Stream]] = {}
        for stream in self._streams.values():
            if news is None or stream.lang in news:
                groups.setdefault((stream.lang, stream.gzip), []).append(stream)
        return groups

    def _frame(self, lang: str) -> Frame:
        html = self._render(lang)
        return Frame(self._same(html), html)

    async def write_each(self, make: Callable[[Stream], bytes], whom: Set[str] | None = None) -> None:
        """Something personal for these people's streams (None: for all): rare, so its own encoding a phone is no
        matter. A phone that does not read now comes back and gets everything."""
        found = self.streams() if whom is None else [x for x in self.streams() if x.p in whom]
        for n, stream in enumerate(found, 1):
            if stream.stuck:
                stream.missed = True
            elif stream.transport is not None:
                data = make(stream)
                stream.tail = None
                stream.write(chunk(block(data, 10)) if stream.gzip else chunk(data))
            if n % (AT_ONCE // 10) == 0:
                await asyncio.sleep(0)

    # ---- slow phones -------------------------------------------------------------------------------------------

    def is_stuck(self, stream: Stream) -> None:
        self._stuck[stream] = self._loop.time() if self._loop is not None else 0.0

    def flows(self, stream: Stream) -> None:
        self._stuck.pop(stream, None)
        if stream.missed:
            stream.end()
        elif stream.behind:
            stream.behind = False
            stream.tail = None
            frame = self._frames.get(stream.lang)
            if frame is not None:
                stream.write(frame.bytes_for(stream.gzip))

    def _drop_stuck(self, now: float) -> None:
        for stream, since in list(self._stuck.items()):
            if now - since > STUCK_SECONDS and stream.transport is not None:
                stream.transport.abort()

    # ---- life --------------------------------------------------------------------------------------------------

    def start(self) -> None:
        self._shape = self._shape_of()
        self._task = asyncio.create_task(self.run(), name="push")

    async def stop(self) -> None:
        """Stop sending and close every stream."""
        await ended(self._task)
        for stream in self.streams():
            stream.end()


async def happens(event: asyncio.Event, seconds: float) -> bool:
    """Whether the event is set within so many seconds.

    Not `asyncio.wait_for`: before Python 3.12 it swallows a cancel that comes together with the event, and a task
    that misses its cancel keeps the whole program from ending.
    """
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


async def ended(task: asyncio.Task[None] | None, seconds: float = STOP_SECONDS) -> None:
    """Cancel a task and wait for its end, but not longer than this: nothing of ours keeps a host from stopping."""
    if task is not None:
        task.cancel()
        await asyncio.wait((task,), timeout=seconds)


class Detached(web.StreamResponse):
    """What a handler returns after its connection became a stream: nothing more may be written by aiohttp."""

    async def prepare(self, request: web.BaseRequest) -> None:
        raise ConnectionResetError


def detach(request: web.BaseRequest, stream: asyncio.Protocol) -> asyncio.Transport:
    """Take the socket of this request away from aiohttp. Raises ConnectionResetError when the phone has gone already.

    aiohttp sees a lost connection: its handler task ends, its parser and timer are freed, the transport stays open
    because the protocol does not know it any more.
    """
    protocol = request.protocol
    transport = protocol.transport if protocol is not None else None
    if protocol is None or transport is None or transport.is_closing():
        raise ConnectionResetError
    protocol.transport = None
    transport.set_protocol(stream)
    transport.set_write_buffer_limits(high=FULL, low=0)
    protocol.connection_lost(None)
    return transport
