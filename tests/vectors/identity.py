"""An age identity out of a published sentence, so that no file of the project has to hold one.

`AGE-SECRET-KEY-1…` is bech32 (BIP 173) of the X25519 secret; pyrage gives the recipient that belongs to it.
"""

from __future__ import annotations

import hashlib

LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
HRP = "age-secret-key-"


def identity_of(word: str) -> tuple[str, str]:
    """(identity, recipient) whose secret is SHA-256 of `fieldkit test key <word>`."""
    from pyrage import x25519  # type: ignore[import-untyped]

    secret = bech32(HRP, hashlib.sha256(f"fieldkit test key {word}".encode()).digest()).upper()
    return secret, str(x25519.Identity.from_str(secret).to_public())


def bech32(hrp: str, raw: bytes) -> str:
    """`raw` in groups of five bits behind `hrp`, with the checksum of BIP 173."""
    bits = int.from_bytes(raw, "big") << -len(raw) * 8 % 5
    data = [bits >> shift & 31 for shift in range(-(-len(raw) * 8 // 5) * 5 - 5, -1, -5)]
    spread = [ord(x) >> 5 for x in hrp] + [0] + [ord(x) & 31 for x in hrp]
    check = polymod(spread + data + [0] * 6) ^ 1
    return hrp + "1" + "".join(LETTERS[x] for x in data + [check >> 5 * (5 - i) & 31 for i in range(6)])


def polymod(values: list[int]) -> int:
    steps = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
    out = 1
    for value in values:
        top = out >> 25
        out = (out & 0x1FFFFFF) << 5 ^ value
        for i, step in enumerate(steps):
            if top >> i & 1:
                out ^= step
    return out
