"""P14: replaying a log (bytes → fold) against decoding it with the profile check; what one view costs."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.logs import PLAN, make_file
from bench.report import Row, alternate, cpu, median, ratio
from fieldkit.core.seat_view import shared_view
from fieldkit.core.session import Session
from fieldkit.log.bulk import parse_records, read_lines, read_openings
from fieldkit.log.read import SessionFile

CHUNK = 512


def run(short: bool = False) -> list[Row]:
    n, turns = (20_000, 3) if short else (100_000, 5)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "s.db"
        make_file(path, n)
        with SessionFile.open(path) as file:
            lines, openings = list(file.lines()), list(file.openings())
            records = file.records()
    sealed = {int(line[5 : line.index(b",")]): line for line in openings}
    rows = [(line, sealed.get(i)) for i, line in enumerate(lines)]

    def decode() -> None:
        for at in range(0, len(lines), CHUNK):
            some = lines[at : at + CHUNK]
            read_lines(b"\n".join([*some, b""]), some)
        for at in range(0, len(openings), CHUNK):
            some = openings[at : at + CHUNK]
            read_openings(b"\n".join([*some, b""]), some)

    def replay() -> None:
        session = Session(origin="o", plan=PLAN)
        for at in range(0, len(rows), CHUNK):
            session.fold(parse_records(rows[at : at + CHUNK]))

    def apply() -> None:
        Session(origin="o", plan=PLAN).fold(records)

    decoding, replaying, applying = alternate(turns, lambda: cpu(decode), lambda: cpu(replay), lambda: cpu(apply))
    us = [median(x) / len(records) * 1e6 for x in (decoding, replaying, applying)]
    whole = Session(origin="o", plan=PLAN).fold(records)
    half = Session(origin="o", plan=PLAN).fold(records[: len(records) // 2])
    small, large = alternate(
        turns,
        lambda: cpu(lambda: [shared_view(half, "en", 0, 0) for _ in range(50)]),
        lambda: cpu(lambda: [shared_view(whole, "en", 0, 0) for _ in range(50)]),
    )
    floor = f"decode with profile check: {us[0]:.2f} µs a record"
    return [
        Row(
            f"replay of {len(records):,} records, from bytes to fold",
            f"{us[1]:.2f} µs a record",
            floor,
            ratio(replaying, decoding),
            "×",
            None,
            3,
        ),
        Row("apply alone", f"{us[2]:.2f} µs a record", floor, ratio(applying, decoding), "×"),
        Row(
            "one shared view after all records",
            f"{median(large) / 50 * 1e6:.0f} µs",
            f"after half of them: {median(small) / 50 * 1e6:.0f} µs",
            ratio(large, small),
            "×",
            None,
            1.5,
        ),
    ]
