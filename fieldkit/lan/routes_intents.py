"""POST /v1/intents: one intent in, one answer out, as JSON or as a form. Size, shape, seat and pace are looked at
here; whether it may be is the desk's to say."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qs, quote

import msgspec
from aiohttp import web

from fieldkit.core.clean import clean_badge
from fieldkit.core.intents import Actor, Join
from fieldkit.errors import DiskFull, FieldkitError
from fieldkit.jobs import Accepted, Already, Refused
from fieldkit.lan import seats, wire
from fieldkit.lan.brief import Brief
from fieldkit.lan.doors import BODY_SECONDS
from fieldkit.lan.site import Site
from fieldkit.words import choose, words_for

FORM = "application/x-www-form-urlencoded"
TERMINAL = "fieldkit-terminal"
"""How `fieldkit join` names itself in User-Agent; everything else counts as a phone or a tablet."""


class Bad(Exception):
    """The request cannot be read as an intent: a reason of the door and a status."""

    def __init__(self, reason: str, status: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


async def body_of(request: web.BaseRequest) -> bytes:
    """The body, at most 16 KiB within 5 s. Raises Bad."""
    promised = request.content_length
    if promised is not None and promised > wire.BODY_MAX:
        raise Bad("too-large", 413)
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise Bad("bad-shape", 400)
    content = request.content
    if content.is_eof() and content.exception() is None:
        # It came together with its head, as a phone's do: waiting for it with a timer would cost more than reading it.
        body = content.read_nowait()
        if len(body) > wire.BODY_MAX:
            raise Bad("too-large", 413)
        return body
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise Bad("too-large", 413) from None
    except TimeoutError:
        raise Bad("too-slow", 408) from None
    except web.RequestPayloadError:
        raise Bad("bad-shape", 400) from None


def read(kind: str, body: bytes) -> wire.Body:
    """JSON (no Content-Type counts as JSON) or a form. Raises Bad."""
    try:
        if kind == FORM:
            fields = parse_qs(body.decode(), keep_blank_values=True, strict_parsing=False, max_num_fields=64)
            return wire.read_form(fields)
        if kind in ("", "application/json", "application/octet-stream"):
            return wire.read_json(body)
    except (wire.BadShape, UnicodeDecodeError, ValueError):
        pass
    raise Bad("bad-shape", 400)


async def post_intents(site: Site, request: web.BaseRequest) -> web.StreamResponse:
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    try:
        asked = read(kind, await body_of(request))
    except Bad as bad:
        if kind == FORM and bad.status == 400:
            return site.see_other(f"/?r={bad.reason}")
        lang = site.lang_of(site.seat_of(request), request)
        answer = site.refused(bad.reason, lang, bad.status)
        if bad.status != 400:
            answer.force_close()
        return answer
    if isinstance(asked, wire.JoinAsked):
        status, said = await join(site, request, asked)
    else:
        status, said = await act(site, request, asked)
    if kind == FORM:
        return form_answer(site, asked, said)
    if status == 200 and Brief.fits(request):
        return Brief(wire.encode(said))
    return site.json(said, status)


def no(site: Site, reason: str, lang: str, status: int = 200) -> tuple[int, wire.Answer]:
    words = words_for(lang).say(wire.sentence(reason))
    return status, wire.Answer(result="refused", reason=reason, words=words)


def is_terminal(request: web.BaseRequest) -> bool:
    return request.headers.get("User-Agent", "").startswith(TERMINAL)


def device_of(request: web.BaseRequest) -> str:
    if is_terminal(request):
        return "terminal"
    agent = request.headers.get("User-Agent", "")
    return "tablet" if "iPad" in agent or ("Android" in agent and "Mobile" not in agent) else "phone"


# ---- coming in ---------------------------------------------------------------------------------------------------


async def join(site: Site, request: web.BaseRequest, asked: wire.JoinAsked) -> tuple[int, wire.Answer]:
    desk, door = site.desk, site.door
    now = asyncio.get_running_loop().time()
    lang = asked.lang
    if lang not in site.langs:
        lang = choose(lang, site.langs) if lang else site.lang_of(None, request)
    if asked.lang and asked.lang != lang:  # only a language that the page can speak goes on record
        asked = msgspec.structs.replace(asked, lang=lang)
    held = site.seat_of(request)
    if not door.opens(asked.code):
        door.wrong(now)
        desk.pulse.wrong_codes += 1
        return no(site, "wrong-code", lang)
    if door.asks_fresh(now) and not desk.fresh_ok(asked.fresh):
        # A wrong fresh code counts as a guess too, else its thousand values could be tried in a minute.
        if asked.fresh:
            door.wrong(now)
        return no(site, "fresh-needed", lang)
    if held is not None and not site.pace.take(held.token, now):
        return no(site, "too-fast", lang, 429)
    new_p, who = desk.new_p(), knocker(request, asked)
    if not site.is_repeat(asked.id) and not site.lobby.takes(new_p, clean_badge(asked.badge), who):
        return no(site, "lobby", lang)
    device = device_of(request)
    via = "terminal" if device == "terminal" else "shared" if held is not None else "phone"
    intent = wire.to_intent(asked, new_p=new_p, device=device, ev=site.evidence(request, asked.fresh))
    assert isinstance(intent, Join)
    intent = msgspec.structs.replace(intent, place=site.place(request))
    by = Actor(by="self", via=via)
    token = held.token if held is not None else None
    came = False
    try:
        answer = await desk.submit(intent, by, id=asked.id, scope="", seat=token)
        came = not isinstance(answer, Refused)
    except FieldkitError as wrong:
        return failed(site, wrong, lang)
    finally:
        site.lobby.done(new_p, who, came)
    if isinstance(answer, Refused):
        return no(site, answer.refusal.reason, lang)
    return 200, answered(answer)


def knocker(request: web.BaseRequest, asked: wire.JoinAsked) -> str:
    """Who waits at a full door, as far as the door can tell people apart."""
    return f"{request.remote} {asked.badge.strip().casefold()} {asked.name.strip().casefold()}"


# ---- everything else ---------------------------------------------------------------------------------------------


async def act(site: Site, request: web.BaseRequest, asked: wire.Body) -> tuple[int, wire.Answer]:
    seat = site.seat_of(request)
    if seat is None:
        return no(site, site.lost_reason(request), site.lang_of(seat, request), 401)
    p = asked.as_ or seat.owner
    if p not in seat.people:
        return no(site, "not-joined", site.lang_of(seat, request))
    if not site.pace.take(p, asyncio.get_running_loop().time()):
        return no(site, "too-fast", site.lang_of(seat, request), 429)
    if isinstance(asked, wire.TempoAsked):  # live only, nothing to save
        if site.desk.pulse.tap(p, asked.v):
            site.desk.pulse_changed()
        return 200, wire.Answer(result="accepted")
    if isinstance(asked, wire.LanguageAsked) and asked.lang not in site.langs:
        return no(site, "wrong-value", site.lang_of(seat, request))
    ev = site.evidence(request, asked.fresh) if isinstance(asked, wire.HereAsked) else ()
    intent = wire.to_intent(asked, new_p="", device="", ev=ev)
    assert intent is not None
    shared = len(seat.people) > 1
    via = "terminal" if is_terminal(request) else "shared" if shared else "phone"
    try:
        answer = await site.desk.submit(intent, Actor(by="self", via=via, p=p), id=asked.id, scope=seat.token)
    except FieldkitError as wrong:
        return failed(site, wrong, site.lang_of(seat, request))
    if isinstance(answer, Refused):
        return no(site, answer.refusal.reason, site.lang_of(seat, request))
    return 200, answered(answer)


def failed(site: Site, wrong: FieldkitError, lang: str) -> tuple[int, wire.Answer]:
    """Our disk, not their answer: nothing was acknowledged, the phone keeps it and tries again."""
    full = isinstance(wrong, DiskFull)
    return no(site, "disk-full" if full else "not-now", lang, 507 if full else 503)


def answered(answer: Accepted | Already) -> wire.Answer:
    """The desk's yes on the wire."""
    result = "accepted" if isinstance(answer, Accepted) else "already"
    if answer.seat is None:
        return wire.Answer(result=result, saved=answer.saved)
    return wire.Answer(result=result, saved=answer.saved, seat=answer.seat, p=answer.p or "")


def form_answer(site: Site, asked: wire.Body, said: wire.Answer) -> web.Response:
    """A form is answered with the page (303): the refusal's words stand on it, and what was typed comes back."""
    if said.result != "refused":
        seat = said.seat if isinstance(said.seat, str) else ""
        p = said.p if isinstance(said.p, str) else asked.as_
        shared = len(site.desk.seat_of(seat)) > 1 if seat else bool(p)
        where = f"/?as={quote(p)}" if shared else "/"
        return site.see_other(where, seats.set_cookie(site.cookie, seat) if seat else "")
    where = f"/?r={quote(said.reason)}" + (f"&as={quote(asked.as_)}" if asked.as_ else "")
    if isinstance(asked, wire.JoinAsked):
        typed = {"code": asked.code, "name": asked.name, "badge": asked.badge, "lang": asked.lang}
        where += f"&k={site.keep_typed(typed)}&lang={quote(asked.lang[:16])}"
    return site.see_other(where)
