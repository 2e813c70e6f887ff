"""Head office's policy: what is recorded of people and for how long, in one note signed by the office or by root.

    fieldkit-policy/1
    org ld.acme.example
    version 3
    issued 2026-11-20T09:00:00Z
    keep_days 30
    agreement BV-2026-04
    named_figures BV-2026-07
    retention loto-basics 1825 duty 29 CFR 1910.147
    retention * 365 contract training record
    field email no
    export discussion no
    profile roster

It names no key: who may sign it stands on the trust list. A line whose first word this release does not know is passed
over and kept; one that it knows and cannot read refuses the whole note, for half a policy would be another policy. What
it says holds over a laptop's own settings, and what was in force is recorded in `session.open` (docs/policy.md).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

import msgspec

from fieldkit.core.clean import clean_text
from fieldkit.core.personal import SWITCHES
from fieldkit.core.records import PROFILES, Policy
from fieldkit.errors import BadBytes, NotPossible
from fieldkit.log.from_office import OFFICE, ROOT, opened
from fieldkit.log.keys import Signer
from fieldkit.log.names import is_org
from fieldkit.log.note import parse_number, parse_utc, read_fields, sign_note, split_note, utc_text
from fieldkit.log.trust import TrustList

T = TypeVar("T")

POLICY_LIMIT = 64 * 1024
MOST_LINES = 1000
MOST_TEXT = 80
EVERY = "*"
"""In a `retention` line: every pack that has none of its own."""

NUMBERS = {
    "keep_days": (0, 36_500),
    "k": (2, 1000),
    "grace_min": (0, 1440),
    "share_min": (0, 100),
}
"""Line of one number → its smallest and largest value."""
ACCESS_DAYS, HELD_DAYS = "access_days", "held_days"
OF_OFFICE = {ACCESS_DAYS: (30, 36_500), HELD_DAYS: (30, 36_500)}
"""The same of what binds head office alone: no session records it. A sheet that was filed is looked up in the access
log, and waits again when its line is gone."""
GROUNDS = {
    "duty": "a legal duty to keep the record",
    "contract": "needed for the employment contract",
    "agreement": "an agreement with the workers' side",
    "interest": "a legitimate interest of the employer",
    "consent": "the person's consent",
}
"""Code of a `retention` line → the legal basis in words."""
_PACK = re.compile(r"(?:[a-z][a-z0-9-]{0,31}|\*)\Z").match
_HEAD = ("org", "version", "issued")


class Retention(msgspec.Struct, frozen=True):
    """How many days after its beginning head office lets the names of a session of this pack go, and on what basis."""

    pack: str
    days: int
    ground: str
    reference: str = ""


class OfficePolicy(msgspec.Struct, frozen=True):
    """A policy as read. What it does not say is None or missing. `issued` in Unix seconds."""

    org: str
    version: int
    issued: int
    numbers: dict[str, int] = {}
    seal: str | None = None
    agreement: str | None = None
    retention: tuple[Retention, ...] = ()
    fields: dict[str, bool] = {}
    """Word of SWITCHES → whether it may be recorded."""
    exports: dict[str, bool] = {}
    """Table → whether it may be exported."""
    profile: str | None = None
    """Of PROFILES: the only one in which exports are made."""
    named: str | None = None
    """Reference of the agreement under which trainers' own figures are shown by name."""
    others: tuple[str, ...] = ()
    """Lines of kinds this release does not know."""
    sha256: str = ""
    """Of the text, hex."""
    access_days: int | None = None
    """Days after which head office lets lines of its access log go."""
    held_days: int | None = None
    """Days for which a file that was not taken waits there for somebody to decide."""

    @property
    def off(self) -> list[str]:
        """What is not recorded, sorted."""
        return sorted(word for word, yes in self.fields.items() if not yes)

    @property
    def locked(self) -> list[str]:
        """Tables that are not exported, sorted."""
        return sorted(table for table, yes in self.exports.items() if not yes)

    def of(self, pack: str) -> Retention | None:
        """The pack's own retention, else that of every pack; None where nothing is said."""
        found = {one.pack: one for one in self.retention}
        return found.get(pack) or found.get(EVERY)


