"""What crosses the room between the trainer's phone and the laptop (docs/remote.md, The protocol). Nothing here waits.

Every request and every answer is JSON with an HMAC-SHA-256 beside it, in the header `Fieldkit-Mac`. The key is in the
fragment of the address that the phone scanned, so it never crosses the network. The code covers which lane it is, and
an answer's also which request it answers: neither can be shown in another's place.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Annotated, Any

import msgspec

PROTOCOL = "fieldkit-remote/1"
HEADER = "Fieldkit-Mac"
KEY_BYTES = 32
BODY_MAX = 4096
"""Bytes of a request."""
SEE, DO = "see", "do"
LANES = (SEE, DO)
"""`see` asks how it stands, `do` wishes something. Each has counters of its own, as both are on the way at once."""

Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{22}\Z")]
Counter = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
Short = Annotated[str, msgspec.Meta(max_length=64)]
Free = Annotated[str, msgspec.Meta(max_length=800)]


class See(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`have` is the tag of what the phone shows: while it still holds, the answer waits. `want`: names, too (`people`,
    or the id of a checklist)."""

    n: Counter
    phone: Id
    have: Short = ""
    want: Short = ""


class Wish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the trainer pressed. `do` is one of `fieldkit.consoles.remote_wishes.WISHES`; the rest as that one needs."""

    do: Short
    activity: Short = ""
    segment: Short = ""
    minutes: Annotated[int, msgspec.Meta(ge=0, le=24 * 60)] | None = None
    seconds: Annotated[int, msgspec.Meta(ge=1, le=9999)] | None = None
    """With `timer`: how much more; left out, the question has no time limit any more."""
    who: Short = ""
    status: Short = ""
    item: Short = ""
    ok: bool = True
    text: Free = ""
    small: bool = False
    safe: bool | None = None
    """With `resume` in an alarm: what was said to "all safe?"."""


class Do(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`at` is the laptop's own time (ms) as the phone reckons it when the trainer presses; `id` stays the same when the
    same press is sent again."""

    n: Counter
    phone: Id
    at: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
    id: Id
    wish: Wish


_READ: dict[str, msgspec.json.Decoder[Any]] = {SEE: msgspec.json.Decoder(See), DO: msgspec.json.Decoder(Do)}


def code(key: bytes, lane: str, body: bytes, answers: int | None = None) -> str:
    """The MAC (64 hex digits) of a request's body, or of the answer to request `answers` of that lane.

    >>> code(bytes(32), "see", b"{}")[:8]
    '6533c97f'
    """
    of = f"{lane}" if answers is None else f"{lane}-answer {answers}"
    return hmac.new(key, f"{PROTOCOL} {of}\n".encode() + body, hashlib.sha256).hexdigest()


def right(key: bytes, lane: str, body: bytes, sent: str) -> bool:
    """Whether `sent` is the code of this body, in constant time."""
    return hmac.compare_digest(code(key, lane, body).encode(), sent.encode("utf-8", "replace"))


def read(lane: str, body: bytes) -> See | Do | None:
    """A request's body, None for anything that is not one."""
    try:
        found: See | Do = _READ[lane].decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found


def fragment(key: bytes) -> str:
    """What stands behind the `#`: the key in base64url, 43 signs."""
    return base64.urlsafe_b64encode(key).decode().rstrip("=")
