"""Groups of a breakout: made when it opens, made anew, moved in, rotated, chosen; and who writes for one."""

from __future__ import annotations

from collections.abc import Sequence

from fieldkit.core import groups
from fieldkit.core import intents as w
from fieldkit.core import records as r
from fieldkit.core.intents import Actor
from fieldkit.core.plan import Activity
from fieldkit.core.records import Draft
from fieldkit.core.refusals import Refusal
from fieldkit.core.rulings.people import Decision, named
from fieldkit.core.session import Session
from fieldkit.core.state import Person, Round

MOST_PEOPLE = 600
"""Their ids must fit one line of the log (8192 bytes)."""
MOST_LISTED = 50
"""Groups with names of their own, and groups that people choose from."""
MOST_WORDS = 3000
"""Bytes of all labels, and of all places: they share one opening line."""

Made = tuple[list[list[str]], list[str]]
"""(who is in which group, labels)."""


def first(s: Session, a: Activity, last: Round | None) -> list[Draft] | Refusal:
    """The groups of a breakout that opens now. One that goes on keeps its groups, without those who left."""
    here = present(s)
    if len(here) > MOST_PEOPLE:
        return Refusal("too-many-people", str(len(here)))
    if last is not None and last.groups:
        return [again(s, last)]
    lists, labels = made(s, a, here, None, None)
    return [record(a.id, lists, labels, [])]


def again(s: Session, one: Round, places: Sequence[str] | None = None) -> Draft:
    """The groups as they are, of those who are here; whoever is here and in none is placed by the fold."""
    lists = [[p for p in g.members if s.people[p].present] for g in one.groups]
    labels = [g.label for g in one.groups]
    return record(one.activity.id, lists, labels, [g.place for g in one.groups] if places is None else places)


def record(activity: str, lists: list[list[str]], labels: Sequence[str], places: Sequence[str]) -> Draft:
    private = {k: list(v) for k, v in (("labels", labels), ("places", places)) if any(v)}
    return Draft(r.GroupsSet(activity=activity, groups=lists), None, private or None)


def present(s: Session) -> list[str]:
    return [p for p, who in s.people.items() if who.present]


