"""`attest` on a real data folder, and what `show`, `verify` and the desk make of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from fieldkit.core import intents as w
from fieldkit.core.intents import FACILITATOR
from fieldkit.desk import Accepted, Desk, Refused
from fieldkit.log import facilitators
from fieldkit.log.lock import Lock
from fieldkit.log.schema import lock_path
from fieldkit.packs.compile import compile_pack
from fieldkit.station import Setup, Station
from tests.cli.kit import fieldkit
from tests.house.tree import ROOT
from tests.kit.room import DeskRoom

SECRET = "correct horse battery"


def make(data: Path, *, end: bool = True) -> None:
    """A data folder with one session of the blank pack."""

    async def run() -> None:
        station = Station.open(data)
        begun = await station.start(
            Setup(pack=compile_pack(ROOT / "content_packs" / "toolbox-blank"), facilitator="Sam Ortiz")
        )
        desk = Desk(begun.store, begun.plan, station.clock, begun.secret, begun.code)
        await desk.start()
        await desk.submit(w.End() if end else w.Pause(why="exit"), FACILITATOR)
        station.remember(desk.store)
        await desk.close()

    asyncio.run(run())


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """One ended session and one key behind a passphrase."""
    make(tmp_path / "data")
    facilitators.make(tmp_path / "data", "laptop.fieldkit", "9k3m", SECRET)
    return tmp_path / "data"


def passphrase(folder: Path, text: str) -> str:
    path = folder / "pass.txt"
    path.write_text(text + "\n", "utf-8")
    return str(path)


def test_a_session_is_signed_and_every_command_says_so(home: Path, tmp_path: Path) -> None:
    """attest → show, fsck, bundle, verify; a correction by hand later does not take it away."""
    before = fieldkit("show", "last", "--json", home=home).document
    done = fieldkit("attest", "last", "--passphrase-file", passphrase(tmp_path, SECRET), "--json", home=home)
    assert done.code == 0 and SECRET not in done.talk + done.text, done
    assert done.document["record"] == before["size"] and "I led this session" in done.talk
    (told,) = fieldkit("show", "last", "--json", home=home).document["attested"]
    assert (told["role"], told["meaning"], told["name"]) == ("trainer", "held", "Sam Ortiz")
    assert (told["size"], told["known"]) == (before["size"] + 1, False)
    shown = fieldkit("show", "last", home=home).text
    assert "Sam Ortiz (laptop.fieldkit/fac/9k3m), trainer: “I led this session" in shown
    assert "the key is not known here" in shown
    assert fieldkit("fsck", home=home).code == 0
    made = fieldkit("bundle", "--plain", "-o", str(tmp_path / "b.fkb"), "--json", home=home).document["file"]
    verified = fieldkit("verify", made, "--json", home=home)
    assert verified.code == 0 and verified.document["sessions"][0]["attested"][0]["meaning"] == "held"
    assert "“I led this session" in fieldkit("verify", made, home=home).text


def test_a_wrong_passphrase_signs_nothing(home: Path, tmp_path: Path) -> None:
    """One sentence, exit code 1, the log as it was; the passphrase is nowhere."""
    before = fieldkit("show", "last", "--json", home=home).document
    done = fieldkit("attest", "last", "--passphrase-file", passphrase(tmp_path, "wrong " + SECRET), home=home)
    assert (done.code, done.text) == (1, "") and "does not open the key" in done.talk and SECRET not in done.talk
    assert fieldkit("show", "last", "--json", home=home).document == before
    for path in home.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes()


def test_what_cannot_be_signed_says_why(home: Path, tmp_path: Path) -> None:
    """No key, several keys, no such meaning, a session that is not over, one that a host has open."""
    pass_ = ("--passphrase-file", passphrase(tmp_path, SECRET))
    assert fieldkit("attest", "last", "--meaning", "liked", *pass_, home=home).code == 2
    assert fieldkit("attest", "last", "--key", "nobody", *pass_, home=home).code == 1
    station = Station.open(home)
    lock = Lock(lock_path(station.find("last").path))
    try:
        assert fieldkit("attest", "last", *pass_, home=home).code == 3
    finally:
        lock.release()
    facilitators.make(home, "laptop.fieldkit", "second", SECRET)
    several = fieldkit("attest", "last", *pass_, home=home)
    assert several.code == 2 and "9k3m, second" in several.talk
    assert fieldkit("attest", "last", "--key", "second", *pass_, home=home).code == 0
    make(tmp_path / "running", end=False)
    running = fieldkit("attest", "last", *pass_, home=tmp_path / "running")
    assert running.code == 1 and "has ended" in running.talk
    make(tmp_path / "keyless")
    keyless = fieldkit("attest", "last", *pass_, home=tmp_path / "keyless")
    assert keyless.code == 1 and "key facilitator new" in keyless.talk


async def test_the_desk_takes_no_signature_without_its_signer(tmp_path: Path) -> None:
    """A `sign.by` wish from wherever is refused; with the key it names it is one record, however often it is sent."""
    room = DeskRoom(tmp_path)
    desk = await room.begin()
    await room.lead(w.End())
    (tmp_path / "laptop" / "keys").mkdir(parents=True)
    facilitators.make(tmp_path / "laptop", "ld.acme.example", "9k3m", None)
    signer = facilitators.unlock(tmp_path / "laptop", "9k3m", None)
    wish = w.SignOff(role="trainer", key=signer.name, meaning="held", name="Sam Ortiz")
    assert isinstance(await desk.submit(wish, FACILITATOR), Refused)
    other = w.SignOff(role="trainer", key="ld.acme.example/fac/zzzz", meaning="held")
    assert isinstance(await desk.submit(other, FACILITATOR, signer=signer), Refused)
    odd = w.SignOff(role="trainer", key=signer.name, meaning="liked")
    assert isinstance(await desk.submit(odd, FACILITATOR, signer=signer), Refused)
    room.store.fail("kept")  # the commit is on the disk, and the desk does not know
    first = await desk.submit(wish, FACILITATOR, id="s" * 22, signer=signer)
    again = await desk.submit(wish, FACILITATOR, id="s" * 22, signer=signer)
    assert not isinstance(first, Refused) and not isinstance(first, Accepted) and again == first
    assert [(x.key, x.meaning) for x in desk.session.signs] == [(signer.name, "held")]
    await desk.close()
