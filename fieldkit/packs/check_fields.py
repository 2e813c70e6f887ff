"""Every field of a YAML file against the model: each that is unknown, missing or of the wrong sort is one Problem.

msgspec stops at the first mistake and an author wants them all, so this walks the model's own type description
(`msgspec.inspect`) beside the data. What comes back besides the problems is the data without the refused optional
parts: if that decodes, the other checks can go on and name more in the same run.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import inspect as types

from fieldkit.packs.fields import pattern_words
from fieldkit.packs.problem import Place, Problem, dotted, nearest, short
from fieldkit.packs.yaml_safe import Doc

PROBLEMS_MAX = 200
"""More than this and the file is of another kind altogether."""

_GONE = object()
_NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false", list: "a list", dict: "fields"}


def convert_all(doc: Doc, model: type[Any], file: str) -> tuple[Any, list[Problem]]:
    """(the decoded struct or None, every problem with a field). Never raises."""
    if not _has_none(doc.value):  # msgspec takes an empty value for an optional field; an author forgot something
        with contextlib.suppress(msgspec.ValidationError):
            return msgspec.convert(doc.value, model), []
    walk = _Walk(doc, file)
    clean = walk.value(doc.value, _description(model), ())
    if clean is _GONE:
        return None, walk.problems
    try:
        return msgspec.convert(clean, model), walk.problems
    except msgspec.ValidationError as e:  # only what the walk could not repair
        if not walk.problems:
            walk.problems.append(Problem("error", file, "", short(e, 200)))
        return None, walk.problems


def sort_of(value: Any) -> str:
    """What a person calls this value."""
    return "nothing" if value is None else _NAMES.get(type(value), "something else")


_descriptions: dict[type[Any], types.Type] = {}
"""Each model is described once: that costs more than walking a pack."""


def _description(model: type[Any]) -> types.Type:
    if model not in _descriptions:
        _descriptions[model] = types.type_info(model)
    return _descriptions[model]


def _has_none(value: Any) -> bool:
    stack = [value]
    while stack:
        one = stack.pop()
        if one is None:
            return True
        if isinstance(one, dict):
            stack += one.values()
        elif isinstance(one, list):
            stack += one
    return False


class _Walk:
    def __init__(self, doc: Doc, file: str) -> None:
        self.doc = doc
        self.file = file
        self.problems: list[Problem] = []

    def wrong(self, place: Place, sentence: str, instead: str = "") -> Any:
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(Problem("error", self.file, dotted(place), sentence, instead, self.doc.line(place)))
        return _GONE

    def value(self, value: Any, kind: types.Type, place: Place) -> Any:
        """The value if it fits, repaired as far as possible; `_GONE` if it has to be left out."""
        if isinstance(kind, types.Metadata):
            kind = kind.type
        match kind:
            case types.UnionType():
                return self.either(value, kind, place)
            case types.StructType():
                return self.struct(value, kind, place)
            case types.ListType():
                return self.many(value, kind, place)
            case types.DictType():
                return self.mapping(value, kind, place)
            case types.StrType():
                return self.text(value, kind, place)
            case types.BoolType():
                if isinstance(value, bool):
                    return value
                return self.wrong(place, f"Here stands {sort_of(value)}, not true or false.", "true or false")
            case types.IntType() | types.FloatType():
                return self.number(value, kind, place)
            case types.LiteralType():
                return self.literal(value, kind, place)
        return value

    # -- parts -------------------------------------------------------------------------------------------------

    def struct(self, value: Any, kind: types.StructType, place: Place) -> Any:
        what = title_of(kind)
        if not isinstance(value, dict):
            names = ", ".join(f.encode_name for f in kind.fields[:6])
            return self.wrong(place, f"Here stands {sort_of(value)}, not {what}.", f"fields such as {names}")
        fields = {f.encode_name: f for f in kind.fields}
        out: dict[str, Any] = {}
        whole = True
        for name, inner in value.items():
            if name == kind.tag_field:
                out[name] = inner
                continue
            field = fields.get(name)
            if field is None:
                self.unknown(name, kind, (*place, name))
                continue
            if inner is None:
                self.wrong((*place, name), f"`{name}` has no value.", "Write its value, or delete the line.")
                whole = whole and not field.required
                continue
            got = self.value(inner, field.type, (*place, name))
            if got is not _GONE:
                out[name] = got
            elif field.required:
                whole = False
        for name, field in fields.items():
            if field.required and name not in value:
                self.wrong(place, f"`{name}` is missing in {what}.", f"{name}: …")
                whole = False
        return out if whole else _GONE

    def unknown(self, name: str, kind: types.StructType, place: Place) -> None:
        known = [f.encode_name for f in kind.fields]
        instead = nearest(name, known)
        others = _types_with(name) if kind.tag_field and not instead else ""
        hint = instead or others or "one of: " + ", ".join(known)
        self.wrong(place, f"`{short(name)}` is not a field of {title_of(kind)}.", hint)

    def either(self, value: Any, kind: types.UnionType, place: Place) -> Any:
        kinds = [k for k in kind.types if not isinstance(k, types.NoneType)]
        tagged = [k for k in kinds if isinstance(k, types.StructType) and k.tag_field]
        if tagged and len(tagged) == len(kinds):
            return self.tagged(value, tagged, place)
        if len(kinds) == 1:
            return self.value(value, kinds[0], place)
        for k in kinds:  # such as one id or a list of ids: the shape chooses
            if isinstance(k, types.ListType) == isinstance(value, list):
                return self.value(value, k, place)
        return self.value(value, kinds[0], place)

    def tagged(self, value: Any, kinds: Sequence[types.StructType], place: Place) -> Any:
        by_tag = {str(k.tag): k for k in kinds}
        names = ", ".join(by_tag)
        if not isinstance(value, dict):
            return self.wrong(place, f"Here stands {sort_of(value)}, not fields with a type.", f"type: one of {names}")
        tag = value.get("type")
        if tag is None:
            return self.wrong(place, "`type` is missing.", f"type: one of {names}")
        chosen = by_tag.get(tag) if isinstance(tag, str) else None
        if chosen is None:
            hint = nearest(str(tag), by_tag) if isinstance(tag, str) else ""
            return self.wrong((*place, "type"), f"`{short(tag)}` is not a type.", hint or f"one of: {names}")
        return self.struct(value, chosen, place)

    def many(self, value: Any, kind: types.ListType, place: Place) -> Any:
        if not isinstance(value, list):
            return self.wrong(place, f"Here stands {sort_of(value)}, not a list.", "[one, two] or lines with a dash")
        self.length(len(value), kind, place, "entries")
        out = [self.value(v, kind.item_type, (*place, n)) for n, v in enumerate(value)]
        kept = [v for v in out if v is not _GONE]
        short_of = kind.min_length is not None and len(kept) < kind.min_length
        return _GONE if short_of or (kind.max_length is not None and len(kept) > kind.max_length) else kept

    def mapping(self, value: Any, kind: types.DictType, place: Place) -> Any:
        if not isinstance(value, dict):
            return self.wrong(place, f"Here stands {sort_of(value)}, not names with values.", "name: value")
        out: dict[str, Any] = {}
        for key, inner in value.items():
            spot = (*place, key)
            key_ok = self.value(key, kind.key_type, spot) is not _GONE
            if inner is None:
                self.wrong(spot, f"`{short(key)}` has no value.", "Write its value, or delete the line.")
                continue
            got = self.value(inner, kind.value_type, spot)
            if key_ok and got is not _GONE:
                out[key] = got
        return out

    # -- single values -----------------------------------------------------------------------------------------

    def text(self, value: Any, kind: types.StrType, place: Place) -> Any:
        if not isinstance(value, str):
            quoted = f'"{short(value)}"' if isinstance(value, (int, float)) else "text"
            if isinstance(value, bool):
                quoted = f'"{str(value).lower()}"'
            return self.wrong(place, f"Here stands {sort_of(value)}, not text.", quoted)
        if kind.pattern is not None and re.search(kind.pattern, value) is None:
            words = pattern_words(kind.pattern)
            return self.wrong(place, f"`{short(value)}` cannot be used here.", words)
        return value if self.length(len(value), kind, place, "characters") else _GONE

    def length(self, n: int, kind: types.StrType | types.ListType, place: Place, unit: str) -> bool:
        if kind.min_length is not None and n < kind.min_length:
            said = "It is empty." if n == 0 else f"There are {n} {unit}."
            self.wrong(place, said, f"at least {kind.min_length} {unit}")
            return False
        if kind.max_length is not None and n > kind.max_length:
            self.wrong(place, f"There are {n} {unit}.", f"at most {kind.max_length} {unit}")
            return False
        return True

    def number(self, value: Any, kind: types.IntType | types.FloatType, place: Place) -> Any:
        whole = isinstance(kind, types.IntType)
        if whole and isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int if whole else (int, float)):
            want = "a whole number" if whole else "a number"
            return self.wrong(place, f"Here stands {sort_of(value)}, not {want}.", f"{want}, without quotes")
        low, high = kind.ge, kind.le
        if (low is not None and value < low) or (high is not None and value > high):
            span = f"at least {low:g}" if high is None and low is not None else f"from {low or 0:g} to {high or 0:g}"
            return self.wrong(place, f"{value} is out of range.", span)
        return value if whole else float(value)

    def literal(self, value: Any, kind: types.LiteralType, place: Place) -> Any:
        known = [str(v) for v in kind.values]
        if isinstance(value, str) and value in known:
            return value
        hint = nearest(value, known) if isinstance(value, str) else ""
        said = f"`{short(value)}`" if isinstance(value, str) else f"Here stands {sort_of(value)}, which"
        return self.wrong(place, f"{said} is not one of the words for this.", hint or "one of: " + ", ".join(known))


def title_of(kind: types.StructType) -> str:
    """`a segment`, `a poll`: how a sentence calls a part."""
    name = str(kind.tag) if kind.tag else re.sub(r"(?<!^)(?=[A-Z])", " ", kind.cls.__name__).lower()
    if name in ("pack", "translation", "overlay"):
        return "the file"
    if name in ("media", "codes", "then", "if below", "of", "pass", "completion", "validity", "compliance", "feedback"):
        return f"`{name.replace(' ', '_')}`"
    return f"an {name}" if name[0] in "aeiou" else f"a {name}"


def _types_with(name: str) -> str:
    """`only of choice, truefalse`: the activity types that do have this field."""
    from fieldkit.packs.kinds import AnyActivity

    info = types.type_info(AnyActivity)
    kinds = info.types if isinstance(info, types.UnionType) else ()
    having = [
        str(k.tag) for k in kinds if isinstance(k, types.StructType) and any(f.encode_name == name for f in k.fields)
    ]
    return f"Delete it; only these have it: {', '.join(having)}" if having else ""
