"""An alarm as every surface shows it: since when, and the list of everybody who is to be called."""

from __future__ import annotations

from fieldkit.core.views.parts import View


class MusterLine(View, frozen=True):
    """Somebody who was in when the alarm was raised or came in since, or one of the staff."""

    p: str
    """The participant; of staff a word of our own, which no participant's `p` can be (`core.muster`)."""
    name: str
    """Else the badge, the code of a walk-in, or `p`."""
    badge: str = ""
    """Else the code of a walk-in."""
    crew: str = ""
    role: str = ""
    """Of staff."""
    left: bool = False
    """Checked out since the alarm was raised: that is no roll call."""
    ticked: bool = False


class AlarmView(View, frozen=True):
    ms: int
    """How long it has been on."""
    people: list[MusterLine]
    lost: bool = False
    """The program was started again meanwhile: ticks from before are gone. The desk's, as `ticked` is."""

    @property
    def present(self) -> int:
        return len(self.people)

    @property
    def ticked(self) -> int:
        return sum(x.ticked for x in self.people)

    @property
    def missing(self) -> list[MusterLine]:
        """Who is not accounted for."""
        return [x for x in self.people if not x.ticked]
