"""Where else somebody is named: in what colleagues wrote, in the column of another person's supervisor."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from fieldkit.core.erasing import refs_of
from fieldkit.core.records import Record
from fieldkit.core.session import Session

LEAST = 3
"""Shorter names and badges stand in too many words to say anything."""


def mentions(session: Session, records: Sequence[Record], who: str, refs: Sequence[int]) -> list[int]:
    """Other records in which this person's name or badge stands too: what colleagues wrote, a supervisor's column."""
    return naming(records, words_of(session, who), {*refs, *refs_of(session, who)})


def words_of(session: Session, who: str) -> set[str]:
    """What this person is called in a session: names and badges, caseless."""
    return {word.casefold() for one in session.entries(who) for word in (one.name, one.badge) if len(word) >= LEAST}


def naming(records: Iterable[Record], words: Collection[str], but: Collection[int] = ()) -> list[int]:
    """Indexes of the records, but for these, with one of these words (caseless) in the private half."""
    return [one.i for one in records if one.i not in but and words and _holds(one.private, words)]


def _holds(value: Any, words: Collection[str]) -> bool:
    if isinstance(value, str):
        text = value.casefold()
        return any(word in text for word in words)
    if isinstance(value, dict):
        return any(_holds(each, words) for each in value.values())
    return isinstance(value, list) and any(_holds(each, words) for each in value)
