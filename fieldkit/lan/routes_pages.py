"""What a seat looks at: the page, the view as JSON, the live stream, the receipt."""

from __future__ import annotations

import asyncio
import hashlib
import secrets

import msgspec
from aiohttp import web

from fieldkit.errors import FieldkitError
from fieldkit.lan import pages, seats, wire
from fieldkit.lan.connections import PLAIN
from fieldkit.lan.personal import me_event, me_of, zone_of
from fieldkit.lan.qr import svg
from fieldkit.lan.site import Site
from fieldkit.words import choose, words_for


def acting(site: Site, seat: seats.Seat, request: web.BaseRequest) -> tuple[str, str]:
    """(p, language) of the one who acts: `?as=` where a phone is shared, else the owner."""
    asked = request.rel_url.query.get("as", "")
    p = asked if asked in seat.people else seat.owner
    person = site.desk.session.people.get(p)
    lang = choose(person.lang, site.langs) if person is not None and person.lang else site.lang_of(seat, request)
    return p, lang


async def page(site: Site, request: web.BaseRequest, code: str = "") -> web.Response:
    """GET / and GET /<CODE>: the page of this seat now; without a seat, the door. `?as=` one of several on a phone."""
    seat = site.seat_of(request)
    query = request.rel_url.query
    sentence = wire.sentence(query.get("r", ""))
    site.funnel.opened_page(request.remote or "")
    p, lang = acting(site, seat, request) if seat is not None else ("", site.lang_of(None, request))
    said = words_for(lang).say(sentence) if sentence else ""
    view = site.view(p, lang) if seat is not None else None
    if seat is None or view is None or view.state == "join":
        return door(site, request, code, lang, said)
    shared = p if len(seat.people) > 1 else ""
    form = secrets.token_urlsafe(9)
    slots = pages.slots_of(view, zone_of(site))
    live = pages.phone_live(view, form, slots, shared)
    me = msgspec.json.encode(me_of(site, seat, p, view, slots=False)).decode()
    people = site.desk.session.people
    # The tag is of what the shared fragment says now; taken before any await, so page and tag belong together.
    made = pages.phone_page(
        view,
        me,
        live,
        sid=site.sid,
        form=form,
        said=said,
        langs=site.langs,
        tag=site.tag(lang),
        people=[(x, people[x].name) for x in seat.people] if shared else [],
        acting=shared,
        more=bool(query.get("more")),
        code=site.desk.code,
        fresh=site.asks_fresh() or query.get("r") == "fresh-needed",
        tempo=site.desk.pulse.tempo.get(p, ""),
    )
    return site.html(request, made, "phone.css", "phone.js", policy=site.policy)


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
        off=site.off(),
    )
    return site.html(request, made, "phone.css", None)


# ---- the API -----------------------------------------------------------------------------------------------------


async def view(site: Site, request: web.BaseRequest) -> web.Response:
    """GET /v1/view. The ETag holds when a question ends and not how long that is, so a 304 says: nothing but time has
    passed."""
    seat = site.seat_of(request)
    if seat is None:
        return site.refused(site.lost_reason(request), site.lang_of(seat, request), 401)
    shown = site.view(*acting(site, seat, request))
    ends = {id: one.until for id, one in site.desk.session.open_rounds.items()}
    still = msgspec.structs.replace(
        shown,
        v=0,
        open=[msgspec.structs.replace(o, left_ms=ends.get(o.activity), reading_ms=None) for o in shown.open],
        retry_ms=0,
    )
    etag = f'"{hashlib.blake2b(wire.encode(still), digest_size=9).hexdigest()}"'
    if request.headers.get("If-None-Match") == etag:
        return web.Response(status=304, headers={**PLAIN, "ETag": etag})
    return site.json(shown, ETag=etag)


async def more(site: Site, request: web.BaseRequest) -> web.Response:
    """GET /v1/more: what a page without script shows at `/?more=1`, as HTML for one that is open."""
    seat = site.seat_of(request)
    if seat is None:
        return site.refused(site.lost_reason(request), site.lang_of(seat, request), 401)
    p, lang = acting(site, seat, request)
    made = pages.more_fragment(
        site.view(p, lang),
        form=secrets.token_urlsafe(9),
        langs=site.langs,
        acting=p if len(seat.people) > 1 else "",
        code=site.desk.code,
        fresh=site.asks_fresh(),
        tempo=site.desk.pulse.tempo.get(p, ""),
    )
    return site.html(request, ("", made), "phone.css", None)


async def events(site: Site, request: web.BaseRequest) -> web.StreamResponse:
    """GET /v1/events: the live stream; with `?once=1` the same two parts as one JSON, for pages that poll."""
    seat = site.seat_of(request)
    if seat is None:
        return site.refused(site.lost_reason(request), site.lang_of(seat, request), 401)
    p, lang = acting(site, seat, request)
    query = request.rel_url.query
    mine = me_of(site, seat, p, site.view(p, lang))
    if query.get("once"):
        return site.json({"me": mine, "html": site.live(lang)})
    if request.method != "GET" or request.version < (1, 1) or request.body_exists:
        return site.refused("bad-shape", lang, 400)
    return site.phones.open(
        request,
        key=seat.token,
        p=p,
        lang=lang,
        first=me_event(mine),
        shown=query.get("h", ""),
        people=tuple(seat.people),
    )


async def receipt(site: Site, request: web.BaseRequest) -> web.Response:
    """GET /v1/receipt: proof for the participant that the arrival is in the signed log, under its newest checkpoint. As
    text; for a browser that opens the link as a page with short code and QR code."""
    seat = site.seat_of(request)
    if seat is None:
        return site.refused(site.lost_reason(request), site.lang_of(seat, request), 401)
    p, lang = acting(site, seat, request)
    try:
        text = await site.desk.receipt(p)
    except FieldkitError:
        return site.refused("not-now", lang, 503)
    headers = {**PLAIN, "Cache-Control": "no-store", "Vary": "Accept", "Content-Type": "text/plain; charset=utf-8"}
    if "text/html" not in request.headers.get("Accept", ""):
        return web.Response(body=text, headers=headers)
    headers |= {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": RECEIPT_POLICY}
    session = site.desk.session
    who, info = session.person(p), session.info
    said = (who.name if who is not None else "", info.title if info is not None else "", info.site if info else "")
    # In a thread: drawing the code takes longer than the other phones shall wait.
    made = await asyncio.to_thread(receipt_page, *said, lang, *site.desk.receipt_code(text), text)
    return web.Response(body=made, headers=headers)


RECEIPT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def receipt_page(name: str, title: str, place: str, lang: str, code: str, drawn: str, text: bytes) -> bytes:
    """The receipt as `fieldkit receipt` prints it; `drawn` is the text of its QR code."""
    from fieldkit.formats.receipt import Slip, slips

    slip = Slip(name, "", code, text.decode(), svg(drawn, code) if drawn else "")
    return slips([slip], [lang], title=title, when="", site=place)
