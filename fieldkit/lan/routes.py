"""The one door: guards, then the route. `ROUTES` is the whole list; anything else is 404.

Order matters: probes come before the Host guard (they ask for somebody else's name), the guards before everything
that reads a cookie.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from fieldkit.lan import (
    pages,
    probes,
    routes_intents,
    routes_kiosk,
    routes_media,
    routes_pages,
    routes_sheet,
    routes_wall,
)
from fieldkit.lan.connections import PLAIN, Connection
from fieldkit.lan.doors import CODE
from fieldkit.lan.site import Site
from fieldkit.lan.wire import sentence

log = logging.getLogger("fieldkit.lan")

Handler = Callable[[Site, web.BaseRequest], Awaitable[web.StreamResponse]]


async def health(site: Site, request: web.BaseRequest) -> web.Response:
    """GET /health: `ok` while the desk takes intents and can save them."""
    ok = site.desk.failing is None and site.desk.alive
    return web.Response(text="ok" if ok else "failing", status=200 if ok else 503, headers={**PLAIN})


ROUTES: dict[tuple[str, str], Handler] = {
    ("GET", "/"): routes_pages.page,
    ("POST", "/v1/intents"): routes_intents.post_intents,
    ("GET", "/v1/view"): routes_pages.view,
    ("GET", "/v1/events"): routes_pages.events,
    ("GET", "/v1/receipt"): routes_pages.receipt,
    ("GET", "/v1/more"): routes_pages.more,
    ("GET", "/wall"): routes_wall.wall,
    ("GET", "/wall/events"): routes_wall.wall_events,
    ("GET", "/kiosk"): routes_kiosk.kiosk,
    ("POST", "/kiosk"): routes_kiosk.post_kiosk,
    ("GET", "/kiosk/now"): routes_kiosk.kiosk_now,
    ("GET", "/sheet"): routes_sheet.sheet,
    ("POST", "/sheet"): routes_sheet.post_sheet,
    ("GET", "/health"): health,
}
PATHS = frozenset(path for _, path in ROUTES)


async def handle(site: Site, request: web.BaseRequest) -> web.StreamResponse:
    """Every request comes through here. A mistake ends the request, never the room."""
    connection = request.protocol
    if isinstance(connection, Connection):
        connection.begin()
    try:
        return await answer(site, request)
    except (ConnectionError, web.HTTPException):
        raise
    except Exception:
        log.exception("a request could not be answered")
        return web.Response(text="500: a mistake in fieldkit", status=500, headers={**PLAIN})
    finally:
        if isinstance(connection, Connection):
            connection.end()


async def answer(site: Site, request: web.BaseRequest) -> web.StreamResponse:
    path = request.rel_url.raw_path
    site.funnel.saw(request.remote or "")
    if path in probes.PATHS:
        site.funnel.probed(path, request.remote or "")
        site.desk.pulse.probes += 1
        told = probes.answer(site.url, site.lang_of(None, request))
        if request.body_exists:
            told.force_close()
        return told
    host = request.headers.get("Host")
    if not site.hosts.knows(host):
        site.funnel.typed(host or "")
        site.desk.pulse.foreign_hosts += 1
        return guarded(site, request, "foreign-host", 421)
    origin = request.headers.get("Origin")
    if origin is not None and not site.hosts.same_origin(origin, host):
        return guarded(site, request, "foreign-origin", 403)
    method = "GET" if request.method == "HEAD" else request.method
    handler = ROUTES.get((method, path))
    if handler is not None:
        return await handler(site, request)
    if method == "GET" and path.startswith("/media/"):
        return await routes_media.media(site, request)
    if method == "GET" and path.startswith("/part/"):
        return await routes_media.part(site, request)
    if method == "GET" and CODE.match(path[1:].upper()):
        return await routes_pages.page(site, request, path[1:].upper())
    if path in PATHS:
        return guarded(site, request, "not-found", 405)
    return guarded(site, request, "not-found", 404)


def guarded(site: Site, request: web.BaseRequest, reason: str, status: int) -> web.Response:
    """No entry: JSON for a program, a page with one sentence for a person. The body was not read: close."""
    lang = site.lang_of(None, request)
    if "text/html" in request.headers.get("Accept", ""):
        # Under a wrong address `/` would lead to the same page again.
        made = pages.notice_page(lang, site.url, sentence(reason), site.url if reason == "foreign-host" else "/")
        said = site.html(request, made, "phone.css", None, status)
    else:
        said = site.refused(reason, lang, status)
    if request.body_exists:
        said.force_close()
    return said
