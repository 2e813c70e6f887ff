"""Who asks to be let in, and who is: the trainer's list of other laptops. In memory; what holds stands in the log."""

from __future__ import annotations

import asyncio
from collections import Counter

import msgspec

from fieldkit.consoles.attach_note import Asker
from fieldkit.core.pairings import CONSOLES
from fieldkit.core.session import Session
from fieldkit.core.state import Staff

MOST_ASKING = 5
"""Laptops that may ask at once: a list that a person still reads."""
LET_IN = ""
"""What is said to whoever is let in; anything else is a key of `attach_wire.ENDS`."""


class Asking(msgspec.Struct, frozen=True):
    """A laptop that waits for the trainer. `no` names it here and is never given again; compare `words` with what its
    screen says."""

    no: int
    name: str
    words: str
    address: str


class Asks:
    """Each key asks once: who asks again takes the older question's place."""

    def __init__(self) -> None:
        self._asking: dict[str, tuple[Asking, Asker, asyncio.Future[str]]] = {}
        self._next = 1
        self._refused: set[str] = set()
        """Keys that were turned away or thrown out since the listener was switched on."""

    def list(self) -> list[Asking]:
        return [asking for asking, _, _ in self._asking.values()]

    def asker(self, no: int) -> Asker | None:
        return next((asker for asking, asker, _ in self._asking.values() if asking.no == no), None)

    def refused(self, key: str) -> bool:
        return key in self._refused

    def add(self, asker: Asker, address: str) -> asyncio.Future[str] | None:
        """What the trainer will say: LET_IN, or the reason of the end. None: too many ask already."""
        key = str(asker.vkey)
        before = self._asking.pop(key, None)
        if before is not None:
            _say(before[2], "elsewhere")
        if len(self._asking) >= MOST_ASKING and not self._makes_room(address):
            return None
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._asking[key] = Asking(self._next, asker.name, asker.words, address), asker, answer
        self._next += 1
        return answer

    def _makes_room(self, address: str) -> bool:
        """Whoever asks with many keys from one address gives way to another address; else one stranger could keep
        everybody out, with a new key for each that is turned away."""
        each = Counter(asking.address for asking, _, _ in self._asking.values())
        most, n = each.most_common(1)[0]
        if n < 2 or address in each:
            return False
        newest = [key for key, (asking, _, _) in self._asking.items() if asking.address == most][-1]
        _say(self._asking.pop(newest)[2], "busy")
        return True

    def drop(self, answer: asyncio.Future[str]) -> None:
        """Whoever asked has gone."""
        self._asking = {key: pair for key, pair in self._asking.items() if pair[2] is not answer}

    def answer(self, no: int, said: str) -> bool:
        """`said`: LET_IN or `denied`. False: nobody with this number asks (any more)."""
        found = next((key for key, (asking, _, _) in self._asking.items() if asking.no == no), None)
        if found is None:
            return False
        if said != LET_IN:
            self._refused.add(found)
        _say(self._asking.pop(found)[2], said)
        return True

    def refuse(self, key: str) -> None:
        self._refused.add(key)

    def close(self) -> None:
        for _, _, answer in self._asking.values():
            _say(answer, "off")
        self._asking.clear()


def paired(session: Session, key: str) -> Staff | None:
    """The pairing in force of this key."""
    return next((one for one in session.staff if one.key == key and one.role in CONSOLES), None)


def _say(answer: asyncio.Future[str], said: str) -> None:
    if not answer.done():
        answer.set_result(said)
