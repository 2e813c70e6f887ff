"""Enrolment: a laptop's key comes on a stick, its six words by voice, and root puts it on the trust list.

The words are what proves whose laptop it is: 66 bits of the key's hash, compared by two people who know each other's
voice. Nothing is written before they agree. Sessions that were held because the laptop was unknown are judged again
when they are ingested again; enrolling alone stores nothing.
"""

from __future__ import annotations

import msgspec

from fieldkit.errors import NotPossible
from fieldkit.log.keys import Signer, VKey, same_words
from fieldkit.log.note import day_text, parse_day
from fieldkit.log.trust import Enrol, TrustKey, TrustList, parse_enrol
from fieldkit.sync.central.home import DAY, DEVICE_DAYS, Home


def check(raw: bytes, words: str) -> Enrol:
    """The enrolment in `raw` if `words` are its key's. Raises BadBytes for a damaged note, NotPossible for words."""
    asked = parse_enrol(raw)
    if not same_words(words, asked.vkey):
        raise NotPossible(
            "The six words do not belong to this laptop's key; nothing was changed.",
            "Ask for them again by voice; if they differ still, this note is not from that laptop.",
        )
    return asked


def with_device(trust: TrustList, asked: Enrol, now: int) -> TrustList:
    """The list with this device: valid from the day its key was made, for a year from now.

    Valid from `made`, so that sessions run before the enrolment can be accepted; a key made in the future by a wrong
    clock counts from today. A revoked key stays revoked. Raises NotPossible.
    """
    today = parse_day(day_text(now))
    start = min(parse_day(day_text(asked.made)), today)
    known = trust.find(asked.vkey)
    if known is not None and known.revoked is not None:
        raise NotPossible(
            "This laptop's key was revoked.", "Let it make a new data folder, and with it a new key, and enrol that."
        )
    if any(key.vkey.name == asked.vkey.name and key.vkey != asked.vkey for key in trust.keys):
        raise NotPossible(
            "Another key of this name is on the trust list already.",
            "A device's name is for ever: find out which of the two laptops is the copy.",
        )
    new = TrustKey("device", asked.vkey, start, today + DEVICE_DAYS * DAY)
    if known is not None:
        new = msgspec.structs.replace(known, from_=min(known.from_, start), until=max(known.until, new.until))
    keys = [key for key in trust.keys if key.vkey != asked.vkey]
    return msgspec.structs.replace(trust, keys=(*keys, new))


def enrol(home: Home, asked: Enrol, now: int, root: Signer | None) -> TrustList:
    """Put the device on the next list: signed and in force with `root`, a draft that waits for it without."""
    trust = with_device(home.next_trust(), asked, now)
    return home.put_trust(trust, now, *([root] if root is not None else []))


def sign(home: Home, now: int, root: Signer) -> TrustList:
    """Sign the draft, or the list in force again, for the next 90 days."""
    return home.put_trust(home.next_trust(), now, root)


def device_of(trust: TrustList, name: str) -> list[VKey]:
    """The keys the list has for a device name."""
    return [key.vkey for key in trust.of("device") if key.vkey.name == name]
