"""Many lines at once, with the same answers as `line` and `merkle` give one by one.

A record costs less to check than its own call would, so whole chunks go through msgspec's line codecs: decoded into
types that have no room for floats, big integers or depth, encoded again and compared as one piece of bytes, and then
only the distinct keys, kinds, `p`, `x` and U+0000 are left. A chunk that the short way does not like is judged line by
line by `line.read_line`, which alone says what is wrong: this file may be slower than it, never more generous.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import msgspec

from fieldkit.core.records import KINDS, Record, Unknown, fact_of
from fieldkit.errors import BadBytes
from fieldkit.log.line import (
    INT_MAX,
    LINE_LIMIT,
    WRITE_LIMIT,
    Line,
    Opening,
    b64u,
    opening_line,
    read_line,
    read_opening,
    record_line,
)

_encode_lines = msgspec.json.Encoder(order="sorted").encode_lines
_Int = Annotated[int, msgspec.Meta(ge=-INT_MAX, le=INT_MAX)]
_Count = Annotated[int, msgspec.Meta(ge=0, le=INT_MAX)]
_Scalar = bool | _Int | str | None
_Inner = bool | _Int | str | list[_Scalar] | dict[str, _Scalar] | None
_Data = dict[str, bool | _Int | str | list[_Inner] | dict[str, _Inner] | None]


class _Opening(msgspec.Struct, gc=False):
    i: _Count
    s: str
    x: _Data


_fields: Any = [("d", _Data), ("i", _Count), ("k", str), ("m", _Count), ("t", _Int)]
_fields += [("p", str | None, None), ("x", str | None, None)]
_decode_lines: Any = msgspec.json.Decoder(
    msgspec.defstruct("_BulkLine", _fields, bases=(Line,), omit_defaults=True, frozen=True, gc=False)
).decode_lines
_decode_facts: Any = msgspec.json.Decoder(msgspec.defstruct("_BulkFacts", [("d", _Data)], gc=False)).decode_lines
_decode_openings = msgspec.json.Decoder(_Opening).decode_lines

_KEY = re.compile(r"[a-z][a-z0-9_.]*\Z").match
_KIND = re.compile(r"[a-z]+(?:\.[a-z]+)*\Z").match
_PS = re.compile(r"(?:[A-Za-z0-9_-]{8}\n)*\Z").match
_XS = re.compile(r"(?:[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]\n)*\Z").match
_SALTS = re.compile(r"(?:[A-Za-z0-9_-]{21}[AQgw]\n)*\Z").match
_NUL = b"\\u0000"
_FAULTS = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

# Copying a started hash skips the look-up of the algorithm, which costs as much as hashing a line.
_leaf = hashlib.sha256(b"\0").copy
_plain = hashlib.sha256().copy
_TO_URL = bytes.maketrans(b"+/", b"-_")


# ---- reading -------------------------------------------------------------------------------------------------


def split_lines(chunk: bytes) -> list[bytes]:
    """The lines of a chunk that ends in a newline, without their newlines."""
    lines = chunk.split(b"\n")
    lines.pop()
    return lines


def read_lines(chunk: bytes, lines: Sequence[bytes]) -> list[Line]:
    """The checked envelopes of whole record lines; `lines` is `split_lines(chunk)`. Raises BadBytes."""
    envelopes: list[Line]
    try:
        envelopes = _decode_lines(chunk)
        if (
            _NUL in chunk
            or max(map(len, lines), default=0) > LINE_LIMIT
            or not _good_keys([env.d for env in envelopes], lines)
            or not _good_kinds(envelopes)
            or not _PS(_listed({env.p for env in envelopes}))
            or not _XS(_listed(env.x for env in envelopes))
            or _encode_lines(envelopes) != chunk
        ):
            return [read_line(line) for line in lines]
    except _FAULTS:
        return [read_line(line) for line in lines]
    return envelopes


def read_openings(chunk: bytes, lines: Sequence[bytes]) -> list[Opening]:
    """The checked openings of whole opening lines; `lines` is `split_lines(chunk)`. Raises BadBytes."""
    openings: list[_Opening]
    try:
        openings = _decode_openings(chunk)
        if (
            _NUL in chunk
            or max(map(len, lines), default=0) > LINE_LIMIT
            or not _good_keys([it.x for it in openings], lines)
            or not _SALTS(_listed(it.s for it in openings))
            or _encode_lines(openings) != chunk
        ):
            return [read_opening(line) for line in lines]
    except _FAULTS:
        return [read_opening(line) for line in lines]
    return [Opening(it.i, it.x, x) for it, x in zip(openings, opening_xs(lines), strict=True)]


def parse_records(rows: Sequence[tuple[bytes, bytes | None]]) -> list[Record]:
    """The records of (line, opening line or None) pairs, each opening checked against its record. Raises BadBytes."""
    lines = [line for line, _ in rows]
    sealed = [opening for _, opening in rows if opening is not None]
    envelopes = read_lines(b"\n".join([*lines, b""]), lines)
    openings = iter(read_openings(b"\n".join([*sealed, b""]), sealed))
    out = []
    for env, (_, opening) in zip(envelopes, rows, strict=True):
        private = None
        if opening is not None:
            it = next(openings)
            if it.i != env.i or it.x != env.x:
                raise BadBytes("opening-mismatch", f"the opening of record {env.i} is not the one it was sealed with")
            private = it.private
        out.append(Record(env.i, env.m, env.t, fact_of(env.k, env.d), env.p, env.x, private))
    return out


def _listed(values: Iterable[str | None]) -> str:
    """The values, one a line; a value with a line break in it would pass for two, so then the list is spoilt."""
    given = [value for value in values if value is not None]
    text = "\n".join([*given, ""])
    return text if text.count("\n") == len(given) else "?"


def _good_kinds(envelopes: list[Line]) -> bool:
    return all(k in KINDS or _KIND(k) for k in {env.k for env in envelopes})


def _good_keys(objects: list[dict[str, Any]], lines: Sequence[bytes]) -> bool:
    """Whether every key in these objects is one; `lines` are what they were read from, one each, or else the chunk does
    not come out as it went in and is judged line by line anyway."""
    keys: set[str] = set()
    for shape in set(map(tuple, objects)):
        keys.update(shape)
    for obj, line in zip(objects, lines, strict=False):
        if line.count(b"{") != 2:  # or a brace in a text; the types above leave two levels to look into
            for value in obj.values():
                if type(value) is dict:
                    keys.update(value)
                for inner in value.values() if type(value) is dict else value if type(value) is list else ():
                    if type(inner) is dict:
                        keys.update(inner)
    return all(map(_KEY, keys))


# ---- writing -------------------------------------------------------------------------------------------------


def record_lines(records: Sequence[Record]) -> list[bytes]:
    """The lines of records, checked as a reader will check them. Raises BadBytes."""
    envelopes, free = [], False
    for r in records:
        fact = r.fact
        # A Fact is spelt by msgspec as its fields; as a dict first it would cost more than everything else here.
        if type(fact) is Unknown:
            free = True
            envelopes.append(Line(fact.fields, r.i, fact.name, r.m, r.t, r.p, r.x))
        else:
            envelopes.append(Line(fact, r.i, fact.kind, r.m, r.t, r.p, r.x))  # type: ignore[arg-type]
    try:
        chunk = _encode_lines(envelopes)
    except (TypeError, OverflowError, UnicodeEncodeError, *_FAULTS):
        return [record_line(record) for record in records]
    lines = split_lines(chunk)
    _fits(lines)
    # Just encoded and therefore canonical; what can still be wrong is a value, a `p`, or a key that is no field's name.
    # Facts are read back as a reader will read them; of the numbers around them the range says all.
    free = free or chunk.count(b"{") != 2 * len(lines)
    try:
        back = (_decode_lines if free else _decode_facts)(chunk)
        if (
            _NUL in chunk
            or not _numbers(records)
            or not _PS(_listed({r.p for r in records}))
            or not _XS(_listed(r.x for r in records))
            or (free and not (_good_keys([env.d for env in back], lines) and _good_kinds(back)))
        ):
            return [record_line(record) for record in records]
    except (TypeError, *_FAULTS):
        return [record_line(record) for record in records]
    return lines


def _numbers(records: Sequence[Record]) -> bool:
    """Whether index, `m` and `t` of all are whole numbers in range."""
    counts, walls = {r.m for r in records} | {r.i for r in records}, {r.t for r in records}
    return (
        {int} >= {*map(type, counts), *map(type, walls)}
        and min(counts, default=0) >= 0
        and max(counts, default=0) <= INT_MAX
        and max(walls, default=0) <= INT_MAX
        and min(walls, default=0) >= -INT_MAX
    )


def opening_lines(indices: Sequence[int], salts: Sequence[bytes], privates: Sequence[dict[str, Any]]) -> list[bytes]:
    """The opening lines of records `indices`, checked as a reader will check them. Raises BadBytes."""
    if any(len(salt) != 16 for salt in salts):
        raise ValueError("a salt is 16 bytes")
    try:
        chunk = _encode_lines([_Opening(i, b64u(s), x) for i, s, x in zip(indices, salts, privates, strict=True)])
    except (TypeError, OverflowError, UnicodeEncodeError, *_FAULTS):
        return [opening_line(i, s, x) for i, s, x in zip(indices, salts, privates, strict=True)]
    lines = split_lines(chunk)
    _fits(lines)
    read_openings(chunk, lines)
    return lines


def _fits(lines: list[bytes]) -> None:
    longest = max(map(len, lines), default=0)
    if longest > WRITE_LIMIT:
        raise BadBytes("too-long", f"{longest} bytes where {WRITE_LIMIT} are allowed")


# ---- hashing -------------------------------------------------------------------------------------------------


def leaf_hashes(lines: Iterable[bytes]) -> list[bytes]:
    """The leaf of each record line."""
    out = []
    for line in lines:
        leaf = _leaf()
        leaf.update(line)
        out.append(leaf.digest())
    return out


def opening_xs(lines: Iterable[bytes]) -> list[str]:
    """The `x` of each opening line."""
    out = []
    for line in lines:
        x = _plain()
        x.update(line)
        out.append(x.digest())
    # 32 bytes and a zero byte make 44 letters, of which the first 43 are those of the 32 bytes alone.
    text = binascii.b2a_base64(b"\0".join([*out, b""]), newline=False).translate(_TO_URL).decode("ascii")
    return [text[at : at + 43] for at in range(0, len(text), 44)]
