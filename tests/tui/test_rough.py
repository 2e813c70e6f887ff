"""Windows of any size, books pasted into fields, keys that are held down."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual import events

from fieldkit.core import intents as w
from fieldkit.tui.app import LiveApp
from fieldkit.tui.safe import Field
from fieldkit.tui.scan import MOST, REPEAT_S, Burst
from tests.tui.room import live, text_of, until, until_text


@pytest.mark.parametrize("size", [(20, 5), (39, 24), (80, 11), (1, 1), (40, 12), (400, 120)])
async def test_any_size_shows_something_true_and_nothing_breaks(tmp_path: Path, size: tuple[int, int]) -> None:
    """Below 40×12 one sentence, also in place of a dialog; the keys go on working; larger again, the screen is back."""
    async with live(tmp_path) as (room, app, pilot):
        await pilot.resize_terminal(*size)
        await pilot.pause(0.2)
        small = size[0] < 40 or size[1] < 12
        for key in ("", "w", "escape", "question_mark", "escape", "s", "escape", "E", "escape"):
            if key:
                await pilot.press(key)
                await pilot.pause(0.1)
            screen = text_of(app)
            assert all(len(line) <= size[0] for line in screen.split("\n"))
            if small and size[0] >= 20:
                assert "too small" in " ".join(screen.split()) and "STEP" not in screen
            elif not small:
                assert "too small" not in screen and "[" in screen
        await pilot.press("n")
        await until(pilot, lambda: room.desk.session.segment is not None)
        await pilot.resize_terminal(80, 24)
        await until_text(pilot, "STEP 1/5")


async def test_a_book_pasted_into_a_field_is_cut_at_once(tmp_path: Path) -> None:
    """Three million signs: the field takes what it holds of the first line, and the room does not wait."""
    book = ("Call me Ishmael. \u200f" * 500 + "\x1b[2J\n") * 300
    async with live(tmp_path) as (_room, app, pilot):
        for key in ("y", "b", "a"):
            await pilot.press(key)
            await pilot.pause(0.1)
            field = next(f for f in app.screen.query(Field) if f.has_focus)
            began = asyncio.get_running_loop().time()
            field.post_message(events.Paste(book))
            await until(pilot, lambda field=field: bool(field.value))  # type: ignore[misc]
            assert asyncio.get_running_loop().time() - began < 5
            assert len(field.value) <= (field.max_length or 0) and field.value.isprintable()
            await pilot.press("escape")
            await pilot.pause(0.1)


async def test_the_same_wish_while_it_is_under_way_is_one(tmp_path: Path) -> None:
    """Ten times at once is once; later it is a new wish."""
    async with live(tmp_path) as (room, app, pilot):
        answers: list[bool] = []
        for _press in range(10):
            app.wish(w.AddNote(text="gloves"), lambda outcome: answers.append(outcome.ok))
        await until(pilot, lambda: bool(answers))
        await pilot.pause(0.2)
        assert answers == [True] and sum(n.text == "gloves" for n in room.desk.session.notices) == 1
        app.wish(w.AddNote(text="gloves"), lambda outcome: answers.append(outcome.ok))
        await until(pilot, lambda: len(answers) == 2)


@pytest.mark.parametrize("gap", [0.01, 0.025, 0.033])
async def test_a_key_that_is_held_down_is_pressed_once(tmp_path: Path, gap: float) -> None:
    """As fast as keyboards repeat: one step, no badge; a scanner's doubled digits stay a badge."""
    async with live(tmp_path) as (room, app, pilot):
        assert isinstance(app, LiveApp)
        saved, began = room.desk.session.saved, events.Key("n", "n").time
        for k in range(30):
            event = events.Key("n", "n")
            event.time = began + k * gap  # as a keyboard repeats, however busy this machine is
            app.post_message(event)
            await asyncio.sleep(gap)
        await until(pilot, lambda: room.desk.session.segment is not None)
        await pilot.pause(0.3)
        view = room.desk.room_view()
        assert view.step <= 2 and view.unknown == 0
        assert room.desk.session.saved - saved <= 4


async def test_keys_that_a_busy_laptop_gets_to_late_are_no_badge() -> None:
    """Pressed one after the other, taken all at once: what counts is when they were pressed."""
    pressed: list[str] = []
    badges: list[str] = []

    async def forward(event: events.Key) -> None:
        await asyncio.sleep(0.02 if event.key == "n" else 0)
        pressed.append(event.key)

    burst = Burst(forward, badges.append)
    for k, c in enumerate("nowE1001"):
        event = events.Key(c, c)
        event.time = 0.1 * min(k, 3) + 0.01 * k
        burst.take(event)
    await asyncio.sleep(0.2)
    assert pressed == ["n", "o", "w"] and badges == ["E1001"]


async def test_repeats_that_a_busy_laptop_gets_to_in_lots_are_one_press() -> None:
    """Ten at once, ten at once, a few one by one: what counts is when the last one before was pressed."""
    pressed: list[str] = []

    async def forward(event: events.Key) -> None:
        pressed.append(event.key)

    burst = Burst(forward, pressed.append)
    first = events.Key("n", "n").time
    for k in range(25):
        event = events.Key("n", "n")
        event.time = first + 0.025 * k
        burst.take(event)
        if k in (9, 19) or k > 20:
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.1)
    assert pressed == ["n"]


async def test_bursts_are_badges_and_repeats_are_not() -> None:
    """The difference is the signs, not the speed."""
    pressed: list[str] = []
    badges: list[str] = []

    async def forward(event: events.Key) -> None:
        pressed.append(event.key)

    burst = Burst(forward, badges.append)
    for text, enter in (("E1001", True), ("nnnnnnnn", False), ("1111", True), ("x" * 5 + "y" * (MOST + 1), True)):
        for c in text:
            burst.take(events.Key(c, c))
        if enter:
            burst.take(events.Key("enter", "\r"))
        await asyncio.sleep(0.1)
    assert badges == ["E1001", "1111"] and pressed == ["n"]
    for pause in (REPEAT_S * 0.7, REPEAT_S * 0.7, REPEAT_S * 3):
        await asyncio.sleep(pause)
        burst.take(events.Key("m", "m"))
    await asyncio.sleep(0.1)
    assert pressed == ["n", "m", "m"]
