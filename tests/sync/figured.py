"""Sessions whose figures are known, as bundles: `tests.core.figured` in a laptop's own lines."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import msgspec

from fieldkit.core.records import fields_of
from fieldkit.log.line import canonical, canonical_plan, opening_line, opening_x
from tests.core.figured import Meeting, measured, session
from tests.kit.central import NOON, Laptop, Log

DAY_MS = 86_400_000


def meeting(
    laptop: Laptop, of: Meeting, fac: str = "", site: str = "plant-2", day: int = 0, version: str = "1.0.0"
) -> Log:
    """`day`: days after 22 November 2026. `fac`: key name of who leads it."""
    plan = measured(version=version)
    raw = canonical_plan(msgspec.to_builtins(plan))
    sha = hashlib.sha256(raw).hexdigest()
    pack = {"files": "0" * 64, "id": plan.id, "plan": sha, "signed": False, "version": plan.version}
    opened: dict[str, Any] = {"kind": of.kind, "makes_up": of.makes_up, "site": site, "title": "Measured"}
    opened["policy"] = {"named": of.agreement} if of.agreement else {}
    log = laptop.session(pack=pack, **opened)
    t0 = NOON * 1000 + day * DAY_MS
    head = msgspec.json.decode(log.lines[0])
    lines, openings = [canonical(head | {"t": t0})], dict(log.openings)
    for one in session(of, fac=fac).records[1:]:
        line: dict[str, Any] = {"d": fields_of(one.fact), "i": one.i, "k": one.k, "m": one.m, "t": t0 + one.m}
        if one.p is not None:
            line["p"] = f"person{int(one.p[1:]):02d}"
        if one.private:
            openings[one.i] = opening_line(
                one.i, hashlib.sha256(f"{log.origin}{one.i}".encode()).digest()[:16], one.private
            )
            line["x"] = opening_x(openings[one.i])
        lines.append(canonical(line))
    laptop.last = replace(log, lines=lines, openings=openings, blobs={sha: raw})
    return laptop.last