def policy_text(org: str, version: int, issued: int, lines: list[str]) -> str:
    """The text to be signed, from the lines that somebody wrote. Raises BadBytes for a line that says nothing."""
    text = "\n".join(
        ["fieldkit-policy/1", f"org {org}", f"version {version}", f"issued {utc_text(issued)}", *lines, ""]
    )
    if (found := parse_policy(text)).others:
        raise BadBytes("bad-policy", f"a policy has no line like: {clean_text(found.others[0], 60)}")
    return text


def policy_note(text: str, *signers: Signer) -> bytes:
    """The policy signed by the office or by root. Raises BadBytes."""
    parse_policy(text)
    return sign_note(text, *signers)


def parse_policy(text: str) -> OfficePolicy:
    """Read the text of a policy; its signature is `open_policy`'s business. Raises BadBytes."""
    lines = text.split("\n")
    org, version, issued = read_fields("\n".join([*lines[:4], ""]), "policy", _HEAD)
    if not is_org(org):
        raise BadBytes("bad-name", "the organisation is not written like a domain name")
    if len(lines) > MOST_LINES:
        raise BadBytes("too-long", f"a policy has at most {MOST_LINES} lines")
    said = _Said()
    for line in lines[4:-1]:
        said.take(line)
    return OfficePolicy(
        org,
        parse_number(version),
        parse_utc(issued),
        said.numbers,
        said.texts.get("seal"),
        said.texts.get("agreement"),
        tuple(said.retention.values()),
        said.fields,
        said.exports,
        said.texts.get("profile"),
        said.texts.get("named_figures"),
        tuple(said.others),
        hashlib.sha256(text.encode()).hexdigest(),
        said.office.get(ACCESS_DAYS),
        said.office.get(HELD_DAYS),
    )


