"""tests/vectors/*.json: sessions, notes and receipts as text; each is taken, or refused for the reason it names."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from fieldkit.errors import BadBytes
from fieldkit.log.bundle import Verdict
from fieldkit.log.keys import VKey
from fieldkit.log.note import open_checkpoint
from fieldkit.log.receipt import parse_central_receipt, parse_file_note, parse_receipt, verify_receipt
from fieldkit.log.trust import open_trust, parse_enrol
from tests.house.tree import ROOT
from tests.log.packing import judged, packed
from tests.log.test_bundle import HEAD
from tests.vectors.make import FOLDER, documents, readme, written

DOCUMENTS: dict[str, Any] = {
    name: json.loads((FOLDER / name).read_text("utf-8")) for name in ("logs.json", "notes.json", "receipts.json")
}
LOGS = DOCUMENTS["logs.json"]
NOTES = [(name, case) for name in ("notes.json", "receipts.json") for case in DOCUMENTS[name]["cases"]]


def read(as_: str, raw: bytes, keys: Sequence[VKey]) -> object:
    """Read a note as one of a type, as the programs of both sides do."""
    if as_ == "checkpoint":
        return open_checkpoint(raw, keys)
    if as_ == "trust":
        return open_trust(raw, keys)
    if as_ == "enrol":
        return parse_enrol(raw)
    if as_ == "receipt":
        return parse_central_receipt(raw, keys)
    if as_ == "file":
        return parse_file_note(raw, keys)
    assert as_ == "participant"
    return verify_receipt(parse_receipt(raw), keys)


def session(folder: Path, case: dict[str, str]) -> Verdict:
    """The verdict of a bundle with this session in it."""
    log = bytes.fromhex(case["log_hex"]) if "log_hex" in case else case["log"].encode()
    plan = LOGS["plan"].encode()
    return judged(
        folder,
        packed(
            [
                ("fieldkit-bundle", b"fieldkit-bundle/1\n"),
                HEAD,
                ("1/checkpoint", case["checkpoint"].encode()),
                ("1/log.jsonl", log),
                ("1/openings.jsonl", case["openings"].encode()),
                (f"1/blob/{hashlib.sha256(plan).hexdigest()}", plan),
            ]
        ),
    )


@pytest.mark.parametrize("case", LOGS["cases"], ids=lambda case: case["what"])
def test_each_log_is_whole_or_refused_for_its_reason(tmp_path: Path, case: dict[str, str]) -> None:
    verdict = session(tmp_path, case)
    wanted = ("refused", case["reason"]) if case["reason"] else ("verified", "")
    assert (verdict.verdict, verdict.reason) == wanted, verdict.detail


@pytest.mark.parametrize(("name", "case"), NOTES, ids=lambda one: one["what"] if isinstance(one, dict) else "")
def test_each_note_is_good_or_refused_for_its_reason(name: str, case: dict[str, Any]) -> None:
    keys = [VKey.parse(text) for text in case.get("keys", DOCUMENTS[name]["keys"])]
    raw = bytes.fromhex(case["hex"]) if "hex" in case else case["note"].encode()
    try:
        read(case["as"], raw, keys)
    except BadBytes as wrong:
        assert wrong.reason == case["reason"], wrong.detail
    else:
        assert case["reason"] == ""


def test_no_two_cases_are_the_same() -> None:
    """A case that repeats another proves nothing."""
    for name, document in DOCUMENTS.items():
        said = [json.dumps({k: v for k, v in case.items() if k != "what"}) for case in document["cases"]]
        assert len(set(said)) == len(said), name


async def test_the_vectors_and_their_table_are_made_again_to_the_byte(tmp_path: Path) -> None:
    """`python -m tests.vectors.make` changes nothing."""
    made = await documents(tmp_path)
    for name, document in made.items():
        assert (FOLDER / name).read_text("utf-8") == written(document), name
    assert (FOLDER / "README.md").read_text("utf-8") == readme(made)


def test_every_reason_is_in_the_documents() -> None:
    """Whoever writes another reader finds each code in docs/log-format.md or docs/bundle-format.md."""
    pages = "".join((ROOT / "docs" / name).read_text("utf-8") for name in ("log-format.md", "bundle-format.md"))
    reasons = {case["reason"] for document in DOCUMENTS.values() for case in document["cases"]}
    assert sorted(reason for reason in reasons if f"`{reason}`" not in pages and reason) == []
