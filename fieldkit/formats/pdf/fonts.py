"""A PDF document that writes names in any script, and the few things papers are drawn with.

    paper = document("es", title="Attendance", made=1_753_000_000_000)
    paper.add_page()
    paper.put(20, 20, 80, "Ana Ruiz Ортис عائشة", size=11)     # mm from the top left corner; → lines that it took
    data = paper.done()

Nothing of this machine or moment is in it: its date is that of what it tells, its identifier the hash of its content.
Text is shaped by HarfBuzz; each character comes from the first font that has it, and a font is loaded and embedded
when one of its characters is written. What no font has becomes `�`, and `unwritten` names the script.
"""

from __future__ import annotations

import logging
import unicodedata
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

from fieldkit.core.tables.base import local
from fieldkit.formats.pdf import missing
from fieldkit.formats.pdf.faces import BASE, BOLD, FOLDER, JOINERS, face_of, script_of, shows

try:
    from fpdf import FPDF
except ImportError as error:  # pragma: no cover - where the extra is not installed
    raise missing() from error

for _name in ("fpdf", "fontTools"):
    logging.getLogger(_name).setLevel(logging.ERROR)  # they tell of every table that a subset leaves out

SIZES = {"A4": (210.0, 297.0), "letter": (215.9, 279.4)}
"""Paper → width and height in mm, upright."""
INK, MUTED, LINE, FAINT = (0x15, 0x18, 0x1E), (0x55, 0x5B, 0x66), (0x76, 0x7C, 0x88), (0xD5, 0xD8, 0xDE)
POINT = 25.4 / 72
LEAD = 1.36
"""Height of a line in sizes of its type: room for the marks above and below of Thai, Arabic and Vietnamese."""
UNKNOWN = "\ufffd"
MOST = 4000
"""Characters of one text; the rest is cut."""
SHAPED = "\u0590"
"""From here on glyphs may stand in another order than letters, or be none."""
_SIGNS = frozenset("–—‘’“”„…·•€⁰⁴⁵⁶⁷⁸⁹\ufffd")
_DROPPED = frozenset({"Cc", "Cs", "Co", "Cn", "Cf", "Zl", "Zp"})
Color = tuple[int, int, int]


