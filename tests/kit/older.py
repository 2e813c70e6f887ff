"""A database of head office as an older release left it: what later steps of `schema` made is taken out again."""

from __future__ import annotations

import re

from fieldkit.sync.central.schema import STEPS

_MADE = re.compile(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)").findall


def before(script: str) -> int:
    """The version of a database in which this step has not been done."""
    return [one for one, _ in STEPS].index(script)


def made_after(script: str) -> list[str]:
    """The tables that the steps behind this one make, in their order."""
    return [table for one, _ in STEPS[before(script) + 1 :] for table in _MADE(one)]
