"""One door from a fold to a file: what (which table) × as (which format) → bytes. Laptop and head office both use it.

Formats that are heavy to import are loaded here, when they are asked for, so that `fieldkit export` stays quick.
"""

from __future__ import annotations

from collections.abc import Callable

from fieldkit.core.alone import alone
from fieldkit.core.plan import Plan
from fieldkit.core.records import PROFILES
from fieldkit.core.session import Session
from fieldkit.core.tables import TABLES, Sheet, Signatures, Table, table
from fieldkit.core.tables.places import PLACES, by_place
from fieldkit.core.tables.profiles import holds
from fieldkit.errors import NotPossible, WrongUsage
from fieldkit.formats import csv, json, pdf
from fieldkit.formats.columns import ColumnMap, mapped
from fieldkit.formats.pdf import Printing
from fieldkit.log.policy import profiled, unlocked

WHATS = (*TABLES, "all")
FORMATS = ("csv", "json", "xlsx", "ics", "pdf", "xapi")
ONLY = {"ics": "due", "pdf": "attendance"}
"""Formats for one table only."""
STATED = ("attendance", "answers", "discussion", "checklists", "all")
"""What makes xAPI statements."""
MAPPED = ("csv", "json", "xlsx")
"""Formats for a table with other columns."""


def provable(what: str, as_: str, columns: ColumnMap | None = None) -> bool:
    """Whether people's receipts may lie beside it: of attendance, in a format out of which `fieldkit verify` can read
    whom they have to prove. Names on paper, in statements and under other columns it cannot read again."""
    return what == "attendance" and as_ in MAPPED and columns is None


def writable(what: str = "attendance") -> tuple[str, ...]:
    """The formats that this installation can write a table in for people and spreadsheets, the plainest first."""
    from fieldkit.formats.xlsx import there

    left_out = {"ics", "xapi", *(() if there() else ("xlsx",))}
    if what != ONLY["pdf"] or not pdf.there():
        left_out.add("pdf")
    return tuple(one for one in FORMATS if one not in left_out)


def check(what: str, as_: str, by: str = "", profile: str = "", columns: ColumnMap | None = None) -> None:
    """Refuse what cannot be made: WrongUsage for an unknown word, NotPossible where a library is not there."""
    if what not in WHATS:
        raise WrongUsage(f"There is no table {what[:40]!r}.", f"--what is one of: {', '.join(WHATS)}.")
    if as_ not in FORMATS:
        raise WrongUsage(f"There is no format {as_[:40]!r}.", f"--as is one of: {', '.join(FORMATS)}.")
    if what == "all" and as_ == "csv":
        raise WrongUsage("A CSV file holds one table.", "Use --as xlsx or json for all, or --what with one table.")
    if by not in ("", "place"):
        raise WrongUsage(f"A table cannot be split by {by[:40]!r}.", "--by takes place.")
    if by and what not in PLACES:
        raise WrongUsage(f"{what} is not split by place.", f"With --by place, --what is one of: {', '.join(PLACES)}.")
    if profile and profile not in PROFILES:
        raise WrongUsage(f"There is no profile {profile[:40]!r}.", f"--profile is one of: {', '.join(PROFILES)}.")
    if what != ONLY.get(as_, what):
        raise WrongUsage(f"--as {as_} holds the table {ONLY[as_]} only.", f"Add --what {ONLY[as_]}.")
    if as_ == "pdf" and by:
        raise WrongUsage("A sheet for paper is not split by place.", "Use --as csv, xlsx or json with --by place.")
    if as_ == "pdf" and not pdf.there():
        raise pdf.missing()
    if as_ == "xapi" and what not in STATED:
        raise WrongUsage(f"{what} makes no xAPI statements.", f"With --as xapi, --what is one of: {', '.join(STATED)}.")
    if columns is not None and as_ not in MAPPED:
        raise WrongUsage(f"A column map does not go with --as {as_}.", f"Use --as {' or '.join(MAPPED)}.")
    if columns is not None and what != columns.table:
        raise WrongUsage(
            f"{columns.file} is a map of the table {columns.table}, not of {what}.", f"Add --what {columns.table}."
        )


def allowed(session: Session, what: str, profile: str = "") -> str:
    """The profile in force for a table of this session, empty without one. Raises NotPossible for a table, or another
    profile, that the policy recorded in the session does not allow."""
    policy = session.info.policy if session.info is not None else None
    unlocked((policy.locked if policy is not None else None) or [], what)
    return profiled((policy.profile if policy is not None else None) or "", profile, what)


def render(
    session: Session,
    plan: Plan,
    signatures: Signatures,
    what: str,
    as_: str = "csv",
    sep: str = ",",
    as_of: int | None = None,
    by: str = "",
    profile: str = "",
    columns: ColumnMap | None = None,
    leaf: Callable[[int], str] = lambda i: "",
    note: bytes = b"",
    printing: Printing | None = None,
    people_of: str = "",
) -> bytes:
    """The bytes of one table: a pure function of its arguments, the same wherever it runs.

    `by` "place" splits the table. `profile` as in `fieldkit.core.tables.profiles`; the one that the session's policy
    locks holds without being asked for. `columns` renames and picks. `leaf`: index of a record → its hash in base64,
    for xAPI statements. `note`: the signed checkpoint that the session was folded from, for the QR code on paper;
    `printing`: how it is printed; `people_of`: whose people xAPI statements name, else those of the session's own
    organisation. `as_of` is m in ms (default: the last record). Raises as `check` and `allowed` do,
    and NotPossible for attendance of a log that nobody attends.
    """
    check(what, as_, by, profile, columns)
    profile = allowed(session, what, profile)
    if what == "attendance" and alone(session):
        raise NotPossible(
            "Nobody attends what is answered alone: this log holds answers and no attendance.",
            "Take the answers: --what answers, or --what results.",
        )
    if as_ == "xapi":
        from fieldkit.formats import xapi

        return xapi.write(Sheet(session, plan, signatures, as_of), leaf, what, profile, people_of=people_of)
    if as_ == "pdf":
        from fieldkit.formats.pdf import sheet

        how = printing or Printing()
        data, unwritten = sheet.write(Sheet(session, plan, signatures, as_of), note, how.lang, how.size, profile)
        how.unwritten = list(unwritten)
        return data
    if what == "all":
        every = [table(name, session, plan, signatures, as_of, profile) for name in TABLES if holds(profile, name)]
        return _workbook(every, session) if as_ == "xlsx" else json.write_all(every)
    made = (by_place if by else table)(what, session, plan, signatures, as_of, profile)
    if columns is not None:
        made = mapped(made, columns)
    if as_ == "xlsx":
        return _workbook([made], session)
    if as_ == "ics":
        from fieldkit.formats import ics

        return ics.write(made)
    return json.write(made) if as_ == "json" else csv.write(made, sep)


def _workbook(tables: list[Table], session: Session) -> bytes:
    """A workbook says that it was made when its session began, so that its bytes tell nothing of who wrote it when."""
    from fieldkit.formats import xlsx

    return xlsx.write(tables, session.opened_t)
