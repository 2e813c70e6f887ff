"""A checked pack in the form of a plan: texts of all languages side by side, ids as values, decimals as strings.

`docs/packs.md` says what each field means; where several fields of a pack become one of the plan, it is said here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from decimal import Decimal

import msgspec

from fieldkit.core import plan as p
from fieldkit.packs import kinds
from fieldkit.packs.check_keys import as_list
from fieldkit.packs.kinds import AnyActivity
from fieldkit.packs.load import Loaded
from fieldkit.packs.model import Pack, Segment, Step
from fieldkit.packs.texts import texts_of
from fieldkit.packs.truth import true_false


class Maker:
    """Puts a checked pack into the form of a plan. Keys of texts as in `fieldkit.packs.texts`."""

    def __init__(self, loaded: Loaded, pack: Pack, site: str) -> None:
        self.loaded = loaded
        self.pack = pack
        self.langs = [pack.language, *sorted(loaded.translations)]
        self.source = {key: s.text for key, s in texts_of(pack).items()}
        self.overlay = loaded.overlays[site].strings if site in loaded.overlays else {}
        self.blobs: dict[str, bytes] = {}

    def say(self, key: str) -> p.Text:
        """The text in every language; what a language lacks is None and falls back when it is read."""
        out: p.Text = []
        for lang in self.langs:
            if lang == self.pack.language:
                text = self.source.get(key, "")
            else:
                text = self.loaded.translations[lang].strings.get(key, "")
            text = self.overlay.get(lang, {}).get(key, text).strip()
            out.append(text or None)
        if out[0] is None:
            out[0] = ""
        return out

    def maybe(self, key: str) -> p.Text | None:
        """As `say`; None where the pack has no such text."""
        return self.say(key) if key in self.source else None

    # -- the whole ---------------------------------------------------------------------------------------------

    def plan(self) -> p.Plan:
        pack = self.pack
        done = pack.completion
        return p.Plan(
            v=1,
            id=pack.id,
            version=pack.version,
            title=self.say("title"),
            language=pack.language,
            langs=self.langs,
            minutes=pack.duration,
            segments=[self.segment(s) for s in pack.segments],
            activities=[self.activity(id, a) for id, a in pack.activities.items()],
            summary=self.maybe("summary"),
            objectives=[p.Objective(id=o.id, text=self.say(f"objectives.{o.id}.text")) for o in pack.objectives],
            completion=p.Completion(done.attendance_min, done.score_min, list(done.require)),
            valid_months=pack.validity.months if pack.validity else None,
            remind_days=list(pack.validity.remind_days) if pack.validity else [],
            course=pack.codes.course,
            codes=[[receiver, code] for receiver, code in pack.codes.lms.items()],
            audience_size=list(pack.audience.size or []),
            prework=[
                p.Prework(t.id, self.say(f"prework.{t.id}.text"), t.minutes, as_list(t.activity)) for t in pack.prework
            ],
            reinforcement=[p.Reinforcement(r.id, r.after_days, as_list(r.activity)) for r in pack.reinforcement],
        )

    def segment(self, s: Segment) -> p.Segment:
        key = f"segments.{s.id}"
        adapt = s.adapt
        return p.Segment(
            id=s.id,
            phase=s.phase,
            minutes=s.minutes,
            title=self.say(f"{key}.title"),
            notes=self.maybe(f"{key}.notes"),
            worker=self.maybe(f"{key}.worker"),
            locked=s.locked,
            slides=[slide for path in s.slides for slide in self.slides(path)],
            steps=[self.step(step, f"{key}.steps.{n}") for n, step in enumerate(s.steps)],
            adapt=None
            if adapt is None
            else p.Adapt(
                activity=adapt.if_below.activity,
                score=adapt.if_below.score,
                minutes=adapt.then.minutes,
                say=self.maybe(f"{key}.adapt.then.say"),
            ),
        )

    def step(self, step: Step, key: str) -> p.Step:
        return p.Step(
            at=round(step.at * 60),
            do=step.do,
            activity=step.activity if step.do != "attendance" else None,
            text=self.maybe(f"{key}.text"),
            slide=step.slide,
            live=step.reveal == "live",
            seconds=step.time_limit,
        )

    def slides(self, path: str) -> list[p.Slide]:
        own = self.loaded.slides.get(path, [])
        others = [self.loaded.slide_in(path, lang) or [] for lang in self.langs[1:]]
        out = []
        for n, slide in enumerate(own):
            also = [other[n] if n < len(other) else None for other in others]
            text: p.Text = [slide.text, *(s.text if s and s.text else None for s in also)]
            notes: p.Text = [slide.notes, *(s.notes if s and s.notes else None for s in also)]
            out.append(p.Slide(text=text, notes=notes if any(notes) else None))
        return out

    # -- activities --------------------------------------------------------------------------------------------

    def activity(self, id: str, a: AnyActivity) -> p.Activity:
        key = f"activities.{id}"
        opening = self.opening(id)
        base = p.Activity(
            id=id,
            type=str(a.__struct_config__.tag),
            text=self.say(f"{key}.text"),
            mode=a.mode,
            graded=bool(getattr(a, "graded", False)),
            feedback=self.feedback(key),
            explain=self.maybe(f"{key}.explain"),
            reveal=(opening.reveal if opening else None) or "after_close",
            seconds=a.timer or (opening.time_limit if opening else None),
            reading=a.reading,
            sure=a.sure,
            pre=a.pair.pre if a.pair else None,
            objective=a.ref,
            audio=self.audio(a),
        )
        return msgspec.structs.replace(base, **self.special(a, key))

    def opening(self, id: str) -> Step | None:
        """The first step that opens this activity."""
        steps = (step for s in self.pack.segments for step in s.steps)
        return next((s for s in steps if s.activity == id and s.do in ("open", "breakout")), None)

    def special(self, a: AnyActivity, key: str) -> dict[str, object]:
        """The fields of one type."""
        match a:
            case kinds.Poll():
                return {"options": self.options(key, a.options), "multiple": a.multiple}
            case kinds.Scale():
                return {"options": self.options(key, a.options)}
            case kinds.Choice():
                return {
                    "options": self.options(key, a.options),
                    "multiple": a.multiple,
                    "shuffle": a.shuffle,
                    "answer": _ordered(as_list(a.answer), a.options),
                }
            case kinds.TrueFalse():
                return {"options": self.truth(), "answer": _truth(a.answer)}
            case kinds.Number():
                return {"number": _range(a.answer)}
            case kinds.Short():
                return {"spellings": list(a.spellings), "max_chars": a.max_chars}
            case kinds.Order():
                return {"options": self.options(key, a.options), "answer": list(a.answer)}
            case kinds.Match():
                return {
                    "left": self.options(key, a.left, "left"),
                    "right": self.options(key, a.right, "right"),
                    "answer": [f"{one}={a.answer[one]}" for one in a.left if one in a.answer],
                }
            case kinds.Hotspot():
                return self.hotspot(a, key)
            case kinds.Quiz():
                return {
                    "questions": [self.question(q, f"{key}.questions.{q.id}") for q in a.questions],
                    "shuffle": a.shuffle,
                }
            case kinds.Prompt():
                return {"max_chars": a.max_chars, "upvote": a.upvote}
            case kinds.FreeText():
                return {"max_chars": a.max_chars}
            case kinds.WordCloud():
                return {"max_words": a.max_words}
            case kinds.Breakout():
                return {"group_size": a.group_size, "groups": a.groups, "assign": a.assign, "minutes": a.minutes}
            case kinds.Checklist():
                items = [
                    p.Item(id=i, text=self.say(f"{key}.items.{i}.text"), critical=item.critical)
                    for i, item in a.items.items()
                ]
                return {
                    "items": items,
                    "per": a.per,
                    "by": a.by,
                    "sign": a.sign,
                    "items_min": a.pass_.items_min if a.pass_ else None,
                }
            case kinds.Acknowledge():
                return {"sign": a.sign, "meaning": a.meaning}

    def options(self, key: str, options: Iterable[str], name: str = "options") -> list[p.Option]:
        return [p.Option(id=id, text=self.say(f"{key}.{name}.{id}")) for id in options]

    def truth(self) -> list[p.Option]:
        """`true` and `false` with the words of each language; the first is never empty."""
        words = [true_false(lang) for lang in self.langs]
        first = words[0] or ("True", "False")
        texts = [first, *words[1:]]
        return [p.Option(id=id, text=[w[n] if w else None for w in texts]) for n, id in enumerate(("true", "false"))]

    def feedback(self, key: str) -> p.Feedback | None:
        right, wrong = self.maybe(f"{key}.feedback.right"), self.maybe(f"{key}.feedback.wrong")
        return p.Feedback(right, wrong) if right or wrong else None

    def question(self, q: kinds.ChoiceQuestion | kinds.TrueFalseQuestion, key: str) -> p.Question:
        choice = q if isinstance(q, kinds.ChoiceQuestion) else None
        return p.Question(
            id=q.id,
            type="choice" if choice else "truefalse",
            text=self.say(f"{key}.text"),
            options=self.options(key, choice.options) if choice else self.truth(),
            multiple=choice.multiple if choice else False,
            answer=_ordered(as_list(choice.answer), choice.options) if choice else _truth(getattr(q, "answer", None)),
            feedback=self.feedback(key),
        )

    def blob(self, path: str) -> str:
        """The SHA-256 (hex) of a file of the pack, which from now on travels with the plan."""
        raw = self.loaded.files.files[path]
        name = hashlib.sha256(raw).hexdigest()
        self.blobs[name] = raw
        return name

    def audio(self, a: AnyActivity) -> list[str | None]:
        """A clip a language, in the order of `langs`; empty when there is none."""
        found = [self.blob(a.audio[lang]) if lang in a.audio else None for lang in self.langs]
        return found if any(found) else []

    def hotspot(self, a: kinds.Hotspot, key: str) -> dict[str, object]:
        image = self.blob(a.image)
        targets = [p.Target(id=i, shape=t.shape, at=[decimal(x) for x in t.at]) for i, t in a.targets.items()]
        options = self.options(f"{key}.fallback", a.fallback.options)
        return {
            "image": image,
            "alt": self.say(f"{key}.alt"),
            "targets": targets,
            "fallback": p.Fallback(options=options, answer=_ordered(as_list(a.fallback.answer), a.fallback.options)),
            "answer": _ordered(as_list(a.answer), a.targets),
        }


def decimal(x: float) -> str:
    """`0.78` → "0.78", `4.0` → "4": plain digits, no exponent, no trailing zeros."""
    text = format(Decimal(repr(x)), "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _ordered(answer: list[str], options: Iterable[str]) -> list[str]:
    """The key in the order of the options: one spelling for one answer."""
    return [id for id in options if id in answer]


def _truth(answer: bool | None) -> list[str]:
    return [] if answer is None else ["true" if answer else "false"]


def _range(a: kinds.NumberAnswer | None) -> p.Range | None:
    if a is None:
        return None
    if a.exact is not None and a.tolerance:
        low, high = (Decimal(repr(a.exact)) + sign * Decimal(repr(a.tolerance)) for sign in (-1, 1))
        return p.Range(min=decimal(float(low)), max=decimal(float(high)))
    if a.exact is not None:
        return p.Range(exact=decimal(a.exact))
    return p.Range(min=None if a.min is None else decimal(a.min), max=None if a.max is None else decimal(a.max))
