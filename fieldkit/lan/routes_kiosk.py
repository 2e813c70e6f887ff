"""The shared tablet: a token makes one device the kiosk, a badge begins a turn, an answer ends it.

Everything goes by plain forms, so it works without script; the script's own requests get JSON for the same. Rules are
the desk's: here a person is found by what they typed, and what they answer is submitted as theirs, `via` kiosk.
"""

from __future__ import annotations

import asyncio
import secrets
from urllib.parse import parse_qs

from aiohttp import web

from fieldkit.core.views import SeatView
from fieldkit.errors import DiskFull, FieldkitError
from fieldkit.lan import kiosk_page, pages, seats, wire
from fieldkit.lan import kiosk_turns as turns
from fieldkit.lan.kiosk_page import Screen
from fieldkit.lan.personal import zone_of
from fieldkit.lan.routes_intents import FORM, Bad, body_of
from fieldkit.lan.site import Site
from fieldkit.words import choose


def is_kiosk(site: Site, request: web.BaseRequest) -> bool:
    """Whether this request comes from the device that is the kiosk."""
    return site.kiosk.is_device(seats.cookie_of(request.headers.get("Cookie", ""), site.kiosk_cookie))


async def kiosk(site: Site, request: web.BaseRequest) -> web.Response:
    """GET /kiosk: the screen that is due. With `?t=TOKEN` the token becomes this device's cookie, once."""
    here, k = is_kiosk(site, request), site.kiosk
    token = request.rel_url.query.get("t", "")
    if token and not here:
        if request.method == "HEAD":  # whoever only looks uses nothing up
            return site.see_other("/kiosk")
        try:
            cookie = await k.take(token)
        except FieldkitError as wrong:
            return closed(site, request, "disk-full" if isinstance(wrong, DiskFull) else "not-now", 503)
        if not cookie:
            return closed(site, request, "kiosk-used")
        noticed(site)
        return site.see_other("/kiosk", seats.set_cookie(site.kiosk_cookie, cookie))
    if not here:
        return closed(site, request, "kiosk-off")
    if token:
        return site.see_other("/kiosk")
    noticed(site)
    return screen(site, request)


async def kiosk_now(site: Site, request: web.BaseRequest) -> web.Response:
    """GET /kiosk/now: what the badge screen says of the room, for its script; also the sign that the kiosk is there."""
    if not is_kiosk(site, request):
        return unstored(site.refused("kiosk-off", lang_of(site, request), 403))
    noticed(site)
    state = state_of(site)
    html = kiosk_page.now_html(site.desk.wall_view(lang_of(site, request))) if state == "badge" else ""
    return unstored(site.json({"state": state, "html": html}))


async def post_kiosk(site: Site, request: web.BaseRequest) -> web.Response:
    """POST /kiosk: come (badge, code or name), answer, language, next. Answered with the screen that is due (303)."""
    try:
        if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != FORM:
            raise Bad("bad-shape", 400)
        body = await body_of(request)
        fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=64)
    except (Bad, UnicodeDecodeError, ValueError) as wrong:
        bad = wrong if isinstance(wrong, Bad) else Bad("bad-shape", 400)
        answer = unstored(site.refused(bad.reason, lang_of(site, request), bad.status))
        answer.force_close()
        return answer
    if not is_kiosk(site, request):
        if is_script(request):
            return unstored(site.refused("kiosk-off", lang_of(site, request), 403))
        return closed(site, request, "kiosk-off")
    noticed(site)
    try:
        await _do(site, request, fields)
    except FieldkitError as wrong:
        # Nothing was taken; the script sends the same form again, a plain page says so.
        reason = "disk-full" if isinstance(wrong, DiskFull) else "not-now"
        if is_script(request):
            return unstored(site.refused(reason, lang_of(site, request), 507 if reason == "disk-full" else 503))
        turns.tell(site, wire.sentence("kiosk-unsaved"))
    if is_script(request):
        return unstored(site.json({"state": state_of(site)}))
    return unstored(site.see_other("/kiosk"))


