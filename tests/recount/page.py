"""A page while it is compared: what a rule claims was counted again; what is left with a digit in it is wrong."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from tests.recount.site import Node, tree

DIGITS = re.compile(r"[0-9]+(?:[.,][0-9]+)*")
MOST = 5
"""Differences of one page that are told."""


class Page:
    """`query`: what was asked. `wrong`: sentences. `numbers`: how many were compared."""

    def __init__(self, path: str, query: dict[str, str], html: str) -> None:
        self.path, self.query = path, query
        self.main = tree(html)
        self.wrong: list[str] = []
        self.numbers = 0

    def tell(self, said: str) -> None:
        self.wrong.append(f"{self.path}: {said}")

    # -- comparing -------------------------------------------------------------------------------------------------

    def same(self, node: Node | None, what: str, *tokens: object) -> None:
        """These words and numbers stand in the node in this order, and no other number; empty ones are left out."""
        words = [str(one) for one in tokens if str(one) != ""]
        if node is None:
            self.tell(f"{what} is not there; the logs say {' '.join(words)!r}")
            return
        node.claimed = True
        text = node.text
        at = 0
        for word in words:
            found = re.compile(_bounded(" ".join(word.split()))).search(text, at)
            if found is None or DIGITS.search(text[at : found.start()]):
                self.tell(f"{what}: the page says {text[:160]!r}, the logs say {' '.join(words)[:160]!r}")
                return
            at = found.end()
            self.numbers += len(DIGITS.findall(word))
        if DIGITS.search(text[at:]):
            self.tell(f"{what}: the page says {text[:160]!r}, the logs say {' '.join(words)[:160]!r}")

    def rows(self, table: Node | None, what: str, expected: Sequence[Sequence[object]], *more: Any) -> None:
        """A table row by row; `expected` has the tokens of each cell (a tuple where there are several)."""
        found = body(table) if table is not None else []
        if table is None and expected:
            self.tell(f"{what}: there is no table; the logs have {len(expected)} rows")
            return
        if len(found) != len(expected):
            self.tell(f"{what}: {len(found)} rows on the page, {len(expected)} by the logs")
        self.numbers += 1
        for k, (row, want) in enumerate(zip(found, expected, strict=False)):
            cells = [x for x in row.kids if isinstance(x, Node)]
            if len(cells) != len(want):
                self.tell(f"{what}, row {k + 1}: {len(cells)} cells, not {len(want)}")
            for n, (cell, tokens) in enumerate(zip(cells, want, strict=False)):
                if tokens is None:
                    continue
                self.same(cell, f"{what}, row {k + 1}, {n + 1}", *(tokens if isinstance(tokens, tuple) else (tokens,)))

    def table(self, caption: str) -> Node | None:
        """The first table that is called so and was not looked at yet."""
        for one in self.main.all("table"):
            for head in one.all("caption"):
                if head.text == caption and not head.claimed:
                    head.claimed = True
                    return one
        return None

    def fact(self, name: str) -> Node | None:
        """The value beside a word of a list of facts."""
        for one in self.main.all("div"):
            dt = next((x for x in one.kids if isinstance(x, Node) and x.tag == "dt"), None)
            dd = next((x for x in one.kids if isinstance(x, Node) and x.tag == "dd" and not x.claimed), None)
            if dt is not None and dt.text == name and dd is not None:
                dt.claimed = True
                return dd
        return None

    def facts(self, name: str, *tokens: object) -> None:
        self.same(self.fact(name), name, *tokens)

    def first(self, tag: str, **attrs: str) -> Node | None:
        """The first of these that nobody claimed."""
        return next((x for x in self.main.all(tag, **attrs) if not x.claimed), None)

    def bar(self, cell: Node | None, what: str, shares: Sequence[float]) -> None:
        """The widths of the rectangles of a bar but its bed, to a tenth."""
        some = [x for x in cell.all("rect") if not x.has(cls="bed")] if cell is not None else []
        wide = [float(x.attrs["width"]) for x in some]
        self.numbers += len(shares)
        if len(wide) != len(shares) or any(abs(a - b) > 0.0501 for a, b in zip(wide, shares, strict=False)):
            self.tell(f"{what}: bars {wide}, by the logs {[round(x, 1) for x in shares]}")

    def known(self, words: set[str]) -> None:
        """What may be chosen in a form: every choice with a digit in it has to be one of these."""
        words = {" ".join(one.split()) for one in words}
        for one in self.main.all("option"):
            if DIGITS.search(one.text) and " ".join(one.text.split()) not in words:
                self.tell(f"a choice that the logs do not have: {one.text!r}")
            self.numbers += len(DIGITS.findall(one.text))
            one.claimed = True

    def rest(self) -> None:
        """What nobody compared must not have a digit."""
        for text in self.main.rest():
            if DIGITS.search(text):
                self.tell(f"a number nobody recounts: {' '.join(text.split())[:120]!r}")


def body(table: Node) -> list[Node]:
    """The rows but the heads."""
    return [row for part in table.all("tbody") for row in part.all("tr")]


def _bounded(word: str) -> str:
    """A number is not a piece of another one."""
    before = r"(?<![0-9])(?<![0-9][.,])" if word[:1].isdigit() else ""
    after = r"(?![0-9])(?![.,][0-9])" if word[-1:].isdigit() else ""
    return before + re.escape(word) + after
