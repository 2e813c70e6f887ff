"""How far long work is, from the layers that do it to the terminal app that looks on."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fieldkit.errors import Stopped
from fieldkit.tui.tools import At, Stop, Told

if TYPE_CHECKING:
    from fieldkit.sync.copying import Watch


def each_of(step: str, told: Told | None, stop: Stop | None) -> Callable[[int, int], None]:
    """What a layer that knows only numbers calls with (done, of). Raises Stopped where somebody wishes it."""

    def each(done: int, of: int) -> None:
        if told is not None:
            told(At(step=step if of else "table", done=done, of=of))
        if stop is not None and stop():
            raise Stopped

    return each


def watch_of(told: Told | None, stop: Stop | None, now: Stop | None = None) -> Watch:
    """The same for carrying, which tells its steps itself. `now`: whether the next try is wanted at once."""
    from fieldkit.sync.copying import Watch

    return Watch(
        None if told is None else lambda at: told(At(step=at.step, done=at.done, of=at.of, why=at.why)), stop, now
    )
