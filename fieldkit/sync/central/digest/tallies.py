"""What `tally` counts: rows of `standing` by whatever a page asks of them, so that no page counts people one by one.

    crew     word site, crew crew, state      how many stand how
    cohort   word cohort, state               the same
    need                                      how many need it by the words of their rosters
    done     word cohort, crew part           how many have done a part
    owes     word cohort, crew part           how many miss something of a session of a part that they were in, or were
                                              expected at
    lack     word cohort, crew part, state segment and its title; empty: all of the session

Each by program or task and by site. Whoever writes or deletes rows of `standing` changes the tally with them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from fieldkit.core.standing import Standing
from fieldkit.sync.central.rows import KEY
from fieldkit.sync.central.tx_marks import marks

if TYPE_CHECKING:
    from fieldkit.sync.central.tx_marks import MarkTx

CREW, COHORT, NEED, DONE, OWES, LACK = "crew", "cohort", "need", "done", "owes", "lack"
WORD = 80
"""Characters of a segment's id and of its title, which stand in a key beside a cohort."""
ADD = (
    f"INSERT INTO tally (program, dim, site_key, word, crew, state, n) VALUES ({marks(7)})"
    " ON CONFLICT (program, dim, site_key, word, crew, state) DO UPDATE SET n = tally.n + excluded.n"
)
NONE = (
    "DELETE FROM tally WHERE program = ?1 AND dim = ?2 AND site_key = ?3 AND word = ?4 AND crew = ?5 AND state = ?6"
    " AND n = 0"
)
"""By its key: a tally of many sites is never read whole for a few people."""
COLUMNS = "program, site_key, site, crew, cohort, needed, state, said"
"""Of `standing`: what is counted."""
Row = Sequence[object]
"""`COLUMNS`."""
Key = tuple[object, ...]
"""A row of `tally` without its number."""
_decode = msgspec.json.Decoder(Standing).decode


def counted(row: Row) -> list[Key]:
    """What a row of `standing` counts for."""
    program, site_key, site, crew, cohort, needed, state, said = row
    found: list[Key] = [
        (program, CREW, site_key, site, crew, state),
        (program, COHORT, site_key, cohort, "", state),
    ]
    if needed:
        found.append((program, NEED, site_key, "", "", ""))
    one = _decode(said)  # type: ignore[arg-type]
    found += [(program, DONE, site_key, cohort, part[:KEY], "") for part in {done.part for done in one.done}]
    for debt in one.owes:
        if debt.of:
            found.append((program, OWES, site_key, cohort, debt.part[:KEY], ""))
            some = _lacked(debt.segments, debt.titles)
            found += [(program, LACK, site_key, cohort, debt.part[:KEY], segment) for segment in some]
    return found


def _lacked(segments: Sequence[str], titles: Sequence[str]) -> list[str]:
    pairs = zip(segments, titles, strict=True)
    return [msgspec.json.encode([id[:WORD], title[:WORD]]).decode() for id, title in pairs] or [""]


def segment_of(lacked: str) -> tuple[str, str]:
    """The segment and its title, as `counted` writes them."""
    id, title = msgspec.json.decode(lacked, type=tuple[str, str])
    return id, title


async def change(tx: MarkTx, gone: Iterable[Row], new: Iterable[Row]) -> None:
    """Count the new rows, and no more those that are gone."""
    change: Counter[Key] = Counter()
    for row in new:
        change.update(counted(row))
    for row in gone:
        change.subtract(counted(row))
    await tx.put_rows(ADD, [(*key, n) for key, n in sorted(change.items(), key=repr) if n])
    await tx.put_rows(NONE, [key for key, n in sorted(change.items(), key=repr) if n < 0])
