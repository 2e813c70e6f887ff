"""The one-time link: a page that says what it is, and the press that takes the file."""

from __future__ import annotations

import asyncio
import logging

from aiohttp import web
from markupsafe import Markup

from fieldkit.errors import FieldkitError
from fieldkit.lan import pages
from fieldkit.lan.assets import head_of
from fieldkit.lan.connections import PLAIN
from fieldkit.lan.site import Site
from fieldkit.words import words_for

log = logging.getLogger("fieldkit.lan")

UNSTORED = {"Cache-Control": "no-store"}
"""The file holds names, and the page stands for a link that is soon worth nothing."""


async def sheet(site: Site, request: web.BaseRequest) -> web.Response:
    """GET /sheet?t=TOKEN: the name of the file and a button. Looking takes nothing."""
    token = request.rel_url.query.get("t", "")
    paper = site.handout.find(token, asyncio.get_running_loop().time())
    lang = site.lang_of(None, request)
    words = words_for(lang)
    if paper is None:
        return gone(site, request)
    body = Markup(
        '<body><main><h1 class="notice">{}</h1><p>{}</p>'
        '<form method="post" action="/sheet?t={}"><button class="go">{}</button></form></main></body></html>'
    ).format(paper.name, words.say("This link works once, and for ten minutes."), token, words.say("Take the file"))
    said = site.html(request, (head_of(lang, paper.name, "phone.css", 0), str(body)), "phone.css", None)
    said.headers.update(UNSTORED)
    return said


async def post_sheet(site: Site, request: web.BaseRequest) -> web.StreamResponse:
    """POST /sheet?t=TOKEN: the file. A download that broke off can be tried again; one that arrived cannot."""
    loop, who = asyncio.get_running_loop(), request.remote or ""
    try:
        paper = await site.handout.take(request.rel_url.query.get("t", ""), who, loop.time())
    except FieldkitError as wrong:  # where it goes cannot be written down, so it does not go
        log.warning("the file was not handed over: %s", wrong.sentence)
        site.handout.off()
        return gone(site, request)
    if paper is None:
        return gone(site, request)
    headers = {**PLAIN, **UNSTORED, "Content-Type": paper.kind, "Content-Disposition": paper.disposition}
    answer = web.StreamResponse(headers={**headers, "Content-Length": str(len(paper.data))})
    if request.body_exists:
        answer.force_close()
    try:
        await answer.prepare(request)
        await answer.write(paper.data)
        await answer.write_eof()
    except BaseException:
        site.handout.back(paper)
        raise
    site.handout.done(paper, who)
    site.desk.pulse_changed()
    return answer


def gone(site: Site, request: web.BaseRequest) -> web.Response:
    """Used, over, taken back or made up: the same words for all, so that nothing can be told apart."""
    lang = site.lang_of(None, request)
    words = words_for(lang).say("This link was used, or its time is over. Ask for a new one.")
    said = site.html(request, pages.notice_page(lang, site.url, words), "phone.css", None, 403)
    said.headers.update(UNSTORED)
    if request.body_exists:
        said.force_close()
    return said
