"""Paper for those without a phone: a sign-in sheet, and an answer sheet a person with the questions of a plan.

Letters, shapes and order are those of the screens, so that one may follow the room on paper; never a key. What is asked
without names is not on it: a sheet bears a name.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from fieldkit.core.activities import kind_of, quiz
from fieldkit.core.activities.match import rights
from fieldkit.core.plan import ATTENDANCE, Activity, Option, Plan, Text
from fieldkit.formats.printed import render

LINES = {"short": 1, "text": 3, "wordcloud": 2}
LEAST_BLANK = 8
"""Empty rows at the end of a sign-in sheet: somebody always comes unexpected."""
A_PAGE = 20


class Person(msgspec.Struct, frozen=True):
    """Somebody whose name is printed; empty fields are lines to write on."""

    name: str = ""
    badge: str = ""
    employer: str = ""


class Item(msgspec.Struct, frozen=True):
    """One question as it is printed. Texts hold one string a language."""

    id: str
    """What its column is called when answers are typed in."""
    how: str
    """choose, order, match, number, lines, sign or quiz."""
    text: list[str]
    options: list[list[str]] = []
    multiple: bool = False
    ends: tuple[list[str], list[str]] | None = None
    """scale: words at its lowest and highest end."""
    left: list[list[str]] = []
    boxes: int = 0
    parts: list[Item] = []
    unsure: bool = False


def said(plan: Plan, text: Text | None, langs: Sequence[str]) -> list[str]:
    return [plan.say(text, lang) for lang in langs]


def texts_of(plan: Plan, options: Sequence[Option], langs: Sequence[str]) -> list[list[str]]:
    return [said(plan, o.text, langs) for o in options]


def planned(plan: Plan) -> list[Activity]:
    """The activities that the run sheet opens, in its order; all of them where it opens none."""
    order = [step.activity for segment in plan.segments for step in segment.steps if step.activity]
    found = [a for id in dict.fromkeys(order) if (a := plan.activity(id)) is not None]
    return found or list(plan.activities)


def _alone(a: Activity) -> bool:
    """Each answers it for themself; the roll call is on the sign-in sheet."""
    return kind_of(a.type).expected and a.type != ATTENDANCE


def on_paper(a: Activity) -> bool:
    """Whether it can be answered on a sheet with a name on it."""
    if not _alone(a) or a.mode != "named":
        return False
    return a.type != "hotspot" or bool(kind_of(a.type).options(a))


def items(plan: Plan, langs: Sequence[str]) -> list[Item]:
    return [item(plan, a, langs) for a in planned(plan) if on_paper(a)]


def left_out(plan: Plan) -> list[Activity]:
    """What the run sheet asks and no sheet can."""
    return [a for a in planned(plan) if _alone(a) and not on_paper(a)]


def item(plan: Plan, a: Activity, langs: Sequence[str]) -> Item:
    kind, text = kind_of(a.type), said(plan, a.text, langs)
    match a.type:
        case "acknowledge":
            return Item(a.id, "sign", text)
        case "number":
            return Item(a.id, "number", text, unsure=a.sure)
        case "short" | "text" | "wordcloud":
            return Item(a.id, "lines", text, boxes=LINES[a.type], unsure=a.sure)
        case "order":
            shown = texts_of(plan, kind.options(a), langs)
            return Item(a.id, "order", text, shown, boxes=len(shown), unsure=a.sure)
        case "match":
            right = texts_of(plan, rights(a), langs)
            return Item(a.id, "match", text, right, left=texts_of(plan, a.left, langs), unsure=a.sure)
        case "quiz":
            parts = [part for q in quiz.questions(a) if (part := quiz.part(a, q.id)) is not None]
            shown_parts = [item(plan, part, langs) for part in parts]
            return Item(a.id, "quiz", text, parts=shown_parts)
        case _:
            ends = (said(plan, a.min_label, langs), said(plan, a.max_label, langs)) if a.type == "scale" else None
            options = texts_of(plan, kind.options(a), langs)
            return Item(a.id, "choose", text, options, multiple=kind.several(a), ends=ends, unsure=a.sure)


def sign_in(people: Sequence[Person], blank: int) -> list[list[Person]]:
    """Pages of rows: who is expected, then empty ones, the last page full."""
    rows = [*people, *[Person()] * max(blank, 0)]
    rows += [Person()] * (-len(rows) % A_PAGE)
    return [rows[k : k + A_PAGE] for k in range(0, len(rows), A_PAGE)]


def paper(
    plan: Plan,
    people: Sequence[Person],
    langs: list[str],
    *,
    title: str = "",
    site: str = "",
    trainer: str = "",
    blank: int = LEAST_BLANK,
    answers: int = 1,
    size: str = "A4",
) -> bytes:
    """The sheets as HTML: sign-in pages, an answer sheet for each of `people` and `answers` empty ones."""
    return render(
        "paper.html",
        langs,
        size,
        title=said(plan, plan.title, langs) if not title else [title],
        site=site,
        trainer=trainer,
        pages=sign_in(people, blank),
        sheets=[*people, *[Person()] * max(answers, 0)],
        items=items(plan, langs),
        others=[said(plan, a.text, langs) for a in left_out(plan)],
        rows_a_page=A_PAGE,
    )
