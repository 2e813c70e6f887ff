"""Attendance for any log: what must hold whatever people, phones and trainers do."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from fieldkit.core import records as r
from fieldkit.core.attendance import Span, attendance, overlap, running, union
from fieldkit.core.evidence import FLAGS
from fieldkit.core.seat_view import seat_view
from fieldkit.core.state import EVIDENCE, STATUSES
from fieldkit.core.tables import Signatures, table
from tests.core.logbook import Logbook

TIME = st.integers(0, 300)
SPANS = st.lists(st.tuples(TIME, TIME), max_size=8)
ACTS = st.lists(
    st.tuples(
        st.integers(0, 60_000),
        st.sampled_from("abc"),
        st.sampled_from(["join", "in", "out", "mark", "pause", "resume", "enter", "merge", "void", "amend", "crash"]),
    ),
    max_size=30,
)


def covered(spans: list[Span]) -> set[int]:
    """The same intervals the slow way: every ms by itself."""
    return {ms for a, b in spans for ms in range(a, b)}


@given(SPANS)
def test_a_union_covers_the_same_time_and_nothing_twice(spans: list[Span]) -> None:
    """Checked against counting every ms."""
    out = union(spans)
    assert covered(out) == covered(spans)
    assert sum(b - a for a, b in out) == len(covered(spans))
    assert all(a[1] < b[0] for a, b in pairwise(out))


@given(SPANS, st.randoms(use_true_random=False))
def test_the_order_of_intervals_is_irrelevant(spans: list[Span], shuffler: object) -> None:
    """Any order of arrival at the fold gives the same union."""
    mixed = list(spans)
    shuffler.shuffle(mixed)  # type: ignore[attr-defined]
    assert union(mixed) == union(spans)


@given(SPANS, SPANS)
def test_overlap_is_the_size_of_the_common_time(left: list[Span], right: list[Span]) -> None:
    """Checked against counting every ms."""
    assert overlap(union(left), union(right)) == len(covered(left) & covered(right))


def play(acts: list[tuple[int, str, str]], end: bool = True) -> Logbook:
    """Any acts in time order, sensible or not."""
    log = Logbook()
    log.expect("a", badge="E1")
    for m, p, what in sorted(acts, key=lambda act: act[0]):
        log.m = m
        if what == "join":
            log.join(p, walkin=p != "a")
        elif what == "in":
            log.came(p)
        elif what == "out":
            log.left(p)
        elif what == "mark":
            log.mark(p, STATUSES[m % 5])
        elif what == "pause":
            log.pause("exit" if m % 2 else "break")
        elif what in ("resume", "crash"):
            log.resume("start" if what == "crash" else "request")
        elif what == "enter":
            log.enter("open")
        elif what == "merge":
            log.add(r.PersonMerged(from_="abc"[m % 3], why="mistake"), p)
        elif what == "void":
            log.add(r.PersonVoided(why="mistake"), p)
        else:
            log.amend(p, in_=m // 2, out=m // 2 + 500)
    if end:
        log.m = 60_000
        log.end()
    return log


@given(ACTS, st.booleans())
def test_nobody_is_present_longer_than_the_session_runs(acts: list[tuple[int, str, str]], end: bool) -> None:
    """Nor less than nothing; every word in a row is one of the documented ones."""
    log = play(acts, end)
    run = running(log.session)
    assert run.ms <= run.end - run.start
    rows = attendance(log.session)
    assert len({p for one in rows for p in one.all_p}) == sum(len(one.all_p) for one in rows)
    for one in rows:
        assert 0 <= one.ms <= run.ms == one.running_ms
        assert one.status in STATUSES and set(one.flags) <= set(FLAGS) and one.method in (*EVIDENCE, "")
        assert 0 <= one.proofs <= one.asked
        assert (one.policy == "absent") == (not one.came)
        if one.came and one.out_m is not None:
            assert one.out_m >= (one.in_m or 0)
        if not one.amended and one.mark is not None:
            assert one.status == one.mark.status


@given(ACTS, st.booleans())
def test_the_goodbye_tells_the_minutes_of_the_sheet(acts: list[tuple[int, str, str]], end: bool) -> None:
    """Pauses, second phones, merges, struck and corrected arrivals: a phone and the attendance table say the same."""
    log = play([(100 * m, p, what) for m, p, what in acts], end=False)
    log.m = 6_100_000
    if end:
        log.end()
    sheet = table("attendance", log.session, log.plan, Signatures(), log.m)
    said = {row[0].rsplit("-", 1)[1]: row[sheet.columns.index("minutes_present")] for row in sheet.rows}
    for p in said:
        bye = seat_view(log.session, p, "en", log.m, 2000).bye
        assert bye is None or str(bye.minutes) == said[p]


@given(ACTS)
def test_coming_in_again_from_another_phone_changes_no_minutes(acts: list[tuple[int, str, str]]) -> None:
    """Repeating every arrival (a retry, a second device, a ghost seat) gives the same minutes."""
    acts = [act for act in acts if act[2] not in ("merge", "void", "amend")]
    acts.sort(key=lambda act: act[0])
    again = [act for m, p, what in acts for act in [(m, p, what)] + [(m, p, "in")] * (what in ("join", "in"))]
    once = {one.p: one.ms for one in attendance(play(acts).session)}
    assert {one.p: one.ms for one in attendance(play(again).session)} == once


@given(ACTS)
def test_looking_changes_nothing(acts: list[tuple[int, str, str]]) -> None:
    """The computation is pure: the fold before and after is the same, and so is a second answer."""
    log, other = play(acts), play(acts)
    assert attendance(log.session) == attendance(log.session)
    assert log.session == other.session
