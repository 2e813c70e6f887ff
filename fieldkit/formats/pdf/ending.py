"""The end of the sheet: what workers signed, who attests it with a key, who files it, and the laptop's seal."""

from __future__ import annotations

import msgspec

from fieldkit.formats.pdf.fonts import INK, LINE, MUTED, UNKNOWN, Color, Document, high
from fieldkit.formats.pdf.form import Form
from fieldkit.words import Words

QR = 33.0
"""Side of the QR code in mm: its modules are 0.4 mm or more."""
SEAL = 56.0
"""Width of the seal's column."""
GUTTER = 8.0
MOST = 5
"""Sentences that workers signed, and signatures with a key, that are printed; a record has all."""


LINES = 2
"""Lines of one sentence: whatever is written there, the end is shorter than a page."""


class Line(msgspec.Struct, frozen=True):
    """One block of text with free space above it, or a line to write on with its label below."""

    words: list[str]
    size: float = 8.5
    style: str = ""
    color: Color = INK
    above: float = 0.0
    blank: bool = False

    @property
    def height(self) -> float:
        return self.above + high(self.size) * len(self.words)


class End:
    """Measured when it is made, drawn when there is a place for it."""

    def __init__(self, doc: Document, form: Form, w: Words, wide: float) -> None:
        self._doc, self._form, self._w, self._wide = doc, form, w, wide
        self._column = wide - (SEAL + GUTTER if form.qr else 0)
        self._left = self._signatures()
        self._right = self._seal()
        seal = sum(one.height for one in self._right) + QR + 1.5 if form.qr else 0.0
        self.height = max(sum(one.height for one in self._left), seal) + 3

    def _text(self, words: str, size: float = 8.5, style: str = "", color: Color = INK, above: float = 0.0) -> Line:
        return Line(self._doc.wrapped(words, self._column, size, style, LINES), size, style, color, above)

    def _signatures(self) -> list[Line]:
        form, say = self._form, self._w.say
        found: list[Line] = []
        if form.agreed:
            found.append(self._text(say("What the workers signed"), 9.5, "B"))
            found += [self._text(f"{letter}  “{words}”") for letter, words in form.agreed[:MOST]]
            told = say("Each typed a name or drew a mark on a screen; the time and the letter stand beside it.")
            found.append(self._text(told, 7.5, color=MUTED))
        found.append(self._text(say("The trainer's attestation"), 9.5, "B", above=3.0 if found else 0.0))
        for k, one in enumerate(form.attested[:MOST]):
            found.append(self._text(f"“{one.says}”", above=1.2 if k else 0.0))
            found.append(self._text(one.name, 8.5, "B"))
            found.append(self._text(one.about, 7.5, color=MUTED))
        more = len(form.attested) - MOST
        if more > 0:
            found.append(self._text(say("and {n} more", n=more), 7.5, color=MUTED))
        if not form.led:
            found.append(self._text(say("Nobody has signed with a key that they led this session.")))
            found.append(self._blank(say("Signature of the trainer"), say("Date")))
        found.append(self._blank(say("Filed by"), say("Date")))
        if self._doc.unwritten:
            named = ", ".join(self._doc.unwritten)
            words = say(
                "{sign} stands for signs that no font of this program has ({scripts}).", sign=UNKNOWN, scripts=named
            )
            found.append(self._text(words, 7.5, color=MUTED, above=2.0))
        return found

    def _blank(self, label: str, date: str) -> Line:
        return Line([label, date], 7.5, color=MUTED, above=9.0, blank=True)

    def _seal(self) -> list[Line]:
        doc, say = self._doc, self._w.say
        if not self._form.qr:
            return []
        found = [Line(doc.wrapped(say("The seal of the laptop"), SEAL, 9.5, "B", 2), 9.5, "B")]
        for label, words in self._form.seal:
            lines = doc.wrapped(f"{label}: {words}", SEAL, 7, most=4)
            found.append(Line(lines, 7, color=MUTED))
        told = say("The QR code holds session, number of records and root. Who has the record can compare.")
        found.append(Line(doc.wrapped(told, SEAL, 7, most=4), 7, color=MUTED))
        return found

    def draw(self, x: float, y: float) -> None:
        doc = self._doc
        doc.rule(x, y, self._wide, INK, 0.4)
        self._flow(self._left, x, y + 3, self._column)
        if self._form.qr:
            right = x + self._wide - SEAL
            down = self._flow(self._right, right, y + 3, SEAL)
            doc.qr(self._form.qr, x + self._wide - QR, max(down + 1.5, y + self.height - QR), QR)

    def _flow(self, lines: list[Line], x: float, y: float, width: float) -> float:
        doc = self._doc
        for one in lines:
            top = y + one.above
            if one.blank:
                label, date = one.words
                doc.rule(x, top, width * 0.62, LINE, 0.25)
                doc.rule(x + width * 0.68, top, width * 0.32, LINE, 0.25)
                doc.put(x, top + 0.4, width * 0.62, label, one.size, color=one.color, most=1)
                doc.put(x + width * 0.68, top + 0.4, width * 0.32, date, one.size, color=one.color, most=1)
                y = top + high(one.size) + 0.4
            else:
                doc.put(x, top, width, one.words, one.size, one.style, color=one.color)
                y = top + high(one.size) * len(one.words)
        return y
