"""Column maps against the column rules of those who take them, and against files that are none."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldkit.core.tables import COLUMNS, TABLES, Signatures, Table, table
from fieldkit.errors import NotPossible, WrongUsage
from fieldkit.formats.columns import CLOSED, LIMIT, SHIPPED, mapped, parse, sample
from fieldkit.formats.export import render
from tests.core.logbook import HOSTILE, meeting
from tests.house.tree import ROOT as TREE

GOLDEN = Path(__file__).parent / "golden"
SIGNED = Signatures(verified=True)
HEAD = ("person_id", "attendance_status", "completed", "training_date", "check_in", "minutes_present", "name")


def made(name: str, as_: str = "csv", sep: str = ",") -> bytes:
    log = meeting()
    return render(log.session, log.plan, SIGNED, "attendance", as_, sep, columns=parse(sample(name), name))


def one(text: str, *cells: str) -> list[tuple[str, ...]]:
    """A map of these lines over one row of HEAD."""
    return mapped(Table("attendance", HEAD, [cells or ("",) * len(HEAD)]), parse(text.encode(), "x.toml")).rows


def column(**keys: str) -> str:
    return "[[column]]\nname = 'a'\n" + "\n".join(f"{key.rstrip('_')} = {value}" for key, value in keys.items())


# ---- the receivers' own rules --------------------------------------------------------------------------------


class Moodle:
    """Upload of attendance in mod_attendance, as its `import/marksessions.php` and confirm form read a file.

    The CSV reader of Moodle core takes off a byte-order mark and refuses fewer than two columns, and rows of another
    length than the header. The form chooses the user field by the header (`userid`, `username`, `idnumber`, `email`, in
    this order); a column `status` wins over `scantime`. Users are found without regard to case; one that is unknown or
    stands there twice is a problem of that row; an acronym must be one of the status set, to the letter.
    """

    def __init__(self, users: list[str], acronyms: str = "PLEA") -> None:
        self.users, self.acronyms = {user.lower() for user in users}, set(acronyms)
        self.taken: dict[str, str] = {}
        self.problems: list[str] = []

    def upload(self, raw: bytes, delimiter: str = ",") -> None:
        text = raw.decode("utf-8").removeprefix("\ufeff").replace("\r\n", "\n")
        head, *rows = csv.reader(io.StringIO(text), delimiter=delimiter)
        assert len(head) > 1, "csvfewcolumns"
        assert all(len(row) == len(head) for row in rows), "csvweirdcolumns"
        field = next(name for name in ("userid", "username", "idnumber", "email") if name in head)
        assert "status" in head, "the form would ask for the status column"
        for row in rows:
            user, status = row[head.index(field)].lower(), row[head.index("status")]
            if user not in self.users:
                self.problems.append(f"error:usernotfound {user}")
            elif user in self.taken:
                self.problems.append(f"error:userduplicate {user}")
            elif status not in self.acronyms:
                self.problems.append(f"error:statusnotfound {status}")
            else:
                self.taken[user] = status
            scanned = row[head.index("scantime")]
            assert not scanned or datetime.fromisoformat(scanned).tzinfo is not None, "error:timenotreadable"


@pytest.mark.parametrize("sep", [",", ";", "tab"])
def test_moodle_takes_everybody_it_knows_with_the_status_of_the_sheet(sep: str) -> None:
    """Badges are found whatever their case; walk-ins without a badge are named as unknown, and stop nobody."""
    moodle = Moodle(["e1", "e9"])
    moodle.upload(made("moodle", sep=sep), "\t" if sep == "tab" else sep)
    assert moodle.taken == {"e1": "P", "e9": "A"}
    assert moodle.problems == [f"error:usernotfound {p}" for p in "bcdef"]
    moodle = Moodle(["E1", "E9", *"bcdef"])
    moodle.upload(made("moodle"))
    assert moodle.taken == {"e1": "P", "e9": "A", "b": "L", "c": "L", "d": "P", "e": "P", "f": "P"}
    assert not moodle.problems


RULES = {
    "person_id": r".{1,255}",
    "course_code": r"\S.{0,99}",
    "completion_date": r"\d{4}-\d\d-\d\d",
    "status": r"Completed|Not completed|In progress",
    "score": r"(?:100|\d{1,2})?(?:\.\d{1,2})?",
    "hours": r"\d{1,3}\.\d\d",
    "instructor": r"[^\r\n]{0,255}",
    "location": r"[^\r\n]{0,255}",
    "comments": r"[^\r\n]{0,500}",
}
"""What importers of completions ask of each column, the narrowest of several: a key, an ISO day, words of a list, bare
numbers with a point, texts of one line with a longest length."""


def test_completions_hold_the_rules_of_every_column() -> None:
    """One row a person who came, each once."""
    rows = list(csv.DictReader(io.StringIO(made("generic-completion").decode("utf-8-sig"), newline="")))
    assert list(rows[0]) == list(RULES)
    for row in rows:
        for name, rule in RULES.items():
            assert re.fullmatch(rule, row[name]), (name, row[name])
    assert len({row["person_id"] for row in rows}) == len(rows) == 6
    assert rows[0] | {"comments": ""} == {
        **{"person_id": "E1", "course_code": "LOTO-R", "completion_date": "2026-11-22", "status": "Completed"},
        **{"score": "100", "hours": "0.50", "instructor": "Sam Ortiz", "location": "Plant 4", "comments": ""},
    }


@pytest.mark.parametrize("name", SHIPPED)
def test_the_bytes_of_each_map_are_golden(name: str) -> None:
    assert made(name) == (GOLDEN / f"{name}.csv").read_bytes()


def test_a_mapped_workbook_keeps_the_kinds_of_what_was_not_rewritten() -> None:
    """Hours and scores are numbers, a moment that is passed on is one, what was rewritten is text."""
    sheet = openpyxl.load_workbook(io.BytesIO(made("generic-completion", "xlsx"))).active
    kinds = {head.value: cell.data_type for head, cell in zip(*sheet.iter_rows(min_row=1, max_row=2), strict=True)}
    assert (kinds["score"], kinds["hours"], kinds["completion_date"], kinds["status"]) == ("n", "n", "s", "s")
    sheet = openpyxl.load_workbook(io.BytesIO(made("moodle", "xlsx"))).active
    assert sheet["B2"].data_type == "d" and sheet.title == "Moodle attendance upload"


# ---- what a map can say --------------------------------------------------------------------------------------


def test_values_others_days_hours_and_fixed_texts() -> None:
    row = ("E1", "late", "yes", "2026-11-22", "2026-11-22T10:20+01:00", "95", "Ann [/] Lee")
    assert one(column(text="'ACME'"), *row) == [("ACME",)]
    assert one(column(from_="'training_date'", as_="'%m/%d/%Y'"), *row) == [("11/22/2026",)]
    assert one(column(from_="'check_in'", as_="'%d.%m.%y %H:%M:%S'"), *row) == [("22.11.26 10:20:00",)]
    assert one(column(from_="'minutes_present'", as_="'hours'"), *row) == [("1.58",)]
    assert one(column(from_="'name'", most="3"), *row) == [("Ann",)]
    assert one(column(from_="'attendance_status'", values="{ absent = '0' }", other="'1'"), *row) == [("1",)]
    assert one(column(from_="'person_id'", values="{ E1 = 'X' }"), *row) == [("X",)]
    assert one(column(from_="'person_id'", values="{ E2 = 'X' }"), *row) == [("E1",)]


def test_rows_are_picked_by_their_values() -> None:
    for wanted, rows in (('["yes"]', 1), ('["no", ""]', 0)):
        assert len(one(f"[rows]\ncompleted = {wanted}\n" + column(text="'x'"), "E1", "late", "yes", *[""] * 4)) == rows


@pytest.mark.parametrize(
    ("minutes", "hours"),
    [("0", "0.00"), ("1", "0.02"), ("30", "0.50"), ("59", "0.98"), ("600", "10.00"), ("", ""), ("x", "")],
)
def test_hours_are_minutes_rounded_half_up(minutes: str, hours: str) -> None:
    assert one(column(from_="'minutes_present'", as_="'hours'"), *[""] * 5, minutes, "") == [(hours,)]


def test_a_map_brings_nothing_back_that_a_profile_leaves_out() -> None:
    log = meeting()
    with pytest.raises(NotPossible, match=r"generic-completion, line \d+: this table has no column"):
        render(
            log.session, log.plan, SIGNED, "attendance", profile="roster",
            columns=parse(sample("generic-completion"), "generic-completion"),
        )  # fmt: skip
    asked = parse(column(from_="'answer.poll'").encode(), "x.toml")
    with pytest.raises(NotPossible, match=r"x.toml, line 3: this table has no column answer.poll"):
        render(log.session, log.plan, SIGNED, "attendance", columns=asked)
    assert b"A word" in render(log.session, log.plan, SIGNED, "attendance", profile="full", columns=asked)


def test_hostile_names_stay_guarded_in_a_mapped_file() -> None:
    for name in HOSTILE:
        log = meeting()
        log.session.people["a"].name = name
        raw = render(log.session, log.plan, SIGNED, "attendance", columns=parse(column(from_="'name'").encode(), "x"))
        assert not re.search(r"^\"?[=+\-@＝]", raw.decode("utf-8-sig"), re.M)


# ---- files that are none -------------------------------------------------------------------------------------

BASE = 'title = "t"\ntable = "attendance"\n\n'


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("", 1, "a map has columns"),
        ("title = ", 1, "not TOML"),
        ("a = 1\na = 2\n", 2, "not TOML"),
        (BASE + "[[column]\n", 4, "not TOML"),
        ("x = '''\n\n", 2, "not TOML"),
        ("x = " + "[" * 5000, 0, "nested too deeply"),
        ("x = " + "9" * 5000, 0, "not TOML"),
        (BASE + "colour = 'red'\n" + column(text="''"), 4, "no 'colour'"),
        ('table = "people"\n' + column(text="''"), 1, "no such table"),
        (BASE + "column = 3", 4, "a map has columns"),
        (BASE + "column = []", 4, "a map has columns"),
        (BASE + "[[column]]\nfrom = 'name'", 4, "a text of at most"),
        (BASE + "[[column]]\nname = ''\nfrom = 'name'", 5, "has a name"),
        (BASE + "[[column]]\nname = 'a'", 4, "either from or text"),
        (BASE + column(from_="'name'", text="'x'"), 4, "either from or text"),
        (BASE + column(text="'x'", most="3"), 6, "nothing but a name"),
        (BASE + column(from_="'nme'"), 6, "no column 'nme'"),
        (BASE + column(from_="3"), 6, "a text of at most"),
        (BASE + column(from_="'name'", valeus="{}"), 7, "no 'valeus'"),
        (BASE + column(from_="'attendance_status'", values="{ present = 'P' }"), 7, "nothing for 'late'"),
        (BASE + column(from_="'completed'", values="{ yes = '1', no = '0' }"), 7, "nothing for ''"),
        (BASE + column(from_="'name'", values="3"), 7, "a list like"),
        (BASE + column(from_="'name'", values="{ a = 3 }"), 7, "a list like"),
        (BASE + column(from_="'name'", as_="'%Y'"), 7, "no day and no time"),
        (BASE + column(from_="'name'", as_="'hours'"), 7, "no number of minutes"),
        (BASE + column(from_="'training_date'", as_="'%A'"), 7, 'as is "hours"'),
        (BASE + column(from_="'training_date'", as_="'%Y' # %n"), 0, ""),
        (BASE + column(from_="'training_date'", as_=repr("%Y" * 500)), 7, 'as is "hours"'),
        (BASE + column(from_="'name'", most="-1"), 7, "a number of characters"),
        (BASE + column(from_="'name'", most="true"), 7, "a number of characters"),
        (BASE + column(text="'x'") + "\n" + column(text="'y'"), 8, "there twice"),
        (BASE + "[rows]\nname = 'Ann'\n" + column(text="''"), 5, "a list of values"),
        (BASE + "[rows]\nnmae = ['Ann']\n" + column(text="''"), 5, "no column 'nmae'"),
        (BASE + "rows = 3\n" + column(text="''"), 4, "[rows]"),
        (BASE + '[[column]]\nname = "\\u001b[2J"\ntext = ""', 5, "a text of at most"),
        (BASE + '[[column]]\nname = "' + "x" * 300 + '"\ntext = ""', 5, "a text of at most"),
        (BASE + "".join(f"[[column]]\nname = 'c{n}'\ntext = ''\n" for n in range(201)), 604, "at most 200"),
    ],
)
def test_a_bad_map_is_refused_with_its_line_and_the_reason(text: str, line: int, why: str) -> None:
    if not why:
        assert parse(text.encode(), "ours.toml")
        return
    with pytest.raises(WrongUsage) as no:
        parse(text.encode(), "ours.toml")
    where = f", line {line}" if line else ""  # of these two the parser itself does not say where
    assert no.value.sentence.startswith(f"ours.toml{where}: "), no.value.sentence
    assert why in no.value.sentence and no.value.hint
    assert "\x1b" not in no.value.sentence and len(no.value.sentence) < 300


@pytest.mark.parametrize(
    ("raw", "part"),
    [(b"a = 1\nb = '\xff'", "line 2: it is not UTF-8"), (b"#" * (LIMIT + 1), "too large"), (b"\x00" * 9, "not TOML")],
)
def test_bytes_that_are_no_text_are_refused(raw: bytes, part: str) -> None:
    with pytest.raises(WrongUsage, match=part):
        parse(raw, "ours.toml")


@given(st.text() | st.text("[]{}='\"#\n.abcolumn0 "))
@settings(max_examples=200, deadline=None)
def test_any_text_is_a_map_or_is_refused(text: str) -> None:
    """Never a traceback."""
    try:
        parse(text.encode("utf-8", "replace"), "x")
    except WrongUsage as no:
        assert no.sentence.startswith("x")


def test_what_is_closed_is_what_the_tables_say() -> None:
    """Lists here and columns there are the same."""
    assert set(CLOSED) <= set(COLUMNS["attendance"]) and set(COLUMNS) == set(TABLES)
    log = meeting()
    made = table("attendance", log.session, log.plan, SIGNED)
    rows = [dict(zip(made.columns, row, strict=True)) for row in made.rows]
    assert all(row[name] in values for row in rows for name, values in CLOSED.items())


def test_each_map_and_every_key_is_in_the_document() -> None:
    text = (TREE / "docs/tables.md").read_text("utf-8")
    assert all(f"`{name}`" in text for name in (*SHIPPED, "from", "text", "values", "other", "as", "most", "[rows]"))
