"""What two laptops say to each other (docs/attach.md): frames, the attach note, wishes as a record's intents.

A frame is four bytes of length and so many bytes of JSON. What a stranger may send is small, what a confirmed console
may send a little more; what the laptop sends is the whole view of the room.
"""

from __future__ import annotations

import asyncio
from collections.abc import Container
from typing import Annotated, Any

import msgspec

from fieldkit.consoles.attach_fields import tidied
from fieldkit.core import intents as w
from fieldkit.core.intents import Intent
from fieldkit.core.models import learn
from fieldkit.core.plan import Activity, Plan
from fieldkit.core.views import RoomView
from fieldkit.errors import BadBytes

PROTOCOL = 1
PORT = 7443
FIRST_MAX = 4 * 1024
"""Bytes of the only frame that a stranger's laptop may send."""
WISH_MAX = 64 * 1024
SHOWN_MAX = 16 * 1024 * 1024
"""Bytes of a frame from the laptop: the view of a large room, the plan."""
TOO_FAST = "too-fast"
"""The refusal of a wish that came too soon after too many others: it may be sent again, with the same id."""
FRAME_S = 10.0
"""A frame that has begun must be whole after this long."""

Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{22}\Z")]
Counter = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]


# ---- from the laptop that runs the session ---------------------------------------------------------------------


class Hello(msgspec.Struct, frozen=True, tag="hello", tag_field="t"):
    """First of all. `nonce`: base64 of 32 bytes, for one attach note over this connection."""

    v: int
    nonce: str


class Wait(msgspec.Struct, frozen=True, tag="wait", tag_field="t"):
    """The trainer is asked. `words`: those of the helper's device key, as this laptop read it."""

    words: str


class No(msgspec.Struct, frozen=True, tag="no", tag_field="t"):
    """The end of this connection; `why` is a key of ENDS."""

    why: str


class In(msgspec.Struct, frozen=True, tag="in", tag_field="t"):
    """Let in. `plan` as the log has it."""

    co: int
    role: str
    name: str
    plan: Plan


class Invited(msgspec.Struct, frozen=True):
    """How people join, as far as a helper may tell it."""

    url: str = ""
    code: str = ""
    fresh: str = ""
    urls: tuple[str, ...] = ()
    qr_text: str = ""


class Shown(msgspec.Struct, frozen=True, tag="view", tag_field="t"):
    """The whole room. `trouble`: sentence and hint while nothing can be saved; `spots`: questions on the spot."""

    view: RoomView
    trouble: tuple[str, str] | None = None
    spots: dict[str, Activity] = {}
    invited: Invited = Invited()


class Done(msgspec.Struct, frozen=True, tag="done", tag_field="t"):
    """The answer to a wish. `result`: accepted, already, refused (with `reason`, `detail`) or error (with `words`,
    `hint`)."""

    id: str
    result: str
    saved: int | None = None
    p: str | None = None
    reason: str = ""
    detail: str = ""
    words: str = ""
    hint: str = ""


ENDS: dict[str, tuple[str, str]] = {
    "denied": ("The trainer did not let this laptop in.", "Talk to the trainer; then ask again."),
    "out": ("The trainer has ended your console.", "Talk to the trainer."),
    "off": ("The trainer has switched second consoles off.", "Attach again when they are on."),
    "elsewhere": ("This laptop has attached a second time; this was the first.", "Go on where it is attached now."),
    "busy": ("Too many laptops ask at once.", "Wait a moment, then attach again."),
    "late": ("Nobody answered on the trainer's laptop.", "Tell the trainer, then attach again."),
    "note": ("The trainer's laptop could not read who asks.", "Both laptops need a fieldkit that fits the other's."),
    "frame": ("The trainer's laptop did not understand this one.", "Both need a fieldkit that fits the other's."),
}
"""Why a connection ended: sentence and hint for whoever sits at the other laptop."""

FromHost = Hello | Wait | No | In | Shown | Done


# ---- from the other laptop -------------------------------------------------------------------------------------


