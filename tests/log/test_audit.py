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
from fieldkit.log.note import Checkpoint, cosign, parse_checkpoint, sign_note, split_note
from fieldkit.log.proven import PROOFS, split_proofs
from fieldkit.log.receipt import file_note, parse_receipt
from tests.log.test_by_hand import CENTRAL, by_hand
from tests.log.test_by_hand_people import Sheet, pytestmark, sheet

__all__ = ["pytestmark", "sheet"]

PAGE = Path(__file__).parents[2] / "docs" / "audit.md"
STRANGER = "ld.acme.example/dev/9zzz"
OLD_CENTRAL = Signer(CENTRAL.name, b"\5" * 32)


def audited(sheet: Sheet, key: str = "", central: str = "", **more: str) -> tuple[bool, str]:
    """Whether the commands ran to their end, and what they said; `central` is empty where nobody cosigned, `more` is
    set too. What stops them names a step, or says that a signature is wrong."""
    (block,) = re.findall(r"^```bash\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
    folder = sheet.folder / f"audit{len(list(sheet.folder.glob('audit*')))}"
    folder.mkdir()
    key = key or str(sheet.key)
    env = {"PATH": os.environ["PATH"], "SHEET": str(sheet.csv), "MAKER": key, "LAPTOP": key, "LC_ALL": "C.UTF-8"}
    env |= {"CENTRAL": central} if central else {}
    env |= more
    args = ["bash", "-c", block]
    done = subprocess.run(args, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False)
    said = done.stdout.splitlines()
    assert (done.returncode == 0) is (said[-1:] == ["all proved"]), done
    why = ("this does not hold: ", "Signature Verification Failure")
    assert done.returncode == 0 or any(one in done.stderr for one in why), done
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


async def test_with_head_offices_key_they_say_when_it_signed(sheet: Sheet) -> None:
    """By that day the dates of the laptop's key are judged; the line of another key of the same name is passed over."""
    text, _ = split_note(parse_receipt(sheet.receipts()[0]).note)
    lines = [cosign(text, who, time) for who, time in ((OLD_CENTRAL, 1795345001), (CENTRAL, 1795345000))]
    sheet.proofs.write_bytes(b"=====\n".join(one + f"{lines[0]}\n{lines[1]}\n".encode() for one in sheet.receipts()))
    good, said = audited(sheet, central=str(CENTRAL.vkey))
    assert good and said.count("head office signed on") == 1 and "head office signed on 2026-11-22" in said
    assert "(2026-11-22T10:56:40Z)" in "".join(by_hand(sheet.csv, str(sheet.key), str(CENTRAL.vkey))[1])
    late = b"=====\n".join(one.replace(lines[1].encode(), moved(lines[1])) for one in sheet.receipts())
    sheet.proofs.write_bytes(late)
    assert audited(sheet)[0] and not audited(sheet, central=str(CENTRAL.vkey))[0]


async def test_with_the_root_key_the_list_is_checked_first_and_has_to_name_the_keys(sheet: Sheet) -> None:
    root, paper = Signer("ld.acme.example/root", bytes(32)), Signer("ld.acme.example/root", b"\1" * 32)
    path = sheet.folder / "trust.note"
    asked = {"ROOT": str(root.vkey), "LIST": str(path)}
    line = f"device {sheet.key} from=2026-11-20 until=2027-11-20"
    path.write_bytes(sign_note(f"fieldkit-trust/1\n{line}\n", root))
    good, said = audited(sheet, **asked)
    assert good and line in said.splitlines()
    path.write_bytes(sign_note(f"fieldkit-trust/1\n{line}\n", paper))
    assert not audited(sheet, **asked)[0]
    path.write_bytes(sign_note("fieldkit-trust/1\n", root))
    assert not audited(sheet, **asked)[0]


def moved(line: str) -> bytes:
    """The same signature under a time one second later."""
    head, _, body = line.rpartition(" ")
    raw = bytearray(base64.b64decode(body))
    raw[11] += 1
    return f"{head} {base64.b64encode(raw).decode()}".encode()
