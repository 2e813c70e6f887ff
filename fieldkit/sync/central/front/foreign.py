"""Foreign text on its way out into a page: what came from a laptop, a trainer or a worker is never markup here.

Escaping is the templates' (autoescape is on); here it is also kept short, kept from turning its surroundings round, and
every sign of a raw line is made visible.
"""

from __future__ import annotations

import datetime
import unicodedata
import zoneinfo

from markupsafe import Markup, escape

from fieldkit.core.clean import clean_text
from fieldkit.words import Words

SHOWN = 160
"""Characters of a name or a title in a page; the record has all of it."""
_KEPT = "\n\u200c\u200d"


def short(text: object, most: int = SHOWN) -> str:
    """One line without signs that cannot be seen; what is longer ends with an ellipsis."""
    whole = clean_text(str(text), most + 1)
    return whole if len(whole) <= most else whole[:most].rstrip() + "…"


def bdi(text: object, most: int = SHOWN) -> Markup:
    """The same as HTML whose direction is its own; nothing for nothing."""
    shown = short(text, most)
    return Markup("<bdi>{}</bdi>").format(shown) if shown else Markup("")


def marked(raw: bytes) -> str:
    """A raw line with what could hide in it written out, as in ‹U+202E›."""
    text = raw.decode("utf-8", "backslashreplace")
    return "".join(
        f"‹U+{ord(c):04X}›" if c not in _KEPT and unicodedata.category(c)[0] in "CZ" and c != " " else c for c in text
    )


def sayh(words: Words, sentence: str, **values: object) -> Markup:
    """A sentence with foreign values in it, each with its own direction."""
    put = {k: v if isinstance(v, int | Markup) else bdi(v) for k, v in values.items()}
    return Markup(str(escape(words.say(sentence))).format_map(put))


def zone_of(name: str) -> datetime.tzinfo:
    try:
        return zoneinfo.ZoneInfo(name or "UTC")
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return datetime.UTC


def moment(ms: int, zone: datetime.tzinfo = datetime.UTC) -> str:
    """Unix ms as `2026-11-22 17:42`; empty for a time that no calendar has."""
    try:
        return datetime.datetime.fromtimestamp(ms / 1000, zone).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return ""


def day_ms(text: str, days: int = 0) -> int | None:
    """`2026-11-22` as its first moment in UTC, Unix ms; None for what is no day."""
    try:
        day = datetime.date.fromisoformat(text) + datetime.timedelta(days)
        return int(datetime.datetime.combine(day, datetime.time(), datetime.UTC).timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
