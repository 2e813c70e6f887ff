"""Pre-work and reinforcement: what somebody answers alone, on a page of head office, has to be answerable alone."""

from __future__ import annotations

from collections import Counter

from fieldkit.core.blended import ANSWERABLE, PREWORK
from fieldkit.packs.check_keys import as_list
from fieldkit.packs.load import Loaded
from fieldkit.packs.problem import Place, nearest


def check_blended(out: Loaded) -> None:
    """Add the errors of `prework` and `reinforcement`."""
    pack = out.pack
    if pack is None:
        return
    for name, ids in (("prework", [p.id for p in pack.prework]), ("reinforcement", [r.id for r in pack.reinforcement])):
        for id, times in Counter(ids).items():
            if times > 1:
                last = len(ids) - 1 - ids[::-1].index(id)
                out.error((name, last, "id"), f"`{id}` is used {times} times.", "Give each an id of its own.")
    for n, task in enumerate(pack.prework):
        if task.activity is not None:
            _asked(out, as_list(task.activity), ("prework", n, "activity"))
    before = 0
    for n, one in enumerate(pack.reinforcement):
        _asked(out, as_list(one.activity), ("reinforcement", n, "activity"))
        if one.id == PREWORK:
            out.error(("reinforcement", n, "id"), f"The id `{PREWORK}` is the pre-work's.", "after-week")
        if one.after_days < before:
            out.error(
                ("reinforcement", n, "after_days"),
                f"{one.after_days} days come before the {before} of the entry above.",
                "Sort the entries by `after_days`.",
            )
        before = max(before, one.after_days)


def _asked(out: Loaded, ids: list[str], place: Place) -> None:
    pack = out.pack
    assert pack is not None
    if not ids:
        out.error(place, "There is no activity.", "the id of an activity")
    for id, times in Counter(ids).items():
        a = pack.activities.get(id)
        if times > 1:
            out.error(place, f"`{id}` is here {times} times.", "Name each activity once.")
        if a is None:
            out.error(
                place, f"There is no activity `{id}`.", nearest(id, pack.activities) or "Define it under activities."
            )
            continue
        kind = str(a.__struct_config__.tag)
        if kind not in ANSWERABLE:
            out.error(
                place,
                f"`{id}` is of the type {kind}, which nobody answers alone.",
                f"an activity of the type {', '.join(ANSWERABLE)}",
            )
        elif a.mode == "anonymous":
            out.error(place, f"`{id}` is anonymous; here people come by their badge.", "mode: named or confidential")
