"""What all routes share: the desk, the doors, the channels, and how an answer is put on the wire."""

from __future__ import annotations

import asyncio
import gzip
import secrets
import zlib
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aiohttp import web

from fieldkit.core.views import SeatView
from fieldkit.hosts import Hosts
from fieldkit.lan import frames, pages, push, qr, seats, wire
from fieldkit.lan.address import Address, is_near
from fieldkit.lan.connections import PLAIN, Connection, Sockets
from fieldkit.lan.doors import INTENTS_A_MINUTE, Pace, RoomDoor
from fieldkit.lan.funnel import Funnel
from fieldkit.lan.handout import Handout
from fieldkit.lan.kiosk import Kiosk
from fieldkit.lan.lobby import Lobby
from fieldkit.lan.routed import Routed, place_of
from fieldkit.seats import token_of
from fieldkit.words import catalogues, choose, words_for

if TYPE_CHECKING:
    from fieldkit.desk import Desk

JSON = {**PLAIN, "Content-Type": "application/json"}
KEPT_FORMS = 256


class Site:
    """One listener's state; made by `server.LanServer`. Nothing in it is a record, all of it may be lost."""

    def __init__(self, desk: Desk, url: str, addresses: Sequence[Address], hosts: Hosts, wall_lang: str = "") -> None:
        self.desk = desk
        self._wall_lang = wall_lang
        self.url = url
        """What people type: `http://192.168.43.17`."""
        self.networks = [a.network for a in addresses if a.kind != "loopback"]
        self.hosts = hosts
        self.routed: Sequence[Routed] = ()
        self.sid = seats.session_suffix(desk.session.origin)
        self.cookie = seats.cookie_name(self.sid)
        self.wall_cookie = f"fkw_{self.sid}"
        self.kiosk_cookie = f"fkk_{self.sid}"
        self.kiosk = Kiosk(desk)
        self.handout = Handout()
        self.door = RoomDoor(desk.code)
        self.lobby = Lobby(desk, self.door)
        self.pace = Pace(INTENTS_A_MINUTE)
        self.funnel = Funnel()
        self.sockets = Sockets(self._tls)
        self.langs: list[str] = list(dict.fromkeys([*desk.plan.langs, *catalogues()]))
        """Languages offered at the door: the pack's own first, then whatever else the surfaces speak."""
        still = pages.without_time
        self.phones = push.Channel(self.live, self._phone_shape, same=still, changed=self._phone_changed, calm=True)
        self.walls = push.Channel(self.wall_live, self._wall_shape, same=still, most=8)
        self.typed: OrderedDict[str, dict[str, str]] = OrderedDict()
        self._tags: dict[str, tuple[int, str]] = {}
        self._qr = ""
        self.policy = pages.policy(a.type for a in desk.plan.activities)
        """The phone page's Content-Security-Policy."""

    @property
    def invite(self) -> str:
        """The address with the room code: what the QR holds."""
        return f"{self.url}/{self.desk.code}"

    def moved(self, url: str, addresses: Sequence[Address]) -> None:
        """The laptop has other addresses now; the old ones stay allowed, they cost nothing."""
        self.url = url
        self.networks = [a.network for a in addresses if a.kind != "loopback"]
        self.hosts.allow(a.ip for a in addresses)
        self._qr = ""

    # ---- what streams show -------------------------------------------------------------------------------------

    def live(self, lang: str) -> str:
        return pages.phone_live(self.desk.shared_view(lang))

    def tag(self, lang: str) -> str:
        """The tag of what every phone of this language shows now; made once a commit."""
        saved = self.desk.session.saved
        found = self._tags.get(lang)
        if found is None or found[0] != saved:
            found = self._tags[lang] = (saved, frames.tag_of(pages.without_time(self.live(lang))))
        return found[1]

    def wall_live(self, lang: str) -> str:
        view = self.desk.wall_view(lang)
        url = self.url.removeprefix("http://")
        self._qr = self._qr or qr.svg(qr.invite_text(self.invite), "QR")
        return pages.wall_live(view, url=url, code=self.desk.code, fresh=self.desk.fresh(), qr=self._qr)

    def _phone_shape(self) -> object:
        """Changes when more than a count changed: such a change goes out at once."""
        s = self.desk.session
        running = [(a, r.no, r.live) for a, r in s.open_rounds.items()]
        return (s.state, len(s.order), len(s.notices), s.segment, s.step, running, self._shown())

    def _shown(self) -> object:
        s = self.desk.session
        if not s.order:
            return None
        activity, no = s.order[-1]
        last = s.runs[activity][no - 1]
        return (last.revealed, last.void, last.is_open)

    def _wall_shape(self) -> object:
        return (self._phone_shape(), self.desk.fresh())

    def _phone_changed(self, p: str, live: bool) -> None:
        pulse = self.desk.pulse
        (pulse.connected if live else pulse.disconnected)(p)
        self.desk.pulse_changed()

    def _tls(self, peer: str) -> None:
        self.funnel.tls(peer)

    # ---- who asks ----------------------------------------------------------------------------------------------

    def seat_of(self, request: web.BaseRequest) -> seats.Seat | None:
        """The seat of a request; its socket counts as that seat's from now on, and its people as there."""
        seat = seats.seat_in(self.desk, seats.token_in(request.headers, self.cookie))
        if seat is not None:
            connection = request.protocol
            if isinstance(connection, Connection) and connection.seat != seat.token:
                self.sockets.sat(connection, seat.token)
            for p in seat.people:
                self.desk.pulse.heard(p, asyncio.get_running_loop().time())
        return seat

    def lost_reason(self, request: web.BaseRequest) -> str:
        """Why there is no seat: taken out or given away by the trainer, or never had one."""
        token = seats.token_in(request.headers, self.cookie)
        return self.desk.lost_seat(token) if token else "no-seat"

    def lang_of(self, seat: seats.Seat | None, request: web.BaseRequest) -> str:
        """The seat's language, else the best one the browser asks for."""
        if seat is not None:
            person = self.desk.session.people.get(seat.owner)
            if person is not None and person.lang:
                return choose(person.lang, self.langs)
        asked = request.rel_url.query.get("lang", "")
        return choose(asked or request.headers.get("Accept-Language", ""), self.langs)

    def is_repeat(self, join_id: str) -> bool:
        """This join has been taken before; its repeat is answered whatever the limits say."""
        return self.desk.knows_seat(token_of(self.desk.secret, join_id))

    def evidence(self, request: web.BaseRequest, fresh: str) -> tuple[str, ...]:
        """`lan` or `net` by the peer's address, `code` for a right fresh code."""
        near = "lan" if is_near(request.remote or "", self.networks) else "net"
        return (near, "code") if fresh and self.desk.fresh_ok(fresh) else (near,)

    def place(self, request: web.BaseRequest) -> str | None:
        """Where whoever comes through this address is, as `--invite` says; None through our own addresses."""
        return place_of(self.routed, request.headers.get("Host")) or None

    def view(self, p: str | None, lang: str) -> SeatView:
        return self.desk.seat_view(p, lang)

    def off(self) -> list[str]:
        """Words of what the session's policy does not record: nobody is asked for it."""
        info = self.desk.session.info
        return (info.policy.off or []) if info is not None else []

    def asks_fresh(self) -> bool:
        """The door asks for the fresh code now."""
        return self.door.asks_fresh(asyncio.get_running_loop().time())

    def wall_lang(self) -> str:
        """The room's screen speaks the language of `--lang`, else the pack's own."""
        return self._wall_lang or self.desk.plan.language

    # ---- forms that were refused -------------------------------------------------------------------------------

    def keep_typed(self, fields: dict[str, str]) -> str:
        """Remember what stood in a refused form, so that nobody types it twice; returns its key."""
        key = secrets.token_urlsafe(6)
        self.typed[key] = fields
        while len(self.typed) > KEPT_FORMS:
            self.typed.popitem(last=False)
        return key

    # ---- answers -----------------------------------------------------------------------------------------------

    def json(self, answer: object, status: int = 200, **headers: str) -> web.Response:
        return web.Response(body=wire.encode(answer), status=status, headers={**JSON, **headers} if headers else JSON)

    def refused(self, reason: str, lang: str, status: int) -> web.Response:
        words = words_for(lang).say(wire.sentence(reason))
        return self.json(wire.Answer(result="refused", reason=reason, words=words), status)

    def see_other(self, where: str = "/", cookie: str = "") -> web.Response:
        headers = {**PLAIN, "Location": where}
        if cookie:
            headers["Set-Cookie"] = cookie
        return web.Response(status=303, headers=headers)

    def html(
        self,
        request: web.BaseRequest,
        page: tuple[str, str],
        style: str,
        script: str | None,
        status: int = 200,
        policy: str = "",
    ) -> web.Response:
        """A page, gzipped where the browser takes it: its head is the same for everybody and compressed once. `policy`
        in place of the one that follows from style and script."""
        head, body = page
        headers = {
            **PLAIN,
            "Content-Type": "text/html; charset=utf-8",
            "Content-Security-Policy": policy or pages.csp(style, script),
            "Referrer-Policy": "same-origin",
        }
        if "gzip" in request.headers.get("Accept-Encoding", "").lower():
            headers["Content-Encoding"] = "gzip"
            return web.Response(body=gzip_page(head, body), status=status, headers=headers)
        return web.Response(body=(head + body).encode(), status=status, headers=headers)

    def packed(self, request: web.BaseRequest, text: str, kind: str) -> web.Response:
        """A text that never changes under its address, gzipped where the browser takes it."""
        headers = {**PLAIN, "Cache-Control": "private, max-age=86400, immutable", "Content-Type": kind}
        if "gzip" in request.headers.get("Accept-Encoding", "").lower():
            return web.Response(
                body=gzip.compress(text.encode(), 9, mtime=0), headers={**headers, "Content-Encoding": "gzip"}
            )
        return web.Response(body=text.encode(), headers=headers)


_HEADS: dict[str, tuple[bytes, int]] = {}


def gzip_page(head: str, body: str) -> bytes:
    """One gzip member of head and body; the head's deflate block is made once and reused."""
    found = _HEADS.get(head)
    if found is None:
        raw = head.encode()
        if len(_HEADS) > 64:
            _HEADS.clear()
        found = _HEADS[head] = (frames.blocks(raw.partition(b"<script>")), zlib.crc32(raw))
    block, crc = found
    raw = body.encode()
    # What the head says is in the window already: the body may refer back to it.
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zlib.Z_DEFAULT_STRATEGY, head.encode()[-32768:])
    packed = squeeze.compress(raw) + squeeze.flush()
    size = len(head.encode()) + len(raw)
    trailer = zlib.crc32(raw, crc).to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little")
    return frames.GZIP_HEAD + block + packed + trailer
