"""The real Ralph, a learning record store of others, for a test: a process of its own on the loopback.

`FIELDKIT_TEST_RALPH` names its executable, else `ralph` is looked for on the PATH; else the tests are left out, loudly.
`tests/kit/ralph.txt` pins what it is installed from: python -m venv DIR && DIR/bin/pip install -r tests/kit/ralph.txt
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.kit.ralph_serve import PASSWORD, USER

SECRET = f"{USER}:{PASSWORD}"
WHY = "no Ralph: set FIELDKIT_TEST_RALPH to its executable, installed from tests/kit/ralph.txt"


def _python() -> str:
    """The Python that its script begins with. Skips the test where there is none."""
    found = shutil.which(os.environ.get("FIELDKIT_TEST_RALPH") or "ralph")
    if found is None:
        pytest.skip(WHY)
    with open(found, encoding="utf-8") as script:
        return script.readline().removeprefix("#!").strip()


def judged(statements: list[dict[str, Any]]) -> dict[int, str]:
    """Index → why, of the statements that Ralph's model of xAPI refuses."""
    command = [_python(), "-I", str(Path(__file__).parent / "ralph_judge.py")]
    done = subprocess.run(
        command, input=json.dumps(statements), capture_output=True, text=True, timeout=120, check=True
    )
    return dict(json.loads(done.stdout))


@contextmanager
def ralph(folder: Path) -> Iterator[str]:
    """Its endpoint. It is stopped at the end, however that comes."""
    (folder / "store").mkdir(parents=True)
    command = [_python(), "-I", str(Path(__file__).parent / "ralph_serve.py"), str(folder)]
    with (folder / "ralph.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, cwd=folder, text=True)
    try:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        assert port.isdigit(), (folder / "ralph.log").read_text("utf-8", "replace")
        yield f"http://127.0.0.1:{port}/xAPI"
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()
