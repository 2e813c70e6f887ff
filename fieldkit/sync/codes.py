"""Where a receipt's short code leads: the record of a log in this data folder or in a bundle, without its name.

A code is 50 bits of the leaf, so whoever has the log can say which record it is, and nobody can make another that
fits. A log counts only once it is whole: its lines lead to the root that its laptop signed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from fieldkit.errors import BadBytes, FieldkitError
from fieldkit.log.bundle import verify_bundle
from fieldkit.log.line import read_line
from fieldkit.log.listing import UNREADABLE
from fieldkit.log.merkle import Frontier, leaf_hash
from fieldkit.log.names import split_origin
from fieldkit.log.note import parse_checkpoint, split_note
from fieldkit.log.read import SessionFile
from fieldkit.log.receipt import short_code, show_code
from fieldkit.log.seal import opened
from fieldkit.log.unbundle import Bundle
from fieldkit.log.verdict import counted_of
from fieldkit.station import SessionRef
from fieldkit.sync.judged import Judged, Known, judged_by, session_of
from fieldkit.sync.verify_people import is_signed


class Hit(msgspec.Struct, frozen=True):
    """A record that a code leads to. `t` is Unix ms as the laptop believed it."""

    record: int
    kind: str
    t: int


def judge_code(code: str, refs: Sequence[SessionRef], bundles: Sequence[Path], known: Known) -> Judged:
    """The verdict on a code as `read_code` gives it, looked for in sessions and in bundles.

    `verified`: it is a record of an intact log that a known laptop signed. `refused`: `no-record`, or what is wrong
    with the only log that has it. Raises FieldkitError for a file that cannot be read.
    """
    found: list[tuple[str, str, dict[str, Any]]] = []
    unread = 0
    for ref in refs:
        if ref.state in UNREADABLE:
            unread += 1
            continue
        try:
            found += _in_session(ref.path, code, known)
        except (FieldkitError, BadBytes):  # said in the detail; `fieldkit fsck` says what is wrong with it
            unread += 1
    for path in bundles:
        verdict, hits = _in_bundle(path, code, known)
        unread += verdict == "unread"
        found += hits
    where = f"; {unread} could not be looked into" if unread else ""
    for verdict in ("verified", "signer-unknown", "refused"):
        if here := [one for one in found if one[0] == verdict]:
            detail = "; ".join(dict.fromkeys(_told(one[2]) for one in here)) + where
            return Judged(show_code(code), "code", verdict, here[0][1], detail, _once([one[2] for one in here]))
    looked = len(refs) + len(bundles)
    return Judged(show_code(code), "code", "refused", "no-record", f"none of {looked} logs or bundles has it{where}")


def _in_session(path: Path, code: str, known: Known) -> list[tuple[str, str, dict[str, Any]]]:
    """(verdict, reason, session) of each record of a session file that the code leads to."""
    with SessionFile.open(path) as file:
        frontier = Frontier()
        hits = list(_hits(file.lines(), code, frontier))
        if not hits:
            return []
        note = file.checkpoint()
    try:
        at = parse_checkpoint(split_note(note)[0])
        counted = counted_of(note, at.origin, known.keys, known.windows)
        if (frontier.size, frontier.root()) != (at.size, at.root):
            raise BadBytes("root-mismatch", "the records are not those that were signed")
    except BadBytes as wrong:
        return [("refused", wrong.reason, {"origin": path.stem, "size": frontier.size, "signers": []})]
    good = is_signed(at, counted)
    verdict, reason = ("verified", "") if good else ("signer-unknown", counted.reason(split_origin(at.origin).device))
    session = session_of(at, counted)
    return [(verdict, reason, session | msgspec.structs.asdict(hit)) for hit in hits]


def _in_bundle(path: Path, code: str, known: Known) -> tuple[str, list[tuple[str, str, dict[str, Any]]]]:
    """The same for a bundle: judged as a whole first, and its lines looked through only then."""
    judged = verify_bundle(path, known.keys, known.unseal, known.windows)
    if judged.verdict not in ("verified", "signer-unknown"):
        return "unread", []
    out: list[tuple[str, str, dict[str, Any]]] = []
    try:
        with path.open("rb") as file, opened(file, known.unseal) as plain:
            for part, said in zip(Bundle(plain), judged.sessions, strict=True):
                session = {"origin": said.origin, "size": said.size, "signers": said.signers}
                session |= judged_by(said.at, said.anchor)
                for _, lines in part.log():
                    hits = _hits(lines, code, Frontier())
                    out += [(said.verdict, said.reason, session | msgspec.structs.asdict(hit)) for hit in hits]
    except (BadBytes, ValueError, OSError):  # another file lies there than the one that was judged a moment ago
        return "unread", []
    return judged.verdict, out


def _hits(lines: Iterable[bytes], code: str, frontier: Frontier) -> Iterator[Hit]:
    for line in lines:
        leaf = leaf_hash(line)
        frontier.append(leaf)
        if short_code(leaf) == code:
            it = read_line(line)
            yield Hit(it.i, it.k, it.t)


def _told(session: dict[str, Any]) -> str:
    record = f"record {session['record']}, {session['kind']}" if "record" in session else "a damaged log"
    return f"{record} of {session['origin']}"


def _once(sessions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A log that was looked into in two places, once."""
    out: list[dict[str, Any]] = []
    for one in sessions:
        if one not in out:
            out.append(one)
    return out
