"""The privacy report: what is recorded of people, who can see it, how long and why, from the code's own table.

`fieldkit.core.personal` is the table, a policy of head office says the days and grounds; nothing here knows a field by
name. `document` gives plain data (the JSON of the report), `markdown` the same for people.
"""

from __future__ import annotations

from typing import Any

import msgspec

from fieldkit.core import records as r
from fieldkit.core.personal import BESIDE, PERSONAL, REMAINS, SURFACES
from fieldkit.core.records import Policy
from fieldkit.log.policy import EVERY, GROUNDS, OfficePolicy, in_force

ALWAYS = (
    "the record on the trainer's laptop, until its days are over",
    "the bundle to head office, sealed to head office's key",
    "head office's database, until the retention date",
)
"""Where every field is, whoever can see it."""
PROFILED = {
    "": "with any profile: `roster`, `compliance` or `full`",
    "roster": "with the profile `roster` only: who was there and when, no scores and no answers",
    "compliance": "with the profile `compliance` only: no table says who answered what",
    "full": "with the profile `full` only: who was there, what they were judged by, and what each answered by name",
}
"""Profile that the policy locks → what that means."""
NO_END = "until somebody erases it: no retention date is set"


def document(policy: OfficePolicy | None, own: Policy) -> dict[str, Any]:
    """The report as plain data. `own`: the rules of this laptop, where head office has none."""
    rules = in_force(policy, own, EVERY)
    off = rules.off or []
    return {
        "policy": {
            "version": policy.version if policy is not None else None,
            "sha256": policy.sha256 if policy is not None else None,
            "keep_days": rules.keep_days,
            "agreement": rules.agreement,
            "named_figures": rules.named or None,
            "smallest_anonymous_crowd": rules.k,
            "answers_sealed": rules.seal == "answers",
            "not_recorded": off,
            "exports_locked": rules.locked or [],
            "export_profile": rules.profile or None,
            "retention": [msgspec.to_builtins(one) for one in policy.retention] if policy is not None else [],
        },
        "always": list(ALWAYS),
        "surfaces": dict(SURFACES),
        "fields": [
            {
                "kind": row.kind,
                "field": row.field,
                "what": row.what,
                "why": row.why,
                "seen": list(row.seen),
                "recorded": row.switch not in off and not (row.field == "v" and rules.seal != "answers"),
                "can_be_switched_off": row.switch or None,
            }
            for row in PERSONAL
        ],
        "remains": [{"kind": kind, "what": REMAINS[kind], "fields": coded(kind)} for kind in r.KINDS],
        "beside": dict(BESIDE),
    }


def coded(kind: str) -> list[str]:
    """The fields of a kind's signed line, as the code declares them."""
    names: tuple[str, ...] = r.KINDS[kind].__struct_encode_fields__
    return [name for name in names if name != "co"]


def markdown(found: dict[str, Any]) -> str:
    """The document for people."""
    rules = found["policy"]
    lines = ["# What is recorded about people", "", *_rules(rules), "", "## Who can see what", ""]
    lines += ["Every field below is in:", "", *(f"- {place}" for place in found["always"]), ""]
    lines += ["It can also be seen on what has a mark in its row. What is not in this table cannot be recorded.", ""]
    lines += [f"- {code}: {words}" for code, words in found["surfaces"].items()]
    lines += ["", "What anybody in the room can see, the person and the group can see too.", ""]
    heads = ["record", "field", "what it is", "what it is for", "recorded", *found["surfaces"]]
    rows = [
        [
            *(f"`{one['kind']}`", f"`{one['field']}`", one["what"], one["why"], "yes" if one["recorded"] else "no"),
            *("●" if code in one["seen"] else "" for code in found["surfaces"]),
        ]
        for one in found["fields"]
    ]
    lines += _table(heads, rows)
    lines += ["", "## How long", "", *_how_long(rules), "", "## What stays when names are gone", ""]
    lines += [
        "The signed record keeps a random code for each person and session, and what is coded with it. Nobody can be",
        "found by that code in another session.",
        "",
    ]
    lines += _table(
        ["record", "says", "coded fields"],
        [[f"`{one['kind']}`", one["what"], ", ".join(f"`{x}`" for x in one["fields"])] for one in found["remains"]],
    )
    lines += ["", "## What else lies on the laptop", ""]
    lines += _table(["in its data folder", "holds"], [[f"`{name}`", what] for name, what in found["beside"].items()])
    return "\n".join([*lines, ""])


def _rules(rules: dict[str, Any]) -> list[str]:
    who = (
        f"Head office's policy, version {rules['version']} (SHA-256 `{rules['sha256']}`)"
        if rules["version"] is not None
        else "No policy of head office: this laptop's own settings"
    )
    lines = [f"Rules in force: {who}.", ""]
    lines.append(f"- agreement with the workers' side: {_cell(rules['agreement']) or 'none is named'}")
    named = _cell(rules["named_figures"] or "")
    figures = (
        f"by name, as agreed in {named}" if named else "only added up, of five trainers or more; to each their own"
    )
    lines.append(f"- figures about how trainers run sessions are shown {figures}")
    lines.append(f"- not recorded: {', '.join(rules['not_recorded']) or 'nothing is switched off'}")
    lines.append(f"- tables that are not exported: {', '.join(rules['exports_locked']) or 'none'}")
    lines.append(f"- exports are made {PROFILED[rules['export_profile'] or '']}")
    lines.append(f"- anonymous rounds keep nothing below {rules['smallest_anonymous_crowd']} answers")
    sealed = "with the names, and go with them" if rules["answers_sealed"] else "in the record, and stay"
    lines.append(f"- answers by choice stand {sealed}")
    return lines


def _how_long(rules: dict[str, Any]) -> list[str]:
    days = rules["keep_days"]
    lines = [
        f"- on the trainer's laptop: until {days} days after head office signed for the whole session and for every",
        "  name in it; never before",
    ]
    for one in rules["retention"]:
        pack = "every other pack" if one["pack"] == EVERY else f"the pack `{one['pack']}`"
        reference = f" ({_cell(one['reference'])})" if one["reference"] else ""
        basis = f"{GROUNDS[one['ground']]}{reference}"
        lines.append(f"- at head office, sessions of {pack}: {one['days']} days after they began; {basis}")
    if not any(one["pack"] == EVERY for one in rules["retention"]):
        rest = "at head office, all other sessions" if rules["retention"] else "at head office"
        lines.append(f"- {rest}: {NO_END}")
    return lines


def _table(heads: list[str], rows: list[list[str]]) -> list[str]:
    body = [f"| {' | '.join(row)} |" for row in rows]
    return [f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", *body]


def _cell(text: str) -> str:
    """Foreign words of a policy cannot end a cell or become markup."""
    return "".join(f"\\{c}" if c in "\\|<>[]*_" else c for c in text)
