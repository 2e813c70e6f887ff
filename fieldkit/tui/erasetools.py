"""What erasing a person needs: who is in a session, what would go and what stays, and the erasure itself.

As in `fieldkit.tui.tools`, whoever starts the terminal brings the disk; every call may raise FieldkitError, whose
sentence and hint are shown as they are.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from fieldkit.tui.tools import StickLine, Stop, Told

WHYS = ("request", "mistake", "order", "retention", "other")
"""Codes of why, the likeliest first; the record keeps the code."""


class ErasePerson(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody in a session. `p` names the person to the tools; `code`: what a walk-in without a badge shows next time;
    `erased`: nothing of theirs is left to take away."""

    p: str
    name: str
    badge: str = ""
    code: str = ""
    came: bool = False
    erased: bool = False


class ErasePeople(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody of a session by name. `legal`: code of a duty to keep it, then only head office erases; `pending`: an
    earlier erasure in this session is not through."""

    people: tuple[ErasePerson, ...] = ()
    legal: str = ""
    pending: bool = False


class AlsoLine(msgspec.Struct, frozen=True, kw_only=True):
    """A record of somebody else in which the name or badge stands too. `kind` as in the log."""

    index: int
    kind: str
    who: str = ""


class OutLine(msgspec.Struct, frozen=True, kw_only=True):
    """What was handed out before. `kind`: export, backup or bundle. `ours`: it lies here and is deleted."""

    kind: str
    path: str
    what: str = ""
    ours: bool = False


class ErasePlan(msgspec.Struct, frozen=True, kw_only=True):
    """What an erasure of one person would do. `goes`: field of the private halves → how often; `stays`: kind of record
    → how many keep standing without a name."""

    p: str
    name: str
    badge: str = ""
    records: int = 0
    goes: dict[str, int] = {}
    stays: dict[str, int] = {}
    also: tuple[AlsoLine, ...] = ()
    out: tuple[OutLine, ...] = ()
    bundles: int = 0
    """Copies in the outbox, which are packed anew."""
    legal: str = ""
    runs: bool = False
    """The session is open in this program now."""


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """What one erasure did. `left`: sentences of what keeps it pending."""

    records: int
    deleted: tuple[str, ...] = ()
    also: tuple[int, ...] = ()
    out: tuple[OutLine, ...] = ()
    left: tuple[str, ...] = ()


class EraseTools(Protocol):
    """For one laptop; `ref` names the session as in `SessionLine`, or is empty for the one that runs."""

    async def people(self, ref: str) -> ErasePeople: ...

    async def plan(self, ref: str, p: str) -> ErasePlan: ...

    async def erase(
        self,
        ref: str,
        p: str,
        why: str,
        also: Sequence[int] = (),
        told: Told | None = None,
        stop: Stop | None = None,
    ) -> Erasure:
        """Take the private halves out, then every copy that this laptop made. `stop` is asked until the records are
        taken up; from then on it goes through."""

    async def request(self, ref: str, p: str, why: str, folder: Path) -> Path:
        """Where the law keeps the session: a file that asks head office to erase; the file."""

    sticks: Callable[[], Awaitable[list[StickLine]]]
    """What is plugged in now."""

    async def go_on(self) -> tuple[str, ...]:
        """Do what earlier erasures left; what is still left, as sentences."""
