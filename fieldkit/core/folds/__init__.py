"""The fold, by subject. Each module maps fact types to functions (session, record, fact, private fields)."""

from fieldkit.core.folds import activities, after, checks, groups, meeting, people, talk, tallies
from fieldkit.core.folds.lookup import Handler

HANDLERS: dict[type, Handler] = {
    **meeting.HANDLERS,
    **people.HANDLERS,
    **activities.HANDLERS,
    **talk.HANDLERS,
    **groups.HANDLERS,
    **checks.HANDLERS,
    **after.HANDLERS,
    **tallies.HANDLERS,
}

__all__ = ["HANDLERS"]
