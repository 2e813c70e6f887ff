"""What chance may leave out of `test_machine`, once by hand: forks, older copies, erasures, an office put back."""

from __future__ import annotations

import asyncio

from tests.sync.test_machine import Sticks


async def test_the_machine_itself_meets_forks_older_copies_and_erasures() -> None:
    """What chance may leave out, once by hand: so that the model above is known to be asked about each."""
    await asyncio.to_thread(by_hand)


def by_hand() -> None:
    one = Sticks()
    home = one.a_laptop("7q2k")
    try:
        first = one.carry(home)
        one.yesterday(home, heads=True, told=True)
        assert one.behind == 1 and not one.forked  # the older copy stayed as it was, and is only behind
        one.go_on(home, 0, erase=False)
        one.begin(home, close=False)
        one.go_on(home, 1, erase=True)
        one.send(home)
        assert len(one.erased) == 1 and len(one.stored) == 2
        one.deliver(first)
        copy = one.clone(home)
        one.go_on(home, 1, erase=False)
        one.go_on(copy, 1, erase=False)
        one.send(copy)
        assert not one.forked
        one.send(home)
        assert len(one.forked) == 1
        one.yesterday(home, heads=False, told=True)
        one.office_erases(0, 0)
        before = one.back_up_office()
        one.office_erases(0, 1)
        one.office_erases(1, 1)
        gone = set(one.erased)
        assert len(gone) == 4
        one.restore_office(before)
        assert one.erased == gone
        one.answer(home)
        one.deliver(first)
        one.send(home)
        assert one.erased == gone
    finally:
        one.teardown()
