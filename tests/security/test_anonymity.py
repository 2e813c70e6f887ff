"""Who voted for what cannot be read from the data folder: the same votes, given by others or in another order, leave
the same bytes. Every file is compared, SQLite's log of writes included, while a round is open, after it closed, and as
a crash leaves it.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.core import intents as w
from fieldkit.desk import Accepted
from tests.kit.anonymous import Laptop, compiled, photograph

PEOPLE = 7
Votes = Sequence[tuple[int, tuple[str, ...]]]
"""(voter, choice) in the order of arrival."""
Photos = list[dict[str, tuple[bytes, ...]]]

choices = st.lists(st.sampled_from("abc"), min_size=1, max_size=3, unique=True).map(tuple)
WORDS = ("more time", "a second person", "Álvarez listens", "more time")
words = st.sampled_from(WORDS)


async def run(home: Path, votes: Votes, says: Sequence[tuple[int, str]], *, mode: str, together: int) -> Photos:
    """One session: a poll and a discussion, `together` votes at a time, photographed at each stage."""
    laptop = Laptop(home / "data", compiled(home / "pack", mode))
    await laptop.begin(PEOPLE)
    photos = []
    await laptop.lead(w.OpenActivity(activity="q1"))
    await laptop.lead(w.OpenActivity(activity="talk"))
    waiting = [laptop.vote(who, v) for who, v in votes] + [laptop.vote(p, activity="talk", text=t) for p, t in says]
    for at in range(0, len(waiting), together):
        assert all(isinstance(x, Accepted) for x in await asyncio.gather(*waiting[at : at + together]))
    photos.append(photograph(laptop.home))  # open: what somebody finds who takes the laptop in the middle of it
    await laptop.desk.close()
    photos.append(photograph(laptop.home))  # the same without the program
    await laptop.again()
    await laptop.lead(w.CloseActivity(activity="q1"))
    photos.append(photograph(laptop.home))  # closed, and the program killed: SQLite's log is still there
    await laptop.lead(w.Reveal(activity="q1"))
    await laptop.lead(w.End())
    laptop.remember()
    photos.append(photograph(laptop.home))
    await laptop.desk.close()
    photos.append(photograph(laptop.home))
    return photos


def session(votes: Votes, says: Sequence[tuple[int, str]], *, mode: str = "anonymous", together: int = 1) -> Photos:
    with tempfile.TemporaryDirectory() as home:
        return asyncio.run(run(Path(home), votes, says, mode=mode, together=together))


def names_of(one: Photos, other: Photos) -> list[tuple[int, str]]:
    """Where two runs differ: (stage, file)."""
    return [
        (stage, name)
        for stage, (a, b) in enumerate(zip(one, other, strict=True))
        for name in sorted({*a, *b})
        if a.get(name) != b.get(name)
    ]


@st.composite
def permuted(draw: st.DrawFn) -> tuple[Votes, Votes, list[tuple[int, str]], list[tuple[int, str]]]:
    """The same people and the same votes twice: dealt out anew, and arriving in another order."""
    who = draw(st.lists(st.integers(0, PEOPLE - 1), min_size=2, max_size=PEOPLE, unique=True))
    votes = draw(st.lists(choices, min_size=len(who), max_size=len(who)))
    said = draw(st.lists(words, min_size=len(who), max_size=len(who)))
    first = list(zip(who, votes, strict=True))
    second = list(zip(draw(st.permutations(who)), draw(st.permutations(votes)), strict=True))
    one = list(zip(who, said, strict=True))
    two = list(zip(draw(st.permutations(who)), draw(st.permutations(said)), strict=True))
    return first, second, one, two


@pytest.mark.slow
@settings(max_examples=12, deadline=None)
@given(permuted(), st.integers(1, 4), st.integers(1, 20))
def test_no_file_tells_who_voted_for_what_or_in_which_order(
    case: tuple[Votes, Votes, list[tuple[int, str]], list[tuple[int, str]]], few: int, many: int
) -> None:
    """Below the smallest crowd and above it, one vote a commit and many."""
    first, second, one, two = case
    assert names_of(session(first, one, together=few), session(second, two, together=many)) == []


def test_an_open_round_tells_no_order_even_with_one_vote_a_commit() -> None:
    """The plainest case, by hand: three people, other votes, the other way round."""
    votes = [(0, ("a",)), (1, ("b",)), (2, ("c",))]
    other = [(2, ("a",)), (1, ("c",)), (0, ("b",))]
    assert names_of(session(votes, []), session(other, [])) == []


def test_the_comparison_sees_what_named_votes_tell() -> None:
    """The same two runs with names differ, in the session file and in SQLite's log: the test above can fail."""
    votes = [(0, ("a",)), (1, ("b",)), (2, ("c",))]
    other = [(2, ("a",)), (1, ("c",)), (0, ("b",))]
    found = names_of(session(votes, [], mode="named"), session(other, [], mode="named"))
    assert {Path(name).suffix for _, name in found} >= {".db", ".db-wal"}
    assert {stage for stage, _ in found} == {0, 1, 2, 3, 4}


def test_different_votes_are_told_apart() -> None:
    """What was voted does differ, or nothing would be kept at all."""
    votes = [(k, ("a",)) for k in range(5)]
    other = [(k, ("b",)) for k in range(5)]
    assert names_of(session(votes, []), session(other, []))


def test_nothing_of_a_vote_is_left_below_the_smallest_crowd() -> None:
    """Four answers: which they were cannot be found in any file any more, nor how many."""
    few = [(k, ("a",)) for k in range(4)]
    none: Votes = []
    other = [(k, ("c", "b")) for k in range(2)]
    assert names_of(session(few, [])[2:], session(other, [])[2:]) == []
    assert names_of(session(few, [])[2:], session(none, [])[2:]) == []


async def test_who_voted_is_nowhere_once_the_round_is_closed(tmp_path: Path) -> None:
    """Not even that somebody voted: a session in which others did leaves the same bytes."""
    runs = []
    for k, voters in enumerate((range(5), range(2, 7))):
        votes = [(who, ("a",)) for who in voters]
        runs.append((await run(tmp_path / str(k), votes, [], mode="anonymous", together=5))[2:])
    assert names_of(*runs) == []


async def test_no_id_of_a_vote_reaches_the_disk(tmp_path: Path) -> None:
    """As many intents and records before the votes as after them."""
    laptop = Laptop(tmp_path / "data", compiled(tmp_path / "pack"))
    await laptop.begin(PEOPLE)
    await laptop.lead(w.OpenActivity(activity="q1"))
    before = len(await laptop.desk.store.intents()), laptop.desk.store.head
    for who in range(PEOPLE):
        await laptop.vote(who, ("a",))
    assert (len(await laptop.desk.store.intents()), laptop.desk.store.head) == before
    await laptop.desk.close()
