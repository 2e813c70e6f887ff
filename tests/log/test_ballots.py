"""The ballots of open anonymous rounds as files: what stands in them, what a power cut leaves, what is taken away."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.core.plan import Activity
from fieldkit.core.rulings.ballots import Box, Vote
from fieldkit.core.session import Session
from fieldkit.core.state import Round
from fieldkit.core.tally_keys import coded, uncoded
from fieldkit.errors import DiskFull, FieldkitError
from fieldkit.log.ballots import LONG_AGO_NS, Ballots, folder_of, sweep
from tests.kit.anonymous import ANONYMOUS, FaultyBallots

ORIGIN = "ld.acme.example/dev/7q2k/000001-k3m9w2p4"
KEY = ("p1", 1)


def session(*rounds: tuple[str, int]) -> Session:
    """A fold in which these rounds are open."""
    made = Session(origin=ORIGIN, plan=ANONYMOUS)
    for id, no in rounds:
        one = Activity(id=id, type="poll", text=["?"], mode="anonymous")
        made.open_rounds[id] = Round(one, no, "anonymous", 5, 0, 0)
    return made


def vote(p: str, *keys: str, texts: tuple[str, ...] = (), key: tuple[str, int] = KEY) -> Vote:
    return Vote(*key, p, keys, texts, 5)


def ballots(folder: Path, *, cls: type[Ballots] = Ballots, origin: str = ORIGIN) -> Ballots:
    made = cls(folder, origin, os.urandom)
    made.load(session(KEY))
    return made


def one_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def test_the_file_is_what_the_format_says(tmp_path: Path) -> None:
    """Canonical JSON: sorted keys, texts and voters; nothing of time, order or intent."""
    box = ballots(tmp_path / "b")
    box.cast(KEY, [vote("zzzzzzzz", "b", texts=("zwei",)), vote("aaaaaaaa", "a", "b", texts=("eins",))])
    path = one_file(tmp_path / "b")
    assert path.read_bytes() == (
        b'{"activity":"p1","counts":{"a":1,"b":2},"origin":"%s","round":1,"texts":["eins","zwei"],'
        b'"voted":["aaaaaaaa","zzzzzzzz"]}' % ORIGIN.encode()
    )
    assert len(path.name) == 32 and set(path.name) <= set("0123456789abcdef")


@pytest.mark.skipif(sys.platform == "win32", reason="modes and folder times mean little there")
def test_neither_file_nor_folder_shows_when_the_last_vote_came(tmp_path: Path) -> None:
    """The times that can be set are set; the file is nobody else's to read."""
    ballots(tmp_path / "b").cast(KEY, [vote("aaaaaaaa", "a")])
    path = one_file(tmp_path / "b")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (path.stat().st_mtime_ns, path.parent.stat().st_mtime_ns) == (LONG_AGO_NS, LONG_AGO_NS)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


VOTES = st.lists(
    st.tuples(st.lists(st.sampled_from("abc"), unique=True), st.lists(st.text(max_size=5), max_size=3)), max_size=8
)


@given(VOTES, st.randoms(use_true_random=False), st.integers(1, 8))
def test_a_box_is_the_same_whatever_the_order(made: list[tuple[list[str], list[str]]], dice: object, cut: int) -> None:
    """Votes dealt to the same people in another way and in other batches add up to an equal box."""
    people = [f"p{k:07d}" for k in range(len(made))]
    votes = [vote(p, *keys, texts=tuple(texts)) for p, (keys, texts) in zip(people, made, strict=True)]
    shuffled = list(made)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]
    dealt = [vote(p, *keys, texts=tuple(texts)) for p, (keys, texts) in zip(people[::-1], shuffled, strict=True)]
    whole = Box().with_votes(votes)
    parts = Box()
    for at in range(0, len(dealt), cut):
        parts = parts.with_votes(dealt[at : at + cut])
    assert whole == parts
    assert (list(whole.counts), whole.texts) == (list(parts.counts), parts.texts)


