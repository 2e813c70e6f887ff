"""What the fields of a pack say to each other: ids that must exist, answers that must fit, sums that must be right.

All of it is errors: a pack with one of these cannot be run, scored or read by somebody else as it was meant.
"""

from __future__ import annotations

from collections import Counter

from fieldkit.core.plan import ATTENDANCE, SPOT
from fieldkit.packs import kinds
from fieldkit.packs.check_keys import check_key
from fieldkit.packs.kinds import AnyActivity
from fieldkit.packs.load import Loaded
from fieldkit.packs.model import Pack, Segment, Step
from fieldkit.packs.problem import Place, nearest, short

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
        for n, id in enumerate(pack.completion.require):
            self.known(id, ("completion", "require", n))
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
        if getattr(a, "graded", False) and a.mode != "named":
            self.error((*place, "mode"), "What is graded has to be named.", "mode: named, or graded: false")
        if a.mode == "anonymous":
            self.anonymous(id, a, place)
        if a.pair is not None:
            self.pair(id, a, (*place, "pair", "pre"))
        if a.ref is not None and a.ref not in {o.id for o in self.pack.objectives}:
            ids = [o.id for o in self.pack.objectives]
            self.error((*place, "ref"), f"There is no objective `{a.ref}`.", nearest(a.ref, ids) or ", ".join(ids))
        check_key(self.out, a, place)

    def anonymous(self, id: str, a: AnyActivity, place: Place) -> None:
        """What would need a person: an anonymous vote has none, not even in the record."""
        for name, on in (("sure", a.sure), ("pair", a.pair), ("upvote", isinstance(a, kinds.Prompt) and a.upvote)):
            if on:
                self.error((*place, name), f"`{name}` and anonymous do not go together.", f"Delete {name}.")
        if isinstance(a, (kinds.Checklist, kinds.Acknowledge, kinds.Breakout)):
            self.error((*place, "mode"), "This is about persons and cannot be anonymous.", "mode: named")
        if isinstance(a, kinds.Quiz):
            self.error(
                (*place, "mode"),
                "A quiz puts one person's answers side by side: it cannot be anonymous.",
                "mode: named",
            )
        for n, segment in enumerate(self.pack.segments):
            for k, step in enumerate(segment.steps):
                if step.activity == id and step.reveal == "live":
                    spot = ("segments", n, "steps", k, "reveal")
                    self.error(spot, "Nothing of an anonymous activity is shown while it is open.", "after_close")
        if id in self.pack.completion.require:
            place = ("completion", "require", self.pack.completion.require.index(id))
            self.error(place, f"Nobody knows who answered `{id}`: it is anonymous.", "mode: named, or delete it here")

    def pair(self, id: str, a: AnyActivity, place: Place) -> None:
        if a.pair is None or not self.known(a.pair.pre, place):
            return
        pre = self.pack.activities[a.pair.pre]
        if a.pair.pre == id:
            self.error(place, "An activity is not its own pre.", "the id of the earlier one")
        elif type(pre) is not type(a) or list(getattr(pre, "options", ())) != list(getattr(a, "options", ())):
            self.error(place, f"`{a.pair.pre}` is of another type or has other options.", "same type, same options")
        elif pre.mode == "anonymous":
            self.error(
                place, f"`{a.pair.pre}` is anonymous: nobody can be compared with it.", "mode: confidential there"
            )
