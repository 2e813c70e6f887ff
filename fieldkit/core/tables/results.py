"""results: what came out of each round, a row an option; of words, numbers, orders and pairs a row each one given."""

from __future__ import annotations

from fieldkit.core.activities import Row, kind_of
from fieldkit.core.learning import gain, right_share
from fieldkit.core.plan import Activity
from fieldkit.core.state import Round
from fieldkit.core.tables.answers import part, rounds, state
from fieldkit.core.tables.base import Sheet, Table, names, share, yes

RESULTS = names(
    """
    session_id activity question round type mode state option option_text correct count share_pct answered present
    hands right_pct gain_pct gain_norm right_answer
    """
)


def results_table(sheet: Sheet) -> Table:
    """One row an option a round; a round without any (texts, signatures) has one row with its number. A quiz is a
    block of rows a question. Of an anonymous round nothing but who is here while it is open, or when it was too small.
    """
    rows: list[tuple[str, ...]] = []
    for one in rounds(sheet):
        here, tail = str(present(sheet, one)), gain(sheet.s, one)
        secret = one.mode == "anonymous" and (one.tally is None or one.suppressed)
        for q in kind_of(one.activity.type).asked(one.activity):
            a = part(one.activity, q)
            key = f"{one.activity.id}/{q}" if q else one.activity.id
            head = (sheet.session_id, key, sheet.words(a), str(one.no), a.type, one.mode, state(one))
            if secret:
                rows.append((*head, "", "", "", "", "", "", here, "", "", *tail, ""))
                continue
            good = right_share(one, q)
            said = kind_of(a.type).key_said(sheet.plan, a, sheet.lang)
            end = (share(*good) if good else "", *tail, said)
            rows += [(*head, *cells, *end) for cells in _cells(sheet, one, a, q, here)]
    return Table("results", RESULTS, rows)


def _cells(sheet: Sheet, one: Round, a: Activity, q: str, here: str) -> list[tuple[str, ...]]:
    """option, option_text, correct, count, share_pct, answered, present, hands."""
    kind, found = kind_of(one.activity.type), tallied(sheet, one, q)
    n = one.answered() if not q else sum(1 for _, asked in one.answers if asked == q)
    hands = one.hands or {}
    if not found:
        return [("", "", "", str(n), "", str(n), here, "")]
    keyed = kind.keyed(one.activity, q)
    out: list[tuple[str, ...]] = []
    for key, words, count in found:
        right = yes(kind.hits(one.activity, key)) if keyed else ""
        shown = str(hands.get(key, 0)) if one.hands is not None else ""
        option = key.removeprefix(f"{q}=") if q else key
        out.append((option, words, right, str(count), share(count, n), str(n), here, shown))
    return out


def tallied(sheet: Sheet, one: Round, q: str) -> list[Row]:
    """The rows of one question, and last what was counted besides (of another release, say)."""
    kind = kind_of(one.activity.type)
    counts = kind.counts(one)
    found = kind.tally(sheet.plan, one, sheet.lang)
    known = {key for key, _, _ in found}
    found += [(key, key, counts.get(key, 0)) for key in sorted({*counts, *(one.hands or {})} - known)]
    if not q:
        return found
    return [(key, words.partition(". ")[2], n) for key, words, n in found if key.startswith(f"{q}=")]


def present(sheet: Sheet, one: Round) -> int:
    """How many were in the room at some time while the round was open (merged entries once)."""
    end = sheet.run.end if one.closed_m is None else one.closed_m
    return sum(
        any(
            a is not None and a <= end and (b is None or b > one.opened_m) for person in people for a, b in person.spans
        )
        for people in sheet.groups.values()
    )
