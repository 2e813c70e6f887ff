"""The plan with every activity type in three scripts: English, Arabic (right to left) and Hindi (tall letters)."""

from __future__ import annotations

from itertools import cycle

import msgspec

from fieldkit.core.plan import Activity, Feedback, Option, Plan, Segment, Text
from tests.kit.plans import ALL, activity, options

LANGS = ("en", "ar", "hi")
WORDS: dict[str, list[Text]] = {
    "ask": [
        [
            "The breaker is open and locked. What can still hurt you?",
            "القاطع مفتوح ومقفل. ما الذي لا يزال يمكن أن يؤذيك؟",
            "ब्रेकर खुला है और ताला लगा है। अब भी आपको क्या चोट पहुँचा सकता है?",
        ],
        [
            "Who may take off the lock?",
            "من الذي يجوز له نزع القفل؟",
            "ताला कौन हटा सकता है?",
        ],
        [
            "How many people were hurt on this press in the last five years?",
            "كم شخصًا أُصيب على هذه المكبس في السنوات الخمس الماضية؟",
            "पिछले पाँच वर्षों में इस प्रेस पर कितने लोगों को चोट लगी?",
        ],
    ],
    "option": [
        ["Nothing", "لا شيء", "कुछ नहीं"],
        [
            "Air that is left in the cylinder of the clamp",
            "الهواء المتبقي في أسطوانة المشبك",
            "क्लैंप के सिलेंडर में बची हुई हवा",
        ],
        ["The raised ram", "الكبّاس المرفوع", "ऊपर उठा हुआ रैम"],
        ["A second power feed", "مصدر طاقة ثانٍ", "बिजली की दूसरी आपूर्ति"],
    ],
    "title": [["Lockout refresher", "تذكير بالعزل والإقفال", "लॉकआउट की दोहराई"]],
    "more": [
        [
            "Gravity needs no cable: block the ram before you reach in.",
            "الجاذبية لا تحتاج إلى كابل: ثبّت الكبّاس قبل أن تمد يدك.",
            "गुरुत्वाकर्षण को तार नहीं चाहिए: हाथ डालने से पहले रैम को रोकें।",
        ],
    ],
    "end": [["not at all", "أبدًا", "बिल्कुल नहीं"], ["always", "دائمًا", "हमेशा"]],
}


def worded(plan: Plan) -> Plan:
    """The plan with all its words in LANGS; what is whose word is decided by its place."""
    ask, option, title, more = (cycle(WORDS[k]) for k in ("ask", "option", "title", "more"))

    def choices(found: list[Option]) -> list[Option]:
        return [msgspec.structs.replace(o, text=next(option)) for o in found]

    def one(a: Activity) -> Activity:
        changed: dict[str, object] = {
            "text": next(ask),
            "options": choices(a.options),
            "left": choices(a.left),
            "right": choices(a.right),
            "items": [msgspec.structs.replace(x, text=next(option)) for x in a.items],
            "explain": next(more) if a.explain else None,
            "alt": ["A press", "مكبس", "एक प्रेस"] if a.alt else None,
            "questions": [
                msgspec.structs.replace(
                    q,
                    text=next(ask),
                    options=choices(q.options),
                    feedback=Feedback(next(more), next(more)) if q.feedback else None,
                )
                for q in a.questions
            ],
        }
        if a.fallback:
            changed["fallback"] = msgspec.structs.replace(a.fallback, options=choices(a.fallback.options))
        return msgspec.structs.replace(a, **changed)  # type: ignore[arg-type]

    def part(s: Segment) -> Segment:
        steps = [msgspec.structs.replace(x, text=next(more) if x.text else None) for x in s.steps]
        return msgspec.structs.replace(s, title=next(title), worker=next(more) if s.worker else None, steps=steps)

    return msgspec.structs.replace(
        plan,
        language="en",
        langs=list(LANGS),
        title=next(title),
        segments=[part(s) for s in plan.segments],
        activities=[one(a) for a in plan.activities],
    )


LOW, HIGH = WORDS["end"]
VARIANTS = [
    activity("sure", "choice", options=options("a", "b", "c", "d"), answer=["b"], graded=True, sure=True),
    activity("read", "choice", options=options("a", "b"), answer=["b"], reading=90),
    activity("anon", "poll", options=options("a", "b"), mode="anonymous", seconds=300),
    activity("ends", "scale", options=options(*(f"l{n}" for n in range(1, 6))), min_label=LOW, max_label=HIGH),
    activity("self", "breakout", groups=2, assign="self", minutes=5),
]
"""What else a question may be: with sureness, with time to read, anonymous, with named ends, groups of one's choice."""


def _numbered(a: Activity) -> Activity:
    if a.type != "scale":
        return a
    numbers = [msgspec.structs.replace(o, text=[str(n)] * len(LANGS)) for n, o in enumerate(a.options, 1)]
    return msgspec.structs.replace(a, options=numbers)


_PLAN = worded(msgspec.structs.replace(ALL, id="kit-worded", activities=[*ALL.activities, *VARIANTS]))
WORDED = msgspec.structs.replace(_PLAN, activities=[_numbered(a) for a in _PLAN.activities])
