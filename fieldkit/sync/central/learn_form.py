"""One question as a form without a script, and the answer that such a form brings back.

What a form never holds: which answer is right. That is shown when an answer is in the log, by the pack's leave.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl

import msgspec

from fieldkit.core import blended
from fieldkit.core.activities import kind_of, match, quiz
from fieldkit.core.clean import clean_text
from fieldkit.core.intents import PutAnswer
from fieldkit.core.plan import Activity, Option, Plan, Text
from fieldkit.core.spelled import BARE, sign
from fieldkit.core.state import Answer

FIELDS = 64
"""Of one form: a question of six choices has some twelve."""
MOST_VALUE = 2000
Fields = dict[str, list[str]]


class Choice(msgspec.Struct, frozen=True):
    id: str
    text: str
    sign: str = ""
    chosen: bool = False


class Row(msgspec.Struct, frozen=True):
    """One of several lists to choose from: a place in an order, or what stands on the left of a match."""

    name: str
    text: str
    chosen: str = ""


class Shown(msgspec.Struct, frozen=True):
    """What a page shows of a question. `control`: one, several, lists, number, line or words."""

    control: str
    text: str
    lang: str
    choices: list[Choice] = []
    rows: list[Row] = []
    value: str = ""
    most: int = 0
    several: bool = False
    sure: bool = False
    sure_said: str = ""


class Told(msgspec.Struct, frozen=True):
    """What is said after the answer: what it was; and where the pack lets it be told, whether it is right, and why."""

    mine: str
    right: bool | None = None
    key: str = ""
    because: str = ""


def part(a: Activity, q: str) -> Activity:
    return quiz.part(a, q) or a


def lang_of(plan: Plan, text: Text | None, lang: str) -> str:
    """In which language a text is shown that was asked for in `lang`."""
    k = plan.langs.index(lang) if lang in plan.langs else 0
    return lang if text and k < len(text) and text[k] else plan.langs[0] if plan.langs else "en"


def shown(plan: Plan, a: Activity, q: str, lang: str, old: Answer | None) -> Shown:
    """The question, with the answer that is there already."""
    one = part(a, q)
    kind, text = kind_of(one.type), plan.say(one.text, lang)
    said = lang_of(plan, one.text, lang)
    v, words = (old.v, old.text or "") if old is not None else ([], "")
    base = Shown("", text, said, sure=a.sure, sure_said=(old.sure or "") if old is not None else "")
    put = msgspec.structs.replace
    match one.type:
        case "number":
            return put(base, control="number", value="".join(v[:1]), most=40)
        case "short" | "text":
            control, most = ("line", 80) if one.type == "short" else ("words", 500)
            return put(base, control=control, value=words, most=one.max_chars or most)
        case "order":
            rows = [Row(f"v{k}", f"{k}.", v[k - 1] if k <= len(v) else "") for k in range(1, len(one.options) + 1)]
            return put(base, control="lists", choices=_choices(plan, kind.options(one), lang, ()), rows=rows)
        case "match":
            given = dict(pair.partition("=")[::2] for pair in v)
            rows = [Row(f"v{k}", plan.say(x.text, lang), given.get(x.id, "")) for k, x in enumerate(one.left, 1)]
            return put(base, control="lists", choices=_choices(plan, match_rights(one), lang, ()), rows=rows)
    several = kind.several(one)
    choices = _choices(plan, kind.options(one), lang, v, bare=one.type in BARE)
    return put(base, control="several" if several else "one", choices=choices, several=several)


def match_rights(a: Activity) -> list[Option]:
    return match.rights(a)


def _choices(plan: Plan, options: Sequence[Option], lang: str, v: Sequence[str], bare: bool = True) -> list[Choice]:
    return [Choice(o.id, plan.say(o.text, lang), "" if bare else sign(k), o.id in v) for k, o in enumerate(options)]


def told(plan: Plan, a: Activity, q: str, lang: str, answer: Answer) -> Told:
    """What is said of an answer that is in the log."""
    one = part(a, q)
    kind = kind_of(one.type)
    mine = kind.spell(plan, one, answer.v, answer.text, lang)
    if a.reveal == "never":
        return Told(mine)
    right = kind.right(one, answer.v, answer.text) if blended.shows(a, q) else None
    feedback = one.feedback
    said = plan.say((feedback.right if right else feedback.wrong) if feedback and right is not None else None, lang)
    why = plan.say(a.explain, lang)
    because = " ".join(one for one in (said, why) if one)
    return Told(mine, right, kind.key_said(plan, one, lang) if right is False else "", because)


# ---- reading -------------------------------------------------------------------------------------------------


def read_fields(kind: str, body: bytes) -> Fields:
    """The fields of a form, each with its values in order; an empty form for anything else."""
    if kind.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        return {}
    try:
        pairs = parse_qsl(body.decode("ascii"), max_num_fields=FIELDS, encoding="utf-8", errors="replace")
    except ValueError:
        return {}
    out: Fields = {}
    for name, value in pairs:
        out.setdefault(name[:20], []).append(value[:MOST_VALUE])
    return out


def first(fields: Mapping[str, list[str]], name: str) -> str:
    return fields.get(name, [""])[0]


def wish(a: Activity, q: str, fields: Fields) -> PutAnswer:
    """What such a form wishes; whether it fits is judged by the rules."""
    one = part(a, q)
    v: list[str] = []
    text = ""
    match one.type:
        case "number":
            v = [first(fields, "t")[:200]] if first(fields, "t").strip() else []
        case "short" | "text":
            text = clean_text(first(fields, "t"), MOST_VALUE)
        case "order":
            v = [said for k in range(1, len(one.options) + 1) if (said := first(fields, f"v{k}"))]
        case "match":
            pairs = [(x.id, first(fields, f"v{k}")) for k, x in enumerate(one.left, 1)]
            v = [f"{left}={right}" for left, right in pairs if right]
        case _:
            v = fields.get("v", [])
    n = first(fields, "n")
    return PutAnswer(
        activity=a.id,
        round=1,
        v=tuple(x[:200] for x in v[:32]),
        q=q or None,
        sure=first(fields, "sure")[:20] or None if a.sure else None,
        text=text or None,
        n=int(n) if n.isascii() and n.isdigit() and len(n) < 6 else 1,
    )
