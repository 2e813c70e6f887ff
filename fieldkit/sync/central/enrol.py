"""Enrolment: a key comes on a stick or in a message, its six words by voice, and root puts it on the trust list.

The words are what proves whose it is: 66 bits of the key's hash, compared by two people who know each other's
voice. Nothing is written before they agree. Sessions that were held because the laptop was unknown are judged again
when they are ingested again; enrolling alone stores nothing.
"""

from __future__ import annotations

from fieldkit.log.keys import Signer
from fieldkit.log.trust import Enrol, TrustList
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.listing import Asked, asked, with_key


def check(raw: bytes, words: str) -> Enrol:
    """The enrolment in `raw` if `words` are its key's. Raises BadBytes for a damaged note, NotPossible for words."""
    return asked(raw, words)


def with_device(trust: TrustList, enrol: Enrol, now: int) -> TrustList:
    """The list with this key; `listing.with_key` says from when until when, and what is refused."""
    return with_key(trust, Asked(enrol.vkey, enrol.made if enrol.made >= 0 else None), now)


def enrol(home: Home, asked: Enrol, now: int, root: Signer | None) -> TrustList:
    """Put the device on the next list: signed and in force with `root`, a draft that waits for it without."""
    trust = with_device(home.next_trust(), asked, now)
    return home.put_trust(trust, now, *([root] if root is not None else []))


def sign(home: Home, now: int, root: Signer) -> TrustList:
    """Sign the draft, or the list in force again, for the next 90 days."""
    return home.put_trust(home.next_trust(), now, root)