async def _do(site: Site, request: web.BaseRequest, fields: turns.Fields) -> None:
    k, do = site.kiosk, turns.first(fields, "do")
    if "kind" in fields:
        await turns.act(site, fields)
    elif do == "come":
        await turns.come(site, fields, lang_of(site, request), site.evidence(request, ""))
    elif do == "lang":
        k.lang = choose(turns.first(fields, "lang")[:16], site.langs)
    elif do == "next":
        await k.end()
    else:
        turns.tell(site, wire.sentence("bad-shape"))


# ---- the screens -------------------------------------------------------------------------------------------------


def state_of(site: Site) -> str:
    """Which screen is due: `end`, `turn`, `saved` or `badge`."""
    k = site.kiosk
    if k.last is not None and site.desk.now() >= k.last.until:
        k.last = None
    if k.last is not None:
        return "saved"
    if site.desk.session.state == "ended":
        return "end"
    return "turn" if k.now() is not None else "badge"


def screen(site: Site, request: web.BaseRequest) -> web.Response:
    """The screen that is due. What was said or typed for it is shown once."""
    state = state_of(site)
    view, shown = turn_screen(site) if state == "turn" else (None, None)
    if view is None or shown is None:
        lang = site.kiosk.last.lang if state == "saved" and site.kiosk.last is not None else lang_of(site, request)
        view, shown = site.view(None, lang), other_screen(site, "badge" if state == "turn" else state, lang)
    results = site.desk.shared_view(view.lang).results if view.me is not None else []
    made = kiosk_page.kiosk_page(view, shown, site.langs, zone_of(site), results)
    answer = unstored(site.html(request, made, "phone.css", None))
    answer.headers["Content-Security-Policy"] = kiosk_page.POLICY
    return answer


def turn_screen(site: Site) -> tuple[SeatView, Screen] | tuple[None, None]:
    """Whose turn it is and what they see; nobody's when the trainer took them out or checked them out meanwhile."""
    k = site.kiosk
    turn = k.turn
    view = site.view(turn.p, turn.lang) if turn is not None else None
    if turn is None or view is None or view.me is None or view.state == "bye":
        k.turn = None
        return None, None
    said, turn.said, good, turn.saved = turn.said, "", turn.saved, False
    return view, Screen(
        state="turn",
        form=k.sign(turn),
        said=said,
        good=good,
        left=turn.until - site.desk.now(),
        code=view.me.code if turn.came else "",
        kept=k.kept.pop(turn.p, None),
    )


def other_screen(site: Site, state: str, lang: str) -> Screen:
    """The screen of nobody: badge, saved or end."""
    k = site.kiosk
    if state == "saved" and k.last is not None:
        left = k.last.until - site.desk.now()
        return Screen(state=state, form=secrets.token_urlsafe(12), name=k.last.name, code=k.last.code, left=left)
    said, k.said, typed, k.typed = k.said, "", k.typed, {}
    return Screen(
        state=state,
        form=secrets.token_urlsafe(12),
        said=said,
        now=kiosk_page.now_html(site.desk.wall_view(lang)) if state == "badge" else "",
        lang=k.lang,
        badge=typed.get("badge", ""),
        name=typed.get("name", ""),
        twin="twin" in typed,
        open=bool(typed) or not site.desk.session.expected,
        off=site.off(),
    )


def closed(site: Site, request: web.BaseRequest, reason: str, status: int = 403) -> web.Response:
    """A page with one sentence: this device is not the kiosk."""
    lang = site.lang_of(None, request)
    made = pages.notice_page(lang, site.url, wire.sentence(reason))
    return unstored(site.html(request, made, "phone.css", None, status))


def unstored(answer: web.Response) -> web.Response:
    """A tablet that many use keeps nothing: no cache, no page to come back to."""
    answer.headers["Cache-Control"] = "no-store"
    return answer


def is_script(request: web.BaseRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")


def noticed(site: Site) -> None:
    if site.kiosk.seen(asyncio.get_running_loop().time()):
        site.desk.pulse_changed()


def lang_of(site: Site, request: web.BaseRequest) -> str:
    return site.kiosk.lang or choose(request.headers.get("Accept-Language", ""), site.langs)
