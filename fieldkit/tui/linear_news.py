"""The live session as facts in words, for who has the terminal read out: what changed is one line.

The sentences are the screen's own panels without their colours, so that both say the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from fieldkit.core import intents as w
from fieldkit.core.intents import Intent
from fieldkit.core.views import MusterLine, RoomView, RoundLine
from fieldkit.tui.linear_typed import next_sentence
from fieldkit.tui.muster import bar_words, beside, called
from fieldkit.tui.panels.checks import by_name, check_name, result_words
from fieldkit.tui.panels.figures import (
    asked,
    badge_words,
    choices,
    clock,
    letter,
    name_of,
    state_word,
    step_label,
    type_word,
)
from fieldkit.tui.panels.foot import News, next_line, note_lines, room_line
from fieldkit.tui.panels.head import join_line, step_line, title_line
from fieldkit.tui.panels.people import status_words
from fieldkit.tui.panels.prose import prose
from fieldkit.tui.panels.sheet import step_word
from fieldkit.tui.panels.who import who_lines
from fieldkit.tui.safe import Content
from fieldkit.tui.say import _
from fieldkit.tui.tools import Invite

WIDE = 400
"""A line is never broken for its width: whoever reads it out breaks it as needed."""
SLOW = "slow "
"""Begins the name of a fact that changes all the time, and is told seldom."""
MOST = 60
"""Lines of a list that was asked for."""


def words_of(line: Content) -> str:
    """A panel's line as a sentence: no columns, no bars, no marks that would be read out as their names."""
    bare = re.sub(r" {2,}", "  ", re.sub("[█▏▎▍▌▋▊▉●○◌▸›‖◷⟳]", " ", line.plain))
    return bare.strip().removeprefix("· ")


def facts(view: RoomView, trouble: str) -> dict[str, str]:
    """What holds now, by name; a name that is new or holds something else is news."""
    found = {
        "trouble": trouble,
        "state": state_words(view),
        "step": words_of(step_line(view, None, WIDE)),
        "step text": step_words(view),
        "notes": " ".join(words_of(line) for line in note_lines(view, WIDE, 3) if line.plain.strip()),
        "next": words_of(next_line(view, [], WIDE)) if view.state in ("new", "running") else "",
    }
    if view.alarm is not None:
        found[f"{SLOW}muster"] = _("{n} of {of} ticked off", n=view.alarm.ticked, of=view.alarm.present)
    for line in view.open:
        found[f"open {line.activity} {line.round}"] = round_words(line)
        found[f"{SLOW}answered {line.activity} {line.round}"] = words_of(who_lines(view, line, WIDE, 1)[0])
    last = view.last
    if last is not None and not any(x.activity == last.activity and x.round == last.round for x in view.open):
        found[f"result {last.activity} {last.round}"] = f"{words_of(state_word(last))}: {asked(last)}"
    found |= {f"room {k}": one for k, one in enumerate(wanted(view))}
    found |= {f"say {s.ref}": say_words(s.ref, s.name, s.text) for s in [*view.says, *view.asks] if not s.hidden}
    found |= {
        f"{SLOW}person {p.p}": f"{name_of(p)}: {words_of(status_words(p))}"
        for p in view.people
        if p.status != "expected"
    }
    return found


def state_words(view: RoomView) -> str:
    if view.alarm is None:
        return {"paused": _("paused: [g] goes on"), "ended": _("ended")}.get(view.state, "")
    lost = _("fieldkit was started again: earlier ticks are gone. Call everybody again.") if view.alarm.lost else ""
    return " ".join(x for x in (f"!! {_('ALARM')}: {_('[g] asks whether all are safe')}.", lost) if x)


def wanted(view: RoomView) -> list[str]:
    """Who wants something: what is nought is not told."""
    words = words_of(room_line(view, News(asks=len(view.asks)), WIDE)).split("  ")
    return [x for x in words if x and not re.search(r"\b0\b|–", x)]


def step_words(view: RoomView) -> str:
    """What the step says or shows, unless its name says it already."""
    text = " ".join(words for line in prose(view.step_text, WIDE) if (words := words_of(line)))
    return "" if text == step_label(view.label) else text


def news(was: Mapping[str, str], now: Mapping[str, str], *, slow: bool) -> list[str]:
    """Lines for what changed; of facts that change all the time only when `slow` ones are due."""
    out = []
    for name, words in now.items():
        if words and was.get(name) != words and (slow or not name.startswith(SLOW)):
            out.append(words)
    return out


def say_words(ref: int, name: str, text: str) -> str:
    return f"#{ref} {name}: {text}" if name else f"#{ref} {text}"


def round_words(line: RoundLine) -> str:
    """An open question with its choices."""
    head = f"{_('OPEN')}: {type_word(line.type)}. {asked(line)}"
    options = [f"{letter(k).plain.strip()} {b.text}" for k, b in enumerate(choices(line))] if line.lettered else []
    return "  ".join([head, *options])


def result_lines(line: RoundLine) -> list[str]:
    """A round with its numbers: one line a choice."""
    out = [f"{asked(line)}  {type_word(line.type)}, {words_of(state_word(line))}"]
    for k, b in enumerate(choices(line)):
        mark = f"  ✓ {_('right')}" if b.correct else ""
        count = f": {b.count}" if line.counts is not None else ""
        out.append(f"{letter(k).plain.strip() if line.lettered else '·'} {b.text}{count}{mark}")
    if line.key and not any(b.correct for b in line.bars):
        out.append(f"✓ {line.key}")
    out += [say_words(s.ref, s.name, s.text) for s in line.texts]
    return out


