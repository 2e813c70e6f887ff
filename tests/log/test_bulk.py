"""Many lines at once give the same answers as one by one."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.core.records import AnswerPut, Draft, Record, SessionClosed, TallyPut, Unknown
from fieldkit.errors import BadBytes
from fieldkit.log import bulk
from fieldkit.log.batch import Clocks, Moment, Pending, number
from fieldkit.log.line import opening_line, opening_x, parse_record, read_line, read_opening, record_line
from fieldkit.log.merkle import Frontier, leaf_hash
from tests.log.making import entropy, opened

KEYS = st.from_regex(r"[a-z][a-z0-9_.]{0,8}", fullmatch=True)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
LEAF = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT
VALUE = st.recursive(LEAF, lambda x: st.lists(x, max_size=3) | st.dictionaries(KEYS, x, max_size=3), max_leaves=8)
FACTS = st.one_of(
    st.builds(AnswerPut, activity=TEXT, round=st.integers(0, 9), v=st.lists(TEXT, max_size=3), via=TEXT, q=TEXT),
    st.builds(TallyPut, activity=TEXT, round=st.just(1), counts=st.dictionaries(KEYS, st.integers(0, 9)), n=st.just(3),
              suppressed=st.booleans()),
    st.builds(Unknown, name=st.just("far.future"), fields=st.dictionaries(KEYS, VALUE, max_size=4)),
    st.just(SessionClosed(why="request")),
)  # fmt: skip
DRAFTS = st.builds(
    Draft,
    fact=FACTS,
    p=st.none() | st.from_regex(r"[A-Za-z0-9_-]{8}", fullmatch=True),
    private=st.none() | st.dictionaries(KEYS, VALUE, max_size=3),
    floor=st.booleans(),
)


def spelt(drafts: list[Draft]) -> tuple[list[Record], list[bytes], list[bytes]]:
    out, _ = number([Pending(tuple(drafts))], 0, Clocks(), Moment(70_000, 1795339200000), entropy())
    return out.records[0], out.lines, out.openings


@settings(max_examples=60, deadline=None)
@given(st.lists(DRAFTS, max_size=6))
def test_writing_many_is_writing_each(drafts: list[Draft]) -> None:
    """The same lines, the same hashes, the same records read back, whatever the drafts hold."""
    records, lines, openings = spelt(drafts)
    assert lines == [record_line(record) for record in records]
    assert bulk.leaf_hashes(lines) == [leaf_hash(line) for line in lines]
    for record, opening in zip(records, openings, strict=True):
        assert record.x == (opening_x(opening) if opening else None)
        if opening:
            assert len(msgspec.json.decode(opening)["s"]) == 22
    rows = [(line, opening or None) for line, opening in zip(lines, openings, strict=True)]
    assert bulk.parse_records(rows) == [parse_record(*row) for row in rows] == records


def same(line: bytes, opening: bool) -> None:
    one, many = (read_opening, bulk.read_openings) if opening else (read_line, bulk.read_lines)
    record = record_line(Record(1, 2, 3, SessionClosed(why="request")))
    good = opening_line(1, bytes(16), {"a": "b"}) if opening else record
    try:
        expected: object = one(line)
    except BadBytes as wrong:
        expected = wrong.reason
    try:
        got = many(b"%b\n%b\n" % (good, line), [good, line])[1]  # type: ignore[operator]
    except BadBytes as wrong:
        got = wrong.reason
    if isinstance(expected, str) or isinstance(got, str):
        assert got == expected
    else:
        assert msgspec.to_builtins(got) == msgspec.to_builtins(expected)


LINE = b'{"d":{"activity":"a","round":1,"v":["b"],"via":"phone"},"i":7,"k":"answer.put","m":5,"p":"9bFlIreR","t":9}'
OPENING = b'{"i":1,"s":"MmG0qPvlS0fAEJscxxqctQ","x":{"badge":"E745738","name":"Zo\xc3\xab"}}'


@pytest.mark.parametrize("opening", [False, True])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_damaged_line_is_judged_the_same(opening: bool, data: st.DataObject) -> None:
    """Any change of a few bytes is accepted or refused, and for the same reason, alone or among others."""
    line = bytearray(OPENING if opening else LINE)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(line) - 1))
        piece = data.draw(
            st.sampled_from([b"", b"{", b"}", b'"', b"\\", b"1.5", b"null", b" ", b":", b",", b"\xff", b"A"])
        )
        line[at : at + data.draw(st.integers(0, 2))] = piece
    if b"\n" not in line:
        same(bytes(line), opening)


@pytest.mark.parametrize(
    "line",
    [
        LINE.replace(b'"b"', b'"\\u0000"'),
        LINE.replace(b'"b"', b'"\\\\u0000"'),
        LINE.replace(b'"b"', b'"\\ud800"'),
        LINE.replace(b'"b"', b'"{"'),
        LINE.replace(b'"b"', b"1.0"),
        LINE.replace(b'"b"', b"9007199254740993"),
        LINE.replace(b'"b"', b'{"A":1}'),
        LINE.replace(b'"b"', b'[{"A":1}]'),
        LINE.replace(b'"b"', b"[" * 5 + b"]" * 5),
        LINE.replace(b'"b"', b"[" * 9 + b"]" * 9),
        LINE.replace(b'"b"', b"[" * 4000 + b"]" * 4000),
        LINE.replace(b'"b"', b'"' + b"x" * 8200 + b'"'),
        LINE.replace(b'"via"', b'"Via"'),
        LINE.replace(b"answer.put", b"Answer"),
        LINE.replace(b"answer.put", b"new.kind"),
        LINE.replace(b"9bFlIreR", b"9bFlIre"),
        LINE.replace(b'"p":"9bFlIreR"', b'"p":null'),
        LINE.replace(b'"t":9', b'"t":9,"x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"'),
        LINE.replace(b'"t":9', b'"t":9,"x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB"'),
        LINE.replace(b'"t":9', b'"t":9,"z":1'),
        LINE.replace(b'"i":7', b'"i":-7'),
        LINE + LINE,
        b"",
        b"[]",
    ],
)
def test_a_hostile_line_is_judged_the_same(line: bytes) -> None:
    """The cases that re-encoding, braces and backslashes could hide."""
    same(line, False)


def test_a_tree_grown_by_rows_is_a_tree_grown_by_leaves() -> None:
    """Every cut of every small size gives the same frontier."""
    leaves = [leaf_hash(bytes([n])) for n in range(40)]
    for size in range(len(leaves) + 1):
        one = Frontier()
        for leaf in leaves[:size]:
            one.append(leaf)
        for cut in range(size + 1):
            many = Frontier()
            many.extend(leaves[:cut])
            many.extend(leaves[cut:size])
            assert many.to_bytes() == one.to_bytes()


def test_a_session_open_writes_its_nulls() -> None:
    """A reader sees that nothing was forgotten."""
    _, lines, _ = spelt([opened()])
    assert b'"makes_up":null' in lines[0] and b'"prev":null' in lines[0]


@pytest.mark.parametrize(("good", "bad"), [(b'"p":"AAAAAAAA"', b'"p":"AAAAAAAA\\nBBBBBBBB"')])
def test_two_values_in_one_are_not_two_good_ones(good: bytes, bad: bytes) -> None:
    """An escaped line break inside a value must not make the quick way see a second value."""
    line = b'{"d":{},"i":0,"k":"hand.up","m":0,' + good + b',"t":0}'
    assert bulk.read_lines(line + b"\n", [line])
    spoilt = line.replace(good, bad)
    with pytest.raises(BadBytes):
        read_line(spoilt)
    with pytest.raises(BadBytes):
        bulk.read_lines(spoilt + b"\n", [spoilt])
