"""What a session belongs to: a part of a program, a cohort, the session that it makes up; said when it begins."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from fieldkit.cli.talk import warn
from fieldkit.errors import BadBytes, WrongUsage

if TYPE_CHECKING:
    from fieldkit.core.program import Within
    from fieldkit.station import SessionRef, Setup, Station

_PART = re.compile(r"([a-z0-9][a-z0-9-]{1,63})/([a-z][a-z0-9-]{0,31})\Z").match
_COHORT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}\Z").match


def within_of(folder: Path, part: str, cohort: str, makes_up: str) -> Within | None:
    """What was typed, None when nothing was. `makes_up` is a session of this laptop, or the origin of any other one.

    Raises WrongUsage, NotPossible when this laptop has no such session.
    """
    if not (part or cohort or makes_up):
        return None
    return said(part, cohort, _origin(folder, makes_up) if makes_up else "")


def said(part: str, cohort: str, makes_up: str) -> Within:
    """The same, where `makes_up` is an origin already. Raises WrongUsage."""
    from fieldkit.core.program import Within

    named = _PART(part)
    if part and named is None:
        raise WrongUsage(f"{part[:80]!r} is no part of a program.", "Write PROGRAM/PART: press-operator/observed")
    if cohort and not _COHORT(cohort):
        raise WrongUsage(f"{cohort[:80]!r} cannot be a cohort.", "Write it like 2026-autumn.")
    program, id = (named[1], named[2]) if named is not None else ("", "")
    return Within(program, id, cohort, makes_up)


def _origin(folder: Path, which: str) -> str:
    from fieldkit.cli.options import found

    return origin_of(which) if "/" in which else found(folder, which)[1].origin


def origin_of(which: str) -> str:
    """Raises WrongUsage for what is no origin of a session."""
    from fieldkit.log.names import split_origin

    try:
        split_origin(which)
    except BadBytes as wrong:
        hint = "Write its origin, as `fieldkit sessions` and `fieldkit central makeups` show it."
        raise WrongUsage(f"{which[:80]!r} is no session.", hint) from wrong
    return which


def begin_within(chosen: Callable[..., Setup | SessionRef], within: Within | None) -> Callable[..., Setup | SessionRef]:
    """`chosen`, so that a session that begins belongs to what was typed; one that goes on keeps what it began with."""

    def begin(station: Station, *, told: list[str] | None = None) -> Setup | SessionRef:
        from fieldkit.station import Setup

        found = chosen(station, told=told)
        if within is None:
            return found
        if not isinstance(found, Setup):
            sentence = "--part, --cohort and --makes-up not used: a session that goes on keeps what it began with."
            warn(sentence, "--new begins another one.")
            if told is not None:
                told.append(sentence)
            return found
        return msgspec.structs.replace(found, within=within, kind=found.kind or ("makeup" if within.makes_up else ""))

    return begin
