"""Taking part in a terminal: a typed line as a wish, by what is asked now. No rules: the laptop judges.

A single letter or a number is the place of a choice as it is shown (`core.activities.typed`); its id or words do too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from fieldkit.core.clean import western
from fieldkit.core.plan import ATTENDANCE
from fieldkit.core.views import OpenSeat, OptionView, QuestionView, SeatView

HELP = "/hand  /name NAME  /lang es  /here  /ask QUESTION  /receipt  /leave  /quit"
SURE = ("sure", "unsure")
TALK = ("prompt", "breakout")
"""What takes messages, beside questions too."""
ONCE = (ATTENDANCE, "acknowledge")
"""What is answered once: what is typed after that means another question, as long as one is open."""
NO_CHOICE = "That is not one of the choices."
MOST_CHOICE = 3
"""Characters of what is meant as a choice: a letter that fits nothing is no message to the room."""
_AROUND = re.compile(r"\s*=\s*")


class Wish(msgspec.Struct, frozen=True):
    """An intent to send: kind and fields of docs/wire.md. Kind `quit`, `receipt` and `help` stay in the terminal."""

    kind: str
    fields: dict[str, Any] = {}


def read_line(line: str, view: SeatView) -> Wish | str | None:
    """The wish in a typed line; a str is the sentence (message id) to say instead; None for an empty line."""
    line = line.strip()
    if not line:
        return None
    if line.startswith("/"):
        return command(line[1:], view)
    if line.lower() in ("quit", "exit"):
        return Wish("quit")
    if line.startswith("+") and line[1:].strip().lstrip("#").isdecimal():
        return Wish("up", {"ref": int(line[1:].strip().lstrip("#")[:15])})
    asked = in_turn(view) if view.state == "activity" else []
    if not asked:
        return Wish("here") if line.lower() == "here" else "Nothing is asked now."
    if line.lower() == "here" and any(o.type == ATTENDANCE for o in asked):
        return Wish("here")
    found = answer(asked[0], line)
    if found == NO_CHOICE and len(line) > MOST_CHOICE:  # a discussion runs beside questions
        beside = next((o for o in asked[1:] if o.type in TALK), None)
        return found if beside is None else Wish("say", {"activity": beside.activity, "text": line})
    return found


def in_turn(view: SeatView) -> list[OpenSeat]:
    """What can be answered, first what a typed line goes to. A roll call or a signature that is given steps back: words
    that are typed under a discussion must not become somebody's signature."""
    asked = [o for o in view.open if o.type != "checklist"]
    return sorted(asked, key=lambda o: o.type in ONCE and o.mine is not None)


def answer(one: OpenSeat, line: str) -> Wish | str:
    """What the line says to this question."""
    about: dict[str, Any] = {"activity": one.activity, "round": one.round}
    if one.type == ATTENDANCE:
        return Wish("here") if line.lower() == "here" else "Type `here`."
    match one.type:
        case "acknowledge":
            return Wish("ack", {**about, "text": line})
        case "prompt":
            return Wish("say", {"activity": one.activity, "text": line})
        case "breakout":
            return of_group(one, about, line)
    if one.reading_ms is not None:
        return "Read first. The choices come in a moment."
    if one.questions:
        return of_quiz(one.questions, about, line)
    line, sure = sureness(one, line)
    about |= {"sure": sure} if sure else {}
    if not line:  # how sure they are of what they have answered
        return Wish("answer", {**about, "v": one.mine or [], **({"text": one.mine_text} if one.mine_text else {})})
    match one.type:
        case "text" | "short" | "wordcloud":
            return Wish("answer", {**about, "text": line})
        case "number":
            return Wish("answer", {**about, "v": [line]})
        case "match":
            v = pairs(one.left, one.right, line)
        case _:
            v = picked(one.options, line)
    return Wish("answer", {**about, "v": v}) if v else NO_CHOICE


