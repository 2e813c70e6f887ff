"""Certificates that were given, as a page: to whom, of what, until when, which were revoked and why.

Whether the training still carries a certificate is found out by `fieldkit central credential list`, which looks at all
training, and then stands as a finding with what needs a person; this page reads head office's own log and the findings.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import msgspec

from fieldkit.core.program import say
from fieldkit.sync.central import findings, programs
from fieldkit.sync.central.credentials import ERASED, EXPIRED, REVOKED, UNFOUNDED, VALID
from fieldkit.sync.central.credentials_said import Issued, issued
from fieldkit.sync.central.digest.words import place_key
from fieldkit.sync.central.front.pages import Filled, query
from fieldkit.sync.central.front.people_pages import person_at

if TYPE_CHECKING:
    from fieldkit.sync.central.front.rooms import Visit
    from fieldkit.sync.central.tx import Tx

A_PAGE = 50
STATES = ("", VALID, EXPIRED, REVOKED, UNFOUNDED, ERASED)


class Line(msgspec.Struct, frozen=True):
    """A certificate. `given`: ISO day, UTC; `title`: of the program; `at`: the page of the person, empty once they are
    erased; `ref`: address of the record that completed the program, empty where no session did."""

    one: Issued
    given: str
    title: str
    state: str
    at: str
    ref: str


class Found(msgspec.Struct, frozen=True):
    """All certificates, and those that fit what was `asked`, the newest first."""

    asked: dict[str, str]
    rows: list[Line]
    fit: list[Line]


async def found(v: Visit, tx: Tx, lang: str) -> Found:
    """What was given, titles of programs in a language. Raises DamagedData."""
    asked = query(v.query, "program", "state", "text")
    wrong = {one.other for one in await tx.findings(code=findings.UNFOUNDED)}
    titles = {one.id: say(one.title, lang) for one in programs.in_force(v.home)}
    every = sorted((await issued(tx, v.home)).values(), key=lambda one: (one.t, one.id), reverse=True)
    today = datetime.fromtimestamp(v.now, UTC).date()
    rows = [_line(one, titles, wrong, today) for one in every]
    return Found(asked, rows, [one for one in rows if _fits(one, asked)])


async def listing(v: Visit, tx: Tx) -> Filled:
    """The newest first, a page of them behind the number `after`."""
    every = await found(v, tx, v.words.lang)
    asked, rows, fit = every.asked, every.rows, every.fit
    after = v.query.get("after", "")
    start = next((k + 1 for k, one in enumerate(fit) if one.one.id == after), 0)
    shown = fit[start : start + A_PAGE]
    return {
        "rows": shown, "asked": asked, "states": STATES, "n": len(fit), "all": len(rows), "later": start > 0,
        "next": shown[-1].one.id if shown and start + A_PAGE < len(fit) else "",
        "programs": sorted({(one.one.program, one.title) for one in rows}),
    }  # fmt: skip


def _line(one: Issued, titles: dict[str, str], wrong: set[str], today: date) -> Line:
    given = datetime.fromtimestamp(one.t / 1000, UTC).date().isoformat()
    ref = f"/s/{one.ref.o}/record/{one.ref.i}" if one.ref.o else ""
    at = person_at(one.badge, one.issuer) if one.badge else ""
    return Line(one, given, titles.get(one.program, one.program), _state(one, wrong, today), at, ref)


def _state(one: Issued, wrong: set[str], today: date) -> str:
    if one.revoked is not None and one.revoked <= today:
        return REVOKED
    if not one.badge:
        return ERASED
    if one.id in wrong:
        return UNFOUNDED
    return EXPIRED if one.until is not None and one.until < today else VALID


def _fits(one: Line, asked: dict[str, str]) -> bool:
    text = place_key(asked["text"])
    told = (place_key(one.one.name), place_key(one.one.badge), one.one.id)
    return (
        (not asked["program"] or one.one.program == asked["program"])
        and (asked["state"] not in STATES[1:] or one.state == asked["state"])
        and (not text or any(word.startswith(text) for word in told))
    )
