"""Questions that were kept for the expert, at head office: what waits for whom, what an answer is, what is erased."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from fieldkit.core.questions import MOST
from fieldkit.errors import NotPossible, WrongUsage
from fieldkit.log.line import read_line
from fieldkit.log.merkle import leaf_hash
from fieldkit.sync.central import policy, questions
from fieldkit.sync.central.digest import parked
from fieldkit.sync.central.digest.parked import Whom
from fieldkit.sync.central.erase import erase
from fieldkit.sync.central.export import made
from tests.cli.kit import Done, fieldkit
from tests.kit.central import NOON, Laptop, Office, bundle
from tests.sync.asked import ANSWER, BADGE, WHAT, answer, answered, asked, at, waiting
from tests.sync.digested import as_folded, caught_up
from tests.sync.test_desk_log import with_desk

SAID = (
    "<script>alert(1)</script>",
    "Ann [/] Lee\u202e",
    "\x1b]0;x\x07 ESC",
    "x' OR 1=1 --",
    "=cmd|'/c'!A1",
    "y" * 4000,
)


@pytest.fixture
async def office(tmp_path) -> Office:  # type: ignore[no-untyped-def]
    office = await Office.make(tmp_path)
    with_desk(office)
    return office


@pytest.fixture
def laptop(office: Office) -> Laptop:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    return laptop


async def test_what_is_kept_for_the_expert_waits_and_nothing_else(office: Office, laptop: Laptop) -> None:
    log = asked(laptop, WHAT, "And the key?", site="Hall 3", title="Lockout")
    other = asked(laptop, "Not for the expert", park=False)
    await office.take(bundle(log), bundle(other))
    found = await waiting(office)
    assert [(one.i, one.text) for one in found] == [(3, WHAT), (5, "And the key?")]
    one = found[0]
    assert (one.title, one.site, one.pack, one.number) == ("Lockout", "Hall 3", "tiny 1.0.0", f"{log.origin}#3")
    assert "Zoë" not in repr(found) and "person01" not in repr(found), "nobody is named who asked"
    dealt = log.upto(log.size - 1).add("say.done", {"ref": 3}).add("say.park", {"ref": 5, "off": True}).close()
    fresh = Laptop.named("8q2k")
    office.enrol(fresh)
    mine = asked(fresh, WHAT)
    await office.take(bundle(mine.upto(mine.size - 1)))
    assert len(await waiting(office)) == 3
    await office.take(bundle(mine.upto(mine.size - 1).add("say.done", {"ref": 3}).close()))
    assert {x.origin for x in await waiting(office)} == {log.origin}, "it was answered in the room after all"
    assert dealt.size > log.size
    await as_folded(office)


async def test_an_answer_is_a_record_of_head_office_and_the_session_stays_as_it_is(
    office: Office, laptop: Laptop
) -> None:
    log = asked(laptop)
    await office.take(bundle(log))
    before = await office.stored()
    async with at(office) as db:
        sheet = (await made(db, office.home, log.origin, "discussion", "csv")).data
    done = await answer(office, log.origin)
    assert done.new and await waiting(office) == []
    (one,) = await answered(office)
    assert (one.state, one.answer, one.by, one.at, one.log) == ("answered", ANSWER, "Dr. Ö", NOON * 1000, done.log)
    own, _, i = done.log.rpartition("#")
    async with at(office) as db, db.reading() as tx:
        line, stored = await tx.line(own, int(i)), await tx.stored(own)
        assert line is not None and stored is not None and b"Two locks" not in line and b"Dr. " not in line
        read = read_line(line)
        assert read.k == "question.answer" and read.p == "person01"
        assert read.d == {"ref": {"i": 3, "leaf": leaf_hash(log.lines[3]).hex(), "o": log.origin}}
        assert stored.checkpoint.count(b"\xe2\x80\x94") == 2, "signed by the device, cosigned by central"
    async with at(office) as db:
        assert (await made(db, office.home, log.origin, "discussion", "csv")).data == sheet
    assert {o: x for o, x in (await office.stored()).items() if o == log.origin} == before
    await as_folded(office)


async def test_the_same_words_once_more_are_no_second_record_and_others_take_their_place(
    office: Office, laptop: Laptop
) -> None:
    log = asked(laptop)
    await office.take(bundle(log))
    first = await answer(office, log.origin)
    again = await answer(office, log.origin, text=f"  {ANSWER}\n", name="Somebody else")
    assert (again.log, again.new) == (first.log, False)
    other = await answer(office, log.origin, text="Three.")
    assert other.new and [one.answer for one in await answered(office)] == ["Three."]
    closed = await answer(office, log.origin, text="Three.", closed=True)
    assert closed.new and [(x.state, x.answer) for x in await answered(office)] == [("closed", "Three.")]
    back = await answer(office, log.origin)
    assert back.new and [(x.state, x.log) for x in await answered(office)] == [("answered", back.log)]
    both = await asyncio.gather(*(answer(office, log.origin, text="At once.") for _ in range(3)))
    assert sorted(one.new for one in both) == [False, False, True] and len({one.log for one in both}) == 1
    await as_folded(office)


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u200b\u202e", "x" * (MOST + 1), "\U0001f512" * 1600])
async def test_words_that_cannot_be_kept_are_refused(office: Office, laptop: Laptop, text: str) -> None:
    log = asked(laptop)
    await office.take(bundle(log))
    with pytest.raises(WrongUsage):
        await answer(office, log.origin, text=text)
    assert len(await waiting(office)) == 1


async def test_what_nobody_asked_cannot_be_answered(office: Office, laptop: Laptop) -> None:
    log, silent = asked(laptop), asked(laptop, "Not for the expert", park=False)
    await office.take(bundle(log), bundle(silent))
    for origin, i in ((log.origin, 0), (log.origin, 4), (log.origin, 99), (silent.origin, 3), ("x", 3), ("'; --", 3)):
        with pytest.raises(NotPossible):
            await answer(office, origin, i)
    own = (await answer(office, log.origin)).log.rpartition("#")[0]
    with pytest.raises(NotPossible):
        await answer(office, own, 1)
    for text in ("", "x", "#3", f"{log.origin}#", f"{log.origin}#-1", f"{log.origin}#3.0", f"{log.origin}#{'9' * 12}"):
        with pytest.raises(WrongUsage):
            questions.numbered(text)
    bare = await Office.make(office.folder / "bare")
    bare.enrol(laptop)
    await bare.take(bundle(log))
    with pytest.raises(NotPossible, match="no device of its own"):
        await answer(bare, log.origin)


async def test_hostile_words_are_kept_as_they_are_and_sorted_by_nobody(office: Office, laptop: Laptop) -> None:
    log = asked(laptop, *SAID)
    await office.take(bundle(log))
    found = await waiting(office)
    assert [one.i for one in found] == [3 + 2 * n for n in range(len(SAID))]
    assert found[-1].text == "y" * 4000 and "\x1b" not in found[2].text and "\u202e" not in found[1].text
    for one in found:
        await answer(office, one.origin, one.i, text=one.text[:1999], name=one.text)
    assert len(await answered(office)) == len(SAID) and await waiting(office) == []
    await as_folded(office)


async def test_a_site_a_trainer_and_head_office_see_what_is_theirs(office: Office, laptop: Laptop) -> None:
    fac = "ld.acme.example/fac/9k3m"
    here = asked(laptop, "Here?", site="Hall 3", fac=fac)
    there = asked(laptop, "There?", site="Yard")
    kept = asked(laptop, "Kept?", site="Hall 3", fac=fac, policy={"locked": ["discussion"]})
    await office.take(*map(bundle, (here, there, kept)))
    texts = {x: [one.text for one in await waiting(office, x)] for x in (
        parked.ALL, Whom(sites=("hall  3",)), Whom(sites=("Yard", "x")), Whom(sites=()), Whom(fac=fac), Whom(fac=""),
    )}  # fmt: skip
    assert sorted(texts.pop(parked.ALL)) == ["Here?", "Kept?", "There?"]
    assert list(texts.values()) == [["Here?"], ["There?"], [], ["Here?"], []]
    async with at(office) as db, db.reading() as tx:
        yard = Whom(sites=("Yard",))
        assert await parked.one(tx, yard, here.origin, 3) is None
        assert await parked.one(tx, yard, there.origin, 3) is not None
        assert await parked.one(tx, parked.ALL, there.origin, 4) is None


async def test_pages_of_the_list_meet_at_their_key(office: Office, laptop: Laptop) -> None:
    log = asked(laptop, *(f"Question {n}?" for n in range(9)))
    await office.take(bundle(log))
    await caught_up(office)
    for n in range(4):
        office.now += 1
        await answer(office, log.origin, 3 + 2 * n)
    async with at(office) as db, db.reading() as tx:
        whole = await parked.open_ones(tx, parked.ALL, None, 99)
        first = await parked.open_ones(tx, parked.ALL, None, 2)
        rest = await parked.open_ones(tx, parked.ALL, (first[-1].t, first[-1].origin, first[-1].i), 99)
        assert [*first, *rest] == whole and len(whole) == 5
        newest = await parked.answered(tx, parked.ALL, None, 3)
        last = await parked.answered(tx, parked.ALL, (newest[-1].said, newest[-1].origin, newest[-1].i), 99)
        assert [one.i for one in (*newest, *last)] == [9, 7, 5, 3]


async def test_who_is_erased_takes_question_and_answer_along(office: Office, laptop: Laptop) -> None:
    """Their words stand in no byte of a database that is a file, the record of the answer stays."""
    log, other = asked(laptop), asked(laptop, "Open?", "Answered?")
    await office.take(bundle(log), bundle(other))
    await answer(office, log.origin, text="A secret answer")
    await erase(office.home, other.origin, "", [3], "request", NOON)
    assert await waiting(office) == [] or [x.text for x in await waiting(office)] == ["Answered?"]
    with pytest.raises(NotPossible, match=r"erased|Nobody waits"):
        await answer(office, other.origin, 3)
    await answer(office, other.origin, 5)
    await erase(office.home, "all", BADGE, [], "request", NOON)
    assert await waiting(office) == []
    found = await answered(office)
    assert [(x.text, x.answer, x.by) for x in found] == [("", "", "")] * 2
    assert b"secret" not in office.raw() and WHAT.encode() not in office.raw()
    with pytest.raises(NotPossible, match="erased"):
        await answer(office, log.origin)
    await as_folded(office)


async def test_one_answer_can_be_erased_by_its_own_record(office: Office, laptop: Laptop) -> None:
    log = asked(laptop)
    await office.take(bundle(log))
    own, _, i = (await answer(office, log.origin, text="It names Bo")).log.rpartition("#")
    await erase(office.home, own, "", [int(i)], "mistake", NOON)
    (one,) = await answered(office)
    assert (one.text, one.answer) == (WHAT, "") and b"It names Bo" not in office.raw()
    assert (await answer(office, log.origin, text="Two.")).new
    assert [x.answer for x in await answered(office)] == ["Two."]


async def test_what_a_laptop_erased_or_whose_days_are_over_is_shown_no_more(office: Office, laptop: Laptop) -> None:
    log = asked(laptop)
    await office.take(bundle(log))
    await answer(office, log.origin)
    gone = {i: raw for i, raw in log.openings.items() if i != 3}
    told = replace(log, openings=gone).add("erase", {"refs": [3], "why": "request"})
    await office.take(bundle(told))
    assert [(x.text, x.answer) for x in await answered(office)] == [("", "")]
    policy.put(office.home, "retention tiny 1 duty 29 CFR 1910.147", office.now)
    async with at(office) as db:
        await policy.retire(office.home, db, office.now + 400 * policy.DAY)
    assert b"Two locks" not in office.raw()


async def test_two_histories_wait_for_a_decision_and_other_logs_say_nothing(office: Office, laptop: Laptop) -> None:
    log = asked(laptop)
    fork = log.upto(log.size - 1).add("say.done", {"ref": 3}).close()
    await office.take(bundle(log))
    await answer(office, log.origin)
    await office.take(bundle(fork))
    assert (await waiting(office), await answered(office)) == ([], [])
    with pytest.raises(NotPossible, match="two histories"):
        await answer(office, log.origin)
    stranger = Laptop.named("9q2k")
    office.enrol(stranger)
    ref = {"i": 3, "leaf": leaf_hash(log.lines[3]).hex(), "o": log.origin}
    lying = stranger.session(kind="desk").add("question.answer", {"ref": ref}, p="person01", private={"text": "Lies"})
    await office.take(bundle(lying.close()))
    assert await answered(office) == []


async def test_the_commands_say_what_the_pages_say(office: Office, laptop: Laptop) -> None:
    log = asked(laptop, *SAID[:3])
    await office.take(bundle(log))
    home = str(office.home.path)
    which = f"{log.origin.rpartition('/')[2]}#3"

    async def run(*args: str) -> Done:
        return await asyncio.to_thread(fieldkit, "central", "question", *args, "--home", home)

    listed = await run("list")
    assert listed.code == 0 and "<script>" in listed.text and "\x1b" not in listed.text and "\u202e" not in listed.text
    found = (await run("list", "--json")).document
    assert [one["record"] for one in found["questions"]] == [3, 5, 7] and found["more"] is False
    path = office.folder / "answer.txt"
    path.write_text("\ufeffTwo locks,\none for each circuit.\n", "utf-8")
    done = await run("answer", which, "--file", str(path), "--by", "Zoë [/]", "--json")
    assert done.code == 0 and done.document["new"] is True and done.document["question"].endswith("#3")
    assert (await run("answer", which, "--text", ANSWER)).text.startswith("already  ")
    assert (await run("answer", f"{log.origin}#5", "--close", "Asked twice.")).text.startswith("recorded  ")
    old = (await run("list", "--answered")).text
    assert f"→ {ANSWER}" in old and "Zoë [/]" in old and "→ closed: Asked twice." in old
    assert len(json.loads((await run("list", "--json", "--answered")).out)["questions"]) == 2
    path.write_bytes(b"\xff\xfe\x00")
    for wrong in (
        ("answer", which), ("answer", which, "--text", "x", "--close", "y"), ("answer", "x", "--text", "x"),
        ("answer", which, "--file", str(path)), ("answer", which, "--text", "x" * 2001),
        ("answer", which, "--file", str(office.folder / "none")), ("answer", f"{log.origin}#99", "--text", "x"),
        ("answer", "000099-zzzzzzzz#1", "--text", "x"),
    ):  # fmt: skip
        bad = await run(*wrong)
        assert bad.code in (1, 2, 3, 4) and not bad.out and "Traceback" not in bad.talk, wrong
