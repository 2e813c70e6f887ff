"""Typing in what somebody answers who has no phone: which parts there are, what was taken, the wishes that follow.

No rules here: what is picked goes to the desk as it is, and the rules say whether it fits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from fieldkit.core.activities import kind_of
from fieldkit.core.activities.match import rights
from fieldkit.core.activities.quiz import PARTS, question, questions
from fieldkit.core.intents import ProxyAnswer
from fieldkit.core.plan import Activity, Option, Text
from fieldkit.tui.say import _

ONE, MANY, ORDER, LINE = "one", "many", "order", "line"
SURE = "/sure"
"""The part that asks how sure somebody is; no question of a pack has such an id."""
Say = Callable[[Text | None], str]


class Part(NamedTuple):
    """One thing to choose or type. `how`: one of the options, several, all in an order, or a line of text."""

    q: str
    prompt: str
    how: str
    options: list[tuple[str, str]] = []


def _spelled(options: Sequence[Option], say: Say) -> list[tuple[str, str]]:
    words = {"True": _("True"), "False": _("False")}
    return [(o.id, words.get(say(o.text), say(o.text))) for o in options]


def parts_of(activity: Activity, say: Say) -> list[Part]:
    """What an answer to this activity is made of, in the order of the screens."""
    kind, type_ = kind_of(activity.type), activity.type
    if type_ == "match":
        right = _spelled(rights(activity), say)
        return [Part(o.id, say(o.text), ONE, right) for o in activity.left]
    if type_ == "quiz":
        known = ((q, question(activity, q)) for q in questions(activity) if q.type in PARTS)
        return [
            Part(q.id, say(q.text), MANY if q.multiple else ONE, _spelled(PARTS[q.type].options(one), say))
            for q, one in known
        ]
    if type_ == "order":
        return [Part("", _("In which order?"), ORDER, _spelled(kind.options(activity), say))]
    options = _spelled(kind.options(activity), say)
    how = LINE if not options else MANY if kind.several(activity) else ONE
    parts = [Part("", "", how, options)]
    if activity.sure:
        sure = [("sure", _("sure")), ("unsure", _("not sure")), ("", _("did not say"))]
        parts.append(Part(SURE, _("How sure?"), ONE, sure))
    return parts


class Entry:
    """What was taken of one person's answer so far."""

    def __init__(self, activity: Activity, say: Say) -> None:
        self.activity = activity
        self.parts = parts_of(activity, say)
        self.at = 0
        self.taken: list[str] = []
        """Of the part that is asked now."""
        self.text: str | None = None
        """What was typed, where a line is asked for."""
        self._before: list[list[str]] = []

    @property
    def part(self) -> Part | None:
        """What is asked now; None when everything was."""
        return self.parts[self.at] if self.at < len(self.parts) else None

    def pick(self, id: str) -> bool:
        """Take one option, or take it back; whether this part is finished by it."""
        part = self.part
        if part is None or all(id != o for o, _words in part.options):
            return False
        if part.how == ONE:
            self.taken = [id]
            return True
        if id in self.taken:
            self.taken.remove(id)
        else:
            self.taken.append(id)
        return part.how == ORDER and len(self.taken) == len(part.options)

    def undo(self) -> bool:
        """The last one back, or the part before; False when there is nothing to take back."""
        if self.taken:
            self.taken.pop()
        elif self._before:
            self.at -= 1
            self.taken = self._before.pop()
            if self.parts[self.at].how != MANY:
                self.taken = self.taken[:-1]
        else:
            return False
        return True

    def go_on(self) -> None:
        """This part is finished."""
        self._before.append(self.taken)
        self.taken = []
        self.at += 1

    def wishes(self, who: str, via: str) -> list[ProxyAnswer]:
        """What the desk is asked once all parts are finished; of a quiz one wish a question."""
        id, type_ = self.activity.id, self.activity.type
        answers = list(zip(self.parts, self._before, strict=False))
        if type_ == "quiz":
            return [ProxyAnswer(who=who, activity=id, v=tuple(v), q=p.q, via=via, ids=True) for p, v in answers if v]
        if type_ == "match":
            pairs = tuple(f"{p.q}={v[0]}" for p, v in answers if v)
            return [ProxyAnswer(who=who, activity=id, v=pairs, via=via, ids=True)]
        sure = next((v[0] for p, v in answers if p.q == SURE and v), "") or None
        v, text = tuple(answers[0][1]) if answers else (), self.text
        if text is not None and type_ == "number":
            v, text = (text,), None
        return [ProxyAnswer(who=who, activity=id, v=v, text=text, sure=sure, via=via, ids=True)]