def made(s: Session, a: Activity, here: list[str], size: int | None, number: int | None) -> Made:
    """By size or number if the trainer names one; else as the pack says: by itself, by list, or empty to choose."""
    if size is None and number is None:
        if a.assign == "list":
            listed = by_list(s, here)
            if listed is not None:
                return listed
        size, number = a.group_size, a.groups
    if a.assign == "self":
        wanted = number or -(-max(len(here), s.expected, 2) // (size or groups.SIZE))
        return [[] for _ in range(min(max(wanted, 2), MOST_LISTED))], []
    n = groups.how_many(len(here), size, number)
    return groups.deal(here, n, f"{a.id}/{s.saved}"), []


def by_list(s: Session, here: list[str]) -> Made | None:
    """The roster's column `group`, else its crews; None where it has neither. Who is on none goes to the smallest."""
    known: dict[str, str] = {}
    for who in s.people.values():
        label = groups.list_label(who)
        if label and not who.gone:
            known.setdefault(label.casefold(), label)
    names = sorted(known.values(), key=str.casefold)[:MOST_LISTED]
    if not names:
        return None
    at = {name.casefold(): k for k, name in enumerate(names)}
    lists: list[list[str]] = [[] for _ in names]
    rest: list[str] = []
    for p in here:
        k = at.get(groups.list_label(s.people[p]).casefold())
        (rest if k is None else lists[k]).append(p)
    return spread(lists, rest), names


def spread(lists: list[list[str]], rest: list[str]) -> list[list[str]]:
    for p in rest:
        lists[groups.smallest([len(x) for x in lists])].append(p)
    return lists


# ---- the facilitator's -----------------------------------------------------------------------------------------


def target(s: Session, activity: str) -> Round | Refusal:
    """The newest round of a breakout, while it is open: the groups of one that is over are what was."""
    a, found = s.activity(activity), s.round(activity)
    if a is None:
        return Refusal("unknown-activity", activity)
    if a.type != "breakout":
        return Refusal("not-groups", activity)
    if found is None:
        return Refusal("not-run", activity)
    if found.void:
        return Refusal("already-void", activity)
    return found if found.is_open else Refusal("reopen-first", activity)


def make(s: Session, d: w.MakeGroups, by: Actor, at: int) -> Decision:
    one = target(s, d.activity)
    if isinstance(one, Refusal):
        return one
    here = present(s)
    if len(here) > MOST_PEOPLE:
        return Refusal("too-many-people", str(len(here)))
    sizes = [x for x in (d.size, d.number) if x is not None]
    if any(not 1 <= x <= MOST_PEOPLE for x in sizes) or len(sizes) > 1 or len(d.lists) > MOST_LISTED:
        return Refusal("wrong-value", d.activity)
    if any(sum(len(x.encode()) for x in words) > MOST_WORDS for words in (d.labels, d.places)):
        return Refusal("too-long")
    if d.lists:
        lists = as_listed(s, d.lists, here)
        if isinstance(lists, Refusal):
            return lists
        labels: list[str] = []
    else:
        lists, labels = made(s, one.activity, here, d.size, d.number)
    return [record(d.activity, lists, d.labels or labels, d.places or [g.place for g in one.groups])]


def as_listed(s: Session, lists: Sequence[Sequence[str]], here: list[str]) -> list[list[str]] | Refusal:
    """Lists of badges or `p`; everybody named must be here and only once. Who is on none goes to the smallest group."""
    out: list[list[str]] = []
    seen: set[str] = set()
    for listed in lists:
        mine: list[str] = []
        for word in listed:
            who = named(s, word)
            if isinstance(who, Refusal):
                return who
            if not who.present:
                return Refusal("not-in", word)
            if who.p in seen:
                return Refusal("twice", word)
            seen.add(who.p)
            mine.append(who.p)
        out.append(mine)
    return spread(out, [p for p in here if p not in seen])


def move(s: Session, d: w.MoveToGroup, by: Actor, at: int) -> Decision:
    one, who = target(s, d.activity), named(s, d.who)
    if isinstance(one, Refusal):
        return one
    if isinstance(who, Refusal):
        return who
    if not who.present:
        return Refusal("not-in", d.who)
    if not 1 <= d.no <= len(one.groups):
        return Refusal("unknown-group", str(d.no)[:20])
    k = d.no - 1
    lists = [[p for p in g.members if p != who.p and s.people[p].present] for g in one.groups]
    lists[k].append(who.p)
    if who.p in one.groups[k].members:
        return []
    return [record(d.activity, lists, [g.label for g in one.groups], [g.place for g in one.groups])]


def rotate(s: Session, d: w.RotateGroups, by: Actor, at: int) -> Decision:
    """Every group goes to the place of the next one, the last to the first."""
    one = target(s, d.activity)
    if isinstance(one, Refusal):
        return one
    places = [g.place for g in one.groups]
    if not any(places):
        return Refusal("no-places", d.activity)
    return [again(s, one, places[1:] + places[:1])]


# ---- participants ----------------------------------------------------------------------------------------------


def choose(s: Session, one: Round, who: Person, d: w.PutAnswer, via: str) -> Decision:
    """`v = ["g2"]`: into group 2, if the pack lets people choose and there is a place."""
    a = one.activity
    if a.assign != "self" or d.text or d.q or d.sure or len(d.v) != 1:
        return Refusal("wrong-value", a.id)
    if not one.is_open:
        return Refusal("closed", a.id)
    word = d.v[0]
    no = next((k for k in range(1, len(one.groups) + 1) if word == f"g{k}"), None)
    if no is None:
        return Refusal("unknown-option", a.id)
    if who.p not in one.groups[no - 1].members and groups.full(one, no - 1):
        return Refusal("group-full", str(no))
    old = one.answers.get((who.p, ""))
    if d.n is not None and old is not None and old.n is not None and d.n < old.n:
        return Refusal("stale", a.id)
    fact = r.AnswerPut(activity=a.id, round=one.no, v=[word], via=via, n=d.n)
    return [Draft(fact, who.p, None, floor=one.mode == "confidential")]


def may_write(s: Session, one: Round, who: Person) -> Refusal | None:
    """Anybody of the group, until one has written: then only that one, while they are in it."""
    k = one.group_of.get(who.p)
    if k is None or who.p not in one.groups[k].members:
        return Refusal("no-group", one.activity.id)
    writer = s.people.get(groups.written(s, one, k))
    if writer is None or writer is who:
        return None
    return Refusal("not-scribe", writer.name if one.mode == "named" else "")