def test_the_first_vote_of_a_participant_stands(tmp_path: Path) -> None:
    """Also when both come in one batch, or the second after a restart."""
    box = ballots(tmp_path)
    box.cast(KEY, [vote("aaaaaaaa", "a"), vote("aaaaaaaa", "b")])
    again = ballots(tmp_path)
    again.cast(KEY, [vote("aaaaaaaa", "c")])
    assert again.box(KEY) == Box({"a": 1}, [], {"aaaaaaaa"}) == ballots(tmp_path).box(KEY)


def test_what_was_cast_is_there_after_the_program_is_gone(tmp_path: Path) -> None:
    ballots(tmp_path).cast(KEY, [vote("aaaaaaaa", "a", texts=("Ann [/] Lee",))])
    again = ballots(tmp_path)
    assert again.n(KEY) == 1 and again.voted(KEY) == {"aaaaaaaa"} and again.box(KEY).texts == ["Ann [/] Lee"]


def test_at_start_only_open_rounds_are_kept(tmp_path: Path) -> None:
    """Rounds that closed while nobody deleted the file, rounds of nothing, temporaries: all go. Other sessions stay."""
    box = Ballots(tmp_path, ORIGIN, os.urandom)
    for key in (KEY, ("gone", 1), ("p1", 2)):
        box.cast(key, [vote("aaaaaaaa", "a", key=key)])
    other = ballots(tmp_path, origin="ld.acme.example/dev/7q2k/000002-k3m9w2p5")
    other.cast(KEY, [vote("bbbbbbbb", "b")])
    (tmp_path / ".0123.tmp").write_bytes(b'{"activity":"p1"')
    ballots(tmp_path)
    left = sorted(json.loads(x.read_bytes())["voted"] for x in tmp_path.iterdir())
    assert left == [["aaaaaaaa"], ["bbbbbbbb"]]


