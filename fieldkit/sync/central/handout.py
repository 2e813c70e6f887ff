"""What goes down beyond the signed lists: plans and answers, sealed to the laptop that asks, and packs.

An archive goes in pieces, so that many at once take no memory. Everything is asked for by a hash, as in
`fieldkit.sync.central.down`: of the note that the laptop has, or of the archive that it wants.
"""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import msgspec
from aiohttp import web

from fieldkit.log.answers_note import note_sha
from fieldkit.log.keys import seal_to
from fieldkit.log.names import b64, split_origin
from fieldkit.sync.central import answers_down, packs, planned
from fieldkit.sync.central.arrive import Answer
from fieldkit.sync.central.door import Caller, No
from fieldkit.sync.central.home import Home
from fieldkit.sync.central.outgoing import sealed_plans
from fieldkit.sync.central.sockets import PLAIN
from fieldkit.sync.central.take import TAKEN

KINDS = ("planned", "answers", "packs", "pack")
PIECE = 1 << 18
PLANS_MOST = 16 << 20
"""Bytes of other laptops' plans in one answer; what is more waits for the next file."""


async def hand_out(
    request: web.BaseRequest, home: Path, what: str, sha256: str, caller: Caller, now: int
) -> web.StreamResponse:
    """Answer one request of `KINDS`. Raises No for a laptop that is not on the list, FieldkitError."""
    if not caller.known:
        raise No(403, "unknown-device", "This laptop is not on the trust list.")
    if what == "pack":
        return await _archive(request, home, sha256, now)
    sealed = what in ("planned", "answers")
    raw = await asyncio.to_thread(_note, home, what, sha256, caller, now)
    if raw is None:
        return web.Response(status=204, headers=PLAIN)
    kind = "application/octet-stream" if sealed else "text/plain"
    return web.Response(body=raw, content_type=kind, charset=None if sealed else "utf-8", headers=PLAIN)


def _note(home: Path, what: str, held: str, caller: Caller, now: int) -> bytes | None:
    """None when the laptop has just that, or there is nothing."""
    office = Home.open(home)
    if what == "packs":
        raw = packs.note_for(office, now)
    elif what == "planned":
        raw = planned.note_for(office, caller.vkey.name, now)
    else:
        raw = answers_down.note_now(office, caller.vkey, now)
    if raw is None or (note_sha(raw) if what == "answers" else hashlib.sha256(raw).hexdigest()) == held:
        return None
    return raw if what == "packs" else seal_to(caller.vkey, raw)


def beside(home: Path, answer: Answer, caller: Caller, now: int) -> Answer:
    """The answer about a file, with what is planned for the other laptops whose sessions are in it, and what was
    answered of these: whoever brought the file brings that back, and can read none of it. Raises FieldkitError."""
    devices = {split_origin(one.origin).device for one in answer.sessions if one.origin and one.result in TAKEN}
    devices -= {caller.vkey.name}
    if not caller.known or not devices:
        return answer
    plans, size = {}, 0
    office = Home.open(home)
    for name, raw in (sealed_plans(office, now, devices) | answers_down.sealed_now(office, now, devices)).items():
        size += len(raw)
        if size <= PLANS_MOST:
            plans[name] = b64(raw)
    return msgspec.structs.replace(answer, plans=plans)


async def _archive(request: web.BaseRequest, home: Path, sha256: str, now: int) -> web.StreamResponse:
    gone = No(404, "not-given", "Head office gives no such pack out.")
    path = await asyncio.to_thread(lambda: packs.bytes_of(Home.open(home), sha256, now))
    if path is None:
        raise gone
    try:
        file = await asyncio.to_thread(path.open, "rb")
    except FileNotFoundError:  # somebody took it away a moment ago
        raise gone from None
    with file:
        answer = web.StreamResponse(headers={**PLAIN, "Content-Type": "application/octet-stream"})
        answer.content_length = path.stat().st_size
        await answer.prepare(request)
        try:
            while piece := await asyncio.to_thread(file.read, PIECE):
                await answer.write(piece)
            await answer.write_eof()
        except ConnectionError:
            request.protocol.force_close()  # the laptop went away; it asks again
    return answer
