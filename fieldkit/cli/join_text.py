"""Taking part in a terminal: a view as plain lines.

Letters and shapes are the same as on every surface; nothing here needs colour, width or cursor control, so it works
over SSH, on a rugged handheld and with a screen reader.
"""

from __future__ import annotations

from collections.abc import Sequence

from fieldkit.cli.join_read import in_turn
from fieldkit.core.plan import ATTENDANCE
from fieldkit.core.spelled import BARE, is_yes_no, own_words, paired, sign, text_of
from fieldkit.core.views import OpenSeat, OptionView, QuestionView, ResultSeat, SeatView
from fieldkit.lan.marks import here
from fieldkit.words import Words

Asked = OpenSeat | ResultSeat | QuestionView


def lines_of(view: SeatView, words: Words) -> list[str]:
    """What the seat sees now, as lines of plain text."""
    say = words.say
    trainer = view.trainer or say("the trainer")
    out: list[str] = []
    if view.notice:
        out.append(f"! {say(view.notice)}")
    if view.paused:
        out.append(f"‖ {say('paused')}. {say('Waiting for {name} to go on.', name=trainer)}")
    if view.state == "bye":
        return out + bye_lines(view, words)
    if view.state == "activity":
        asked = in_turn(view)
        for one in [*(x for x in view.open if x.type == "checklist"), *reversed(asked)]:
            out += open_lines(one, words)  # what a typed line goes to stands last, where the eye is
    elif view.state == "result":
        for result in view.results[:1]:
            out += result_lines(result, words)
        out.append(say("Waiting for {name} to go on.", name=trainer))
    elif view.state == "wait":
        out.append(say("You are in, {name}.", name=view.me.name if view.me else ""))
        if view.present or view.more:
            out.append(here(words, view))
        if not view.paused:
            sentence = "Waiting for {name} to go on." if view.step else "Waiting for {name} to start."
            out.append(say(sentence, name=trainer))
    out += [f"  #{x.ref} {x.text}" + (f"  ▲ {x.ups}" if x.ups else "") for x in view.says[:8]]
    out += [f"  ? #{x.ref} {x.text}" + (f"  ▲ {x.ups}" if x.ups else "") for x in view.asks[:8]]
    return out


# ---- a question ------------------------------------------------------------------------------------------------------


def open_lines(one: OpenSeat, words: Words) -> list[str]:
    """The question, what may be chosen, what was answered, and what to type."""
    say = words.say
    out = [say("Are you here?") if one.type == ATTENDANCE else one.text]
    if one.type == "checklist":
        return out + check_lines(one, words)
    if one.type == "breakout":
        return out + group_lines(one, words)
    if one.reading_ms is not None:
        return [*out, say("Read first. The choices come in a moment.")]
    if one.type == "hotspot":
        out += [one.alt] if one.alt else []
    if one.questions:
        return out + quiz_lines(one, words)
    out += [f"  {k}  {x.text}" for k, x in enumerate(one.left, 1)]
    out += [option_line(one, k, x, words) for k, x in enumerate(one.right or one.options)]
    if one.mine is not None:
        mine = spelled(one, words)
        out.append(f"✓ {say('saved')}" + (f": {mine}" if mine else ""))
    elif one.mode == "anonymous" and one.type != "prompt":
        out.append(say("The first vote stands."))
    return [*out, *hint_lines(one, words)]


def hint_lines(one: OpenSeat, words: Words) -> list[str]:
    """What to type."""
    say = words.say
    if one.type == ATTENDANCE:
        return [say("Type `here`.")]
    if one.type == "acknowledge":
        return [say("Type your name to sign")]
    agree = f" {say('`+12` agrees with #12.')}" if one.upvote else ""
    match one.type:
        case "text" | "prompt" | "short":
            hint = say("Type your answer and press Enter.") + agree
        case "wordcloud":
            hint = say("Type up to {n} words with commas between them.", n=one.most)
        case "number" | "scale":
            hint = say("Your number")
        case "order":
            hint = say("Type the letters in order, for example: b a c")
        case "match":
            hint = say("Type pairs, for example: 1=b 2=a")
        case _:
            hint = say("Type the letters, for example: a c") if one.multiple else say("Type one letter.")
    return [hint, *([say("How sure? Type it behind: sure or unsure")] if one.sure and one.mine_sure is None else [])]


def quiz_lines(one: OpenSeat, words: Words) -> list[str]:
    """The first question without an answer; once all are answered, what was said to each."""
    say, of = words.say, len(one.questions)
    at = next((k for k, q in enumerate(one.questions) if q.mine is None), None)
    if at is None:
        said = [f"  {k}  {q.text}  ✓ {spelled(q, words)}" for k, q in enumerate(one.questions, 1)]
        return [*said, f"✓ {say('saved')}", say("You can change it until it closes.") + " 2=b"]
    q = one.questions[at]
    out = [f"{say('Question {n} of {of}', n=at + 1, of=of)}: {q.text}"]
    out += [f"  {sign(k)}  {option_text(x, q, words)}" for k, x in enumerate(q.options)]
    return [*out, say("Type the letters, for example: a c") if q.multiple else say("Type one letter.")]


