"""Pictures and sounds: for who is in the room, only what was opened, told by their bytes."""

from __future__ import annotations

from typing import Any

import pytest

from fieldkit.lan import assets
from fieldkit.lan.routes_media import type_of
from tests.kit.phone import Phone
from tests.kit.plans import PICTURE
from tests.lan.conftest import CODE, PNG, Room


async def test_media_is_for_who_is_in_the_room_and_only_what_was_opened(every: Room) -> None:
    async with Phone(every.url, "Ana Ruiz") as ana:
        await ana.come_in(CODE)

        async def get(path: str, head: dict[str, str]) -> Any:
            async with ana.http.get(ana.url + path, headers=head) as got:
                return got.status, await got.read(), got.headers

        seat = ana.headers()
        path = f"/media/{PICTURE}"
        assert (await get(path, seat))[0] == 404
        await every.open("h1")
        status, body, headers = await get(path, seat)
        assert (status, body, headers["Content-Type"]) == (200, PNG, "image/png")
        assert headers["Cache-Control"] == "private, max-age=86400, immutable"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert (await get(path, {**seat, "If-None-Match": headers["ETag"]}))[0] == 304
        assert (await get(path, {}))[0] == 401
        for wrong in (
            "/media/",
            "/media/" + "0" * 64,
            f"/media/{PICTURE.upper()}",
            "/part/nothing",
        ):
            assert (await get(wrong, seat))[0] in (401, 404), wrong
        for name in assets.PARTS:
            status, body, headers = await get(f"/part/{name}", {})
            assert status == 200 and body.decode() == assets.asset(assets.part(name)).text


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"OggS\0", "audio/ogg"),
        (b"ID3\x04", "audio/mpeg"),
        (b"\xff\xfb\x90", "audio/mpeg"),
        (b"\0\0\0\x20ftypM4A ", "audio/mp4"),
        (b"<svg onload=alert(1)>", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_the_type_is_told_by_the_bytes(data: bytes, kind: str) -> None:
    assert type_of(data) == kind
