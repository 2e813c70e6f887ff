"""What head office answered to the questions of one laptop's sessions: one note, signed by the office, and the words.

    fieldkit-answers/1
    org ld.acme.example
    device ld.acme.example/dev/7q2k
    as_of 2026-11-29T09:00:00Z
    answer 000017-k3m9w2p4 41 6f1a…9c 2026-11-29T08:58:12Z ld.acme.example/dev/m2x7/000001-3c7d9w2p 45 hP2b…JI0

    — ld.acme.example/office …
    =====
    {"i":45,"s":"…","x":{"name":"Zoë Álvarez","text":"Two locks, one for each circuit."}}

A line holds the session, the record that was asked and its leaf, when it was answered, where the answer stands, and the
`x` of its private half; `close` in place of `answer`: there is none, and the words say why. Behind the note stand those
halves, a line each, in any order: the note commits to each, so one can be taken out alone and the rest stays proved.

The note is whole: what the newest one does not name is answered no more. It holds people's words, so it never travels
as it is: it is sealed to the key of its laptop (`keys.seal_to`), over the network as on a stick. Lines whose first word
this release does not know are passed over.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from fieldkit.core.clean import clean_text
from fieldkit.errors import BadBytes
from fieldkit.log.keys import Signer
from fieldkit.log.line import LINE_LIMIT, opening_x, read_opening
from fieldkit.log.names import is_org, role_of, split_origin
from fieldkit.log.note import open_note, parse_number, parse_utc, read_fields, sign_note, split_note, utc_text
from fieldkit.log.receipt import SEPARATOR
from fieldkit.log.trust import TrustList
from fieldkit.log.walk import SIZE_LIMIT

NOTE_MOST = 1 << 20
"""Most bytes of the note alone; one of `MOST` lines is about half of it."""
ANSWERS_LIMIT = 8 << 20
"""Most bytes of note and words."""
SEALED_LIMIT = ANSWERS_LIMIT + (1 << 16)
MOST = 1000
"""Answers in one note, the newest ones."""
FILE = "answers.note"
KIND = "fieldkit-answers/1"
ANSWER, CLOSE = "answer", "close"
_HEAD = ("org", "device", "as_of")
_LEAF = re.compile(r"[0-9a-f]{64}\Z").match
_X = re.compile(r"[A-Za-z0-9_-]{43}\Z").match
_WORD = re.compile(r"[a-z][a-z_]{0,31}\Z").match


class Answer(msgspec.Struct, frozen=True):
    """One line. `session` is the last part of its origin; `at` Unix s; `log` and `record`: where the answer stands."""

    session: str
    i: int
    leaf: str
    at: int
    log: str
    record: int
    x: str
    closed: bool = False


class AnswersNote(msgspec.Struct, frozen=True):
    """A note as read; `as_of` Unix s. `halves`: `x` → private half, of those that came with it."""

    org: str
    device: str
    as_of: int
    answers: tuple[Answer, ...]
    halves: dict[str, bytes] = {}

    def origin(self, one: Answer) -> str:
        return f"{self.device}/{one.session}"


def text_of(found: AnswersNote) -> str:
    """The text to be signed. Raises BadBytes for what could not be read back."""
    lines = [KIND, f"org {found.org}", f"device {found.device}", f"as_of {utc_text(found.as_of)}"]
    for one in found.answers:
        word = CLOSE if one.closed else ANSWER
        lines.append(f"{word} {one.session} {one.i} {one.leaf} {utc_text(one.at)} {one.log} {one.record} {one.x}")
    text = "\n".join([*lines, ""])
    if parse_answers(text) != msgspec.structs.replace(found, halves={}):
        raise BadBytes("bad-answers", "these answers cannot be written")
    return text


def answers_note(found: AnswersNote, signer: Signer) -> bytes:
    """Signed by the office, with the words behind it. Raises BadBytes: `too-long`, `bad-answers`."""
    raw = joined(sign_note(text_of(found), signer), found.halves.values())
    if len(raw) > ANSWERS_LIMIT:
        raise BadBytes("too-long", "the answers are too long for one note")
    return raw


def joined(note: bytes, halves: Iterable[bytes]) -> bytes:
    """A note and the halves behind it; they stand in one order, so that the same state is the same bytes."""
    return note + SEPARATOR + b"".join(half + b"\n" for half in sorted(halves))


def parted(raw: bytes) -> tuple[bytes, list[bytes]]:
    """The note and the lines behind it, none of it judged. Raises BadBytes."""
    if len(raw) > ANSWERS_LIMIT:
        raise BadBytes("too-long", f"{len(raw)} bytes where {ANSWERS_LIMIT} are allowed")
    head, mark, tail = raw.partition(b"\n" + SEPARATOR)
    if not mark:
        raise BadBytes("not-a-note", "the words do not stand behind the note")
    return head + b"\n", tail.split(b"\n")[:-1] if tail.endswith(b"\n") else tail.split(b"\n") if tail else []


def note_sha(raw: bytes) -> str:
    """SHA-256 (hex) of the note of a file, without the words behind it: it commits to those, and a laptop that let some
    of them go has the same note. Raises BadBytes."""
    return hashlib.sha256(parted(raw)[0]).hexdigest()


def parse_answers(text: str) -> AnswersNote:
    """Read the text of a note; signature and words are `open_answers`' business. Raises BadBytes."""
    lines = text.split("\n")
    org, device, as_of = read_fields("\n".join([*lines[: len(_HEAD) + 1], ""]), "answers", _HEAD)
    if not is_org(org) or role_of(device) != "dev":
        raise BadBytes("bad-name", "the note names no organisation and laptop")
    found = []
    for line in lines[len(_HEAD) + 1 : -1]:
        word, _, rest = line.partition(" ")
        if word in (ANSWER, CLOSE):
            found.append(_answer(device, rest, closed=word == CLOSE))
        elif not _WORD(word):
            raise _bad(line)
    if len(found) > MOST:
        raise BadBytes("too-long", f"a note of {len(found)} answers where {MOST} are allowed")
    if len({(one.session, one.i) for one in found}) != len(found):
        raise BadBytes("bad-answers", "a question stands there twice")
    return AnswersNote(org, device, parse_utc(as_of), tuple(found))


