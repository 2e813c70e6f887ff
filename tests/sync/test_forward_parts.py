"""The parts of forwarding that stand alone: what is remembered, what is to be done, what counts as the same, and what
is made of answers that are none."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from fieldkit.errors import FieldkitError, WrongUsage
from fieldkit.formats.xapi import anew, voiding
from fieldkit.sync.central.lrs.address import basic, store
from fieldkit.sync.central.lrs.alike import alike
from fieldkit.sync.central.lrs.entries import BACK, CONFLICT, REFUSED, SENT, STAYS, TAKEN, Entry, packed, unpacked
from fieldkit.sync.central.lrs.line import _seconds, _statement, _unnamed
from fieldkit.sync.central.lrs.memory import Kept
from fieldkit.sync.central.lrs.session import Makes, todo
from fieldkit.sync.reach import Rest
from tests.core.logbook import meeting
from tests.formats.test_xapi import made
from tests.kit.xapi import schema, wrong

A, B, C = (str(uuid.uuid5(uuid.NAMESPACE_URL, word)) for word in "abc")
ORIGIN = "ld.acme.example/dev/7q2k/000017-k3m9w2p4"


def test_what_is_remembered_comes_back_and_is_small() -> None:
    entries = {A: Entry(SENT), B: Entry(TAKEN, 7), C: Entry(REFUSED, (1 << 32) - 1)}
    assert unpacked(packed(entries)) == entries and unpacked("") == {} and len(packed(entries)) == 84


@pytest.mark.parametrize("text", ["AAAA", "no base64 \U0001f600", "{}", "A"])
def test_a_row_that_is_none_of_ours_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpacked(text)


@pytest.mark.parametrize(
    ("was", "wished", "again", "becomes", "back", "new", "doubt"),
    [
        (None, True, False, None, 0, 1, 0),
        (SENT, True, False, SENT, 0, 1, 0),
        (SENT, False, False, SENT, 0, 0, 1),
        (TAKEN, True, False, TAKEN, 0, 0, 0),
        (TAKEN, False, False, BACK, 1, 0, 0),
        (BACK, False, False, BACK, 1, 0, 0),
        (BACK, True, False, BACK, 1, 0, 0),
        (CONFLICT, True, False, CONFLICT, 0, 0, 0),
        (CONFLICT, True, True, None, 0, 1, 0),
        (CONFLICT, False, False, None, 0, 0, 0),
        (STAYS, False, False, STAYS, 0, 0, 0),
        (STAYS, False, True, BACK, 1, 0, 0),
        (STAYS, True, False, TAKEN, 0, 0, 0),
    ],
)
def test_what_is_to_be_done_about_one_statement(
    was: int | None, wished: bool, again: bool, becomes: int | None, back: int, new: int, doubt: int
) -> None:
    known = Kept("mark", 3, 5, {A: Entry(was, 2)} if was is not None else {})
    found = todo(known, Makes({A: {"id": A}} if wished else {}), 9, again)
    assert (len(found.back), len(found.new), len(found.doubt)) == (back, new, doubt)
    state = found.kept.entries.get(A)
    assert (None if state is None else state.state) == becomes
    assert found.later == (was == BACK and wished)
    assert (found.kept.version, found.kept.begun) == (
        (4, 9) if (was, wished) in ((TAKEN, False), (SENT, False)) else (3, 5)
    )


def test_a_session_that_is_left_out_keeps_what_the_store_has() -> None:
    known = Kept("", 0, 0, {A: Entry(TAKEN), B: Entry(BACK), C: Entry(CONFLICT)})
    found = todo(known, Makes(left_out="forked"), 9)
    assert found.kept.entries == known.entries and (found.back, found.new) == ([B], [])


def test_a_void_is_good_to_both_judges_and_said_anew_is_another_id() -> None:
    void = voiding(ORIGIN, A, "ld.acme.example/office", "2026-11-23T10:00:00.000Z")
    assert schema().is_valid(void) and wrong(void) == []
    assert void["id"] == voiding(ORIGIN, A, "other", "2027-01-01T00:00:00.000Z")["id"] != A
    assert anew(A, 0) == A and len({anew(A, n) for n in range(4)}) == 4


def test_what_a_store_may_add_or_rewrite_is_no_difference_and_what_it_says_is() -> None:
    ours = made(meeting())[0]
    theirs = ours | {"stored": "x", "authority": {"name": "y"}, "version": "1.0.3"}
    theirs["timestamp"] = ours["timestamp"].replace("Z", "+00:00")
    theirs["verb"] = {"id": ours["verb"]["id"], "display": {"de": "nahm teil"}}
    theirs["object"] = {"id": ours["object"]["id"]}
    assert alike(ours, theirs)
    for other in (
        theirs | {"result": {}},
        theirs | {"actor": {"account": {"homePage": "https://x", "name": "E1"}}},
        theirs | {"timestamp": "yesterday"},
        theirs | {"verb": None, "object": [], "context": "x", "actor": 4},
        {},
    ):
        assert not alike(ours, other)


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        (f'["{A}", "{C}"]', set()),
        (f'["{C}", "{A.upper()}", "{A}"]', set()),
        (f'["{A}"]', {C}),
        ("[]", {A, C}),
        (f'["{A}", "{B}", "{C}"]', None),
        ('{"inserted":1,"rejected":1}', None),
        ("<html>", None),
        ("", None),
        ("[" * 100_000, None),
        ("[1]", None),
    ],
)
def test_of_an_answer_of_200_counts_what_it_names_and_nothing_else(answer: str, left: set[str] | None) -> None:
    assert _unnamed(answer.encode(), [{"id": A}, {"id": C}]) == left
    assert _unnamed(b"\xff\xfe", [{"id": A}]) is None


def test_a_store_answers_the_statement_or_a_list_of_those_that_match() -> None:
    one: dict[str, Any] = {"id": A.upper(), "verb": {}}
    assert (
        _statement(json.dumps(one).encode(), A) == one == _statement(json.dumps({"statements": [4, one]}).encode(), A)
    )
    assert _statement(b'{"statements": []}', A) is None is _statement(b"{}", A)
    with pytest.raises(FieldkitError, match="not a learning record store"):
        _statement(b"<html>", A)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("7", 7.0), ("", 0.0), ("-1", 0.0), ("nan", 0.0), ("9" * 40, 86_400.0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0.0)],
)
def test_how_long_a_store_wishes_to_be_left_alone(text: str, seconds: float) -> None:
    assert _seconds(text) == seconds
    assert Rest(chance=lambda: 1.0).wait(0, seconds) == max(1.0, min(seconds, 120.0))


def test_an_address_is_the_same_however_it_is_ended_and_a_secret_keeps_its_colons() -> None:
    ends = ("", "/", "/statements", "/statements/")
    assert {store(f"https://lrs.acme.example/xAPI{end}").url for end in ends} == {"https://lrs.acme.example/xAPI"}
    assert store("http://[::1]:8100/xAPI").here and not store("https://localhost.acme.example/xAPI").here
    assert basic("a:b:c") == "Basic YTpiOmM="
    with pytest.raises(WrongUsage):
        basic("a:b\nc")
