"""A desk on a real session file with the remote beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fieldkit.consoles import remote_port
from fieldkit.consoles.remote_port import RemotePort
from tests.consoles.remote_kit import Phone, Side
from tests.kit.plans import ALL
from tests.lan.conftest import open_desk


@pytest.fixture(autouse=True)
def _any_port(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests beside this one let the usual port go, and take it."""
    monkeypatch.setattr(remote_port, "PORTS", (0,))


@pytest.fixture
async def side(tmp_path: Path) -> AsyncIterator[Side]:
    desk = await open_desk(tmp_path, ALL)
    remote = RemotePort(desk, lambda: "127.0.0.1", lambda: ("fieldkit.test",), bind="127.0.0.1")
    yield Side(desk, remote)
    await remote.off()
    await desk.close()


@pytest.fixture
async def phone(side: Side) -> Phone:
    return await side.pair()
