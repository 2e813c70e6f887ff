"""Periods and what they are compared with, and blocks out of which nothing smaller can be worked out."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.core.monthly import Blocks, Judged, Period, Session, Took, hundredths, month, rank, together
from fieldkit.formats import markdown

DAYS = st.dates(date(2001, 1, 1), date(2090, 12, 31))


@pytest.mark.parametrize(
    ("since", "until", "before", "months"),
    [
        ("2026-11-01", "2026-11-30", ("2026-10-01", "2026-10-31"), ("2026-11",)),
        ("2024-02-01", "2024-02-29", ("2024-01-01", "2024-01-31"), ("2024-02",)),
        ("2026-10-01", "2026-12-31", ("2026-07-01", "2026-09-30"), ("2026-10", "2026-11", "2026-12")),
        ("2026-01-01", "2026-12-31", ("2025-01-01", "2025-12-31"), tuple(f"2026-{k:02d}" for k in range(1, 13))),
        ("2026-11-02", "2026-11-30", ("2026-10-04", "2026-11-01"), ()),
        ("2026-11-30", "2026-11-30", ("2026-11-29", "2026-11-29"), ()),
        ("2026-10-15", "2026-12-01", ("2026-08-28", "2026-10-14"), ("2026-11",)),
    ],
)
def test_a_period_is_compared_with_as_many_months_or_days_before_it(
    since: str, until: str, before: tuple[str, str], months: tuple[str, ...]
) -> None:
    of = Period(date.fromisoformat(since), date.fromisoformat(until))
    assert (of.before.since.isoformat(), of.before.until.isoformat()) == before and of.months == months


@given(DAYS, st.integers(0, 900))
def test_the_period_before_ends_the_day_before(since: date, n: int) -> None:
    of = Period(since, since + timedelta(days=n))
    assert of.before.until + timedelta(days=1) == since and of.before.since <= of.before.until
    assert all(since <= month(one).since and month(one).until <= of.until for one in of.months)


def test_no_period_lies_before_the_calendar_begins() -> None:
    for text in ("2026-00", "2026-13", "0000-01", "x", "", "2026-1"):
        with pytest.raises(ValueError, match=r"."):
            month(text)
    for of in (month("0001-01"), Period(date.min, date.min)):
        with pytest.raises(OverflowError):
            assert of.before


@given(st.lists(st.integers(0, 99), max_size=30), st.integers(1, 100))
def test_so_many_percent_are_no_greater(some: list[int], percent: int) -> None:
    found = rank(some, percent)
    if found is None:
        assert not some
        return
    enough = [x for x in some if sum(y <= x for y in some) * 100 >= percent * len(some)]
    assert found == min(enough)


@given(st.integers(0, 10**9), st.integers(1, 10**6))
def test_hundredths_are_rounded_half_up(part: int, of: int) -> None:
    assert (hundredths(part, of) * 2 - 1) * of <= 200 * part < (hundredths(part, of) * 2 + 1) * of


SESSIONS = st.lists(
    st.builds(
        Session,
        origin=st.just("o"),
        pack=st.sampled_from("pq"),
        month=st.sampled_from(["2026-10", "2026-11"]),
        site=st.sampled_from("abc"),
        led=st.sampled_from(["", *"12345678"]),
        scored=st.just(True),
        makeup=st.just(False),
        evaluation=st.just(False),
        unknown=st.just(0),
        people=st.lists(
            st.builds(
                Took,
                who=st.tuples(st.sampled_from("ABCDEFGH"), st.just("")),
                completed=st.booleans(),
                passed=st.sampled_from([None, True, False]),
            ),
            max_size=4,
        ).map(tuple),
        stays=st.just({}),
        late=st.none(),
    ),
    max_size=40,
)


@given(SESSIONS)
def test_whatever_reports_are_taken_from_one_another_five_trainers_and_five_people_are_left(
    some: list[Session],
) -> None:
    blocks = Blocks()
    for one in some:
        blocks.add(one)
    for pack, when in itertools.product("pq", ("2026-10", "2026-11")):
        mine = [one for one in some if (one.pack, one.month) == (pack, when)]
        whole = blocks.judged([when], pack)
        sites = {site: blocks.judged([when], pack, site) for site in "abc"}
        shown = [site for site, one in sites.items() if one.people]
        rest = [one for one in mine if one.site not in shown]
        for group in [*([one for one in mine if one.site == site] for site in shown), rest]:
            there = {took.who for one in group for took in one.people}
            if group is not rest or whole.people > sum(one.people for one in sites.values()):
                assert len({one.led for one in group} - {""}) >= 5 and len(there) >= 5
        assert whole.people + whole.held == sum(len(one.people) for one in mine) + _of(some, pack, when)
    both = blocks.judged(["2026-10", "2026-11"])
    parts = [blocks.judged([when], pack) for pack in "pq" for when in ("2026-10", "2026-11")]
    assert (both.people, both.passed) == (together(parts).people, together(parts).passed)


def _of(some: list[Session], pack: str, when: str) -> int:
    """Of the pack in the other month: all of it is held back where that is not asked for."""
    return sum(len(one.people) for one in some if one.pack == pack and one.month != when)


def test_nothing_is_said_of_nothing() -> None:
    assert Blocks().judged(["2026-11"]) == Judged() == together([]) and rank([], 50) is None


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("a|b", r"a\|b"), ("<b>&", "&lt;b&gt;&amp;"), ("[x](y)", r"\[x\](y)"), ("*a* _b_ `c`", r"\*a\* \_b\_ \`c\`"),
        ("one\ntwo\u202e", "one two"), ("http://x", r"http\://x"), ("www.x.example", r"www\.x.example"),
        ("back\\slash", r"back\\slash"), ("10:30", "10:30"),
    ],
)  # fmt: skip
def test_what_somebody_typed_stays_text(typed: str, shown: str) -> None:
    assert markdown.text(typed) == shown
    assert markdown.table(["A", "B"], [[typed, "1"]]) == f"| A | B |\n| --- | --: |\n| {shown} | 1 |\n"


def test_a_line_begins_no_list() -> None:
    assert [markdown.line(x) for x in ("- a", "+ a", "1. a", "2) a", "# a", "> a")] == [
        r"\- a", r"\+ a", r"1\. a", r"2\) a", r"\# a", "&gt; a",
    ]  # fmt: skip
