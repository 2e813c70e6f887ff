"""How packs were delivered: whole numbers of each session, added up (docs/delivery.md says what each of them means)."""

from __future__ import annotations

import collections
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

from tests.recount.counted import choices
from tests.recount.fold import Round
from tests.recount.logs import Json, Log
from tests.recount.results import answers, there
from tests.recount.right import keyed, right
from tests.recount.sheet import Sheet, long, opened_by, plain
from tests.recount.world import World

Sums = collections.Counter[tuple[str, ...]]
NOT_ASKED = ("checklist", "prompt", "breakout", "here", "attendance", "hands")
FEW, TEN = 5, 10


def of_session(world: World, log: Log) -> Sums:
    """Everything countable of one session; a key is a figure and what it is of."""
    sheet, out = world.sheet(log.origin), Sums()
    plan, r = log.plan, sheet.room
    full = log.head.get("kind") not in ("makeup", "evaluation") and not log.head.get("makes_up")
    out["sessions",] = 1
    out["named",] = 1 if r.policy.get("named") else 0
    if full:
        _pace(out, ("whole",), sum(x["minutes"] for x in plan["segments"]), sheet.ms)
        for one in plan["segments"]:
            if any(id == one["id"] for id, _ in r.segments):
                _pace(out, ("segment", one["id"]), one["minutes"], long(sheet.visits(one["id"])))
        opened = {x.activity for x in r.rounds}
        planned = {id for one in plan["segments"] for id in opened_by(one)}
        for id in planned:
            for key in (("activities",), ("activity", id)):
                out[*key, "planned"] += 1
                out[*key, "skipped"] += id not in opened
    for a in plan["activities"]:
        some = [x for x in r.rounds if x.activity == a["id"] and not x.void]
        if some and a["type"] not in NOT_ASKED:
            asked, answered = _part(sheet, a, some)
            for key in (("activities",), ("activity", a["id"])):
                out[*key, "asked"] += asked
                out[*key, "answered"] += answered
    _items(out, sheet)
    _gain(out, sheet)
    _spread(out, sheet)
    _agree(out, sheet)
    return out


def _pace(out: Sums, key: tuple[str, ...], minutes: int, ms: int) -> None:
    if minutes:
        out[*key, "timed"] += 1
        out[*key, "planned_min"] += minutes
        out[*key, "real_ms"] += ms
        out[*key, "off_ms"] += abs(ms - minutes * 60_000)
        out[*key, "within"] += abs(ms - minutes * 60_000) * 5 <= minutes * 60_000


def _part(sheet: Sheet, a: Json, some: list[Round]) -> tuple[int, int]:
    """(asked, answered): people on the sheet who were in the room while it was open; who answered of it."""
    here = {p for one in some for p in there(sheet, one, True)}
    here &= {row.p for row in sheet.rows if row.here and (a["type"] == "acknowledge" or not row.objected)}
    if some[-1].mode == "anonymous":
        n = max((x.tally or {}).get("n", 0) for x in some)
        return (max(len(here), n), n) if n else (0, 0)
    said: set[str] = set()
    for one in some:
        if a["type"] == "acknowledge":
            said |= {row.p for row in sheet.rows if any(e.p in one.signed for e in sheet.room.of(row.p))}
        asked = [q["id"] for q in a["questions"]] if a["type"] == "quiz" else [""]
        said |= set.intersection(*(set(answers(sheet, one, q)) for q in asked))  # of a quiz all of it
    return len(here | said), len(said)


# ---- questions -----------------------------------------------------------------------------------------------------


def questions(plan: Json) -> list[tuple[str, Json, Json | None]]:
    """(item, activity, question) of all that has a key."""
    return [
        (f"{a['id']}/{q['id']}" if q else a["id"], a, q)
        for a in plan["activities"]
        for q in (a["questions"] if a["type"] == "quiz" else [None])
        if keyed(a, q)
    ]


def verdicts(sheet: Sheet, a: Json, q: Json | None, one: Round) -> dict[str, bool]:
    said = answers(sheet, one, q["id"] if q else "")
    return {p: right(a, q, x[1], x[2]) for p, x in said.items() if x[1] or x[2]}


def _items(out: Sums, sheet: Sheet) -> None:
    test: dict[str, dict[str, bool]] = {}
    whole = True
    for item, a, q in questions(sheet.room.plan):
        one = sheet.newest(a["id"])
        if one is None:
            whole = whole and not a.get("graded")
            continue
        if one.mode == "anonymous":
            tally = one.tally or {}
            if tally.get("n") and len(a.get("answer", ())) == 1:
                out["item", item, "n"] += tally["n"]
                out["item", item, "right"] += tally["counts"].get(a["answer"][0], 0)
            continue
        found = verdicts(sheet, a, q, one)
        out["item", item, "n"] += len(found)
        out["item", item, "right"] += sum(found.values())
        for p, x in answers(sheet, one, q["id"] if q else "").items():
            if x[3] and p in found:
                out["item", item, x[3], "right" if found[p] else "wrong"] += 1
        if a.get("graded"):
            test[item] = found
    if not whole or len(test) < 2:
        return
    people = set.intersection(*(set(x) for x in test.values()))
    for item, found in test.items():
        for p in people:
            x, rest = int(found[p]), sum(other[p] for k, other in test.items() if k != item)
            for name, value in (("tn", 1), ("x", x), ("r", rest), ("rr", rest * rest), ("xr", x * rest)):
                out["item", item, name] += value


