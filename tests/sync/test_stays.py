"""Who was there when needs few kinds of records: the others are left out when head office looks for people in two
rooms, and the answer is the same."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.core import intents as w
from fieldkit.core.session import Session
from fieldkit.sync.central.findings import STAYS, presences
from tests.core.logbook import MIN, ORIGIN, T0, Logbook, plan
from tests.core.test_fold_properties import MOVES, WHO, play

MORE = MOVES | st.tuples(
    st.just("desk"),
    st.one_of(
        st.builds(w.CheckIn, new_p=st.just("cpapercp"), badge=st.sampled_from(["B2", "B9"]), via=st.just("paper")),
        st.builds(w.Merge, who=WHO, into=WHO),
        st.just(w.End()),
    ),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(MORE, max_size=60))
def test_stays_come_from_the_kinds_that_are_named(moves: list[tuple[str, object]]) -> None:
    records = play(moves).records
    every = Session(origin=ORIGIN, plan=plan()).fold(records)
    some = Session(origin=ORIGIN, plan=plan()).fold(one for one in records if one.fact.kind in STAYS)
    some.m = max(some.m, records[-1].m)
    assert presences(some) == presences(every)


def test_paper_is_from_the_first_activity_on_where_no_segment_was_entered() -> None:
    """Only `activity.open` says when such a session began."""
    log = Logbook()
    log.at(5).open("poll")
    log.at(30).join("a", "Ann [/] Lee", "E1", via="paper")
    log.at(40).end()
    some = Session(origin=ORIGIN, plan=plan()).fold(one for one in log.records if one.fact.kind in STAYS)
    (stay,) = presences(some)
    assert (stay.from_ms, stay.until_ms) == (T0 + 5 * MIN, T0 + 40 * MIN)
    assert [stay] == presences(log.session)