class Document(FPDF):
    """Coordinates in mm. Pages break where the caller says, never by themselves."""

    def __init__(
        self, lang: str, title: str, made: int | None, size: str, landscape: bool, about: str, part: int = 2
    ) -> None:
        across, down = SIZES[size]
        way = "landscape" if landscape else "portrait"
        super().__init__(way, "mm", (across, down), enforce_compliance=f"PDF/A-{part}U")
        self._part = part
        self.unwritten: dict[str, None] = {}
        """Scripts of characters that no font has, in the order in which they came."""
        self._last = ""
        self._widths: dict[tuple[str, str], float] = {}
        self.set_auto_page_break(False)
        self.set_margin(0)
        self.c_margin = 0
        self.add_font("base", "", FOLDER / BASE)
        self.add_font("base", "B", FOLDER / BOLD)
        for face in ("base", "baseB"):
            for joiner in JOINERS:  # else they would cut a word in two that is written with another font
                self.fonts[face].cmap.pop(ord(joiner), None)  # type: ignore[union-attr]
        self.set_font("base", size=10)
        self.set_text_shaping(True)
        self.set_lang(lang)
        when = local(made, UTC)
        self._describe(self.plain(title), self.plain(about), lang, when or datetime(2000, 1, 1, tzinfo=UTC))
        self.unwritten.clear()

    def _describe(self, title: str, about: str, lang: str, when: datetime) -> None:
        """Metadata of our own: the library's says at which moment it was run."""
        when = when.replace(microsecond=0)
        self.set_title(title)
        self.set_creation_date(when)
        stamp, words = when.isoformat(), f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{escape(title)}</rdf:li>'
        self.set_xmp_metadata(
            '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
            '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"'
            ' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"'
            f' xmp:CreatorTool="fieldkit" xmp:CreateDate="{stamp}" xmp:ModifyDate="{stamp}" xmp:MetadataDate="{stamp}">'
            f"<pdfaid:part>{self._part}</pdfaid:part><pdfaid:conformance>U</pdfaid:conformance>"
            f"{words}</rdf:Alt></dc:title>"
            f'<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{escape(about)}</rdf:li></rdf:Alt></dc:description>'
            f"<dc:language><rdf:Bag><rdf:li>{escape(lang)}</rdf:li></rdf:Bag></dc:language>"
            "</rdf:Description></rdf:RDF></x:xmpmeta>"
        )

    def get_fallback_font(self, char: str, style: str = "") -> str | None:
        """The font of a character that the base has not, loaded when it is met first."""
        stays = self._last and (char in JOINERS or shows(self._last, char))
        face = self._last if stays else face_of(char)
        if face in ("", BASE):
            return None
        self._last, key = face, face.lower()
        if key not in self.fonts:
            self.add_font(key, "", FOLDER / face)
        return key

    # -- text ------------------------------------------------------------------------------------------------

    def plain(self, text: str) -> str:
        """One line that can be written: NFC, without what is not seen, `�` for each run that no font has."""
        kept: list[str] = []
        for char in unicodedata.normalize("NFC", text[:MOST]):
            if char.isspace():
                kept.append(" ")
            elif char in JOINERS:
                kept.append(char)
            elif unicodedata.category(char) in _DROPPED:
                continue
            elif face_of(char):
                kept.append(char)
            else:
                self.unwritten[script_of(char)] = None
                if kept[-1:] != [UNKNOWN]:
                    kept.append(UNKNOWN)
        return " ".join("".join(kept).split())

    def wide(self, text: str, size: float, style: str = "") -> float:
        """The width of a line in mm. `text` as `plain` gives it."""
        found = self._widths.get((text, style))
        if found is None:
            if even(text):
                glyphs: Any = self.fonts["base" + style].cw
                found = sum(glyphs[ord(char)] for char in text) * POINT / 1000
            else:
                self.set_font("base", style, 100)
                self._last = ""
                found = self.get_string_width(text) / 100
            self._widths[text, style] = found
        return found * size

    def wrapped(self, text: str, width: float, size: float, style: str = "", most: int = 99) -> list[str]:
        """The lines of a text, at most so many: the last of a longer one ends in `…`. Words that are too long, and
        writing without spaces, are cut between two letters."""
        text = self.plain(text)
        if self.wide(text, size, style) <= width:
            return [text]
        lines, rest = [""], list(self._pieces(text, width, size, style))
        for k, piece in enumerate(rest):
            longer = f"{lines[-1]}{piece}"
            if self.wide(longer.rstrip(), size, style) <= width or not lines[-1]:
                lines[-1] = longer
            elif len(lines) < most:
                lines.append(piece)
            else:
                lines[-1] = self._short(lines[-1] + "".join(rest[k : k + 1]), width, size, style)
                break
        return [line.strip() for line in lines]

    def _pieces(self, text: str, width: float, size: float, style: str) -> Iterator[str]:
        for word in text.split(" "):
            if self.wide(word, size, style) <= width:
                yield word + " "
                continue
            part = ""
            for letter in letters(word):
                if part and self.wide(part + letter, size, style) > width:
                    yield part
                    part = ""
                part += letter
            yield part + " "

    def _short(self, text: str, width: float, size: float, style: str) -> str:
        parts = letters(text.rstrip())
        while parts and self.wide("".join(parts) + "…", size, style) > width:
            parts.pop()
        return "".join(parts).rstrip() + "…"

    def put(
        self,
        x: float,
        y: float,
        width: float,
        text: str | Sequence[str],
        size: float = 10,
        style: str = "",
        align: str = "L",
        color: Color = INK,
        most: int = 99,
    ) -> int:
        """Write a text, or lines that `wrapped` gave, into a column whose top left corner is (x, y); → how many lines
        it took, each `high(size)` mm. `align` is L, C or R; `style` is B or nothing."""
        lines = self.wrapped(text, width, size, style, most) if isinstance(text, str) else text
        self.set_font("base", style, size)
        self.set_text_color(*color)
        for k, line in enumerate(lines):
            if line:
                self._line(x, y + k * high(size), width, line, high(size), align)
        return len(lines)

    def _line(self, x: float, y: float, width: float, line: str, height: float, align: str) -> None:
        if even(line):
            free = width - self.wide(line, self.font_size_pt, self.font_style)
            start = x + {"L": 0.0, "C": free / 2, "R": free}[align]
            self.text(start, y + height / 2 + 0.3 * self.font_size, line)
            return
        self._last = ""
        self.set_xy(x, y)
        shaped = not line.isascii() and _shaped(line)
        if shaped:
            # Glyphs may be parts of letters and stand in another order: what was written is said beside them
            # (ISO 32000-1, 14.9.4), so that searching and copying give the name back.
            self._out(f"/Span <</ActualText <FEFF{line.encode('utf-16-be').hex()}>>> BDC")
        self.cell(width, height, line, align=align)
        if shaped:
            self._out("EMC")

    # -- drawing ---------------------------------------------------------------------------------------------

    def rule(self, x: float, y: float, width: float, color: Color = LINE, thick: float = 0.2) -> None:
        """A line across."""
        self.set_draw_color(*color)
        self.set_line_width(thick)
        self.line(x, y, x + width, y)

    def modules(self, rows: Sequence[Sequence[bool]], x: float, y: float, side: float) -> None:
        """A QR code, black, as shapes: `rows` of modules without the quiet border, which the caller leaves free."""
        one = side / len(rows)
        self.set_fill_color(0, 0, 0)
        for k, row in enumerate(rows):
            start = 0
            while start < len(row):
                end = start
                while end < len(row) and row[end]:
                    end += 1
                if end > start:
                    # A hair taller than its row, else some viewers show white seams between the rows.
                    self.rect(x + start * one, y + k * one, (end - start) * one, one * 1.02, style="F")
                start = max(end, start + 1)

    def qr(self, text: str, x: float, y: float, side: float) -> None:
        """Any text as a QR code of this side, with nothing but white around it left to the caller."""
        import segno

        made = segno.make(text, error="m", micro=False, boost_error=False)
        self.modules([[bool(one) for one in row] for row in made.matrix], x, y, side)

    def strokes(self, lines: Sequence[Sequence[tuple[float, float]]], thick: float = 0.35) -> None:
        """Lines drawn by hand, in mm."""
        self.set_draw_color(*INK)
        self.set_line_width(thick)
        for line in lines:
            self.polyline(list(line))

    def done(self) -> bytes:
        """The file."""
        return bytes(self.output())


