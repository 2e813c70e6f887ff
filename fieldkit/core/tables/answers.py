"""answers, results, discussion: what people said and how it adds up.

Counts are the fold's (`Round.counts`), never recounted here. A row of a confidential activity names nobody: person,
way, language and time are `—`, and the rows of one round are sorted by value, so that their order says nothing about
who answered first.
"""

from __future__ import annotations

from fieldkit.core.activities import kind_of
from fieldkit.core.activities.quiz import question
from fieldkit.core.completion import latest
from fieldkit.core.plan import ATTENDANCE, Activity
from fieldkit.core.state import Answer, Round, Say
from fieldkit.core.tables.base import UNNAMED, Sheet, Table, names, share, yes

ANSWERS = names(
    """
    session_id activity question round type mode state person_id name value value_text text right sure via language
    time amended
    """
)
RESULTS = names(
    """
    session_id activity question round type mode state option option_text correct count share_pct answered present
    hands right_pct gain_pct
    """
)
DISCUSSION = names(
    """
    session_id activity question no reply_to person_id name text votes hidden pinned done parked language time
    """
)


def rounds(sheet: Sheet) -> list[Round]:
    """All rounds that were run, in the order of opening; roll calls are attendance's."""
    out = []
    for activity, no in sheet.s.order:
        known = sheet.s.runs.get(activity, [])
        if activity != ATTENDANCE and 1 <= no <= len(known):
            out.append(known[no - 1])
    return out


def state(one: Round) -> str:
    return "void" if one.void else "open" if one.closed_m is None else "closed"


def text_of(sheet: Sheet, a: Activity, v: list[str]) -> str:
    """The options chosen, in words, as the pack's order has them."""
    known = {o.id: o for o in kind_of(a.type).options(a)}
    spot = a.id in sheet.s.spots
    words = []
    for one in v:
        text = known[one].text if one in known else None
        words.append((text[0] or "") if spot and text else sheet.plan.say(text, sheet.lang))
    return "; ".join(w for w in words if w)


def part(a: Activity, q: str) -> Activity:
    """The question of a quiz that `q` names, else the activity itself."""
    return next((question(a, one) for one in a.questions if one.id == q), a)


# ---- answers -------------------------------------------------------------------------------------------------


def answers_table(sheet: Sheet) -> Table:
    """Every answer in force, acknowledgements included, also of void and still open rounds (see `state`)."""
    rows: list[tuple[str, ...]] = []
    for one in rounds(sheet):
        if one.mode == "anonymous":
            continue
        named = sheet.named(one.mode)
        pairs = sorted(one.answers.items(), key=lambda found: found[1].i)
        mine = [_answer(sheet, one, p, q, a, named) for (p, q), a in pairs]
        mine += [_ack(sheet, one, p, named) for p in one.acks]
        rows += mine if named else sorted(mine)
    return Table("answers", ANSWERS, rows)


def _answer(sheet: Sheet, one: Round, p: str, q: str, a: Answer, named: bool) -> tuple[str, ...]:
    asked = part(one.activity, q)
    person = sheet.person(p)
    who = [sheet.person_id(p), sheet.name(p)] if named else [UNNAMED, UNNAMED]
    how = [a.via, (person.lang if person else "") or sheet.lang, sheet.time(a.t)] if named else [UNNAMED] * 3
    key = f"{one.activity.id}/{q}" if q else one.activity.id
    right = kind_of(asked.type).right(asked, a.v, a.text)
    head = (sheet.session_id, key, sheet.words(asked), str(one.no), asked.type, one.mode, state(one))
    body = (" ".join(a.v), text_of(sheet, asked, a.v), a.text or "", yes(right), a.sure or "")
    return (*head, *who, *body, *how, "yes" if a.amended and named else "")


def _ack(sheet: Sheet, one: Round, p: str, named: bool) -> tuple[str, ...]:
    """An acknowledgement: `value` is its meaning, `text` the name as typed."""
    ack, a = one.acks[p], one.activity
    person = sheet.person(p)
    who = [sheet.person_id(p), sheet.name(p)] if named else [UNNAMED, UNNAMED]
    lang = ack.lang or (person.lang if person else "") or sheet.lang
    how = ["", lang, sheet.time(ack.t)] if named else [UNNAMED] * 3
    head = (sheet.session_id, a.id, sheet.words(a), str(one.no), a.type, one.mode, state(one))
    return (*head, *who, ack.meaning, "", ack.name if named else UNNAMED, "", "", *how, "")


