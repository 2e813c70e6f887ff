"""YAML 1.2 as packs use it: plain data, one document, nothing that can point, tag or surprise.

ruamel.yaml splits the text into events; everything after that is decided here, because its own safe loader still
follows aliases, merges keys, turns `2026-01-01` into a date and takes `1_000` for a number. Only the core schema of
YAML 1.2 counts: `true`, `null`, `12`, `+3`, `0x1F`, `0.5`. So `no`, `on`, `12:30` and `2026-01-01` are text.

Source: https://yaml.org/spec/1.2.2/#103-core-schema
"""

from __future__ import annotations

import math
import re
import unicodedata
from typing import Any

import msgspec

from fieldkit.errors import BadBytes
from fieldkit.packs.problem import Place, dotted, short

LIMIT = 256 * 1024
DEPTH = 24
NODES = 20_000
INT_MAX = 2**53 - 1

_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_TRUE = frozenset(("true", "True", "TRUE"))
_FALSE = frozenset(("false", "False", "FALSE"))


class BadYaml(BadBytes):
    """The file is not YAML that a pack may contain; `line` is 1-based, `place` as in a Problem."""

    def __init__(self, reason: str, detail: str, instead: str = "", line: int = 0, place: Place = ()) -> None:
        super().__init__(reason, detail)
        self.instead = instead
        self.line = line
        self.place = dotted(place)


