"""A participant's receipt as the phone gets it: text, and a page with a QR code."""

from __future__ import annotations

import html

from fieldkit.core import intents as w
from fieldkit.log.receipt import parse_receipt, short_code, show_code, verify_receipt
from tests.kit.phone import Phone
from tests.lan.conftest import CODE, Room


async def test_the_receipt_is_text_and_not_kept_by_the_browser(room: Room) -> None:
    async with Phone(room.url, "Ana Ruiz") as phone:
        await phone.come_in(CODE)
        async with phone.http.get(f"{room.url}/v1/receipt", headers=phone.headers()) as got:
            assert got.status == 200 and got.headers["Cache-Control"] == "no-store"
            assert got.headers["Content-Type"].startswith("text/plain")
            assert room.desk.session.origin in await got.text()


async def test_after_the_end_the_receipt_covers_the_whole_session_and_opens_as_a_page(room: Room) -> None:
    async with Phone(room.url, "Ann [/] Lee</pre>") as ann:
        await ann.come_in(CODE)
        early = parse_receipt(await ann.receipt())
        await room.do(w.End())
        text = await ann.receipt()
        late = parse_receipt(text)
        assert (late.leaf, late.index) == (early.leaf, early.index) and late.note != early.note
        proved = verify_receipt(late, [room.desk.store._signer.vkey])
        assert proved.checkpoint.size == room.desk.session.saved + 1 == room.desk.store.head.size
        headers = {**ann.headers(), "Accept": "text/html,application/xhtml+xml"}
        async with ann.http.get(f"{room.url}/v1/receipt", headers=headers) as got:
            page = await got.text()
            assert got.headers["Content-Type"].startswith("text/html") and got.headers["Cache-Control"] == "no-store"
            assert "default-src 'none'" in got.headers["Content-Security-Policy"] and got.headers["Vary"] == "Accept"
        assert html.unescape(page.split('<pre dir="ltr">')[1].split("</pre>")[0]) == text.decode()
        assert "<svg " in page and show_code(short_code(late.leaf)) in page and "Lee</pre>" not in page
