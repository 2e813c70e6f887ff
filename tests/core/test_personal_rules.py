"""What the recorded policy of head office changes in what is recorded: through the rules, as at a desk."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.intents import FACILITATOR, Actor
from fieldkit.core.personal import SWITCHES
from fieldkit.core.retry import same
from fieldkit.core.rules import decide
from fieldkit.core.session import Session
from tests.core.logbook import HOSTILE, Logbook

DOOR = Actor(by="self", via="phone")


def room(**policy: Any) -> Logbook:
    log = Logbook(**policy)
    log.at(1).enter("open")
    return log


def does(log: Logbook, intent: w.Intent, by: Actor) -> list[r.Record]:
    made = decide(log.session, intent, by, log.m)
    assert isinstance(made, list), made
    return [log.records[log.add(draft.fact, draft.p, draft.private)] for draft in made]


def join(name: str = "Ann [/] Lee", badge: str = "E1") -> w.Join:
    return w.Join(name=name, badge=badge, new_p="aaaaaaaa", lang="es")


def test_what_is_off_is_not_recorded_of_anybody() -> None:
    """Names off: no name in any opening of a participant, whichever way it comes; the trainer's stays."""
    log = room(off=["name", "note", "reason", "signature"])
    me = Actor(by="self", via="phone", p="aaaaaaaa")
    does(
        log,
        w.Expect(new_p="bbbbbbbb", fields={"badge": "E2", "name": "Bo", "last_name": "B", "crew": "x"}),
        FACILITATOR,
    )
    does(log, join(), DOOR)
    does(log, w.Rename(name="Anna"), me)
    does(log, w.CheckIn(new_p="cccccccc", name="Cy"), FACILITATOR)
    does(log, w.OpenActivity(activity="ack"), FACILITATOR)
    does(log, w.Sign(activity="ack", round=1, text="Ann Lee", mark=None), me)
    does(log, w.Mark(who="E1", status="late", why="mistake", reason="the bus"), FACILITATOR)
    held = [x.private for x in log.records if x.p is not None and x.private]
    assert held == [{"badge": "E2", "crew": "x"}, {"badge": "E1", "lang": "es"}, {"lang": "es"}]
    assert log.session.trainer == "Sam Ortiz"
    assert [x.called for x in log.session.people.values()] == ["E2", "E1", ""]
    assert log.session.people["aaaaaaaa"].acks == 1


def test_a_retry_is_known_though_what_it_said_was_not_recorded() -> None:
    """The phone repeats the whole wish; the record holds only what may be."""
    log = room(off=["name", "badge"])
    (record,) = does(log, join(), DOOR)
    assert record.private == {"lang": "es"} and same(join(), record)
    open_ = room()
    (record,) = does(open_, join(), DOOR)
    assert same(join(), record) and not same(join("Bea"), record) and not same(join(badge="E2"), record)


@pytest.mark.parametrize("name", HOSTILE)
def test_sealed_answers_stand_in_the_half_that_can_be_erased(name: str) -> None:
    """The signed line holds no choice; while the opening is there everything counts as it would."""
    logs = [room(), room(seal="answers")]
    for log in logs:
        does(log, join(name), DOOR)
        does(log, w.OpenActivity(activity="poll"), FACILITATOR)
        me = Actor(by="self", via="phone", p="aaaaaaaa")
        wish = w.PutAnswer(activity="poll", round=1, v=("b",))
        (record,) = does(log, wish, me)
        assert same(wish, record, "aaaaaaaa") and not same(msgspec.structs.replace(wish, v=("a",)), record, "aaaaaaaa")
    plain, hidden = logs
    assert [x.fact.v for x in plain.records if isinstance(x.fact, r.AnswerPut)] == [["b"]]
    assert [(x.fact.v, x.private) for x in hidden.records if isinstance(x.fact, r.AnswerPut)] == [([], {"v": ["b"]})]
    assert counts(plain.session) == counts(hidden.session) == [{"b": 1}]


def counts(s: Session) -> list[dict[str, int]]:
    return [{k: n for k, n in one.counts.items() if n} for one in s.runs["poll"]]


def test_nothing_changes_without_a_policy_of_head_office() -> None:
    """The line of `session.open` is the one of every earlier log."""
    held = r.fields_of(room().records[0].fact)["policy"]
    assert sorted(held) == ["agreement", "grace_min", "k", "keep_days", "legal", "seal", "share_min"]
    assert "name" in SWITCHES
