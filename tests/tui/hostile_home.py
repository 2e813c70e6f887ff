"""The home screens on a laptop whose every text attacks the terminal: `python -m tests.tui.hostile_home FOLDER`."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import sys
from pathlib import Path
from typing import Any, cast

import msgspec

from fieldkit.cli.hometools import StationTools
from fieldkit.config import Settings
from fieldkit.errors import FieldkitError
from fieldkit.planned import PlannedFolder
from fieldkit.tui.app import run_home
from fieldkit.tui.hometools import HomeTools, Memory, NewSession
from tests.tui.homekit import held_session, station_in
from tests.tui.hostile import MARK, PAYLOADS

WORDS = "title place words hint notes name day wrong problem key trainer site facilitator sentence when office url"
FOREIGN = frozenset([*WORDS.split(), "qr_text", "version", "phase", "at", "org", "badge", "legal"])
"""Fields of what the tools say that hold text of others, or that a bad file could fill."""
_payloads = itertools.cycle(PAYLOADS[:-10])


def evil(found: Any) -> Any:
    """The same, hostile in every such field."""
    if isinstance(found, msgspec.Struct):
        new = {}
        for name in found.__struct_fields__:
            value = getattr(found, name)
            foreign = name in FOREIGN and isinstance(value, str) and value
            new[name] = f"{MARK} {next(_payloads)} {value}"[:600] if foreign else evil(value)
        return msgspec.structs.replace(found, **new)
    if isinstance(found, list | tuple):
        return type(found)(evil(x) for x in found)
    return found


class Evil:
    """Tools in whose words nothing is what it was; what is not known is refused in a hostile sentence."""

    def __init__(self, tools: Any) -> None:
        self._tools = tools

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._tools, name)
        if name in ("trust", "erasing"):
            return Evil(real)

        async def later(*args: Any) -> Any:
            if name in ("unplan", "carry", "check", "send"):
                raise FieldkitError(f"{MARK} {PAYLOADS[0]}{PAYLOADS[2]}", f"{MARK} {PAYLOADS[5]}")
            if name == "office":
                return f"{MARK} {PAYLOADS[1]}"
            return evil(await real(*args))

        def now(*args: Any) -> Any:
            return evil(real(*args))

        return later if inspect.iscoroutinefunction(real) else now


async def main(folder: Path) -> None:
    station = station_in(folder)
    for k, payload in enumerate(PAYLOADS[:3]):
        await held_session(station, f"{MARK} {payload}", end=bool(k))
    rows = "".join(f'"B{k}","{MARK} {p}"\r\n' for k, p in enumerate(PAYLOADS) if '"' not in p)
    (folder / f"{MARK} \u202eevil.csv").write_text(f"badge,name\r\n,\r\nB1,twice\r\n{rows}", "utf-8")
    tools = StationTools(station, Settings(home=station.home, tz="UTC", port=0, bind="127.0.0.1"), folders=[folder])
    tools.remember(Memory(trainer="Sam", place="Hall", welcomed=True))
    await tools.plan_for(NewSession(pack="toolbox-blank", title=f"{MARK} planned"), "2027-01-01 09:00")
    assert PlannedFolder(station.home)
    warnings = [f"{MARK} {p}" for p in PAYLOADS[:20]]
    await run_home(cast("HomeTools", Evil(tools)), "en", leave=asyncio.Event(), warnings=warnings)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
