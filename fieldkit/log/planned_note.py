"""What head office planned for one laptop: sessions of a day, with who is expected; one note, signed by the office.

    fieldkit-planned/1
    org ld.acme.example
    device laptop.fieldkit/dev/7q2k
    as_of 2026-11-23T09:00:00Z
    session h-k3m9w2p4 planned {"v":1,"pack":"loto-basics","at":"2026-11-30 06:00","tz":"Europe/Madrid",…}
    session h-7v0c2d4e cancelled {"v":1,"pack":"loto-basics","at":"2026-12-01 06:00","tz":"Europe/Madrid"}

The note is whole: what the newest one does not name is planned no more. It names people, so it never travels as it is:
it is sealed to the key of the laptop that it is for (`keys.seal_to`), over the network as on a stick. Lines whose first
word this release does not know are passed over; a session that it cannot read is told of and left as it was.
"""

from __future__ import annotations

import re

import msgspec

from fieldkit.core.clean import clean_text
from fieldkit.errors import BadBytes, FieldkitError
from fieldkit.log.from_office import OFFICE, head_of, opened
from fieldkit.log.keys import Signer
from fieldkit.log.names import role_of
from fieldkit.log.note import parse_utc, sign_note, utc_text
from fieldkit.log.trust import TrustList
from fieldkit.planned import NONE, Planned, parse

PLANNED_LIMIT = 16 << 20
"""Most bytes of a note: some 80,000 expected people."""
SEALED_LIMIT = PLANNED_LIMIT + (1 << 20)
MOST = 500
"""Sessions of one laptop."""
KIND = "fieldkit-planned/1"
HELD, CANCELLED = "planned", "cancelled"
_HEAD = ("org", "device", "as_of")
is_id = re.compile(r"h-[0-9a-hjkmnp-tv-z]{8}\Z").match


class Sent(msgspec.Struct, frozen=True):
    """One session. `state`: planned or cancelled; a cancelled one names nobody."""

    id: str
    state: str
    plan: Planned


class PlannedNote(msgspec.Struct, frozen=True):
    """A note as read; `as_of` Unix seconds. `unread`: ids of sessions that this release cannot read."""

    org: str
    device: str
    as_of: int
    sessions: tuple[Sent, ...]
    unread: tuple[str, ...] = ()


def text_of(found: PlannedNote) -> str:
    """The text to be signed. Raises BadBytes for what could not be read back."""
    lines = [KIND, f"org {found.org}", f"device {found.device}", f"as_of {utc_text(found.as_of)}"]
    for one in found.sessions:
        lines.append(f"session {one.id} {one.state} {msgspec.json.encode(one.plan).decode()}")
    text = "\n".join([*lines, ""])
    if parse_planned(text) != found:
        raise BadBytes("bad-planned", "these sessions cannot be written")
    return text


def planned_note(found: PlannedNote, signer: Signer) -> bytes:
    """Signed by the office. Raises BadBytes: `too-long`, `bad-planned`."""
    raw = sign_note(text_of(found), signer)
    if len(raw) > PLANNED_LIMIT:
        raise BadBytes("too-long", "the rosters are too long for one note")
    return raw


def parse_planned(text: str) -> PlannedNote:
    """Read the text of a note; its signature is `open_planned`'s business. Raises BadBytes."""
    (org, device, as_of), lines = head_of(text, "planned", _HEAD)
    if role_of(device) != "dev":
        raise BadBytes("bad-name", "the note names no laptop")
    found: list[Sent] = []
    unread: list[str] = []
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "session":
            id, _, more = rest.partition(" ")
            state, _, raw = more.partition(" ")
            if not is_id(id):
                raise _bad(line)
            one = _session(id, state, raw)
            unread += [id] if one is None else []
            found += [one] if one is not None else []
        elif not re.fullmatch(r"[a-z][a-z_]{0,31}", word):
            raise _bad(line)
    ids = [*(one.id for one in found), *unread]
    if len(ids) > MOST:
        raise BadBytes("too-long", f"a note of {len(ids)} sessions where {MOST} are allowed")
    if len(set(ids)) != len(ids):
        raise BadBytes("bad-planned", "a session stands there twice")
    return PlannedNote(org, device, parse_utc(as_of), tuple(found), tuple(unread))


def _session(id: str, state: str, raw: str) -> Sent | None:
    """None for what another release may mean by it."""
    if state not in (HELD, CANCELLED):
        return None
    try:
        plan = parse(raw.encode())
    except FieldkitError:  # whoever reads the note is told which session it is
        return None
    # What has become of it is the laptop's to say, and a session without a zone is at no time that both would mean.
    if plan.done or plan.office or plan.was or plan.changes != NONE or not plan.tz:
        return None
    return Sent(id, state, plan)


def _bad(line: str) -> BadBytes:
    return BadBytes("bad-planned", f"a line of the note cannot be read: {clean_text(line, 60)}")


def open_planned(raw: bytes, trust: TrustList, device: str, now: int) -> PlannedNote:
    """Verify a note under the office keys of a trust list, and read it; a revoked key vouches for nothing.

    Raises BadBytes: `no-known-signature`, `bad-signature`, `wrong-org`, `other-device`, `bad-planned`…
    """
    found = opened(raw, trust, now, PLANNED_LIMIT, parse_planned, OFFICE)
    if found.device != device:
        raise BadBytes("other-device", f"the note is for {found.device}")
    return found
