"""What the rules said no to, in words for the trainer.

The rules' own sentences speak to workers where only workers meet them. A trainer who meets one of those reads the
sentence of this table instead; all others are the rules' own.
"""

from __future__ import annotations

from fieldkit.core.views import RoomView
from fieldkit.tui.say import _, count

SMALL = "small-crew"
"""The one no that a yes overcomes: too few are here for an anonymous question."""


def small_words(view: RoomView) -> str:
    """What that yes is asked for."""
    return count(
        "Only {n} is here; fewer than {k} answers will not be kept. Open all the same?",
        "Only {n} are here; fewer than {k} answers will not be kept. Open all the same?",
        view.crew,
        k=view.least,
    )


def refusal_words(reason: str, words: str, *, helps: bool = False) -> str:
    """The sentence for the trainer; `words` are the rules' own. `helps`: for a helper, whom no key is told that only
    the trainer has."""
    for_helpers = {
        "closed": _("This question is closed."),
        "not-open": _("This question is not open."),
        "paused": _("The session is paused."),
    }
    if helps and reason in for_helpers:
        return for_helpers[reason]
    return {
        "closed": _("This question is closed. [v] opens another round."),
        "not-open": _("This question is not open. [o] opens this step's question."),
        "left": _("This person has left. Check them in first."),
        "removed": _("This person was taken out of the session."),
        "not-joined": _("This person is not in. Check them in first."),
        "objected": _("This person asked that answers are not recorded, so this one was not."),
        "stale": _("A newer answer of this person is already saved."),
        "too-fast": _("Too many at once. Wait a moment and press again."),
        "badge-in-use": _("Somebody is in with this badge. In People, [r] frees it for another phone."),
        "name-missing": _("Type the name first."),
        "paused": _("The session is paused. [g] goes on."),
        "plan-finished": _("That was the last step of the plan. [E] ends the session."),
        "already-run": _("It has been run. [v] opens another round."),
        "still-open": _("Close it first with [space]; then [r] reveals it."),
        "one-choice": _("This question takes one answer only."),
        "no-group": _("This person is in no group. [G] shows the groups."),
        "not-scribe": _("Somebody else writes for this group."),
        "own-message": _("Nobody votes for their own message."),
    }.get(reason) or _(words)
