"""Passwords of accounts: hashed with scrypt, judged when they are chosen, made where nobody chooses.

The cost is OWASP's for 32 MiB (N 2¹⁵, r 8, p 3). It stands beside each hash, so that it can be raised. For a name
that does not exist the same work is done, so that the time of an answer says nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from itertools import pairwise

import msgspec

N, R, P = 1 << 15, 8, 3
MEMORY = 128 << 20
LEAST, MOST = 15, 256
"""Characters. Fifteen because it is the only factor; spaces count, and no kind of sign is asked for."""
OWN = 8
"""So many characters have to remain when the words that everybody here would try are taken out."""
EVERYBODY = ("fieldkit", "password", "passwort", "contraseña", "contrasena", "training", "qwerty", "letmein", "123456")
"""Words that are no secret; with them the account's own name and the organisation's."""
ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"


class Hashed(msgspec.Struct, frozen=True):
    salt: bytes
    digest: bytes
    n: int = N
    r: int = R
    p: int = P


NOBODY = Hashed(b"\0" * 16, b"\0" * 32)


def hashed(password: str, n: int = N, r: int = R, p: int = P) -> Hashed:
    """A new hash of it, with a salt of its own."""
    salt = secrets.token_bytes(16)
    return Hashed(salt, _scrypt(password, salt, n, r, p), n, r, p)


def right(password: str, known: Hashed | None) -> bool:
    """Whether it is the password. None, for a name that does not exist, costs the same and is never right."""
    against = known or NOBODY
    made = _scrypt(password, against.salt, against.n, against.r, against.p)
    return hmac.compare_digest(made, against.digest) and known is not None


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    raw = password.encode("utf-8", "surrogatepass")
    return hashlib.scrypt(raw, salt=salt, n=n, r=r, p=p, maxmem=MEMORY, dklen=32)


def made() -> str:
    """A password for somebody else's first log-in: 98 bits, easy to read aloud."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(5))


def weak(password: str, *names: str) -> str:
    """Why it will not do: `short`, `long`, `guessed`; empty when it will. `names`: of the account and the house."""
    if len(password) < LEAST:
        return "short"
    if len(password) > MOST:
        return "long"
    rest = password.casefold()
    for word in sorted({*EVERYBODY, *(one.casefold() for one in names if len(one) > 2)}, key=len, reverse=True):
        rest = rest.replace(word, "")
    signs = [ord(c) for c in rest]
    runs = sum(1 for a, b in pairwise(signs) if b - a in (-1, 0, 1))
    if len(rest) - runs < OWN or len(set(rest)) < 5 or _repeats(rest):
        return "guessed"
    return ""


def _repeats(text: str) -> bool:
    """One short piece again and again."""
    return any(text == (text[:k] * (len(text) // k + 1))[: len(text)] for k in range(1, len(text) // 2 + 1) if k < 8)
