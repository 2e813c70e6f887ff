"""Two laptops, one session: words before bytes, a role from the trainer, wishes in the log as whose they are."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fieldkit import tls
from fieldkit.consoles.attach_client import Connection, Pin, WrongWords
from fieldkit.consoles.attach_far import FarDesk
from fieldkit.consoles.attach_wire import Done, In, No, Wait
from fieldkit.core import intents as w
from fieldkit.core.intents import FACILITATOR
from fieldkit.core.records import fields_of
from fieldkit.core.views import AlarmView
from fieldkit.desk import Accepted, Refused
from fieldkit.errors import FieldkitError, NotPossible
from fieldkit.log.keys import Signer, six_words
from tests.consoles.attach_kit import HELPER, Laptops, until
from tests.kit.room import DeskRoom, reason, saved


@pytest.fixture
async def laptops(tmp_path: Path) -> AsyncIterator[Laptops]:
    room = DeskRoom(tmp_path)
    await room.begin()
    made = Laptops(room)
    await made.on()
    yield made
    await made.close()
    await room.close()


async def test_a_helper_sees_the_room_and_acts_in_it_under_their_own_name(laptops: Laptops) -> None:
    """Every record that came from there says so; the trainer's do not."""
    room, far = laptops.room, laptops.far()
    ann = await room.join("Ann", "B1")
    await laptops.attach(far)
    answer = await far.submit(w.Mark(who="B1", status="excused"), FACILITATOR)
    mark = (await room.store.records())[saved(answer)]
    pairing = (await room.store.records())[far.co]
    assert pairing.k == "staff.set"
    assert pairing.private == {"name": "Kim Lee"}
    assert fields_of(pairing.fact)["role"] == "helper"
    assert (fields_of(mark.fact)["by"], fields_of(mark.fact)["co"], mark.p) == ("co", far.co, ann.p)
    await until(lambda: next(x for x in far.room_view().people if x.p == ann.p).mark == "excused")
    await room.lead(w.OpenActivity(activity="p1"))
    assert "co" not in fields_of((await room.store.records())[-1].fact)
    await until(lambda: [x.activity for x in far.room_view().open] == ["p1"])
    assert far.invited.code == room.desk.code
    await room.check()


async def test_a_helper_ticks_the_trainers_list_and_cannot_end_the_alarm(laptops: Laptops) -> None:
    """One list: what either ticks the other sees. Whose place is not on the roll is not ticked."""
    room, far = laptops.room, laptops.far()
    ann = await room.join("Ann", "B1")
    await laptops.attach(far)
    assert not far.tick(ann.p), "there is no alarm"
    await room.lead(w.Pause(why="alarm"))
    await until(lambda: far.room_view().alarm is not None)
    assert far.tick(ann.p) and not far.tick("nobody")
    await until(lambda: [x.name for x in seen(far).missing] == ["Sam Ortiz"])
    assert room.desk.pulse.mustered == {ann.p}
    assert room.desk.tick("trainer") and far.tick(ann.p, on=False)
    await until(lambda: [x.name for x in seen(far).missing] == ["Ann"])
    answer = await far.submit(w.Resume(safe=True), FACILITATOR)
    assert isinstance(answer, Refused) and answer.refusal.reason == "not-your-role"
    assert room.desk.session.alarm_m is not None


def seen(far: FarDesk) -> AlarmView:
    alarm = far.room_view().alarm
    assert alarm is not None
    return alarm


async def test_a_helper_may_not_lead_and_a_lead_may(laptops: Laptops) -> None:
    """The session is judged by its log: what the role does not include is refused there, in words."""
    helper, lead = laptops.far(), laptops.far(name="Ana Ruiz")
    await laptops.attach(helper)
    await laptops.attach(lead, "lead")
    for wish in (w.OpenActivity(activity="p1"), w.NextStep(), w.End(), w.Announce(text="hi"), w.Void(), w.Pause()):
        assert reason(await helper.submit(wish, FACILITATOR)) == "not-your-role"
    opened = await lead.submit(w.OpenActivity(activity="p1"), FACILITATOR)
    assert fields_of((await laptops.room.store.records())[saved(opened)].fact)["co"] == lead.co
    for wish in (w.PairConsole(role="lead", name="Bo"), w.UnpairConsole(co=helper.co), w.JumpClock(by=1)):
        assert reason(await lead.submit(wish, FACILITATOR)) == "not-your-role"


