"""`central audit-pack`: transcripts with what proves them, checked by the scripts that lie in the pack."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import io
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from fieldkit.log.names import b64
from fieldkit.log.proven import split_proofs
from fieldkit.log.receipt import parse_receipt
from fieldkit.sync.central import programs
from fieldkit.sync.judged import Known
from fieldkit.sync.verify import judge_all
from tests.cli.kit import Done, fieldkit
from tests.kit.central import Laptop, Log, Office, bundle
from tests.log.test_by_hand import SCRIPT, TOOLS
from tests.sync.courses import PROGRAM, course
from tests.sync.test_desk_log import correct, with_desk

ALL = "warm learn drill"
needs_tools = pytest.mark.skipif(
    not all(map(shutil.which, TOOLS)), reason="the check needs bash, openssl and coreutils"
)


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    office = await Office.make(tmp_path)
    with_desk(office)
    programs.put(office.home, PROGRAM.encode())
    return office


async def brought(office: Office, *people: dict[str, str], **opened: Any) -> list[Log]:
    """A session a roster, from one laptop."""
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    logs = [course(laptop, some, **opened) for some in people]
    await office.take(*(bundle(one) for one in logs))
    return logs


async def pack(office: Office, out: Path, *args: str) -> Done:
    return await asyncio.to_thread(
        fieldkit, "central", "audit-pack", *args, "-o", str(out), "--home", str(office.home.path)
    )


def check(office: Office, folder: Path) -> tuple[int, list[str]]:
    """What the script in the pack says, run by a bare Python, elsewhere."""
    root = str(next(iter(office.home.roots)))
    run = [sys.executable, "-I", "-S", str(folder / "check.py"), root, str(folder), "2026-11-23"]
    done = subprocess.run(
        run, capture_output=True, text=True, timeout=60, check=False, env={"PATH": os.environ["PATH"]}
    )
    assert done.stderr == ""
    return done.returncode, done.stdout.splitlines()


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))


@needs_tools
async def test_a_transcript_has_every_session_and_each_row_is_proved(office: Office, tmp_path: Path) -> None:
    logs = await brought(office, {"E1": ALL, "E2": ALL}, {"E1": "warm", "E3": ALL}, {"E3": ALL})
    await correct(office, logs[1], who="E1", status="excused", reason="at the doctor's")
    out = tmp_path / "audit"
    done = await pack(office, out, "--people", "e1")
    assert done.code == 0, done.talk
    for no_key in ("--help", "", "ld.acme.example/root"):
        asked = [sys.executable, "-I", "-S", str(out / "check.py"), no_key]
        told = await asyncio.to_thread(subprocess.run, asked, capture_output=True, text=True, timeout=60, check=False)
        assert told.returncode == 1 and "The last line is `verified`" in told.stderr and told.stdout == ""
    (folder,) = (out / "people").iterdir()
    found = sorted(rows(folder / "transcript.csv"), key=lambda one: one["session_id"])
    assert [one["session_id"] for one in found] == [logs[0].origin, logs[1].origin]
    assert (
        found[0]["completed"] == "yes" and found[1]["attendance_status"] == "excused" and found[1]["corrections"] == "1"
    )
    assert "-dsk" in found[1]["evidence"] or len(found[1]["evidence"].split(" ")) == 2, "head office's log is named"
    assert rows(folder / "standing.csv")[0]["program"] == "press4"
    receipts = [
        parse_receipt(one) for path in out.glob("sessions/*/*.proofs") for one in split_proofs(path.read_bytes())
    ]
    halves = [one.opening for one in receipts if one.opening is not None]
    assert halves and all(b"Name E1" in one for one in halves)
    people = [one.read_bytes() for one in out.glob("people/*/*")]
    everything = b"".join([*people, *(one.line for one in receipts), *halves])
    assert b"Name E2" not in everything and b"0000E2" not in everything and b"0000E3" not in everything
    assert b"doctor" not in everything, "a reason in words is nobody's proof"
    code, lines = check(office, out)
    assert (code, lines[-1]) == (0, "verified"), lines
    judged = judge_all(_checkable(out), Known(roots=list(office.home.roots), now=office.now))
    assert {one.verdict for one in judged} == {"verified"}, judged
    keys = [str(one.vkey) for one in office.home.trust().keys]
    for path in [out / "contents", folder / "transcript.csv", *out.glob("sessions/*/*.proofs")]:
        by_hand = subprocess.run(
            ["bash", str(out / SCRIPT.name), str(path), *keys], capture_output=True, text=True, check=False
        )
        assert by_hand.stdout.splitlines()[-1] == "verified", by_hand.stdout
    assert (out / SCRIPT.name).read_bytes() == SCRIPT.read_bytes()


def _checkable(out: Path) -> list[Path]:
    """What `fieldkit verify` reads of a pack."""
    sheets = [out / "contents", *out.glob("sessions/*/*.proofs"), *out.glob("people/*/transcript.csv")]
    return [*sorted(out.glob("trust/*.note")), *sheets]


@needs_tools
async def test_one_byte_of_any_file_is_found(office: Office, tmp_path: Path) -> None:
    logs = await brought(office, {"E1": ALL, "E2": ALL})
    await correct(office, logs[0], who="E1", status="excused")
    out = tmp_path / "audit"
    assert (await pack(office, out, "--people", "E1")).code == 0
    every = sorted(one for one in out.rglob("*") if one.is_file() and one.name not in ("check.py", "README.txt"))
    kinds = {one.name.replace(one.stem[-6:], "") if "trust" in str(one) else one.name: one for one in every}
    assert {"contents", "contents.note", "transcript.csv", "transcript.html", "plan.json", "checkpoint.note",
            "records-1.proofs", "transcript.csv.note", "standing.csv", "verify-by-hand.sh"} <= set(kinds)  # fmt: skip
    for path in kinds.values():
        raw = path.read_bytes()
        path.write_bytes(raw[: len(raw) // 2] + bytes([raw[len(raw) // 2] ^ 1]) + raw[len(raw) // 2 + 1 :])
        code, lines = check(office, out)
        assert code == 1 and lines[-1].startswith("refused: "), (path, lines)
        path.write_bytes(raw)
    (out / "more.txt").write_bytes(b"")
    assert check(office, out)[1][-1].startswith("refused: not in contents")
    (out / "more.txt").unlink()
    assert check(office, out)[1][-1] == "verified"


@needs_tools
async def test_a_list_that_is_signed_anew_over_other_bytes_does_not_help(office: Office, tmp_path: Path) -> None:
    """Who has the office's key but no laptop's can sign another transcript: it rests on no record."""
    from fieldkit.log.note import Checkpoint
    from fieldkit.log.receipt import file_note

    (log,) = await brought(office, {"E1": ALL, "E2": ALL})
    out = tmp_path / "audit"
    assert (await pack(office, out, "--people", "E1")).code == 0
    sheet = next(out.glob("people/*/transcript.csv"))
    sheet.write_bytes(sheet.read_bytes().replace(b"-p-0000E1", b"-p-0000E2"))
    at = Checkpoint(log.origin, log.size, log.root)
    for path in (sheet, out / "contents"):
        if path.name == "contents":
            names = [line[66:] for line in path.read_text().splitlines()]
            sums = [hashlib.sha256((out / name).read_bytes()).hexdigest() for name in names]
            path.write_text("".join(f"{sha}  {name}\n" for sha, name in zip(sums, names, strict=True)))
        path.with_name(path.name + ".note").write_bytes(
            file_note(office.home.office(), path.name, path.read_bytes(), [at])
        )
        if path.name != "contents":
            continue
    code, lines = check(office, out)
    assert code == 1 and "nothing is proved of p-0000E2" in lines[-1], lines


@needs_tools
async def test_keys_that_ended_count_as_the_list_says(office: Office, tmp_path: Path) -> None:
    """Of a cosigner that is revoked no signature counts; a laptop that is revoked later was good when it cosigned."""

    async def said(name: str) -> list[str]:
        assert (await pack(office, tmp_path / name, "--people", "E1")).code == 0
        return check(office, tmp_path / name)[1]

    async def run(*args: str) -> None:
        done = await asyncio.to_thread(fieldkit, "central", *args, "--home", str(office.home.path))
        assert done.code == 0, done.talk

    await brought(office, {"E1": ALL})
    assert "head office on 2026-11-22" in (await said("first"))[2]
    await run("revoke", "7q2k", "--from", "2026-11-23", "--why", "left in a taxi")
    assert (await said("second"))[-1] == "verified"
    await run("trust", "rotate", "central", "--compromised")
    assert (await said("third"))[-1].startswith("refused: its key does not count, and no head office signed before")


@needs_tools
async def test_what_looks_like_a_formula_in_a_sheet_is_no_other_log(office: Office, tmp_path: Path) -> None:
    """A root in base64 can begin with +, which a sheet guards with an apostrophe."""
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    for n in range(1000):
        log = laptop.session(seq=1, tail=str(n), prev=None).add("segment.enter", {"segment": "a"})
        log = log.join("-_person", "=Ann", "+E1").close()
        if b64(log.root).startswith("+"):
            break
    await office.take(bundle(log))
    assert (await pack(office, tmp_path / "audit", "--people", "+E1")).code == 0
    (row,) = rows(next((tmp_path / "audit").glob("people/*/transcript.csv")))
    assert row["log_root"].startswith("'+") and row["person_id"] == "'+E1"
    assert check(office, tmp_path / "audit")[1][-1] == "verified"


async def test_a_hostile_name_is_in_the_sheet_as_it_was_signed_and_harmless_on_the_page(
    office: Office, tmp_path: Path
) -> None:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    log = laptop.session(site="Ha\x07ll").add("segment.enter", {"segment": "a"})
    await office.take(bundle(log.join("-_person", "\x1b[31m\u202eAnn <b>", "E1").close()))
    assert (await pack(office, tmp_path / "audit", "--people", "E1")).code == 0
    (folder,) = (tmp_path / "audit" / "people").iterdir()
    assert rows(folder / "transcript.csv")[0]["name"] == "\x1b[31m\u202eAnn <b>", "sign for sign, or it is not proved"
    assert check(office, tmp_path / "audit")[1][-1] == "verified"
    page = (folder / "transcript.html").read_text()
    assert "[31mAnn &lt;b&gt;" in page and not any(sign in page for sign in "\x1b\x07\u202e")


async def test_the_same_state_gives_the_same_bytes_and_is_noted(office: Office, tmp_path: Path) -> None:
    from fieldkit.log import handed

    await brought(office, {"E1": ALL})
    for name in ("a.zip", "b.zip"):
        assert (await pack(office, tmp_path / name, "--people", "E1")).code == 0
    one, two = (zipfile.ZipFile(tmp_path / name) for name in ("a.zip", "b.zip"))
    assert one.namelist() == two.namelist()
    timed = {name for name in one.namelist() if one.read(name) != two.read(name)}
    assert timed <= {"README.txt", "contents", "contents.note"}, "the moment stands in README.txt alone"
    lines = handed.read(office.home.path)
    assert [line.path for line in lines] == [str((tmp_path / name).resolve()) for name in ("a.zip", "b.zip")]
    assert lines[0].sessions and lines[0].what == "audit-pack of 1 people"


async def test_whoever_is_not_there_is_said_and_nothing_is_written(office: Office, tmp_path: Path) -> None:
    logs = await brought(office, {"E1": ALL, "E2": ALL})
    out = tmp_path / "audit"
    for args, words in (
        (["--people", "E9"], "Nobody with the badge E9"),
        (["--people", "E1,'; DROP TABLE session"], "Nobody with the badge"),
        (["--people", " , "], "Whose transcripts?"),
        ([], "Whose transcripts?"),
        (["--people", "E1", "--program", "press4"], "Whose transcripts?"),
        (["--program", "../x"], "There is no program"),
        (["--session", "nothing"], "Central holds no session"),
        (["--people", ",".join(f"E{n}" for n in range(2001))], "2000 people at most"),
        (["--people", "E1", "--lang", "xx"], "no transcript in"),
    ):
        done = await pack(office, out, *args)
        assert done.code != 0 and words in done.talk, (args, done.talk)
        assert not out.exists() and not list(tmp_path.glob(".fieldkit-*"))
    erased = await asyncio.to_thread(
        fieldkit, "central", "erase", "all", "--person", "E1", "--why", "request", "--home", str(office.home.path)
    )
    assert erased.code == 0
    assert "was erased" in (await pack(office, out, "--people", "E1")).talk and not out.exists()
    out.mkdir()
    assert "exists already" in (await pack(office, out, "--people", "E2")).talk and not list(out.iterdir())
    out.rmdir()
    assert (await pack(office, out, "--session", logs[0].origin)).code == 0


async def test_a_badge_of_two_issuers_needs_the_issuer(office: Office, tmp_path: Path) -> None:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    log = laptop.session().add("segment.enter", {"segment": "a"})
    for p, issuer in (("person00", "acme"), ("person01", "=cmd|calc")):
        log = log.add("person.expect", {}, p=p, private={"name": f"Of {issuer}", "badge": "E1", "id_issuer": issuer})
    await office.take(bundle(log.close()))
    out = tmp_path / "audit"
    done = await pack(office, out, "--people", "E1")
    assert done.code == 2 and "the badge of 2 people" in done.talk and "E1@ACME" in done.talk
    assert (await pack(office, out, "--people", "E1@acme")).code == 0
    (sheet,) = out.glob("people/*/transcript.csv")
    assert [one["name"] for one in rows(sheet)] == ["Of acme"]


@needs_tools
async def test_whole_sessions_a_fork_and_merged_people(office: Office, tmp_path: Path) -> None:
    laptop = Laptop.named("7q2k")
    office.enrol(laptop)
    log = laptop.session().add("segment.enter", {"segment": "a"}).join("person00", "Ann [/] Lee", "E1")
    log = log.join("person01", "Ann").add("person.merge", {"from": "person01", "why": "same"}, p="person00").close()
    other = log.upto(3).add("note.add", {"segment": "a"}).close()
    await office.take(bundle(log), bundle(other))
    out = tmp_path / "audit"
    assert (await pack(office, out, "--people", "E1")).code == 0
    (row,) = rows(next(out.glob("people/*/transcript.csv")))
    assert "fork" in row["flags"] and "two signed histories" in row["note"] and "merged" in row["flags"]
    assert check(office, out)[1][-1] == "verified"
    assert "Ann [/] Lee" in next(out.glob("people/*/transcript.html")).read_text()
    whole = tmp_path / "whole.zip"
    done = await pack(office, whole, "--session", "last", "--session", log.origin)
    assert done.code == 0, done.talk
    zipfile.ZipFile(whole).extractall(tmp_path / "whole")
    assert check(office, tmp_path / "whole")[1][-1] == "verified"
    keys = [str(one.vkey) for one in office.home.trust().keys]
    (sheet,) = (tmp_path / "whole").glob("sessions/*/attendance.csv")
    by_hand = subprocess.run(["bash", str(SCRIPT), str(sheet), *keys], capture_output=True, text=True, check=False)
    assert by_hand.stdout.splitlines()[-1] == "verified" and "1 people proved" in by_hand.stdout
