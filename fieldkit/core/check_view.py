"""Checklists as the trainer signs them off and as a worker's own phone shows them; nothing is judged here."""

from __future__ import annotations

import msgspec

from fieldkit.core.activities.checklist import passed
from fieldkit.core.groups import own_group
from fieldkit.core.plan import Activity
from fieldkit.core.session import Session
from fieldkit.core.state import Check, Person, Round
from fieldkit.core.views import CheckLine, ItemView, OpenSeat, OptionView
from fieldkit.core.walkin import badged, code_of


def item_views(s: Session, a: Activity, lang: str) -> list[ItemView]:
    return [ItemView(item.id, s.plan.say(item.text, lang), item.critical) for item in a.items]


def check_lines(s: Session, one: Round) -> list[CheckLine]:
    """Everybody who is here or was judged, in the order of the log."""
    if not one.activity.items:
        return []
    return [
        check_line(s, one, who) for who in s.people.values() if not who.gone and (who.present or who.p in one.checks)
    ]


def check_line(s: Session, one: Round, who: Person) -> CheckLine:
    a, found = one.activity, one.checks.get(who.p, {})
    entries = s.entries(who.p)
    judged = {item.id: found[item.id].ok for item in a.items if item.id in found}
    group = own_group(s, who.p)
    return CheckLine(
        p=who.p,
        name=who.name,
        badge=badged(entries)[0] or code_of(entries),
        items=judged,
        done=len(judged),
        of=len(a.items),
        passed=passed(a, found),
        group=group[1] + 1 if group is not None else 0,
    )


def choices(s: Session, a: Activity, lang: str) -> list[OptionView]:
    """The items as a phone lists them; nothing to press."""
    return [OptionView(item.id, s.plan.say(item.text, lang)) for item in a.items]


def mine_checks(one: Round, view: OpenSeat, who: Person) -> OpenSeat:
    """With the items that this participant has shown; null until the first was judged."""
    found = one.checks.get(who.p)
    if found is None:
        return view
    return msgspec.structs.replace(view, mine=[item.id for item in one.activity.items if _ok(found.get(item.id))])


def _ok(check: Check | None) -> bool:
    return check is not None and check.ok
