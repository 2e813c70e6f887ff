"""`fieldkit verify` of a valid.note: whose word it is, of which moment, and how much stands in it."""

from __future__ import annotations

from pathlib import Path

from fieldkit.log.note import split_note, utc_text
from fieldkit.log.valid import VALID_LIMIT, parse_valid
from fieldkit.sync.judged import Judged, Known


def judge_valid(path: Path, raw: bytes, known: Known) -> Judged:
    """Who may do which task, as head office knew it at one moment; an old one is told, and stays true of that moment.
    Raises BadBytes."""
    found = parse_valid(split_note(raw, VALID_LIMIT)[0])
    keys, counted = known.note(raw, "office", "root", limit=VALID_LIMIT)
    signers = [key.name for key in keys if key.org == found.org]
    people, tasks = len({row.id for row in found.rows}), len(found.tasks)
    rows = f"{len(found.rows)} {'entry' if len(found.rows) == 1 else 'entries'}"
    of = f"{people} {'person' if people == 1 else 'people'} and {tasks} {'task' if tasks == 1 else 'tasks'}"
    said = [f"{rows} of {found.org}, {of}", f"as of {utc_text(found.as_of)}"]
    if known.now is not None and known.now >= found.stale:
        said.append(f"old since {utc_text(found.stale)}")
    if signers:
        detail = ", ".join([*said, f"signed by {' and '.join(signers)}"])
        return Judged(str(path), "valid", "verified", "", detail)
    reason = next((counted.reason(name) for name in counted.ended), "signer-unknown")
    why = ["signed by nobody known", *(counted.why(name) for name in counted.ended)]
    return Judged(str(path), "valid", "signer-unknown", reason, f"{', '.join(said)}; {'; '.join(why)}")
