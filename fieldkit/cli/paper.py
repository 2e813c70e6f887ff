"""`fieldkit paper`: sign-in and answer sheets for a pack or a session, and entering what was written on them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from fieldkit.cli import talk
from fieldkit.cli.card import SizeOpt, paper_size, spoken, told
from fieldkit.cli.options import DataOpt, DebugOpt, JsonOpt, QuietOpt, home
from fieldkit.errors import FieldkitError, WrongUsage

if TYPE_CHECKING:
    from fieldkit.core.plan import Plan
    from fieldkit.core.session import Session
    from fieldkit.formats.paper import Person
    from fieldkit.formats.sheet import Row

MOST_SHEETS = 500


class Status(msgspec.Struct):
    session: str


class Answer(msgspec.Struct):
    """What an order is answered with (docs/wire.md)."""

    result: str
    reason: str = ""
    words: str = ""
    detail: str = ""
    p: str = ""

    @property
    def done(self) -> bool:
        return self.result in ("accepted", "already")


class Told(msgspec.Struct):
    """What became of one row of the file: a sentence each, and how many were refused."""

    line: int
    badge: str
    name: str
    said: list[str]
    refused: int


class Printed(msgspec.Struct):
    """What the sheets are made from."""

    plan: Plan
    title: str = ""
    site: str = ""
    trainer: str = ""
    people: Sequence[Person] = ()


def paper(
    what: Annotated[str | None, typer.Argument(metavar="[PACK|SESSION]", help="Else the running session.")] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="FILE", help="`-` is standard output.")] = None,
    roster: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="Names to print.")] = None,
    blank: Annotated[int, typer.Option(help="Empty rows on the sign-in sheet.")] = 8,
    sheets: Annotated[int, typer.Option(help="Answer sheets without a name.")] = 1,
    lang: Annotated[list[str] | None, typer.Option("--lang", metavar="LANG", help="One or two languages.")] = None,
    size: SizeOpt = "A4",
    enter: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Enter filled-in sheets: badge,name,in,ACTIVITY…")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="FILE.csv", help="The table to type the sheets into: header, names.")
    ] = None,
    data: DataOpt = None,
    json: JsonOpt = False,
    quiet: QuietOpt = False,
    debug: DebugOpt = False,
) -> int | None:
    """Print a sign-in sheet and an answer sheet a person, or enter what was written on them.

    Letters and order are those of the phones; there is never a key on paper. Entering goes through the running
    session, says per row what was taken, and adds nothing twice when it is done again.

    Example: fieldkit paper loto-basics --roster crew.csv --lang en --lang es -o sheet.html
    """
    folder = home(data)
    if enter is not None:
        if what is not None or out is not None or csv is not None:
            raise WrongUsage("--enter enters sheets and prints none.", "Leave out the pack, --out and --csv.")
        return entered(folder, enter, json)
    if out is None and csv is None:
        raise WrongUsage("Where shall the sheets go?", "Add -o sheet.html, or -o - for standard output.")
    if not (0 <= blank <= MOST_SHEETS and 0 <= sheets <= MOST_SHEETS):
        raise WrongUsage(f"--blank and --sheets take 0 to {MOST_SHEETS}.", "Print more of them on the printer.")
    made = printed(folder, what, roster)
    langs = spoken(lang, made.plan.langs)
    if csv is not None:
        tabled(made, csv, alone=out is None)
    if out is not None:
        talk.out(out, sheets_of(made, langs, blank, sheets, size))
        told(out, json)
    return None


# ---- what to print ---------------------------------------------------------------------------------------------------


def printed(folder: Path, what: str | None, roster: Path | None) -> Printed:
    """From a pack (an id, a folder, a .fkpack) or a session (its number, `last`…); else the running session.

    Raises FieldkitError when there is neither.
    """
    from fieldkit.errors import NotPossible

    if what is None:
        made = of_session(folder, running(folder))
    else:
        try:
            made = of_session(folder, what)
        except NotPossible:
            made = of_pack(folder, what)
    return msgspec.structs.replace(made, people=listed(roster)) if roster is not None else made


def tabled(made: Printed, csv: Path, *, alone: bool) -> None:
    """The table to type the sheets into; `alone`: nothing is printed beside it, so it says what to do next."""
    from fieldkit.formats.sheet import blank as table

    talk.out(csv, table(made.plan, made.people))
    if alone:
        typing = "Type the sheets in, with an x under `in` for who was there"
        talk.say(f"Written: {csv}. {typing}; then: fieldkit paper --enter {csv}")


def sheets_of(made: Printed, langs: list[str], blank: int, answers: int, size: str) -> bytes:
    """The page to print: a sign-in sheet with `blank` empty rows, a sheet a person, `answers` sheets without a name."""
    from fieldkit.formats.paper import paper as make

    return make(
        made.plan,
        made.people,
        langs,
        title=made.title,
        site=made.site,
        trainer=made.trainer,
        blank=blank,
        answers=answers,
        size=paper_size(size),
    )


def running(folder: Path) -> str:
    from fieldkit.cli.wire import call

    _, found = call(folder, "GET", "/v1/status", Status)
    origin: str = found.session
    return origin


def session_of(folder: Path, which: str) -> Session:
    from fieldkit.cli.options import found
    from fieldkit.log.read import SessionFile

    _, ref = found(folder, which)
    with SessionFile.open(ref.path) as file:
        return file.session()


def of_session(folder: Path, which: str) -> Printed:
    from fieldkit.core.walkin import badged, code_of
    from fieldkit.formats.paper import Person

    s = session_of(folder, which)
    people = []
    for x in s.people.values():
        if not x.gone and x.name:  # with a walk-in's code their sheet is theirs when it is entered, not a new person's
            entries = s.entries(x.p)
            people.append(Person(x.name, badged(entries)[0] or code_of(entries), x.fields.get("employer", "")))
    title = s.info.title if s.info is not None else ""
    return Printed(s.plan, title, s.info.site if s.info is not None else "", s.trainer, people)


def of_pack(folder: Path, what: str) -> Printed:
    import os

    from fieldkit.cli.compiled import compile_for
    from fieldkit.cli.options import open_station
    from fieldkit.config import load

    settings = load(folder, os.environ)
    plan = compile_for(open_station(folder), what, settings.site).plan
    return Printed(plan, site=settings.site, trainer=settings.facilitator)


def listed(roster: Path) -> list[Person]:
    from fieldkit.core.folds.people import full_name
    from fieldkit.formats.paper import Person
    from fieldkit.roster import read_roster

    found = read_roster(roster)
    for warning in found.warnings:
        talk.warn(warning)
    rows = (row.fields for row in found.rows)
    return [Person(x.get("name", "") or full_name(x), x.get("badge", ""), x.get("employer", "")) for x in rows]


# ---- what was written on it ------------------------------------------------------------------------------------------


def entered(folder: Path, file: Path, json: bool) -> int:
    """Row by row through the running session; 1 when something was refused. The rest goes on."""
    from fieldkit.formats.sheet import MOST_BYTES, read

    origin = running(folder)
    session = session_of(folder, origin)
    rows = read(talk.read(file, MOST_BYTES, "a sheet of paper"), session.plan)
    if not rows:
        raise WrongUsage("The file has a header and no rows.", "One row a person.")
    known = {row.badge for row in rows if row.badge and session.person(row.badge) is not None}
    told_rows: list[Told] = []
    for k, row in enumerate(rows):
        other = whose(session, rows[:k], row)
        taken = not_theirs(row, other) if other else one(folder, origin, row, twin(rows, k), row.badge in known)
        told_rows.append(taken)
    if json:
        talk.emit({"rows": [msgspec.structs.asdict(row) for row in told_rows]})
    else:
        for told_row in told_rows:
            talk.data(f"{told_row.line}  {told_row.badge or told_row.name}: {'; '.join(told_row.said)}")
    refused = sum(row.refused for row in told_rows)
    if refused:
        talk.warn(f"{refused} of what is on these sheets was not taken.", "Correct the file and enter it again.")
    return 1 if refused else 0


def twin(rows: Sequence[Row], k: int) -> str:
    """What tells a row from earlier ones with the same name and no badge: two people, not one twice."""
    row = rows[k]
    n = sum((x.badge, x.name) == (row.badge, row.name) for x in rows[:k]) if not row.badge else 0
    return str(n) if n else ""


def whose(session: Session, before: Sequence[Row], row: Row) -> str:
    """The name of somebody else who has this badge, in the session or in an earlier row; empty when it fits."""
    from fieldkit.formats.sheet import is_name_of

    who = session.person(row.badge) if row.badge else None
    entries = session.entries(who.p) if who is not None and not who.voided else []
    names = [x.name for x in entries if x.name] or [x.name for x in before if row.badge and x.badge == row.badge]
    return "" if not names or any(is_name_of(row.name, name) for name in names) else names[0]


def not_theirs(row: Row, other: str) -> Told:
    """The badge or the name is wrong, and which of them only the trainer can tell."""
    said = f"not entered: the badge is {other}'s. Correct the badge, or leave out the name if it is the same person"
    return Told(row.line, row.badge, row.name, [said], row.here + len(row.said))


def one(folder: Path, origin: str, row: Row, again: str, known: bool) -> Told:
    """One person's row: in, then every answer. `known`: the session knew the badge before."""
    said: list[str] = []
    refused, who = 0, row.badge
    if row.here:
        answer = order(folder, origin, "paper-in", [row.badge or "-", *([row.name] if row.name else [])], again)
        words = {"accepted": "in" if known else "in, a new person", "already": "in already"}.get(answer.result)
        if words is None and answer.reason != "already-in":
            refused, words = 1, f"not in: {answer.words}"
        said.append(words or "in already")
        if row.time and answer.done:
            said.append(f"{row.time} is not entered: paper counts from the start of the session")
        who = who or answer.p
    if not who:
        missing = len(row.said)
        said += ["without a badge or a sign-in nobody is known"] if missing else []
        refused += missing
    for cell in row.said if who else ():
        if cell.wrong:
            refused += 1
            said.append(f"{cell.activity}: {cell.wrong}")
            continue
        answer = order(folder, origin, "paper", [who, cell.activity, *cell.words])
        refused += not answer.done
        detail = f" ({answer.detail})" if answer.detail and answer.detail != cell.activity else ""
        how = {"accepted": "saved", "already": "saved already"}.get(answer.result, f"{answer.words}{detail}")
        said.append(f"{cell.activity}: {how}")
    return Told(row.line, row.badge, row.name, said, refused)


def order(folder: Path, origin: str, verb: str, words: list[str], again: str = "") -> Answer:
    """One order, with an id that follows from what it says: entered twice, it is saved once."""
    from fieldkit.cli.wire import call

    digest = hashlib.sha256(msgspec.json.encode([origin, verb, again, *words])).digest()[:16]
    id = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    try:
        _, found = call(
            folder, "POST", "/v1/orders", Answer, msgspec.json.encode({"verb": verb, "words": words, "id": id})
        )
    except FieldkitError as wrong:
        if wrong.exit_code != 2:  # the session has gone: so has everything after this row
            raise
        return Answer("refused", words=wrong.sentence)
    answer: Answer = found
    return answer


commands = {"paper": paper}
