"""Names that may go go by themselves: when a session begins, and after something was carried or receipted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fieldkit.cli import talk

if TYPE_CHECKING:
    from fieldkit.station import Station


def let_go(station: Station) -> None:
    """Say of how many sessions the names are gone; silent where there are none. Never raises for what may wait."""
    from fieldkit.sync.purge import purge_due

    gone = asyncio.run(purge_due(station))
    if gone:
        which = ", ".join(one.origin.rsplit("/", 1)[-1] for one in gone)
        talk.say(f"The names in {which} are gone from this laptop; head office has them.")
