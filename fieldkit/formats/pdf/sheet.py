"""The attendance sheet on paper: a head, nine columns, who signed what, and the checkpoint as a QR code.

    data, unwritten = write(Sheet(session, plan, signatures), note, "es", "A4")

Black on white, grey rules, no colour that a copier would lose. The head of the table stands on every page; what is
signed with a key stands apart from what workers signed and from the laptop's seal, each with name, time and meaning.
"""

from __future__ import annotations

from collections.abc import Sequence

from fieldkit.core.tables.base import Sheet
from fieldkit.core.tables.profiles import ROSTER
from fieldkit.formats.pdf.ending import End
from fieldkit.formats.pdf.fonts import FAINT, INK, MUTED, SIZES, Document, document, high
from fieldkit.formats.pdf.form import Form, Row, Signed, form
from fieldkit.words import SOURCE, TRAINER, Words, words_for

SIDE, TOP, FOOT = 14.0, 13.0, 12.0
"""Margins in mm; the foot line stands within FOOT."""
BODY, SMALL, NOTE = 8.5, 6.5, 7.5
LEAST = 7.6
"""Height of a row in mm: a hand can sign in it."""
MARK = (23.0, 6.4)
"""Box of a drawn mark, in mm."""
NAME_LINES = 4
"""Lines of one cell; a longer name ends in `…`."""
GAP = 1.6
SHARES = (7, 45, 23, 27, 16, 16, 10, 23, 29)
"""Widths of the nine columns, in parts of the page's."""


def write(
    sheet: Sheet, note: bytes = b"", lang: str = "", paper: str = "A4", profile: str = ""
) -> tuple[bytes, tuple[str, ...]]:
    """The sheet, and the scripts of which a character is in no font. `lang` (default: the session's first) where there
    are words for a sheet, else English; `paper` one of SIZES; `profile` as in `fieldkit.core.tables.profiles`."""
    sheet.judged = profile != ROSTER
    w = words_for(lang or sheet.lang)
    made = form(sheet, w if w.lang in TRAINER else words_for(SOURCE), note)
    drawing = _Drawing(made, words_for(made.lang), paper)
    return drawing.data(), tuple(drawing.doc.unwritten)


