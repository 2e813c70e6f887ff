"""Look-alikes: announcements that people could take for one another. Discovery is a hint, and a hint can be forged.

What is compared is what a person compares: the name. A claim to be this very session is told apart, since no honest
laptop makes it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence

import msgspec

from fieldkit.lan.announce import LABEL_BYTES, Found, cut


class Alike(msgspec.Struct, frozen=True):
    """An announcement that could be taken for ours. `claims`: it says it is this very session."""

    title: str
    url: str
    claims: bool


def same_name(one: str, other: str) -> bool:
    """Two titles that people take for one: case, spaces, look-alike forms, and the `-2` of a name change set aside."""
    return _plain_name(one) == _plain_name(other)


def _plain_name(title: str) -> str:
    text = "".join(unicodedata.normalize("NFKC", title).casefold().split())
    return re.sub(r"(?:-\d{1,3}|\(\d{1,3}\))\Z", "", text).strip(".")


def look_alikes(
    found: Iterable[Found], title: str, sid: str, port: int, own: Collection[str], fingerprint: str = ""
) -> list[Alike]:
    """Which of `found` are not us and look like us. `own` are this laptop's addresses: what is announced from our
    address and port is ourselves, and so is what is announced from our address with the `fingerprint` of our key:
    an ended session of this laptop, which others still remember. The key alone says nothing: anybody can copy it."""
    out: list[Alike] = []
    for one in found:
        ours = one.port == port or (bool(fingerprint) and one.fingerprint == fingerprint)
        if ours and any(ip in own for ip in one.ips):
            continue
        claims = bool(sid) and one.sid == sid
        if claims or same_name(one.title, cut(title, LABEL_BYTES)):
            out.append(Alike(one.title, one.url, claims))
    return sorted(out, key=lambda x: (not x.claims, x.title, x.url))


def twins(found: Sequence[Found]) -> set[int]:
    """Positions of those that share their name or their session id with another one of the list."""
    out: set[int] = set()
    for n, one in enumerate(found):
        for k in range(n):
            other = found[k]
            if same_name(one.title, other.title) or (one.sid and one.sid == other.sid):
                out |= {n, k}
    return out
