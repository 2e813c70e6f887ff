"""Head office's answers on this laptop: taken in, looked at, and let go of with their questions.

`answers.note` is head office's newest note as it came, with the words behind it. What it says counts for its signature
alone, which is verified each time: a key that was revoked meanwhile answers nothing. Words are kept only beside a
question whose own words are here; where those go, for whatever reason, the answer goes with them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from fieldkit.core.clean import clean_name, clean_text
from fieldkit.core.questions import MOST, SHOWN
from fieldkit.errors import BadBytes, DamagedData, FieldkitError
from fieldkit.log.answers_note import (
    ANSWERS_LIMIT,
    SEALED_LIMIT,
    Answer,
    AnswersNote,
    answers_path,
    joined,
    note_sha,
    open_answers,
    parted,
    read_answers,
)
from fieldkit.log.files import said, write_durable
from fieldkit.log.line import parse_opening
from fieldkit.log.listing import UNREADABLE
from fieldkit.log.merkle import leaf_hash
from fieldkit.log.read import SessionFile
from fieldkit.log.trust import TrustList
from fieldkit.station import SessionRef, Station


class Answered(msgspec.Struct, frozen=True):
    """One question of a session here with what head office said; `at` Unix s, `office` the organisation whose key
    signed it. `closed`: there is no answer, `text` says why. `note`: where it stands in head office's own log."""

    origin: str
    i: int
    question: str
    text: str
    by: str
    at: int
    office: str
    closed: bool
    note: str


def file_name(device: str) -> str:
    """How the sealed note for a laptop is called on a stick."""
    return f"answers-{device.rsplit('/', 1)[-1]}.age"


def take_answers(station: Station, trust: TrustList, sealed: bytes) -> list[Answered]:
    """Accept a note; what it answers that was not answered here in the same words. Raises BadBytes for one that is not
    for this laptop (`sealed`, `other-device`), not of head office, damaged, or older than the one that is held
    (`not-newer`); FieldkitError (disk)."""
    if len(sealed) > SEALED_LIMIT:
        raise BadBytes("too-long", "this is longer than such a note")
    raw = station.signer.unsealed(sealed)
    found = open_answers(raw, trust, station.signer.name, _now(station))
    held = _held(station, trust)
    if held is not None and found.as_of < held.as_of:
        raise BadBytes("not-newer", "what is held was made later")
    if held is not None and found.as_of == held.as_of and found.answers != held.answers:
        raise BadBytes("not-newer", "what is held was made at the same time")
    known = set(held.halves) if held is not None else set()
    here = {x: half for x, half in found.halves.items() if x in _beside(station, found)}
    write_durable(answers_path(station.home), joined(parted(raw)[0], here.values()))
    return [one for ref in station.sessions() for one in _of(ref, msgspec.structs.replace(found, halves=here), known)]


def held_sha(station: Station) -> str:
    """SHA-256 (hex) that head office is asked with: of the note that lies here, without its words, or of nothing where
    none counts, or words are missing whose question is here."""
    nothing = hashlib.sha256(b"").hexdigest()
    trust = station.trust
    found = _held(station, trust) if trust is not None else None
    if found is None or not _beside(station, found) <= set(found.halves):
        return nothing
    return note_sha(_bytes(answers_path(station.home)))


def answered(station: Station, ref: SessionRef) -> list[Answered]:
    """What head office said to questions of a session, in their order; none where nobody can tell any more who said it.
    Never raises for what lies here."""
    try:
        trust = station.trust
        found = _held(station, trust) if trust is not None else None
        return _of(ref, found, set()) if found is not None else []
    except FieldkitError:
        return []


def tidy(station: Station) -> None:
    """Let go of every answer whose question's words are not here any more. Raises FieldkitError (disk)."""
    path = answers_path(station.home)
    try:
        raw = _bytes(path)
    except FileNotFoundError:
        return
    try:
        found = read_answers(raw)
    except BadBytes:  # it comes again with the next sync
        with said(path):
            path.unlink(missing_ok=True)
        return
    wanted = _beside(station, found)
    kept = {x: half for x, half in found.halves.items() if x in wanted}
    if kept != found.halves:
        write_durable(path, joined(parted(raw)[0], kept.values()))


def _held(station: Station, trust: TrustList) -> AnswersNote | None:
    """The note that lies here; None for one that nobody vouches for now, and for one that cannot be read."""
    try:
        return open_answers(_bytes(answers_path(station.home)), trust, station.signer.name, _now(station))
    except (OSError, BadBytes):
        return None


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(ANSWERS_LIMIT + 1)


def _beside(station: Station, found: AnswersNote) -> set[str]:
    """The `x` of every answer of the note whose question stands in a session here, with its words."""
    refs = {ref.origin: ref for ref in station.sessions() if ref.state not in UNREADABLE}
    by: dict[str, list[Answer]] = {}
    for one in found.answers:
        by.setdefault(found.origin(one), []).append(one)
    return {one.x for origin, some in by.items() if origin in refs for one, _ in _asked(refs[origin], some)}


def _asked(ref: SessionRef, some: Iterable[Answer]) -> list[tuple[Answer, str]]:
    """Answers to records of this session as they stand here, with the words of the question; without those, not."""
    out = []
    try:
        with SessionFile.open(ref.path) as file:
            for one in some:
                half = file.opening(one.i) if one.i < ref.size else None
                if half is not None and leaf_hash(file.line(one.i)).hex() == one.leaf:
                    out.append((one, clean_text(str(parse_opening(half)[1].get("text", "")), SHOWN)))
    except (FieldkitError, BadBytes, DamagedData):
        return []
    return out


def _of(ref: SessionRef, found: AnswersNote, known: set[str]) -> list[Answered]:
    mine = [one for one in found.answers if found.origin(one) == ref.origin and one.x in found.halves]
    out = []
    for one, question in _asked(ref, (x for x in mine if x.x not in known)) if mine else []:
        try:
            half = parse_opening(found.halves[one.x])[1]
        except BadBytes:
            continue
        text, by = clean_text(str(half.get("text", "")), MOST), clean_name(str(half.get("name", "")))
        out.append(
            Answered(ref.origin, one.i, question, text, by, one.at, found.org, one.closed, f"{one.log}#{one.record}")
        )
    return sorted(out, key=lambda one: one.i)


def _now(station: Station) -> int:
    return station.clock.wall_ms() // 1000
