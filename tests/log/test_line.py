"""Records, openings and their lines: one spelling, and a reason for everything else."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.core import records as r
from fieldkit.errors import BadBytes
from fieldkit.log import line as line_module
from fieldkit.log.line import (
    LINE_LIMIT,
    WRITE_LIMIT,
    b64u,
    canonical,
    canonical_plan,
    check,
    check_plan,
    opening_line,
    opening_x,
    parse_opening,
    parse_record,
    read_line,
    read_opening,
    record_line,
    unb64u,
)
from tests.log.given import VECTORS, worked_lines, worked_opening

LINES = json.loads(VECTORS.joinpath("lines.json").read_text())
SALT = bytes(range(16))


def _bytes(case: dict[str, str]) -> bytes:
    return bytes.fromhex(case["hex"]) if "hex" in case else case["line"].encode("utf-8", "surrogatepass")


def _reason(call: Callable[[], object]) -> str:
    with pytest.raises(BadBytes) as caught:
        call()
    return caught.value.reason


# ---- the vectors ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", LINES["good"], ids=lambda case: case["what"])
def test_good_lines_are_taken_and_are_their_own_spelling(case: dict[str, str]) -> None:
    raw = _bytes(case)
    env = read_line(raw)
    assert env.d == check(raw)["d"]
    assert canonical(check(raw)) == raw


@pytest.mark.parametrize("case", LINES["bad"], ids=lambda case: case["what"])
def test_bad_lines_are_refused_for_their_reason(case: dict[str, str]) -> None:
    raw = _bytes(case)
    assert _reason(lambda: parse_record(raw)) == case["reason"]
    if case["reason"] != "bad-shape":  # which is about records, not about the profile
        assert _reason(lambda: check(raw)) == case["reason"]


def test_the_worked_example_reads_and_its_opening_fits() -> None:
    lines = worked_lines()
    records = [parse_record(one) for one in lines]
    assert [record.k for record in records] == ["session.open", "att.in", "session.close"]
    whole = parse_record(lines[1], worked_opening())
    assert whole.private == {"badge": "E745738", "name": "Zoë Álvarez"}
    assert opening_x(worked_opening()) == whole.x
    assert opening_line(1, unb64u("MmG0qPvlS0fAEJscxxqctQ"), whole.private) == worked_opening()
    for one in lines:
        assert canonical(check(one)) == one


# ---- records -------------------------------------------------------------------------------------------------

_POLICY = r.Policy(agreement="BV-7")
_FACTS: list[r.Fact] = [
    r.SessionOpened(
        1, "class", "a.b/dev/7q2k", None, r.PackRef("loto", "1.0.0", "ab", "cd"), None, None, None, None,
        "Lockout", "Hall 3", "Europe/Berlin", ["en"], 1, None, 0, 0, _POLICY,
    ),
    r.PersonJoined("phone", "phone", ["lan", "code"], True),
    r.PersonMerged("AAAAAAAA", "mistake"),
    r.AnswerPut("energy", 1, ["a"], "phone", sure="very"),
    r.TallyPut("energy", 1, {"a": 3, "b_2": 0}, 3, False),
    r.ActivityOpened("spot-1", 1, "named", def_=r.SpotDef("poll", ["a", "b"])),
    r.GroupsSet("groups", [["AAAAAAAA"], []]),
    r.Amended("correct", "mistake", "fac", r.Ref(3, "00"), {"v": ["a"]}),
    r.HandRaised(),
    r.Unknown("later.kind", {"deep": [[[[["x"]]]]], "n": -1}),
]  # fmt: skip


@pytest.mark.parametrize("fact", _FACTS, ids=lambda fact: type(fact).__name__)
def test_a_record_comes_back_as_it_was_written(fact: r.Fact) -> None:
    record = r.Record(7, 61250, 1795339261250, fact, p="9bFlIreR")
    raw = record_line(record)
    assert parse_record(raw) == record
    assert canonical(check(raw)) == raw
    assert b"\n" not in raw


def test_session_open_writes_its_nulls_and_other_kinds_leave_them_out() -> None:
    raw = record_line(r.Record(0, 0, 1, _FACTS[0]))
    assert b'"cohort":null' in raw and b'"prev":null' in raw
    assert record_line(r.Record(1, 0, 1, r.NoteAdded())) == b'{"d":{},"i":1,"k":"note.add","m":0,"t":1}'


def test_a_known_kind_in_another_shape_is_kept_as_unknown() -> None:
    raw = b'{"d":{"activity":7,"v":"new"},"i":1,"k":"answer.put","m":0,"t":1}'
    fact = parse_record(raw).fact
    assert fact == r.Unknown("answer.put", {"activity": 7, "v": "new"})


def test_fields_of_a_later_release_do_not_spoil_a_known_kind() -> None:
    raw = b'{"d":{"activity":"a","new":[1],"round":1,"v":["x"],"via":"phone"},"i":1,"k":"answer.put","m":0,"t":1}'
    assert parse_record(raw).fact == r.AnswerPut("a", 1, ["x"], "phone")


def test_nothing_is_written_that_a_reader_would_refuse() -> None:
    def write(fields: dict[str, Any], **more: Any) -> bytes:
        return record_line(r.Record(0, 0, 0, r.Unknown("note.add", fields), **more))

    assert _reason(lambda: write({"a": 1.5})) == "float"
    assert _reason(lambda: write({"a": math.nan})) == "not-json"
    assert _reason(lambda: write({"a": b"x"})) == "not-json"
    assert _reason(lambda: write({"a": (1,)})) == "not-json"
    assert _reason(lambda: write({"a": object()})) == "not-json"
    assert _reason(lambda: write({1: 1})) == "not-json"  # type: ignore[dict-item]
    assert _reason(lambda: write({"a": 2**53})) == "int-range"
    assert _reason(lambda: write({"a": "\0"})) == "nul"
    assert _reason(lambda: write({"a": "\ud800"})) == "surrogate"
    assert _reason(lambda: write({"A": 1})) == "bad-key"
    assert _reason(lambda: write({"a": "x" * WRITE_LIMIT})) == "too-long"
    assert _reason(lambda: write({}, p="short")) == "bad-shape"
    loop: list[Any] = []
    loop.append(loop)
    assert _reason(lambda: write({"a": loop})) == "depth"


def test_the_longest_line_with_its_newline_is_8192_bytes() -> None:
    bare = len(canonical({"a": ""}))
    assert len(canonical({"a": "x" * (WRITE_LIMIT - bare)})) + 1 == LINE_LIMIT
    assert _reason(lambda: canonical({"a": "x" * (WRITE_LIMIT - bare + 1)})) == "too-long"
    assert check(b'{"a":"' + b"x" * (LINE_LIMIT - bare) + b'"}')


# ---- openings ------------------------------------------------------------------------------------------------


def test_an_opening_is_only_taken_with_its_own_record() -> None:
    opening = opening_line(3, SALT, {"name": "Zoë"})
    raw = record_line(r.Record(3, 0, 0, r.PersonExpected(), p="AAAAAAAA", x=opening_x(opening)))
    assert parse_record(raw, opening).private == {"name": "Zoë"}
    assert parse_record(raw).private is None
    other = opening_line(3, SALT[::-1], {"name": "Zoë"})
    moved = opening_line(4, SALT, {"name": "Zoë"})
    stranger = record_line(r.Record(4, 0, 0, r.PersonExpected(), p="AAAAAAAA", x=opening_x(opening)))
    bare = record_line(r.Record(3, 0, 0, r.PersonExpected(), p="AAAAAAAA"))
    for record, wrong in [(raw, other), (raw, moved), (stranger, opening), (bare, opening)]:
        assert _reason(lambda record=record, wrong=wrong: parse_record(record, wrong)) == "opening-mismatch"


@pytest.mark.parametrize(
    "raw",
    [
        b'{"i":1,"s":"AAAAAAAAAAAAAAAAAAAAAA"}',
        b'{"i":1,"s":"AAAAAAAAAAAAAAAAAAAAAB","x":{}}',
        b'{"i":1,"s":"AAAAAAAAAAAAAAAAAAAAAA==","x":{}}',
        b'{"i":-1,"s":"AAAAAAAAAAAAAAAAAAAAAA","x":{}}',
        b'{"i":true,"s":"AAAAAAAAAAAAAAAAAAAAAA","x":{}}',
        b'{"i":1,"s":"AAAAAAAAAAAAAAAAAAAAAA","x":[]}',
        b'{"i":1,"s":"AAAAAAAAAAAAAAAAAAAAAA","x":{},"y":1}',
        b'{"i":1,"s":7,"x":{}}',
    ],
)
def test_openings_of_another_shape_are_refused(raw: bytes) -> None:
    assert _reason(lambda: read_opening(raw)) == "bad-shape"


def test_hostile_openings_get_a_reason() -> None:
    assert _reason(lambda: read_opening(b'{"i":1,"s":"AAAAAAAAAAAAAAAAAAAAAA","x":{"a":1.5}}')) == "float"
    assert _reason(lambda: read_opening(b'{"i":1,"s":"AAAAAAAAAAAAAAAAAAAAAA","x":{"A":1}}')) == "bad-key"
    assert _reason(lambda: read_opening(b'{"i":1,"s":"AAAAAAAAAAAAAAAAAAAAAA", "x":{}}')) == "not-canonical"
    assert _reason(lambda: read_opening(b"x" * 9000)) == "too-long"
    assert parse_opening(opening_line(2, SALT, {"note": 'a "quoted" \\ text'})) == (2, {"note": 'a "quoted" \\ text'})
    with pytest.raises(ValueError, match="16 bytes"):
        opening_line(1, b"short", {})


# ---- plans ---------------------------------------------------------------------------------------------------


def test_a_plan_may_be_long_and_sixteen_levels_deep_and_no_more() -> None:
    def nest(levels: int) -> dict[str, Any]:
        value: Any = "x"
        for _ in range(levels - 1):
            value = [value]
        return {"a": value}

    raw = canonical_plan(nest(16) | {"text": "é" * 100_000})
    assert check_plan(raw)["text"] == "é" * 100_000
    assert _reason(lambda: canonical_plan(nest(17))) == "depth"
    assert _reason(lambda: canonical_plan({"a": "x" * (1 << 20)})) == "too-long"
    assert _reason(lambda: canonical_plan([])) == "not-an-object"
    assert _reason(lambda: canonical_plan({"a": (1,)})) == "not-json"


# ---- properties ----------------------------------------------------------------------------------------------

_keys = st.from_regex(r"[a-z][a-z0-9_.]{0,8}", fullmatch=True)
_texts = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=20)
_scalars = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | _texts
_values = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=3), max_leaves=8
)
_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0


@given(st.dictionaries(_keys, _values, max_size=4))
def test_whatever_fits_the_profile_goes_round(obj: dict[str, Any]) -> None:
    if _depth(obj) > 8:
        assert _reason(lambda: canonical(obj)) == "depth"
        return
    raw = canonical(obj)
    assert check(raw) == obj
    assert raw == json.dumps(obj, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


@given(_anything)
def test_an_accepted_line_re_encodes_to_itself(obj: Any) -> None:
    raw = msgspec.json.encode(obj, order="sorted")
    try:
        got = check(raw)
    except BadBytes:
        return
    assert msgspec.json.encode(got, order="sorted") == raw
    assert canonical(got) == raw
    assert isinstance(obj, dict) and _depth(obj) <= 8


_seeds = [*worked_lines(), worked_opening(), record_line(r.Record(1, 2, 3, _FACTS[4])), b'{"a":"\\"\\\\u0000"}']


@settings(max_examples=400)
@given(st.sampled_from(_seeds), st.integers(0, 2000), st.binary(max_size=3), st.integers(0, 3))
def test_a_changed_line_is_refused_or_is_itself_canonical(seed: bytes, at: int, put: bytes, cut: int) -> None:
    at %= len(seed) + 1
    raw = seed[:at] + put + seed[at + cut :]
    for read in (check, read_line, read_opening, parse_record):
        try:
            read(raw)  # type: ignore[operator]
        except BadBytes:
            continue
        assert json.dumps(json.loads(raw), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() == raw


@settings(max_examples=300)
@given(st.sampled_from(_seeds), st.integers(0, 2000), st.sampled_from(list('0123456789.e-{}[]",:\\ ')))
def test_the_short_way_and_the_long_way_agree(seed: bytes, at: int, put: str) -> None:
    at %= len(seed)
    raw = seed[:at] + put.encode() + seed[at + 1 :]

    def answer(call: Callable[[], object]) -> object:
        try:
            return call()
        except BadBytes as wrong:
            return wrong.reason

    assert answer(lambda: check(raw)) == answer(lambda: line_module._judge(raw, 8))


# ---- base64url -----------------------------------------------------------------------------------------------


@given(st.binary(max_size=40))
def test_base64url_goes_round_for_any_bytes(raw: bytes) -> None:
    assert unb64u(b64u(raw)) == raw


@pytest.mark.parametrize("text", ["A", "AB", "AA==", "AA=", "A+AA", "A/AA", "AA A", "AAé", "AAAAA", "\n", "AAA\n"])
def test_base64url_has_one_spelling(text: str) -> None:
    assert _reason(lambda: unb64u(text)) == "bad-base64"
