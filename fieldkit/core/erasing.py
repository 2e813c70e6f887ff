"""Erasing a person: which records hold their private halves, who may wish it, what the fold shows of it afterwards.

What goes are the openings (names, badges, words); what stays are the signed lines with the random `p`, so every count,
hash and proof stays as it was. Deleting is the writer's business, in the transaction that writes the `erase` record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fieldkit.core.intents import Actor, Intent
from fieldkit.core.records import Draft
from fieldkit.core.records import Erased as Fact
from fieldkit.core.refusals import Refusal

if TYPE_CHECKING:
    from fieldkit.core.records import Record
    from fieldkit.core.session import Session

WHYS = ("request", "retention", "mistake", "order", "other")
"""Codes of `why`."""
MOST = 800
"""References in one record: its line stays below 8192 bytes whatever the numbers are."""
GONE = "(erased)"
"""Stands in a table where an erased person's name was."""


class Erase(Intent, frozen=True):
    """Take away the private halves of the person `who` (badge or `p`) and those of the records `refs`."""

    why: str
    who: str = ""
    refs: tuple[int, ...] = ()


def refs_of(s: Session, who: str) -> list[int]:
    """Indexes of the records whose private half belongs to this person, under whichever entry, ascending: their own
    records, and corrections of them. Those that an `erase` record named already are left out."""
    entries = {one.p for one in s.entries(who)}
    found = {i for p in entries for i in s.halves.get(p, ())}
    found |= {one.i for one in s.amendments if one.whose in entries and one.private}
    return sorted(found - s.erased)


def erase(s: Session, d: Erase, by: Actor, at: int) -> list[Draft] | Refusal:
    """`erase` records, as many as their lines need; none when nothing is left to take away."""
    if d.why not in WHYS:
        return Refusal("wrong-value")
    if s.entry(d.who) is None:
        return Refusal("unknown-person", d.who)
    if s.info is not None and s.info.policy.legal:
        return Refusal("kept-by-law", s.info.policy.legal)
    refs = sorted({*refs_of(s, d.who), *(i for i in d.refs if 0 <= i <= s.saved)} - s.erased)
    return [Draft(Fact(refs=refs[at : at + MOST], why=d.why)) for at in range(0, len(refs), MOST)]


def fold(s: Session, rec: Record, d: Fact, x: dict[str, Any]) -> None:
    """An `erase` record: whoever the named halves belonged to is erased."""
    s.erasures.append(rec.i)
    erased(s, [i for i in d.refs if 0 <= i < rec.i])


def erased(s: Session, refs: list[int]) -> None:
    """Also for what head office was told to erase and no record of the log says yet."""
    new = set(refs) - s.erased
    s.erased |= new
    for p, halves in s.halves.items():
        if p in s.people and not new.isdisjoint(halves):
            s.people[p].erased = True
