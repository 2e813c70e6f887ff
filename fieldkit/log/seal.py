"""Sealing a bundle and opening a sealed one: age v1 (age-encryption.org/v1) around the same bytes, streamed both ways.

A bundle is sealed to the age X25519 recipients of the trust list, or, before there is one, to six generated words
(age's scrypt recipient, 66 bits). Sealing says nothing about who wrote a bundle: signatures are inside, and whoever
knows a recipient can seal anything to it. Opening ends with age's own check that nothing is missing at the end, so a
file that was cut says so even where the archive in it looks whole.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, BinaryIO

import msgspec

from fieldkit.errors import NotPossible
from fieldkit.log import apart
from fieldkit.log.archive import BadArchive
from fieldkit.log.keys import TooBusy, plain_words, words_from

AGE = b"age-encryption.org/v1"
HEADER_LIMIT = 1 << 16
"""Most bytes of an age header that is looked at: its recipients, some 110 bytes each."""
WORDS_LIMIT = 64 << 20
"""Most bytes sealed to words, or opened with them: age's passphrase interface takes the whole file at once."""
_SECRET = re.compile(r"AGE-SECRET-KEY-1[0-9A-Z]{58}\Z").match
_RECIPIENT = re.compile(r"age1[0-9a-z]{58}\Z").match
_END = b"\n--- "
_SCRYPT = re.compile(rb"\n-> scrypt [^ \n]* ([0-9]{1,2})\n").search
WORK_LIMIT = 21
"""log2 of scrypt's cost in a file that is opened: 21 takes 2 GiB and some seconds, and a file may ask for anything."""


class Lock(msgspec.Struct, frozen=True):
    """What a bundle is sealed to: age recipients, or words. One of the two."""

    recipients: tuple[str, ...] = ()
    words: str = ""


class Keys(msgspec.Struct, frozen=True):
    """What sealed bundles are opened with: age identities (`AGE-SECRET-KEY-1…`), words as somebody typed them."""

    identities: tuple[str, ...] = ()
    words: str = ""


NO_KEYS = Keys()


def new_words() -> str:
    """Six fresh words, single spaces."""
    return words_from(secrets.token_bytes(9))


def read_identities(raw: bytes) -> tuple[str, ...]:
    """The identities of an age key file; comments and empty lines are passed over. Raises NotPossible for anything
    else in it."""
    try:
        lines = [line.strip() for line in raw.decode("ascii").splitlines()]
    except UnicodeDecodeError:
        lines = ["?"]
    found = tuple(line for line in lines if line and not line.startswith("#"))
    if not found or not all(_SECRET(line) for line in found):
        raise NotPossible("That is no file of age identities.", "It holds lines that begin with AGE-SECRET-KEY-1.")
    return found


# ---- sealing -------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def sealing(out: BinaryIO, lock: Lock) -> Iterator[BinaryIO]:
    """A stream to write to whose bytes arrive in `out` sealed; `out` is complete when the block has ended well.

    Raises NotPossible for a recipient that is none, and for more than 64 MiB under words; what writing to `out` raises.
    """
    if lock.words:
        plain = _Bounded()
        yield plain
        out.write(apart.seal(plain.getvalue(), lock.words))
        return
    recipients = [_recipient(one) for one in lock.recipients]
    if not recipients:
        raise ValueError("a lock has recipients or words")
    import pyrage  # type: ignore[import-untyped]  # late: most commands never seal

    read_end, write_end = os.pipe()
    with _Beside(lambda: _encrypt(pyrage, read_end, out, recipients)) as beside:
        try:
            with os.fdopen(write_end, "wb") as plain_end:
                yield plain_end
        except BrokenPipeError:
            beside.join()  # why sealing ended early is what went wrong, not the pipe
            raise


def _encrypt(pyrage: Any, read_end: int, out: BinaryIO, recipients: Sequence[object]) -> None:
    kept = _Kept(out)
    with os.fdopen(read_end, "rb") as source:
        try:
            pyrage.encrypt_io(source, kept, recipients)
        except pyrage.EncryptError:
            if kept.wrong is not None:
                raise kept.wrong from None
            raise


def _recipient(text: str) -> object:
    from pyrage import RecipientError, x25519

    try:
        if _RECIPIENT(text):
            return x25519.Recipient.from_str(text)
    except RecipientError:
        pass
    raise NotPossible(
        "Head office's trust list names a recipient that is none.",
        "Ask head office for a newer trust list, or carry a readable bundle with --plain.",
    )


class _Bounded(io.BytesIO):
    def write(self, data: Any) -> int:
        if self.tell() + len(data) > WORDS_LIMIT:
            raise NotPossible("That is too much for one bundle sealed to words.", "Bundle fewer sessions at a time.")
        return super().write(data)