async def test_nothing_is_sent_to_whoever_has_other_words(laptops: Laptops) -> None:
    """Another machine with a certificate of its own stands between the two and decrypts whatever comes."""
    heard = bytearray()
    gone = asyncio.Event()

    async def read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((20).to_bytes(4, "big") + b'{"t":"hello","v":1,"')  # tempt it to answer
        try:
            while some := await reader.read(65536):
                heard.extend(some)
        except OSError:
            pass
        writer.close()
        gone.set()

    its = await asyncio.to_thread(tls.listening)
    server = await asyncio.start_server(read, "127.0.0.1", 0, ssl=its.context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(WrongWords):
            await laptops.far(port=port).open(laptops.server.words, lambda words: None)
        async with asyncio.timeout(10):
            await gone.wait()
        assert bytes(heard) == b""
        connection = await Connection.open("127.0.0.1", port, Pin(words=its.words))  # the test could fail:
        connection._writer.write(b"x")
        await until(lambda: heard)
        await connection.close()


async def test_words_are_typed_as_people_type_and_one_wrong_word_is_wrong(laptops: Laptops) -> None:
    words = laptops.server.words
    await laptops.attach(laptops.far(), words="  " + words.upper().replace(" ", "   ") + " ")
    for wrong in (" ".join(reversed(words.split())), words[:-1], "", words + " abandon"):
        with pytest.raises(WrongWords):
            await laptops.far().open(wrong, lambda said: None)
    assert not laptops.server.asking()


async def test_the_trainer_sees_the_words_of_whoever_asks_and_says_no(laptops: Laptops) -> None:
    """What the trainer is shown is the key that signed; who is turned away stays so, and is nowhere in the log."""
    signer, told = Signer.generate(HELPER), list[str]()
    opening = asyncio.create_task(laptops.far(signer, "Mallory").open(laptops.server.words, told.append))
    asking = await laptops.asks()
    assert (asking.name, asking.words) == ("Mallory", six_words(signer.vkey))
    assert asking.words != six_words(Signer.generate(HELPER).vkey)
    await until(lambda: told)
    assert told == [asking.words]
    before = laptops.room.desk.session.saved
    laptops.server.turn_away(asking.no)
    with pytest.raises(NotPossible, match="did not let"):
        await opening
    with pytest.raises(NotPossible, match="did not let"):
        await laptops.far(signer, "Sam").open(laptops.server.words, told.append)
    assert len(told) == 1
    assert laptops.room.desk.session.saved == before
    with pytest.raises(NotPossible):
        await laptops.server.let_in(asking.no, "lead")


async def test_a_wish_that_comes_again_is_done_once(laptops: Laptops) -> None:
    """With its id over a new line: already. The same frame over the same line: hung up."""
    signer, id = Signer.generate(HELPER), "A" * 22
    one = await laptops.insider(signer)
    await one.wish(w.CheckIn(new_p="", badge="B7", name="Dee"), id)
    first = await one.answer()
    assert isinstance(first, Done)
    assert first.result == "accepted"
    again = await laptops.insider(signer)
    assert again.co == one.co
    assert await one.answer() == No("elsewhere")
    await again.wish(w.CheckIn(new_p="", badge="B7", name="Dee"), id)
    second = await again.answer()
    assert isinstance(second, Done)
    assert (second.result, second.saved) == ("already", first.saved)
    await again.wish(w.CheckIn(new_p="", badge="B8", name="Eve"), id, n=again.n)
    assert isinstance(await again.answer(), No)
    assert await again.answer() is None
    assert laptops.room.desk.session.joined == 1


async def test_a_note_is_good_for_one_connection_only(laptops: Laptops) -> None:
    """Somebody who has it, and even the key of the connection it was for, cannot use it again."""
    signer = Signer.generate(HELPER)
    one = await laptops.stranger()
    note = await one.ask(signer)
    assert isinstance(await one.hear(), Wait)
    two = await laptops.stranger()
    two.hello = one.hello
    assert await two.ask(signer) == note
    assert await two.hear() == No("note")
    assert await two.hear() is None
    three = await laptops.stranger()
    three.key_hash = bytes(32)  # a note for another listener, with this connection's nonce
    await three.ask(signer)
    assert isinstance(await three.hear(), No)
    assert len(laptops.server.asking()) == 1


async def test_people_get_their_ids_at_the_trainers_laptop(laptops: Laptops) -> None:
    """A console cannot make a newcomer be somebody who is here already."""
    room, far = laptops.room, laptops.far()
    ann = await room.join("Ann", "B1")
    await laptops.attach(far)
    answer = await far.submit(w.CheckIn(new_p=ann.p, badge="B2", name="Mallory"), FACILITATOR)
    assert isinstance(answer, Accepted)
    assert answer.p != ann.p
    assert room.desk.session.people[ann.p].name == "Ann"


async def test_whoever_is_thrown_out_can_do_nothing_more(laptops: Laptops) -> None:
    """At once, for the record, and whatever was still on its way."""
    signer = Signer.generate(HELPER)
    far = laptops.far(signer)
    staying = await laptops.attach(far)
    inside = laptops.room.desk.session.staff[-1]
    assert isinstance(await laptops.server.throw_out(far.co), Accepted)
    ended = await asyncio.wait_for(staying, 10)
    assert "ended your console" in ended.sentence
    with pytest.raises(FieldkitError):
        await far.submit(w.LowerHand(), FACILITATOR)
    assert inside not in laptops.room.desk.session.staff
    last = (await laptops.room.store.records())[-1]
    assert (last.k, fields_of(last.fact).get("off")) == ("staff.set", True)
    with pytest.raises(NotPossible):
        await laptops.far(signer).open(laptops.server.words, lambda words: None)


async def test_a_role_that_ended_while_a_wish_was_on_its_way_is_refused(laptops: Laptops) -> None:
    """By the rules: nothing depends on the listener having noticed."""
    one = await laptops.insider(Signer.generate(HELPER))
    await laptops.room.lead(w.UnpairConsole(co=one.co))
    await one.wish(w.CheckIn(new_p="", badge="B7", name="Dee"), "B" * 22)
    found = [await one.answer(), await one.answer()]
    assert No("out") in found
    assert laptops.room.desk.session.joined == 0


async def test_the_line_breaks_and_is_taken_up_again(laptops: Laptops) -> None:
    """Nothing is typed or confirmed again while the listener is the same one; a wish made meanwhile is done once."""
    far = laptops.far()
    staying = await laptops.attach(far)
    co = far.co
    next(iter(laptops.server._lines.values()))._writer.transport.abort()
    await until(lambda: far.failing is not None)
    assert "Not connected" in str(far.failing)
    await until(lambda: far.failing is None)
    assert far.co == co
    assert isinstance(await far.submit(w.CheckIn(new_p="", badge="B1", name="Ann"), FACILITATOR), Accepted)
    await laptops.server.stop()
    ended = await asyncio.wait_for(staying, 10)
    assert "switched second consoles off" in ended.sentence


async def test_switched_on_again_it_has_other_words_and_knows_whom_it_let_in(laptops: Laptops) -> None:
    """A laptop that is still in the log types the new words and is in; the old ones reach nobody."""
    signer, words = Signer.generate(HELPER), laptops.server.words
    await laptops.attach(laptops.far(signer))
    before = laptops.room.desk.session.saved
    await laptops.server.stop()
    assert (laptops.server.on, laptops.server.words, laptops.server.live()) == (False, "", frozenset())
    with pytest.raises(FieldkitError, match="Nobody answers"):
        await laptops.far(signer, port=9).open(words, lambda said: None)
    await laptops.on()
    assert laptops.server.words != words
    with pytest.raises(WrongWords):
        await laptops.far(signer).open(words, lambda said: None)
    asked = list[str]()
    far = laptops.far(signer)
    await far.open(laptops.server.words, asked.append)
    await far.close()
    assert not asked
    assert laptops.room.desk.session.saved == before


async def test_a_refused_pairing_lets_nobody_in(laptops: Laptops) -> None:
    """Once the session has ended no new console comes in; whoever asks goes on waiting and is told."""
    await laptops.room.lead(w.End())
    one = await laptops.stranger()
    await one.ask(Signer.generate(HELPER))
    assert isinstance(await one.hear(), Wait)
    asking = await laptops.asks()
    assert isinstance(await laptops.server.let_in(asking.no, "helper"), Refused)
    laptops.server.turn_away(asking.no)
    assert not isinstance(await one.hear(), In)
