"""Being asked to go: Ctrl-C, `kill`, a terminal that was closed. The first time in order, the second time at once."""

from __future__ import annotations

import asyncio
import contextlib
import signal

AGAIN_S = 0.5
"""A second request this soon is the same one: a wrapper passes Ctrl-C on that the terminal sent to both of us."""


class Leave(asyncio.Event):
    """Set when somebody asks this program to go, or when its terminal goes away."""

    hung_up = False
    """Only the terminal went; nobody asked."""

    def ask(self) -> None:
        self.hung_up = False
        self.set()

    def hang_up(self) -> None:
        """The terminal is gone, said once: one that goes away often sends two signals."""
        if not self.is_set() and not self.hung_up:
            self.hung_up = True
            self.set()

    def stay(self) -> None:
        """Go on without a terminal, until somebody asks."""
        if self.hung_up:
            self.clear()


def on_leave() -> Leave:
    """An event that is set when somebody asks this program to go. Call it inside the loop that is to see it.

    After the first SIGTERM or SIGINT the next one ends the process as the system does it: whatever was acknowledged is
    on disk, and a host that hangs must not need more than that. SIGHUP never ends it at once.
    """
    loop = asyncio.get_running_loop()
    leave = Leave()

    def at_once() -> None:
        for name in ("SIGTERM", "SIGINT"):
            number = getattr(signal, name)
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_DFL)

    def asked(name: str) -> None:
        if name == "SIGHUP":
            leave.hang_up()
            return
        leave.ask()
        loop.call_later(AGAIN_S, at_once)

    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            with contextlib.suppress(NotImplementedError):  # Windows: Ctrl-C arrives as KeyboardInterrupt
                loop.add_signal_handler(getattr(signal, name), asked, name)
    return leave
