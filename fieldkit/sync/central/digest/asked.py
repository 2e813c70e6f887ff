"""One question about people, by name, behind a key: what `people` asks, put together for both databases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fieldkit.sync.central.digest.words import find_key, place_key

if TYPE_CHECKING:
    from fieldkit.sync.central.tx import Tx

Key = tuple[str, str, str]
"""After whom a page begins: (name as it is sorted, badge, issuer)."""
WAYS = 60
"""Sites that are looked at one by one; of each there are a few parts of one statement, which may have 500."""


class Ask:
    """Every way, which an index leads to, gives its first rows; they are merged."""

    def __init__(self, after: Key | None, most: int) -> None:
        self.values: list[Any] = []
        self._behind = f"(find, badge, issuer) > ({', '.join(map(self.mark, after))})" if after is not None else ""
        self._most = int(most)

    def mark(self, value: Any) -> str:
        self.values.append(value)
        return f"?{len(self.values)}"

    def at(self, sites: Sequence[str]) -> list[str]:
        """To each of these sites a way of its own, or one to so many."""
        keys = [self.mark(key) for key in sorted({place_key(one) for one in sites})]
        return [f"site_key = {key}" for key in keys] if len(keys) <= WAYS else [f"site_key IN ({', '.join(keys)})"]

    async def rows(
        self, tx: Tx, shown: str, table: str, base: list[str], ways: list[str], text: str
    ) -> list[Sequence[Any]]:
        where = [*base, *([self._behind] if self._behind else [])]
        if text.strip():
            ways = [f"{way} AND {begins}" for way in ways for begins in self._begins(text)]
        if not ways:
            return []
        # A text may be the beginning of a name and of a badge: of each kind of way somebody is once in `found`.
        each = [
            f"SELECT * FROM (SELECT {shown} FROM {table} WHERE {' AND '.join([*where, way])}"
            f" ORDER BY find, badge, issuer LIMIT {self._most}) AS way{n}"
            for n, way in enumerate(ways)
        ]
        rows = await tx.rows(" UNION ALL ".join(each), *self.values)
        names = [one.strip() for one in shown.split(",")]
        key = [names.index(one) for one in ("find", "badge", "issuer")]
        found = {tuple(row[k] for k in key): row for row in rows}
        return [found[one] for one in sorted(found)][: self._most]

    def _begins(self, text: str) -> list[str]:
        """What a name or a badge that begins like this has; the end of the range is the first text behind all of
        them, by its bytes in UTF-8."""
        found = [("find", find_key(text)), ("badge", text.strip().upper())]
        return [
            f"({column} >= {self.mark(one)} AND {column} < {self.mark(one + chr(0x10FFFF))})"
            for column, one in found
            if one
        ]
