"""The shared tablet: which device it is, and whose turn it is there.

A token turns one device into the kiosk, once: token and device secret are HMACs of the session's secret and a number,
and the numbers that were given out stand in the session file, so that a used token stays used after a crash. Persons
have no cookie here. Each turn's forms carry a token of their own: participant, end and number of the turn under an
HMAC; it holds for two minutes, for the newest turn only, and for none that is over.

Times are the session's `m` (ms), which goes on while the program is down.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
from collections import OrderedDict
from typing import TYPE_CHECKING

import msgspec

from fieldkit.core.models import learn
from fieldkit.errors import FieldkitError
from fieldkit.lan.doors import Pace

if TYPE_CHECKING:
    from fieldkit.desk import Desk
    from fieldkit.lan.wire import Body

META = "kiosk"
TURN_MS = 120_000
SAVED_MS = 5_000
"""How long "Saved. Next person" stays before the badge screen is back by itself."""
AWAY_S = 20.0
"""A kiosk that has not asked for so long is not connected: its page asks every 3 s."""
MOST_KEPT = 64
COMES_A_MINUTE = 60


class Held(msgspec.Struct):
    """What the session file keeps. Numbers count from 1; 0 is none."""

    last: int = 0
    """The newest number given out."""
    device: int = 0
    """Whose device is the kiosk."""
    offer: int = 0
    """Whose token waits to be used."""
    over: int = 0
    """Every turn up to this one is over."""


learn(Held)


class Turn(msgspec.Struct):
    """Somebody stands at the kiosk."""

    p: str
    no: int
    until: int
    lang: str
    said: str = ""
    """A sentence to show on the page, English."""
    saved: bool = False
    """Something was just saved, and there is more to do."""
    came: bool = False
    """This turn brought them in."""
    done: set[str] = set()
    """`activity/round/q` of what was answered in it: of an anonymous answer nothing else is known."""


class Last(msgspec.Struct, frozen=True):
    """What the page says once a turn is over, for a moment."""

    until: int
    lang: str
    name: str = ""
    """Only of somebody who left."""
    code: str = ""


class Kiosk:
    """One session's kiosk. `load` before use."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.turn_ms = TURN_MS
        self._held = Held()
        self._seen: float | None = None
        self.comes = Pace(COMES_A_MINUTE)
        self.turn: Turn | None = None
        self.last: Last | None = None
        self.lang = ""
        """Language chosen on the badge screen, for one turn."""
        self.said = ""
        self.typed: dict[str, str] = {}
        """What stood in a refused form; shown once."""
        self.let_in = ""
        """Id of the form whose arrival went through the lobby last: it may come again."""
        self.kept: OrderedDict[str, Body] = OrderedDict()
        """p → an answer that came after its turn was over: it stands in the form at their next turn."""
        self._done: tuple[str, str] = ("", "")

    async def load(self) -> None:
        """Read what the session file keeps. What cannot be read is no kiosk: a new token makes one."""
        raw = await self._desk.store.meta(META)
        with contextlib.suppress(msgspec.DecodeError):
            self._held = msgspec.json.decode(raw, type=Held) if raw else Held()

    async def _keep(self, **change: int) -> None:
        """Durable before it counts; raises FieldkitError, and then nothing has changed."""
        was = self._held
        self._held = msgspec.structs.replace(was, **change)
        try:
            await self._desk.store.set_meta(META, msgspec.json.encode(self._held))
        except FieldkitError:
            self._held = was
            raise

    # ---- the device ----------------------------------------------------------------------------------------------

    @property
    def token(self) -> str:
        """The token that waits to be used; empty when there is none."""
        return self._mac(b"kiosk", self._held.offer) if self._held.offer else ""

    @property
    def on(self) -> bool:
        """Some device is the kiosk."""
        return self._held.device > 0

    async def offer(self) -> str:
        """A token that makes one device the kiosk. The one before it, if unused, stays; a device that is the kiosk
        already stays so until the token is used."""
        if not self._held.offer:
            await self._keep(last=self._held.last + 1, offer=self._held.last + 1)
        return self.token

    async def start(self) -> None:
        """Read what the session file keeps, and have a token ready, unless the trainer turned the kiosk off."""
        await self.load()
        if self.on or not self._held.last:
            with contextlib.suppress(FieldkitError):  # a kiosk is no reason not to begin
                await self.offer()

    async def off(self) -> bool:
        """Take the kiosk back: no device is it, no token makes one. True if there was anything to take back."""
        if not self._held.device and not self._held.offer:
            return False
        await self._keep(device=0, offer=0)
        self._forget()
        return True

    async def take(self, token: str) -> str:
        """Use the token: the device's cookie value; empty when it is not the one that waits."""
        if not self._held.offer or not _equal(token, self.token):
            return ""
        mine = self._held.offer
        await self._keep(device=mine, offer=0)
        self._forget()
        return self._mac(b"kiosk-device", mine)

    def is_device(self, cookie: str) -> bool:
        return self.on and _equal(cookie, self._mac(b"kiosk-device", self._held.device))

    def _forget(self) -> None:
        self.turn, self.last, self.lang, self.said, self._seen = None, None, "", "", None
        self.typed = {}

    def _mac(self, what: bytes, no: int) -> str:
        return _b64(hmac.digest(self._desk.secret, what + b"\0%d" % no, hashlib.sha256)[:18])

    # ---- is it there ---------------------------------------------------------------------------------------------

    def seen(self, now: float) -> bool:
        """Its page asked (steady seconds); True if it had been away."""
        back = not self.connected(now)
        self._seen = now
        return back

    def connected(self, now: float) -> bool:
        return self.on and self._seen is not None and now - self._seen < AWAY_S

    # ---- turns ---------------------------------------------------------------------------------------------------

    async def begin(self, p: str, lang: str, *, came: bool = False) -> Turn:
        """Somebody's turn; the one before is over. Raises FieldkitError when that cannot be saved."""
        no = max(self._held.over, self.turn.no if self.turn else 0) + 1
        if self._held.over != no - 1:
            await self._keep(over=no - 1)
        self.turn = Turn(p, no, self._desk.now() + self.turn_ms, lang, came=came)
        self.last, self.lang, self.said, self.typed = None, "", "", {}
        return self.turn

    def now(self) -> Turn | None:
        """Whose turn it is; None once nobody's, or two minutes without a tap have passed."""
        if self.turn is not None and self._desk.now() >= self.turn.until:
            self.turn = None
            self.lang = ""
        return self.turn

    def sign(self, turn: Turn) -> str:
        """The token that the forms of this turn carry: 64 characters at most."""
        said = f"{turn.p}.{turn.until:x}.{turn.no:x}"
        return f"{said}.{self._turn_mac(said)}"

    def renew(self, turn: Turn) -> None:
        """Something was done: two more minutes."""
        turn.until = self._desk.now() + self.turn_ms

    def read(self, token: str) -> tuple[Turn | None, str]:
        """The running turn of a form's token, and the p that it was given to; (None, p) once over, (None, "") forged.

        A turn that was running when the program was killed goes on: nothing that is over has its number.
        """
        said, _, mac = token.rpartition(".")
        if not said or not _equal(mac, self._turn_mac(said)):
            return None, ""
        p, until, no = said.split(".")
        number, end = int(no, 16), int(until, 16)
        if number <= self._held.over or self._desk.now() >= end:
            return None, p
        if self.turn is None:
            person = self._desk.session.people.get(p)
            self.turn = Turn(p, number, end, person.lang if person else "")
        # After a crash two turns may have the same number: the one that was running, and the first one since.
        if (self.turn.no, self.turn.p) != (number, p) or self._desk.now() >= self.turn.until:
            return None, p
        return self.turn, p

    def is_done(self, token: str, id: str) -> bool:
        """This very form ended its turn, and its answer got lost on the way back."""
        return self._done == (token, id)

    async def end(self, token: str = "", id: str = "", last: Last | None = None) -> None:
        """The turn is over; `token` and `id` of the form that ended it."""
        turn, self.turn = self.turn, None
        self.last, self.lang, self.said = last, "", ""
        self._done = (token, id)
        if turn is not None:
            # Should this not reach the disk, the next turn's beginning brings it along.
            with contextlib.suppress(FieldkitError):
                await self._keep(over=turn.no)

    def keep(self, p: str, asked: Body) -> None:
        """Hold on to an answer whose turn was over."""
        self.kept[p] = asked
        self.kept.move_to_end(p)
        while len(self.kept) > MOST_KEPT:
            self.kept.popitem(last=False)

    def _turn_mac(self, said: str) -> str:
        device = b"%d\0" % self._held.device
        return _b64(hmac.digest(self._desk.secret, b"turn\0" + device + said.encode(), hashlib.sha256)[:15])


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


def _equal(one: str, other: str) -> bool:
    return one.isascii() and hmac.compare_digest(one, other)
