"""What `fieldkit sync` says of planned sessions, answers and packs that came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fieldkit.cli import talk
from fieldkit.cli.answered import say_answered

if TYPE_CHECKING:
    from fieldkit.planned import Told
    from fieldkit.sync.sent import Sent


def as_rows(sent: Sent) -> dict[str, Any]:
    """For --json."""
    planned = [{"id": x.id, "what": x.what, "title": x.title, "at": x.at, "was": x.was or None} for x in sent.planned]
    answered = [{"origin": x.origin, "record": x.i, "at": x.at, "closed": x.closed} for x in sent.answered]
    return {"planned": planned, "packs": sent.packs} | ({"answered": answered} if answered else {})


def say_sent(sent: Sent) -> None:
    """In sentences, what was called off or moved as a warning: somebody may already be on the way."""
    for one in sent.planned:
        loud = one.what in ("moved", "called-off", "gone")
        (talk.warn if loud else talk.say)(_words(one))
    if sent.planned:
        talk.say("All of it: fieldkit plan list")
    say_answered(sent.answered)
    for pack in sent.packs:
        talk.say(f"The pack {pack} came from head office and is installed: fieldkit host {pack.partition(' ')[0]}")


def _words(one: Told) -> str:
    if one.what == "moved":
        return f"Head office moved “{one.title}”: it is at {one.at}, no longer at {one.was}."
    if one.what == "called-off":
        return f"Head office called “{one.title}” at {one.at} off."
    if one.what == "gone":
        return f"“{one.title}” at {one.at} is not planned for this laptop any more."
    if one.what == "changed":
        return f"Head office changed something about “{one.title}” at {one.at}."
    return f"Head office planned “{one.title}” at {one.at}."