def document(
    lang: str,
    *,
    title: str = "",
    made: int | None = None,
    size: str = "A4",
    landscape: bool = False,
    about: str = "",
    holds: bool = False,
) -> Document:
    """An empty document. `lang`: BCP 47; `made`: Unix ms that it says it was made at; `size` one of SIZES; `holds`: a
    file will be put inside, which PDF/A allows from its part 3 on."""
    return Document(lang, title, made, size, landscape, about, 3 if holds else 2)


def even(text: str) -> bool:
    """Whether each letter is a glyph, one beside the other: then nothing needs shaping, which takes its time."""
    return text.isascii() or all(char < "\u0300" or (_alone(char) and shows(BASE, char)) for char in text)


def _alone(char: str) -> bool:
    """Greek, Cyrillic, Vietnamese, and signs of a sentence."""
    return "\u0370" <= char < "\u0483" or "\u1e00" <= char < "\u2000" or char in _SIGNS


def _shaped(line: str) -> bool:
    """Whether a reader needs to be told what was written. Not from right to left: readers turn such glyphs round by
    themselves, and some turn what they are told round as well."""
    turned = any(unicodedata.bidirectional(char) in ("R", "AL") for char in line)
    return any(char >= SHAPED for char in line) and not turned


def high(size: float) -> float:
    """The height of a line of this size (points), in mm."""
    return size * LEAD * POINT


def letters(text: str) -> list[str]:
    """Where a word may be cut: marks stay with their letter, and what a joiner or virama joins stays together."""
    found: list[str] = []
    for char in text:
        joined = bool(found) and (found[-1][-1] in JOINERS or unicodedata.combining(found[-1][-1]) == 9)
        if found and (joined or char in JOINERS or unicodedata.category(char)[0] == "M"):
            found[-1] += char
        else:
            found.append(char)
    return found