class Attach(msgspec.Struct, frozen=True, tag="attach", tag_field="t", forbid_unknown_fields=True):
    """`note`: the signed note. `lang`: of the pack's texts on that screen."""

    note: str
    lang: Annotated[str, msgspec.Meta(max_length=35)] = ""


class Wish(msgspec.Struct, frozen=True, tag="wish", tag_field="t", forbid_unknown_fields=True):
    """`n` rises with every frame; `id` stays the same when the same wish is sent again."""

    id: Id
    n: Counter
    kind: Annotated[str, msgspec.Meta(max_length=40)]
    d: msgspec.Raw


class AdmitAll(msgspec.Struct, frozen=True, tag="admit", tag_field="t", forbid_unknown_fields=True):
    """Let in who waits at the door. No record."""

    n: Counter


class Ticked(msgspec.Struct, frozen=True, tag="tick", tag_field="t", forbid_unknown_fields=True):
    """Tick somebody off the roll of an alarm, or take the tick back. No record; `who` is an id of the roll."""

    n: Counter
    who: Annotated[str, msgspec.Meta(max_length=64)]
    on: bool = True


_FIRST = msgspec.json.Decoder(Attach)
_THEN = msgspec.json.Decoder(Wish | AdmitAll | Ticked)
_FROM_HOST = msgspec.json.Decoder(FromHost)

KINDS: dict[str, type[Intent]] = {
    kind.__name__: kind for kind in Intent.__subclasses__() if kind.__module__ == w.__name__
}
"""Every wish by the name of its class; which of them a role may do, the rules say."""
learn(*KINDS.values())


def first(body: bytes) -> Attach:
    """Raises BadBytes."""
    found: Attach = _read(_FIRST, body)
    return found


def then(body: bytes) -> Wish | AdmitAll | Ticked:
    """Raises BadBytes."""
    found: Wish | AdmitAll | Ticked = _read(_THEN, body)
    return found


def from_host(body: bytes) -> FromHost:
    """Raises BadBytes."""
    found: FromHost = _read(_FROM_HOST, body)
    return found


def intent_of(wish: Wish, ids: Container[str] = ()) -> Intent:
    """The wish with every text cleaned, as whatever comes from another machine; `ids` of the people of the session.
    Raises BadBytes."""
    kind = KINDS.get(wish.kind)
    if kind is None:
        raise BadBytes("unknown-kind", "no wish has this name")
    plain = _read(msgspec.json.Decoder(), bytes(wish.d))
    try:
        made: Intent = msgspec.convert(plain, kind)
    except (msgspec.ValidationError, RecursionError):
        raise BadBytes("bad-shape", f"no {wish.kind}") from None
    return tidied(made, ids)


def wish_json(intent: Intent) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(intent))


def _read(decoder: msgspec.json.Decoder[Any], body: bytes) -> Any:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadBytes("bad-frame", "no frame of this protocol") from None


# ---- frames ----------------------------------------------------------------------------------------------------


def framed(what: FromHost | Attach | Wish | AdmitAll | Ticked) -> bytes:
    body = msgspec.json.encode(what)
    return len(body).to_bytes(4, "big") + body


async def receive(reader: asyncio.StreamReader, most: int, *, wait: float | None = None) -> bytes | None:
    """The body of the next frame, None at the end of the stream. `wait`: seconds until it must have begun.

    Raises BadBytes for one that is too long, and TimeoutError for one that drips in or does not begin.
    """
    try:
        async with asyncio.timeout(wait):
            head = await reader.read(1)
        if not head:
            return None
        async with asyncio.timeout(FRAME_S):
            size = int.from_bytes(head + await reader.readexactly(3), "big")
            if size > most:
                raise BadBytes("too-long", f"a frame of {size} bytes where {most} are allowed")
            return await reader.readexactly(size)
    except (asyncio.IncompleteReadError, ConnectionError, OSError) as wrong:
        if isinstance(wrong, TimeoutError):
            raise
        return None
