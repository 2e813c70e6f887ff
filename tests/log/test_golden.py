"""tests/vectors/golden/: what an earlier release wrote is read by this one, with the same verdict and sheet."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from fieldkit.log.bundle import verify_bundle
from fieldkit.log.seal import NO_KEYS
from tests.log.test_by_hand import TOOLS, by_hand
from tests.vectors.golden import FOLDER, IDENTITY, KEYS, NAMES, RECIPIENT, UNSEAL, members, sheets, verdict, write

READABLE = [name for name in NAMES if name not in UNSEAL]
QUICK = [name for name in NAMES if name != "sealed-words"]
"""Guessing words is made slow on purpose: that one is opened once."""


def within(old: Any, new: Any) -> bool:
    """Whether everything that was said is still said; more may be said beside it."""
    if isinstance(old, dict):
        return isinstance(new, dict) and all(key in new and within(old[key], new[key]) for key in old)
    if isinstance(old, list):
        return isinstance(new, list) and len(old) == len(new) and all(map(within, old, new))
    return bool(old == new)


@pytest.mark.parametrize("name", QUICK)
def test_a_golden_bundle_gets_its_verdict(name: str) -> None:
    """Origin, size, root, signers and attestations included; nobody's keys make `signer-unknown`, never `verified`."""
    path = FOLDER / f"{name}.fkb"
    wanted = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    assert wanted["verdict"] == "verified"
    assert within(wanted, verdict(path))
    assert verify_bundle(path, [], UNSEAL.get(name, NO_KEYS)).verdict == "signer-unknown"


@pytest.mark.parametrize("name", QUICK)
def test_a_golden_bundle_leads_to_its_attendance(name: str) -> None:
    """Every cell of the sheet, folded from nothing but the plan and the records that travel in the bundle."""
    wanted = (FOLDER / f"{name}.csv").read_bytes()
    found = sheets((FOLDER / f"{name}.fkb").read_bytes(), UNSEAL.get(name, NO_KEYS))
    assert list(csv.reader(io.StringIO(found.decode("utf-8-sig")))) == list(
        csv.reader(io.StringIO(wanted.decode("utf-8-sig")))
    )
    assert found == wanted


@pytest.mark.parametrize("name", sorted(UNSEAL))
def test_a_sealed_one_says_nothing_without_its_key_and_holds_the_plain_one(name: str) -> None:
    assert verify_bundle(FOLDER / f"{name}.fkb", KEYS).verdict == "sealed"
    assert members((FOLDER / f"{name}.fkb").read_bytes(), UNSEAL[name]) == members((FOLDER / "plain.fkb").read_bytes())


@pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason="the check by hand needs bash, openssl, gzip and sed")
@pytest.mark.parametrize("name", ["attested", "several", "erased"])
def test_the_check_by_hand_says_the_same(name: str) -> None:
    code, lines = by_hand(FOLDER / f"{name}.fkb", *map(str, KEYS))
    assert (code, lines[-1]) == (0, "verified")


def test_the_published_identity_is_the_one_of_its_sentence() -> None:
    """Whoever reads README.md can make it; an age that disagreed about bech32 would not open anything."""
    assert (FOLDER / "recipient.txt").read_text("ascii").strip() == RECIPIENT
    assert IDENTITY.startswith("AGE-SECRET-" + "KEY-1") and len(IDENTITY) == 74


@pytest.mark.parametrize("name", READABLE)
async def test_the_script_that_wrote_them_still_leads_to_the_same_sheet(tmp_path: Path, name: str) -> None:
    """A later release may write more records for the same evening; the sheet of it stays the sheet."""
    path = tmp_path / f"{name}.fkb"
    await write(tmp_path, name, path)
    assert verify_bundle(path, KEYS).verdict == "verified"
    assert sheets(path.read_bytes()) == (FOLDER / f"{name}.csv").read_bytes()
