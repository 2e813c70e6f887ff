"""A log with every type that has answers of its own, written by hand: for the tables."""

from __future__ import annotations

from fieldkit.core import records as r
from tests.core.logbook import HOSTILE, Logbook
from tests.kit.plans import ALL, STEPS


def every_type() -> Logbook:
    """Four people with hostile names and words; a quiz half done, a paper sheet, a correction."""
    log = Logbook(ALL)
    for p, name in zip("abcd", HOSTILE, strict=False):
        log.join(p, name, walkin=True)
    log.at(5).enter("learn")

    def ask(id: str, *said: tuple[str, tuple[str, ...]], mode: str = "named", sure: str | None = None) -> None:
        log.open(id, mode=mode)
        for p, v in said:
            fact = r.AnswerPut(activity=id, round=1, v=list(v), via="phone", sure=sure)
            log.add(fact, p)
        log.close(id)

    ask("n1", ("a", ("4",)), ("b", ("-3",)), sure="sure")
    ask("o1", ("a", ("shut", "lock", "verify", "notify")), ("b", STEPS))
    ask("m1", ("a", ("hasp=p", "cover=e", "tag=h")), ("b", ("hasp=e", "cover=e", "tag=h")))
    ask("h1", ("a", ("0.3,0.4", "0.8,0.8")), ("b", ("0.01,0.01", "0.8,0.8")), ("c", ("middle",)))
    ask("h2", ("a", ("0.3,0.4", "0.31,0.4", "0.02,0.02")))
    log.at(10).open("w1")
    for p, text in zip("abcd", ("Valvula", "=pump", "VÁLVULA", "válvula"), strict=True):
        log.answer(p, "w1", text=text)
    log.close("w1")
    log.open("k1", mode="confidential")
    log.answer("b", "k1", text="Heat, +dark")
    log.answer("a", "k1", text="héat")
    log.close("k1")
    log.at(15).open("z1")
    for p, q, v in (("a", "q1", "b"), ("a", "q2", "a c"), ("a", "q3", "false"), ("b", "q1", "a"), ("b", "q2", "a")):
        log.add(r.AnswerPut(activity="z1", round=1, q=q, v=v.split(), via="paper" if p == "b" else "phone"), p)
    log.close("z1")
    fact = r.Amended(do="add", why="other", by="fac", set={"activity": "z1", "round": 1, "q": "q3", "v": ["true"]})
    log.at(20).add(fact, "b", {"reason": "came late"})
    log.at(30).end()
    return log
