"""A record and its one canonical line; an opening and its line (docs/log-format.md).

The profile is a restricted RFC 8785: an object of objects, arrays, strings, true, false, null and integers within
±(2^53−1); keys `[a-z][a-z0-9_.]*` in byte order; no whitespace, no floats, no U+0000, no lone surrogates, depth ≤ 8.

Why a check is more than re-encoding: `1.5`, 9007199254740993 and `\\u0000` all re-encode to themselves. There are two
ways through, with the same answers: `_why` decodes anything and walks every value, without recursion; the short way
decodes into types that have no room for floats, big integers or depth (msgspec checks them while it decodes), encodes
again and compares, so that only keys and U+0000 are left to look at. Whatever the short way does not like, `_why`
judges. What we write goes through the same check before it may be hashed: nothing is signed here that a reader would
refuse.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from typing import Annotated, Any, NamedTuple

import msgspec

from fieldkit.core.models import learn
from fieldkit.core.records import KINDS, Record, fact_of, fields_of
from fieldkit.errors import BadBytes

LINE_LIMIT = 8192
"""Most bytes of a line that a reader takes, its newline not counted."""
WRITE_LIMIT = LINE_LIMIT - 1
"""Most bytes of a line we write: with its newline it stays within the 8192 a record that a bundle may weigh."""
DEPTH = 8
PLAN_LIMIT = 1 << 20
PLAN_DEPTH = 16
INT_MAX = 2**53 - 1

_KEY = re.compile(r"[a-z][a-z0-9_.]*\Z").match
_KIND = re.compile(r"[a-z]+(?:\.[a-z]+)*\Z").match
_P = re.compile(r"[A-Za-z0-9_-]{8}\Z").match
_X = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]\Z").match
_SALT = re.compile(r"[A-Za-z0-9_-]{21}[AQgw]\Z").match
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]").search
_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")

_encode = msgspec.json.Encoder(order="sorted").encode
_decode_any = msgspec.json.Decoder().decode
_sha256 = hashlib.sha256

_Int = Annotated[int, msgspec.Meta(ge=-INT_MAX, le=INT_MAX)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=INT_MAX)]


def _object(depth: int) -> Any:
    """The type of an object that may nest `depth` containers, itself included. Its cost is 2**depth, so keep it low."""
    value: Any = bool | _Int | str | None
    for _ in range(depth - 1):
        value = bool | _Int | str | None | list[value] | dict[str, value]
    return dict[str, value]


_Data = _object(3)
"""Deep enough for every known kind; deeper ones take the long way."""


class Line(msgspec.Struct, omit_defaults=True, frozen=True, gc=False):
    """The envelope of a record line as read: all its keys but `d` have been judged one by one."""

    d: dict[str, Any]
    i: _Count
    k: str
    m: _Count
    t: _Int
    p: str | None = None
    x: str | None = None


learn(Line)


class Opening(NamedTuple):
    """An opening line as read: index, personal fields, and the `x` its record must carry."""

    i: int
    private: dict[str, Any]
    x: str


_fields: Any = [("d", _Data), ("i", _Count), ("k", str), ("m", _Count), ("t", _Int)]
_fields += [("p", str | None, None), ("x", str | None, None)]
_FastLine: Any = msgspec.defstruct("_FastLine", _fields, bases=(Line,), omit_defaults=True, frozen=True, gc=False)
_fast_line = msgspec.json.Decoder(_FastLine).decode
_fast_opening = msgspec.json.Decoder(
    msgspec.defstruct("_FastOpening", [("i", _Count), ("s", str), ("x", _Data)], frozen=True, gc=False)
).decode
_fast_object = msgspec.json.Decoder(_Data).decode


def _known_keys() -> frozenset[str]:
    """Every field name of the known kinds; a key among them need not be matched against the pattern again."""
    names: set[str] = set("dikmptxs")
    todo: list[Any] = list(KINDS.values())
    while todo:
        for field in msgspec.structs.fields(todo.pop()):
            names.add(field.encode_name)
            todo += [t for t in getattr(field.type, "__args__", (field.type,)) if _is_struct(t)]
    return frozenset(name for name in names if _KEY(name))


def _is_struct(it: Any) -> bool:
    return isinstance(it, type) and issubclass(it, msgspec.Struct)


_KNOWN = _known_keys()
_knows = _KNOWN.issuperset


# ---- the profile ---------------------------------------------------------------------------------------------


def _walk(obj: object, depth: int) -> None:
    """Judge types, integers, keys, U+0000 and depth of a decoded value, without recursion."""
    level: list[Any] = [obj]
    left = depth
    while level:
        deeper: list[Any] = []
        for value in level:
            kind = type(value)
            if kind is str:
                if "\0" in value:
                    raise BadBytes("nul", "a text holds U+0000")
            elif kind is int:
                if not -INT_MAX <= value <= INT_MAX:
                    raise BadBytes("int-range", "an integer is beyond 2^53-1")
            elif kind is dict:
                if not _knows(value):
                    for key in value:
                        if not _KEY(key):
                            raise BadBytes("bad-key", "a key is not [a-z][a-z0-9_.]*")
                deeper.extend(value.values())
                if left <= 0:
                    raise BadBytes("depth", f"nested deeper than {depth}")
            elif kind is list:
                deeper.extend(value)
                if left <= 0:
                    raise BadBytes("depth", f"nested deeper than {depth}")
            elif kind is float:
                raise BadBytes("float", "a number has a fraction or an exponent; decimals are strings")
            elif kind is not bool and value is not None:
                raise BadBytes("not-json", f"{kind.__name__} is no JSON type")
        level, left = deeper, left - 1


def _judge(line: bytes, depth: int) -> dict[str, Any]:
    """The whole profile of one line, the long way: the object, or BadBytes with the reason."""
    try:
        obj = _decode_any(line)
    except RecursionError:
        raise BadBytes("depth", f"nested deeper than {depth}") from None
    except UnicodeDecodeError:
        raise BadBytes("not-utf8", "the line is no UTF-8") from None
    except msgspec.ValidationError:  # the only limits left are those of a number
        raise BadBytes("int-range", "a number is out of range") from None
    except msgspec.DecodeError:
        if _SURROGATE(line):
            raise BadBytes("surrogate", "a text holds half of a surrogate pair") from None
        raise BadBytes("not-json", "the line is no JSON") from None
    if type(obj) is not dict:
        raise BadBytes("not-an-object", "the line is no JSON object")
    _walk(obj, depth)
    if _encode(obj) != line:
        raise BadBytes("not-canonical", "the line has another spelling than the canonical one")
    return obj


def check(line: bytes, limit: int = LINE_LIMIT) -> dict[str, Any]:
    """Decode one line and check the whole profile; the object it holds. Raises BadBytes with a reason code."""
    if len(line) > limit:
        raise BadBytes("too-long", f"{len(line)} bytes where {limit} are allowed")
    try:
        obj: dict[str, Any] = _fast_object(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _judge(line, DEPTH)
    seen = 1  # objects whose keys are known; another brace hides an object further in, or stands in a text
    for value in obj.values():
        if type(value) is dict and _knows(value):
            seen += 1
    if line.count(b"{") != seen or not _knows(obj) or b"\\" in line or _encode(obj) != line:
        return _judge(line, DEPTH)
    return obj


def check_plan(raw: bytes) -> dict[str, Any]:
    """Decode a compiled plan and check its profile: the record's, with 1 MiB and 16 levels."""
    if len(raw) > PLAN_LIMIT:
        raise BadBytes("too-long", f"{len(raw)} bytes where {PLAN_LIMIT} are allowed")
    return _judge(raw, PLAN_DEPTH)


