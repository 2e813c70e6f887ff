"""The live session as facts in words, for who has the terminal read out: what changed is one line.

The sentences are the screen's own panels without their colours, so that both say the same.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from fieldkit.core.views import RoomView, RoundLine
from fieldkit.tui.panels.figures import asked, badge_words, choices, letter, name_of, state_word, step_label, type_word
from fieldkit.tui.panels.foot import News, next_line, note_lines, room_line
from fieldkit.tui.panels.head import join_line, step_line, title_line
from fieldkit.tui.panels.prose import prose
from fieldkit.tui.panels.sheet import sheet_rows
from fieldkit.tui.panels.who import who_lines
from fieldkit.tui.safe import Content
from fieldkit.tui.say import _
from fieldkit.tui.screens.people import status_words
from fieldkit.tui.tools import Invite

WIDE = 400
"""A line is never broken for its width: whoever reads it out breaks it as needed."""
SLOW = "slow "
"""Begins the name of a fact that changes all the time, and is told seldom."""
MOST = 60
"""Lines of a list that was asked for."""


def words_of(line: Content) -> str:
    """A panel's line as a sentence: no columns, no bars."""
    return re.sub(r" {2,}", "  ", re.sub("[█▏▎▍▌▋▊▉]", " ", line.plain)).strip()


def facts(view: RoomView, trouble: str) -> dict[str, str]:
    """What holds now, by name; a name that is new or holds something else is news."""
    found = {
        "trouble": trouble,
        "state": {"paused": _("paused: [g] goes on"), "ended": _("ended")}.get(view.state, ""),
        "step": words_of(step_line(view, None, WIDE)),
        "step text": step_words(view),
        "notes": " ".join(words_of(line) for line in note_lines(view, WIDE, 3) if line.plain.strip()),
        "next": words_of(next_line(view, [], WIDE)),
    }
    for line in view.open:
        found[f"open {line.activity} {line.round}"] = round_words(line)
        found[f"{SLOW}answered {line.activity} {line.round}"] = words_of(who_lines(view, line, WIDE, 1)[0])
    last = view.last
    if last is not None and not any(x.activity == last.activity and x.round == last.round for x in view.open):
        found[f"result {last.activity} {last.round}"] = f"{words_of(state_word(last))}: {asked(last)}"
    wants = words_of(room_line(view, News(asks=len(view.asks)), WIDE))
    found |= {f"room {k}": one for k, one in enumerate(x for x in wants.split("  ") if not re.search(r"\b0\b", x))}
    found |= {f"say {s.ref}": say_words(s.ref, s.name, s.text) for s in [*view.says, *view.asks] if not s.hidden}
    found |= {
        f"{SLOW}person {p.p}": f"{name_of(p)}: {words_of(status_words(p))}"
        for p in view.people
        if p.status != "expected"
    }
    return found


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


# ---- what is asked for ---------------------------------------------------------------------------------------


def status_lines(view: RoomView, invite: Invite | None, trouble: str) -> list[str]:
    lines = [title_line(view, WIDE, trouble=bool(trouble)), join_line(view, invite, WIDE), step_line(view, None, WIDE)]
    out = [words_of(line) for line in lines]
    for one in view.open:
        out += [round_words(one), *missing_lines(view, one)]
    return [*out, words_of(next_line(view, [], WIDE)), words_of(room_line(view, News(asks=len(view.asks)), WIDE))]


def missing_lines(view: RoomView, line: RoundLine) -> list[str]:
    return [words for x in who_lines(view, line, WIDE, MOST) if (words := words_of(x))]


def people_lines(view: RoomView) -> list[str]:
    return [
        "  ".join(x for x in (name_of(p), badge_words(p), words_of(status_words(p))) if x)
        for p in view.people
        if p.status != "removed"
    ]


def sheet_lines(view: RoomView) -> list[str]:
    return [f"{id}: {words_of(line)}" if "/" not in id else words_of(line) for id, line in sheet_rows(view, WIDE)]


def note_page(view: RoomView) -> list[str]:
    return [words for line in prose(f"{view.step_text}\n\n{view.notes}", 100) if (words := words_of(line))]


def talk_lines(view: RoomView) -> list[str]:
    return [say_words(s.ref, s.name, s.text) for s in [*view.asks, *view.says] if not s.hidden]


ASKED: dict[str, Callable[[RoomView], list[str]]] = {
    "people": people_lines,
    "missing": lambda view: [x for line in view.open for x in missing_lines(view, line)],
    "results": lambda view: [x for line in [*view.rounds[-6:], *view.open] for x in result_lines(line)],
    "notes": note_page,
    "sheet": sheet_lines,
    "messages": talk_lines,
}
"""Words that are answered with lines and change nothing."""
