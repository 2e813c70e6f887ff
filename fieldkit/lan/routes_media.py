"""Pictures, clips and parts of the script: bytes that never change under their address, so a browser keeps them."""

from __future__ import annotations

from aiohttp import web

from fieldkit.lan import assets, routes_kiosk, routes_wall
from fieldkit.lan.connections import PLAIN
from fieldkit.lan.site import Site

FOR_GOOD = {**PLAIN, "Cache-Control": "private, max-age=86400, immutable"}


def type_of(data: bytes) -> str:
    """What the bytes are, whatever their file was called: with nosniff no browser takes them for anything else."""
    if data.startswith(b"\x89PNG"):
        return "image/png"
    if data.startswith(b"\xff\xd8"):
        return "image/jpeg"
    if data.startswith(b"OggS"):
        return "audio/ogg"
    if data[4:8] == b"ftyp":
        return "audio/mp4"
    if data.startswith(b"ID3") or (data[:1] == b"\xff" and data[1:2] >= b"\xe0"):
        return "audio/mpeg"
    return "image/webp" if data[:4] + data[8:12] == b"RIFFWEBP" else "application/octet-stream"


async def media(site: Site, request: web.BaseRequest) -> web.Response:
    """GET /media/<sha256>: a picture or clip of an activity that has been opened, for whoever is in the room.

    What has not been opened yet answers 404 like what does not exist: nobody looks ahead.
    """
    seat = site.seat_of(request)
    lang = site.lang_of(seat, request)
    if seat is None and not (routes_wall.allowed(site, request) or routes_kiosk.is_kiosk(site, request)):
        return site.refused(site.lost_reason(request), lang, 401)
    digest = request.rel_url.raw_path.removeprefix("/media/")
    data = await site.desk.media(digest)
    if data is None:
        return site.refused("not-found", lang, 404)
    headers = {**FOR_GOOD, "Content-Type": type_of(data), "ETag": f'"{digest[:16]}"'}
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return web.Response(status=304, headers=headers)
    return web.Response(body=data, headers=headers)


async def part(site: Site, request: web.BaseRequest) -> web.Response:
    """GET /part/<name>: a part of the phone's script as text. It holds nothing of the session: no seat is asked for."""
    name = request.rel_url.raw_path.removeprefix("/part/")
    if name not in assets.PARTS:
        return site.refused("not-found", site.lang_of(None, request), 404)
    return site.packed(request, assets.asset(assets.part(name)).text, "text/javascript; charset=utf-8")
