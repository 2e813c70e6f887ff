"""Keys and trust on a real data folder: what stands there, the first list of head office and those that follow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from fieldkit.cli.keytools import KeyTools
from fieldkit.errors import FieldkitError
from fieldkit.log.keys import Signer, six_words
from fieldkit.log.trust import TrustKey, TrustList, trust_note
from fieldkit.station import Station
from fieldkit.tui.tools import StickLine
from tests.tui.homekit import DAY_S, home
from tests.tui.hostile import PAYLOADS
from tests.tui.room import until, until_text
from tests.tui.trustkit import (
    FAC,
    HEIR,
    ROOT,
    WORDS,
    at_keys,
    away,
    flat,
    held,
    laptop,
    line,
    made,
    none,
    today,
    type_path,
    typed,
)

# ---- what stands there


SEEN = """\
 fieldkit  Keys and trust  no head office yet
────────────────────────────────────────────────────────────────────────────────
  THIS LAPTOP
▸ acme.example/dev/l4p7q2                            ○ no head office yet
  KEYS OF TRAINERS HERE
  + make a new key, now
  HEAD OFFICE'S LIST
  –                                                  ○ none yet"""


async def test_before_head_office_knows_the_laptop(tmp_path: Path) -> None:
    """The key, its six words, what to do; large, they stand letter by letter."""
    station = laptop(tmp_path)
    words = six_words(station.signer.vkey).split()
    async with home(station) as (app, pilot, _tools):
        await at_keys(pilot)
        screen = await until_text(pilot, words[5])
        assert screen.startswith(SEEN)
        assert all(f"{k} {word}" in screen for k, word in enumerate(words, 1))
        assert "No head office knows this key yet" in screen
        await pilot.press("b")
        screen = await until_text(pilot, " ".join(words[0].upper()))
        assert all(f"{k}  {' '.join(word.upper())}" in screen for k, word in enumerate(words, 1))
        await pilot.press("escape", "end")
        await until_text(pilot, "There is no list of head office here yet.")
        assert app.return_value is None


@pytest.mark.parametrize(
    ("change", "mark", "words"),
    [
        (lambda s: line(s, s.signer), "✓ until 2029-", "acme.example knows this key, from 2026-"),
        (lambda s: line(s, s.signer, days=12), "◷ ends in 12 days", "Ask head office to renew it"),
        (lambda s: line(s, s.signer, days=0, start=-9), "✕ has run out", "This key has run out at acme.example"),
        (lambda s: line(s, s.signer, start=5), "○ from 2026-11-25", "it counts from 2026-11-25 on."),
        (
            lambda s: msgspec.structs.replace(line(s, s.signer), revoked=today(s)),
            "✕ revoked",
            "What it signs after that does not count there.",
        ),
        (
            lambda s: line(s, FAC, "facilitator"),
            "✕ not on the list",
            "The list of acme.example does not name this key.",
        ),
    ],
)
async def test_how_the_laptops_key_stands(
    tmp_path: Path, change: Callable[[Station], TrustKey], mark: str, words: str
) -> None:
    station = laptop(tmp_path)
    (station.home / "trust.note").write_bytes(made(station, 3, change(station)))
    async with home(station) as (_app, pilot, _tools):
        screen = await at_keys(pilot)
        assert mark in screen.split("\n")[3], screen
        assert words in " ".join(screen.split()), screen


@pytest.mark.parametrize(
    ("days", "mark", "words"),
    [(400, "✓ until 2027-12-25", "Version 3 of"), (20, "◷ ends in 20 days", "It runs out in 20 days:")],
)
async def test_when_the_list_ends(tmp_path: Path, days: int, mark: str, words: str) -> None:
    station = laptop(tmp_path)
    (station.home / "trust.note").write_bytes(made(station, 3, line(station, station.signer), expires=days))
    async with home(station) as (_app, pilot, _tools):
        await at_keys(pilot)
        await pilot.press("end")
        screen = await until_text(pilot, words)
        assert mark in screen
        await pilot.press("escape")
        await until_text(pilot, "KEY ✓ known to head office" if days > 30 else "KEY ○ ends in 20 days")


async def test_an_expired_list_and_one_that_cannot_be_read(tmp_path: Path) -> None:
    station = laptop(tmp_path)
    (station.home / "trust.note").write_bytes(made(station, 3, line(station, station.signer), expires=0))
    async with home(station) as (_app, pilot, _tools):
        await at_keys(pilot)
        await pilot.press("end")
        await until_text(pilot, "It has run out. Training goes on;")
        (station.home / "trust.note").write_bytes(b"\x1b[2Jnothing")
        await pilot.press("ctrl+r")
        screen = await until_text(pilot, "✕ cannot be read")
        assert "its root's six words are asked for" in " ".join(screen.split())
        file = tmp_path / "trust.note"
        file.write_bytes(made(station, 4, line(station, station.signer)))
        await type_path(pilot, file)
        await until_text(pilot, "The first list: the root's six words")
        await typed(pilot, WORDS)
        await until_text(pilot, "✓ Accepted: version 4 of acme.example.")
    assert list(station.home.glob("trust.note.damaged-*"))


async def test_a_trainers_key_says_for_which_packs(tmp_path: Path) -> None:
    station = laptop(tmp_path)
    (station.home / "keys" / "fac-9k3m.vkey").write_text(f"{FAC.vkey}\n")
    FAC.save(station.home / "keys" / "fac-9k3m.key")
    known = msgspec.structs.replace(line(station, FAC, "facilitator"), packs=("loto-basics", "toolbox-blank"))
    (station.home / "trust.note").write_bytes(made(station, 3, known))
    async with home(station) as (_app, pilot, _tools):
        await at_keys(pilot)
        await pilot.press("down")
        screen = await until_text(pilot, "Certified for: loto-basics, toolbox-blank.")
        assert "9k3m  acme.example/fac/9k3m" in screen and six_words(FAC.vkey).split()[0] in screen


async def test_without_a_key_the_screen_says_so_and_nothing_is_written(tmp_path: Path) -> None:
    station = laptop(tmp_path)
    (station.home / "keys" / "heads").write_bytes(b"x")
    (station.home / "keys" / "device.key").unlink()
    looked = Station.look(station.home, clock=station.clock)
    assert looked is not None
    async with home(looked) as (_app, pilot, _tools):
        screen = await at_keys(pilot)
        assert "✕ no key that can be used" in screen
        await pilot.press("w")
        await until_text(pilot, "✕ The device key is gone but its sessions are here.")


# ---- head office's list


async def test_the_first_list_wants_the_roots_words_and_the_next_ones_come_by_themselves(tmp_path: Path) -> None:
    """A stranger's words change nothing; the list is found on the stick; what it changed is told."""
    station, stick = laptop(tmp_path), tmp_path / "STICK"
    stick.mkdir()
    (stick / "trust.note").write_bytes(made(station, 1, line(station, station.signer)))
    (stick / "other.note").write_bytes(b"fieldkit-trust/1\nbut not really\n")

    async def sticks() -> list[StickLine]:
        return [StickLine(path=str(stick), name="STICK")]

    async with home(station) as (_app, pilot, tools):
        tools.sticks = sticks  # type: ignore[method-assign]
        await at_keys(pilot)
        await pilot.press("o")
        screen = await until_text(pilot, "▸ acme.example  version 1")
        assert WORDS.split()[0] not in screen, "whoever reads the words off the file compares it with itself"
        await pilot.press("enter")
        await until_text(pilot, "The first list: the root's six words")
        nothing = "That is neither a root key nor six words ("
        stranger = "No root with these words, or this key, has signed"
        for wrong, words in (
            (six_words(HEIR.vkey), stranger),
            (str(HEIR.vkey), stranger),
            ("x" * 490, nothing),
            ("Ann [/] Lee", nothing),
            (PAYLOADS[1], nothing),
            ("name+with+plus", nothing),
        ):
            await pilot.press("ctrl+a")
            await typed(pilot, wrong)
            await until(pilot, lambda words=words: words in flat(pilot.app), words)  # type: ignore[misc]
            assert held(station) is None
            app = pilot.app
            app.focused.value = ""  # type: ignore[union-attr]
        await typed(pilot, f"  {WORDS.upper().replace(' ', '   ')} ")
        await until_text(pilot, "✓ Accepted: version 1 of acme.example.")
        screen = await until_text(pilot, "✓ until 2029-")
        (stick / "trust.note").write_bytes(
            made(station, 2, line(station, station.signer), line(station, FAC, "facilitator"))
        )
        await pilot.press("o")
        await until_text(pilot, "▸ acme.example  version 2")
        await pilot.press("enter")
        screen = await until_text(pilot, "What version 2 changed")
        assert "acme.example/fac/9k3m joined." in screen
        await pilot.press("enter", "end")
        screen = await until_text(pilot, "WHAT IT CHANGED")
        assert "Version 2 of acme.example" in screen
    trust = held(station)
    assert trust is not None and trust.version == 2


