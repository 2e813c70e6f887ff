"""What holds for every test: nothing is left out in silence, and the build leaves nothing out at all."""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import settings

IN_CI = os.environ.get("FIELDKIT_CI") == "1"

gc.disable()
"""Until everything is collected (below): nothing of it goes, and to look for what could takes a third of the time."""

settings.register_profile("build", derandomize=True)
"""The build tries the same examples each time, so that it is red for what was changed; everybody else tries others."""
if IN_CI:
    settings.load_profile("build")

MAY_BE_SKIPPED_IN_CI: tuple[str, ...] = (
    "this disk does not tell a from A",  # a case-folding file system
)
"""Beginnings of skip reasons that a Linux machine of the build may have, each for a cause it cannot remove."""

LEFT_OUT = 9
"""Exit code when the build left a test out: not the one of a red test, which `.ci/tests` looks at a second time."""

LONGEST = (
    "tui/test_every_language", "screens/test_book", "lan/test_states", "tui/test_pty", "tui/test_after_sign",
    "tui/test_after_files", "stories/test_mixed_room", "tui/test_after", "stories/test_leaving", "stories/test_demo",
    "stories/test_rough_terminal", "tests/test_bench", "stories/test_wifi", "tui/test_handover",
    "consoles/test_remote_browser", "stories/test_spine", "stories/test_console_story", "consoles/test_attach_story",
    "tui/test_work", "cli/test_card", "tui/test_themes", "stories/test_begin", "sync/test_trainers",
    "sync/test_commands", "sync/test_carry", "log/test_by_hand_people", "sync/test_converges", "tui/test_send",
    "house/test_tests", "tui/test_home_words", "sync/test_shelf", "consoles/test_remote_story", "stories/test_ballots",
    "tui/test_words", "tui/test_home_roster", "log/test_sheet_forged", "tui/test_home_light", "house/test_skips",
    "lan/test_browser", "sync/test_serve_command", "stories/test_avahi", "tui/test_linear", "lan/test_outbox",
    "lan/test_kiosk_browser", "stories/test_kill", "sync/test_witness_commands", "stories/test_disk",
    "tui/test_trust_keys", "core/test_kept_lines", "log/test_by_hand", "sync/test_machine",
    "stories/test_two_sessions", "stories/test_odd_files",
)  # fmt: skip
"""Files that take longest, as a build measured them. Begun last, one of them keeps one process busy while the others
have nothing to do; those that wait and those that compute stand mixed, so that both processors have work."""
LONG_FIRST = ("stories", "consoles", "lan", "tui", "sync", "cli")
"""Rooms that follow: most of their files take long too."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def place(item: pytest.Item) -> int:
        room = item.path.parent.name
        if (file := f"{room}/{item.path.stem}") in LONGEST:
            return LONGEST.index(file)
        return len(LONGEST) + (LONG_FIRST.index(room) if room in LONG_FIRST else len(LONG_FIRST))

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """Seven thousand tests are 660,000 objects: each look through all of them stops a test for half a second and more.
    They stay to the end, so that nothing that collects has to look at them."""
    gc.collect()
    gc.freeze()
    gc.enable()


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
    if IN_CI and exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        bad = [why for why in _left_out(session.config) if not why.startswith(MAY_BE_SKIPPED_IN_CI)]
        if bad:
            session.exitstatus = LEFT_OUT


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
