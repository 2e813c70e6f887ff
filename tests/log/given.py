"""The worked example of docs/log-format.md and small makers, shared by the tests of this room."""

from __future__ import annotations

import hashlib
from pathlib import Path

from fieldkit.log.keys import Signer

VECTORS = Path(__file__).parent.parent / "vectors"
WORKED = VECTORS / "worked"
ORG = "ld.acme.example"
ORIGIN = f"{ORG}/dev/7q2k/000017-k3m9w2p4"
TIME = 1795345000


def signer(name: str, seed: str = "") -> Signer:
    """A signer whose seed is the SHA-256 of `fieldkit test key <seed>`; the last word of the name without one."""
    word = seed or name.split("/")[1]
    return Signer(name, hashlib.sha256(f"fieldkit test key {word}".encode()).digest())


ROOT = signer(f"{ORG}/root")
DEVICE = signer(f"{ORG}/dev/7q2k")
FACILITATOR = signer(f"{ORG}/fac/9k3m")
CENTRAL = signer(f"{ORG}/central")
OFFICE = signer(f"{ORG}/office")


def worked_lines() -> list[bytes]:
    """The three record lines, without newlines."""
    return WORKED.joinpath("log.jsonl").read_bytes().split(b"\n")[:-1]


def worked_opening() -> bytes:
    """The opening of record 1, without its newline."""
    return WORKED.joinpath("openings.jsonl").read_bytes()[:-1]
