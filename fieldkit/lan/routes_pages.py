"""What a seat looks at: the page, the view as JSON, the live stream, the receipt."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from aiohttp import web

from fieldkit.core.views import SeatView
from fieldkit.errors import FieldkitError
from fieldkit.lan import pages, push, seats, wire
from fieldkit.lan.connections import PLAIN
from fieldkit.lan.site import Site
from fieldkit.words import words_for


async def page(site: Site, request: web.BaseRequest, code: str = "") -> web.Response:
    """GET / and GET /<CODE>: the page of this seat now; without a seat, the door."""
    seat = site.seat_of(request)
    lang = site.lang_of(seat, request)
    query = request.rel_url.query
    reason = query.get("r", "")
    sentence = wire.sentence(reason)
    said = words_for(lang).say(sentence) if sentence else ""
    site.funnel.opened_page(request.remote or "")
    if seat is None:
        return door(site, request, code, lang, said)
    view = site.view(seat.owner, lang)
    if view.state == "join":
        return door(site, request, code, lang, said)
    form = secrets.token_urlsafe(9)
    slots = slots_of(site, view)
    live = pages.phone_live(view, form, slots)
    me = msgspec.json.encode(me_of(site, seat, view)).decode()
    # The tag is of what the shared fragment says now; taken before any await, so page and tag belong together.
    tag = site.tag(lang)
    made = pages.phone_page(view, me, live, sid=site.sid, form=form, said=said, langs=site.langs, tag=tag)
    return site.html(request, made, "phone.css", "phone.js")


def door(site: Site, request: web.BaseRequest, code: str, lang: str, said: str) -> web.Response:
    """The join form. A refused form comes back with what was typed."""
    query = request.rel_url.query
    typed = site.typed.get(query.get("k", ""), {})
    lost = site.lost_reason(request)
    if not said and lost != "no-seat":
        said = words_for(lang).say(wire.sentence(lost))
    site.desk.pulse.pages += 1
    made = pages.join_page(
        site.view(None, lang),
        form=secrets.token_urlsafe(16),
        langs=site.langs,
        code=typed.get("code", "") or code or query.get("code", "")[:8],
        said=said,
        fresh=site.asks_fresh() or query.get("r") == "fresh-needed",
        name=typed.get("name", ""),
        badge=typed.get("badge", ""),
    )
    return site.html(request, made, "phone.css", None)


# ---- what is personal --------------------------------------------------------------------------------------------


def me_of(site: Site, seat: seats.Seat, view: SeatView) -> dict[str, Any]:
    """What the script puts into the shared fragment: my name, my answers, my votes. Sent once a connection."""
    mine: dict[str, list[str]] = {}
    text: dict[str, str] = {}
    for one in view.open:
        key = f"{one.activity}/{one.round}"
        if one.mine is not None:
            mine[key] = one.mine
        if one.mine_text:
            text[key] = one.mine_text
    for result in view.results:
        if result.mine is not None:
            mine[f"{result.activity}/{result.round}"] = result.mine
    return {
        "p": seat.owner,
        "f": slots_of(site, view),
        "mine": mine,
        "text": text,
        "own": [x.ref for x in view.says if x.mine],
        "up": [x.ref for x in view.says if x.voted],
        "hand": view.hand,
        "left": view.state == "bye" and not view.ended,
    }


def slots_of(site: Site, view: SeatView) -> dict[str, str]:
    """The texts of `data-f` slots: name always, the goodbye's when there is one."""
    slots = {"name": view.me.name if view.me else ""}
    if view.state == "bye" and view.bye is not None:
        bye, zone = view.bye, zone_of(site)
        slots["in"] = hour(bye.in_t, zone)
        slots["out"] = hour(bye.out_t, zone) if bye.out_t is not None else ""
        slots["minutes"] = str(bye.minutes)
        slots["code"] = bye.code
    return slots


def zone_of(site: Site) -> tzinfo:
    info = site.desk.session.info
    try:
        return ZoneInfo(info.tz) if info and info.tz else UTC
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def hour(t: int, zone: tzinfo) -> str:
    return datetime.fromtimestamp(t / 1000, zone).strftime("%H:%M")


# ---- the API -----------------------------------------------------------------------------------------------------


async def view(site: Site, request: web.BaseRequest) -> web.Response:
    """GET /v1/view. The ETag leaves countdowns out, so a 304 says: nothing but time has passed."""
    seat = site.seat_of(request)
    lang = site.lang_of(seat, request)
    if seat is None:
        return site.refused(site.lost_reason(request), lang, 401)
    shown = site.view(seat.owner, lang)
    still = msgspec.structs.replace(
        shown, v=0, open=[msgspec.structs.replace(o, left_ms=None) for o in shown.open], retry_ms=0
    )
    etag = f'"{hashlib.blake2b(wire.encode(still), digest_size=9).hexdigest()}"'
    if request.headers.get("If-None-Match") == etag:
        return web.Response(status=304, headers={**PLAIN, "ETag": etag})
    return site.json(shown, ETag=etag)


async def events(site: Site, request: web.BaseRequest) -> web.StreamResponse:
    """GET /v1/events: the live stream; with `?once=1` the same two parts as one JSON, for pages that poll."""
    seat = site.seat_of(request)
    lang = site.lang_of(seat, request)
    if seat is None:
        return site.refused(site.lost_reason(request), lang, 401)
    mine = me_of(site, seat, site.view(seat.owner, lang))
    if request.rel_url.query.get("once"):
        return site.json({"me": mine, "html": site.live(lang)})
    if request.method != "GET" or request.version < (1, 1) or request.body_exists:
        return site.refused("bad-shape", lang, 400)
    return site.phones.open(
        request, key=seat.token, p=seat.owner, lang=lang, first=me_event(mine), shown=request.rel_url.query.get("h", "")
    )


def me_event(mine: dict[str, Any]) -> bytes:
    return b"event: me\ndata: " + msgspec.json.encode(mine) + b"\n\n"


async def tell_each(site: Site) -> None:
    """The session has ended (or goes on after all): every phone gets its own part anew."""

    def mine(stream: push.Stream) -> bytes:
        seat = seats.seat_in(site.desk, stream.key)
        return me_event(me_of(site, seat, site.view(seat.owner, stream.lang))) if seat is not None else push.GONE

    await site.phones.write_each(mine)


async def receipt(site: Site, request: web.BaseRequest) -> web.Response:
    """GET /v1/receipt: proof for the participant that the arrival is in the signed log."""
    seat = site.seat_of(request)
    lang = site.lang_of(seat, request)
    if seat is None:
        return site.refused(site.lost_reason(request), lang, 401)
    try:
        text = await site.desk.receipt(seat.owner)
    except FieldkitError:
        return site.refused("not-now", lang, 503)
    headers = {**PLAIN, "Cache-Control": "no-store", "Content-Type": "text/plain; charset=utf-8"}
    return web.Response(body=text, headers=headers)
