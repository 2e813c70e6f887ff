"""Questions that trainers kept for the expert, as pages: which wait, which were answered, and a form to answer one.

Operators answer; auditors look at all of it, supervisors at their sites', trainers at those of sessions that they led.
Nobody's name stands beside a question: who asked is in its record, for whoever may read that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fieldkit.core.clean import clean_name, clean_text
from fieldkit.core.questions import MOST
from fieldkit.errors import FieldkitError, NotPossible
from fieldkit.sync.central.desk import device
from fieldkit.sync.central.digest import parked
from fieldkit.sync.central.digest.parked import Parked, Whom
from fieldkit.sync.central.front.accounts import FACILITATOR, OPERATOR, Account
from fieldkit.sync.central.front.book import Access
from fieldkit.sync.central.front.foreign import moment, zone_of
from fieldkit.sync.central.front.pages import Filled, number_of
from fieldkit.sync.central.front.render import address
from fieldkit.sync.central.questions import NobodyWaits, Question, answer, judged, told

if TYPE_CHECKING:
    from fieldkit.sync.central.front.rooms import Visit
    from fieldkit.sync.central.tx import Tx

A_PAGE = 30
FORM = 16 * 1024
"""Characters of an answer that is too long and is shown once more: no form is larger."""
NEWEST = 10
"""Answered ones below those that wait."""
ANSWERED, GONE, WORDS = "answered", "gone", "words"
"""What the page says after a form: it is written down; nobody waits for it any more; the words cannot be kept. Where it
is worth trying once more, what was typed stays in the form."""


def whom(account: Account) -> Whom:
    """Whose questions these eyes may see."""
    if account.sees_all:
        return parked.ALL
    return Whom(fac=account.key) if account.role == FACILITATOR else Whom(sites=account.sites)


async def waiting(v: Visit, tx: Tx) -> int:
    """How many wait, of those that this account sees."""
    return await parked.count(tx, whom(v.account))


async def listing(v: Visit, tx: Tx) -> Filled:
    """Those that wait, the oldest first, and the newest answers; `show=answered`: answers from a moment on."""
    eyes, old = whom(v.account), v.query.get("show") == ANSWERED
    after, n = _key(v.query.get("after", "")), await parked.count(tx, eyes)
    if old:
        rows = await parked.answered(tx, eyes, after, A_PAGE + 1)
        shown: list[Parked] = []
    else:
        rows = await parked.open_ones(tx, eyes, after, A_PAGE + 1)
        shown = await parked.answered(tx, eyes, None, NEWEST + 1) if after is None else []
    last = rows[A_PAGE - 1] if len(rows) > A_PAGE else None
    return {
        "n": n, "old": old, "later": after is not None, "open": [] if old else await told(tx, rows[:A_PAGE]),
        "done": await told(tx, rows[:A_PAGE] if old else shown[:NEWEST]), "more": len(shown) > NEWEST,
        "next": f"{last.said if old else last.t} {last.i} {last.origin}" if last is not None else "",
        "when": _when, "said": v.query.get("said", ""), "number_of": number_of,
    }  # fmt: skip


def _key(text: str) -> tuple[int, str, int] | None:
    """After whom a page begins; None for what is no such key."""
    t, _, rest = text.partition(" ")
    i, _, origin = rest.partition(" ")
    good = all(x.isascii() and x.isdigit() and len(x) < 17 for x in (t.removeprefix("-"), i)) and 0 < len(origin) < 400
    return (int(t), origin, int(i)) if good else None


def _when(one: Question) -> str:
    return moment(one.t, zone_of(one.tz))


async def one(v: Visit, tx: Tx) -> Filled | None:
    """One question with its answer, and the form for whoever may answer."""
    found = await _mine(v, tx)
    if found is None:
        return None
    wrong: tuple[str, str] = ("", "")
    if v.account.role == OPERATOR:
        try:
            device(v.home, v.home.trust(), v.now)
        except FieldkitError as no:
            wrong = v.words.told(no.sentence), v.words.told(no.hint)
    may = v.account.role == OPERATOR and bool(found.text) and not wrong[0]
    return {**_shown(found), "said": v.query.get("said", ""), "wrong": wrong, "may": may}


def _shown(found: Question) -> Filled:
    return {
        "one": found, "when": _when, "most": MOST, "number_of": number_of, "said": "", "wrong": ("", ""), "may": False,
        "typed": {"text": "", "name": "", "close": ""},
    }  # fmt: skip


def _again(v: Visit, found: Question, status: int, **said: object) -> Filled:
    """The page with what was typed, which is nowhere else. Nothing is read for it: the database may be away."""
    text, name = clean_text(v.form.get("text", ""), FORM), clean_name(v.form.get("name", ""))
    typed = {"text": text, "name": name, "close": v.form.get("close", "")}
    return {**_shown(found), "may": bool(found.text), "typed": typed, **said, "status": status}


async def _mine(v: Visit, tx: Tx) -> Question | None:
    row = await parked.one(tx, whom(v.account), v.parts[0], int(v.parts[1]))
    found: list[Question] = await told(tx, [row]) if row is not None else []
    return found[0] if found else None


async def reply(v: Visit) -> str | Filled | None:
    """Write the answer down; where it cannot be, the question once more, with why and with what was typed. None for who
    may not answer."""
    async with v.db.reading() as tx:
        found = await _mine(v, tx) if v.account.role == OPERATOR else None
    if found is None:
        return None
    closed, name = bool(v.form.get("close")), clean_name(v.form.get("name", ""))
    try:
        words = judged(v.form.get("text", ""))
    except FieldkitError:
        return _again(v, found, 422, said=WORDS)
    try:
        done = await answer(v.home, v.db, found.origin, found.i, words, name, v.now, closed=closed)
    except NobodyWaits:
        return address(f"/questions/{found.origin}/{found.i}", said=GONE)
    except FieldkitError as no:
        wrong = v.words.told(no.sentence), v.words.told(no.hint)
        return _again(v, found, 409 if isinstance(no, NotPossible) else 503, wrong=wrong)
    if done.new:
        v.book.note(Access(v.now, v.account.name, v.peer, ANSWERED, found.origin, str(found.i)))
    return address("/questions", said=ANSWERED)
