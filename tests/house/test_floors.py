"""Imports only go down: the import-linter contracts of pyproject.toml, and that nobody took one out."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

from tests.house.tree import ROOT

SENTENCES = (
    "Floors",
    "The core is pure",
    "Surfaces ask the desk",
    "Second consoles ask the desk too",
    "Sync reads logs, never the live session",
    "Central is another machine",
    "Headless stays headless",
)


def test_the_contracts_are_there_and_hold() -> None:
    """The seven contracts exist by name, none has an exception, and import-linter finds them kept."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    names = [contract["name"] for contract in config["contracts"]]
    assert [sentence for sentence in SENTENCES if not any(name.startswith(sentence) for name in names)] == []
    assert [contract["name"] for contract in config["contracts"] if contract.get("ignore_imports")] == []
    asking = [x for x in config["contracts"] if x["id"] in ("surfaces-ask", "consoles-ask")]
    assert all({"fieldkit.core.rules", "fieldkit.core.rulings"} <= set(x["forbidden_modules"]) for x in asking)
    assert len(asking) == 2
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-logo"], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
