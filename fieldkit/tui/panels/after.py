"""The summary after the end, as lines: who came, minutes, right answers, signatures, and each loose end in words."""

from __future__ import annotations

from collections.abc import Sequence

from fieldkit.core.views import After, GradedLine, LooseEnd, PaceLine, RoomView, RoundLine, SignLine
from fieldkit.tui.panels.figures import clock
from fieldkit.tui.panels.prose import one_line
from fieldkit.tui.safe import Content, fit, join, plain
from fieldkit.tui.say import _, count

TWO = 76
"""From this width on minutes and results stand side by side."""


def meaning_words(code: str) -> str:
    """What a signature says, in the trainer's language; the record holds the code."""
    return {
        "held": _("I led this session, and what is recorded here happened."),
        "checked": _("I did not lead it; I have checked this record, and it is right."),
        "skills": _("I saw each skill shown that is signed off here."),
        "corrected": _("I have gone through the corrections, and they are right."),
        "handover": _("I led this session up to here, and what is recorded so far happened; I hand it over."),
    }.get(code, code)


def mark_words(mark: str) -> str:
    return {
        "present": _("present"),
        "late": _("late"),
        "left_early": _("left early"),
        "absent": _("absent"),
        "excused": _("excused"),
    }.get(mark, mark)


def people_facts(view: RoomView) -> list[tuple[str, str]]:
    """Who came and how each one counts, as in the attendance table: the second line adds up to everybody."""
    o = view.outcome
    if o is None:
        return []
    known = {"n": o.came, "of": o.expected}
    if o.walkins:
        came = _("{n} of {of} expected, and {more} more", more=o.walkins, **known)
    else:
        came = _("{n} of {of} expected", **known)
    counts = {"present": o.present, "late": o.late, "left_early": o.left_early, "excused": o.excused}
    parts = [f"{mark_words(k)} {n}" for k, n in counts.items() if n]
    return [(_("came"), came), (_("attendance"), ", ".join([*parts, f"{mark_words('absent')} {o.absent}"]))]


def signed_words(signs: Sequence[SignLine]) -> Content:
    """The newest signature, and how many stand before it; a handover's is none of the session."""
    signs = [one for one in signs if one.whole]
    if not signs:
        return plain(_("by nobody yet"), "bold $waiting")
    last = signs[-1]
    who = plain("✓ " + (last.name or last.key), "bold $saved")
    more = plain("  " + _("and {n} more", n=len(signs) - 1), "$muted") if len(signs) > 1 else plain("")
    late = count("{n} record after it", "{n} records after it", last.since) if last.since else ""
    return join(who, more, plain(f"  {late}" if late else "", "$waiting"), plain(f"  “{meaning_words(last.meaning)}”"))


def fact_lines(view: RoomView, width: int) -> list[Content]:
    """Label and value, a line each."""
    rounds = count("{n} round", "{n} rounds", sum(1 for r in view.rounds if r.state != "void"))
    said = count("{n} message", "{n} messages", len(view.says))
    saved = count("{n} record", "{n} records", view.saved + 1)
    ran = _("{now} of {whole}", now=clock(view.elapsed_ms), whole=clock(view.planned_ms))
    facts = [(label, plain(value, "bold")) for label, value in people_facts(view)]
    facts.append((_("time"), join(plain(ran, "bold"), plain(f"   {rounds}, {said}, {saved}", "$muted"))))
    if view.after is not None:
        facts.append((_("signed"), signed_words(view.after.signs)))
    return [fit(join(plain(" "), fit(label, 11, "$muted"), plain(" "), value), width) for label, value in facts]


def pace_row(line: PaceLine, width: int) -> Content:
    real = "–" if line.real_min is None else str(line.real_min)
    style = "$muted" if line.real_min is None else "bold"
    if line.off:
        style = "bold $waiting"
    tail = join(fit(str(line.planned_min), 6, right=True), fit(real, 6, style, right=True))
    words = line.title + (f"  ({_('skipped')})" if line.skipped else "")
    return join(fit(plain(words, "$muted" if line.skipped else ""), max(4, width - tail.cell_length)), tail)


def graded_row(line: GradedLine, width: int) -> Content:
    """`60 %` and, where it was asked twice, what it was before."""
    was = "" if line.was_percent is None else f"{line.was_percent} → "
    tail = join(
        fit(join(plain(was, "$muted"), plain(f"{line.percent} %", "bold")), 13, right=True),
        fit(_("{n} of {of}", n=line.right, of=line.of), 10, "$muted", right=True),
    )
    return join(fit(one_line(line.text), max(4, width - tail.cell_length)), tail)


