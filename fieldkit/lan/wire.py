"""What stands on the wire: an intent's size and shape in, an answer out. No rule lives here; the desk decides.

A body becomes one `Asked` (closed union by `kind`), a form the same one; `to_intent` cleans foreign text and makes
the core's intent. Anything that does not have the shape raises `BadShape`, which the door answers with 400. Limits
here are limits of size (docs/wire.md); whether an answer fits its question is not asked.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec

from fieldkit.core import intents as wish
from fieldkit.core.clean import clean_badge, clean_name, clean_text
from fieldkit.core.refusals import REASONS

BODY_MAX = 16 * 1024
"""Bytes of a request body."""

LONGEST = 4000
"""Free words are cleaned and not cut: what is too long is refused by the rules, with a sentence."""

Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{22}\Z")]
Short = Annotated[str, msgspec.Meta(max_length=64)]
Free = Annotated[str, msgspec.Meta(max_length=LONGEST)]
Typed = Free
"""A name or badge as typed. A long name is cut, a long badge refused by the rules, with a sentence."""
Value = Annotated[str, msgspec.Meta(max_length=200)]
Values = Annotated[list[Value], msgspec.Meta(max_length=32)]
Count = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
Drawn = Annotated[str, msgspec.Meta(max_length=4096, pattern=r"^[MLHVCSQTAZmlhvcsqtaz0-9 ,.\-]*\Z")]


class BadShape(Exception):
    """The body is not an intent. The message is for a developer; it never quotes the body."""


class Asked(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """Fields every intent may carry. Absent optional fields keep their default; null is a bad shape."""

    id: Id
    n: Count = -1
    """Counter of the seat; -1 when left out."""
    as_: Short = msgspec.field(name="as", default="")
    """The person acting, on a phone that several share."""


class JoinAsked(Asked, frozen=True, tag="join"):
    code: Short
    name: Typed
    badge: Typed = ""
    lang: Short = ""
    fresh: Short = ""


class HereAsked(Asked, frozen=True, tag="here"):
    fresh: Short = ""


class LeaveAsked(Asked, frozen=True, tag="leave"):
    pass


class AnswerAsked(Asked, frozen=True, tag="answer"):
    activity: Short
    round: Count
    v: Values = []
    q: Short = ""
    sure: Short | bool = ""
    text: Free = ""


class SayAsked(Asked, frozen=True, tag="say"):
    text: Free
    activity: Short = ""
    ref: Count = -1


class UpAsked(Asked, frozen=True, tag="up"):
    ref: Count


class AckAsked(Asked, frozen=True, tag="ack"):
    activity: Short
    round: Count
    text: Typed
    mark: Drawn = ""


class HandAsked(Asked, frozen=True, tag="hand"):
    up: bool


class TempoAsked(Asked, frozen=True, tag="tempo"):
    """Live only: it never becomes an intent of the core."""

    v: Annotated[str, msgspec.Meta(pattern=r"^(lost|ok|faster)\Z")]


class LanguageAsked(Asked, frozen=True, tag="language"):
    lang: Short


class RenameAsked(Asked, frozen=True, tag="rename"):
    name: Typed


class ObjectAsked(Asked, frozen=True, tag="object"):
    pass


Body = (
    JoinAsked
    | HereAsked
    | LeaveAsked
    | AnswerAsked
    | SayAsked
    | UpAsked
    | AckAsked
    | HandAsked
    | TempoAsked
    | LanguageAsked
    | RenameAsked
    | ObjectAsked
)
KINDS: dict[str, type[Asked]] = {str(c.__struct_config__.tag): c for c in Body.__args__}
_decoder: msgspec.json.Decoder[Body] = msgspec.json.Decoder(Body)


def read_json(body: bytes) -> Body:
    """An intent as the API sends it. Raises BadShape."""
    try:
        return _decoder.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        # A validation error names the field and what it should be; a syntax error names the byte.
        raise BadShape(str(error)[:200]) from None


_LISTS = frozenset({"v"})
_NUMBERS = frozenset({"n", "round", "ref"})


def read_form(fields: Mapping[str, list[str]]) -> Body:
    """An intent as a form without script sends it: `form` is the page's id, the intent id is SHA-256(form ‖ fields).

    *Back* and a changed choice is therefore a new answer, the same tap twice is the same one. Empty fields count as
    left out, except `text` and `name`, where the desk has words for it. Raises BadShape.
    """
    kind = (fields.get("kind") or [""])[0]
    known = KINDS.get(kind)
    form = (fields.get("form") or [""])[0]
    if known is None or not 1 <= len(form) <= 64 or len(fields) > 16:
        raise BadShape("no such form")
    names = {f.encode_name for f in msgspec.structs.fields(known)}
    raw: dict[str, Any] = {"kind": kind, "id": form_id(form, fields)}
    for name, values in fields.items():
        if name in _LISTS and kind == "answer":
            raw[name] = [one for one in values if one]  # of several boxes some stay empty, perhaps the first
            continue
        if name not in names or name == "id" or (not values[0] and name not in ("text", "name")):
            continue
        if name in _NUMBERS:
            if not (values[0].isascii() and values[0].isdigit() and len(values[0]) < 17):
                raise BadShape(f"{name} is a number")
            raw[name] = int(values[0])
        elif name == "up":
            raw[name] = values[0] == "1"
        else:
            raw[name] = values[0]
    try:
        return msgspec.convert(raw, type=Body)  # type: ignore[no-any-return]
    except msgspec.ValidationError as error:
        raise BadShape(str(error)[:200]) from None


def form_id(form: str, fields: Mapping[str, list[str]]) -> str:
    """22 base64url characters of SHA-256(form id ‖ its fields, sorted)."""
    said = [form, *(f"{k}={v}" for k in sorted(fields) if k != "form" for v in fields[k])]
    digest = hashlib.sha256(msgspec.json.encode(said)).digest()[:16]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def to_intent(asked: Body, *, new_p: str, device: str, ev: tuple[str, ...]) -> wish.Intent | None:
    """The core's intent, foreign text cleaned. None for what is live only (`tempo`).

    `new_p`, `device` and `ev` are used by `join`; `ev` also by `here`.
    """
    match asked:
        case AnswerAsked():  # first: most of what comes in
            return wish.PutAnswer(
                activity=asked.activity,
                round=asked.round,
                v=tuple([clean_text(one, 200) for one in asked.v]),
                q=asked.q or None,
                sure=("unsure", "sure")[asked.sure] if isinstance(asked.sure, bool) else asked.sure or None,
                text=(clean_text(asked.text, LONGEST) or None) if asked.text else None,
                n=asked.n if asked.n >= 0 else None,
            )
        case JoinAsked():
            return wish.Join(
                name=clean_name(asked.name),
                new_p=new_p,
                badge=clean_badge(asked.badge) or None,
                lang=clean_text(asked.lang, 16) or None,
                device=device,
                ev=ev,
            )
        case HereAsked():
            return wish.Here(ev=ev)
        case LeaveAsked():
            return wish.Leave()
        case SayAsked():
            return wish.PutSay(
                text=clean_text(asked.text, LONGEST),
                activity=asked.activity or None,
                ref=asked.ref if asked.ref >= 0 else None,
            )
        case UpAsked():
            return wish.UpVote(ref=asked.ref)
        case AckAsked():
            return wish.Sign(
                activity=asked.activity,
                round=asked.round,
                text=clean_name(asked.text),
                mark=asked.mark or None,
            )
        case HandAsked():
            return wish.RaiseHand(up=asked.up)
        case LanguageAsked():
            return wish.SetLanguage(lang=clean_text(asked.lang, 16))
        case RenameAsked():
            return wish.Rename(name=clean_name(asked.name))
        case ObjectAsked():
            return wish.Object()
        case TempoAsked():
            return None


# ---- answers -------------------------------------------------------------------------------------------------

DOOR_WORDS: dict[str, str] = {
    "bad-shape": "That could not be read. Reload the page and try again.",
    "too-large": "That is too large to send.",
    "too-slow": "Sending took too long. Try again.",
    "foreign-host": "This is not an address of this laptop. Type the address that the trainer's screen shows.",
    "foreign-origin": "This came from another page, so it was not taken.",
    "not-found": "There is nothing at this address. Type the address that the trainer's screen shows.",
    "kiosk-used": "This kiosk address was used on another device, or taken back. Ask the trainer for a new one.",
    "kiosk-off": "This device is not the kiosk. Ask the trainer for the kiosk's address.",
    "kiosk-busy": "Too many at once. Wait a moment.",
    "kiosk-unsaved": "Not saved yet. Try again.",
    "turn-over": "This turn was over, so that was not saved. Show your badge again.",
    "disk-full": "Not saved yet: the laptop's disk is full. Your answer is kept on this phone.",
    "not-now": "Not saved yet. Your answer is kept on this phone and goes out again.",
}
"""What the door itself says, beside the refusals of the rules; code → English sentence."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to an intent. `saved` is a record index, null when nothing was saved; `seat` and `p` for a join."""

    result: str
    reason: str = ""
    words: str = ""
    saved: int | None = None
    seat: str | msgspec.UnsetType = msgspec.UNSET
    p: str | msgspec.UnsetType = msgspec.UNSET


encode = msgspec.json.encode


def sentence(reason: str) -> str:
    """The English words of a refusal or of the door, the message id; empty for a code nobody knows."""
    return REASONS.get(reason) or DOOR_WORDS.get(reason, "")
