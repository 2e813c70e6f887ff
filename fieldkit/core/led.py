"""Who led a session, by the name of their key: as sheets and figures say it."""

from __future__ import annotations

from fieldkit.core.session import Session
from fieldkit.core.state import HANDED_OVER

LED_IT = "held"
"""Meaning of a signature that says: I led this session."""


def led_by(s: Session) -> str:
    """The key of the trainer named last with one; else of whom the session was opened for; else of who signed last
    that they led it. Empty where nobody has a key. A claim, until the signature is looked at."""
    named = next((x.key for x in reversed(s.staff) if x.role == "trainer" and x.key), None)
    opened = s.info.fac if s.info is not None else None
    return named or opened or next((x.key for x in reversed(s.signs) if x.meaning == LED_IT), "")


def leaders(s: Session) -> tuple[str, ...]:
    """The keys of everybody who led it, whoever led it last: for whom it was opened, who was named trainer (to whom it
    was handed over was), and who signed that they led it or handed it over. By name, each once; claims, as above."""
    named = [x.key for x in s.staff if x.role == "trainer"]
    signed = [x.key for x in s.signs if x.meaning in (LED_IT, HANDED_OVER)]
    return tuple(sorted({key for key in (*named, *signed, s.info.fac if s.info is not None else None) if key}))
