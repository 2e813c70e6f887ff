"""Sealing and opening a key in a process of its own: age-scrypt takes seconds and keeps the interpreter's lock.

In this process, on whatever thread, phones would wait for as long. Key and passphrase go through pipes, never into
arguments or the environment. Where no process can be started it is done here: better late than not.
"""

from __future__ import annotations

import os
import subprocess
import sys

import msgspec

from fieldkit.errors import BadBytes, NotPossible
from fieldkit.log import keys

PATIENCE_S = 120.0
_WRONG, _NO_FILE, _BUSY = 3, 4, 5


def seal(raw: bytes, passphrase: str) -> bytes:
    """As `keys.seal`."""
    done = _asked("seal", raw, passphrase)
    return keys.seal(raw, passphrase) if done is None else done


def unseal(raw: bytes, passphrase: str) -> bytes:
    """As `keys.unseal`."""
    done = _asked("unseal", raw, passphrase)
    return keys.unseal(raw, passphrase) if done is None else done


def _asked(verb: str, raw: bytes, passphrase: str) -> bytes | None:
    if not passphrase:
        return None
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__],
            input=msgspec.msgpack.encode((verb, raw, passphrase)),
            capture_output=True,
            timeout=PATIENCE_S,
            env=env,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    if done.returncode == _WRONG:
        raise NotPossible("The passphrase does not open the key.", "Check capitals and spaces, and try again.")
    if done.returncode == _BUSY:
        raise keys.TooBusy
    if done.returncode == _NO_FILE:
        raise BadBytes("not-a-key-file", "no key file")
    return done.stdout if done.returncode == 0 else None


def main() -> int:
    """The child: one request on standard input, the answer on standard output."""
    verb, raw, passphrase = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=tuple[str, bytes, str])
    try:
        made = keys.seal(raw, passphrase) if verb == "seal" else keys.unseal(raw, passphrase)
    except keys.TooBusy:
        return _BUSY
    except NotPossible:
        return _WRONG
    except BadBytes:
        return _NO_FILE
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
