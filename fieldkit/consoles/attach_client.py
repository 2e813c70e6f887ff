"""The other laptop's end: find the right listener, ask to be let in, keep the line.

Not one byte goes to a listener before its key is the one that the six words mean. After that the whole hash of the key
is kept: a line that broke is taken up again with that listener and no other.
"""

from __future__ import annotations

import asyncio
import hmac
import socket
from collections.abc import Callable
from typing import NoReturn

import msgspec

from fieldkit import tls
from fieldkit.consoles import attach_wire as wire
from fieldkit.consoles.attach_note import attach_note
from fieldkit.consoles.attach_socket import BUFFER, GOODBYE_S, HANDSHAKE_S, hang_up
from fieldkit.consoles.attach_wire import ENDS, Attach, FromHost, Hello, In, No, Shown, Wait
from fieldkit.errors import BadBytes, FieldkitError, NotPossible
from fieldkit.log.keys import Signer, plain_words, six_words, words_from

HELLO_S = 10.0
SILENT_S = 15.0
"""The laptop speaks every five seconds: without a word for so long the line is dead."""


class Pin(msgspec.Struct, frozen=True):
    """Which listener is meant: six words as they were typed, or, once it was found, its key's hash."""

    words: str = ""
    key_hash: bytes = b""

    def fits(self, key_hash: bytes) -> bool:
        if self.key_hash:
            return hmac.compare_digest(self.key_hash, key_hash)
        typed = plain_words(self.words)
        return hmac.compare_digest(typed.encode("utf-8", "replace"), words_from(key_hash).encode())


class WrongWords(NotPossible):
    """Whoever answers there is not who the words mean."""

    def __init__(self, known: bool) -> None:
        if known:  # the listener was switched off and on again, or somebody else answers in its place
            super().__init__(
                "The trainer's laptop has new words, or another machine answers in its place.",
                "Look at the trainer's screen, then attach again with the words that stand there.",
            )
        else:
            super().__init__(
                "These are not the words of whoever answers there; nothing was sent.",
                "Read the six words from the trainer's screen again. If they are right, another machine answers.",
            )


class Connection:
    """One connection to the right listener. `key_hash` of that listener."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key_hash: bytes) -> None:
        self._reader, self._writer = reader, writer
        self.key_hash = key_hash

    @classmethod
    async def open(cls, host: str, port: int, pin: Pin) -> Connection:
        """Raises WrongWords before anything is sent, FieldkitError when nobody answers."""
        try:
            async with asyncio.timeout(HANDSHAKE_S):
                reader, writer = await asyncio.open_connection(
                    host,
                    port,
                    ssl=tls.asking(),
                    server_hostname="",
                    limit=BUFFER,
                    ssl_handshake_timeout=HANDSHAKE_S,
                    ssl_shutdown_timeout=GOODBYE_S,
                )
        except (OSError, TimeoutError, ValueError) as wrong:
            raise FieldkitError(
                f"Nobody answers at {host}, port {port}.",
                "Are second consoles switched on there, and are both laptops on the same network?",
            ) from wrong
        shown = writer.get_extra_info("ssl_object").getpeercert(True)
        try:
            found = tls.key_hash(shown or b"")
        except BadBytes:
            found = bytes(32)
        if not pin.fits(found):
            writer.transport.abort()
            raise WrongWords(bool(pin.key_hash))
        conn = writer.get_extra_info("socket")
        if conn is not None:
            conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return cls(reader, writer, found)

    async def ask(self, signer: Signer, name: str, lang: str, waiting: Callable[[str], None]) -> In:
        """Say who asks and wait for the trainer. `waiting(words)` when the trainer is asked. Raises FieldkitError."""
        hello = await self.receive(HELLO_S)
        if not isinstance(hello, Hello) or hello.v != wire.PROTOCOL:
            raise _other_release()
        note = attach_note(signer, self.key_hash, hello.nonce, name)
        self.send(Attach(note.decode(), lang))
        found = await self.receive(HELLO_S)
        if isinstance(found, Wait):
            # Ours, whatever the other side says they are: else it could ask elsewhere with a key of its own and have
            # these people compare that one's words.
            if found.words != six_words(signer.vkey):
                raise _other_release()
            waiting(six_words(signer.vkey))
            found = await self.receive(None)
        if not isinstance(found, In):
            raise _other_release()
        return found

    def send(self, what: wire.Attach | wire.Wish | wire.AdmitAll | wire.Ticked) -> None:
        self._writer.write(wire.framed(what))

    async def receive(self, wait: float | None = SILENT_S) -> FromHost:
        """The next frame. Raises FieldkitError at the end of the line, NotPossible when the laptop said why."""
        try:
            body = await wire.receive(self._reader, wire.SHOWN_MAX, wait=wait)
            found = wire.from_host(body) if body is not None else None
        except TimeoutError:
            found = None
        except BadBytes as wrong:
            raise _other_release() from wrong
        if found is None:
            raise lost()
        if isinstance(found, No):
            _ended(found.why)
        return found

    async def close(self) -> None:
        conn = self._writer.get_extra_info("socket")
        await hang_up(conn, self._writer)


def lost() -> FieldkitError:
    return FieldkitError(
        "Not connected to the trainer's laptop.", "It tries again by itself; the session goes on there."
    )


def _ended(why: str) -> NoReturn:
    sentence, hint = ENDS.get(why, ("The trainer's laptop has ended this.", "Ask the trainer."))
    raise NotPossible(sentence, hint)


def _other_release() -> NotPossible:
    return NotPossible("The trainer's laptop speaks in a way that this one does not know.", "Use the same release.")


__all__ = ["Connection", "Pin", "Shown", "WrongWords", "lost"]