async def test_a_new_root_is_told_with_a_mark(tmp_path: Path) -> None:
    """Lists of one folder are taken in one after the other, each brings the next; the whole key line does as well."""
    station, folder = laptop(tmp_path), tmp_path / "lists"
    folder.mkdir()
    day = today(station)
    old = TrustKey("root", ROOT.vkey, day - DAY_S, day + 900 * DAY_S, day)
    (folder / "1.note").write_bytes(made(station, 1))
    (folder / "2.note").write_bytes(made(station, 2, old, root=HEIR, by=(ROOT, HEIR)))
    (folder / "3.note").write_bytes(made(station, 3, old, root=HEIR))
    async with home(station) as (_app, pilot, tools):
        tools.sticks = none  # type: ignore[method-assign]
        await at_keys(pilot)
        await type_path(pilot, folder / "1.note")
        await until_text(pilot, "The first list: the root's six words")
        await typed(pilot, str(ROOT.vkey))
        await until_text(pilot, "✓ Accepted: version 1")
        await type_path(pilot, folder)
        screen = await until_text(pilot, "What version 3 changed")
        assert "! Root acme.example/root+" in screen and "ask head office whether it is meant" in flat(pilot.app)
    trust = held(station)
    assert trust is not None and trust.version == 3


REFUSED: list[tuple[str, Callable[[Station], bytes], str]] = [
    ("older", lambda s: made(s, 4), "This list is as old as the one that is held, or older."),
    ("stranger", lambda s: made(s, 9, root=HEIR), "No root that this laptop trusts has signed this list."),
    ("changed", lambda s: made(s, 9).replace(b"version 9", b"version 8"), "This list was changed on its way"),
    ("other-org", lambda s: _moved(s), "This list is of another organisation"),
    ("empty", lambda s: b"", "This file is no trust list that can be read."),
    ("escapes", lambda s: b"\x1b[2J\x00\xff\x1b]52;c;QUJD\x07", "This file is no trust list that can be read."),
    ("novel", lambda s: ("Ann [/] Lee \u202e" * 90_000).encode(), "is too large for a trust list."),
    ("half", lambda s: made(s, 9)[:-20], "This file is no trust list that can be read."),
    ("enrolment", lambda s: b"fieldkit-enrol/1\ndevice x\n", "This file is no trust list that can be read."),
]


