"""`central export --all-sessions`: attendance of many sessions in one file, the same cells as in each session's own."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from pathlib import Path

import pytest

from fieldkit.log import handed
from fieldkit.sync.judged import Known
from fieldkit.sync.verify import judge_all
from tests.cli.kit import Done, fieldkit
from tests.kit.central import NOON, Laptop, Log, Office, bundle
from tests.sync.test_desk_log import correct, with_desk

pytest.importorskip("xlsxwriter")


async def run(office: Office, *args: str) -> Done:
    return await asyncio.to_thread(fieldkit, "central", "export", "--home", str(office.home.path), *args)


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    return await Office.make(tmp_path)


async def filled(office: Office) -> list[Log]:
    """Three sessions at two sites, one of them corrected; the policy of the last keeps its scores back."""
    with_desk(office)
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    logs = [
        laptop.whole(site="Hall 3"),
        laptop.whole(site=" hall  3 "),
        laptop.whole(site="=Yard", policy={"profile": "roster"}),
    ]
    await office.take(*map(bundle, logs))
    badge = f"{logs[0].origin[-8:].upper()}-0"
    await correct(office, logs[0], who=badge, status="excused")
    return logs


async def test_the_cells_are_those_of_each_sessions_own_sheet(office: Office, tmp_path: Path) -> None:
    logs = await filled(office)
    out = tmp_path / "all.csv"
    done = await run(office, "--all-sessions", "-o", str(out), "--json")
    assert done.code == 0 and done.document["rows"] == 6 and done.document["left_out"] == {}, done.talk
    found = rows(out)
    for log in logs[:2]:
        one = tmp_path / "one.csv"
        assert (await run(office, log.origin, "-o", str(one))).code == 0
        assert [row for row in found if row["session_id"] == log.origin] == rows(one)
    locked = [row for row in found if row["session_id"] == logs[2].origin]
    assert len(locked) == 2 and all(row["completed"] == "" and row["site"] == "'=Yard" for row in locked)
    judged = judge_all([office.home.trust_path, out], Known(roots=list(office.home.roots), now=office.now))
    assert [one.verdict for one in judged] == ["verified"] * 2
    assert len(judged[1].sessions) == 4, "three sessions, and head office's own log"
    (line, *_) = [one for one in handed.read(office.home.path) if one.path == str(out.resolve())]
    assert set(line.sessions) >= {log.origin for log in logs}


async def test_every_format_streams_what_it_writes_at_once(office: Office, tmp_path: Path) -> None:
    import openpyxl

    await filled(office)
    paths = {as_: tmp_path / f"all.{as_}" for as_ in ("csv", "json", "xlsx")}
    for path in paths.values():
        assert (await run(office, "--all-sessions", "-o", str(path))).code == 0
    table = rows(paths["csv"])
    values = [{k: v.removeprefix("'") for k, v in row.items()} for row in table]
    assert [
        {k: v.removeprefix("'") for k, v in row.items()} for row in json.loads(paths["json"].read_bytes())
    ] == values
    sheet = openpyxl.load_workbook(paths["xlsx"]).active
    assert sheet is not None and sheet.max_row == 7 and sheet.max_column == 48
    names = [cell.value for cell in sheet[1]]
    site = [row[names.index("site")] for row in sheet.iter_rows(min_row=2)]
    assert [cell.value for cell in site][-1] == "=Yard" and all(cell.data_type == "s" for cell in site)
    moved = tmp_path / "upload.csv"
    assert (await run(office, "--all-sessions", "--map", "generic-completion", "-o", str(moved))).code == 0
    assert len(rows(moved)) <= 6 and moved.read_bytes() != paths["csv"].read_bytes()


async def test_a_site_and_days_choose(office: Office, tmp_path: Path) -> None:
    logs = await filled(office)
    out = tmp_path / "some.csv"
    for args, wanted in (
        (["--site", "HALL 3"], {logs[0].origin, logs[1].origin}),
        (["--site", "' OR 1=1 --"], set()),
        (["--since", "2026-11-22", "--until", "2026-11-22"], {log.origin for log in logs}),
        (["--since", "2026-11-23"], set()),
        (["--until", "2026-11-21"], set()),
    ):  # fmt: skip
        done = await run(office, "--all-sessions", "-o", str(out), *args)
        assert done.code == 0 and {row["session_id"] for row in rows(out)} == wanted, args
    assert NOON // 86_400 == 20_779


async def test_what_cannot_be_is_said(office: Office, tmp_path: Path) -> None:
    await filled(office)
    out = tmp_path / "no.csv"
    for args in (
        [], ["last", "--all-sessions"], ["--all-sessions", "--what", "answers"], ["--all-sessions", "--as", "xapi"],
        ["--all-sessions", "--since", "yesterday"],
        ["--all-sessions", "--since", "2026-11-23", "--until", "2026-11-22"],
        ["--all-sessions", "--profile", "full"], ["--all-sessions", "--by", "place"], ["last", "--site", "x"],
    ):  # fmt: skip
        done = await run(office, *args, "-o", str(out))
        assert done.code == 2 and not out.exists(), (args, done.talk)
    assert (await run(office, "--all-sessions", "-o", "-")).code == 2
