"""Simulated workers answer every question of every shipped pack with something that is taken, rightly and wrongly."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from fieldkit.cli.workers_know import Said, replies
from fieldkit.core import records as r
from fieldkit.core.activities import Checked, kind_of
from fieldkit.core.plan import Activity, Plan
from fieldkit.core.question_view import open_seat
from fieldkit.core.session import Session
from fieldkit.core.views import OpenSeat
from fieldkit.packs.compile import compile_pack
from tests.kit.plans import session_opened
from tests.packs.kit import ROOT
from tests.packs.test_content import IDS

CREW = 24


def shown(plan: Plan, a: Activity) -> OpenSeat:
    """The question as a phone gets it, after its reading phase."""
    facts = [
        session_opened(),
        r.SegmentEntered(segment=plan.segments[0].id),
        r.ActivityOpened(activity=a.id, round=1, mode=a.mode),
    ]
    records = [r.Record(i, i, i, fact, None, None, None) for i, fact in enumerate(facts)]
    session = Session(origin="ld.acme.example/dev/7q2k/000001-k3m9w2p4", plan=plan).fold(records)
    return open_seat(session, session.runs[a.id][0], "es", 10_000_000)


def chance_of(name: str) -> Callable[[str, int], int]:
    def chance(what: str, among: int) -> int:
        return int.from_bytes(hashlib.sha256(f"{name}/{what}".encode()).digest()[:4], "big") % among

    return chance


def said_by(plan: Plan, a: Activity, learned: Activity | None) -> list[list[Said]]:
    one = shown(plan, a)
    return [replies(one, learned, chance_of(f"worker {k}")) for k in range(CREW)]


@pytest.mark.parametrize("id", IDS)
def test_what_workers_say_is_always_taken(id: str) -> None:
    plan = compile_pack(ROOT / "content_packs" / id).plan
    for a in plan.activities:
        kind = kind_of(a.type)
        if kind.takes != "answer":
            continue
        for learned in (a, None):
            for said in said_by(plan, a, learned):
                assert [x.q or "" for x in said] == kind.asked(a) or a.type == "quiz"
                assert {x.q or "" for x in said} == set(kind.asked(a))
                for x in said:
                    assert isinstance(kind.check(a, x.v, x.text, x.q or ""), Checked), (a.id, x)


@pytest.mark.parametrize("id", IDS)
def test_some_know_and_some_do_not(id: str) -> None:
    """A demo in which everybody is right shows nothing of what a trainer looks for."""
    plan = compile_pack(ROOT / "content_packs" / id).plan
    for a in plan.activities:
        kind = kind_of(a.type)
        if kind.takes != "answer" or not kind.keyed(a):
            continue
        right = [all(kind.right(a, x.v, x.text, x.q or "") for x in said) for said in said_by(plan, a, a)]
        assert CREW // 3 < sum(right) < CREW, (a.id, sum(right))