def _gain(out: Sums, sheet: Sheet) -> None:
    for a in sheet.room.plan["activities"]:
        before = sheet.room.activity(a["pre"]) if a.get("pre") else {}
        if not before or not keyed(a) or not keyed(before):
            continue
        one, two = sheet.newest(before["id"]), sheet.newest(a["id"])
        if one is None or two is None or "anonymous" in (one.mode, two.mode):
            continue
        pre, post = _points(sheet, before, one), _points(sheet, a, two)
        for p in pre.keys() & post.keys():
            for name, value in (
                ("n", 1),
                ("was", pre[p][0]),
                ("of", pre[p][1]),
                ("is", post[p][0]),
                ("now", post[p][1]),
            ):
                out["gain", a["id"], name] += value


def _points(sheet: Sheet, a: Json, one: Round) -> dict[str, tuple[int, int]]:
    found: dict[str, list[bool]] = {}
    qs = [q for q in (a["questions"] if a["type"] == "quiz" else [None]) if keyed(a, q)]
    for q in qs:
        for p, ok in verdicts(sheet, a, q, one).items():
            found.setdefault(p, []).append(ok)
    return {p: (sum(some), len(qs)) for p, some in found.items()}


def _spread(out: Sums, sheet: Sheet) -> None:
    for a in sheet.room.plan["activities"]:
        some = [x for x in sheet.room.rounds if x.activity == a["id"] and not x.void and x.closed >= 0]
        for k, one in enumerate(some, 1):
            for q in a["questions"] if a["type"] == "quiz" else [None]:
                key = ("spread", f"{a['id']}/{q['id']}" if q else a["id"], str(k))
                options = choices(a, q)
                if not options:
                    continue
                if one.mode == "anonymous":
                    if one.tally is not None and not one.tally.get("suppressed"):
                        out[*key, "n"] += one.tally["n"]
                        for id, _ in options:
                            out[*key, "option", id] += one.tally["counts"].get(id, 0)
                    continue
                said = answers(sheet, one, q["id"] if q else "", every=True)
                out[*key, "n"] += len(said)
                for id, _ in options:
                    out[*key, "option", id] += sum(id in x[1] for x in said.values())


def _agree(out: Sums, sheet: Sheet) -> None:
    for a in sheet.room.plan["activities"]:
        if a["type"] != "checklist" or a.get("per") == "group":
            continue
        for row in sheet.rows:
            mine = {e.p for e in sheet.room.of(row.p)}
            for item in a.get("items", ()):
                last: dict[str, bool] = {}
                some = [x for x in sheet.room.marks if x.p in mine and (x.activity, x.item) == (a["id"], item["id"])]
                for mark in some:
                    if mark.rater:
                        last[mark.rater] = mark.ok
                if len(last) >= 2 and not any(x.late for x in some):
                    first, second = list(last.values())[:2]
                    out["agree", a["id"], item["id"], str(int(first)), str(int(second))] += 1


# ---- sums → what is written ----------------------------------------------------------------------------------------


def pct(part: int, whole: int) -> str:
    """Percent with at most two decimals, half up; empty of nothing."""
    return ratio(Fraction(100 * part, whole)) if whole else ""


def ratio(value: Fraction) -> str:
    """At most two decimals, half up (towards more, also below nothing)."""
    cents = (value * 200 + 1) // 2
    return plain(Decimal(int(cents)) / 100)


def total(some: Iterable[Sums]) -> Sums:
    out = Sums()
    for one in some:
        out.update(one)
    return out


def mean(sums: Sums, key: tuple[str, ...], name: str) -> str:
    """Minutes."""
    n, value = sums[*key, "timed"], sums[*key, name]
    return ratio(Fraction(value, n * (60_000 if name.endswith("ms") else 1))) if n else ""


def discrimination(sums: Sums, item: str) -> str:
    """r of right here and the number of right answers elsewhere; empty below ten people, or where all are alike."""
    n, x, r, rr, xr = (sums["item", item, name] for name in ("tn", "x", "r", "rr", "xr"))
    below = (n * x - x * x) * (n * rr - r * r)
    if n < TEN or not below:
        return ""
    return plain((Decimal(n * xr - x * r) / Decimal(below).sqrt()).quantize(Decimal("0.01"), "ROUND_HALF_UP"))


def kappa(cells: dict[tuple[int, int], int]) -> str:
    """Cohen's: (observed − by chance) ÷ (1 − by chance)."""
    n = sum(cells.values())
    yes_1, yes_2 = cells[1, 0] + cells[1, 1], cells[0, 1] + cells[1, 1]
    chance = Fraction(yes_1 * yes_2 + (n - yes_1) * (n - yes_2), n * n) if n else Fraction(1)
    if n < TEN or chance == 1:
        return ""
    return ratio((Fraction(cells[0, 0] + cells[1, 1], n) - chance) / (1 - chance))
