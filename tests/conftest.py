"""What holds for every test: nothing is left out in silence, and the build leaves nothing out at all."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

IN_CI = os.environ.get("FIELDKIT_CI") == "1"

settings.register_profile("build", derandomize=True)
"""The build tries the same examples each time, so that it is red for what was changed; everybody else tries others."""
if IN_CI:
    settings.load_profile("build")

MAY_BE_SKIPPED_IN_CI: tuple[str, ...] = (
    "this disk does not tell a from A",  # a case-folding file system
)
"""Beginnings of skip reasons that a Linux machine of the build may have, each for a cause it cannot remove."""


LONG_FIRST = ("stories", "screens", "consoles", "lan", "sync", "tui", "cli")
"""Rooms whose files take long. Begun last, one of them keeps one process busy while the others have nothing to do."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        room = item.path.parent.name
        return LONG_FIRST.index(room) if room in LONG_FIRST else len(LONG_FIRST)

    items.sort(key=place)


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    place = report.longrepr
    return str(place[2] if isinstance(place, tuple) else place).removeprefix("Skipped: ")


def _left_out(config: pytest.Config) -> dict[str, int]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    found: dict[str, int] = {}
    for report in reporter.stats.get("skipped", []) if reporter else []:
        found[_reason(report)] = found.get(_reason(report), 0) + 1
    return found


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    if IN_CI and exitstatus == pytest.ExitCode.OK:
        bad = [why for why in _left_out(session.config) if not why.startswith(MAY_BE_SKIPPED_IN_CI)]
        if bad:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    left_out = _left_out(config)
    if left_out:
        total = sum(left_out.values())
        terminalreporter.section(f"NOT RUN ON THIS MACHINE: {total}", sep="!", red=True)
        for why, count in sorted(left_out.items()):
            terminalreporter.line(f"{count:4}  {why}")
        if IN_CI:
            terminalreporter.line("FIELDKIT_CI=1: leaving tests out counts as a failure.")
    else:
        terminalreporter.line("Nothing was left out on this machine.")
