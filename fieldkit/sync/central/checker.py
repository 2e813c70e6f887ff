"""The child process that reads bundles ahead of their turn: a file in, its sessions out as `ahead.Checked`, in order.

It opens no database, decides nothing and is trusted with nothing but its work: who signed is asked by the process that
takes in, and whatever this one does not like it leaves to that one, which then says what is wrong. So it may be killed
at any moment. Keys and bundles come through a pipe, never as arguments; it ends when its pipes do.
"""

from __future__ import annotations

import contextlib
import gc
import io
import logging
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from fieldkit.core.models import learn
from fieldkit.errors import BadBytes
from fieldkit.log.keys import VKey
from fieldkit.log.seal import Keys, opened
from fieldkit.log.unbundle import Bundle
from fieldkit.sync.central.ahead import Checked, read_ahead
from fieldkit.sync.central.spool import in_use

log = logging.getLogger("fieldkit.central")
PIPE = 1 << 20
"""Bytes that a pipe may hold on Linux without asking root."""
HEAD = 4
"""Bytes in front of a message that say how many follow, big-endian."""


class Setup(msgspec.Struct, frozen=True, array_like=True):
    """The first message to a checker: the keys that are known, and what opens sealed bundles."""

    keys: list[str]
    identities: tuple[str, ...]


class Job(msgspec.Struct, frozen=True, array_like=True):
    """A file to read: its bytes, or where its copy lies in the spool; the first `skip` sessions are passed over."""

    raw: bytes | None
    path: str
    skip: int


class Here(msgspec.Struct, frozen=True, array_like=True, tag="here"):
    """The first message of a checker: it can begin."""


class End(msgspec.Struct, frozen=True, array_like=True, tag="end"):
    """A file is through. `whole`: it had no other session, and ends as a bundle does."""

    whole: bool


Said = Here | Checked | End
learn(Setup, Job, Said)


def framed(message: Setup | Job | Said) -> list[bytes]:
    raw = msgspec.msgpack.encode(message)
    return [len(raw).to_bytes(HEAD, "big"), raw]


def main() -> int:
    """Until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that takes in; it ends this one
    gc.set_threshold(50_000, 20, 50)
    source = sys.stdin.buffer
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints does not spoil the answers
    _widen(out)
    with contextlib.suppress(EOFError, BrokenPipeError):
        setup = msgspec.msgpack.decode(_next(source), type=Setup)
        keys, unseal = [VKey.parse(one) for one in setup.keys], Keys(setup.identities)
        _say(out, Here())
        while True:
            job = msgspec.msgpack.decode(_next(source), type=Job)
            _say(out, End(_read(job, keys, unseal, out)))
    with contextlib.suppress(BrokenPipeError):
        out.close()  # here, or its end would be complained of when nobody listens any more
    return 0


def _widen(out: BinaryIO) -> None:
    """Room in the pipe for several sessions, so that neither end waits for the other after every 64 KiB."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(out, fcntl.F_SETPIPE_SZ, PIPE)


def _read(job: Job, keys: list[VKey], unseal: Keys, out: BinaryIO) -> bool:
    """Say every session up to the first that cannot be read ahead; whether that was all. A mistake of ours is logged
    and ends the reading of this file alone: were it to end the process, the file would be refused like one that takes
    all memory."""
    n = 0
    try:
        with _copy(job) as raw, opened(raw, unseal) as plain:
            for part in Bundle(plain):
                n += 1
                if n <= job.skip:
                    continue
                ready = read_ahead(part, keys)
                if ready is None:
                    return False
                _say(out, Checked(part.note, part.signed(), ready))
    except (BrokenPipeError, MemoryError):
        raise
    except (BadBytes, OSError):
        return False
    except Exception:
        log.exception("a file was not read ahead")
        return False
    return n > 0


@contextlib.contextmanager
def _copy(job: Job) -> Iterator[BinaryIO]:
    if job.raw is not None:
        yield io.BytesIO(job.raw)
        return
    path = Path(job.path)
    with in_use(path), path.open("rb") as file:
        yield file


def _next(source: BinaryIO) -> bytes:
    """Raises EOFError."""
    head = source.read(HEAD)
    raw = source.read(int.from_bytes(head, "big")) if len(head) == HEAD else b""
    if len(head) < HEAD or len(raw) < int.from_bytes(head, "big"):
        raise EOFError
    return raw


def _say(out: BinaryIO, message: Said) -> None:
    out.writelines(framed(message))
    out.flush()


if __name__ == "__main__":
    sys.exit(main())