def of_group(one: OpenSeat, about: dict[str, Any], line: str) -> Wish | str:
    """A group to choose, or what the own group found; whoever writes for a group names another one as `g2`."""
    chosen, writes = pick(one.options, line), any(g.writes for g in one.groups)
    if chosen is not None and (not writes or line.casefold() == chosen):
        return Wish("answer", {**about, "v": [chosen]})
    if one.options and not any(g.mine for g in one.groups):
        return NO_CHOICE
    return Wish("say", {"activity": one.activity, "text": line})


def sureness(one: OpenSeat, line: str) -> tuple[str, str]:
    """`b sure` → (`b`, `sure`), where the question asks for it; `sure` alone once something was answered."""
    rest, _, last = line.rpartition(" ")
    if not one.sure or last.lower() not in SURE or not (rest or one.mine is not None):
        return line, ""
    return rest.strip(), last.lower()


def of_quiz(questions: Sequence[QuestionView], about: dict[str, Any], line: str) -> Wish | str:
    """`b` answers the first question without an answer, `2=a` the second one."""
    head, mark, said = _AROUND.sub("=", line).partition("=")
    if mark:
        names = {str(k): q for k, q in enumerate(questions, 1)} | {q.id: q for q in questions}
        q = names.get(western(head.casefold()))
    else:
        q, said = next((q for q in questions if q.mine is None), None), line
    v = picked(q.options, said) if q is not None else []
    return Wish("answer", {**about, "q": q.id, "v": v}) if v and q is not None else NO_CHOICE


def pairs(left: Sequence[OptionView], right: Sequence[OptionView], line: str) -> list[str]:
    """`1=b 2=a`, or the letters alone in the order of the numbers; empty when it is neither."""
    parts = _AROUND.sub("=", line.replace(",", " ")).split()
    if "=" not in line:
        found = picked(right, line)
        return [f"{x.id}={y}" for x, y in zip(left, found, strict=True)] if len(found) == len(left) else []
    out = []
    for part in parts:
        one, _, other = part.partition("=")
        a, b = pick(left, one), pick(right, other)
        if a is None or b is None:
            return []
        out.append(f"{a}={b}")
    return out


def picked(options: Sequence[OptionView], line: str) -> list[str]:
    """`b`, `a c`, `a,c`, `ac` → ids in that order; empty when one of them is no choice."""
    whole = pick(options, line)
    if whole is not None:
        return [whole]
    parts = line.replace(",", " ").split()
    if len(parts) == 1 and pick(options, parts[0]) is None:
        parts = list(parts[0])
    found = [pick(options, part) for part in parts]
    return [x for x in found if x is not None] if None not in found else []


def pick(options: Sequence[OptionView], typed: str) -> str | None:
    """The choice somebody means: the letter beside it, its words, its id or its number."""
    word = typed.strip().casefold()
    k = ord(word) - ord("a") if len(word) == 1 and word.isascii() and word.isalpha() else -1
    if 0 <= k < len(options):
        return options[k].id
    for x in options:
        if word and word in (x.text.casefold(), x.id.casefold()):
            return x.id
    place = western(word)
    if place.isascii() and place.isdecimal() and 1 <= int(place[:4]) <= len(options):
        return options[int(place[:4]) - 1].id
    return None


def command(text: str, view: SeatView) -> Wish | str:
    word, _, rest = text.partition(" ")
    rest = rest.strip()
    match word.lower():
        case "hand":
            return Wish("hand", {"up": not view.hand})
        case "name" if rest:
            return Wish("rename", {"name": rest})
        case "lang" if rest:
            return Wish("language", {"lang": rest})
        case "here":
            return Wish("here", {"fresh": rest} if rest else {})
        case "ask" if rest:
            return Wish("say", {"text": rest})
        case "leave" | "receipt" | "quit":
            return Wish(word.lower())
        case "object":
            return Wish("object")
    return Wish("help")
