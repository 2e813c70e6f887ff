"""English sentences that were put together elsewhere, found by their pattern: what an error or a warning says.

A pattern is a message id with places, `There is no folder {1}.` (`fieldkit.words.raised` finds them in the code). Only
ids of a compiled catalogue are looked at, so a language that lacks one says the sentence in English.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from functools import partial

NUMBERED = re.compile(r"\{(\d)\}")
NAMED = re.compile(r"\{(\w+)\}")
ENDS = re.compile(r"(?<=[.!?]) ")
LONGEST = 2_000
"""Characters beyond which a text is no sentence of ours; matching takes time that grows with its square."""
LEAST = 12
"""Letters of its own that a pattern with named places needs: fewer would fit foreign texts."""

Pattern = tuple[re.Pattern[str], str, tuple[str, ...]]
"""Expression, message id, names of its places in the order of the groups."""


def patterns(mo: bytes) -> list[Pattern]:
    """Those of a compiled catalogue, the ones with the most letters first: they say most exactly what they mean."""
    found: list[tuple[int, Pattern]] = []
    for msgid in ids(mo):
        places = NAMED.findall(msgid)
        bare = NAMED.sub("", msgid)
        if places and (NUMBERED.search(msgid) or (len(bare) >= LEAST and bare[-1] in ".!?")):
            found.append((-len(bare), (_expression(msgid), msgid, tuple(places))))
    return [pattern for _, pattern in sorted(found, key=lambda x: (x[0], x[1][1]))]


def ids(mo: bytes) -> Iterator[str]:
    """Message ids of a little-endian `.mo` without plural forms; the header's is left out."""
    count, at = struct.unpack_from("<8xII", mo)
    for k in range(count):
        length, start = struct.unpack_from("<II", mo, at + 8 * k)
        raw = mo[start : start + length]
        if raw and b"\0" not in raw:
            yield raw.decode("utf-8")


def _expression(msgid: str) -> re.Pattern[str]:
    text, at = "", 0
    for place in NAMED.finditer(msgid):
        text += re.escape(msgid[at : place.start()]) + "(.*?)"
        at = place.end()
    return re.compile(text + re.escape(msgid[at:]), re.DOTALL)


def tell(text: str, known: list[Pattern], say: Callable[[str], str]) -> str | None:
    """`text` said by `say`, which translates a message id or gives it back; None where nothing knows it.

    Several sentences behind one another are said one by one where each is known.
    """
    if len(text) > LONGEST:
        return None
    if (said := say(text)) != text:
        return said
    for end in ENDS.finditer(text):
        head = _one(text[: end.start()], known, say)
        rest = tell(text[end.end() :], known, say) if head is not None else None
        if head is not None and rest is not None:
            return f"{head} {rest}"
    return _one(text, known, say)


def _one(text: str, known: list[Pattern], say: Callable[[str], str]) -> str | None:
    if (said := say(text)) != text:
        return said
    for expression, msgid, places in known:
        found = expression.fullmatch(text)
        template = say(msgid) if found is not None else msgid
        if found is not None and template != msgid:
            values = dict(zip(places, (_value(x, known, say) for x in found.groups()), strict=True))
            return NAMED.sub(partial(_fill, values), template)
    return None


def _fill(values: dict[str, str], place: re.Match[str]) -> str:
    return values.get(place[1], place[0])


def _value(text: str, known: list[Pattern], say: Callable[[str], str]) -> str:
    """What stands in a place: foreign, or words of ours again, which are never one word alone."""
    return (tell(text, known, say) if " " in text else None) or text