class _Said:
    """What the lines say, each thing once: two lines about one thing could be read two ways."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.office: dict[str, int] = {}
        self.texts: dict[str, str] = {}
        self.retention: dict[str, Retention] = {}
        self.fields: dict[str, bool] = {}
        self.exports: dict[str, bool] = {}
        self.others: list[str] = []

    def take(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word in NUMBERS:
            self._once(self.numbers, word, _number(word, rest, NUMBERS), line)
        elif word in OF_OFFICE:
            self._once(self.office, word, _number(word, rest, OF_OFFICE), line)
        elif word == "seal":
            if rest != "answers":
                raise _bad(line)
            self._once(self.texts, word, rest, line)
        elif word == "profile":
            if rest not in PROFILES:
                raise _bad(line)
            self._once(self.texts, word, rest, line)
        elif word in ("agreement", "named_figures"):
            self._once(self.texts, word, _text(rest, line), line)
        elif word == "retention":
            one = _retention(rest, line)
            self._once(self.retention, one.pack, one, line)
        elif word in ("field", "export"):
            name, _, yes = rest.partition(" ")
            known, into = (SWITCHES, self.fields) if word == "field" else (_tables(), self.exports)
            if yes not in ("yes", "no") or not re.fullmatch(r"[a-z][a-z_]{0,31}", name):
                raise _bad(line)
            if name in known:
                self._once(into, name, yes == "yes", line)
            else:
                self.others.append(line)
        elif re.fullmatch(r"[a-z][a-z_]{0,31}", word):
            self.others.append(line)
        else:
            raise _bad(line)

    def _once(self, into: dict[str, T], key: str, value: T, line: str) -> None:
        if key in into:
            raise BadBytes("bad-policy", f"a policy says one thing twice: {clean_text(line, 60)}")
        into[key] = value


def _tables() -> tuple[str, ...]:
    from fieldkit.core.tables import TABLES  # late: who only opens a data folder makes no tables

    return tuple(TABLES)


def _number(word: str, rest: str, known: Mapping[str, tuple[int, int]]) -> int:
    low, high = known[word]
    number = parse_number(rest)
    if not low <= number <= high:
        raise BadBytes("bad-policy", f"{word} of a policy is a number from {low} to {high}")
    return number


def _text(rest: str, line: str) -> str:
    if not rest or clean_text(rest, MOST_TEXT) != rest:
        raise _bad(line)
    return rest


def _retention(rest: str, line: str) -> Retention:
    parts = rest.split(" ", 3)
    if len(parts) < 3 or not _PACK(parts[0]) or parts[2] not in GROUNDS:
        raise _bad(line)
    days = parse_number(parts[1])
    if not 1 <= days <= 36_500:
        raise _bad(line)
    return Retention(parts[0], days, parts[2], _text(parts[3], line) if len(parts) == 4 else "")


def _bad(line: str) -> BadBytes:
    return BadBytes("bad-policy", f"a line of the policy cannot be read: {clean_text(line, 60)}")


# ---- accepting -----------------------------------------------------------------------------------------------


def open_policy(raw: bytes, trust: TrustList, now: int) -> OfficePolicy:
    """Verify a policy under the office and root keys of a trust list, and read it. A revoked key vouches for nothing.

    Raises BadBytes: `no-known-signature`, `bad-signature`, `wrong-org`, `wrong-note-type`, `bad-policy`…
    """
    return opened(raw, trust, now, POLICY_LIMIT, parse_policy, OFFICE, ROOT, what="policy")


def newer(held: OfficePolicy | None, policy: OfficePolicy) -> OfficePolicy:
    """The policy if it may follow the one held. Raises BadBytes("not-newer")."""
    if held is not None and policy.version <= held.version:
        raise BadBytes("not-newer", f"version {policy.version} is not newer than {held.version}, which is held")
    return policy


def read_held(raw: bytes) -> OfficePolicy:
    """A policy that was verified when it was accepted. Raises BadBytes."""
    return parse_policy(split_note(raw, POLICY_LIMIT)[0])


def in_force(policy: OfficePolicy | None, own: Policy, pack: str) -> Policy:
    """The rules to record for a session of this pack: head office's, and the laptop's own where it says nothing."""
    if policy is None:
        return own
    kept = policy.of(pack)
    rules = msgspec.structs.replace(
        own,
        **policy.numbers,
        seal=own.seal if policy.seal is None else policy.seal,
        agreement=own.agreement if policy.agreement is None else policy.agreement,
        version=policy.version,
        sha256=policy.sha256,
        off=policy.off,
        locked=policy.locked,
        profile=own.profile if policy.profile is None else policy.profile,
        named=msgspec.UNSET if policy.named is None else policy.named,
    )
    if kept is None:
        return rules
    duty = (kept.reference or kept.ground) if kept.ground == "duty" else rules.legal
    return msgspec.structs.replace(rules, retain=kept.days, ground=kept.ground, legal=duty)


def unlocked(locked: Iterable[str], what: str) -> None:
    """Refuse a table that the policy recorded in a session locks; `all` holds every table, and `due` is a part of
    attendance. Raises NotPossible."""
    barred = next((one for one in locked if what in (one, "all") or (one, what) == ("attendance", "due")), None)
    if barred is not None:
        raise NotPossible(
            f"This session's record may not be exported as {barred}: head office's policy says no.",
            "Choose another table, or ask head office.",
        )


def profiled(locked: str | None, asked: str, what: str) -> str:
    """The profile of an export, empty where nobody says one: what the policy recorded in a session locks, else what is
    asked for. Raises NotPossible for another one, and for a table that the profile leaves out."""
    from fieldkit.core.tables.profiles import holds  # late, as above

    if locked and asked and asked != locked:
        raise NotPossible(
            f"This session's record is exported with the profile {locked} only: its policy says so.",
            "Leave --profile out, or ask head office.",
        )
    profile = locked or asked
    if not holds(profile, what):
        raise NotPossible(f"The profile {profile} has no table {what}.", "Choose another table, or ask head office.")
    return profile
