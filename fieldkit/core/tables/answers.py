"""answers, results, discussion: what people said and how it adds up.

Counts are the fold's (`Round.counts`), never recounted here. A row of a confidential activity names nobody: person,
way, language and time are `—`, and the rows of one round are sorted by value, so that their order says nothing about
who answered first. Of an anonymous round there are the words that its tally keeps, a row each.
"""

from __future__ import annotations

from fieldkit.core.activities import kind_of, quiz
from fieldkit.core.plan import ATTENDANCE, Activity
from fieldkit.core.state import Answer, Round, Say
from fieldkit.core.tables.base import UNNAMED, Sheet, Table, names, yes

ANSWERS = names(
    """
    session_id activity question round type mode state person_id name value value_text text right sure via language
    time amended
    """
)
VALUES = ("number", "hotspot")
"""Types whose tally keeps values as words: they are no ids."""
DISCUSSION = names(
    """
    session_id activity question no reply_to person_id name text votes hidden pinned done parked language time group
    """
)


def rounds(sheet: Sheet) -> list[Round]:
    """All rounds that were run, in the order of opening; roll calls are attendance's."""
    out = []
    for activity, no in sheet.s.order:
        known = sheet.s.runs.get(activity, [])
        if activity != ATTENDANCE and 1 <= no <= len(known) and not known[no - 1].late:
            out.append(known[no - 1])
    return out


def state(one: Round) -> str:
    if one.void:
        return "void"
    return "open" if one.closed_m is None else "suppressed" if one.suppressed else "closed"


def part(a: Activity, q: str) -> Activity:
    """The question of a quiz that `q` names, else the activity itself."""
    return quiz.part(a, q) or a


# ---- answers -------------------------------------------------------------------------------------------------


def answers_table(sheet: Sheet) -> Table:
    """Every answer in force, acknowledgements included, also of void and still open rounds (see `state`)."""
    rows: list[tuple[str, ...]] = []
    for one in rounds(sheet):
        if one.mode == "anonymous":
            rows += _unnamed(sheet, one)
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
    words = kind_of(asked.type).spell(sheet.plan, asked, a.v, a.text, sheet.lang)
    body = (" ".join(a.v), words, a.text or "", yes(right), a.sure or "")
    return (*head, *who, *body, *how, "yes" if a.amended and named else "")


def _unnamed(sheet: Sheet, one: Round) -> list[tuple[str, ...]]:
    """What an anonymous round keeps of words, numbers and places, sorted; messages are in `discussion`."""
    a, kind = one.activity, kind_of(one.activity.type)
    if kind.takes != "answer" or one.void:
        return []
    head = (sheet.session_id, a.id, sheet.words(a), str(one.no), a.type, one.mode, state(one), UNNAMED, UNNAMED)
    rows = []
    for said in sorted(one.tally_texts):
        v, text = ([said], "") if a.type in VALUES else ([], said)
        right = yes(kind.right(a, v, text or None))
        words = kind.spell(sheet.plan, a, v, text or None, sheet.lang)
        rows.append((*head, " ".join(v), words, text, right, "", *[UNNAMED] * 3, ""))
    return rows


def _ack(sheet: Sheet, one: Round, p: str, named: bool) -> tuple[str, ...]:
    """An acknowledgement: `value` is its meaning, `text` the name as typed."""
    ack, a = one.acks[p], one.activity
    person = sheet.person(p)
    who = [sheet.person_id(p), sheet.name(p)] if named else [UNNAMED, UNNAMED]
    lang = ack.lang or (person.lang if person else "") or sheet.lang
    how = ["", lang, sheet.time(ack.t)] if named else [UNNAMED] * 3
    head = (sheet.session_id, a.id, sheet.words(a), str(one.no), a.type, one.mode, state(one))
    return (*head, *who, ack.meaning, "", ack.name if named else UNNAMED, "", "", *how, "")


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
            says = sorted(says, key=lambda say: (say.text, len(say.ups), say.hidden, say.pinned, say.group))
        no = {say.ref: str(k) for k, say in enumerate(says, 1)}
        for say in says:
            person = sheet.person(say.p)
            who = [sheet.person_id(say.p), sheet.name(say.p)] if named else [UNNAMED, UNNAMED]
            how = [(person.lang if person else "") or sheet.lang, sheet.time(say.t)] if named else [UNNAMED] * 2
            flags = [yes(flag) for flag in (say.hidden, say.pinned, say.done, say.parked)]
            head = (sheet.session_id, activity, sheet.words(a) if a is not None else "", no[say.ref])
            reply = no.get(say.reply_to, "") if say.reply_to is not None else ""
            group = str(say.group) if say.group else ""
            rows.append((*head, reply, *who, say.text, str(len(say.ups)), *flags, *how, group))
    return Table("discussion", DISCUSSION, rows)