# ---- results -------------------------------------------------------------------------------------------------


def results_table(sheet: Sheet) -> Table:
    """One row an option a round; a round without options (texts, signatures) has one row with its number."""
    rows: list[tuple[str, ...]] = []
    for one in rounds(sheet):
        a, kind = one.activity, kind_of(one.activity.type)
        n, here = one.answered(), present(sheet, one)
        head = (sheet.session_id, a.id, sheet.words(a), str(one.no), a.type, one.mode, state(one))
        good = right_share(one)
        tail = (share(*good) if good else "", gain(sheet, one))
        if one.mode == "anonymous" and one.closed_m is None:
            rows.append((*head, "", "", "", "", "", str(n), str(here), "", *tail))
            continue
        key = set(kind.correct(a) or [])
        hands = one.hands or {}
        options = [o.id for o in kind.options(a)]
        options += sorted(({*one.counts} | {*hands}) - {*options})
        for o in options:
            count = one.counts.get(o, 0)
            right = yes(o in key) if key else ""
            shown = str(hands.get(o, 0)) if one.hands is not None else ""
            cells = (o, text_of(sheet, a, [o]), right, str(count), share(count, n), str(n), str(here), shown)
            rows.append((*head, *cells, *tail))
        if not options:
            rows.append((*head, "", "", "", str(n), "", str(n), str(here), "", *tail))
    return Table("results", RESULTS, rows)


def present(sheet: Sheet, one: Round) -> int:
    """How many were in the room at some time while the round was open (merged entries once)."""
    end = sheet.run.end if one.closed_m is None else one.closed_m
    return sum(
        any(
            a is not None and a <= end and (b is None or b > one.opened_m) for person in people for a, b in person.spans
        )
        for people in sheet.groups.values()
    )


def right_share(one: Round) -> tuple[int, int] | None:
    """(right answers, answers) of a round with a key; None without one."""
    if not kind_of(one.activity.type).correct(one.activity) or not one.answers:
        return None
    kind = kind_of(one.activity.type)
    judged = [kind.right(one.activity, a.v, a.text, q) for (_, q), a in one.answers.items()]
    return sum(1 for r in judged if r), len(judged)


def gain(sheet: Sheet, one: Round) -> str:
    """Right share of a `post` minus that of its `pre`, in percentage points, newest rounds that count."""
    before = latest(sheet.s, one.activity.pre) if one.activity.pre else None
    if before is None or one is not latest(sheet.s, one.activity.id):
        return ""
    was, now = right_share(before), right_share(one)
    if was is None or now is None:
        return ""
    return share(now[0] * was[1] - was[0] * now[1], now[1] * was[1])


# ---- discussion ----------------------------------------------------------------------------------------------


def discussion_table(sheet: Sheet) -> Table:
    """Every message that still counts, by activity; `no` numbers the rows of one activity, `reply_to` names a `no`.

    Record indexes are not shown: in a confidential discussion they would give the order away.
    """
    by_activity: dict[str, list[Say]] = {}
    for say in sheet.s.says.values():
        if not say.void:
            by_activity.setdefault(say.activity or "", []).append(say)
    rows: list[tuple[str, ...]] = []
    for activity, says in by_activity.items():
        a, one = sheet.s.activity(activity), sheet.s.round(activity)
        mode = one.mode if one is not None else a.mode if a is not None else "named"
        named = sheet.named(mode)
        if not named:
            says = sorted(says, key=lambda say: (say.text, len(say.ups), say.hidden, say.pinned))
        no = {say.ref: str(k) for k, say in enumerate(says, 1)}
        for say in says:
            person = sheet.person(say.p)
            who = [sheet.person_id(say.p), sheet.name(say.p)] if named else [UNNAMED, UNNAMED]
            how = [(person.lang if person else "") or sheet.lang, sheet.time(say.t)] if named else [UNNAMED] * 2
            flags = [yes(flag) for flag in (say.hidden, say.pinned, say.done, say.parked)]
            head = (sheet.session_id, activity, sheet.words(a) if a is not None else "", no[say.ref])
            reply = no.get(say.reply_to, "") if say.reply_to is not None else ""
            rows.append((*head, reply, *who, say.text, str(len(say.ups)), *flags, *how))
    return Table("discussion", DISCUSSION, rows)
