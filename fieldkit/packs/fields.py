"""The sorts of value a pack field can hold: ids, words, numbers, and the base of every part of the model.

`Words` and `Markdown` are what people read: they are translated (`fieldkit.packs.texts` finds them by their mark),
measured against a phone screen and checked for signs that paint. Everything else is for the machine.
"""

from __future__ import annotations

import atexit
import gc
from typing import Annotated, Any

import msgspec
from msgspec import Meta

# msgspec 0.22 on CPython 3.11 crashes now and then when the interpreter's last collection walks the types of a model
# with many `Meta` (https://github.com/msgspec/msgspec/issues/717): a command that did its work would end with 139.
# Frozen objects are left out of that collection; nothing of ours waits for it.
atexit.register(gc.freeze)

MARK = "fieldkit-words"
"""`Meta.extra` key of a translatable text; its value is `line` or `markdown`."""

Words = Annotated[str, Meta(min_length=1, max_length=1000, extra={MARK: "line"})]
Markdown = Annotated[str, Meta(min_length=1, max_length=8000, extra={MARK: "markdown"})]
Note = Annotated[str, Meta(max_length=1000)]
"""A text for the record or the author's colleagues, in one language."""

END = "$(?!\\n)"
"""The end of a pattern: in Python a bare `$` would also let a line break through; editors read this as `$`."""

PackId = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{1,63}" + END)]
Id = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,31}" + END)]
OptionId = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,31}" + END)]
Code = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}" + END)]
Version = Annotated[
    str,
    Meta(
        pattern=r"^(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})\.(0|[1-9][0-9]{0,8})"
        r"(-[0-9A-Za-z.-]{1,40})?(\+[0-9A-Za-z.-]{1,40})?" + END
    ),
]
Language = Annotated[str, Meta(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}" + END)]
FilePath = Annotated[str, Meta(min_length=1, max_length=200)]

Percent = Annotated[int, Meta(ge=0, le=100)]
Minutes = Annotated[int, Meta(ge=1, le=600)]
Count = Annotated[int, Meta(ge=1, le=10_000)]
Seconds = Annotated[int, Meta(ge=5, le=7200)]

EXPECTED: dict[Any, str] = {
    PackId: "2 to 64 of a-z 0-9 -",
    Id: "1 to 32 of a-z 0-9 -, a letter first",
    OptionId: "1 to 32 of a-z 0-9 _, a letter first",
    Code: "up to 64 letters, digits and . _ : / -",
    Version: "three numbers with dots, such as 1.0.0",
    Language: "a language code such as en or pt-BR",
}
"""How a person writes a value of each pattern."""


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Base of everything in a pack: unknown fields are refused by name and place."""


def pattern_words(pattern: str) -> str:
    """The sentence for a pattern of this module, or the pattern itself."""
    for kind, words in EXPECTED.items():
        if kind.__metadata__[0].pattern == pattern:
            return words
    return pattern
