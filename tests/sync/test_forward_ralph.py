"""Forwarding to the real Ralph: what it says to every kind of statement, to repetition, to another statement under the
same id, to what is taken back; and what its own model of xAPI says of our statements."""

from __future__ import annotations

from pathlib import Path

from fieldkit.core.tables import Sheet, Signatures
from fieldkit.formats.xapi import statements
from fieldkit.sync.central.lrs.address import basic, store
from fieldkit.sync.central.lrs.line import CONFLICT, TAKEN, Line
from tests.core.logbook import meeting
from tests.core.logbook_types import every_type
from tests.formats.xapi_languages import in_every_language
from tests.kit.ralph import SECRET, judged, ralph
from tests.kit.xapi import VECTORS, Json
from tests.sync.forwarded import forget, head


def rich() -> list[Json]:
    found: dict[str, Json] = {}
    for log in (meeting(), every_type(), in_every_language()):
        made = statements(Sheet(log.session, log.plan, Signatures()), lambda i: f"leaf {i}")
        found |= {one["id"]: one for one in made}
    return list(found.values())


async def test_ralph_takes_what_is_forwarded_and_keeps_it_once(tmp_path: Path) -> None:
    with ralph(tmp_path / "ralph") as url:
        every = rich()
        async with Line(store(url), basic(SECRET)) as line:
            assert await line.post(every) == (TAKEN, frozenset())
            assert await line.post(every) == (TAKEN, frozenset()), "once more is no conflict"
            for one in every[:: len(every) // 8]:
                found = await line.get(one["id"])
                assert found is not None and found["result"] == one["result"] and found["actor"] == one["actor"]
            other = every[0] | {"timestamp": "2026-11-23T00:00:00.000Z"}
            assert (await line.post([every[1], other]))[0] == CONFLICT
            assert await line.get("2f0ef2a7-6b0e-5d2b-a6e2-0d2c53c16ddd") is None
        async with head(tmp_path, sessions=2, people=30) as it:
            it.lrs.url, it.secret = url, SECRET
            first = await it.forward(batch=100)
            assert (first.sent, first.batches, first.refused) == (120, 2, [])
            assert (await it.forward()).sent == 0
            await forget(it.office)
            assert (await it.forward(batch=100)).sent == 120, "after a restored database: again, and there once"
            await it.erase("all", f"{it.logs[0].origin[-8:].upper()}-7")
            assert (await it.forward()).voided == 2
        lines = (tmp_path / "ralph" / "store" / "fs_lrs.jsonl").read_text("utf-8").splitlines()
        assert len(lines) == len(every) + 120 + 2


def test_ralphs_own_model_of_xapi_takes_every_statement_and_refuses_bad_ones() -> None:
    every = rich()
    assert len(every) > 80 and judged(every) == {}
    assert len(judged(VECTORS["bad"])) >= 8
