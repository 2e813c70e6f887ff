"""Saying on the laptop that head office has said something about a session, and which sheets are old by it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fieldkit.cli import talk
from fieldkit.cli.when import clock, iso

if TYPE_CHECKING:
    from fieldkit.log.amended_note import Amended
    from fieldkit.station import SessionRef, Station


def say_amended(station: Station, said: Sequence[Amended]) -> None:
    """Whoever filed a sheet of this laptop is told that another is in force."""
    from fieldkit.sync.amended import old_sheets

    for one in said:
        talk.warn(
            f"Head office has corrected {one.origin.rsplit('/', 1)[-1]}; its own sheets show both values.",
            "Ask head office for the sheet; what was exported here shows what stood before.",
        )
        for file in old_sheets(station, one):
            talk.say(f"old by it: {file.what}  {file.path}")


def rows(station: Station, said: Sequence[Amended]) -> dict[str, list[dict[str, Any]]]:
    """The same as `--json` tells it: `amended`, nothing where head office said nothing new."""
    from fieldkit.sync.amended import old_sheets

    told = [
        {
            "origin": one.origin,
            "records": len(one.refs),
            "at": one.at,
            "handed_out": [{"path": file.path, "what": file.what} for file in old_sheets(station, one)],
        }
        for one in said
    ]
    return {"amended": told} if told else {}


def say_before_export(station: Station, ref: SessionRef) -> None:
    """A sheet that is made here does not know what head office said."""
    from fieldkit.sync.amended import amended

    if (one := amended(station, ref)) is not None:
        talk.warn(
            f"Head office has corrected this session ({clock(iso(one.at * 1000, 'UTC'))}); this sheet shows what stood"
            " before.",
            "Ask head office for the sheet in force.",
        )
