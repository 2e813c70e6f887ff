"""quiz: several questions in one, answered one by one with `q`, at one's own pace. No points for speed.

Each question is judged by the file of its own type. The time limit has a grace of two seconds on the laptop's clock:
what a thumb sent in time may come over a bad Wi-Fi a moment late.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fieldkit.core.activities.base import Checked, Kind, OptionKind, Row, shuffled
from fieldkit.core.activities.choice import Choice
from fieldkit.core.activities.truefalse import TrueFalse
from fieldkit.core.plan import Activity, Option, Plan, Question
from fieldkit.core.refusals import Refusal

if TYPE_CHECKING:
    from fieldkit.core.state import Round

PARTS: dict[str, OptionKind] = {"choice": Choice(), "truefalse": TrueFalse()}
"""What a question of a quiz can be."""


def question(a: Activity, q: Question) -> Activity:
    """A question of a quiz as an activity of its own, to be judged by its type's file."""
    return Activity(
        id=a.id,
        type=q.type,
        text=q.text,
        mode=a.mode,
        options=q.options,
        multiple=q.multiple,
        answer=q.answer,
        feedback=q.feedback,
    )


def part(a: Activity, q: str) -> Activity | None:
    """The question named `q`, if it is of a sort this release knows."""
    found = next((one for one in a.questions if one.id == q), None)
    return question(a, found) if found is not None and found.type in PARTS else None


def questions(a: Activity) -> list[Question]:
    """In the order in which every screen shows them."""
    if not a.shuffle:
        return a.questions
    by_id = {q.id: q for q in a.questions}
    return [by_id[o.id] for o in shuffled(a.id, [Option(id=q.id, text=[]) for q in a.questions])]


class Quiz(Kind):
    name = "quiz"
    personal = True
    grace_ms = 2000

    def options(self, a: Activity) -> list[Option]:
        return []

    def asked(self, a: Activity) -> list[str]:
        return [q.id for q in a.questions]

    def check(self, a: Activity, v: Sequence[str], text: str | None, q: str = "") -> Checked | Refusal:
        one = part(a, q)
        return Refusal("wrong-value", a.id) if one is None else PARTS[one.type].check(one, v, text)

    def keys(self, a: Activity, v: Sequence[str], text: str | None = None, q: str = "") -> Sequence[str]:
        return [f"{q}={one}" for one in v]

    def keyed(self, a: Activity, q: str = "") -> bool:
        return any(one.answer for one in a.questions if not q or one.id == q)

    def right(self, a: Activity, v: Sequence[str], text: str | None = None, q: str = "") -> bool | None:
        one = part(a, q)
        return None if one is None else PARTS[one.type].right(one, v, text)

    def correct(self, a: Activity) -> list[str] | None:
        return [f"{q.id}={one}" for q in a.questions for one in q.answer] or None

    def live(self, a: Activity) -> bool:
        return False

    def tally(self, plan: Plan, one: Round, lang: str) -> list[Row]:
        """The options of each question, as `1. Option`."""
        counts, rows = self.counts(one), list[Row]()
        for k, q in enumerate(one.activity.questions, 1):
            as_one = question(one.activity, q)
            for o in PARTS[q.type].options(as_one) if q.type in PARTS else []:
                key = f"{q.id}={o.id}"
                rows.append((key, f"{k}. {plan.say(o.text, lang)}", counts.get(key, 0)))
        return rows

    def spell(self, plan: Plan, a: Activity, v: Sequence[str], text: str | None, lang: str, q: str = "") -> str:
        one = part(a, q)
        return "" if one is None else PARTS[one.type].spell(plan, one, v, text, lang)
