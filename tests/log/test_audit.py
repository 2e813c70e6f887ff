"""docs/audit.md: the very commands on the page take a real sheet and stop at a forged one."""

from __future__ import annotations

import base64
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from fieldkit.log.keys import Signer
from fieldkit.log.note import Checkpoint, parse_checkpoint, split_note
from fieldkit.log.proven import PROOFS, split_proofs
from fieldkit.log.receipt import file_note, parse_receipt
from tests.log.test_by_hand_people import Sheet, pytestmark, sheet

__all__ = ["pytestmark", "sheet"]

PAGE = Path(__file__).parents[2] / "docs" / "audit.md"
STRANGER = "ld.acme.example/dev/9zzz"


def audited(sheet: Sheet, key: str = "") -> tuple[bool, str]:
    """Whether the commands ran to their end, and what they said."""
    (block,) = re.findall(r"^```bash\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    folder = sheet.folder / f"audit{len(list(sheet.folder.glob('audit*')))}"
    folder.mkdir()
    key = key or str(sheet.key)
    env = {"PATH": os.environ["PATH"], "SHEET": str(sheet.csv), "MAKER": key, "LAPTOP": key, "LC_ALL": "C.UTF-8"}
    args = ["bash", "-c", block]
    done = subprocess.run(args, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False)
    said = done.stdout.splitlines()
    assert (done.returncode == 0) is (said[-1:] == ["all proved"]), done
    return done.returncode == 0, done.stdout


def other_half(raw: bytes) -> bytes:
    """Ann under another name in the first receipt."""
    extra = raw.split(b"\n")[1][6:]
    return raw.replace(extra, base64.b64encode(base64.b64decode(extra).replace(b"Ann Lee", b"Ann Lea")), 1)


def root(raw: bytes) -> bytes:
    return base64.b64encode(parse_checkpoint(split_note(parse_receipt(next(split_proofs(raw))).note)[0]).root)


FORGED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "a time": ("", lambda raw: raw.replace(b"T", b"U", 1)),
    "a path": (PROOFS, lambda raw: raw.replace(b"\nindex 2", b"\nindex 3", 1)),
    "the private half": (PROOFS, other_half),
    "a root": (PROOFS, lambda raw: raw.replace(root(raw), b"A" * 42 + b"A=")),
}


async def test_the_commands_of_the_page_take_a_real_sheet_and_name_its_people(sheet: Sheet) -> None:
    good, said = audited(sheet)
    assert good and said.count("person.join") == 5 and '"name":"Ann [/] Lee"' in said
    assert "person.merge AAAAAAAA" in said and "att.mark BBBBBBBB" in said


@pytest.mark.parametrize("what", FORGED)
async def test_they_stop_at_what_was_changed(sheet: Sheet, what: str) -> None:
    suffix, change = FORGED[what]
    path = Path(f"{sheet.csv}{suffix}")
    raw = path.read_bytes()
    path.write_bytes(change(raw))
    assert path.read_bytes() != raw
    assert not audited(sheet)[0]


async def test_they_stop_at_a_stranger_and_at_another_moment_of_the_log(sheet: Sheet) -> None:
    assert not audited(sheet, str(Signer(sheet.key.name, bytes(32)).vkey))[0]
    assert not audited(sheet, str(Signer(STRANGER, bytes(32)).vkey))[0]
    at = parse_checkpoint(split_note(parse_receipt(sheet.receipts()[0]).note)[0])
    note = file_note(
        sheet.signer, sheet.csv.name, sheet.csv.read_bytes(), [Checkpoint(at.origin, at.size - 1, at.root)]
    )
    Path(f"{sheet.csv}.note").write_bytes(note)
    assert not audited(sheet)[0]
