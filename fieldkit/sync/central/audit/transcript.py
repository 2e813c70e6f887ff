"""One person's transcript: a row a session as the attendance sheet has it, with what it rests on; CSV and a page."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from typing import Any

import jinja2

from fieldkit.core.clean import plain_cell
from fieldkit.core.program import Program, say
from fieldkit.core.standing import Standing
from fieldkit.core.tables import COLUMNS as TABLES
from fieldkit.core.tables import Table
from fieldkit.core.tables.programs import due_table
from fieldkit.core.taught import Who
from fieldkit.formats import csv
from fieldkit.sync.central.front.terms import RESULT, SIGNED, STATUS
from fieldkit.words import Words

COLUMNS = (*TABLES["attendance"], "corrections", "plan_sha256", "log_size", "log_root", "evidence")
"""Those of attendance; how many corrections hold; the plan, the log as it was signed, and `<folder>#<indexes>`, one a
log, of the records that the row rests on."""
STATES = ("ready", "due", "gap")
LANGUAGES = ("en", "es", "fr", "de", "pt")
SAID = tuple(filter(None, (*STATUS.values(), *RESULT.values(), *SIGNED.values())))
"""Words of codes that stand in a transcript."""
Row = dict[str, str]


def in_order(rows: Sequence[Row]) -> list[Row]:
    """By the day, then by session."""
    return sorted(rows, key=lambda row: (row.get("session_end", ""), row.get("session_start", ""), row["session_id"]))


def as_csv(rows: Sequence[Row]) -> bytes:
    """The transcript as a table."""
    return csv.write(Table("transcript", COLUMNS, [tuple(row.get(c, "") for c in COLUMNS) for row in in_order(rows)]))


def standing_csv(standings: Sequence[tuple[Program, Standing]], day: Any) -> bytes:
    """Where somebody stands in each program, a row each, in the columns of `central due`."""
    made = [due_table(program, [one], day, everybody=True) for program, one in standings]
    return csv.write(Table("programs", made[0].columns, [row for one in made for row in one.rows]))


def as_page(
    who: Who,
    rows: Sequence[Row],
    standings: Sequence[tuple[Program, Standing]],
    day: Any,
    org: str,
    at: str,
    words: Words,
) -> bytes:
    """The transcript to print. `at`: the day, as it is shown."""
    shown = [_shown(row, words) for row in in_order(rows)]
    name = next((row["name"] for row in reversed(shown) if row.get("name")), "")
    due = [(p, dict(zip(t.columns, row, strict=True))) for p, one in standings
           for t in [due_table(p, [one], day, everybody=True)] for row in t.rows]  # fmt: skip
    told = [
        {
            **one,
            "title": say(p.title, words.lang),
            "state": _state(one["state"], words),
            "owes": one["owes"] if one["state"] != "ready" else "",  # else it is what comes after the end of this one
        }
        for p, one in due
    ]
    page = _template().render(
        words=words, say=words.say, badge=plain_cell(who[0]), issuer=plain_cell(who[1]), name=name, org=org, at=at,
        standings=told, rows=shown,
    )  # fmt: skip
    return page.encode("utf-8", "replace")


def _state(state: str, words: Words) -> str:
    if state == "ready":
        return words.say("ready")
    return words.say("due soon" if state == "due" else "gap")


def _shown(row: Row, words: Words) -> Row:
    signed = row.get("signature_status", "").split("+")
    done = row.get("completed", "")
    return {
        **{column: plain_cell(value) for column, value in row.items()},
        "status_words": words.say(STATUS[row["attendance_status"]]) if row.get("attendance_status") in STATUS else "",
        "result_words": words.say(RESULT[row["result"]]) if row.get("result") else "",
        "completed_words": (words.say("yes") if done == "yes" else words.say("no")) if done else "",
        "signed_words": ", ".join(words.say(SIGNED[one]) for one in signed if one in SIGNED),
    }


def _template() -> jinja2.Template:
    text = (resources.files(__package__) / "transcript.html").read_text("utf-8")
    env = jinja2.Environment(autoescape=True, undefined=jinja2.ChainableUndefined, trim_blocks=True)
    return env.from_string(text)