def _answer(device: str, rest: str, *, closed: bool) -> Answer:
    parts = rest.split(" ")
    if len(parts) != 7:
        raise _bad(rest)
    session, i, leaf, at, log, record, x = parts
    if not (_LEAF(leaf) and _X(x)):
        raise _bad(rest)
    for origin in (f"{device}/{session}", log):
        split_origin(origin)
    numbers = parse_number(i), parse_number(record)
    if max(numbers) >= SIZE_LIMIT:
        raise _bad(rest)
    return Answer(session, numbers[0], leaf, parse_utc(at), log, numbers[1], x, closed)


def _bad(line: str) -> BadBytes:
    return BadBytes("bad-answers", f"a line of the note cannot be read: {clean_text(line, 60)}")


def read_answers(raw: bytes) -> AnswersNote:
    """Read a file without looking who signed it. Raises BadBytes."""
    note, lines = parted(raw)
    return _with(parse_answers(split_note(note, NOTE_MOST)[0]), lines)


def _with(found: AnswersNote, lines: Iterable[bytes]) -> AnswersNote:
    """Each half judged: it must be what its line commits to. Raises BadBytes (`opening-mismatch`, and what is wrong
    with an opening)."""
    named = {one.x: one for one in found.answers}
    halves: dict[str, bytes] = {}
    for line in lines:
        if len(line) > LINE_LIMIT:
            raise BadBytes("too-long", "a line behind the note is too long")
        one = named.get(opening_x(line))
        if one is None or read_opening(line).i != one.record:
            raise BadBytes("opening-mismatch", "words stand behind the note that it does not name")
        halves[one.x] = line
    return msgspec.structs.replace(found, halves=halves)


def open_answers(raw: bytes, trust: TrustList, device: str, now: int) -> AnswersNote:
    """Verify a file under the office keys of a trust list, and read it; a revoked key vouches for nothing.

    Raises BadBytes: `no-known-signature`, `bad-signature`, `wrong-org`, `other-device`, `bad-answers`,
    `opening-mismatch`…
    """
    note, lines = parted(raw)
    keys = [key.vkey for key in trust.of("office") if key.state(now) != "revoked"]
    found = parse_answers(open_note(note, keys, NOTE_MOST).text)
    if found.org != trust.org:
        raise BadBytes("wrong-org", f"the note is of {found.org}, not of {trust.org}")
    if found.device != device:
        raise BadBytes("other-device", f"the note is for {found.device}")
    return _with(found, lines)


def answers_path(home: Path) -> Path:
    return home / FILE
