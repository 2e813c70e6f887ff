"""What the fields of a pack say to each other: ids that must exist, answers that must fit, sums that must be right.

All of it is errors: a pack with one of these cannot be run, scored or read by somebody else as it was meant.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from fieldkit.core.plan import ATTENDANCE, SPOT
from fieldkit.packs import kinds
from fieldkit.packs.kinds import AnyActivity, Key, Options
from fieldkit.packs.load import Loaded
from fieldkit.packs.model import Pack, Segment, Step
from fieldkit.packs.problem import Place, nearest, short

OPTIONS_MAX = 6
"""Letters A to F: what a hall can still read, and what a paper sheet has."""
NEEDS_ACTIVITY = ("open", "close", "reveal", "breakout")


def check_rules(out: Loaded) -> None:
    """Add the errors of a pack whose fields are all of the right sort."""
    if out.pack is None:
        return
    judge = _Rules(out, out.pack)
    judge.whole()
    for n, segment in enumerate(out.pack.segments):
        judge.segment(segment, ("segments", n))
    for id, activity in out.pack.activities.items():
        judge.activity(id, activity, ("activities", id))


class _Rules:
    def __init__(self, out: Loaded, pack: Pack) -> None:
        self.out = out
        self.pack = pack
        self.error = out.error

    def whole(self) -> None:
        pack = self.pack
        total = sum(s.minutes for s in pack.segments)
        if pack.duration != total:
            self.error(("duration",), f"The segments take {total} minutes, not {pack.duration}.", f"duration: {total}")
        self.distinct("segments", [s.id for s in pack.segments])
        self.distinct("objectives", [o.id for o in pack.objectives])
        self.distinct("prework", [p.id for p in pack.prework])
        self.distinct("reinforcement", [r.id for r in pack.reinforcement])
        for n, id in enumerate(pack.completion.require):
            self.known(id, ("completion", "require", n))
        for n, r in enumerate(pack.reinforcement):
            self.known(r.activity, ("reinforcement", n, "activity"))
        size = pack.audience.size
        if size and size[0] > size[1]:
            turned = f"size: [{size[1]}, {size[0]}]"
            self.error(("audience", "size"), "The smallest number is above the largest.", turned)

    def distinct(self, list_: str, ids: list[str]) -> None:
        for id, times in Counter(ids).items():
            if times > 1:
                last = len(ids) - 1 - ids[::-1].index(id)
                self.error((list_, last, "id"), f"`{id}` is used {times} times.", "Give each an id of its own.")

    def known(self, id: str, place: Place) -> bool:
        if id in self.pack.activities:
            return True
        hint = nearest(id, self.pack.activities) or "one of: " + ", ".join(list(self.pack.activities)[:12])
        self.error(place, f"There is no activity `{short(id)}`.", hint)
        return False

    # -- run sheet ---------------------------------------------------------------------------------------------

    def segment(self, segment: Segment, place: Place) -> None:
        slides = 0
        for n, path in enumerate(segment.slides):
            if path not in self.out.files.files:
                near = nearest(path, self.out.files.files)
                self.error((*place, "slides", n), f"There is no file `{short(path)}`.", near or "slides/name.md")
            elif path not in self.out.slides:
                self.error((*place, "slides", n), f"`{short(path)}` is not a slide file.", "slides/name.md")
            slides += len(self.out.slides.get(path, []))
        for n, step in enumerate(segment.steps):
            self.step(step, slides, (*place, "steps", n))
        if segment.adapt is not None:
            self.known(segment.adapt.if_below.activity, (*place, "adapt", "if_below", "activity"))

    def step(self, step: Step, slides: int, place: Place) -> None:
        if step.do in NEEDS_ACTIVITY:
            if step.activity is None:
                self.error(place, f"`{step.do}` needs an activity.", "activity: its id")
            elif step.activity == ATTENDANCE:
                self.error((*place, "activity"), "Attendance is a step of its own.", "do: attendance")
            elif self.known(step.activity, (*place, "activity")):
                breakout = isinstance(self.pack.activities[step.activity], kinds.Breakout)
                if step.do == "breakout" and not breakout:
                    self.error((*place, "activity"), f"`{step.activity}` is not a breakout.", "do: open")
        elif step.activity is not None and step.activity != ATTENDANCE:
            self.error((*place, "activity"), f"`{step.do}` takes no activity.", "do: open, or delete the activity")
        if step.slide is not None and step.slide > slides:
            self.error((*place, "slide"), f"The segment has {slides} slides.", "Add it, or name another.")

    # -- activities --------------------------------------------------------------------------------------------

    def activity(self, id: str, a: AnyActivity, place: Place) -> None:
        if id == ATTENDANCE or id.startswith(SPOT):
            self.error(place, f"The id `{id}` is reserved.", f"my-{id}"[:32])
        graded = bool(getattr(a, "graded", False))
        if graded and a.mode != "named":
            self.error((*place, "mode"), "What is graded has to be named.", "mode: named, or graded: false")
        if a.mode == "anonymous":
            self.anonymous(a, place)
        if a.pair is not None:
            self.pair(id, a, (*place, "pair", "pre"))
        if a.ref is not None and a.ref not in {o.id for o in self.pack.objectives}:
            ids = [o.id for o in self.pack.objectives]
            self.error((*place, "ref"), f"There is no objective `{a.ref}`.", nearest(a.ref, ids) or ", ".join(ids))
        for name in ("options", "left", "right"):
            found = getattr(a, name, None)
            if isinstance(found, dict):
                self.count(found, (*place, name))
        self.key(a, place, graded)

    def anonymous(self, a: AnyActivity, place: Place) -> None:
        for name, on in (("sure", a.sure), ("pair", a.pair), ("upvote", isinstance(a, kinds.Prompt) and a.upvote)):
            if on:
                self.error((*place, name), f"`{name}` and anonymous do not go together.", f"Delete {name}.")
        if isinstance(a, (kinds.Checklist, kinds.Acknowledge, kinds.Breakout)):
            self.error((*place, "mode"), "This is about persons and cannot be anonymous.", "mode: named")

    def pair(self, id: str, a: AnyActivity, place: Place) -> None:
        if a.pair is None or not self.known(a.pair.pre, place):
            return
        pre = self.pack.activities[a.pair.pre]
        if a.pair.pre == id:
            self.error(place, "An activity is not its own pre.", "the id of the earlier one")
        elif type(pre) is not type(a) or list(getattr(pre, "options", ())) != list(getattr(a, "options", ())):
            self.error(place, f"`{a.pair.pre}` is of another type or has other options.", "same type, same options")

    def count(self, options: Options, place: Place) -> None:
        if len(options) < 2:
            self.error(place, f"There are {len(options)} options.", "two to six")
        elif len(options) > OPTIONS_MAX:
            self.error(place, f"There are {len(options)} options; letters go from A to F.", "at most six")

    def key(self, a: AnyActivity, place: Place, graded: bool) -> None:
        spot = (*place, "answer")
        given: bool
        match a:
            case kinds.Choice():
                given = self.chosen(a.answer, a.options, a.multiple, spot)
            case kinds.TrueFalse():
                given = a.answer is not None
            case kinds.Number():
                given = a.answer is not None
                if a.answer is not None:
                    self.number(a.answer, spot)
            case kinds.Short():
                given, spot = bool(a.spellings), (*place, "spellings")
            case kinds.Order():
                given = bool(a.answer)
                if given and sorted(a.answer) != sorted(a.options):
                    self.error(spot, "The order does not name each option once.", ", ".join(a.options))
            case kinds.Match():
                given = bool(a.answer)
                if given and (set(a.answer) != set(a.left) or not set(a.answer.values()) <= set(a.right)):
                    self.error(spot, "Not each on the left has one of the right.", "left id: right id, a line each")
            case kinds.Hotspot():
                given = self.hotspot(a, place)
            case kinds.Quiz():
                self.quiz(a, place, graded)
                return
            case kinds.Checklist():
                if not a.items:
                    self.error((*place, "items"), "The checklist is empty.", "id: {text: what is shown}")
                if a.pass_ is not None and a.pass_.items_min > len(a.items):
                    self.error((*place, "pass", "items_min"), f"There are {len(a.items)} items.", f"{len(a.items)}")
                return
            case _:
                return
        if graded and not given:
            self.error(place, "It is graded and has no answer.", f"{spot[-1]}: what is right, or graded: false")

    def chosen(self, answer: Key | None, options: Iterable[str], multiple: bool, place: Place) -> bool:
        """Whether there is an answer at all; says what is wrong with it."""
        ids = as_list(answer)
        known = list(options)
        for id in ids:
            if id not in known:
                near = nearest(id, known) or "one of: " + ", ".join(known)
                self.error(place, f"There is no option `{short(id)}`.", near)
        if len(set(ids)) != len(ids):
            self.error(place, "An option is named twice.", "each once")
        if len(ids) > 1 and not multiple:
            self.error(place, "Several are right, and only one may be chosen.", "multiple: true, or one id")
        return bool(ids)

    def number(self, answer: kinds.NumberAnswer, place: Place) -> None:
        span = answer.min is not None or answer.max is not None
        if (answer.exact is not None) == span:
            self.error(place, "A number is right by `exact`, or by `min` and `max`.", "{exact: 4} or {min: 3, max: 5}")
        elif answer.tolerance is not None and answer.exact is None:
            self.error((*place, "tolerance"), "A tolerance belongs to `exact`.", "{exact: 4, tolerance: 0.5}")
        elif answer.min is not None and answer.max is not None and answer.min > answer.max:
            self.error(place, "The smallest number is above the largest.", "min below max")

    def hotspot(self, a: kinds.Hotspot, place: Place) -> bool:
        if not a.targets:
            self.error((*place, "targets"), "There is nothing to tap.", "id: {shape: circle, at: [x, y, r]}")
        for id, target in a.targets.items():
            want = 3 if target.shape == "circle" else 4
            if len(target.at) != want:
                spot = (*place, "targets", id, "at")
                self.error(spot, f"A {target.shape} has {want} numbers.", "fractions from 0 to 1")
        if a.image not in self.out.files.files:
            near = nearest(a.image, self.out.files.files)
            self.error((*place, "image"), f"There is no file `{short(a.image)}`.", near or "media/name.png")
        self.count(a.fallback.options, (*place, "fallback", "options"))
        there = self.chosen(a.fallback.answer, a.fallback.options, True, (*place, "fallback", "answer"))
        if a.graded and not there:
            self.error((*place, "fallback"), "It is graded and its fallback has no answer.", "answer: [id]")
        return self.chosen(a.answer, a.targets, True, (*place, "answer"))

    def quiz(self, a: kinds.Quiz, place: Place, graded: bool) -> None:
        for id, times in Counter(q.id for q in a.questions).items():
            if times > 1:
                self.error((*place, "questions"), f"`{id}` is used {times} times.", "Give each an id of its own.")
        for n, q in enumerate(a.questions):
            spot = (*place, "questions", n)
            if isinstance(q, kinds.ChoiceQuestion):
                self.count(q.options, (*spot, "options"))
                given = self.chosen(q.answer, q.options, q.multiple, (*spot, "answer"))
            else:
                given = q.answer is not None
            if graded and not given:
                self.error(spot, "The quiz is graded and this question has no answer.", "answer: what is right")


def as_list(answer: Key | None) -> list[str]:
    """One id or several, as a list."""
    return [] if answer is None else [answer] if isinstance(answer, str) else list(answer)
