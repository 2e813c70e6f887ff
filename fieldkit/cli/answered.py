"""Head office's answers on the laptop: what `sync` says of them, what `show` prints."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fieldkit.cli import talk
from fieldkit.cli.when import clock, iso

if TYPE_CHECKING:
    from fieldkit.station import SessionRef, Station
    from fieldkit.sync.answered import Answered


def say_answered(found: Sequence[Answered]) -> None:
    """How many, and where they can be read."""
    if not found:
        return
    one = len(found) == 1
    talk.say(f"{len(found)} question{'' if one else 's'} of your sessions {'was' if one else 'were'} answered.")
    for origin in Counter(x.origin for x in found):
        talk.say(f"Read {'it' if one else 'them'}: fieldkit show {origin.rsplit('/', 1)[-1]}")


def as_rows(station: Station, ref: SessionRef) -> list[dict[str, Any]]:
    """What `show --json` says of a session's questions."""
    from fieldkit.sync.answered import answered

    return [
        {
            "record": one.i,
            "question": one.question,
            "answer": "" if one.closed else one.text,
            "closed": one.text if one.closed else "",
            "by": one.by,
            "office": one.office,
            "at": iso(one.at * 1000, ref.tz),
            "stands": one.note,
        }
        for one in answered(station, ref)
    ]


def print_answers(rows: Sequence[dict[str, Any]]) -> None:
    """Question and answer, a block each."""
    if not rows:
        return
    talk.data("")
    talk.data("ANSWERS OF HEAD OFFICE")
    for one in rows:
        talk.data(f"  {one['question']}  (record {one['record']})")
        said = f"no answer: {one['closed']}" if one["closed"] else one["answer"]
        talk.data(f"    → {said}")
        who = f"{one['by']}, " if one["by"] else ""
        talk.data(f"      {who}head office {one['office']}, signed {clock(one['at'])}")
