"""P2: one change of state while 5 % of the phones do not read, against the same room with all of them reading.

Two rooms of as many phones take turns. Both times the phones that read are watched; in one room the others are read
right after each turn, in the other never: their sockets are full before the first turn. What the laptop holds for one
of them is what lies in its own buffer, kernel buffers apart.
"""

from __future__ import annotations

import tempfile

from bench.fanout import fire, listen
from bench.processes import Load, Server, get, joined
from bench.report import Row, median, ratio, talk

FILL = 220
"""Changes that a phone sleeps through before the first turn: more than its socket takes."""


def run(short: bool = False) -> list[Row]:
    n, turns = (1000, 5) if short else (5000, 9)
    few = n // 20
    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as two,
        Server("room", folder=one, expected=n) as calm,
        Server("room", folder=two, expected=n) as ill,
        Load() as load,
    ):
        listen(load, calm, n - few, "calm")
        listen(load, calm, few, "others", first=n - few)
        seats = joined(load, ill.addr, n, "seats", roster=True)
        load.do("close", group="seats")
        talk(f"{few} of {n} phones stop reading…")
        opens(load, ill, seats[:few], "asleep", rcvbuf=4096)
        ill.tell(f"notice {FILL}")
        opens(load, ill, seats[few:], "ill")
        load.do("drain", group="ill")
        healthy, sick = [], []
        for turn in range(turns + 1):
            for server, group, times in ((calm, "calm", healthy), (ill, "ill", sick)):
                told = fire(load, server, group, n - few, "fire")
                if group == "calm":
                    load.do("drain", group="others")
                if turn:
                    times.append(told["ms"])
        after = ill.tell("saved")
    return [
        Row(
            f"one change to {n - few:,} phones that read, {after['stuck']} others do not",
            f"{median(sick):.0f} ms",
            f"all {n:,} read: {median(healthy):.0f} ms",
            ratio(sick, healthy),
            "×",
            None,
            1.1,
        ),
        Row("phones that were stuck all the while", f"{after['stuck']} of {few}", "", after["stuck"], "", few),
        Row("held for a stuck phone, the most", f"{after['held']:,} B", "", after["held"] / 1024, " KiB", None, 16),
    ]


def opens(load: Load, room: Server, seats: list[str], group: str, rcvbuf: int = 0) -> None:
    """A stream for each of these seats, on new connections; what comes after its head is left unread."""
    host = f"127.0.0.1:{room.addr[1]}"
    load.do("connect", group=group, n=len(seats), addr=room.addr, sources=8, rcvbuf=rcvbuf)
    file = load.file(get("/v1/events", host, seat, "text/event-stream") for seat in seats)
    told = load.do("send", group=group, file=file, at_once=400, marker="\r\n\r\n")
    if told["errors"]:
        raise RuntimeError(f"{told['errors']} streams could not be opened")
