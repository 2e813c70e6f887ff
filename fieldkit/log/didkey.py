"""An Ed25519 key under the name by which the world outside knows it: `did:key:z6Mk…`, the key itself and nothing else.

did:key (https://w3c-ccg.github.io/did-key-spec/) is the multibase spelling (`z`: base58btc) of the multicodec prefix
0xed01 and the 32 bytes; whoever reads it needs no network. One spelling of each is taken: what decodes must encode to
the same text again.
"""

from __future__ import annotations

from fieldkit.errors import BadBytes
from fieldkit.log.keys import check_point

_LETTERS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ED25519 = b"\xed\x01"
_DID = "did:key:"
_MOST = 256
"""Signs of a text that is looked at: decoding base58 takes time that grows with the square."""


def base58(raw: bytes) -> str:
    """Multibase `z`: base58 in Bitcoin's alphabet."""
    number, out = int.from_bytes(raw, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        out = _LETTERS[rest] + out
    return "z" + "1" * (len(raw) - len(raw.lstrip(b"\0"))) + out


def unbase58(text: str) -> bytes:
    """The bytes of a multibase `z` text in its one spelling. Raises BadBytes."""
    body = text[1:]
    if not text.startswith("z") or len(text) > _MOST or not all(sign in _LETTERS for sign in body):
        raise BadBytes("bad-multibase", "this is no base58 text")
    number = 0
    for sign in body:
        number = number * 58 + _LETTERS.index(sign)
    zeros = len(body) - len(body.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def did_of(pub: bytes) -> str:
    """`did:key:z6Mk…` of 32 bytes."""
    return _DID + base58(_ED25519 + pub)


def method_of(did: str) -> str:
    """The verification method of a did:key: its one key."""
    return f"{did}#{did.removeprefix(_DID)}"


def pub_of(did: str) -> bytes:
    """The public key that a did:key is. Raises BadBytes: no Ed25519 key, or one that anybody could sign for."""
    raw = unbase58(did.removeprefix(_DID)) if did.startswith(_DID) else b""
    if len(raw) != 34 or not raw.startswith(_ED25519):
        raise BadBytes("bad-did", "the issuer is no did:key of an Ed25519 key")
    check_point(raw[2:])
    return raw[2:]
