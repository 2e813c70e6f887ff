"""A session says which part of a program it is, and what it makes up: from the command line to `session.open`."""

from __future__ import annotations

from pathlib import Path

import pytest

from fieldkit.cli.compiled import compile_for
from fieldkit.cli.takeover import lock_of
from fieldkit.cli.within import begin_within, within_of
from fieldkit.core import records as r
from fieldkit.core.program import Within
from fieldkit.log.lock import AnotherHost
from fieldkit.log.read import SessionFile
from fieldkit.station import SessionRef, Setup, Station
from tests.cli.kit import fieldkit
from tests.kit.central import NOON
from tests.kit.clock import ManualClock

FAR = "ld.acme.example/dev/9k3m/000004-k3m9w2p4"


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return Station.open(tmp_path / "laptop", clock=ManualClock(NOON * 1000))


async def begun(station: Station, within: Within | None, kind: str = "") -> r.SessionOpened:
    def chosen(station: Station, *, told: list[str] | None) -> Setup | SessionRef:
        return Setup(compile_for(station, "toolbox-blank", ""), kind=kind)

    setup = begin_within(chosen, within)(station, told=[])
    assert isinstance(setup, Setup)
    await (await station.start(setup)).store.close()
    with SessionFile.open(station.sessions()[-1].path) as file:
        fact = file.record(0).fact
    assert isinstance(fact, r.SessionOpened)
    return fact


async def test_what_was_typed_stands_in_the_opening(station: Station) -> None:
    plain = await begun(station, within_of(station.home, "", "", ""))
    assert (plain.program, plain.part, plain.cohort, plain.makes_up) == (None, None, None, None)
    whole = await begun(station, within_of(station.home, "press-operator/observed", "2026-autumn", "1"))
    first = station.sessions()[0].origin
    assert (whole.program, whole.part, whole.cohort, whole.makes_up) == (
        "press-operator",
        "observed",
        "2026-autumn",
        first,
    )
    assert (plain.session_kind, whole.session_kind) == ("toolbox", "makeup")
    far = await begun(station, within_of(station.home, "", "", FAR), kind="class")
    assert (far.makes_up, far.session_kind) == (FAR, "class")


def test_a_session_that_goes_on_keeps_what_it_began_with(station: Station) -> None:
    ref = SessionRef(1, "k3m9w2p4", FAR, station.home / "x.db")
    told: list[str] = []

    def chosen(station: Station, *, told: list[str] | None) -> Setup | SessionRef:
        return ref

    assert begin_within(chosen, Within("p", "a"))(station, told=told) is ref
    assert told == ["--part, --cohort and --makes-up not used: a session that goes on keeps what it began with."]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--part", "observed"), "is no part of a program"),
        (("--part", "Ann [/] Lee/x"), "is no part of a program"),
        (("--part", "\x1b[2J/a"), "is no part of a program"),
        (("--cohort", "a b"), "cannot be a cohort"),
        (("--cohort", "x" * 9999), "cannot be a cohort"),
        (("--makes-up", "../../etc"), "is no session"),
    ],
)
def test_what_says_nothing_is_refused_before_a_session_begins(tmp_path: Path, args: tuple[str, ...], said: str) -> None:
    done = fieldkit("host", "toolbox-blank", "--headless", *args, home=tmp_path / "laptop")
    assert (done.code, said in done.talk) == (2, True), done.talk
    assert "\x1b" not in done.talk
    assert not list((tmp_path / "laptop").glob("sessions/*"))


def test_a_session_that_is_not_here_cannot_be_made_up(tmp_path: Path) -> None:
    assert fieldkit("host", "--headless", "--makes-up", "last", home=tmp_path / "laptop").code == 1


def test_what_is_open_is_said_where_no_session_runs(tmp_path: Path) -> None:
    """The home screen of another window holds the folder: no host runs there that could be ended."""
    home = tmp_path / "laptop"
    lock = Station.open(home).lock()
    try:
        done = fieldkit("host", "toolbox-blank", "--headless", home=home)
        with pytest.raises(AnotherHost, match="no session runs"):  # what the terminal app asks
            lock_of(Station.open(home))
    finally:
        lock.release()
    assert done.code == 3 and "fieldkit is open in another window, where no session runs." in done.talk
    assert "Another host" not in done.talk and "Begin the session there" in done.talk
