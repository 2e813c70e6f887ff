"""The trust list and enrolment: who may sign what, until when (docs/log-format.md, Trust list).

One note signed by root, the same bytes for every laptop of an organisation. What a later release may add is told apart
from what is wrong: lines of an unknown kind are passed over, a key line this release cannot read in full is *void*
(nobody is trusted on half a sentence), and a damaged head refuses the list. Keys never come from anywhere else than a
list that was accepted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

import msgspec

from fieldkit.errors import BadBytes
from fieldkit.log.keys import Signer, VKey, six_words
from fieldkit.log.names import is_org
from fieldkit.log.note import (
    day_text,
    fields_text,
    open_note,
    parse_day,
    parse_number,
    parse_utc,
    read_fields,
    sign_note,
    split_note,
    utc_text,
)

TRUST_LIMIT = 1 << 20
"""Most bytes of a trust list: some 6,000 keys."""

KINDS = {
    "root": "root",
    "central": "central",
    "office": "office",
    "device": "dev",
    "facilitator": "fac",
    "publisher": "pub",
    "witness": "witness",
}
"""First word of a key line, and what the key's name must say."""

_OWN = ("root", "central", "office")
_ATTRIBUTES = ("from", "until", "revoked", "site", "role", "packs")
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z").match
_PACK = re.compile(r"[a-z][a-z0-9-]{0,31}\Z").match
_RECIPIENT = re.compile(r"age1[0-9a-z]{1,4096}\Z").match


class TrustKey(msgspec.Struct, frozen=True):
    """One key line. Times are Unix seconds at which a UTC day begins; `until` and `revoked` are the first day out."""

    kind: str
    vkey: VKey
    from_: int
    until: int
    revoked: int | None = None
    site: str | None = None
    role: str | None = None
    packs: tuple[str, ...] | None = None
    """What a facilitator is certified for; None: nothing was said."""

    def state(self, at: int) -> str:
        """`ok`, `not-yet`, `expired` or `revoked` at Unix second `at`."""
        if self.revoked is not None and at >= self.revoked:
            return "revoked"
        if at < self.from_:
            return "not-yet"
        return "ok" if at < self.until else "expired"

    def line(self) -> str:
        """The line as it stands in the list."""
        parts = [self.kind, str(self.vkey), f"from={day_text(self.from_)}", f"until={day_text(self.until)}"]
        if self.revoked is not None:
            parts.append(f"revoked={day_text(self.revoked)}")
        if self.site is not None:
            parts.append(f"site={self.site}")
        if self.role is not None:
            parts.append(f"role={self.role}")
        if self.packs is not None:
            parts.append(f"packs={','.join(self.packs)}")
        return " ".join(parts)


class TrustList(msgspec.Struct, frozen=True):
    """A trust list as read; `issued` and `expires` are Unix seconds."""

    org: str
    version: int
    issued: int
    expires: int
    keys: tuple[TrustKey, ...] = ()
    recipients: tuple[str, ...] = ()
    """age X25519 recipients that bundles are sealed to."""
    void: tuple[tuple[str, str], ...] = ()
    """Key lines that count for nobody, each with the reason code."""
    others: tuple[str, ...] = ()
    """Lines of kinds this release does not know."""

    def text(self) -> str:
        """The text that root signs. Void and unknown lines are not written again."""
        head = [
            "fieldkit-trust/1",
            f"org {self.org}",
            f"version {self.version}",
            f"issued {utc_text(self.issued)}",
            f"expires {utc_text(self.expires)}",
        ]
        lines = [key.line() for key in self.keys] + [f"recipient {to}" for to in self.recipients]
        return "\n".join([*head, *lines, ""])

    def of(self, *kinds: str) -> list[TrustKey]:
        """The key lines of these kinds (`device`, `central`, …)."""
        return [key for key in self.keys if key.kind in kinds]

    def vkeys(self, *kinds: str) -> list[VKey]:
        """The public keys of these kinds, of all kinds without any; windows are the caller's to judge."""
        return [key.vkey for key in self.keys if not kinds or key.kind in kinds]

    def revoked(self, at: int | None = None) -> dict[VKey, int]:
        """Revoked keys, those that are so at Unix second `at`, with the second from which each counts no more."""
        found = ((key.vkey, key.revoked) for key in self.keys)
        return {vkey: day for vkey, day in found if day is not None and (at is None or day <= at)}

    def find(self, vkey: VKey) -> TrustKey | None:
        """The line of exactly this key: name, type and public key."""
        return next((key for key in self.keys if key.vkey == vkey), None)

    def expired(self, at: int) -> bool:
        """Whether the list itself has run out at Unix second `at`."""
        return at >= self.expires


