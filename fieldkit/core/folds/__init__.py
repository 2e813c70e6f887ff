"""The fold, by subject. Each module maps fact types to functions (session, record, fact, private fields)."""

from fieldkit.core.folds import activities, after, meeting, people, talk
from fieldkit.core.folds.lookup import Handler

HANDLERS: dict[type, Handler] = {
    **meeting.HANDLERS,
    **people.HANDLERS,
    **activities.HANDLERS,
    **talk.HANDLERS,
    **after.HANDLERS,
}

__all__ = ["HANDLERS"]