def newest(view: RoomView) -> list[RoundLine]:
    """The last rounds that were run, each once; those that are open last."""
    open_now = {(x.activity, x.round) for x in view.open}
    return [*[x for x in view.rounds if (x.activity, x.round) not in open_now][-6:], *view.open]


# ---- what is asked for ---------------------------------------------------------------------------------------


def status_lines(view: RoomView, invite: Invite | None, trouble: str) -> list[str]:
    lines = [title_line(view, WIDE, trouble=bool(trouble)), join_line(view, invite, WIDE), step_line(view, None, WIDE)]
    out = [words_of(line) for line in lines]
    if view.alarm is not None:
        out.insert(0, f"!! {bar_words(view.alarm)}")
    for one in view.open:
        out += [round_words(one), *missing_lines(view, one)]
    out += [words_of(next_line(view, [], WIDE)), *wanted(view), next_sentence(view)]
    return [x for x in out if x]


def missing_lines(view: RoomView, line: RoundLine) -> list[str]:
    return [words for x in who_lines(view, line, WIDE, MOST) if (words := words_of(x))]


def people_lines(view: RoomView) -> list[str]:
    return [
        "  ".join(x for x in (name_of(p), badge_words(p), words_of(status_words(p))) if x)
        for p in view.people
        if p.status != "removed"
    ]


def sheet_lines(view: RoomView) -> list[str]:
    """Each segment and step in words; behind a step what is typed to open its question out of turn."""
    states = {"done": _("done"), "now": _("now"), "next": _("next"), "skipped": _("skipped")}
    out = []
    for segment in view.plan:
        state = states.get(segment.state, "")
        beside = ", ".join(x for x in (state, _("{n} min", n=segment.minutes)) if x)
        out.append(f"{segment.title or segment.id}: {beside}  (enter {segment.id})")
        for step in segment.steps:
            head = ", ".join(x for x in (states.get(step.state, ""), clock(step.at_s * 1000), step_word(step.do)) if x)
            out.append(f"  {head}: {step_label(step.label)}" + (f"  (open {step.activity})" if step.activity else ""))
    return out


def raised_lines(view: RoomView) -> list[str]:
    """Hands in the order in which they went up, with what takes one down."""
    badges = {x.p: badge_words(x, twin=True) for x in view.people}
    lines = [f"{k}. {x.name or x.p}, {clock(x.ms)}  (hand-down {badges.get(x.p, x.p)})"
             for k, x in enumerate(view.hand_lines, 1)]  # fmt: skip
    return lines or [_("No hand is up.")]


def muster_lines(people: Sequence[MusterLine]) -> list[str]:
    """Who is to be called, those who are not accounted for first, and what ticks one off."""
    if not people:
        return [_("Nobody is checked in.")]
    missing = sum(not x.ticked for x in people)
    out = [f"{_('NOT ACCOUNTED FOR')}: {missing}" if missing else _("Everybody is accounted for.")]
    for x in people:
        about = ", ".join(one for one in (called(x), beside(x)) if one)
        out.append(f"{_('accounted for')}: {about}" if x.ticked else f"{about}  (tick {x.badge or x.p})")
    return out


def check_lines(view: RoomView) -> list[str]:
    """The newest checklist: its items with their numbers, then each person with what is open or not right."""
    every = [*reversed(view.open), *reversed(view.rounds)]
    line = next((x for x in every if x.type == "checklist" and x.state != "void"), None)
    if line is None:
        return [_("No checklist has been opened yet.")]
    out = [asked(line)]
    for k, item in enumerate(line.items, 1):
        out.append(f"{k}. {item.text}" + (f", {_('critical')}" if item.critical else ""))
    for one in by_name(line.checks):
        todo = [str(k) for k, item in enumerate(line.items, 1) if item.id not in one.items]
        wrong = [str(k) for k, item in enumerate(line.items, 1) if one.items.get(item.id) is False]
        parts = [f"{check_name(one)} {one.badge or one.p}: {words_of(result_words(one))}"]
        parts += [f"{_('not judged')}: {' '.join(todo)}"] if todo else []
        parts += [f"{_('not ok')}: {' '.join(wrong)}"] if wrong else []
        out.append(", ".join(parts))
    return out


def came_words(view: RoomView, intent: Intent, p: str | None) -> str:
    """Who is in or has left by this; empty for any other wish."""
    if not isinstance(intent, w.CheckIn):
        return ""
    who = next((x for x in view.people if x.p == p), None)
    name = name_of(who) if who is not None else intent.name or intent.badge or ""
    if intent.out:
        return _("{name} has left.", name=name)
    walkin = who is not None and who.walkin
    return _("{name} is in, as a walk-in.", name=name) if walkin else _("{name} is in.", name=name)


def note_page(view: RoomView) -> list[str]:
    return [words for line in prose(f"{view.step_text}\n\n{view.notes}", 100) if (words := words_of(line))]


def talk_lines(view: RoomView) -> list[str]:
    return [say_words(s.ref, s.name, s.text) for s in [*view.asks, *view.says] if not s.hidden]


ASKED: dict[str, Callable[[RoomView], list[str]]] = {
    "people": people_lines,
    "missing": lambda view: [x for line in view.open for x in missing_lines(view, line)],
    "results": lambda view: [x for line in newest(view) for x in result_lines(line)],
    "notes": note_page,
    "sheet": sheet_lines,
    "raised": raised_lines,
    "messages": talk_lines,
}
"""Words that are answered with lines and change nothing."""


def none_words(verb: str) -> str:
    """What is said where there is nothing to list."""
    return {
        "people": _("Nobody is checked in."),
        "missing": _("everybody has answered"),
        "results": _("Nothing has been run yet."),
        "messages": _("Nobody has written yet."),
    }.get(verb, "–")
