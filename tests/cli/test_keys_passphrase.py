"""`key passphrase`: the same key behind another passphrase, or the file as it was."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from fieldkit.errors import NotPossible
from fieldkit.log.keys import Signer, is_sealed, reseal
from tests.cli.kit import Done, fieldkit

ORG = "ld.acme.example"
BORN = 1_700_000_000


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def written(path: Path, text: str) -> str:
    path.write_text(text, "utf-8")
    return str(path)


def change(home: Path, key: str | Path, *args: str) -> Done:
    return fieldkit("key", "passphrase", str(key), *args, home=home)


def test_a_facilitator_changes_the_passphrase_and_keeps_the_key(home: Path, tmp_path: Path) -> None:
    """The old one is asked first; a wrong one leaves every byte; the file keeps the day on which the key was made."""
    old, new, wrong = (written(tmp_path / n, f"{n} [/] Zoë\n") for n in ("old", "new", "wrong"))
    made = fieldkit("key", "facilitator", "new", "9k3m", "--passphrase-file", old, "--json", home=home).document
    path = home / "keys" / "fac-9k3m.key"
    os.utime(path, (BORN, BORN))
    before = path.read_bytes()
    bad = change(home, "9k3m", "--passphrase-file", wrong, "--new-passphrase-file", new)
    assert bad.code == 1 and "does not open the key" in bad.talk and path.read_bytes() == before
    done = change(home, "9k3m", "--passphrase-file", old, "--new-passphrase-file", new, "--json")
    assert done.document == {"vkey": made["vkey"], "file": str(path), "sealed": True}, done.talk
    raw = path.read_bytes()
    assert is_sealed(raw) and raw != before and path.stat().st_mtime == BORN
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and sorted(x.name for x in path.parent.glob("fac-*")) == [
        "fac-9k3m.key",
        "fac-9k3m.vkey",
    ]
    assert str(Signer.load(path, "new [/] Zoë").vkey) == made["vkey"]


def test_a_root_key_is_named_by_its_file_and_may_go_without(home: Path, tmp_path: Path) -> None:
    root = Signer.generate(f"{ORG}/root")
    path = tmp_path / "root.key"
    root.save(path)
    done = change(home, path, "--no-passphrase")
    assert done.code == 0 and done.text.strip() == str(root.vkey) and Signer.load(path).vkey == root.vkey
    assert "has no passphrase" in done.talk and not home.exists(), "to change a file makes no data folder"


def test_what_signs_unattended_is_left_alone(home: Path, tmp_path: Path) -> None:
    assert fieldkit("key", "show", home=home).code == 0
    for name in ("central", "office"):
        Signer.generate(f"{ORG}/{name}").save(tmp_path / f"{name}.key")
    for path in (home / "keys" / "device.key", tmp_path / "central.key", tmp_path / "office.key"):
        before = path.read_bytes()
        done = change(home, path, "--new-passphrase-file", written(tmp_path / "new", "secret\n"))
        assert done.code == 1 and "nobody is there to type" in done.talk and path.read_bytes() == before


def test_hostile_names_and_files_get_an_answer(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the variable with the old passphrase never becomes the new one unseen."""
    root = tmp_path / "root.key"
    Signer.generate(f"{ORG}/root").save(root)
    before = root.read_bytes()
    for key in ("", "9k3m", "../..", "x" * 5000, "a\0b", "\x1b[2J\u202e", str(tmp_path), "Ann [/] Lee"):
        done = change(home, key, "--no-passphrase")
        assert done.code in (1, 2) and "Traceback" not in done.talk and "\x1b" not in done.talk, key
    for name, raw in (("empty", b""), ("noise", bytes(range(256))), ("huge", b"a" * 70_000)):
        (tmp_path / name).write_bytes(raw)
        done = change(home, tmp_path / name, "--no-passphrase")
        assert done.code and "Traceback" not in done.talk and (tmp_path / name).read_bytes() == raw
    monkeypatch.setenv("FIELDKIT_PASSPHRASE", "old")
    none = change(home, root)
    assert none.code == 2 and "--new-passphrase-file" in none.talk
    both = change(home, root, "--no-passphrase", "--new-passphrase-file", written(tmp_path / "new", "x"))
    assert both.code == 2 and change(home, root, "--new-passphrase-file", written(tmp_path / "new", "\n")).code == 2
    with pytest.raises(NotPossible):
        reseal(root, Signer.load(root), "")
    assert root.read_bytes() == before
