"""Sessions for head office's lists of people: a press course of three segments, as bundles."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from fieldkit.core.plan import Plan
from fieldkit.log.line import canonical_plan
from tests.core.classes import SEGMENTS, plan
from tests.kit.central import Laptop, Log

PROGRAM = """
fieldkit: 1
id: press4
version: 1.0.0
title: {en: "Press 4, =both parts"}
task: press4
needs:
  - {crew: [B]}
parts:
  - {id: basics, title: {en: "Basics"}, packs: [{id: press-basics, version: 1.0.0}]}
validity: {months: 12, remind_days: [30]}
cohorts:
  - {id: autumn, start: 2026-11-16}
"""


def p_of(badge: str) -> str:
    return f"p-{''.join(c for c in badge if c.isalnum())[-6:]:0>6}"


def course(
    laptop: Laptop,
    people: Mapping[str, str],
    of: Plan | None = None,
    close: bool = True,
    wrong: str = "",
    unsigned: str = "",
    **opened: Any,
) -> Log:
    """`people`: badge → the segments they are in the room for; none: expected and away. A minute a record. Those of
    `wrong` answer so, those of `unsigned` do not sign."""
    found = of or plan()
    raw = canonical_plan(msgspec.to_builtins(found))
    sha = hashlib.sha256(raw).hexdigest()
    pack = {"files": "0" * 64, "id": found.id, "plan": sha, "signed": False, "version": found.version}
    log = replace(laptop.session(pack=pack, title="Press 4", **opened), blobs={sha: raw})
    for badge in people:
        private = {"badge": badge, "name": f"Name {badge}", "crew": "B", "role": "operator"}
        log = log.add("person.expect", {}, p=p_of(badge), private=private)
    inside: set[str] = set()
    for segment in SEGMENTS:
        for badge, there in people.items():
            p = p_of(badge)
            if segment in there.split() and p not in inside:
                log = log.add("person.join", {"device": "phone", "ev": ["lan"], "via": "phone", "walkin": False}, p=p)
                inside.add(p)
            elif segment not in there.split() and p in inside:
                log = log.add("att.out", {"by": "self", "ev": ["lan"], "via": "phone"}, p=p)
                inside.discard(p)
        log = log.add("segment.enter", {"segment": segment})
        if segment == "learn":
            log = log.add("activity.open", {"activity": "q", "mode": "named", "round": 1})
            for p in sorted(inside):
                v = "a" if p in map(p_of, wrong.split()) else "b"
                log = log.add("answer.put", {"activity": "q", "round": 1, "v": [v], "via": "phone"}, p=p)
            log = log.add("activity.close", {"activity": "q", "round": 1})
        if segment == "drill":
            log = log.add("activity.open", {"activity": "ack", "mode": "named", "round": 1})
            for p in sorted(inside - {*map(p_of, unsigned.split())}):
                signed = {"activity": "ack", "meaning": "participation", "round": 1, "words": "0" * 64}
                log = log.add("ack.sign", signed, p=p, private={"lang": "en", "name": "N"})
        log = log.add("note.add", {"segment": segment})
    laptop.last = log.close() if close else log
    return laptop.last
