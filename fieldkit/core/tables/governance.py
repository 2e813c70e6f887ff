"""How packs are delivered and what their questions measure: figures as rows, of groups or of one trainer.

Rows come from `core.figures` and name no participant. They are in the order of places, packs and the plan, never in
that of a figure: nobody is ranked. `site` `*` is every site; `trainer` is empty unless it is one trainer's row;
`trainers` says how many led these sessions. What rests on too few people is left empty, and `note` says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from fieldkit.core.activities import kind_of, quiz
from fieldkit.core.figures import Agreed, Figures, Pace, few, plus, read
from fieldkit.core.figures.counts import Spread
from fieldkit.core.learning import ratio
from fieldkit.core.plan import SPOT, Activity, Plan
from fieldkit.core.tables.base import Table, names, yes
from fieldkit.core.tables.kinds import NUMBER, TEXT

ALL = "*"
"""Every site; every pack; every item of a checklist; every checklist of a pack."""
HEAD = names("site trainer pack pack_version since until trainers sessions")
DELIVERY = HEAD + names(
    """
    sessions_full people expected present excused walk_ins asked answered participation_pct activities_planned
    activities_run activities_skipped skipped_pct made_on_the_spot segments segments_skipped timed planned_min real_min
    off_min within within_pct sessions_all
    """
)
SEGMENTS = HEAD + names(
    """
    segment title phase planned run skipped changed timed planned_min real_min off_min within within_pct
    """
)
ACTIVITIES = HEAD + names("activity text type planned run skipped void asked answered participation_pct")
ITEMS = HEAD + names(
    """
    item text type graded n right right_pct test_n discrimination sure_right sure_wrong unsure_right unsure_wrong
    sure_wrong_pct wrong_sure_pct note
    """
)
SPREAD = HEAD + names("item text round n option option_text correct count share_pct right_pct note")
GAIN = HEAD + names("before after text n before_pct after_pct gain_pct gain_norm rose fell note")
ROUNDS = HEAD + names("item text n stayed_right became_right became_wrong stayed_wrong became_right_pct note")
AGREEMENT = HEAD + names("checklist item text n yes_yes yes_no no_yes no_no same_pct kappa note")
_WORDS = frozenset(
    names(
        """
        site trainer pack pack_version since until segment title phase activity text type item graded option option_text
        correct before after checklist note
        """
    )
)

Plans = Mapping[tuple[str, str], Plan]
"""(pack, version) → its plan, for words and order; rows of a pack without one have ids alone."""


class Part(msgspec.Struct, frozen=True):
    """What one row, or one block of rows, is about. `since`, `until`: quarters, empty for all there is. `sessions_all`:
    sessions that match, also those whose figures are not shown."""

    site: str
    trainer: str
    pack: str
    version: str
    since: str
    until: str
    trainers: int
    sessions_all: int
    figures: Figures
    few: frozenset[str] = frozenset()
    """Cells of `core.figures.few` that it does not show: what fewer than LEAST said elsewhere could be worked out."""

    def shows(self, what: str, id: str, n: int, round: str = "") -> bool:
        """Whether more may be said of this question than how many answered."""
        return n >= read.LEAST and few.cell(what, id, round) not in self.few

    @property
    def head(self) -> tuple[str, ...]:
        sessions = str(self.figures.delivery.sessions)
        return (
            *(self.site, self.trainer, self.pack, self.version, self.since, self.until),
            *(str(self.trainers), sessions),
        )


def order(parts: Iterable[Part]) -> list[Part]:
    """Everything first, then places and trainers by their names; never by a figure."""
    return sorted(parts, key=lambda x: (x.site != ALL, x.site, x.trainer, x.pack, x.version, x.since))


def made(what: str, parts: Sequence[Part], plans: Plans | None = None) -> Table:
    """One table by name. Raises KeyError for a name that is not in TABLES."""
    columns, rows = TABLES[what]
    found = [(*part.head, *cells) for part in order(parts) for cells in rows(part, (plans or {}).get(_key(part)))]
    kinds = tuple(TEXT if column in _WORDS else NUMBER for column in columns)
    return Table(what, columns, found, kinds)


def _key(part: Part) -> tuple[str, str]:
    return part.pack, part.version


# ---- delivery ------------------------------------------------------------------------------------------------

Rows = Iterator[tuple[str, ...]]


def _delivery(part: Part, plan: Plan | None) -> Rows:
    d = part.figures.delivery
    yield (
        *_n(d.full, d.people, d.expected, d.present, d.excused, d.walkins, d.asked, d.answered),
        ratio(d.answered * 100, d.asked),
        *_n(d.planned, d.run, d.skipped),
        ratio(d.skipped * 100, d.planned),
        *_n(d.spots, d.segments, d.segments_skipped),
        *_pace(d.pace),
        str(part.sessions_all),
    )


def _pace(pace: Pace) -> tuple[str, ...]:
    """timed planned_min real_min off_min within within_pct: means over what was timed."""
    if not pace.timed:
        return ("0", "", "", "", "", "")
    return (
        str(pace.timed),
        read.minutes(pace.planned_ms, pace.timed),
        read.minutes(pace.real_ms, pace.timed),
        read.off(pace),
        str(pace.within),
        ratio(pace.within * 100, pace.timed),
    )


def _segments(part: Part, plan: Plan | None) -> Rows:
    known = {g.id: g for g in plan.segments} if plan is not None else {}
    for id in _sorted(part.figures.segments, known):
        one, g = part.figures.segments[id], known.get(id)
        words = (plan.say(g.title, plan.language), g.phase) if plan is not None and g is not None else ("", "")
        yield (id, *words, *_n(one.n, one.run, one.skipped, one.changed), *_pace(one))


def _activities(part: Part, plan: Plan | None) -> Rows:
    for id in _sorted(part.figures.activities, _by_id(plan)):
        one, a = part.figures.activities[id], _by_id(plan).get(id)
        words = ("made on the spot", "") if id == SPOT else (_text(plan, a), a.type if a is not None else "")
        counts = _n(one.planned, one.run, one.skipped, one.void, one.asked, one.answered)
        yield (id, *words, *counts, ratio(one.answered * 100, one.asked))


# ---- questions -----------------------------------------------------------------------------------------------


def _items(part: Part, plan: Plan | None) -> Rows:
    known = _questions(plan)
    for id in _sorted(part.figures.items, known):
        one, a = part.figures.items[id], known.get(id)
        words = (id, _text(plan, a), a.type if a is not None else "", yes(_graded(plan, id)))
        if not part.shows("items", id, one.n):
            yield _few(ITEMS, *words, str(one.n))
            continue
        judged, share = read.discrimination(one), read.difficulty(one)
        sure = (one.sure_right, one.sure_wrong, one.unsure_right, one.unsure_wrong)
        yield (
            *words,
            *_n(one.n, one.right),
            _pct(share),
            *(str(one.whole), judged.value or ""),
            *(_n(*sure) if any(sure) else ("",) * 4),
            *(_pct(read.sure_wrong(one)), _pct(read.wrong_sure(one))),
            judged.note or (read.TOO_FEW if one.n < read.FEW else ""),
        )


def _graded(plan: Plan | None, id: str) -> bool | None:
    a = _by_id(plan).get(id.partition("/")[0])
    return a.graded if a is not None else None


def _spread(part: Part, plan: Plan | None) -> Rows:
    known = _questions(plan)
    for id in _sorted(part.figures.spread, known):
        a = known.get(id)
        for no, one in sorted(part.figures.spread[id].items(), key=lambda x: (len(x[0]), x[0])):
            head = (id, _text(plan, a), no, str(one.n))
            if not part.shows("spread", id, one.n, no):
                yield _few(SPREAD, *head)
                continue
            right = ratio(one.right * 100, one.judged)
            for key, words, correct in _options(plan, a, one):
                count = one.counts.get(key, 0)
                yield (*head, key, words, correct, str(count), ratio(count * 100, one.n), right, "")


def _options(plan: Plan | None, a: Activity | None, one: Spread) -> list[tuple[str, str, str]]:
    """(code, words, whether it is right): what the plan offers, in its order, then what was counted besides."""
    found: list[tuple[str, str, str]] = []
    if plan is not None and a is not None:
        kind = kind_of(a.type)
        keyed = kind.keyed(a)
        found = [
            (o.id, plan.say(o.text, plan.language), yes(kind.hits(a, o.id)) if keyed else "")
            for o in a.options
            if a.type != "order"
        ]
        seen = {key for key, _, _ in found}
        found += [(key, "", yes(kind.hits(a, key)) if keyed else "") for key in sorted(one.counts.keys() - seen)]
        return found
    return [(key, "", "") for key in sorted(one.counts)]


def _gain(part: Part, plan: Plan | None) -> Rows:
    known = _by_id(plan)
    for id in _sorted(part.figures.gain, known):
        one, a = part.figures.gain[id], known.get(id)
        words = ((a.pre or "") if a is not None else "", id, _text(plan, a), str(one.n))
        if not part.shows("gain", id, one.n):
            yield _few(GAIN, *words)
            continue
        norm = read.normalised(one)
        yield (
            *words,
            *(_pct(read.before(one)), _pct(read.after(one)), read.points(one), norm.value or ""),
            *_n(one.rose, one.fell),
            norm.note,
        )


def _rounds(part: Part, plan: Plan | None) -> Rows:
    known = _by_id(plan)
    for id in _sorted(part.figures.moved, known):
        one = part.figures.moved[id]
        n = read.asked_again(one)
        head = (id, _text(plan, known.get(id)), str(n))
        if not part.shows("rounds", id, n):
            yield _few(ROUNDS, *head)
            continue
        counts = _n(one.stayed_right, one.became_right, one.became_wrong, one.stayed_wrong)
        yield (*head, *counts, _pct(read.became_right(one)), read.TOO_FEW if n < read.FEW else "")


# ---- two evaluators ------------------------------------------------------------------------------------------


def _agreement(part: Part, plan: Plan | None) -> Rows:
    """Each item, then each checklist, then all of them: sums of what is shown, so that nothing is left over."""
    found = part.figures.agreed
    items = {f"{a.id}/{x.id}": x for a in (plan.activities if plan is not None else []) for x in a.items}
    if not found:
        return
    sums: dict[str, Agreed] = {}
    judged: Counter[str] = Counter()
    for id in _sorted(found, items):
        checklist, _, item = id.partition("/")
        n = read.judged_twice(found[id])
        judged.update((checklist, ALL) * n)
        shown = part.shows("agreement", id, n)
        sums[checklist] = plus(sums.get(checklist, Agreed()), found[id] if shown else Agreed())
        words = plan.say(items[id].text, plan.language) if plan is not None and id in items else ""
        yield _agreed(checklist, item, words, found[id] if shown else Agreed(), n)
    whole = Agreed()
    for checklist, one in sums.items():
        whole = plus(whole, one)
        yield _agreed(checklist, ALL, _text(plan, _by_id(plan).get(checklist)), one, judged[checklist])
    yield _agreed(ALL, ALL, "", whole, judged[ALL])


def _agreed(checklist: str, item: str, words: str, one: Agreed, pairs: int) -> tuple[str, ...]:
    """`pairs`: how many there are, where none of them is shown."""
    n = read.judged_twice(one)
    if not n:
        return _few(AGREEMENT, checklist, item, words, str(pairs))
    judged = read.kappa(one)
    counts = _n(one.yes_yes, one.yes_no, one.no_yes, one.no_no)
    return (checklist, item, words, str(n), *counts, _pct(read.same(one)), judged.value or "", judged.note)


# ---- words ---------------------------------------------------------------------------------------------------


def _n(*numbers: int) -> tuple[str, ...]:
    return tuple(map(str, numbers))


def _few(columns: tuple[str, ...], *cells: str) -> tuple[str, ...]:
    """A row of which no more may be said than these cells."""
    return (*cells, *[""] * (len(columns) - len(HEAD) - len(cells) - 1), read.TOO_FEW)


def _pct(share: read.Share | None) -> str:
    return share.percent if share is not None else ""


def _by_id(plan: Plan | None) -> dict[str, Activity]:
    return {a.id: a for a in plan.activities} if plan is not None else {}


def _questions(plan: Plan | None) -> dict[str, Activity]:
    """Question as figures name it → itself as an activity, in the order of the plan."""
    found: dict[str, Activity] = {}
    for a in plan.activities if plan is not None else []:
        found[a.id] = a
        for q in a.questions:
            part = quiz.part(a, q.id)
            if part is not None:
                found[f"{a.id}/{q.id}"] = part
    return found


def _text(plan: Plan | None, a: Activity | None) -> str:
    return plan.say(a.text, plan.language) if plan is not None and a is not None else ""


def _sorted(found: Iterable[str], known: Mapping[str, object]) -> list[str]:
    """In the order of the plan; what is not in it comes last, by name."""
    place = {id: k for k, id in enumerate(known)}
    return sorted(found, key=lambda id: (place.get(id, len(place)), id))


TABLES: dict[str, tuple[tuple[str, ...], Callable[[Part, Plan | None], Rows]]] = {
    "delivery": (DELIVERY, _delivery),
    "segments": (SEGMENTS, _segments),
    "activities": (ACTIVITIES, _activities),
    "items": (ITEMS, _items),
    "spread": (SPREAD, _spread),
    "gain": (GAIN, _gain),
    "rounds": (ROUNDS, _rounds),
    "agreement": (AGREEMENT, _agreement),
}