def canonical(obj: object, limit: int = WRITE_LIMIT) -> bytes:
    """The canonical bytes of an object of plain JSON types. Raises BadBytes for anything a reader would refuse."""
    line = _spell(obj)
    if check(line, limit) != obj:  # NaN would have become null, bytes base64, a tuple a list: silently another fact
        raise BadBytes("not-json", "a value is no plain JSON type")
    return line


def canonical_plan(obj: object) -> bytes:
    """The canonical bytes of a compiled plan: the same profile without the line limit, 16 levels deep."""
    raw = _spell(obj)
    if check_plan(raw) != obj:
        raise BadBytes("not-json", "a value is no plain JSON type")
    return raw


def _spell(obj: object) -> bytes:
    try:
        return _encode(obj)
    except RecursionError:
        raise BadBytes("depth", "nested too deep") from None
    except UnicodeEncodeError:
        raise BadBytes("surrogate", "a text holds half of a surrogate pair") from None
    except (TypeError, msgspec.MsgspecError, OverflowError):
        raise BadBytes("not-json", "a value is no plain JSON type") from None


# ---- records -------------------------------------------------------------------------------------------------


def read_line(line: bytes) -> Line:
    """The checked envelope of a record line, its fact still plain data. Raises BadBytes.

    Keys beside the seven are kept by whoever keeps the line, and ignored here.
    """
    if len(line) > LINE_LIMIT:
        raise BadBytes("too-long", f"{len(line)} bytes where {LINE_LIMIT} are allowed")
    try:
        env: Line = _fast_line(line)
        if line.count(b"{") != 2 or not _knows(env.d) or b"\\" in line or _encode(env) != line:
            env = _long_line(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        env = _long_line(line)
    if env.k not in KINDS and not _KIND(env.k):
        raise BadBytes("bad-shape", "`k` is no kind")
    if env.p is not None and not _P(env.p):
        raise BadBytes("bad-shape", "`p` is not 6 bytes in base64url")
    if env.x is not None and not _X(env.x):
        raise BadBytes("bad-shape", "`x` is not a SHA-256 in base64url")
    return env


def _long_line(line: bytes) -> Line:
    obj = _judge(line, DEPTH)
    if None in (obj.get("p", ""), obj.get("x", "")):
        raise BadBytes("bad-shape", "a record line has a key with null where it is left out")
    try:
        return msgspec.convert(obj, Line)
    except msgspec.ValidationError:
        raise BadBytes("bad-shape", "a record line lacks a key or has one of another type") from None


def record_line(record: Record) -> bytes:
    """The line of a new record, without its newline. Raises BadBytes when it could not be read back.

    Only for making: a record that was read may come from a release with more fields, and its bytes are then the only
    thing that has its hash. Whoever reads keeps the line.
    """
    env = Line(fields_of(record.fact), record.i, record.k, record.m, record.t, record.p, record.x)
    line = _spell(env)
    if len(line) > WRITE_LIMIT:
        raise BadBytes("too-long", f"{len(line)} bytes where {WRITE_LIMIT} are allowed")
    back = read_line(line)
    if back.d != env.d:
        raise BadBytes("not-json", "a value is no plain JSON type")
    return line


def parse_record(line: bytes, opening: bytes | None = None) -> Record:
    """The record of a line; with `opening` its private half too, once its hash and index are right.

    Raises BadBytes; `opening-mismatch` when the opening is not this record's.
    """
    env = read_line(line)
    private = None
    if opening is not None:
        it = read_opening(opening)
        if it.x != env.x or it.i != env.i:
            raise BadBytes("opening-mismatch", f"the opening of record {env.i} is not the one it was sealed with")
        private = it.private
    return Record(env.i, env.m, env.t, fact_of(env.k, env.d), env.p, env.x, private)


# ---- openings ------------------------------------------------------------------------------------------------


def opening_line(i: int, salt: bytes, private: dict[str, Any]) -> bytes:
    """The private half of record `i`: 16 fresh random bytes and the personal fields."""
    if len(salt) != 16:
        raise ValueError("a salt is 16 bytes")
    return canonical({"i": i, "s": b64u(salt), "x": private})


def read_opening(line: bytes) -> Opening:
    """The checked opening of a line. Raises BadBytes."""
    if len(line) > LINE_LIMIT:
        raise BadBytes("too-long", f"{len(line)} bytes where {LINE_LIMIT} are allowed")
    try:
        it: Any = _fast_opening(line)
        if line.count(b"{") == 2 and b"\\" not in line and _encode(it) == line and _SALT(it.s):
            private: dict[str, Any] = it.x
            if _knows(private) or all(map(_KEY, private)):
                return Opening(it.i, private, opening_x(line))
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    obj = _judge(line, DEPTH)
    i, salt, fields = obj.get("i"), obj.get("s"), obj.get("x")
    if len(obj) != 3 or type(i) is not int or i < 0 or not isinstance(salt, str) or not isinstance(fields, dict):
        raise BadBytes("bad-shape", "an opening is an index, a salt and an object of fields")
    if not _SALT(salt):
        raise BadBytes("bad-shape", "the salt of an opening is 16 bytes in base64url")
    return Opening(i, fields, opening_x(line))


def parse_opening(line: bytes) -> tuple[int, dict[str, Any]]:
    """Index and personal fields of an opening line. Raises BadBytes."""
    it = read_opening(line)
    return it.i, it.private


def opening_x(line: bytes) -> str:
    """base64url (no pad) SHA-256 of an opening line: the `x` of its record."""
    return b64u(_sha256(line).digest())


# ---- base64url -----------------------------------------------------------------------------------------------


def b64u(raw: bytes) -> str:
    """base64url without padding."""
    return binascii.b2a_base64(raw, newline=False).translate(_TO_URL, b"=").decode("ascii")


def unb64u(text: str) -> bytes:
    """The bytes of base64url without padding, in its one spelling. Raises BadBytes("bad-base64")."""
    try:
        padded = text.encode("ascii").translate(_FROM_URL) + b"=" * (-len(text) % 4)
        raw = binascii.a2b_base64(padded, strict_mode=True)
    except (ValueError, UnicodeEncodeError):
        raise BadBytes("bad-base64", "no base64url") from None
    if b64u(raw) != text:
        raise BadBytes("bad-base64", "another spelling than the one base64url has")
    return raw
