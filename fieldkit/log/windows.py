"""Which of the good signatures on a note count: the windows of their keys, and the moment at which they are judged.

A signature says who, never when. Head office's cosignature has a time, so what it stands on is judged by that: a laptop
that was revoked or ran out later had not been then. Without one nothing says when, and only this computer's clock is
left. A cosigner is judged by the time that it wrote itself, and one that is revoked counts for no time at all: whoever
has its key can write any.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from fieldkit.log.keys import VKey
from fieldkit.log.note import Opened, day_text
from fieldkit.log.trust import TrustKey, TrustList

REASON_OF = {"revoked": "revoked", "expired": "expired", "not-yet": "not-yet-valid"}
"""State of a key line → reason of a verdict; head office holds a session for the same."""


class Counted(msgspec.Struct, frozen=True):
    """Who counts of those who signed. `at`: the moment by which it was judged (Unix s); None where no key with a window
    signed. `anchor`: the time of head office's cosignature; without one `at` is this computer's clock."""

    names: list[str]
    ended: dict[str, tuple[str, int]] = {}
    """Name → (state, day in Unix s) of keys that signed and are `revoked`, `expired` or `not-yet`."""
    at: int | None = None
    anchor: int | None = None

    def reason(self, name: str) -> str:
        """Why this name does not count: a value of REASON_OF, or `signer-unknown` where nobody knows it."""
        return REASON_OF[self.ended[name][0]] if name in self.ended else "signer-unknown"

    def why(self, name: str) -> str:
        """The same for a person; empty where nobody knows the name."""
        if name not in self.ended:
            return ""
        state, day = self.ended[name]
        said = {"revoked": "is revoked from", "expired": "counted until", "not-yet": "counts from"}[state]
        if self.anchor is not None:
            return f"{name} {said} {day_text(day)}, and head office signed on {day_text(self.anchor)}"
        clock = f"; this computer's clock says {day_text(self.at)}" if self.at is not None else ""
        before = "" if state == "not-yet" else ", and no signature of head office from before is here"
        return f"{name} {said} {day_text(day)}{before}{clock}"


class Windows(msgspec.Struct, frozen=True):
    """The lines of the keys that a trust list names, and this computer's clock (Unix s). A key without a line counts.

    Where nobody says what day it is a revoked key counts for nothing, and other windows are passed over.
    """

    lines: Mapping[VKey, TrustKey] = {}
    now: int | None = None

    def judge(self, opened: Opened, at: int | None = None) -> Counted:
        """The signers of a checkpoint. `at`: when head office had cosigned it by otherwise, Unix s."""
        times = [time for key, time in opened.signers if key.role == "central" and self._state(key, time, None) == "ok"]
        anchor = min((time for time in times if time is not None), default=at)
        moment = self.now if anchor is None else anchor
        states = [(key, self._state(key, time, moment)) for key, time in opened.signers]
        looked = any(time is None and key in self.lines for key, time in opened.signers)
        names = [key.name for key, state in states if state == "ok"]
        return Counted(names, self._ended(states, names), moment if looked else None, anchor)

    def judge_note(self, opened: Opened) -> Counted:
        """The signers of a note that is no checkpoint. It has no time, and head office's own keys end with their window
        when they are replaced: what a key signed stays good after `until`, and counts for nothing once it is revoked
        or before its first day has come."""
        states = [(key, self.state(key, self.now)) for key, _ in opened.signers]
        names = [key.name for key, _ in states if self.lasting(key)]
        good = [key.name for key, state in states if state == "ok"]
        return Counted(names, self._ended(states, good), self.now)

    def lasting(self, key: VKey) -> bool:
        """Whether what this key signed without a time is good."""
        return self.state(key, self.now) in ("ok", "expired")

    def state(self, key: VKey, at: int | None) -> str:
        """`ok`, `revoked`, `expired` or `not-yet` at Unix second `at`; None: nobody says what day it is."""
        line = self.lines.get(key)
        if line is None:
            return "ok"
        if at is None:
            return "ok" if line.revoked is None else "revoked"
        return line.state(at)

    def _state(self, key: VKey, time: int | None, moment: int | None) -> str:
        line = self.lines.get(key)
        if line is None or time is None:
            return self.state(key, moment)
        if line.revoked is not None and (self.now is None or line.revoked <= self.now):
            return "revoked"
        return line.state(time)

    def _ended(self, states: Iterable[tuple[VKey, str]], good: list[str]) -> dict[str, tuple[str, int]]:
        return {
            key.name: (state, _day(self.lines[key], state))
            for key, state in states
            if state != "ok" and key.name not in good
        }


def lasting(trust: TrustList | None, now: int, *kinds: str) -> list[VKey]:
    """The keys of these kinds on a list whose notes are good at Unix second `now` (`Windows.lasting`); none without."""
    if trust is None:
        return []
    windows = Windows({key.vkey: key for key in trust.keys}, now)
    return [key for key in trust.vkeys(*kinds) if windows.lasting(key)]


EVERYBODY = Windows()
"""Judges nobody's window: for keys that were given by hand."""


def _day(line: TrustKey, state: str) -> int:
    if state == "revoked" and line.revoked is not None:
        return line.revoked
    return line.until if state == "expired" else line.from_
