"""Second consoles as the log has them: which roles they may have, and which pairings are in force."""

from __future__ import annotations

from fieldkit.core.session import Session
from fieldkit.core.state import Staff

CONSOLES = ("helper", "remote", "lead")
"""Roles of a second console: somebody who helps, the trainer's own phone, somebody who leads as well."""


def console(s: Session, co: int | None) -> Staff | None:
    """The pairing in force with this index."""
    return next((one for one in s.staff if one.i == co and one.role in CONSOLES), None)
