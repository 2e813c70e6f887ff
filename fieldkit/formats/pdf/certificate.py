"""A certificate on paper: one page A4 across, with the credential inside the file and a signed note in its QR code.

    data, unwritten = write(given, Printed(on, "ld.acme.example/office", credential, code, "es"))

Who, what, until when, and by which records; nothing that only decorates. What is read from afar is large; it works in
black and white. The same input gives the same bytes.
"""

from __future__ import annotations

from datetime import date

import msgspec

from fieldkit.formats.pdf.fonts import INK, LINE, MUTED, SIZES, Color, Document, document, high
from fieldkit.log.certificate import ATTACHED
from fieldkit.log.credential import Given
from fieldkit.words import SOURCE, TRAINER, Words, words_for

DOWN, ACROSS = SIZES["A4"]
SIDE, TOP = 26.0, 24.0
WIDE = ACROSS - 2 * SIDE
ACCENT: Color = (0x0B, 0x5A, 0x6B)
QR = 44.0
FOOT = 136.0
"""From here on down: when, until when, by whom, and the code."""
LEFT = WIDE - QR - 16
MOST_PARTS = 10
"""Parts that are named; of more there is a number."""
NAME_SIZES = (34, 28, 22, 17)
TITLE_SIZES = (22, 18, 15)


class Printed(msgspec.Struct, frozen=True):
    """What stands on the page beside the credential. `by`: name of the office key; `credential`: the file inside;
    `code`: the text of the QR; `on`: the day of completion where it was held."""

    on: date
    by: str
    credential: bytes
    code: str
    lang: str = ""


def write(given: Given, printed: Printed) -> tuple[bytes, tuple[str, ...]]:
    """The PDF, not sealed yet, and the scripts of which a character is in no font. The language is the one asked for,
    else that of the program, where there are words for it; else English."""
    w = words_for(printed.lang or given.lang)
    w = w if w.lang in TRAINER else words_for(SOURCE)
    doc = document(
        w.lang, title=f"{given.title} · {given.id}", made=given.made * 1000, landscape=True, about=given.org, holds=True
    )
    doc.add_page()
    _frame(doc)
    y = _head(doc, w, given)
    _parts(doc, w, given, y)
    _foot(doc, w, given, printed)
    doc.embed_file(
        bytes=printed.credential,
        basename=ATTACHED,
        mime_type="application/json",
        associated_file_relationship="Data",
        desc=doc.plain(given.title),
    )
    return doc.done(), tuple(doc.unwritten)


def _frame(doc: Document) -> None:
    doc.set_fill_color(*ACCENT)
    doc.rect(0, 0, 7, DOWN, style="F")


def _head(doc: Document, w: Words, given: Given) -> float:
    """Whom, and what; → where it ends."""
    doc.put(SIDE, TOP, WIDE / 2, w.say("Certificate"), 13, "B", color=ACCENT)
    doc.put(SIDE + WIDE / 2, TOP, WIDE / 2, given.org, 13, align="R", color=MUTED, most=1)
    y = TOP + high(13) + 9
    name = given.name or w.say("Badge {badge}", badge=given.badge)
    y = _fitting(doc, name, y, NAME_SIZES, INK) + 2
    doc.put(SIDE, y, WIDE, w.say("has completed"), 13, color=MUTED)
    y += high(13) + 2.5
    return _fitting(doc, given.title, y, TITLE_SIZES, INK) + 6


def _fitting(doc: Document, text: str, y: float, sizes: tuple[int, ...], color: Color) -> float:
    """In the largest size in which it is one line, else in two lines of the smallest; → where it ends."""
    size = next((one for one in sizes if doc.wide(doc.plain(text), one, "B") <= WIDE), sizes[-1])
    lines = doc.put(SIDE, y, WIDE, text, size, "B", color=color, most=2)
    return y + lines * high(size)


def _parts(doc: Document, w: Words, given: Given, y: float) -> None:
    """The parts with their days, in two columns where there are many."""
    shown = list(given.parts[:MOST_PARTS])
    room = max(1, int((FOOT - 6 - y) // 7.0))
    columns = 1 if len(shown) <= room else 2
    shown = shown[: room * columns]
    rows = -(-len(shown) // columns)
    wide = (WIDE - 12) / 2 if columns == 2 else LEFT
    for k, part in enumerate(shown):
        x, top = SIDE + (k // rows) * (wide + 12), y + (k % rows) * 7.0
        day = part.day.isoformat()
        doc.put(x, top, wide - 30, part.title, 11, most=1)
        doc.put(x + wide - 28, top, 28, day, 11, align="R", color=MUTED)
        doc.rule(x, top + 6.2, wide, (0xD5, 0xD8, 0xDE))
    more = len(given.parts) - len(shown)
    if more > 0:
        doc.put(SIDE, y + rows * 7.0, WIDE, w.say("and {n} more", n=more), 9, color=MUTED)


def _foot(doc: Document, w: Words, given: Given, printed: Printed) -> None:
    doc.rule(SIDE, FOOT, LEFT, LINE, 0.3)
    y = FOOT + 6
    ends = given.until.isoformat() if given.until is not None else w.say("without end")
    half = LEFT / 2
    for x, label, said in (
        (SIDE, w.say("Completed on"), printed.on.isoformat()),
        (SIDE + half, w.say("Counts until"), ends),
    ):
        doc.put(x, y, half - 4, label, 10, color=MUTED)
        doc.put(x, y + high(10) + 0.5, half - 4, said, 17, "B", most=1)
    y += high(10) + high(17) + 6
    doc.put(SIDE, y, LEFT, w.say("Given by {office}", office=printed.by), 10, most=1)
    y += high(10) + 0.5
    doc.put(SIDE, y, LEFT, w.say("Number {id}", id=given.id), 8.5, color=MUTED, most=1)
    y += high(8.5) + 0.3
    told = w.say("The credential is inside this file. Without a network: fieldkit verify FILE, or --qr with the code.")
    doc.put(SIDE, y, LEFT, told, 8.5, color=MUTED, most=2)
    doc.qr(printed.code, SIDE + WIDE - QR, FOOT + 4, QR)
