"""What is pasted, taken out of the stream of keys before anybody looks for keys in it.

Textual looks for escape sequences in a paste too: after one that it does not know, the rest of the paste arrives as
pressed keys, and a text with colours in it could say `E` and `y`. Here a paste is what stands between its marks.
"""

from __future__ import annotations

import msgspec

BEGINS, ENDS = "\x1b[200~", "\x1b[201~"
MOST = 64 * 1024
"""Signs of one paste that are kept; the longest field holds far fewer."""


class Pasted(msgspec.Struct, frozen=True):
    text: str


class Pastes:
    """Signs as they come in, keys and pastes out."""

    def __init__(self) -> None:
        self._kept: list[str] | None = None
        self._length = 0
        self._rest = ""

    def feed(self, text: str, *, more: bool = False) -> list[str | Pasted]:
        """Keys, as text, and pastes in their order. `more`: the rest of a mark may come with the next piece."""
        found: list[str | Pasted] = []
        text, self._rest = self._rest + text, ""
        while text:
            mark = BEGINS if self._kept is None else ENDS
            before, there, text = text.partition(mark)
            if not there and (more or self._kept is not None):
                cut = _begun(before, mark)
                before, self._rest = before[: len(before) - cut], before[len(before) - cut :]
            if self._kept is None:
                if before:
                    found.append(before)
                if there:
                    self._kept, self._length = [], 0
                continue
            self._keep(before)
            if there:
                found.append(Pasted("".join(self._kept)))
                self._kept = None
        return found

    def give_up(self) -> list[str | Pasted]:
        """Nothing more came: what was held back is keys, and a paste without an end is what there is of it."""
        rest, self._rest = self._rest, ""
        if self._kept is None:
            return [rest] if rest else []
        kept, self._kept = self._kept, None
        return [Pasted("".join(kept))] if kept else []

    def _keep(self, text: str) -> None:
        assert self._kept is not None
        self._kept.append(text[: MOST - self._length])
        self._length += len(self._kept[-1])


def _begun(text: str, mark: str) -> int:
    """How many signs at the end of `text` may be the beginning of `mark`."""
    return next((k for k in range(len(mark) - 1, 0, -1) if text.endswith(mark[:k])), 0)
