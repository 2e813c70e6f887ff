"""Rounds: who was there while they were open, who answered, how often what (docs/tables.md, *results*)."""

from __future__ import annotations

from tests.recount.counted import Line, choices, lines
from tests.recount.fold import Round
from tests.recount.page import Page, body
from tests.recount.sheet import Row, Sheet


def results(page: Page, sheet: Sheet) -> None:
    blocks = page.main.all("div", cls="result")
    want = [x for one in sheet.room.rounds for x in asked(sheet, one)]
    if len(blocks) != len(want):
        page.tell(f"results: {len(blocks)} on the page, {len(want)} by the logs")
    for block, (text, answered, present, options) in zip(blocks, want, strict=False):
        page.same(block.all("h3")[0], "question", *text)
        if answered is None:
            continue
        said = block.all("p")[0]
        page.same(said, " ".join(map(str, text)), answered, present)
        tables = block.all("table")
        if tables:
            tables[0].all("caption")[0].claimed = True
            for row, (words, _) in zip(body(tables[0]), options, strict=False):
                if words is None:  # a region without words: how the page calls it is no number of the logs
                    row.all("th")[0].claimed = True
            page.rows(tables[0], str(text[0]), [(t, "", n) for t, n in options])
            most = max([n for _, n in options], default=0) or 1
            for row, (_, n) in zip(body(tables[0]), options, strict=False):
                page.bar(row, str(text[0]), [100 * n / most])
        elif options:
            page.tell(f"{text}: there are no counts; the logs have {options}")


def asked(sheet: Sheet, one: Round) -> list[tuple[tuple[object, ...], int | None, int, list[Line]]]:
    """(words, answered, present, option → count) of a round; a quiz has one for each question."""
    a = one.made_here or sheet.room.activity(one.activity)
    present = len(there(sheet, one))
    out = []
    for q in a["questions"] if a.get("type") == "quiz" else [None]:
        text = q["text"][0] if q else a["text"] if isinstance(a["text"], str) else a["text"][0]
        head: tuple[object, ...] = (text, *((one.no,) if one.no > 1 else ()))
        if one.mode == "anonymous":
            tally = one.tally
            if tally is None or tally.get("suppressed"):
                out.append((head, None, present, []))
            else:
                counts = tally["counts"]
                out.append((head, tally["n"], present, [(t, counts.get(o, 0)) for o, t in choices(a, q)]))
            continue
        said = answers(sheet, one, q["id"] if q else "", every=True)
        n = len(said)
        if a.get("type") == "checklist":
            n = sum(bool(sheet.verdicts(row.p, a)) for row in sheet.rows)
            n += len({x.p for x in sheet.room.marks if x.activity == a["id"]} & {*gone(sheet)})
        elif a.get("type") == "acknowledge":
            n = len({sheet.room.home(p) or p for p in one.signed})
        elif a.get("type") == "prompt":
            said_by = (x.p for x in sheet.room.log.records if x.k == "say.put" and x.d.get("activity") == one.activity)
            n = len({sheet.room.home(p) or p for p in said_by})
        out.append((head, n, present, lines(a, q, [(v, text) for _, v, text, _ in said.values()])))
    return out


def answers(sheet: Sheet, one: Round, q: str = "", every: bool = False) -> dict[str, tuple[int, list[str], str, str]]:
    """Person → the answer in force; with `every` also those of entries that were taken out."""
    found = {row.p: sheet.answer(one, row.p, q) for row in sheet.rows}
    if every:
        found |= {p: one.answers.get((p, q)) for p in gone(sheet)}
    return {p: x for p, x in found.items() if x is not None}


def gone(sheet: Sheet) -> list[str]:
    """Entries that are on no line of the sheet."""
    return [p for p in sheet.room.entries if not sheet.room.home(p)]


def there(sheet: Sheet, one: Round, corrected: bool = False) -> set[str]:
    """Everybody in the room while a round was open, as it was recorded then or with head office's corrections."""
    end = one.closed if one.closed >= 0 else sheet.end

    def spans(row: Row) -> list[tuple[int, int]]:
        return row.spans if corrected else [(a, b) for e in sheet.room.of(row.p) for a, b in e.spans]

    def here(some: list[tuple[int, int]]) -> bool:
        return any(a <= end and (b < 0 or b > one.opened) for a, b in some)

    return {row.p for row in sheet.rows if here(spans(row))}
