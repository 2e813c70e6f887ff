"""P5: what a connected phone costs the laptop: resident memory with n joined phones listening, minus before."""

from __future__ import annotations

import tempfile

from bench.fanout import fire, listen
from bench.processes import Load, Server
from bench.report import Row, rss_of, talk


def run(short: bool = False) -> list[Row]:
    n = 1000 if short else 9000  # a third of them expected, the rest walk in
    with (
        tempfile.TemporaryDirectory() as folder,
        Server("room", folder=folder, expected=n // 3 + 50) as room,
        Load() as load,
    ):
        listen(load, room, 50, "first")  # what is made once, with the first phones
        before = rss_of(room.pid)
        talk(f"{n} phones come in and listen…")
        listen(load, room, n, first=50)
        fire(load, room, "room", n, "fire")
        after = rss_of(room.pid)
    each = (after - before) / n
    return [
        Row(
            f"memory a connected phone ({n:,} joined, with a stream each)",
            f"{each:,.0f} B",
            "",
            each / 1000,
            " kB",
            None,
            18,
        ),
        Row(
            "10,000 phones at that, the program included",
            f"{(before + each * 10_000) / 1e6:.0f} MB",
            "",
            (before + each * 10_000) / 1e6,
            " MB",
            None,
            200,
        ),
    ]
