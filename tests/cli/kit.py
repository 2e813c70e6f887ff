"""One command line, run in this process: exit code, standard output, standard error."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any, NamedTuple

from fieldkit.cli.app import run


class Done(NamedTuple):
    """What a command left behind."""

    code: int
    out: bytes
    talk: str

    @property
    def text(self) -> str:
        return self.out.decode()

    @property
    def document(self) -> Any:
        """Standard output as exactly one JSON document."""
        return json.loads(self.out)


def fieldkit(*args: str, home: Path | None = None) -> Done:
    """Run `fieldkit [--data HOME] ARGS…`."""
    out, err = io.BytesIO(), io.BytesIO()
    kept = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = io.TextIOWrapper(out, "utf-8"), io.TextIOWrapper(err, "utf-8")
    try:
        code = run([*(["--data", str(home)] if home else []), *args])
        sys.stdout.flush()
        sys.stderr.flush()
        return Done(code, out.getvalue(), err.getvalue().decode())
    finally:
        sys.stdout, sys.stderr = kept
