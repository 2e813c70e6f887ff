"""The projector page: whoever holds its token may look, nobody may do anything."""

from __future__ import annotations

from aiohttp import web

from fieldkit.lan import pages, seats
from fieldkit.lan.site import Site


def allowed(site: Site, request: web.BaseRequest) -> bool:
    token = seats.cookie_of(request.headers.get("Cookie", ""), site.wall_cookie)
    return bool(token) and seats.wall_ok(site.desk.secret, token)


async def wall(site: Site, request: web.BaseRequest) -> web.Response:
    """GET /wall?t=TOKEN: the token becomes a cookie and leaves the address, which everybody in the room can read."""
    token = request.rel_url.query.get("t", "")
    if token:
        if not seats.wall_ok(site.desk.secret, token):
            return site.refused("not-found", site.lang_of(None, request), 404)
        return site.see_other("/wall", seats.set_cookie(site.wall_cookie, token))
    if not allowed(site, request):
        return site.see_other("/")
    lang = site.wall_lang()
    view = site.desk.wall_view(lang)
    return site.html(request, pages.wall_page(view, site.wall_live(lang)), "wall.css", "wall.js")


async def wall_events(site: Site, request: web.BaseRequest) -> web.StreamResponse:
    if not allowed(site, request):
        return site.refused("no-seat", site.lang_of(None, request), 401)
    if request.method != "GET" or request.version < (1, 1) or request.body_exists:
        return site.refused("bad-shape", site.lang_of(None, request), 400)
    # Walls have no seat: each one is its own, and the oldest goes when there are too many.
    return site.walls.open(request, key=f"wall-{id(request)}", p="", lang=site.wall_lang())
