"""`fieldkit central figures`: every table in every format, what it does not show, names under an agreement alone."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from pathlib import Path
from typing import Any

from fieldkit.core.tables.governance import TABLES
from tests.cli.kit import fieldkit
from tests.core.figured import AGREED
from tests.sync.test_governance import SIX, fac, filled


def test_the_command_writes_every_table_in_every_format(tmp_path: Path) -> None:
    office = asyncio.run(filled(tmp_path, SIX[:5]))
    home = str(office.home.path)

    def run(*args: str) -> Any:
        return fieldkit("central", "figures", "--home", home, *args)

    shown = run()
    assert shown.code == 0 and "PARTICIPATION PCT" in shown.text and "Plant-2" in shown.text
    for what in TABLES:
        one = run("--what", what, "--as", "csv")
        found = list(csv.DictReader(io.StringIO(one.text.removeprefix("\ufeff"))))
        assert one.code == 0 and tuple(found[0]) == TABLES[what][0]
        assert run("--what", what, "--as", "json").document == [
            {k: v.removeprefix("'") if v[:2] in ("'-", "'=") else v for k, v in row.items()} for row in found
        ]
    book = tmp_path / "figures.xlsx"
    assert run("--what", "all", "--as", "xlsx", "-o", str(book)).code == 0 and book.read_bytes()[:2] == b"PK"
    every = run("--what", "all", "--json").document
    assert {row["table"] for row in every} == set(TABLES)
    assert run("--pack", "measured@1.0.0", "--since", "2026-10-01", "--until", "2026-Q4", "--json").document
    assert json.loads(run("--pack", "measured@9", "--json").out) == []
    assert "There is no session of that." in run("--pack", "measured@9").talk


def test_the_command_says_what_it_does_not_show(tmp_path: Path) -> None:
    office = asyncio.run(filled(tmp_path, SIX[:4]))
    home = str(office.home.path)
    told = fieldkit("central", "figures", "--home", home)
    assert told.code == 0 and told.text == "" and "4 of 4 sessions are in no figure" in told.talk
    named = fieldkit("central", "figures", "--home", home, "--by", "trainer")
    assert named.code != 0 and "named_figures" in named.talk
    for wrong in (
        *(["--what", "ranking"], ["--as", "pdf"], ["--by", "person"], ["--by", "trainer", "--site", "yard"]),
        *(["--what", "all", "--as", "csv"], ["--as", "xlsx"], ["-o", str(tmp_path / "x")], ["--since", "yesterday"]),
        *(["--since", "2026-Q5"], ["--until", "'; DROP TABLE digest"]),
    ):
        assert fieldkit("central", "figures", "--home", home, *wrong).code == 2, wrong


def test_the_command_shows_names_under_an_agreement(tmp_path: Path) -> None:
    office = asyncio.run(filled(tmp_path, [(AGREED, fac(k), "plant-2", 0) for k in (2, 1)]))
    shown = fieldkit("central", "figures", "--home", str(office.home.path), "--by", "trainer", "--json")
    assert [(row["trainer"], row["sessions"]) for row in shown.document] == [(fac(1), "1"), (fac(2), "1")]
