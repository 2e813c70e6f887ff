"""Every text of a pack under its flat key, as translations and overlays name it.

Keys follow the file: `segments.open.title`, `activities.poll-why.options.a`. Parts in a list that have an `id` are
named by it, so that moving a segment loses no translation; others (steps) by their 0-based position.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import inspect as types

from fieldkit.packs.fields import MARK
from fieldkit.packs.model import Pack
from fieldkit.packs.problem import Place


class Source(msgspec.Struct, frozen=True):
    """One text as the pack has it. `place` is where it stands in pack.yaml, `markdown` whether it may be long."""

    text: str
    place: Place
    markdown: bool


def texts_of(pack: Pack) -> dict[str, Source]:
    """Flat key → text, in the order of the file."""
    return {".".join(keys): source for keys, source in _walk(pack, (), ())}


def hash_of(text: str) -> str:
    """What a translation remembers of its source: the first 12 hex digits of its SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]


def source_hash(pack: Pack) -> str:
    """One hash over all texts, for a glance whether anything moved at all."""
    lines = sorted(f"{hash_of(s.text)}  {key}\n" for key, s in texts_of(pack).items())
    return hashlib.sha256("".join(lines).encode()).hexdigest()[:12]


def _walk(value: Any, keys: tuple[str, ...], place: Place) -> Iterator[tuple[tuple[str, ...], Source]]:
    if not isinstance(value, msgspec.Struct):
        return
    for name, attribute, mark in _fields(type(value)):
        inner = getattr(value, attribute)
        if isinstance(inner, str):
            if mark:
                yield (*keys, name), Source(inner, (*place, name), mark == "markdown")
        elif isinstance(inner, dict):
            for key, item in inner.items():
                if isinstance(item, str):
                    if mark:
                        yield (*keys, name, key), Source(item, (*place, name, key), False)
                else:
                    yield from _walk(item, (*keys, name, key), (*place, name, key))
        elif isinstance(inner, list):
            for n, item in enumerate(inner):
                yield from _walk(item, (*keys, name, str(getattr(item, "id", n))), (*place, name, n))
        else:
            yield from _walk(inner, (*keys, name), (*place, name))


def _fields(cls: type[msgspec.Struct]) -> tuple[tuple[str, str, str], ...]:
    """(name in the file, attribute, mark) of each field; the mark is empty where the machine reads, not a person."""
    return _all_fields().get(cls, ())


@lru_cache(maxsize=1)
def _all_fields() -> dict[type[Any], tuple[tuple[str, str, str], ...]]:
    """The fields of every struct of a pack, from one look at the model: a look a class is forty times the work."""
    out: dict[type[Any], tuple[tuple[str, str, str], ...]] = {}
    waiting: list[types.Type] = [types.type_info(Pack)]
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, types.Metadata):
            waiting.append(kind.type)
        elif isinstance(kind, types.UnionType):
            waiting += kind.types
        elif isinstance(kind, types.ListType):
            waiting.append(kind.item_type)
        elif isinstance(kind, types.DictType):
            waiting.append(kind.value_type)
        elif isinstance(kind, types.StructType) and kind.cls not in out:
            out[kind.cls] = tuple((f.encode_name, f.name, _mark(f.type)) for f in kind.fields)
            waiting += (f.type for f in kind.fields)
    return out


def _mark(kind: types.Type) -> str:
    if isinstance(kind, types.Metadata):
        found = (kind.extra or {}).get(MARK)
        return str(found) if found else _mark(kind.type)
    if isinstance(kind, types.UnionType):
        return next((m for m in map(_mark, kind.types) if m), "")
    if isinstance(kind, types.DictType):
        return _mark(kind.value_type)
    return ""