def _moved(station: Station) -> bytes:
    """Of another organisation, signed with our own root."""
    root = Signer("other.example/root", b"r" * 32)
    theirs = TrustKey("root", root.vkey, 0, 4_102_444_800)
    return trust_note(TrustList("other.example", 9, 0, 4_102_444_800, (theirs,)), ROOT)


@pytest.mark.parametrize(("raw", "words"), [x[1:] for x in REFUSED], ids=[x[0] for x in REFUSED])
async def test_what_may_not_follow_is_one_sentence_and_changes_nothing(
    tmp_path: Path, raw: Callable[[Station], bytes], words: str
) -> None:
    station, file = laptop(tmp_path), tmp_path / "in.note"
    before = made(station, 5, line(station, station.signer))
    (station.home / "trust.note").write_bytes(before)
    file.write_bytes(raw(station))
    tools = KeyTools(station, none)
    with pytest.raises(FieldkitError) as wrong:
        await tools.take([found.path for found in await tools.lists_at(file)])
    assert words in wrong.value.sentence and wrong.value.hint
    assert (station.home / "trust.note").read_bytes() == before and not (station.home / "trust-before.note").exists()


async def test_a_refusal_stands_on_the_screen_and_what_is_no_file_is_said_in_its_dialog(tmp_path: Path) -> None:
    station, folder = laptop(tmp_path), tmp_path / "nothing here"
    folder.mkdir()
    before = made(station, 5, line(station, station.signer))
    (station.home / "trust.note").write_bytes(before)
    older = tmp_path / "older.note"
    older.write_bytes(made(station, 4))
    async with home(station) as (_app, pilot, tools):
        tools.sticks = none  # type: ignore[method-assign]
        await at_keys(pilot)
        await type_path(pilot, older)
        await until_text(pilot, "✕ This list is as old as the one that is held, or older.")
        for path, words in (
            (folder, "There is no trust list in"),
            (Path("/" + "y" * 300), "cannot be read:"),
            (Path(PAYLOADS[2]), "There is no file"),
        ):
            await type_path(pilot, path)
            await until(pilot, lambda words=words: words in flat(pilot.app), words)  # type: ignore[misc]
            await away(pilot)
        (tmp_path / "same.note").write_bytes(before)
        await type_path(pilot, tmp_path / "same.note")
        await until_text(pilot, "✓ This list is held already: version 5 of acme.example.")
    assert (station.home / "trust.note").read_bytes() == before
