"""`/delivery`: every line of every figure, with its n and its bar."""

from __future__ import annotations

import re
from fractions import Fraction

from tests.recount.blocks import EVERY, Delivered, Part
from tests.recount.counted import choices
from tests.recount.figures import FEW, TEN, discrimination, kappa, mean, pct, questions, ratio
from tests.recount.logs import Json
from tests.recount.page import DIGITS, Page, body
from tests.recount.world import FACILITATOR, Who, World

PROSE = {"20", "100", "1960", "1963", "1968", "1998", "1999", "2001"}
"""Numbers in the sentence that says how a figure is worked out: constants and years of its literature."""
MOST_LINES = 40
Line = tuple[str, str, str, str]
"""(label, value with what goes with it, n, the value of the bar)."""


def delivery(page: Page, world: World, who: Who, all_: Delivered) -> None:
    ask = page.query
    parts, shown, every = all_.seen(who, ask)
    own = who.role == FACILITATOR
    packs = all_.packs if not own else sorted({(x.pack, x.version) for x in all_.ran if x.led == who.key})
    words = {f"{id} {version}" for id, version in packs} | set(all_.periods) | {*who.sites, ask.get("site", "")}
    page.known(words)
    boxes = [x for x in page.main.all("p", cls="box") if not x.has(cls="warn")]
    if shown < every:
        page.same(next(iter(boxes), None), "in no figure", every - shown, every)
    by = ask.get("by") == "trainer" and who.sees_all
    over: dict[str, list[Line]] = {
        "Sessions as long as planned": [],
        "Activities that were skipped": [],
        "Taking part": [],
    }
    lines = parts if len(parts) <= MOST_LINES else few(parts)
    if len(lines) < len(parts):
        page.same(next((x for x in boxes if not x.claimed), None), "lines left out", len(parts) - len(lines))
    for part in sorted(
        lines, key=lambda x: (x.trainer, x.site != EVERY, x.site, x.pack != EVERY, x.pack, version_key(x.version))
    ):
        _over(over, part, by, own)
    for name, lines in over.items():
        if lines:
            figure(page, name, lines)
    id, _, version = ask.get("pack", "").partition("@")
    some = [x for x in parts if version and (x.pack, x.version) == (id, version)]
    if some and not by:
        one = sorted(some, key=lambda x: (x.site != EVERY, x.site))[0]
        _whole(page, one, all_.trainers(one), own)
        for name, lines in _figures(one).items():
            if lines:
                figure(page, name, lines)
    for p in page.main.all("p", cls="small"):
        if p.claimed is False and set(DIGITS.findall(p.text)) <= PROSE:
            p.claimed = True


def few(parts: list[Part]) -> list[Part]:
    """Each pack over all sites, and each site over all packs."""
    summed = {(x.trainer, x.site) for x in parts if x.pack == EVERY}
    return [x for x in parts if EVERY in (x.pack, x.site) or (x.trainer, x.site) not in summed]


def version_key(version: str) -> list[int]:
    return [int(x) for x in re.findall(r"\d+", version)]


def _over(over: dict[str, list[Line]], part: Part, by: bool, own: bool) -> None:
    s = part.sums
    words = [] if part.pack == EVERY else [f"{part.pack} {part.version}"]
    if by:
        words.append(part.trainer)
    elif not own and part.site != EVERY:
        words.append(part.site)
    label = " · ".join(words)
    within, run, took = over.values()
    n = s["whole", "timed"]
    value = pct(s["whole", "within"], n)
    more = f"{mean(s, ('whole',), 'planned_min')} → {mean(s, ('whole',), 'real_ms')} min" if n else ""
    within.append((label, f"{value} % {more}" if value else "—", str(n), value))
    planned, gone = s["activities", "planned"], s["activities", "skipped"]
    value = pct(gone, planned)
    run.append((label, f"{value} % {gone} / {planned}" if value else f"— {gone} / {planned}", str(planned), value))
    asked, said = s["activities", "asked"], s["activities", "answered"]
    value = pct(said, asked)
    took.append((label, f"{value} % {said} / {asked}" if value else f"— {said} / {asked}", str(asked), value))


def _whole(page: Page, one: Part, trainers: int, own: bool) -> None:
    h2 = next((x for x in page.main.all("h2") if x.text.startswith(f"{one.pack} {one.version}")), None)
    page.same(h2, "pack", one.pack, one.version, one.site if one.site != EVERY else "")
    p = next((x for x in page.main.all("p") if re.match(r"[0-9]+ (trainer|session)", x.text)), None)
    ends = one.quarters
    more = [ends[0], ends[-1] if ends[-1] != ends[0] else ""]
    page.same(p, "of how many", "" if own else trainers, one.sums["sessions",], *more)