@lru_cache(maxsize=8)
def parse_trust(text: str) -> TrustList:
    """Read the text of a trust list; its signature is `open_trust`'s business. Raises BadBytes.

    Kept for the next time: head office reads the list in force again for every file, and looking at the points of
    some thousand keys takes a second.
    """
    lines = text.split("\n")
    org, version, issued, expires = read_fields(
        "\n".join([*lines[:5], ""]), "trust", ("org", "version", "issued", "expires")
    )
    if not is_org(org):
        raise BadBytes("bad-name", "the organisation is not written like a domain name")
    keys: list[TrustKey] = []
    recipients: list[str] = []
    void: list[tuple[str, str]] = []
    others: list[str] = []
    for line in lines[5:-1]:
        kind, _, rest = line.partition(" ")
        if kind in KINDS:
            try:
                keys.append(_key_line(line, kind, rest, org))
            except BadBytes as wrong:
                void.append((line, wrong.reason))
        elif kind == "recipient":
            if _RECIPIENT(rest):
                recipients.append(rest)
            else:
                void.append((line, "bad-recipient"))
        elif line:
            others.append(line)
        else:
            raise BadBytes("bad-note", "a trust list has no empty lines")
    if len({key.vkey for key in keys}) != len(keys):
        # Two lines for one key could say two things, and each reader would believe another.
        raise BadBytes("duplicate-key", "the list names a key twice")
    return TrustList(
        org,
        parse_number(version),
        parse_utc(issued),
        parse_utc(expires),
        tuple(keys),
        tuple(recipients),
        tuple(void),
        tuple(others),
    )


def _key_line(line: str, kind: str, rest: str, org: str) -> TrustKey:
    written, *pairs = rest.split(" ")
    vkey = VKey.parse(written)
    if vkey.role != KINDS[kind]:
        raise BadBytes("wrong-role", f"a {kind} line names a key of another role")
    if kind in _OWN and vkey.org != org:
        raise BadBytes("wrong-org", f"a {kind} key belongs to the organisation of the list")
    said: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if name not in _ATTRIBUTES or not equals:
            raise BadBytes("unknown-attribute", "a key line has an attribute this release does not know")
        said[name] = value
    if "from" not in said or "until" not in said:
        raise BadBytes("no-window", "a key line says from when and until when")
    if not all(_TOKEN(said[name]) for name in ("site", "role") if name in said):
        raise BadBytes("bad-attribute", "site and role are one plain word")
    packs = tuple(said["packs"].split(",")) if "packs" in said else None
    if packs is not None and not all(map(_PACK, packs)):
        raise BadBytes("bad-attribute", "packs are pack ids and commas")
    revoked = parse_day(said["revoked"]) if "revoked" in said else None
    start, end = parse_day(said["from"]), parse_day(said["until"])
    if end <= start:
        raise BadBytes("bad-attribute", "a key ends before it begins")
    key = TrustKey(kind, vkey, start, end, revoked, said.get("site"), said.get("role"), packs)
    if key.line() != line:  # order and repetition of attributes, double spaces
        raise BadBytes("not-canonical", "a key line has another spelling than the canonical one")
    return key


