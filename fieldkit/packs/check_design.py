"""What a colleague would say about the design of a session. Warnings only: the author knows the floor.

The figures are rules of thumb and are said in the sentence, so that somebody can disagree with them.
"""

from __future__ import annotations

from fieldkit.core.plan import ATTENDANCE
from fieldkit.core.records import Policy
from fieldkit.packs import kinds
from fieldkit.packs.check_keys import as_list
from fieldkit.packs.check_questions import check_questions, reading_chars
from fieldkit.packs.load import Loaded
from fieldkit.packs.model import Pack, Segment, Step
from fieldkit.packs.problem import Place

PHASES = {
    "activation": "wake what people know",
    "content": "show what is new",
    "application": "let people do it",
    "synthesis": "have them say what they take along",
}
ITEM_SECONDS = 15
"""One person, one item of a checklist, looked at and ticked."""
SHORTEST = 15
"""Seconds in which somebody with gloves can read a question and answer it."""
READ_CHARS = 15
"""Characters a second that people read in a second language."""


def check_design(out: Loaded) -> None:
    """Add the warnings about a pack whose fields are all of the right sort."""
    if out.pack is None:
        return
    _arc(out, out.pack)
    _steps(out, out.pack)
    _coverage(out, out.pack)
    _crowd(out, out.pack)
    check_questions(out, out.pack)


def _arc(out: Loaded, pack: Pack) -> None:
    there = {s.phase for s in pack.segments}
    for phase, why in PHASES.items():
        if phase not in there:
            out.warn(("segments",), f"No segment is {phase}: {why}.", f"phase: {phase}")


def _steps(out: Loaded, pack: Pack) -> None:
    for n, segment in enumerate(pack.segments):
        before = 0.0
        for k, step in enumerate(segment.steps):
            place: Place = ("segments", n, "steps", k)
            if step.at > segment.minutes:
                out.warn(
                    (*place, "at"),
                    f"The segment has {segment.minutes} minutes; this step is at {step.at:g}.",
                    f"at most {segment.minutes}",
                )
            if step.at < before:
                out.warn((*place, "at"), "This step is earlier than the one before it.", "Sort the steps by `at`.")
            before = max(before, step.at)
            _step(out, pack, step, place)


def _step(out: Loaded, pack: Pack, step: Step, place: Place) -> None:
    if step.do == "say" and step.text is None:
        out.warn(place, "`say` has no text.", "text: what to say")
    if step.do == "show" and step.slide is None and step.text is None:
        out.warn(place, "`show` has no slide.", "slide: 1")
    if step.time_limit is not None and step.do not in ("open", "breakout", "attendance"):
        out.warn((*place, "time_limit"), f"`{step.do}` has no time limit.", "Put it on the step that opens.")
    if step.reveal is not None and step.do not in ("open", "breakout"):
        out.warn((*place, "reveal"), f"`{step.do}` does not say when to reveal.", "Put it on the step that opens.")
    a = pack.activities.get(step.activity or "")
    limit = step.time_limit or (a.timer if a is not None else None)
    if limit is None or a is None or step.do != "open":
        return
    need = max(SHORTEST, reading_chars(a) // READ_CHARS + (a.reading or 0))
    if limit < need:
        out.warn(place, f"{limit} seconds are short: reading alone takes about {need}.", f"time_limit: {need + 15}")


def _coverage(out: Loaded, pack: Pack) -> None:
    opened = {s.activity for segment in pack.segments for s in segment.steps if s.activity and s.do != "close"}
    alone = [*(t.activity for t in pack.prework), *(r.activity for r in pack.reinforcement)]
    later = {id for ids in alone for id in as_list(ids)}
    asked = {a.ref for id, a in pack.activities.items() if id in opened}
    for n, objective in enumerate(pack.objectives):
        if objective.id not in asked:
            out.warn(
                ("objectives", n),
                f"Nothing in the session asks about `{objective.id}`.",
                f"ref: {objective.id} on an activity that a step opens",
            )
    for id in pack.activities:
        if id not in opened | later and id != ATTENDANCE:
            out.warn(("activities", id), f"No step opens `{id}`.", "Add a step, or delete it.")
    for n, id in enumerate(pack.completion.require):
        if id in pack.activities and id not in opened:
            out.warn(("completion", "require", n), f"No step opens `{id}`, so nobody completes.", "Add a step.")
    if pack.completion.score_min is not None and not any(
        getattr(a, "graded", False) and id in opened for id, a in pack.activities.items()
    ):
        out.warn(("completion", "score_min"), "Nothing in the session is graded, so nobody completes.", "graded: true")


def _crowd(out: Loaded, pack: Pack) -> None:
    size = pack.audience.size
    k = Policy().k
    for id, a in pack.activities.items():
        place: Place = ("activities", id)
        if a.mode == "anonymous" and size and size[0] < k:
            out.warn(
                (*place, "mode"),
                f"With {size[0]} people nothing anonymous is kept: below {k} answers it is dropped.",
                f"audience size from {k}, or mode: confidential",
            )
        if isinstance(a, kinds.Checklist) and size:
            left = _minutes_for(pack, id)
            people = a.per == "person"
            units = size[1] if people else _groups(pack, size[1])
            need = units * len(a.items) * ITEM_SECONDS
            if left is not None and need > left * 60:
                out.warn(
                    place,
                    f"{units} {'people' if people else 'groups'} × {len(a.items)} items take about {-(-need // 60)} "
                    f"minutes ({ITEM_SECONDS} s an item); there are {left:g}.",
                    "fewer items, a smaller group, or more minutes",
                )
        if isinstance(a, kinds.Checklist) and a.per == "group" and not _breakouts(pack):
            out.warn((*place, "per"), "It signs off groups, and nothing makes groups.", "a breakout, or per: person")
        if isinstance(a, kinds.Breakout) and a.minutes is not None:
            left = _minutes_for(pack, id)
            if left is not None and a.minutes > left:
                sentence = f"The groups have {a.minutes} minutes and the segment only {left:g} more."
                out.warn((*place, "minutes"), sentence, f"at most {left:g}")


def _breakouts(pack: Pack) -> list[kinds.Breakout]:
    return [a for a in pack.activities.values() if isinstance(a, kinds.Breakout)]


def _groups(pack: Pack, people: int) -> int:
    """How many groups this many people make, by the finest breakout of the pack."""
    counts = [a.groups or -(-people // (a.group_size or people)) for a in _breakouts(pack)]
    return max(counts, default=people)


def _minutes_for(pack: Pack, activity: str) -> float | None:
    """Minutes from the step that opens it to the end of its segment."""
    for segment in pack.segments:
        found = _opened_at(segment, activity)
        if found is not None:
            return max(0.0, segment.minutes - found)
    return None


def _opened_at(segment: Segment, activity: str) -> float | None:
    return next((s.at for s in segment.steps if s.activity == activity and s.do in ("open", "breakout")), None)