def group_lines(one: OpenSeat, words: Words) -> list[str]:
    say = words.say
    own = next((g for g in one.groups if g.mine), None)
    out: list[str] = []
    if own is not None:
        out.append(say("Your group: {label}", label=own.label))
        out += [say("Place: {place}", place=own.place)] if own.place else []
        out += [say("In it: {names}", names=", ".join(own.names))] if own.names else []
        if own.writes:
            out += [say("You write for your group."), say("Type your answer and press Enter.")]
    if one.options and (own is None or not own.writes):
        out += [say("Choose your group."), *(f"  {sign(k)}  {x.text}" for k, x in enumerate(one.options))]
        out.append(say("Type one letter."))
    return out or [say("You are in no group yet.")]


def check_lines(one: OpenSeat, words: Words) -> list[str]:
    """Nothing to type: the trainer marks."""
    say = words.say
    if one.mine is None:
        return [*(f"  –  {x.text}" for x in one.options), say("Your trainer marks what you show.")]
    return [
        f"  {'✓' if x.id in one.mine else '–'}  {x.text}  {say('shown') if x.id in one.mine else say('not yet')}"
        for x in one.options
    ]


# ---- signs and words -------------------------------------------------------------------------------------------------


def option_line(one: OpenSeat, k: int, x: OptionView, words: Words) -> str:
    """`A ●  Gravity`; of a scale what is typed, its numbers."""
    if one.type == "scale":
        return f"  {x.text}" if x.text.isdecimal() else f"  {k + 1}  {x.text}"
    return f"  {sign(k)}  {option_text(x, one, words)}"


def option_text(x: OptionView, one: Asked, words: Words) -> str:
    return words.say(x.text) if is_yes_no(one, x) else x.text


def spelled(one: Asked, words: Words) -> str:
    """What was answered, in signs or words, and how sure."""
    said = own_words(one)
    if not said or isinstance(one, ResultSeat) or not one.mine_sure:
        return said
    return f"{said} ({words.say('I am sure') if one.mine_sure == 'sure' else words.say('I am not sure')})"


# ---- a result --------------------------------------------------------------------------------------------------------


def result_lines(one: ResultSeat, words: Words) -> list[str]:
    """Bars with ✓ at what is right, the own answer and why."""
    say = words.say
    out = [one.text]
    if one.suppressed:
        return [*out, say("Too few answers to show.")]
    if one.questions:
        for k, q in enumerate(one.questions, 1):
            out += [f"{k}  {q.text}", *bar_lines(q, q.counts or {}, q.correct or [], words)]
            out += _own(q, None, words)
    elif one.type in ("order", "match"):
        rows = [(key, said_of(one, key), n) for key, n in one.counts.items()]
        out += _rows([(said, n, key in one.hits) for key, said, n in rows], words)
    else:
        out += bar_lines(one, one.counts, one.hits, words)
        if one.correct and one.type in ("number", "short") and not any(x.id in one.hits for x in one.options):
            out.append(f"✓ {say('{answer} is right', answer=', '.join(one.correct))}")
    out.append(say("{n} answered", n=one.n))
    return out + ([] if one.questions else _own(one, one.mine_right, words))


def _own(one: ResultSeat | QuestionView, right: bool | None, words: Words) -> list[str]:
    said = spelled(one, words)
    out = [words.say("You answered {sign}", sign=said)] if said else []
    if right is not None:
        out.append(words.say("Your answer is right.") if right else words.say("Your answer is not right."))
    return [*out, *(said for said in (one.told, one.explain) if said)]


def said_of(one: ResultSeat, key: str) -> str:
    """A key of an order (`1=shut`) or of pairs (`hasp=e`) in words."""
    if one.type == "match":
        return paired(one, [key])
    place, _, id = key.partition("=")
    return f"{place}. {text_of(one.options, id)}"


def bar_lines(one: ResultSeat | QuestionView, counts: dict[str, int], right: Sequence[str], words: Words) -> list[str]:
    rows = []
    for k, x in enumerate(one.options):
        text = x.text if one.type in BARE else f"{sign(k)} {option_text(x, one, words)}"
        rows.append((text, counts.get(x.id, 0), x.id in right))
    return _rows(rows, words)


def _rows(rows: Sequence[tuple[str, int, bool]], words: Words) -> list[str]:
    most = max([1, *(n for _, n, _ in rows)])
    mark = f" ✓ {words.say('right')}"
    return [f"  {text}  {'█' * round(12 * n / most)} {n}{mark if right else ''}" for text, n, right in rows]


def bye_lines(view: SeatView, words: Words) -> list[str]:
    say = words.say
    out = [say("Goodbye, {name}.", name=view.me.name if view.me else "")]
    out.append(say("The session has ended. Thank you.") if view.ended else say("You have left the session."))
    if view.bye is not None:
        out.append(f"{say('Minutes')}: {view.bye.minutes}")
        if view.bye.code:
            out.append(f"{say('Receipt')}: {view.bye.code}")
    return out
