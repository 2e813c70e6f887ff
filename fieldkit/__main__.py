"""`fieldkit` and `python -m fieldkit`."""

from __future__ import annotations

import gc
import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    gc.set_threshold(50_000, 20, 50)  # hardly anything of what importing makes is garbage; looking for it costs 5 %
    from fieldkit.cli.app import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
