"""How often one address may be wrong about a receipt's code. Seconds are of a steady clock and an argument.

A code is 50 bits, so nobody finds one by trying; this keeps trying from being worth a thought and from keeping head
office busy. Memory is bounded: at most so many addresses, those that have been quiet longest are forgotten first.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict

import msgspec

FREE = 5
"""So many wrong codes cost nothing: people mistype."""
FIRST_S, MOST_S = 10.0, 900.0
"""The first wait, which doubles with every further wrong code, and the longest."""
FORGET_S = 3600.0
ADDRESSES = 4096
AT_ONCE = 4


class _Peer(msgspec.Struct):
    wrong: int = 0
    until: float = 0.0
    open: int = 0
    last: float = 0.0
    told: float = 0.0
    """The wait that was written down: its end."""


class Guesses:
    """Who asked, and how often wrongly."""

    def __init__(self, free: int = FREE) -> None:
        """`free`: so many wrong ones cost nothing."""
        self._free = free
        self._peers: OrderedDict[str, _Peer] = OrderedDict()

    def __len__(self) -> int:
        return len(self._peers)

    def wait(self, peer: str, now: float) -> float:
        """Seconds until this address may ask again; 0.0 if it may now."""
        one = self._peers.get(group(peer))
        return max(0.0, one.until - now) if one is not None else 0.0

    def tell(self, peer: str) -> bool:
        """Whether its wait is still to be written down: once each, however often it is asked for."""
        one = self._peers.get(group(peer))
        if one is None or one.told == one.until:
            return False
        one.told = one.until
        return True

    def begin(self, peer: str, now: float) -> bool:
        """A question of this address is looked up from here to `end`; False if too many are under way."""
        one = self._peers.setdefault(group(peer), _Peer())
        self._peers.move_to_end(group(peer))
        if one.open >= AT_ONCE:
            return False
        if now - one.last > FORGET_S:
            one.wrong = 0
        one.open, one.last = one.open + 1, now
        while len(self._peers) > ADDRESSES:
            self._peers.popitem(last=False)
        return True

    def end(self, peer: str, now: float, *, wrong: bool) -> None:
        """It was answered. A right one takes nothing back: who has one code cannot buy tries with it."""
        one = self._peers.get(group(peer))
        if one is None:  # forgotten meanwhile
            return
        one.open, one.last = max(0, one.open - 1), now
        if wrong:
            one.wrong += 1
            if one.wrong > self._free:
                one.until = now + min(MOST_S, FIRST_S * 2 ** min(one.wrong - self._free - 1, 10))

    def sweep(self, now: float) -> None:
        """Forget addresses that have been quiet for an hour."""
        for key in [k for k, one in self._peers.items() if not one.open and now - one.last > FORGET_S]:
            del self._peers[key]


def group(peer: str) -> str:
    """What counts as one address: in IPv6 the whole /64, which one household or phone has."""
    try:
        ip = ipaddress.ip_address(peer)
    except ValueError:
        return peer[:64]
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False).network_address)
    return str(ip)
