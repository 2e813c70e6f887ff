"""Participants' receipts to print and hand over: a page a person, with short code, QR code and the text."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from markupsafe import Markup

from fieldkit.formats.printed import render


class Slip(msgspec.Struct, frozen=True):
    """One person's page. `qr` is SVG, our own; empty where the receipt is too long for a QR code."""

    name: str
    badge: str
    code: str
    """The short code as people read it."""
    text: str
    """The receipt itself."""
    qr: str = ""


def slips(people: Sequence[Slip], langs: list[str], *, title: str, when: str, site: str, size: str = "A4") -> bytes:
    """The pages as HTML. `langs`: one or two catalogues; `when` is the day as it shall stand there."""
    shown = [{**msgspec.structs.asdict(one), "qr": Markup(one.qr)} for one in people]
    return render("receipt.html", langs, size, slips=shown, title=title, when=when, site=site)
