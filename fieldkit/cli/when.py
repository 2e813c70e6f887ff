"""Moments as commands tell them: in the session's own zone, never without the offset."""

from __future__ import annotations

from datetime import date

from fieldkit.errors import WrongUsage


def iso(t: int | None, tz: str) -> str | None:
    """Unix ms → ISO 8601 in the IANA zone `tz`, with offset; None when there is none or no calendar holds it."""
    from fieldkit.core.tables.base import local, zone

    when = local(t or None, zone(tz))
    return when.isoformat(timespec="seconds") if when is not None else None


def clock(moment: str | None) -> str:
    """What `iso` gave, as people read it: `2026-11-20 09:00 -06:00`."""
    return "—" if moment is None else f"{moment[:10]} {moment[11:16]} {moment[19:]}"


def day_of(text: str) -> date:
    """`2026-11-22` as somebody types it. Raises WrongUsage."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.isoformat() != text:
        raise WrongUsage(f"{text[:40]!r} is no day.", "Write it like 2026-11-22.")
    return found
