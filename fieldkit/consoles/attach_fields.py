"""A wish's fields as they came from another laptop → as a surface of this one would have given them.

Names and badges are cut as everywhere; any other text that is too long is refused, because half a reason says another
thing. What a line of the log would not take is refused here, before it can cost the console its line.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import msgspec

from fieldkit.core.clean import BADGE_MAX, TEXT_MAX, clean_badge, clean_name, clean_text
from fieldkit.core.intents import Intent
from fieldkit.errors import BadBytes
from fieldkit.rosterheads import COLUMNS

NAMES = ("name", "employer", "crew", "supervisor", "role", "last_name", "first_name")
BADGES = ("badge", "card")


def tidied(made: Intent, ids: Container[str] = ()) -> Intent:
    """Every text of it cleaned. `ids` of people: somebody picked from a list comes by theirs, which is no badge.

    Raises BadBytes: `too-long`, `bad-shape`.
    """
    put = {name: _value(name, getattr(made, name), ids) for name in made.__struct_fields__}
    return msgspec.structs.replace(made, **put)


def _value(name: str, value: Any, ids: Container[str]) -> Any:
    if isinstance(value, str):
        return value if value in ids else _text(name, value)
    if isinstance(value, tuple):
        return tuple(_value("", one, ids) for one in value)
    if isinstance(value, dict):
        if name == "fields" and not set(value) <= set(COLUMNS):
            raise BadBytes("bad-shape", "no column of a roster")
        return {_text("", key): _value(key, one, ()) for key, one in value.items()}
    return value


def _text(name: str, value: str) -> str:
    if name in NAMES:
        return clean_name(value)
    if name in BADGES:
        return clean_badge(value)
    most = BADGE_MAX if name in ("who", "into") else TEXT_MAX
    text = clean_text(value, most + 1)
    if len(text) > most:
        raise BadBytes("too-long", "a text is too long")
    return text