class Doc(msgspec.Struct):
    """A file as plain dicts, lists, text, int, float, bool and None, and the line on which each place begins."""

    value: Any
    lines: dict[Place, int]

    def line(self, place: Place) -> int:
        """The line of this place or of the nearest one around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 0)


def load(raw: bytes) -> Doc:
    """Read one YAML file. Raises BadYaml with a reason code, a sentence and a line; never anything else."""
    if len(raw) > LIMIT:
        raise BadYaml("too-long", f"The file is larger than {LIMIT // 1024} KB.", "Move long texts to slides or notes.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        line = raw[: e.start].count(b"\n") + 1
        raise BadYaml("not-utf-8", "The file is not UTF-8 text.", "Save it as UTF-8.", line) from None
    for n, c in enumerate(text):
        if c < " " and c not in "\n\r\t":
            line = text.count("\n", 0, n) + 1
            raise BadYaml("control", "The file contains a control character.", "Delete it.", line)
    return _Builder().read(text)


class _Builder:
    """Turns parser events into a Doc. A tree of nested calls, at most DEPTH deep."""

    def __init__(self) -> None:
        self.lines: dict[Place, int] = {}
        self.nodes = 0
        self.events: Any = iter(())

    def read(self, text: str) -> Doc:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError

        try:
            self.events = iter(YAML(typ="safe", pure=True).parse(text))
            value = self._document()
        except BadYaml:
            raise
        except YAMLError as e:
            mark = getattr(e, "problem_mark", None) or getattr(e, "context_mark", None)
            line = mark.line + 1 if mark is not None else 0
            what = short(getattr(e, "problem", None) or getattr(e, "reason", None) or "it cannot be read", 100)
            raise BadYaml(
                "not-yaml", f"This is not YAML: {what}.", "Check indentation, colons, quotes.", line
            ) from None
        except (ValueError, IndexError, TypeError, AttributeError, RecursionError, OverflowError):
            # The parser has edges of its own on hostile text; whatever it trips over is bad YAML to us.
            raise BadYaml("not-yaml", "This is not YAML that can be read.", "Start from a pack that works.") from None
        return Doc(value=value, lines=self.lines)

    def _document(self) -> Any:
        event = self._next()
        while type(event).__name__ in ("StreamStartEvent", "CommentEvent"):
            event = self._next()
        kind = type(event).__name__
        if kind == "StreamEndEvent":
            raise BadYaml("empty", "The file is empty.", "Begin with: fieldkit: 1")
        if kind == "DocumentStartEvent":
            if event.version is not None and tuple(event.version) != (1, 2):
                raise BadYaml("version", "Packs are YAML 1.2.", "Delete the %YAML line.", 1)
            if event.tags:
                raise BadYaml("tag", "Tags are not allowed in a pack.", "Delete the %TAG line.", 1)
            event = self._next()
        value = self._node(event, ())
        event = self._next()
        if type(event).__name__ == "DocumentEndEvent":
            event = self._next()
        if type(event).__name__ != "StreamEndEvent":
            line = event.start_mark.line + 1
            raise BadYaml("documents", "The file holds more than one document.", "Delete the line `---`.", line)
        return value

    def _next(self) -> Any:
        event = next(self.events, None)
        if event is None:
            raise BadYaml("not-yaml", "The file ends too early.")
        return event

    def _node(self, event: Any, place: Place) -> Any:
        kind = type(event).__name__
        line = event.start_mark.line + 1
        self.lines[place] = line
        self.nodes += 1
        if self.nodes > NODES:
            raise BadYaml("too-many", f"The file holds more than {NODES} values.", "Split the pack.", line, place)
        if kind == "AliasEvent":
            raise BadYaml("alias", "Aliases (`*name`) are not allowed in a pack.", "Write it out.", line, place)
        if getattr(event, "anchor", None):
            raise BadYaml("anchor", "Anchors (`&name`) are not allowed in a pack.", "Write it out.", line, place)
        if _tagged(event):
            raise BadYaml("tag", "Tags (`!name`) are not allowed in a pack.", "Delete the tag.", line, place)
        if kind == "ScalarEvent":
            return self._scalar(event, line, place)
        if len(place) >= DEPTH:
            raise BadYaml("depth", f"More than {DEPTH} levels inside each other.", "Flatten it.", line, place[:8])
        if kind == "SequenceStartEvent":
            return self._list(place)
        if kind == "MappingStartEvent":
            return self._dict(place)
        raise BadYaml("not-yaml", "This is not YAML that can be read.", line=line, place=place)

    def _list(self, place: Place) -> list[Any]:
        out: list[Any] = []
        while type(event := self._next()).__name__ != "SequenceEndEvent":
            out.append(self._node(event, (*place, len(out))))
        return out

    def _dict(self, place: Place) -> dict[str, Any]:
        out: dict[str, Any] = {}
        while type(event := self._next()).__name__ != "MappingEndEvent":
            line = event.start_mark.line + 1
            if type(event).__name__ == "AliasEvent":
                raise BadYaml("alias", "Aliases (`*name`) are not allowed in a pack.", "Write it out.", line, place)
            if type(event).__name__ != "ScalarEvent" or _tagged(event) or event.anchor:
                raise BadYaml("key", "A name before the colon must be a plain word.", "Write name: value", line, place)
            key = _text(event.value, line, place)
            if len(key) > 200:
                raise BadYaml("key", "A name before the colon is longer than 200 characters.", "", line, place)
            if key == "<<" and event.implicit[0]:
                raise BadYaml("alias", "Merging (`<<`) is not allowed in a pack.", "Write it out.", line, place)
            if key in out:
                raise BadYaml("duplicate", f"`{short(key)}` is written twice.", "Keep one.", line, (*place, key))
            out[key] = self._node(self._next(), (*place, key))
            self.lines[(*place, key)] = line
        return out

    def _scalar(self, event: Any, line: int, place: Place) -> Any:
        text: str = event.value
        if not event.implicit[0]:  # quoted or a block: always text
            return _text(text, line, place)
        if text in _NULL:
            return None
        if text in _TRUE:
            return True
        if text in _FALSE:
            return False
        if _INT.fullmatch(text) and len(text) <= 24:
            n = int(text, 16) if text.startswith("0x") else int(text[2:], 8) if text.startswith("0o") else int(text, 10)
            if abs(n) > INT_MAX:
                raise BadYaml("int-range", "This number is too large.", "Put it in quotes.", line, place)
            return n
        if _SPECIAL.fullmatch(text):
            raise BadYaml("number", "Infinity and not-a-number are no values.", "Write a number.", line, place)
        if _FLOAT.fullmatch(text):
            x = float(text)
            if not math.isfinite(x) or abs(x) > 1e15:
                raise BadYaml("number", "This number is too large.", "Put it in quotes.", line, place)
            return x
        return _text(text, line, place)


def _text(text: str, line: int, place: Place) -> str:
    """NFC; JSON's pairs of surrogate escapes are joined, a lone one is no character at all."""
    if not text.isascii():
        if any("\ud800" <= c <= "\udfff" for c in text):
            try:
                text = text.encode("utf-16", "surrogatepass").decode("utf-16")
            except UnicodeDecodeError:
                raise BadYaml("surrogate", "Half a character is escaped here.", "Delete it.", line, place) from None
        text = unicodedata.normalize("NFC", text)
    return text


def _tagged(event: Any) -> bool:
    """A written tag. ruamel keeps it as a Tag object, as text or as None, by release."""
    tag = getattr(event, "ctag", None) if hasattr(event, "ctag") else getattr(event, "tag", None)
    return tag is not None and str(tag) not in ("", "None")
