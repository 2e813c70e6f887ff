"""The loopback control port: `fieldkit ctl` drives the running session through it.

It listens on 127.0.0.1 only, on a port of its own, and asks for the bearer token that stands in `control.json`
(mode 0600) in the data folder: whoever can read that file is the person at this laptop. A browser always sends
`Origin` with such a request, so any `Origin` is refused. The participants' listener has no route that comes here.
"""

from __future__ import annotations

import hmac
import os
import secrets
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from aiohttp import web

from fieldkit.core.intents import FACILITATOR
from fieldkit.core.models import learn
from fieldkit.core.muster import meant, some
from fieldkit.core.views import AlarmView
from fieldkit.desk import Accepted, Already, Answer, Desk, Refused
from fieldkit.errors import FieldkitError
from fieldkit.verbs import ALL_SAFE, Admit, Kiosk, SecondConsole, ShowAddress, Tick, Where, wish_of

if TYPE_CHECKING:
    from fieldkit.lan.server import LanServer

MOST_BYTES = 64 * 1024
STATUS = "/v1/status"
ORDERS = "/v1/orders"
SCOPE = "control"
"""Of the ids that orders may carry."""
PATHS = frozenset({STATUS, ORDERS})
HINTS = {
    "small-crew": "Write --small behind it to open it all the same.",
    "alarm": f"When all are safe, write `fieldkit ctl resume {ALL_SAFE}`; who is not ticked off is noted.",
}
"""What to write behind a verb that was refused, by the reason."""


class Order(msgspec.Struct):
    """What `ctl` sends: a verb, its words, whether counts are shown live, and whether few people are enough."""

    verb: str
    words: list[str] = []
    live: bool = False
    small: bool = False
    id: str = ""
    """Of an order that may come twice (a sheet typed in again): the second one is answered *already*."""


learn(Order)


def status(desk: Desk) -> dict[str, Any]:
    """`ctl status --json` (docs/commands.md)."""
    view = desk.room_view()
    return {
        "session": view.session,
        "title": view.title,
        "segment": view.segment,
        "step": view.step,
        "steps": view.steps,
        "next": view.next_label,
        "open": [
            {
                "activity": x.activity,
                "round": x.round,
                "mode": x.mode,
                "answered": x.answered,
                "counts": x.counts,
                "missing": x.missing_n,
                "left_ms": x.left_ms,
            }
            for x in view.open
        ],
        "people": {
            "expected": view.expected,
            "joined": view.joined,
            "present": view.present,
            "live": view.live,
        },
        "says": [{"ref": x.ref, "text": x.text, "ups": x.ups, "pinned": x.pinned} for x in view.says if not x.hidden],
        "hands": len(view.hands),
        "tempo": {"lost": view.tempo.lost, "ok": view.tempo.ok, "faster": view.tempo.faster},
        "lobby": view.lobby,
        "code": desk.code,
        "fresh": desk.fresh(),
        "saved": view.saved,
        "pace_s": view.pace_s,
        "state": view.state,
        "alarm": _alarm(view.alarm),
    }


def _alarm(alarm: AlarmView | None) -> dict[str, Any] | None:
    if alarm is None:
        return None
    return {"ms": alarm.ms, "present": alarm.present, "missing": [x.name for x in alarm.missing]}


def beside(lan: LanServer | None) -> dict[str, Any]:
    """What of the status only the listener knows: where people join, and how the kiosk stands."""
    if lan is None:
        return {}
    here = {"trainer": lan.desk.session.leader, "langs": lan.desk.plan.langs, "kiosk": lan.kiosk_state}
    return {**here, "url": lan.url, "urls": lan.urls, "joining": lan.joining_json()}


class Consoles(Protocol):
    """What switches second consoles: whoever runs the room brings it."""

    def state(self) -> dict[str, Any]:
        """For `ctl status --json` (docs/commands.md)."""

    async def order(self, wish: SecondConsole) -> Answer | tuple[str, str]:
        """What the desk said, or a sentence and an address. Raises FieldkitError."""