# ---- opening -------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def opened(stream: BinaryIO, keys: Keys = NO_KEYS) -> Iterator[BinaryIO]:
    """The bundle's own bytes: `stream` itself when it is not sealed. Reading all of it and ending the block well means
    that the seal was whole.

    Raises BadArchive: `sealed` (nothing here opens it), `needs-words`, `wrong-words`, `seal-damaged`, `too-much-work`,
    `too-large`.
    """
    first = stream.read(len(AGE))
    if first != AGE:
        yield Again(first, stream)  # type: ignore[misc]
        return
    header = _header(first, stream)
    again: Any = Again(header, stream)
    if b"\n-> scrypt " in header:
        asked = _SCRYPT(header)
        if asked is not None and int(asked[1]) > WORK_LIMIT:
            raise BadArchive("too-much-work", "its words are guarded by more work than this machine may be asked for")
        yield _with_words(again, keys.words)
        return
    if not keys.identities:
        raise BadArchive("sealed", "the bundle is sealed to a recipient")
    with _decrypted(again, keys.identities) as plain:
        yield plain


def _header(first: bytes, stream: BinaryIO) -> bytes:
    """The file's beginning, with the end of its header in it."""
    header = first
    while _END not in header:
        piece = stream.read(4096) if len(header) < HEADER_LIMIT else b""
        if not piece:
            raise BadArchive("seal-damaged", "the seal has no end to its header")
        header += piece
    return header


def _with_words(stream: BinaryIO, words: str) -> BinaryIO:
    if not words.split():
        raise BadArchive("needs-words", "the bundle is sealed to six words")
    raw = _at_most(stream, WORDS_LIMIT + (1 << 20))
    try:
        return io.BytesIO(apart.unseal(raw, plain_words(words)))
    except TooBusy:
        raise BadArchive("too-much-work", "this machine is too slow or too busy to try the words now") from None
    except NotPossible:
        raise BadArchive("wrong-words", "these words do not open it, or it was changed on its way") from None


def _at_most(stream: BinaryIO, limit: int) -> bytes:
    pieces, size = [], 0
    while piece := stream.read(1 << 16):
        size += len(piece)
        if size > limit:
            raise BadArchive("too-large", "more than 64 MiB sealed to words")
        pieces.append(piece)
    return b"".join(pieces)


@contextlib.contextmanager
def _decrypted(stream: BinaryIO, identities: Sequence[str]) -> Iterator[BinaryIO]:
    import pyrage
    from pyrage import x25519

    mine = [x25519.Identity.from_str(one) for one in identities]
    read_end, write_end = os.pipe()

    kept = _Kept(stream)

    def decrypt() -> None:
        # A broken pipe: whoever reads has read enough.
        with contextlib.suppress(BrokenPipeError), os.fdopen(write_end, "wb") as into:
            try:
                pyrage.decrypt_io(kept, into, mine)
            except BrokenPipeError:
                raise
            except (pyrage.DecryptError, OSError) as wrong:
                if kept.wrong is not None:
                    raise kept.wrong from None
                # The library has no codes; its one sentence for "none of these" is the only thing to go by.
                if "No matching keys" in str(wrong):
                    raise BadArchive("sealed", "the bundle is sealed to another recipient") from None
                raise BadArchive("seal-damaged", "the bundle was changed or cut after it was sealed") from None

    with _Beside(decrypt) as beside, os.fdopen(read_end, "rb") as plain:
        yield _Checked(plain, beside)  # type: ignore[misc]


class _Checked:
    """What comes out of the pipe; its end is believed only after the seal was found whole."""

    def __init__(self, plain: BinaryIO, beside: _Beside) -> None:
        self._plain = plain
        self._beside = beside

    def read(self, n: int) -> bytes:
        """`n` bytes, fewer at the end only. Raises BadArchive when the seal is not whole."""
        piece = self._plain.read(n)
        if len(piece) < n:
            self._beside.join()
        return piece


class _Beside:
    """Work on a thread of its own, ended with the block; what it raised is raised here."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._pool = ThreadPoolExecutor(1, "seal")

    def __enter__(self) -> _Beside:
        self._future = self._pool.submit(self._work)
        return self

    def join(self) -> None:
        """Wait for the end. Raises what the work raised."""
        self._future.result()

    def __exit__(self, kind: type[BaseException] | None, what: object, at: object) -> None:
        self._pool.shutdown()
        if kind is None:
            self.join()


class _Kept:
    """A file between Python and the library, which tells of an error in words only: `wrong` is the error itself."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.wrong: Exception | None = None

    def read(self, n: int = -1) -> bytes:
        """As the file's own."""
        with self._keeping():
            return self._file.read(n)

    def write(self, data: bytes) -> int:
        """As the file's own."""
        with self._keeping():
            return self._file.write(data)

    def flush(self) -> None:
        with self._keeping():
            self._file.flush()

    @contextlib.contextmanager
    def _keeping(self) -> Iterator[None]:
        try:
            yield
        except Exception as wrong:
            self.wrong = wrong
            raise


class Again:
    """A stream with the bytes that were already read put back in front."""

    def __init__(self, first: bytes, stream: BinaryIO) -> None:
        self._first = first
        self._stream = stream

    def read(self, n: int) -> bytes:
        """Up to `n` bytes."""
        if self._first:
            first, self._first = self._first[:n], self._first[n:]
            return first
        return self._stream.read(n)
