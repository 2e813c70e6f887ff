"""Folding tallies: what an anonymous round came to, written with its closing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fieldkit.core import records as r
from fieldkit.core.activities import kind_of
from fieldkit.core.folds.lookup import Handler, round_of
from fieldkit.core.state import Round, Say
from fieldkit.core.tally_keys import uncoded

if TYPE_CHECKING:
    from fieldkit.core.session import Session


def tally(s: Session, rec: r.Record, d: r.TallyPut, x: dict[str, Any]) -> None:
    one = _anonymous(s, d)
    if one is not None:
        one.tally = {uncoded(key): n for key, n in d.counts.items()}
        one.tally_n, one.suppressed, one.tally_i = d.n, d.suppressed, rec.i


def tally_text(s: Session, rec: r.Record, d: r.TallyTextPut, x: dict[str, Any]) -> None:
    """One text of somebody; in a discussion a message without an author, so that it can be hidden and pinned."""
    one, text = _anonymous(s, d), x.get("text")
    if one is None:
        return
    one.tally_i = rec.i
    if not isinstance(text, str) or not text:  # erased
        return
    one.tally_texts.append(text)
    if kind_of(one.activity.type).takes == "say":
        s.says[rec.i] = Say(rec.i, "", rec.m, rec.t, text, d.activity)
        s.threads.setdefault(d.activity, []).append(rec.i)


def _anonymous(s: Session, fact: r.TallyPut | r.TallyTextPut) -> Round | None:
    one = round_of(s, fact)
    if one is not None and one.mode != "anonymous":
        s.unknown += 1
        return None
    return one


HANDLERS: dict[type, Handler] = {r.TallyPut: tally, r.TallyTextPut: tally_text}
