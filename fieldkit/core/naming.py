"""Where else somebody is named: in what colleagues wrote, in the column of another person's supervisor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fieldkit.core.erasing import refs_of
from fieldkit.core.records import Record
from fieldkit.core.session import Session

LEAST = 3
"""Shorter names and badges stand in too many words to say anything."""


def mentions(session: Session, records: Sequence[Record], who: str, refs: Sequence[int]) -> list[int]:
    """Other records in which this person's name or badge stands too: what colleagues wrote, a supervisor's column."""
    entries = session.entries(who)
    words = {word.casefold() for one in entries for word in (one.name, one.badge) if len(word) >= LEAST}
    going = {*refs, *refs_of(session, who)}
    return [one.i for one in records if one.i not in going and words and _holds(one.private, words)]


def _holds(value: Any, words: set[str]) -> bool:
    if isinstance(value, str):
        text = value.casefold()
        return any(word in text for word in words)
    if isinstance(value, dict):
        return any(_holds(each, words) for each in value.values())
    return isinstance(value, list) and any(_holds(each, words) for each in value)
