"""A stick of its own: a small file system in a mount namespace of a child process, full, shut, or pulled out.

`carry_to(how, folder)` runs the child on a file of 300 KB; what it saw comes back. `why_not` says what is missing.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

SIZE = 300_000
ROOT = Path(__file__).parents[2]


def unshare() -> list[str]:
    return ["unshare", "-m"] if os.geteuid() == 0 else ["unshare", "-rm"]


def why_not() -> str:
    """Why no file system can be mounted here; empty when one can."""
    if not shutil.which("unshare"):
        return "unshare is not here"
    tried = subprocess.run([*unshare(), "mount", "-t", "tmpfs", "x", "/mnt"], capture_output=True, check=False)
    return "" if tried.returncode == 0 else "a file system cannot be mounted here"


def carry_to(how: str, folder: Path) -> dict[str, Any]:
    """`how`: well, full, fills (while it is written), shut, pulled. → {sentence, steps, names, source}."""
    done = subprocess.run(
        [*unshare(), sys.executable, "-m", "tests.kit.stick", how, str(folder)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _child(how: str, folder: Path) -> dict[str, Any]:
    from fieldkit.errors import FieldkitError
    from fieldkit.sync.copying import Progress, Watch, copy_verified

    source, stick = folder / "made.fkb", folder / "stick"
    stick.mkdir(exist_ok=True)
    source.write_bytes(os.urandom(SIZE))
    sha256 = hashlib.sha256(source.read_bytes()).hexdigest()
    size = {"full": "64k", "fills": "512k"}.get(how, "4m")
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "stick", str(stick)], check=True)
    if how == "shut":
        subprocess.run(["mount", "-o", "remount,ro", str(stick)], check=True)
    steps: list[str] = []

    def told(at: Progress) -> None:
        if how == "fills" and at.step == "write" and at.done == 0:
            (stick / "holiday.jpg").write_bytes(bytes(400_000))  # somebody else's file takes what was free
        if how == "pulled" and at.step == "write" and at.done == SIZE:
            subprocess.run(["umount", "-l", str(stick)], check=True)
        steps.append(at.step)

    sentence = ""
    try:
        copy_verified(source, stick / "made.fkb", sha256, Watch(told))
    except FieldkitError as wrong:
        sentence = f"{wrong.sentence} {wrong.hint}"
    names = sorted(path.name for path in stick.iterdir())
    whole = hashlib.sha256(source.read_bytes()).hexdigest() == sha256
    return {"sentence": sentence, "steps": sorted(set(steps)), "names": names, "source": whole}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_child(sys.argv[1], Path(sys.argv[2]))))