class _Drawing:
    """One sheet on its way to paper: rows are laid on pages first, so that each page can say of how many it is."""

    def __init__(self, of: Form, words: Words, paper: str) -> None:
        self.form, self.w = of, words
        title = f"{of.session} · {of.title}"
        self.doc: Document = document(of.lang, title=title, made=of.made, size=paper, about=", ".join(self._about()))
        across, down = SIZES[paper]
        self.wide, self.bottom = across - 2 * SIDE, down - FOOT
        whole = sum(SHARES)
        self.widths = [self.wide * one / whole for one in SHARES]
        self.left = [SIDE + sum(self.widths[:k]) for k in range(len(SHARES))]

    def _about(self) -> list[str]:
        return [words for _, words in self.form.facts]

    def data(self) -> bytes:
        doc, people = self.doc, len(self.form.rows)
        rows = [self._cells(k, row) for k, row in enumerate(self.form.rows, 1)]
        heights = [self._high(*one) for one in zip(rows, self.form.rows, strict=True)]
        notes = self._notes()
        heights += [high(NOTE) * len(lines) + (2.0 if k == 0 else 0.8) for k, (_, lines) in enumerate(notes)]
        end = End(doc, self.form, self.w, self.wide)
        table = high(SMALL) * 2 + 1.5
        first, later = self.bottom - self._head_height() - table, self.bottom - TOP - 7 - table
        pages = laid(heights, first, later, end.height + 5)
        for number, taken in enumerate(pages, 1):
            doc.add_page()
            y = self._head() if number == 1 else self._short_head()
            if number == 1 or any(k < people for k in taken):
                y = self._table_head(y, table)
            for k in taken:
                if k < people:
                    self._row(y, heights[k], rows[k], self.form.rows[k])
                else:
                    self._note(y + (1.2 if k == people else 0.0), *notes[k - people])
                y += heights[k]
            if number == len(pages):
                end.draw(SIDE, self.bottom - end.height)
            self._foot(number, len(pages))
        return doc.done()

    # -- head ------------------------------------------------------------------------------------------------

    def _head_height(self) -> float:
        lines = self.doc.wrapped(self.form.title, self.wide - 40, 17, "B", 3)
        facts = self._facts()
        banner = 8 if self.form.banner else 0
        return TOP + high(8) + high(17) * len(lines) + 2 + sum(h for _, h in facts) + 11 + banner

    def _facts(self) -> list[tuple[list[tuple[str, list[str]]], float]]:
        """Lines of two facts each, with their height."""
        half = self.wide / 2 - 26
        cells = [(label, self.doc.wrapped(words, half, 9, most=4)) for label, words in self.form.facts]
        pairs = [cells[k : k + 2] for k in range(0, len(cells), 2)]
        return [(pair, high(9) * max(len(lines) for _, lines in pair) + 0.8) for pair in pairs]

    def _head(self) -> float:
        doc, y = self.doc, TOP
        doc.put(SIDE, y, self.wide, self.form.session, 8, "B", color=MUTED)
        y += high(8)
        y += high(17) * doc.put(SIDE, y, self.wide - 40, self.form.title, 17, "B", most=3) + 2
        for pair, height in self._facts():
            for k, (label, lines) in enumerate(pair):
                x = SIDE + k * (self.wide / 2 + 2)
                doc.put(x, y + 0.3, 20, label, 7.5, color=MUTED, most=1)
                doc.put(x + 21, y, self.wide / 2 - 26, lines, 9)
            y += height
        y = self._numbers(y + 2.5)
        if self.form.banner:
            doc.rule(SIDE, y - 1, self.wide, INK, 0.5)
            doc.put(SIDE, y, self.wide, self.form.banner, 9, "B", most=1)
            doc.rule(SIDE, y + 5.6, self.wide, INK, 0.5)
            y += 8
        return y

    def _numbers(self, y: float) -> float:
        """How many, with their whole."""
        doc, x = self.doc, SIDE
        people = self.w.count("{n} person", "{n} people", len(self.form.rows))
        for number, words in [(people, ""), *((count, label) for label, count in self.form.numbers)]:
            size = 10.0
            doc.put(x, y, 60, number, size, "B")
            x += doc.wide(doc.plain(number), size, "B") + 1.2
            if words:
                doc.put(x, y + 0.25, 60, words, 9, color=MUTED)
                x += doc.wide(doc.plain(words), 9)
            x += 6
        return y + 8.5

    def _short_head(self) -> float:
        doc = self.doc
        words = [self.form.title, *(words for _, words in self.form.facts[:1])]
        doc.put(SIDE, TOP, self.wide, " · ".join(words), 8, color=MUTED, most=1)
        return TOP + 7

    def _foot(self, number: int, total: int) -> None:
        doc, y = self.doc, self.bottom + 3.2
        page = self.w.say("Page {n} of {of}", n=number, of=total)
        doc.put(SIDE, y, self.wide, page, 7, align="R", color=MUTED)
        if self.form.seal:
            (_, origin), _, (_, root), *_ = self.form.seal
            doc.put(SIDE, y, self.wide - 40, f"{origin} · {root}", 7, color=MUTED, most=1)

    # -- table -----------------------------------------------------------------------------------------------

    def _table_head(self, y: float, height: float) -> float:
        w, doc = self.w, self.doc
        labels = ("#", w.say("Name"), w.say("Badge"), w.say("Employer"), w.say("In"), w.say("Out"), w.say("min"))
        for k, label in enumerate((*labels, w.say("Status"), w.say("Signature"))):
            align = "R" if k in (0, 6) else "L"
            width = self.widths[k] - (2 * GAP if k == 6 else GAP)
            # A word that is too long for its column is smaller rather than cut in two.
            fits = (size for size in (7.5, 7.0, 6.5, 6.0) if doc.wide(doc.plain(label), size, "B") <= width)
            size = next(fits, 5.5)
            doc.put(self.left[k], y + height - 1.2 - high(size), width, label, size, "B", align, most=1)
        doc.rule(SIDE, y + height, self.wide, INK, 0.4)
        return y + height

    def _cells(self, number: int, row: Row) -> list[tuple[list[str], list[str]]]:
        """The nine cells: lines, and small lines below them."""
        doc, widths = self.doc, self.widths

        def cell(k: int, text: str, most: int = NAME_LINES) -> list[str]:
            return doc.wrapped(text, widths[k] - GAP, BODY, most=most) if text else []

        def small(k: int, text: str) -> list[str]:
            return doc.wrapped(text, widths[k] - GAP, SMALL, most=3) if text else []

        status = row.status + (f" {_raised(row.note)}" if row.note else "")
        return [
            ([str(number)], []),
            (cell(1, row.name), []),
            (cell(2, row.badge), []),
            (cell(3, row.employer, 3), []),
            (row.came[:1], row.came[1:]),
            (row.left[:1], row.left[1:]),
            ([row.minutes], []),
            (cell(7, status, 2), small(7, row.flags)),
            self._signed(row.signed),
        ]

    def _signed(self, signed: Signed | None) -> tuple[list[str], list[str]]:
        if signed is None:
            return [], []
        when = f"{signed.when} {signed.letter}"
        if signed.strokes:
            return [], self.doc.wrapped(" ".join((signed.name, when)), self.widths[8], SMALL, most=2)
        return self.doc.wrapped(signed.name, self.widths[8], BODY, most=2), [when]

    def _high(self, cells: list[tuple[list[str], list[str]]], row: Row) -> float:
        found = max(high(BODY) * len(big) + high(SMALL) * len(small) for big, small in cells) + 2.8
        if row.signed is not None and row.signed.strokes:
            found = max(found, MARK[1] + high(SMALL) * len(cells[8][1]) + 2.1)
        return max(LEAST, found)

    def _row(self, y: float, height: float, cells: list[tuple[list[str], list[str]]], row: Row) -> None:
        doc = self.doc
        for k, (big, small) in enumerate(cells):
            align = "R" if k in (0, 6) else "L"
            color = MUTED if k == 0 else INK
            width = self.widths[k] - (2 * GAP if k == 6 else GAP)
            top = y + 1.5
            if k == 8 and row.signed is not None and row.signed.strokes:
                top = self._mark(self.left[k], y + 0.8, row.signed)
            else:
                doc.put(self.left[k], top, width, big, BODY, "", align, color)
                top += high(BODY) * len(big)
            doc.put(self.left[k], top, self.widths[8] if k == 8 else width, small, SMALL, "", align, MUTED)
        doc.rule(SIDE, y + height, self.wide, FAINT, 0.15)

    def _mark(self, x: float, y: float, signed: Signed) -> float:
        """A drawn mark, as large as its box allows; → where what stands below it begins."""
        strokes = signed.strokes
        xs = [a for line in strokes for a, _ in line]
        ys = [b for line in strokes for _, b in line]
        wide, tall = max(max(xs) - min(xs), 1.0), max(max(ys) - min(ys), 1.0)
        scale = min(MARK[0] / wide, MARK[1] / tall)
        down = y + (MARK[1] - tall * scale) / 2
        self.doc.strokes(
            [[(x + (a - min(xs)) * scale, down + (b - min(ys)) * scale) for a, b in line] for line in strokes]
        )
        return y + MARK[1] + 0.5

    def _notes(self) -> list[tuple[str, list[str]]]:
        """Below the table: the number of a note, and its lines."""
        return [
            (_raised(k), self.doc.wrapped(words, self.wide - 6, NOTE, most=6))
            for k, words in enumerate(self.form.notes, 1)
        ]

    def _note(self, y: float, number: str, lines: list[str]) -> None:
        self.doc.put(SIDE, y + 0.8, 6, number, NOTE, color=MUTED)
        self.doc.put(SIDE + 6, y + 0.8, self.wide - 6, lines, NOTE, color=MUTED)


def _raised(number: int) -> str:
    return "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(digit)] for digit in str(number))


def laid(heights: Sequence[float], first: float, later: float, ending: float) -> list[list[int]]:
    """Lines on pages: which of them each page has. `first` and `later` mm are free on the first page and the others;
    `ending` mm stay free on the last one, which may have no line."""
    pages: list[list[int]] = [[]]
    left = first
    for k, height in enumerate(heights):
        if height > left and pages[-1]:
            pages.append([])
            left = later
        pages[-1].append(k)
        left -= height
    if left < ending:
        pages.append([])
    return pages
