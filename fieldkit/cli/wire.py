"""The way from `fieldkit ctl` to the session that runs on a data folder, and who it is that answers there.

`control.json` may be left over: a host that was killed takes nothing away, and its port may belong to another program
by now. So nothing is believed but a living process, the port it wrote down, and an answer of our own shape.
"""

from __future__ import annotations

import http.client
import os
import re
import stat
from pathlib import Path
from typing import Any

import msgspec

from fieldkit.cli.talk import reason
from fieldkit.errors import FieldkitError
from fieldkit.verbs import CONTROL_FILE, Where

WAIT_S = 10.0
MOST_FILE = 4096
MOST_REPLY = 16 << 20
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,200}\Z").match


def call(folder: Path, method: str, path: str, shape: Any, body: bytes | None = None) -> tuple[dict[str, Any], Any]:
    """One request to the control port of the session in `folder`: (the reply as it came, the same as a `shape`).

    Raises FieldkitError with the sentence for a session that does not run, hangs, or is none of ours.
    """
    where = find(folder)
    wire = http.client.HTTPConnection("127.0.0.1", where.port, timeout=WAIT_S)
    try:
        wire.request(method, path, body, {"Authorization": f"Bearer {where.token}", "Content-Type": "application/json"})
        answer = wire.getresponse()
        raw = answer.read(MOST_REPLY + 1)
    except TimeoutError as error:
        raise FieldkitError(
            f"The session that runs here (process {where.pid}) does not answer.",
            "It may be stopped or very busy; look at its window. Whether the order was carried out is not known.",
        ) from error
    except ConnectionRefusedError as error:
        raise left_over() from error
    except (OSError, http.client.HTTPException) as error:
        raise FieldkitError(
            "The session that runs here broke off its answer.", "Look at its window, then at `fieldkit ctl status`."
        ) from error
    finally:
        wire.close()
    try:
        found: dict[str, Any] = msgspec.json.decode(raw, type=dict[str, Any])
        return found, _as(found, shape)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FieldkitError(
            f"What answers on port {where.port} is not a session of fieldkit (HTTP {answer.status}).",
            f"If no session runs here, delete {folder / CONTROL_FILE}.",
        ) from error


def find(folder: Path) -> Where:
    """`control.json`, if it is one and its process lives. Raises FieldkitError."""
    path = folder / CONTROL_FILE
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):  # before opening: a pipe would be waited for without end
            raise _no_control(path)
        with path.open("rb") as file:
            raw = file.read(MOST_FILE + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FieldkitError(
            "No session is running on this data folder.",
            "Start one with `fieldkit host`, or name its folder with --data.",
        ) from error
    except OSError as error:
        raise FieldkitError(f"{path} cannot be read: {reason(error)}.", "Is it your session?") from error
    try:
        where = msgspec.json.decode(raw, type=Where)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _no_control(path) from error
    if len(raw) > MOST_FILE or not (0 < where.port < 65536 and 0 < where.pid < 1 << 31 and _TOKEN(where.token)):
        raise _no_control(path)
    if not _lives(where.pid):
        raise left_over()
    return where


def left_over() -> FieldkitError:
    return FieldkitError(
        "No session is running on this data folder; the last one stopped without saying goodbye.",
        "Go on with it: fieldkit host. Nothing that was acknowledged is lost.",
    )


def _no_control(path: Path) -> FieldkitError:
    return FieldkitError(
        f"{path} is not what a running session writes there.",
        "If no session runs here, delete it; else end the session in its window and start it again.",
    )


def _lives(pid: int) -> bool:
    """Whether there is such a process; it may be another one by now, which its answer shows."""
    if os.name == "nt":  # os.kill would end the process there
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # it is somebody else's
    return True


def _as(found: dict[str, Any], shape: Any) -> Any:
    """`found` as `shape`, or as the first of several that fits."""
    kinds = getattr(shape, "__args__", (shape,))
    for kind in kinds[:-1]:
        try:
            return msgspec.convert(found, kind)
        except msgspec.ValidationError:
            continue
    return msgspec.convert(found, kinds[-1])
