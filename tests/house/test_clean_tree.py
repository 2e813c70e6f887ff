"""Nothing of a particular machine, and no secret, is in the project."""

from __future__ import annotations

import re

from tests.house.tree import ROOT, every_file, name_of

# Written in pieces, so that this file does not contain what it looks for.
MACHINE = re.compile(
    r"(?<![\w.>])/(?:" + "|".join(("wo" + "rk", "ro" + "ot", "ho" + "me", "Us" + "ers")) + r")/[A-Za-z.]"
)
SECRETS = (
    re.compile("AGE-SECRET-KEY-1[0-9A-Z]{20,}"),
    re.compile("-----BEGIN [A-Z ]*PRIVATE" + " KEY-----"),
    re.compile("gh" + r"[pousr]_[A-Za-z0-9]{30,}"),
    re.compile("AK" + r"IA[0-9A-Z]{16}"),
    re.compile("(?i)authorization: " + r"(?:bearer|basic) [A-Za-z0-9+/=_-]{16,}"),
)
BINARY = (".png", ".jpg", ".jpeg", ".webp", ".mo", ".xlsx", ".pdf", ".ttf", ".fkb", ".fkpack", ".db", ".gz", ".pyc")


def _texts() -> list[tuple[str, str]]:
    return [
        (name_of(path), path.read_text("utf-8", errors="replace"))
        for path in every_file()
        if path.suffix not in BINARY and path.name not in ("requirements.lock", "LICENSE")
    ]


def test_no_file_names_a_path_of_somebodys_machine() -> None:
    """A path that exists on one laptop only is a bug on every other."""
    wrong = [
        f"{name}:{text[: hit.start()].count(chr(10)) + 1} {hit.group()}"
        for name, text in _texts()
        for hit in MACHINE.finditer(text)
    ]
    assert not wrong, "\n".join(wrong)


def test_no_file_holds_a_secret() -> None:
    """Keys are made at run time; vectors hold seeds that say they are vectors, never identities."""
    wrong = [name for name, text in _texts() for pattern in SECRETS if pattern.search(text)]
    assert not wrong, wrong


def test_no_file_of_a_data_folder_or_build_is_kept() -> None:
    """Session files, keys and bundles belong to a station, not to the source; vectors are the exception."""
    wrong = [
        name_of(path)
        for path in every_file()
        if path.suffix in (".db", ".fkb", ".whl", ".pyc") and not name_of(path).startswith("tests/vectors/")
    ]
    assert not wrong, wrong


def test_the_lock_names_hashes_and_no_addresses() -> None:
    """`pip install --require-hashes` works from any index or mirror."""
    text = (ROOT / "requirements.lock").read_text("utf-8")
    assert "://" not in text
    pins = re.findall(r"^[A-Za-z0-9._-]+==", text, re.M)
    blocks = re.split(r"^(?=[A-Za-z0-9._-]+==)", text, flags=re.M)[1:]
    assert len(pins) == len(blocks) > 10
    assert [block.split("==")[0] for block in blocks if "--hash=sha256:" not in block] == []
