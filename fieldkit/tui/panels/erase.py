"""Erasing a person in words: why, what goes, what stays, where it was handed out, what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fieldkit.tui.erasetools import AlsoLine, ErasePerson, ErasePlan, Erasure, OutLine
from fieldkit.tui.safe import Content, fit, join, plain, wrap
from fieldkit.tui.say import _, count, told

MOST_OUT = 30
"""Most files that are named one by one."""
LONGEST = 30
"""Signs of a name or a badge in a heading."""
Away = Callable[[str], str]
"""Takes names out of a sentence while they are away from the screen."""


def why_words(code: str) -> str:
    """Why somebody is erased; the record holds the code."""
    return {
        "request": _("The person asked for it."),
        "mistake": _("It was entered by mistake, and belongs to nobody here."),
        "order": _("An authority or a court ordered it."),
        "retention": _("The time for which it may be kept is over."),
        "other": _("For another reason."),
    }.get(code, code)


def goes_words(what: str, n: int) -> str:
    return {
        "name": _("the name"),
        "badge": _("the badge"),
        "roster": _("what the roster says (employer, crew, language…)"),
        "answers": count("{n} answer in words", "{n} answers in words", n),
        "messages": count("{n} message", "{n} messages", n),
        "signature": _("the typed or drawn signature"),
        "remarks": count("{n} reason or remark", "{n} reasons or remarks", n),
    }.get(what, what)


def stays_words(what: str, n: int) -> str:
    return {
        "presence": count("{n} record of coming and going", "{n} records of coming and going", n),
        "answers": count("{n} answer, as the choice that was made", "{n} answers, as the choices that were made", n),
        "talk": _("that somebody wrote, voted or raised a hand"),
        "shown": _("what was shown and signed, without the name"),
    }.get(what, what)


def listed(words: Sequence[str]) -> str:
    return ", ".join(words)


def person_row(one: ErasePerson, width: int) -> Content:
    if one.erased:
        tail = fit(_("nothing left to erase"), 24, "$muted")
    else:
        tail = fit(_("came") if one.came else _("expected only"), 24, "$muted")
    known = one.badge or one.code
    name = one.name or known or _("no name any more")
    head = join(plain(name, "$muted" if one.erased else "bold"), plain(f"  {known}" if one.name else "", "$muted"))
    return join(fit(head, max(10, width - 25)), plain(" "), tail)


def called(one: ErasePlan) -> str:
    """Name and badge, as far as they are known."""
    name, badge = short(one.name), short(one.badge)
    if name and badge:
        return _("{name}, badge {badge}", name=name, badge=badge)
    return name or badge or _("somebody without a name")


def short(text: str) -> str:
    """A name in a heading, which has to leave room for what it is about."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def out_words(one: OutLine) -> str:
    return {"export": _("table"), "backup": _("backup"), "bundle": _("bundle")}.get(one.kind, one.kind)


def path_end(path: str, width: int) -> Content:
    """Of a long path its end: the name of the file is what people look for."""
    room = max(10, width)
    return fit(path if len(path) <= room else f"…{path[1 - room :]}", room)


def out_lines(out: Sequence[OutLine], width: int) -> list[Content]:
    lines = []
    for one in out[-MOST_OUT:]:
        head = plain(" · " + out_words(one) + (f" {one.what}" if one.what else "") + "  ", "$muted")
        lines.append(join(head, path_end(one.path, width - head.cell_length)))
    if len(out) > MOST_OUT:
        lines.append(plain("   " + _("and {n} more", n=len(out) - MOST_OUT), "$muted"))
    return lines


def _part(title: str, words: str, width: int, style: str = "") -> list[Content]:
    return [plain(title, "bold $accent"), *(plain(" ") + x for x in wrap(words, width - 1, 6, style)), plain("")]


