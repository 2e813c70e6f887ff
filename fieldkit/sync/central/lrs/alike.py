"""Whether the store's statement under an id says what ours says (xAPI 1.0.3, Data 2.3.1 and Appendix D): a store may
add, reorder and rewrite what is not the statement's meaning, words for people among it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fieldkit.formats.xapi.names import VERBS

Json = dict[str, Any]


def alike(ours: Json, theirs: Json) -> bool:
    """Ours is what this program makes; theirs may be anything."""
    return _meaning(ours) == _meaning(theirs)


def _meaning(one: Json) -> list[Any]:
    about, context = _part(one, "object"), _part(one, "context")
    voids = _part(one, "verb").get("id") == VERBS["voided"]["id"]
    return [
        _account(one.get("actor")),
        _part(one, "verb").get("id"),
        (about.get("objectType", "Activity"), about.get("id")),
        _part(one, "result"),
        context.get("registration"),
        context.get("revision"),
        _account(context.get("instructor")),
        _part(context, "extensions"),
        None if voids else _instant(one.get("timestamp")),
    ]


def _part(one: object, name: str) -> Json:
    found = one.get(name) if isinstance(one, dict) else None
    return found if isinstance(found, dict) else {}


def _account(one: object) -> tuple[Any, Any]:
    found = _part(one, "account")
    return found.get("homePage"), found.get("name")


def _instant(text: object) -> object:
    try:
        return datetime.fromisoformat(text) if isinstance(text, str) else text
    except ValueError:
        return text