def column_lines(after: After, width: int, most: int) -> list[Content]:
    """Minutes of each segment and right answers of each question: side by side where there is room, at most `most`
    lines; what is left out is counted."""
    if width < TWO:
        half = max(2, (most - 2) // 2)
        return [*_pace(after, width - 1, half), *_graded(after, width - 1, max(2, most - half))][:most]
    left, right = (width - 4) * 2 // 5, (width - 4) - (width - 4) * 2 // 5
    pace, graded = _pace(after, left, most), _graded(after, right, most)
    out = []
    for k in range(max(len(pace), len(graded))):
        one = pace[k] if k < len(pace) else plain("")
        two = graded[k] if k < len(graded) else plain("")
        out.append(join(fit(one, left), plain("   "), two))
    return [join(plain(" "), line) for line in out]


def _pace(after: After, width: int, most: int) -> list[Content]:
    head = join(
        fit(plain(_("MINUTES"), "$muted"), max(4, width - 12)),
        fit(plain(_("plan"), "$muted"), 6, right=True),
        fit(plain(_("real"), "$muted"), 6, right=True),
    )
    return [head, *_cut([pace_row(x, width) for x in after.pace], most - 1)]


def _graded(after: After, width: int, most: int) -> list[Content]:
    rows = [graded_row(x, width) for x in after.graded]
    if not rows:
        rows = [plain(_("No question with a right answer was asked."), "$muted")]
    return [fit(plain(_("RIGHT ANSWERS"), "$muted"), width), *_cut(rows, most - 1)]


def _cut(rows: list[Content], most: int) -> list[Content]:
    if len(rows) <= most:
        return rows
    kept = max(0, most - 1)
    return [*rows[:kept], plain(_("… and {n} more", n=len(rows) - kept), "$muted")]


# ---- loose ends ----------------------------------------------------------------------------------------------


def loose_words(end: LooseEnd) -> str:
    """One loose end as a sentence."""
    n = end.n
    words = {
        "removed-answers": count(
            "{n} answer of somebody who was taken out still counts",
            "{n} answers of people who were taken out still count",
            n,
        ),
        "sign-off": count("{n} person not judged on all of it", "{n} people not judged on all of it", n),
        "acknowledge": count("{n} person has not signed", "{n} people have not signed", n),
        "unrevealed": count("{n} result was not shown to the room", "{n} results were not shown to the room", n),
        "unknown-badge": count("{n} badge is on no list", "{n} badges are on no list", n),
        "no-badge": count("{n} person came without a badge", "{n} people came without a badge", n),
        "parked": count("{n} question waits for the expert", "{n} questions wait for the expert", n),
        "asked": count("{n} question was not answered", "{n} questions were not answered", n),
        "check-out": count(
            "{n} person was not checked out, and counts to the end",
            "{n} people were not checked out, and count to the end",
            n,
        ),
        "not-signed": _("Nobody has signed this session yet"),
        "signed-before": count("{n} record came after the signature", "{n} records came after the signature", n),
    }.get(end.kind, end.kind)
    return f"{one_line(end.label)}: {words}" if end.label else words


def before_end(view: RoomView) -> str:
    """What the end leaves as it is, as one sentence with a space before it; empty where nothing is open."""
    newest = {line.activity: line for line in [*view.rounds, *view.open] if line.state != "void"}
    shut = [line for line in newest.values() if line.activity not in {x.activity for x in view.open}]
    hidden = sum(line.votes and line.can_reveal and not line.live and line.answered > 0 for line in shut)
    unsigned = sum(missing_at(view, line) for line in newest.values() if line.type == "acknowledge")
    asked = [line for line in view.open if line.type != "acknowledge"]
    parts = [
        count("{n} question is open", "{n} questions are open", len(asked)) if asked else "",
        count("{n} person has not signed", "{n} people have not signed", unsigned) if unsigned else "",
        count("{n} result was not shown to the room", "{n} results were not shown to the room", hidden)
        if hidden
        else "",
    ]
    words = ", ".join(part for part in parts if part)
    return " " + _("Not done yet: {what}.", what=words) if words else ""


def missing_at(view: RoomView, line: RoundLine) -> int:
    """How many have signed no round of it that counts."""
    every = {x.round: x for x in [*view.rounds, *view.open] if x.activity == line.activity and x.state != "void"}
    named = [{who.p for who in x.missing} for x in every.values()]
    return len(set.intersection(*named)) if all(named) else min(x.missing_n for x in every.values())


def end_question(view: RoomView) -> str:
    """What is asked before a session is ended."""
    return _("End the session for everybody? Phones say goodbye; nothing can be answered after it.") + before_end(view)


def mend_words(kind: str) -> str:
    """What Enter does about it."""
    return {
        "acknowledge": _("let them sign"),
        "unrevealed": _("look at them"),
        "look": _("look"),
        "removed-answers": _("make them void"),
        "sign-off": _("judge them"),
        "unknown-badge": _("who it is"),
        "no-badge": _("who it is"),
        "parked": _("take them along"),
        "asked": _("take them along"),
        "check-out": _("when they left"),
        "not-signed": _("sign it"),
        "signed-before": _("sign again"),
        "carry": _("carry it"),
        "answers": _("read them"),
        "done": _("leave"),
    }.get(kind, "")


def loose_row(words: str, names: Sequence[str], kind: str, width: int) -> Content:
    """The sentence, as many names as fit, and what Enter does about it."""
    tail = plain(f"  {mend_words(kind)}", "$accent")
    room = max(10, width - tail.cell_length)
    who = [x or _("no name") for x in names]
    for n in range(len(who), 0, -1):  # whole names only
        named = join(plain(words), plain("  " + ", ".join(who[:n]) + (" …" if n < len(who) else ""), "$muted"))
        if named.cell_length <= room:
            return join(fit(named, room), tail)
    return join(fit(plain(words), room), tail)
