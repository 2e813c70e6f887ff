"""The listener for other laptops, off until the trainer switches it on: TLS 1.3, a fresh key, six words.

What a stranger can do here: hold one of a few connections for a few seconds, send one frame of 4 KiB, and, if that is
a note signed over this very connection, stand on the trainer's list. Nobody gets in without the trainer, except a
laptop whose key the log still names, when the listener was off or the program was away.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import socket
from collections import Counter
from collections.abc import Callable

from fieldkit import tls
from fieldkit.consoles import attach_wire as wire
from fieldkit.consoles.attach_asks import LET_IN, Asking, Asks, paired
from fieldkit.consoles.attach_limits import Seldom
from fieldkit.consoles.attach_line import Line
from fieldkit.consoles.attach_note import Asker, read_note
from fieldkit.consoles.attach_socket import GOODBYE_S, hang_up, listen, lost, prepare, streams
from fieldkit.consoles.attach_wire import Hello, Invited, No, Wait
from fieldkit.core import intents as w
from fieldkit.core.intents import FACILITATOR
from fieldkit.core.pairings import console
from fieldkit.core.state import Staff
from fieldkit.desk import Already, Answer, Desk, Refused
from fieldkit.errors import BadBytes, FieldkitError, NotPossible
from fieldkit.log.names import b64

log = logging.getLogger("fieldkit.consoles")

FIRST_S = 5.0
"""From the connection to the whole of its first frame, the handshake included: a laptop sends it at once."""
ASKED_S = 300.0
"""So long a laptop waits for the trainer."""
ROLES = ("helper", "lead")
"""What the trainer may let another laptop in as."""
MOST = 32
"""Connections at once that have not said who they are."""
MOST_EACH = 4
"""Of one address."""
ALL = 64
"""Connections at once of whatever kind, those included that are being hung up."""


class AttachServer:
    """One a room. Everything here runs on the desk's loop."""

    def __init__(self, desk: Desk, invited: Callable[[], Invited] = Invited) -> None:
        """`invited`: how people join, for the other screens."""
        self._desk, self._invited = desk, invited
        self._listening: tls.Listening | None = None
        self._sock: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._greeting: set[asyncio.Task[None]] = set()
        """Every connection's task."""
        self._strange: dict[asyncio.Task[None], str] = {}
        """Those that have not said who they are, oldest first, with the address they came from."""
        self._seldom = Seldom(log)
        self._asks = Asks()
        self._lines: dict[str, Line] = {}
        self._out: set[int] = set()
        """Pairings that the log still names because nothing could be recorded, as after the end of the session."""
        self._turn = asyncio.Lock()
        self.port = 0

    # ---- on and off ------------------------------------------------------------------------------------------

    @property
    def on(self) -> bool:
        return self._listening is not None

    @property
    def words(self) -> str:
        """The six words that whoever comes types; empty while it is off."""
        return self._listening.words if self._listening is not None else ""

    async def start(self, bind: str = "", ports: tuple[int, ...] = (wire.PORT, 0)) -> None:
        """Switch it on, with a new key; harmless when it is on. Raises FieldkitError when no port can be had."""
        async with self._turn:
            if self.on:
                return
            sock = listen(bind, ports)
            try:
                listening = await asyncio.to_thread(tls.listening)
            except BaseException as wrong:
                sock.close()
                if not isinstance(wrong, OSError):
                    raise
                raise FieldkitError(f"The listener has no key: {wrong.strerror}.", "Is the disk full?") from wrong
            self._sock, self._listening, self.port = sock, listening, sock.getsockname()[1]
            self._asks = Asks()
            self._accepting = asyncio.create_task(self._accept(sock, listening), name="attach")
            self._desk.pulse_changed()

    async def stop(self) -> bool:
        """Switch it off: whoever asks or is attached is let go. False when it was off."""
        async with self._turn:
            if self._accepting is None or self._sock is None:
                return False
            self._listening = None
            self._asks.close()
            for line in tuple(self._lines.values()):
                line.end("off")
            self._accepting.cancel()
            await asyncio.gather(self._accepting, return_exceptions=True)
            self._accepting = None
            self._sock.close()
            if self._greeting:
                _, late = await asyncio.wait(self._greeting, timeout=GOODBYE_S)
                for task in late:
                    task.cancel()
                await asyncio.gather(*late, return_exceptions=True)
            self._seldom.close()
            self.port = 0
            self._desk.pulse_changed()
            return True

    # ---- the trainer's part ----------------------------------------------------------------------------------

    def asking(self) -> list[Asking]:
        return self._asks.list()

    def live(self) -> frozenset[str]:
        """Keys of the laptops that are connected now."""
        return frozenset(self._lines)

    async def let_in(self, no: int, role: str) -> Answer:
        """The words were compared: let number `no` in, for the record. Raises NotPossible."""
        if role not in ROLES:
            raise NotPossible("The role is helper or lead.", "Choose one of the two.")
        asker = self._asks.asker(no)
        if asker is None:
            raise NotPossible("Nobody with this number asks any more.", "Look at the list again.")
        pair = w.PairConsole(role=role, name=asker.name, key=str(asker.vkey))
        answer = await self._desk.submit(pair, FACILITATOR)
        if not isinstance(answer, Refused):
            self._asks.answer(no, LET_IN)
        return answer

    def turn_away(self, no: int) -> None:
        """Raises NotPossible."""
        if not self._asks.answer(no, "denied"):
            raise NotPossible("Nobody with this number asks any more.", "Look at the list again.")
        self._desk.pulse_changed()

    async def throw_out(self, co: int) -> Answer:
        """End a pairing, at once and for the record. It is out also when nothing can be recorded: the session has ended
        (Already), or the disk takes nothing (FieldkitError)."""
        found = console(self._desk.session, co)
        if found is not None and found.key:
            self._out.add(co)
            self._asks.refuse(found.key)
            line = self._lines.get(found.key)
            if line is not None:
                line.end("out")
        answer = await self._desk.submit(w.UnpairConsole(co=co), FACILITATOR)
        if found is not None and isinstance(answer, Refused) and answer.refusal.reason == "ended":
            return Already(self._desk.session.saved)
        return answer

    # ---- whoever comes ---------------------------------------------------------------------------------------

    async def _accept(self, sock: socket.socket, listening: tls.Listening) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                conn, address = await loop.sock_accept(sock)
            except OSError:  # no file left for it, or it has gone again: the next one may do better
                await asyncio.sleep(0.1)
                continue
            host = str(address[0])
            if len(self._greeting) >= ALL or not self._makes_room(host):
                conn.close()
                continue
            task = asyncio.create_task(self._greet(conn, host, listening))
            self._strange[task] = host
            self._greeting.add(task)
            task.add_done_callback(self._gone)

    def _makes_room(self, host: str) -> bool:
        """Whether one more of this address may come. When all places are taken by strangers, the oldest of the address
        that has most of them goes: however many addresses somebody has, the next laptop that comes is heard."""
        each = Counter(self._strange.values())
        if each[host] >= MOST_EACH:
            return False
        if len(self._strange) >= MOST:
            most = max(each.values())
            oldest = next(task for task, one in self._strange.items() if each[one] == most)
            del self._strange[oldest]
            oldest.cancel()
        return True

    def _gone(self, task: asyncio.Task[None]) -> None:
        self._greeting.discard(task)
        self._strange.pop(task, None)
        if not task.cancelled() and (wrong := task.exception()) is not None:
            log.error("a second console's connection ended in a mistake", exc_info=wrong)

    async def _greet(self, conn: socket.socket, host: str, listening: tls.Listening) -> None:
        writer: asyncio.StreamWriter | None = None
        try:
            prepare(conn)
            nonce = b64(secrets.token_bytes(32))
            async with asyncio.timeout(FIRST_S):
                reader, writer = await streams(conn, listening)
                writer.write(wire.framed(Hello(wire.PROTOCOL, nonce)))
                body = await wire.receive(reader, wire.FIRST_MAX)
            if body is not None:
                await self._serve(reader, writer, host, listening, body, nonce)
        except BadBytes as wrong:
            self._seldom.warn(f"{host} sent what is no frame ({wrong.reason})")
            if writer is not None:
                writer.write(wire.framed(No("note" if wrong.reason in ("bad-note", "replayed") else "frame")))
        except OSError as wrong:
            if not lost(wrong):
                raise  # of this laptop: `_gone` logs it
            log.info("%s is gone: %s", host, wrong or type(wrong).__name__)
        except asyncio.CancelledError:  # its place is needed: no goodbye that a stranger could draw out
            if writer is not None:
                writer.transport.abort()
            raise
        finally:
            await hang_up(conn, writer)

    async def _serve(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        host: str,
        listening: tls.Listening,
        body: bytes,
        nonce: str,
    ) -> None:
        """`body`: the first frame, which answers `nonce`. Raises BadBytes."""
        attach = wire.first(body)
        asker = read_note(attach.note.encode(), listening.key_hash, nonce)
        if (task := asyncio.current_task()) is not None:
            self._strange.pop(task, None)  # it has said who it is: from here on the list of who asks has its own limits
        off = "off" if self._listening is not listening else ""
        why = off or await self._judge(asker, host, reader, writer)
        found = self._paired(str(asker.vkey))
        if self._listening is not listening:
            why = why or "off"
        if why or found is None:
            writer.write(wire.framed(No(why or "denied")))
            return
        line = Line(
            self._desk,
            (reader, writer),
            key=str(asker.vkey),
            co=found.i,
            role=found.role,
            lang=attach.lang,
            invited=self._invited,
        )
        await self._attached(line, found.name)

    async def _judge(self, asker: Asker, host: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
        """Why this laptop stays outside; empty when it is in, which the log then says."""
        key = str(asker.vkey)
        if self._asks.refused(key):
            return "denied"
        if self._paired(key) is not None:
            return ""
        answer = self._asks.add(asker, host)
        if answer is None:
            return "busy"
        self._desk.pulse_changed()
        writer.write(wire.framed(Wait(asker.words)))
        # Whoever waits has nothing to say: the first byte, or the end of the stream, ends it.
        spoke = asyncio.ensure_future(reader.read(1))
        try:
            await asyncio.wait((answer, spoke), timeout=ASKED_S, return_when=asyncio.FIRST_COMPLETED)
        finally:
            spoke.cancel()
            await asyncio.gather(spoke, return_exceptions=True)
            self._asks.drop(answer)
            self._desk.pulse_changed()
        if not answer.done():
            return "frame" if spoke.done() and not spoke.cancelled() else "late"
        if spoke.done() and not spoke.cancelled():
            return "frame"
        return answer.result()

    def _paired(self, key: str) -> Staff | None:
        found = paired(self._desk.session, key)
        return found if found is not None and found.i not in self._out else None

    async def _attached(self, line: Line, name: str) -> None:
        before = self._lines.get(line.key)
        if before is not None:
            before.end("elsewhere")
        self._lines[line.key] = line
        self._desk.pulse_changed()
        try:
            await line.run(name)
        finally:
            if self._lines.get(line.key) is line:
                del self._lines[line.key]
            self._desk.pulse_changed()
