"""What the whole terminal has one of is put back after each test: its label, its language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from fieldkit.tui import label, say


@pytest.fixture(autouse=True)
def one_terminal() -> Iterator[None]:
    yield
    label.use("")
    say.use("en")
