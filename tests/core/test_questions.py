"""Which questions wait for an expert, and which answer of head office holds."""

from __future__ import annotations

from itertools import permutations

from fieldkit.core import records as r
from fieldkit.core.office import about, corrected, filed_under, ref_of
from fieldkit.core.questions import Reply, newest, reply_of, waiting
from fieldkit.core.records import Record, Ref
from tests.core.logbook import Logbook

ME, MATE = "aaaaaaaa", "bbbbbbbb"
ASKED = Ref(i=4, leaf="0" * 64, o="a.b/dev/7q2k/000001-k3m9w2p4")


def meeting() -> tuple[Logbook, int]:
    log = Logbook()
    for p in (ME, MATE):
        log.add(r.PersonJoined(via="phone", device="phone", ev=["lan"], walkin=True), p, {"name": "Ann [/] Lee"})
    return log, log.add(r.Said(), ME, {"text": "Who pays for the lock?"})


def refs(log: Logbook) -> list[int]:
    return [one.ref for one in waiting(log.session)]


def said(i: int, t: int, *, closed: bool = False, log: str = "office", ref: Ref = ASKED, text: str = "x") -> Reply:
    fact = r.QuestionAnswered(closed=True if closed else None, ref=ref)
    found = reply_of(log, Record(i, 0, t, fact, ME, private={"text": text, "name": "Zoë"}))
    assert found is not None
    return found


def test_a_question_waits_while_it_is_kept_for_the_expert_and_nobody_dealt_with_it() -> None:
    log, ref = meeting()
    assert refs(log) == []
    log.add(r.SayParked(ref=ref))
    assert refs(log) == [ref]
    for kind in (r.SayDone, r.SayHidden):
        log.add(kind(ref=ref))
        assert refs(log) == [], kind
        log.add(kind(ref=ref, off=True))
        assert refs(log) == [ref], kind
    log.add(r.SayParked(ref=ref, off=True))
    assert refs(log) == []


def test_words_that_are_gone_wait_for_nobody_and_others_stay_in_their_order() -> None:
    log, ref = meeting()
    gone = log.add(r.Said(), MATE, {"text": ""})
    other = log.add(r.Said(activity="talk"), MATE, {"text": "And the key?"})
    for one in (other, gone, ref):
        log.add(r.SayParked(ref=one))
    assert refs(log) == [ref, other]


def test_the_newest_answer_holds_in_whatever_order_they_are_read() -> None:
    other = Ref(i=4, leaf="0" * 64, o="another")
    every = [said(1, 10), said(2, 20, closed=True), said(3, 20), said(9, 15, log="zz"), said(4, 99, ref=other)]
    for order in permutations(every):
        found = newest(order)
        assert found[ASKED.o, 4].at == 3 and found["another", 4].at == 4
    assert newest([]) == {}


def test_an_answer_says_what_it_is_and_nothing_once_it_is_erased() -> None:
    one = said(1, 10, closed=True)
    assert (one.state, one.text, one.name) == ("closed", "x", "Zoë")
    bare = reply_of("office", Record(1, 0, 10, r.QuestionAnswered(ref=ASKED), ME))
    assert bare is not None and (bare.state, bare.text, bare.name) == ("answered", "", "")
    for fact in (r.QuestionAnswered(), r.QuestionAnswered(ref=Ref(i=1, leaf="0" * 64)), r.SayParked(ref=1)):
        assert reply_of("office", Record(1, 0, 10, fact, ME)) is None, "it names no question of another log"


def test_an_answer_changes_nothing_of_the_session_and_is_filed_under_it() -> None:
    """It is no correction: no sheet is old by it, and it goes with whom it is about."""
    log, ref = meeting()
    log.add(r.SayParked(ref=ref))
    about_it = Ref(i=ref, leaf="0" * 64, o=log.session.origin)
    record = Record(1, 0, 10, r.QuestionAnswered(ref=about_it), ME, private={"text": "x"})
    before = repr(log.session)
    assert repr(corrected(log.session, [("office", record)])) == before
    assert ref_of(record) is None and not about(log.session.origin, record) and filed_under(record) == about_it
