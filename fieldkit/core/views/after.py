"""What a trainer sees of a session that has ended. Built in `core.after_view`."""

from __future__ import annotations

from fieldkit.core.state import HANDED_OVER
from fieldkit.core.views.parts import View

LOOSE = (
    *("removed-answers", "sign-off", "acknowledge", "unrevealed", "unknown-badge", "no-badge", "parked", "asked"),
    *("check-out", "not-signed", "signed-before"),
)
"""Kinds of loose ends, in the order in which they are shown: what changes the record comes before signing it."""


class PaceLine(View, frozen=True):
    """One segment against the plan. `planned_min`: as changed for today. `real_min`: whole minutes of running time;
    None: nobody went there."""

    segment: str
    title: str
    planned_min: int
    real_min: int | None
    skipped: bool

    @property
    def off(self) -> bool:
        """It took so much more or less than planned that it is worth a look: more than a fifth, and two minutes."""
        return self.real_min is not None and abs(self.real_min - self.planned_min) > max(2, self.planned_min // 5)


class GradedLine(View, frozen=True):
    """The newest round that counts of a question with a key: answers that are right, of those given; `percent` rounded
    half up. `was_percent`: of its first round; None where there was but one, or nobody answered it."""

    activity: str
    round: int
    text: str
    right: int
    of: int
    percent: int
    was_percent: int | None = None


class SignLine(View, frozen=True):
    """Who signed, what it means (a code of `core.state.MEANINGS`), and how many records came after it."""

    role: str
    key: str
    meaning: str
    name: str
    record: int
    since: int

    @property
    def whole(self) -> bool:
        """It is about the session, not only about what was recorded up to a handover."""
        return self.meaning != HANDED_OVER


class LooseEnd(View, frozen=True):
    """Something that is not as one would leave it. `n`: how many; `people`: `p` of those it is about, in the order of
    the log, `names` theirs; `label`: of the checklist or what was to be signed, `activity` its id; `refs`: records
    (answers) it is about; `maybe`: `p` of those expected who did not come, one of whom it may be."""

    kind: str
    n: int
    people: list[str] = []
    names: list[str] = []
    activity: str = ""
    label: str = ""
    refs: list[int] = []
    maybe: list[str] = []

    @property
    def idle(self) -> bool:
        """Nothing has to be done, and mostly nothing can: the end checks everybody out by itself, and whoever came
        without a badge can be nobody else's entry once everybody expected has come."""
        return self.kind == "check-out" or (self.kind == "no-badge" and not self.maybe)


class After(View, frozen=True):
    pace: list[PaceLine]
    graded: list[GradedLine]
    signs: list[SignLine]
    end_m: int
    """`m` of the close: leaving times are counted back from it."""
    loose: list[LooseEnd]