def test_a_closed_round_leaves_no_file_and_still_knows_a_retry(tmp_path: Path) -> None:
    """Who voted is kept in memory alone, for the phone whose answer got lost."""
    box = ballots(tmp_path)
    box.cast(KEY, [vote("aaaaaaaa", "a")])
    box.settle(session())
    assert list(tmp_path.iterdir()) == [] and box.idle
    assert box.voted(KEY) == {"aaaaaaaa"} and box.n(KEY) == 0 and box.box(KEY) == Box()
    assert ballots(tmp_path).voted(KEY) == set()


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff", b'{"activity":"p1"}', b"[" * 100_000])
def test_a_file_that_cannot_be_read_is_set_aside(tmp_path: Path, raw: bytes) -> None:
    """It neither stops the session nor is it taken for votes; another spelling of good votes is damage too."""
    ballots(tmp_path).cast(KEY, [vote("aaaaaaaa", "a")])
    good = one_file(tmp_path).read_bytes()
    for bad in (raw, good + b"\n", good.replace(b'"a":1', b'"a":-1'), good.replace(b'"round":1', b'"round":1.0')):
        for path in tmp_path.iterdir():
            path.unlink()
        (tmp_path / ("0" * 32)).write_bytes(bad)
        assert ballots(tmp_path).n(KEY) == 0
        assert one_file(tmp_path).name == "0" * 32 + ".damaged-1"


@pytest.mark.parametrize("fault", ["sync", "rename"])
def test_a_disk_that_is_full_keeps_what_there_was(tmp_path: Path, fault: str) -> None:
    """Not acknowledged, no temporary left, memory as the disk; the same vote goes through when there is room."""
    box = ballots(tmp_path, cls=FaultyBallots)
    box.cast(KEY, [vote("aaaaaaaa", "a")])
    before = one_file(tmp_path).read_bytes()
    box.fail(fault)  # type: ignore[attr-defined]
    with pytest.raises(DiskFull):
        box.cast(KEY, [vote("bbbbbbbb", "b")])
    assert one_file(tmp_path).read_bytes() == before and box.voted(KEY) == {"aaaaaaaa"}
    box.cast(KEY, [vote("bbbbbbbb", "b")])
    assert box.box(KEY).counts == {"a": 1, "b": 1} == json.loads(one_file(tmp_path).read_bytes())["counts"]


@pytest.mark.parametrize("first", [True, False])
def test_a_vote_that_reached_the_disk_before_it_failed_is_known(tmp_path: Path, first: bool) -> None:
    """Refused at first, because nobody could know; then counted once, whatever the phone does."""
    box = ballots(tmp_path, cls=FaultyBallots)
    if not first:
        box.cast(KEY, [vote("aaaaaaaa", "a")])
    box.fail("after")  # type: ignore[attr-defined]
    with pytest.raises(FieldkitError):
        box.cast(KEY, [vote("bbbbbbbb", "b")])
    box.mend()
    assert "bbbbbbbb" in box.voted(KEY)
    assert box.cast(KEY, [vote("bbbbbbbb", "c")]) == set()
    assert box.box(KEY).counts == ({"b": 1} if first else {"a": 1, "b": 1}) == ballots(tmp_path).box(KEY).counts


def test_a_disk_that_stays_away_is_said_each_time(tmp_path: Path) -> None:
    """`mend` fails as long as nothing can be written: the desk keeps its sign up."""
    box = ballots(tmp_path, cls=FaultyBallots)
    box.cast(KEY, [vote("aaaaaaaa", "a")])
    box.broken = True  # type: ignore[attr-defined]
    for turn in (lambda: box.cast(KEY, [vote("bbbbbbbb", "b")]), box.mend, box.mend):
        with pytest.raises(FieldkitError):
            turn()
    box.broken = False  # type: ignore[attr-defined]
    box.mend()
    assert box.voted(KEY) == {"aaaaaaaa"}


def test_a_file_that_somebody_deletes_is_written_again(tmp_path: Path) -> None:
    """Memory holds what was acknowledged."""
    box = ballots(tmp_path / "b", cls=FaultyBallots)
    box.cast(KEY, [vote("aaaaaaaa", "a")])
    one_file(tmp_path / "b").unlink()
    (tmp_path / "b").rmdir()
    box.cast(KEY, [vote("bbbbbbbb", "b")])
    assert ballots(tmp_path / "b").voted(KEY) == {"aaaaaaaa", "bbbbbbbb"}


def test_a_file_that_cannot_be_deleted_yet_is_deleted_later(tmp_path: Path) -> None:
    """Closing a round does not fail on it."""

    class Stuck(Ballots):
        stuck = True

        def _sync_folder(self) -> None:
            if self.stuck and self.idle is False and self.n(KEY) == 0 and self._paths:
                raise OSError(errno.EIO, "no")
            super()._sync_folder()

    box = ballots(tmp_path, cls=Stuck)
    box.stuck = False  # type: ignore[attr-defined]
    box.cast(KEY, [vote("aaaaaaaa", "a")])
    box.stuck = True  # type: ignore[attr-defined]
    box.settle(session())
    assert not box.idle
    box.stuck = False  # type: ignore[attr-defined]
    box.settle(session())
    assert box.idle and list(tmp_path.iterdir()) == []


def test_ballots_of_sessions_that_are_over_are_swept(tmp_path: Path) -> None:
    other = "ld.acme.example/dev/7q2k/000002-k3m9w2p5"
    ballots(tmp_path).cast(KEY, [vote("aaaaaaaa", "a")])
    ballots(tmp_path, origin=other).cast(KEY, [vote("bbbbbbbb", "b")])
    sweep(tmp_path, lambda origin: origin == other)
    assert json.loads(one_file(tmp_path).read_bytes())["origin"] == ORIGIN
    sweep(tmp_path / "nowhere", lambda origin: True)


def test_ballots_lie_beside_the_sessions() -> None:
    assert folder_of(Path("/data/sessions/000001-k3m9w2p4.db")) == Path("/data/ballots")
    assert folder_of(Path("/somewhere/000001-k3m9w2p4.db")) == Path("/somewhere/ballots")


IDS = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)


@given(st.one_of(IDS, st.builds("{}={}".format, IDS, IDS), st.builds("{}={}".format, st.integers(1, 9), IDS)))
def test_every_key_of_a_count_fits_a_record_and_comes_back(key: str) -> None:
    """Ids, pairs, places in an order."""
    assert re.fullmatch(r"[a-z][a-z0-9_.]*", coded(key))
    assert uncoded(coded(key)) == key
