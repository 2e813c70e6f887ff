"""The join card: how people come in, on one sheet to hang up, and what the trainer reads aloud.

QR codes come as ready SVG: whoever calls draws them.
"""

from __future__ import annotations

import msgspec
from markupsafe import Markup

from fieldkit.formats.printed import render

NO_CODE = "____"


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on it. `url` as people type it, `http://10.42.0.1`; `code` the room code's four signs; empty:
    lines to write them on."""

    title: str
    url: str
    code: str
    qr: str
    """SVG of the page's QR, our own."""
    trainer: str = ""
    wifi: str = ""
    """The name of the Wi-Fi; empty: the trainer names it."""
    wifi_qr: str = ""
    """SVG of the Wi-Fi's QR, our own; it holds the password."""


def card(what: Card, langs: list[str], size: str = "A4") -> bytes:
    """The card as HTML. `langs`: one or two catalogues; `size`: A4 or letter."""
    return render(
        "card.html",
        langs,
        size,
        title=what.title,
        trainer=what.trainer,
        url=what.url.removeprefix("http://"),
        code=what.code or NO_CODE,
        qr=Markup(what.qr),
        wifi=what.wifi,
        wifi_qr=Markup(what.wifi_qr),
    )