def trust_note(trust: TrustList, *roots: Signer) -> bytes:
    """The list as a note signed by root (by the old and the new one when root changes). Raises BadBytes."""
    text = trust.text()
    if parse_trust(text) != msgspec.structs.replace(trust, void=(), others=()):
        raise BadBytes("bad-note", "this list could not be read back")
    return sign_note(text, *roots)


def open_trust(raw: bytes, roots: Iterable[VKey]) -> TrustList:
    """Verify a list under root keys somebody trusts, and read it. Raises BadBytes: `wrong-org` when these are of
    another organisation than the list says."""
    roots = [key for key in roots if key.role == "root"]
    try:
        opened = open_note(raw, roots, TRUST_LIMIT)
    except BadBytes as wrong:
        if wrong.reason != "no-known-signature":
            raise
        raise BadBytes("no-known-signature", "no root that is trusted here has signed this list") from None
    trust = parse_trust(opened.text)
    if all(key.org != trust.org for key, _ in opened.signers):
        # Before its roots are looked for: none of another organisation's counts, so the list would seem to name none.
        raise BadBytes("wrong-org", f"the list is of {trust.org}, not of {opened.signers[0][0].org}")
    if not any(key.revoked is None for key in trust.of("root")):
        # Without a root nobody could ever sign the next list.
        raise BadBytes("no-root", "the list names no root")
    return trust


def accept_first(raw: bytes, root: VKey) -> TrustList:
    """Take the first list, under the root that was typed or scanned. Raises BadBytes.

    A root that has been replaced is on the list that replaces it, revoked: nobody begins with that one any more.
    """
    trust = open_trust(raw, [root])
    line = trust.find(root)
    if line is None:
        raise BadBytes("no-root", "the list does not name the root it was accepted by")
    if line.revoked is not None:
        raise BadBytes("revoked-root", "this root key is revoked: head office has another one")
    return trust


def accept(held: TrustList, raw: bytes) -> TrustList:
    """Take a newer list: a root of the list now held signed it, version greater, organisation therefore the same.

    A root that the held list revokes cannot bring the next one, whatever date it writes. Raises BadBytes: `not-newer`,
    `wrong-org`, `no-known-signature`, `bad-signature`…
    """
    trust = open_trust(raw, [key.vkey for key in held.of("root") if key.revoked is None])
    if trust.version <= held.version:
        raise BadBytes("not-newer", f"version {trust.version} is not newer than {held.version}, which is held")
    return trust


# ---- enrolment -----------------------------------------------------------------------------------------------


ASKING = {"dev": "device", "fac": "facilitator", "pub": "publisher"}
"""Who may ask by a note of their own: role in the key's name → word of the line. A cosigner signs no notes."""


class Enrol(msgspec.Struct, frozen=True):
    """A key that asks to be listed, when it was made (Unix seconds), and the six words to compare by voice."""

    vkey: VKey
    made: int
    words: str


def enrol_note(signer: Signer, made: int) -> bytes:
    """The note by which a laptop, a trainer or a publisher asks to be listed; `made` is Unix seconds."""
    word = ASKING.get(signer.vkey.role, "device")
    return sign_note(fields_text("enrol", [(word, str(signer.vkey)), ("made", utc_text(made))]), signer)


def parse_enrol(raw: bytes) -> Enrol:
    """Read an enrolment and check that the key it names has signed it. Raises BadBytes.

    The signature only proves that somebody has the key; whose it is, the six words prove.
    """
    text, _ = split_note(raw)
    word = text.split("\n", 2)[1].partition(" ")[0] if text.count("\n") > 1 else ""
    asked, made = read_fields(text, "enrol", (word if word in ASKING.values() else "device", "made"))
    vkey = VKey.parse(asked)
    if ASKING.get(vkey.role) != word:
        raise BadBytes("wrong-role", "the note names a key of another kind than it says")
    open_note(raw, [vkey])
    return Enrol(vkey, parse_utc(made), six_words(vkey))
