"""Nothing is left out in silence: a skipped test is named at the end, and fails the build."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

SKIPPING = "import pytest\ndef test_a():\n    pytest.skip('Chromium is not here')\ndef test_b():\n    pass\n"


@pytest.mark.parametrize("how", [[], ["-n", "2", "--dist", "loadfile"]], ids=["alone", "together"])
@pytest.mark.parametrize(("in_ci", "code"), [("", 0), ("1", 1)])
def test_a_skipped_test_is_named_and_fails_the_build(in_ci: str, code: int, how: list[str], tmp_path: Path) -> None:
    """On a laptop a loud list; with FIELDKIT_CI=1 the run fails although every test that ran passed."""
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path / "conftest.py")
    (tmp_path / "test_sample.py").write_text(SKIPPING, "utf-8")
    env = {**os.environ, "FIELDKIT_CI": in_ci}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *how, str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, done.stdout
    assert "NOT RUN ON THIS MACHINE: 1" in done.stdout and "1  Chromium is not here" in done.stdout
    assert "Nothing was left out" not in done.stdout


def test_a_run_without_skips_says_that_nothing_was_left_out(tmp_path: Path) -> None:
    """Silence could also mean that nobody looked."""
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path / "conftest.py")
    (tmp_path / "test_sample.py").write_text("def test_b():\n    pass\n", "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0 and "Nothing was left out on this machine." in done.stdout


def test_the_build_forbids_skips_and_runs_checks_and_tests() -> None:
    """.ci/run is what decides; it must not become softer than `make check test`."""
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert "FIELDKIT_CI=1" in script and "set -euo pipefail" in script
    assert "\nmake check\n" in script and "\nmake test\n" in script
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