def plan_lines(plan: ErasePlan, width: int, away: Away) -> list[Content]:
    """What goes, what stays, what was handed out; or that only head office may."""
    if plan.legal:
        words = _(
            "The law asks to keep this session ({law}). Only head office may erase in it. What you can do: write a "
            "request for head office, which names no names.",
            law=plan.legal,
        )
        return _part(_("ONLY A REQUEST"), words, width, "bold $waiting")
    if not plan.records:
        words = _("Nothing of this person is left to take away in this session.")
        return [*_part(_("NOTHING TO ERASE"), words, width), *_handed(plan, width)]
    order = ("name", "badge", "roster", "answers", "messages", "signature", "remarks")
    goes = [goes_words(x, plan.goes[x]) for x in order if plan.goes.get(x)]
    goes_too = _("The backups of this laptop, tables in its data folder, and bundles that wait to be carried, too.")
    stays = [stays_words(x, n) for x, n in plan.stays.items() if n]
    stays_too = _("Each under a random sign that stands for nobody: counts, proofs and signatures stay true.")
    out = _part(_("THIS GOES, FOR EVER"), f"{_first(listed(goes))}. {goes_too}", width)
    out += _part(_("THIS STAYS"), f"{_first(listed(stays))}. {stays_too}" if stays else stays_too, width)
    if plan.also:
        words = count(
            "The name or badge also stands in {n} record of others: {which}.",
            "The name or badge also stands in {n} records of others: {which}.",
            len(plan.also),
            which=also_words(plan.also, away),
        )
        out += _part(_("ELSEWHERE IN THE SESSION"), words, width, "$waiting")
    return [*out, *_handed(plan, width)]


def _first(words: str) -> str:
    return words[:1].upper() + words[1:]


def _handed(plan: ErasePlan, width: int) -> list[Content]:
    far = [x for x in plan.out if not x.ours]
    if not far:
        return []
    words = _("Nobody can call these back: ask for them, or have them deleted.")
    return [plain(_("HANDED OUT BEFORE"), "bold $accent"), *wrap(words, width, 2), *out_lines(far, width)]


def also_words(also: Sequence[AlsoLine], away: Away) -> str:
    """`12 (message, Bo)`, at most eight of them."""
    parts = []
    for one in also[:8]:
        kind = {
            "say.put": _("message"),
            "answer.put": _("answer"),
            "person.expect": _("roster"),
            "person.join": _("arrival"),
            "check.mark": _("remark"),
            "note.add": _("note"),
        }.get(one.kind, one.kind)
        parts.append(f"{one.index} ({kind}{', ' + away(one.who) if one.who else ''})")
    more = f", {_('and {n} more', n=len(also) - 8)}" if len(also) > 8 else ""
    return ", ".join(parts) + more


def done_words(done: Erasure) -> str:
    """What came of it, one sentence."""
    if not done.records:
        return _("There was nothing left to erase.")
    words = count("What was private in {n} record is gone.", "What was private in {n} records is gone.", done.records)
    if done.left:
        return f"{words} {_('The erasure is pending: copies are left.')}"
    gone = count("{n} copy was deleted.", "{n} copies were deleted.", len(done.deleted))
    return f"{words} {gone}" if done.deleted else words


def done_lines(done: Erasure, width: int) -> list[Content]:
    """Whether it is through; what was deleted, what was handed out."""
    out: list[Content] = []
    if done.left:
        words = " ".join(told(x) for x in done.left)
        todo = _("It goes on by itself at the next start; r on the erase screen does it now.")
        out += _part(_("ERASURE PENDING"), f"{words} {todo}", width, "bold $waiting")
    out += _part(_("DONE"), done_words(done), width)
    if done.deleted:
        files = [join(plain(" · "), path_end(x, width - 3)) for x in done.deleted[:MOST_OUT]]
        out += [plain(_("DELETED HERE"), "bold $accent"), *files, plain("")]
    if done.also:
        numbers = ", ".join(map(str, done.also[:12])) + ("…" if len(done.also) > 12 else "")
        words = count(
            "The name or badge still stands in a record of somebody else: record {records}.",
            "The name or badge still stands in {n} records of others: {records}.",
            len(done.also),
            records=numbers,
        )
        out += _part(_("ELSEWHERE IN THE SESSION"), words, width, "$waiting")
    far = [x for x in done.out if not x.ours]
    if far:
        words = _("Nobody can call these back: ask for them, or have them deleted.")
        out += [plain(_("HANDED OUT BEFORE"), "bold $accent"), *wrap(words, width, 2), *out_lines(far, width)]
    return out