def _figures(one: Part) -> dict[str, list[Line]]:
    plan, s = one.some[0].log.plan, one.sums
    out: dict[str, list[Line]] = {
        x: []
        for x in (
            "Segments as long as planned", "Skipped, by activity", "Taking part, by activity",
            "Difficulty of questions", "Discrimination of questions", "Confidently wrong", "Learning gain",
            "Agreement of two evaluators", "Spread of answers",
        )
    }  # fmt: skip
    pace, skipped, took, hard, apart, sure, gain, agree, spread = out.values()
    for seg in plan["segments"]:
        key = ("segment", seg["id"])
        n, value = s[*key, "timed"], pct(s[*key, "within"], s[*key, "timed"])
        more = (
            f"{mean(s, key, 'planned_min')} → {mean(s, key, 'real_ms')} min (± {mean(s, key, 'off_ms')})" if n else ""
        )
        pace.append((seg["title"][0], f"{value} % {more}" if value else "—", str(n), value))
    for a in plan["activities"]:
        text = a["text"][0]
        planned, gone = s["activity", a["id"], "planned"], s["activity", a["id"], "skipped"]
        if planned:
            value = pct(gone, planned)
            skipped.append((text, f"{value} % {gone} / {planned}", str(planned), value))
        asked, said = s["activity", a["id"], "asked"], s["activity", a["id"], "answered"]
        if asked:
            value = pct(said, asked)
            took.append((text, f"{value} % {said} / {asked}", str(asked), value))
    for item, a, q in questions(plan):
        if ("item", item, "n") in s:
            _item(one, item, (q or a)["text"][0], hard, apart, sure)
    _gain(gain, plan, one)
    _agree(agree, plan, one)
    _spread(spread, plan, one)
    return out


def _item(one: Part, item: str, text: str, hard: list[Line], apart: list[Line], sure: list[Line]) -> None:
    s = one.sums
    n = s["item", item, "n"]
    shown = one.shows(n, "item", item)
    value = pct(s["item", item, "right"], n) if shown else ""
    hard.append((text, f"{value} %" if value else "—", str(n), value))
    r = discrimination(s, item) if shown else ""
    apart.append((text, r or "—", str(s["item", item, "tn"] if shown else n), "" if not r else str(100 * Fraction(r))))
    good, bad = s["item", item, "sure", "right"], s["item", item, "sure", "wrong"]
    value = pct(bad, good + bad) if shown and good + bad >= FEW else ""
    if value:
        sure.append((text, f"{value} % {bad} / {good + bad}", str(good + bad), value))


def _gain(gain: list[Line], plan: Json, one: Part) -> None:
    s = one.sums
    for a in plan["activities"]:
        n, was, of, now, whole = (s["gain", a["id"], x] for x in ("n", "was", "of", "is", "now"))
        if not a.get("pre") or ("gain", a["id"], "n") not in s:
            continue
        if not one.shows(n, "gain", a["id"]):
            gain.append((a["text"][0], "—", str(n), ""))
            continue
        could = Fraction(of - was, of) if n >= TEN else Fraction(0)
        value = ratio((Fraction(now, whole) - Fraction(was, of)) / could) if could else ""
        more = f"{pct(was, of)} → {pct(now, whole)} %"
        gain.append((a["text"][0], f"{value or '—'} {more}", str(n), str(100 * Fraction(value)) if value else ""))


def _agree(agree: list[Line], plan: Json, one: Part) -> None:
    s = one.sums
    whole: dict[tuple[int, int], int] = dict.fromkeys(((0, 0), (0, 1), (1, 0), (1, 1)), 0)
    all_pairs = 0
    for a in plan["activities"]:
        all_here = 0
        mine = dict.fromkeys(whole, 0)
        lines: list[Line] = []
        for item in a.get("items", ()):
            cells = {k: s["agree", a["id"], item["id"], str(k[0]), str(k[1])] for k in whole}
            pairs = sum(cells.values())
            shown = one.shows(pairs, "agree", a["id"], item["id"])
            if pairs:
                lines.append(_kappa(item["text"][0], cells if shown else {}, pairs))
                all_here, all_pairs = all_here + pairs, all_pairs + pairs
            for k, n in cells.items() if shown else ():  # sums of what is shown, so that nothing is left over
                mine[k] += n
                whole[k] += n
        if lines:
            agree += [*lines, _kappa(a["text"][0], mine, all_here)]
    if all_pairs:
        agree.append(_kappa("", whole, all_pairs))


def _kappa(text: str, cells: dict[tuple[int, int], int], pairs: int) -> Line:
    n = sum(cells.values()) or pairs
    if n < FEW or not any(cells.values()):
        return text, "—", str(n), ""
    value = kappa(cells)
    more = f"{pct(cells[0, 0] + cells[1, 1], n)} % ="
    return text, f"{value or '—'} {more}", str(n), str(100 * Fraction(value)) if value else ""


def _spread(spread: list[Line], plan: Json, one: Part) -> None:
    s = one.sums
    for a in plan["activities"]:
        for q in a["questions"] if a["type"] == "quiz" else [None]:
            item = f"{a['id']}/{q['id']}" if q else a["id"]
            words = (q or a)["text"][0]
            for k in sorted({int(key[2]) for key in s if key[:2] == ("spread", item)}):
                key = ("spread", item, str(k))
                n, head = s[*key, "n"], f"{words}{f' ({k})' if k > 1 else ''}"
                if not one.shows(n, *key):
                    spread.append((head, "—", str(n), ""))
                    continue
                for id, text in choices(a, q):
                    count, worded = s[*key, "option", id], (q or a).get("options")
                    if not worded and not count:
                        continue  # a plan without the two words of `truefalse` has what was given alone
                    value = pct(count, n)
                    spread.append((f"{head}: {text if worded else id}", f"{value} % {count} / {n}", str(n), value))


def figure(page: Page, name: str, lines: list[Line]) -> None:
    table = page.table(name)
    page.rows(table, name, [(label, "", tuple(value.split(" ")), n) for label, value, n, _ in lines])
    for row, (label, _, _, value) in zip(body(table) if table is not None else [], lines, strict=False):
        page.bar(row, f"{name}, {label}", [min(100.0, max(0.0, float(Fraction(value))))] if value else [])
