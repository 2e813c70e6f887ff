"""One door from a fold to a file: what (which table) × as (which format) → bytes. Laptop and head office both use it.

Formats that are heavy to import are loaded here, when they are asked for, so that `fieldkit export` stays quick.
"""

from __future__ import annotations

from fieldkit.core.plan import Plan
from fieldkit.core.session import Session
from fieldkit.core.tables import TABLES, Signatures, table
from fieldkit.core.tables.places import PLACES, by_place
from fieldkit.errors import NotPossible, WrongUsage
from fieldkit.formats import csv, json
from fieldkit.log.policy import unlocked

WHATS = (*TABLES, "all")
FORMATS = ("csv", "json", "xlsx", "pdf", "xapi")
LATER_FORMATS = {"xlsx": "XLSX", "pdf": "PDF", "xapi": "xAPI"}


def writable() -> tuple[str, ...]:
    """The formats that this release can write, the plainest first."""
    return tuple(one for one in FORMATS if one not in LATER_FORMATS)


def check(what: str, as_: str, by: str = "") -> None:
    """Refuse what cannot be made: WrongUsage for an unknown word, NotPossible for one that a later release brings."""
    if what not in WHATS:
        raise WrongUsage(f"There is no table {what[:40]!r}.", f"--what is one of: {', '.join(WHATS)}.")
    if as_ not in FORMATS:
        raise WrongUsage(f"There is no format {as_[:40]!r}.", f"--as is one of: {', '.join(FORMATS)}.")
    if what == "all" and as_ == "csv":
        raise WrongUsage("A CSV file holds one table.", "Use --as json for all of them, or --what with one table.")
    if by not in ("", "place"):
        raise WrongUsage(f"A table cannot be split by {by[:40]!r}.", "--by takes place.")
    if by and what not in PLACES:
        raise WrongUsage(f"{what} is not split by place.", f"With --by place, --what is one of: {', '.join(PLACES)}.")
    later = LATER_FORMATS.get(as_)
    if later is not None:
        raise NotPossible(
            f"This release cannot export {later} yet.", f"Use --as csv or json, and --what {', '.join(TABLES)}."
        )


def render(
    session: Session,
    plan: Plan,
    signatures: Signatures,
    what: str,
    as_: str = "csv",
    sep: str = ",",
    as_of: int | None = None,
    by: str = "",
) -> bytes:
    """The bytes of one table: a pure function of its arguments, the same wherever it runs.

    `by` "place" splits the table.
    `as_of` is m in ms (default: the last record). Raises as `check` and `unlocked` do.
    """
    check(what, as_, by)
    unlocked((session.info.policy.locked if session.info is not None else None) or [], what)
    if what == "all":
        return json.write_all([table(name, session, plan, signatures, as_of) for name in TABLES])
    made = (by_place if by else table)(what, session, plan, signatures, as_of)
    return json.write(made) if as_ == "json" else csv.write(made, sep)
