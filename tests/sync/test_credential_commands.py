"""`fieldkit central credential` as operators run it: files, words, exit codes."""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from fieldkit.log import handed
from fieldkit.log.certificate import attached
from fieldkit.log.credential import read_credential
from fieldkit.log.credential_jwt import read_jwt
from tests.cli.kit import Done, fieldkit
from tests.kit.central import Office
from tests.sync.certified import give, held, issuing, listed, records, take_back


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    office = await issuing(tmp_path)
    await held(office)
    return office


async def run(office: Office, *args: object) -> Done:
    return await asyncio.to_thread(fieldkit, "central", "credential", *map(str, args), "--home", str(office.home.path))


async def test_a_credential_and_a_page_a_person(office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "certificates"
    done = await run(office, "issue", "--program", "press4", "--all-new", "-o", folder, "--json")
    found = done.document
    assert (done.code, found["new"], found["left"]) == (0, 2, [])
    assert sorted((one["person_id"], one["new"]) for one in found["issued"]) == [("E1", True), ("E2", True)]
    for one in found["issued"]:
        text, page = (Path(path) for path in one["files"])
        assert text.read_bytes() == attached(page.read_bytes()) and read_credential(text.read_bytes()).id == one["id"]
        assert text.parent == folder.resolve() and text.name == f"press4-{one['id']}.json"
        assert text.stat().st_mode & 0o077 == 0
    assert {one.path for one in handed.read(office.home.path)} == {
        path for one in found["issued"] for path in one["files"]
    }
    before = {path: path.read_bytes() for path in folder.iterdir()}
    again = await run(office, "issue", "--program", "press4", "--person", "E1", "-o", folder)
    assert again.code == 0 and again.text.startswith("again  ")
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    nobody = await run(office, "issue", "--program", "press4", "--all-new", "-o", folder)
    assert (nobody.code, nobody.text) == (0, "") and "Nobody has completed press4" in nobody.talk
    assert "once more with --person" in nobody.talk


async def test_who_was_killed_after_the_record_gets_the_files_the_next_time(office: Office, tmp_path: Path) -> None:
    """Given, and nothing written; then the credential of one without its page."""
    assert len((await give(office)).new) == 2
    before = await records(office)
    folder = tmp_path / "x"
    again = await run(office, "issue", "--program", "press4", "--all-new", "-o", folder, "--json")
    assert (again.code, again.document["new"], len(again.document["issued"])) == (0, 0, 2)
    paths = [path for one in again.document["issued"] for path in one["files"]]
    assert sorted(paths) == sorted(str(path) for path in folder.iterdir()) and len(paths) == 4
    nobody = await run(office, "issue", "--program", "press4", "--all-new", "-o", folder, "--json")
    assert nobody.document["issued"] == [], "handed out: whoever moved the files away has them"
    lost = paths[-1]
    handed.keep(office.home.path, lambda one: one.path != lost)
    Path(lost).unlink()
    third = await run(office, "issue", "--program", "press4", "--all-new", "-o", folder)
    assert third.text.count("again  ") == 1 and Path(lost).exists()
    Path(lost).unlink()  # killed after the line and before the file: it is the last one
    fourth = await run(office, "issue", "--program", "press4", "--all-new", "-o", folder)
    assert fourth.text.count("again  ") == 1 and Path(lost).exists()
    assert await records(office) == before, "nothing is recorded a second time"
    for one in await listed(office):
        assert await take_back(office, one.issued.id)
    handed.keep(office.home.path, lambda one: False)
    gone = await run(office, "issue", "--program", "press4", "--all-new", "-o", folder, "--json")
    assert gone.document["issued"] == [], "not what counts no more"


@pytest.mark.skipif(shutil.which("pdfdetach") is None, reason="poppler is not installed")
async def test_another_program_finds_the_credential_in_the_page(office: Office, tmp_path: Path) -> None:
    args = ("--program", "press4", "--person", "E1", "-o", tmp_path / "x", "--lang", "es", "--jwt", "--json")
    done = await run(office, "issue", *args)
    text, page, token = done.document["issued"][0]["files"]
    assert read_jwt(Path(token).read_bytes()).id == read_credential(Path(text).read_bytes()).id
    subprocess.run(["pdfdetach", "-saveall", "-o", str(tmp_path / "x"), page], check=True, capture_output=True)
    assert (tmp_path / "x" / "credential.json").read_bytes() == Path(text).read_bytes()
    words = subprocess.run(["pdftotext", page, "-"], check=True, capture_output=True).stdout.decode()
    assert "Name E1" in words and "ha completado" in words and "2027-11-22" in words


async def test_the_list_and_a_revocation(office: Office, tmp_path: Path) -> None:
    empty = await run(office, "list")
    assert (empty.code, empty.text) == (0, "") and "No certificate was given yet" in empty.talk
    await run(office, "issue", "--program", "press4", "--all-new", "-o", tmp_path / "x")
    rows = (await run(office, "list")).text.splitlines()
    assert len(rows) == 3 and all("Name E" in row and row.startswith("valid") for row in rows[1:])
    (first, _) = [one.issued for one in await listed(office)]
    done = await run(office, "revoke", first.id[:8], "--why", "mistake", "--from", "2026-11-22", "--json")
    assert done.document == {"id": first.id, "revoked": "2026-11-22", "added": True}
    again = await run(office, "revoke", first.id, "--why", "order", "--from", "2026-11-22")
    assert again.code == 0 and again.text.startswith("revoked already")
    found = json.loads((await run(office, "list", "--json")).out)["credentials"]
    assert [one["state"] for one in found].count("revoked") == 1
    assert not await take_back(office, first.id)


async def test_what_cannot_be_asked(office: Office, tmp_path: Path) -> None:
    wrong = [
        ("issue", "--program", "press4"),
        ("issue", "--program", "press4", "--person", "E1", "--all-new"),
        ("issue", "--program", "../../etc", "--all-new"),
        ("issue", "--program", "press4", "--person", "E9"),
        ("revoke", "0b5e1c2d", "--why", "because"),
        ("revoke", "0b5e1c2d", "--why", "retention"),
        ("revoke", "0b5e1c2d", "--why", "mistake", "--from", "soon"),
        ("revoke", "0b5e1c2d", "--why", "mistake"),
    ]
    for args in wrong:
        done = await run(office, *args)
        assert done.code in (1, 2) and done.out == b"" and done.talk, args
    (tmp_path / "file").write_text("x")
    done = await run(office, "issue", "--program", "press4", "--all-new", "-o", tmp_path / "file" / "x")
    assert done.code == 3 and "Cannot write to" in done.talk and await listed(office) == []


async def test_without_a_device_of_its_own_nothing_is_given(tmp_path: Path) -> None:
    from fieldkit.sync.central import programs
    from tests.sync.courses import PROGRAM

    office = await Office.make(tmp_path)
    programs.put(office.home, PROGRAM.encode())
    await held(office)
    done = await run(office, "issue", "--program", "press4", "--all-new", "-o", tmp_path / "x")
    assert done.code == 1 and "fieldkit central desk" in done.talk and not [*(tmp_path / "x").iterdir()]