class ControlPort:
    """Start it after the desk; whoever starts it writes what `start` returns to `control.json`."""

    def __init__(self, desk: Desk, lan: LanServer | None = None, consoles: Consoles | None = None) -> None:
        self._desk, self._lan, self._consoles = desk, lan, consoles
        self._token = secrets.token_urlsafe(32)
        self._runner: web.AppRunner | None = None
        self.port = 0

    async def start(self) -> Where:
        app = web.Application(client_max_size=MOST_BYTES)
        app.router.add_get(STATUS, self._status)
        app.router.add_post(ORDERS, self._order)
        self._runner = web.AppRunner(app, access_log=None, keepalive_timeout=5, shutdown_timeout=2.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return Where(self.port, self._token, os.getpid())

    async def close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    def _guard(self, request: web.Request) -> web.Response | None:
        if "Origin" in request.headers or request.host not in (f"127.0.0.1:{self.port}", f"localhost:{self.port}"):
            return answer(403, "error", words="Only a program on this laptop may do that.")
        sent = request.headers.get("Authorization", "")
        if not hmac.compare_digest(sent.encode("utf-8", "replace"), f"Bearer {self._token}".encode()):
            return answer(401, "error", words="The token is not the one of the running session.")
        return None

    async def _status(self, request: web.Request) -> web.Response:
        refused = self._guard(request)
        if refused is not None:
            return refused
        consoles = {"consoles": self._consoles.state()} if self._consoles is not None else {}
        return web.json_response(status(self._desk) | beside(self._lan) | consoles)

    async def _order(self, request: web.Request) -> web.Response:
        refused = self._guard(request)
        if refused is not None:
            return refused
        try:
            order = msgspec.json.decode(await request.read(), type=Order)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return answer(400, "error", words="This is not an order.")
        try:
            wish = wish_of(order.verb, order.words, order.live, order.small)
            if isinstance(wish, Admit):
                given = self._desk.admit(wish.n)
                return answer(200, "accepted", words=f"{given} may come in now." if given else "Nobody is waiting.")
            if isinstance(wish, Tick):
                return self._tick(wish)
            if isinstance(wish, Kiosk):
                return await self._kiosk(wish)
            if isinstance(wish, ShowAddress):
                return self._address(wish)
            found: Answer | tuple[str, str]
            if isinstance(wish, SecondConsole):
                if self._consoles is None:
                    return answer(200, "refused", words="No second console can run here.")
                found = await self._consoles.order(wish)
            else:
                found = await self._desk.submit(wish, FACILITATOR, id=order.id or None, scope=SCOPE)
        except FieldkitError as wrong:
            return answer(200, "error", words=wrong.sentence, hint=wrong.hint, code=wrong.exit_code)
        if isinstance(found, tuple):
            return answer(200, "accepted", words=found[0], url=found[1])
        if isinstance(found, Refused):
            refusal = found.refusal
            hint = HINTS.get(refusal.reason, "")
            return answer(200, "refused", refusal.reason, refusal.words, detail=refusal.detail, hint=hint)
        assert isinstance(found, Accepted | Already)
        return answer(200, "accepted" if isinstance(found, Accepted) else "already", saved=found.saved, p=found.p)

    def _tick(self, wish: Tick) -> web.Response:
        alarm = self._desk.room_view().alarm
        if alarm is None:
            return answer(200, "refused", words="There is no alarm.")
        found = meant(alarm.people, wish.who)
        if len(found) != 1 or not self._desk.tick(found[0].p, not wish.off):
            words = "Who of these?" if found else "Nobody on the roll is called that."
            return answer(200, "refused", words=words, detail=some([f"{x.name} {x.badge}".strip() for x in found]))
        missing = len([x for x in alarm.missing if x.p != found[0].p]) + wish.off
        return answer(200, "accepted", words=f"{missing} of {alarm.present} not accounted for.")

    def _address(self, wish: ShowAddress) -> web.Response:
        """Show another address of this laptop. Raises WrongUsage for one that is not ours."""
        if self._lan is None:
            return answer(200, "refused", words="No phones can come in here.")
        self._lan.choose(wish.ip)
        return answer(200, "accepted", words="The QR code shows this address now.", url=self._lan.url)

    async def _kiosk(self, wish: Kiosk) -> web.Response:
        """Its address, or taken back. Raises FieldkitError when that cannot be saved."""
        if self._lan is None:
            return answer(200, "refused", words="No kiosk can run here.")
        if wish.off:
            done = await self._lan.kiosk_off()
            return answer(200, "accepted", words="The kiosk is off." if done else "No kiosk was on.")
        url = await self._lan.offer_kiosk()
        return answer(200, "accepted", words="Open this on the tablet; it works once.", url=url)


def answer(
    http: int,
    result: str,
    reason: str = "",
    words: str = "",
    *,
    detail: str = "",
    hint: str = "",
    code: int = 1,
    saved: int | None = None,
    p: str | None = None,
    url: str = "",
) -> web.Response:
    body = {"result": result, "reason": reason, "words": words, "detail": detail, "hint": hint, "saved": saved}
    body |= {"p": p} if p else {}
    body |= {"url": url} if url else {}
    return web.json_response({**body, "exit": 0 if result in ("accepted", "already") else code}, status=http)
