"""Taking part in a terminal, the pure half: a view as plain lines, a typed line as a wish.

Letters and shapes are the same as on every surface; nothing here needs colour, width or cursor control, so it works
over SSH, on a rugged handheld and with a screen reader.
"""

from __future__ import annotations

from typing import Any

import msgspec

from fieldkit.core.plan import ATTENDANCE
from fieldkit.core.views import LETTERS, SHAPES, OpenSeat, ResultSeat, SeatView
from fieldkit.words import Words


class Wish(msgspec.Struct, frozen=True):
    """An intent to send: kind and fields of docs/wire.md. Kind `quit`, `receipt` and `help` stay in the terminal."""

    kind: str
    fields: dict[str, Any] = {}


def sign(k: int) -> str:
    """`A ●`; letters alone after the sixth."""
    return f"{LETTERS[k]} {SHAPES[k]}" if k < len(LETTERS) else chr(65 + k) if k < 26 else str(k + 1)


def lines_of(view: SeatView, words: Words) -> list[str]:
    """What the seat sees now, as lines of plain text."""
    say = words.say
    trainer = view.trainer or say("the trainer")
    out: list[str] = []
    if view.notice:
        out.append(f"! {view.notice}")
    if view.paused:
        out.append(f"‖ {say('paused')}. {say('Waiting for {name} to go on.', name=trainer)}")
    if view.state == "bye":
        return out + bye_lines(view, words)
    if view.state == "activity":
        for one in view.open:
            out += open_lines(one, words)
    elif view.state == "result":
        for result in view.results[:1]:
            out += result_lines(result, words)
        out.append(say("Waiting for {name} to go on.", name=trainer))
    elif view.state == "wait":
        out.append(say("You are in, {name}.", name=view.me.name if view.me else ""))
        if view.expected:
            out.append(say("{n} of {of} are here.", n=view.present, of=view.expected))
        if not view.paused:
            sentence = "Waiting for {name} to go on." if view.step else "Waiting for {name} to start."
            out.append(say(sentence, name=trainer))
    out += [f"  #{x.ref} {x.text}" + (f"  ▲ {x.ups}" if x.ups else "") for x in view.says[:8]]
    return out


def open_lines(one: OpenSeat, words: Words) -> list[str]:
    say = words.say
    text = say("Are you here?") if one.type == ATTENDANCE else one.text
    out = [text, *(f"  {option_sign(one, k)}  {x.text}" for k, x in enumerate(one.options))]
    if one.mine is not None:
        chosen = ", ".join(option_sign(one, k) for k, x in enumerate(one.options) if x.id in one.mine)
        out.append(f"✓ {say('saved')}" + (f": {chosen or one.mine_text or ''}" if chosen or one.mine_text else ""))
    if one.type == ATTENDANCE:
        out.append(say("Type `here`."))
    elif one.type == "acknowledge":
        out.append(say("Type your name to sign"))
    elif one.type in ("text", "prompt"):
        out.append(
            say("Type your answer and press Enter.") + (f" {say('`+12` agrees with #12.')}" if one.upvote else "")
        )
    else:
        out.append(say("Type the letters, for example: a c") if one.multiple else say("Type one letter."))
    return out


def option_sign(one: OpenSeat | ResultSeat, k: int) -> str:
    return one.options[k].text if one.type == "scale" else sign(k)


def result_lines(one: ResultSeat, words: Words) -> list[str]:
    most = max([1, *one.counts.values()])
    out = [one.text]
    for k, x in enumerate(one.options):
        count = one.counts.get(x.id, 0)
        right = f" ✓ {words.say('right')}" if x.id in (one.correct or []) else ""
        text = "" if one.type == "scale" else f" {x.text}"
        out.append(f"  {option_sign(one, k)}{text}  {'█' * round(12 * count / most)} {count}{right}")
    if one.mine:
        mine = ", ".join(option_sign(one, k) for k, x in enumerate(one.options) if x.id in one.mine)
        out.append(words.say("You answered {sign}", sign=mine))
    if one.explain:
        out.append(one.explain)
    return out


def bye_lines(view: SeatView, words: Words) -> list[str]:
    say = words.say
    out = [say("Goodbye, {name}.", name=view.me.name if view.me else "")]
    out.append(say("The session has ended. Thank you.") if view.ended else say("You have left the session."))
    if view.bye is not None:
        out.append(f"{say('Minutes')}: {view.bye.minutes}")
        if view.bye.code:
            out.append(f"{say('Receipt')}: {view.bye.code}")
    return out


HELP = "/hand  /name NAME  /lang es  /here  /ask QUESTION  /receipt  /leave  /quit"


def read_line(line: str, view: SeatView) -> Wish | str | None:
    """The wish in a typed line; a str is the sentence (message id) to say instead; None for an empty line."""
    line = line.strip()
    if not line:
        return None
    if line.startswith("/"):
        return command(line[1:], view)
    if line.lower() in ("quit", "exit"):
        return Wish("quit")
    if line.startswith("+") and line[1:].strip().lstrip("#").isdigit():
        return Wish("up", {"ref": int(line[1:].strip().lstrip("#")[:15])})
    one = view.open[0] if view.open and view.state == "activity" else None
    if one is None:
        return Wish("here") if line.lower() == "here" else "Nothing is asked now."
    about = {"activity": one.activity, "round": one.round}
    if one.type == ATTENDANCE:
        return Wish("here") if line.lower() == "here" else "Type `here`."
    if one.type == "acknowledge":
        return Wish("ack", {**about, "text": line})
    if one.type == "prompt":
        return Wish("say", {"activity": one.activity, "text": line})
    if one.type == "text":
        return Wish("answer", {**about, "text": line})
    chosen = [pick(one, part) for part in line.replace(",", " ").split()]
    if not chosen or any(x is None for x in chosen):
        beside = next((o for o in view.open if o.type == "prompt"), None)  # a discussion runs beside questions
        if beside is not None:
            return Wish("say", {"activity": beside.activity, "text": line})
        return "That is not one of the choices."
    return Wish("answer", {**about, "v": chosen})


def pick(one: OpenSeat, typed: str) -> str | None:
    """The option somebody means: its letter, its number on a scale, or its id."""
    for k, x in enumerate(one.options):
        if typed.casefold() in (x.id.casefold(), x.text.casefold()):
            return x.id
        if one.type != "scale" and k < 26 and typed.upper() == chr(65 + k):
            return x.id
    if typed.isdigit() and 1 <= int(typed[:4]) <= len(one.options):
        return one.options[int(typed[:4]) - 1].id
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
