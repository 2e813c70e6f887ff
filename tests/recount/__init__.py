"""Head office's pages, counted again from the logs: standard library alone, nothing of the program itself.

Written from the documents (docs/records.md, log-format.md, bundle-format.md, tables.md, programs.md,
delivery.md, questions.md, central.md).
`python -m tests.recount LOGS --pages URL …` is the same for a shell. See docs/audit.md.
"""

from __future__ import annotations

from tests.recount.walk import SAMPLE, Fetch, Recount, Told, check
from tests.recount.world import Who

__all__ = ["SAMPLE", "Fetch", "Recount", "Told", "Who", "check"]
