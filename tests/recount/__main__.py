"""`python -m tests.recount LOGS --pages https://… --user NAME`: head office's pages beside what the logs come to."""

from __future__ import annotations

import argparse
import getpass
import os
import sys
import time
from pathlib import Path
from urllib.parse import quote

from tests.recount import SAMPLE, Who, check
from tests.recount.site import Site

ROLES = ("operator", "auditor", "supervisor", "facilitator")


def main(words: list[str] | None = None) -> int:
    """Exit code 0: every number agrees; 1: some do not, a line each on standard output; 2: nothing was compared."""
    asks = argparse.ArgumentParser(prog="python -m tests.recount", description=__doc__)
    asks.add_argument("logs", type=Path, help="a folder with bundles, logs, receipts, programs")
    asks.add_argument("--pages", required=True, help="address of head office, or a folder of saved pages")
    asks.add_argument("--user", default="", help="account; its password comes from RECOUNT_PASSWORD or is asked for")
    asks.add_argument("--ca", default="", help="file with the certificate to believe")
    asks.add_argument("--role", choices=ROLES, default="operator", help="the role of the account")
    asks.add_argument("--site", action="append", default=[], help="of a supervisor, once a site")
    asks.add_argument("--key", default="", help="of a facilitator: the name of the key")
    asks.add_argument("--now", type=int, default=0, help="Unix seconds at which the pages were made")
    asks.add_argument("--one-in", type=int, default=1, help="fetch one of so many records and forms of a plan")
    said = asks.parse_args(words)
    try:
        fetch = Saved(Path(said.pages)) if "://" not in said.pages else Site(said.pages, said.ca)
        if isinstance(fetch, Site) and said.user:
            fetch.log_in(said.user, os.environ.get("RECOUNT_PASSWORD") or getpass.getpass())
    except OSError as why:
        print(f"head office does not let us in: {why}", file=sys.stderr)
        return 2
    who = Who(said.role, tuple(said.site), said.key)
    sample = {**SAMPLE, "records": said.one_in, "record": said.one_in, "plan-new": said.one_in}
    told = check(said.logs, fetch, 1000 * (said.now or int(time.time())), who, sample, isinstance(fetch, Site))
    for one in told.wrong:
        print(one.encode("utf-8", "backslashreplace").decode())
    pages = ", ".join(f"{n} {kind}" for kind, n in sorted(told.pages.items()))
    print(f"{told.numbers} numbers compared on {pages or 'no page'}: {len(told.wrong)} differ", file=sys.stderr)
    return 2 if not told.pages else int(bool(told.wrong))


class Saved:
    """Pages kept as files: the address, quoted, is the name, with `.html` behind it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, path: str) -> str:
        """Raises OSError for a page that was not saved."""
        return (self.folder / f"{quote(path, safe='')}.html").read_text("utf-8")


if __name__ == "__main__":
    sys.exit(main())
