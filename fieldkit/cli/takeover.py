"""A session whose terminal went away goes on without one; the next terminal app on the same data folder takes it up."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from typing import TYPE_CHECKING

from fieldkit.cli.talk import say
from fieldkit.cli.wire import find
from fieldkit.errors import FieldkitError
from fieldkit.log.lock import AnotherHost, Lock

if TYPE_CHECKING:
    from fieldkit.cli.leave import Leave
    from fieldkit.cli.room import Room
    from fieldkit.station import Station

WAIT_S = 25.0
"""Longer than a room takes to close on a slow disk."""


async def go_on_alone(room: Room, leave: Leave) -> None:
    """Serve without a terminal until the session has ended or somebody asks this program to go."""
    leave.stay()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):  # the terminal is gone: what is written there would be an error each time
        os.dup2(nowhere, standard)
    os.close(nowhere)
    await asyncio.to_thread(room.mark_alone)
    await over(room, leave)


async def over(room: Room, leave: asyncio.Event) -> None:
    """Until the session has ended, or `leave` is set."""
    ended, stopped = asyncio.ensure_future(room.ended()), asyncio.ensure_future(leave.wait())
    await asyncio.wait((ended, stopped), return_when=asyncio.FIRST_COMPLETED)
    for task in (ended, stopped):
        task.cancel()


def lock_now(station: Station) -> Lock:
    """The host lock, at once. Raises AnotherHost."""
    try:
        return station.lock()
    except AnotherHost as wrong:
        raise who_is_open(station, wrong) from None


def who_is_open(station: Station, wrong: AnotherHost) -> AnotherHost:
    """What holds the host lock: a session, or a window in which none runs yet, as its home screen."""
    try:
        find(station.home)
    except FieldkitError:
        return AnotherHost(
            "fieldkit is open in another window, where no session runs.",
            "Begin the session there, or close that window first.",
        )
    return wrong


def lock_of(station: Station) -> Lock:
    """The host lock. A host that goes on without its terminal is asked to let go: it pauses, saves and leaves, and its
    session waits to be resumed. Raises AnotherHost for one that has its terminal, or that does not let go.
    """
    try:
        return station.lock()
    except AnotherHost as wrong:
        try:
            where = find(station.home)
        except FieldkitError:
            where = None
        if where is None or not where.alone or where.pid == os.getpid():
            raise who_is_open(station, wrong) from None
        say("A session went on here without its terminal; it is taken up…")
        os.kill(where.pid, signal.SIGTERM)
        end = time.monotonic() + WAIT_S
        while True:
            try:
                return station.lock()
            except AnotherHost:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
