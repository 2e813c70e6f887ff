"""A phone in a test: the HTTP client over real sockets, with what a story asserts about it."""

from __future__ import annotations

import asyncio
from typing import Any

from fieldkit.core.views import SeatView
from fieldkit.lan.client import Client, Reply


class Phone(Client):
    """One participant. `acked` remembers every intent that was answered as saved, for the check at the end."""

    def __init__(self, url: str, name: str = "", **more: Any) -> None:
        more.setdefault("agent", "Mozilla/5.0 (Linux; Android 9) Mobile")
        super().__init__(url, **more)
        self.name = name
        self.acked: dict[str, int] = {}

    async def once(self, body: dict[str, Any] | bytes) -> Reply:
        reply = await super().once(body)
        if isinstance(body, dict) and reply.ok and reply.saved is not None:
            # The same id must always come back with the same index: that is what `already` promises.
            assert self.acked.setdefault(body["id"], reply.saved) == reply.saved, (body, reply)
        return reply

    async def come_in(self, code: str, badge: str | None = None, **more: Any) -> Reply:
        """Join and expect to be in."""
        reply = await self.join(code, self.name, badge, **more)
        assert reply.ok, reply
        return reply

    async def until(self, state: str, seconds: float = 5.0) -> SeatView:
        """Wait until the view is in this state."""
        async with asyncio.timeout(seconds):
            while (view := await self.view()).state != state:
                await asyncio.sleep(0.05)
        return view
