"""Lines of closed rounds, and what stands there after the end, kept between views: a trainer's view is drawn at every
answer and every second, and both seldom change.

A line is dropped by the records that could change it; whatever is not known to leave it alone drops them all. What
changes without any record of the round (how many are here, whose phone is away) is put in anew at each view.
"""

from __future__ import annotations

from collections.abc import Set

import msgspec

from fieldkit.core import records as r
from fieldkit.core.after_view import Ending, ending
from fieldkit.core.round_view import person_line, round_line
from fieldkit.core.session import Session
from fieldkit.core.state import Round
from fieldkit.core.views import RoundLine

ELSEWHERE = frozenset(
    {
        *(r.HandRaised, r.HandLowered, r.WentOut, r.AttendanceMarked, r.PersonSpoke, r.PersonObjected, r.StaffSet),
        *(r.SegmentEntered, r.StepEntered, r.PlanChanged, r.NoteAdded, r.TempoTallied, r.ClockJumped),
        *(r.SessionPaused, r.SessionResumed, r.SessionClosed, r.SessionReopened),
    }
)
"""Facts that no line of a closed round shows."""
ACTIVITY = (
    *(r.ActivityOpened, r.ActivityExtended, r.ActivityClosed, r.ActivityHidden, r.ActivityRevealed, r.ActivityVoided),
    *(r.AnswerPut, r.TallyPut, r.TallyTextPut, r.HandsCounted, r.GroupsSet, r.CheckMarked, r.Acknowledged, r.Said),
)
"""Facts of one activity: they change its lines and the gain of what names it as its `pre`."""
MESSAGE = (r.SayUpped, r.SayHidden, r.SayPinned, r.SayDone, r.SayParked)


class KeptLines:
    """Belongs to whoever applies the records of one session: `note` each of them before it is applied."""

    def __init__(self) -> None:
        self._session: Session | None = None
        self._lines: dict[str, dict[tuple[int, str], RoundLine]] = {}
        """Activity → (round, language) → its line."""
        self._ended: Session | None = None
        self._ended_at = -1
        self._endings: dict[str, Ending] = {}
        """Language → what is shown after the end, of `_ended` as it is at record `_ended_at`."""

    def note(self, s: Session, record: r.Record) -> None:
        """Drop what this record could change. `s` as it is before."""
        fact = record.fact
        if not self._lines or type(fact) in ELSEWHERE:
            return
        if isinstance(fact, ACTIVITY):
            self._drop(s, fact.activity)
        elif isinstance(fact, MESSAGE):
            said = s.says.get(fact.ref)
            self._drop(s, said.activity if said is not None else None)
        elif not (isinstance(fact, r.PersonJoined | r.CameIn) and self._same_name(s, record)):
            self._lines = {}

    def _drop(self, s: Session, activity: str | None) -> None:
        if activity is None:
            return
        self._lines.pop(activity, None)
        for a in s.plan.activities:
            if a.pre == activity:
                self._lines.pop(a.id, None)

    @staticmethod
    def _same_name(s: Session, record: r.Record) -> bool:
        """Somebody new, or known under the same name: nothing that was written in a round reads otherwise."""
        known, new = s.people.get(record.p or ""), (record.private or {}).get("name")
        return known is None or not new or new == known.name

    def ending(self, s: Session, lang: str) -> Ending:
        """As `after_view.ending`, folded once for each state of the log: a view is drawn every second after the end
        too, and the records are all it depends on."""
        if s is not self._ended or s.saved != self._ended_at:
            self._ended, self._ended_at, self._endings = s, s.saved, {}
        if lang not in self._endings:
            self._endings[lang] = ending(s, lang)
        return self._endings[lang]

    def line(self, s: Session, one: Round, lang: str, at: int, live: Set[str]) -> RoundLine:
        """As `round_line` without who is missing."""
        # Groups and checklists show people as they are now.
        if one.is_open or one.groups or one.activity.items:
            return round_line(s, one, lang, at, live, False)
        if s is not self._session:
            self._session, self._lines = s, {}
        kept = self._lines.setdefault(one.activity.id, {})
        found = kept.get((one.no, lang))
        if found is None:
            found = kept[one.no, lang] = round_line(s, one, lang, at, live, False)
        elif found.of != s.present or found.sure_wrong:
            wrong = [person_line(s.people[x.p], live, s.entries(x.p)) for x in found.sure_wrong]
            found = msgspec.structs.replace(found, of=s.present, sure_wrong=wrong)
        return found
