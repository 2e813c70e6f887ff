"""docs/records.md and docs/log-format.md say what the code does."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from fieldkit.core.records import KINDS
from tests.log.given import WORKED

DOCS = Path(__file__).parents[2] / "docs"


def _fields(struct: type) -> list[tuple[str, bool]]:
    """Names on the wire and whether they may be missing, structs within them included."""
    out = []
    for field in msgspec.structs.fields(struct):
        out.append((field.encode_name, field.default is None))
        for inner in get_args(field.type) or (field.type,):
            if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
                out += [(name, False) for name, _ in _fields(inner)]
    return out


@pytest.mark.parametrize("kind", KINDS)
def test_the_row_of_a_kind_names_each_field_and_which_may_be_missing(kind: str) -> None:
    text = DOCS.joinpath("records.md").read_text("utf-8")
    row: Any = re.search(rf"^\| `{re.escape(kind)}` \|.*$", text, re.M)
    assert row, f"{kind} has no row"
    where = row.group() if kind != "session.open" else text.partition("`session.open` has")[2].partition("## ")[0]
    assert "*`co`*" in text
    for name, optional in _fields(KINDS[kind]):
        if name == "co":  # of every kind, said once above the tables
            continue
        assert f"`{name}`" in where, f"{kind}.{name}"
        assert not optional or f"*`{name}`*" in where, f"{kind}.{name} may be missing"


@pytest.mark.parametrize("name", ["log.jsonl", "openings.jsonl", "hashes.txt", "checkpoint", "trust.note"])
def test_the_bytes_on_the_page_are_the_bytes_of_the_vectors(name: str) -> None:
    text = DOCS.joinpath("log-format.md").read_text("utf-8")
    assert f"```\n{WORKED.joinpath(name).read_text('utf-8')}```" in text
