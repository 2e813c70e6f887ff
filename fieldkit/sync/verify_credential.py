"""The verdict on certificates: the credential as JSON, the PDF that holds it, the code on the paper, the list of those
that count no more.

A certificate is `verified` when the office key that signed it counts by the trust list, its last day has not gone by,
and no list that is known here names it. Lists are as old as the day that they name: the verdict always says of which.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from fieldkit.errors import BadBytes
from fieldkit.log.certificate import attached, has_seal, read_certificate, read_seal
from fieldkit.log.credential import Credential, identity_hash, read_credential
from fieldkit.log.credential_jwt import read_jwt
from fieldkit.log.keys import VKey
from fieldkit.log.note import day_text, split_note
from fieldkit.log.revoked import REVOKED_LIMIT, Revoked, is_gone, parse_revoked
from fieldkit.log.windows import REASON_OF
from fieldkit.sync.judged import Judged, Known

KIND = "credential"


def judge_json(path: Path, raw: bytes, known: Known) -> Judged:
    """A credential. Raises BadBytes."""
    return _judged(path, read_credential(raw), known)


def judge_jwt(path: Path, raw: bytes, known: Known) -> Judged:
    """The same as a token. Raises BadBytes."""
    return _judged(path, read_jwt(raw), known)


def _judged(path: Path, found: Credential, known: Known) -> Judged:
    told = told_of(found)
    keys = [key for key in known.keys if key.role == "office" and key.pub == found.pub]
    if not keys:
        return _unknown(path, told, "signer-unknown", "no known office signed it")
    key = keys[0]
    reason, why = _window(known, key, found.made)
    if reason:
        return _unknown(path, told | {"by": key.name}, reason, why)
    if key.org != found.org:
        raise BadBytes("wrong-org", f"{key.name} signed for {found.org}")
    until = datetime.fromtimestamp(found.until, UTC).date() if found.until is not None else None
    start = datetime.fromtimestamp(found.start, UTC).date()
    return _worth(path, told | {"by": key.name}, found.id, key.org, start, until, known)


def judge_pdf(path: Path, raw: bytes, known: Known) -> Judged:
    """A certificate as PDF: the page is the one that was signed, and the credential in it is good. Raises BadBytes."""
    inside = attached(raw)
    seal = read_seal(raw)
    judged = judge_json(path, inside, known)
    if seal.id != judged.told["id"]:
        raise BadBytes("changed", "the page was signed with another credential in it")
    keys, counted = known.note(seal.note, "office")
    if not keys and judged.verdict != "signer-unknown":
        why = [(counted.reason(name), counted.why(name)) for name in counted.ended]
        reason, words = why[0] if why else ("signer-unknown", "no known office signed the page")
        return _unknown(path, judged.told, reason, words)
    return judged


def judge_code(path: Path, note: bytes, known: Known) -> Judged:
    """What a scanner read out of the code on a certificate. Raises BadBytes."""
    found = read_certificate(split_note(note)[0])
    program, _, version = found.program.rpartition("@")
    told = _told(found.id, program, version, found.title, found.name, found.on, found.until)
    keys, counted = known.note(note, "office")
    if not keys:
        why = [(counted.reason(name), counted.why(name)) for name in counted.ended]
        reason, words = why[0] if why else ("signer-unknown", "no known office signed it")
        return _unknown(path, told, reason, words)
    return _worth(path, told | {"by": keys[0].name}, found.id, keys[0].org, found.on, found.until, known)


def judge_revoked(path: Path, raw: bytes, known: Known) -> Judged:
    """The list of revoked certificates; a good one is used for those that are judged after it. Raises BadBytes."""
    found = parse_revoked(split_note(raw, REVOKED_LIMIT)[0])
    keys, counted = known.note(raw, "office", "root", limit=REVOKED_LIMIT)
    detail = f"{len(found.gone)} certificates of {found.org}, as of {day_text(found.as_of)}"
    if not any(key.org == found.org for key in keys):
        reason = next((counted.reason(name) for name in counted.ended), "signer-unknown")
        return Judged(str(path), "revoked", "signer-unknown", reason, detail)
    known.add_revoked(found)
    return Judged(str(path), "revoked", "verified", "", detail)


def is_ours(pdf: bytes) -> bool:
    """Whether a PDF can be a certificate: it has a seal, or a credential inside."""
    try:
        attached(pdf)
    except BadBytes as wrong:
        return has_seal(pdf) or wrong.reason != "no-credential"
    return True


def of_badge(judged: Judged, badge: str, issuer: str = "") -> bool | None:
    """Whether a certificate is of this badge; None where it does not say, as the code on the paper."""
    hashes = judged.told.get("recipient", [])
    return any(one["hash"] == identity_hash(badge, issuer, one["salt"]) for one in hashes) if hashes else None


# ---- helpers -----------------------------------------------------------------------------------------------------


def _window(known: Known, key: VKey, made: int) -> tuple[str, str]:
    """(reason, words) why the office key does not count. One that is revoked counts for nothing, whatever day its
    credential names; one whose window is over for what it signed in it."""
    line = known.lines.get(key)
    state = known.windows.state(key, known.now)
    if line is None or (state == "ok" and line.from_ <= made):
        return "", ""
    if state == "revoked" and line.revoked is not None:
        return REASON_OF[state], f"{key.name} is revoked from {day_text(line.revoked)}"
    if state == "not-yet" or made < line.from_:
        return REASON_OF["not-yet"], f"{key.name} counts from {day_text(line.from_)}"
    if made >= line.until:
        return REASON_OF["expired"], f"{key.name} counted until {day_text(line.until)}"
    return "", ""


def _worth(
    path: Path, told: dict[str, Any], id: str, org: str, start: date, until: date | None, known: Known
) -> Judged:
    """The verdict on a certificate that head office signed."""
    today = datetime.fromtimestamp(known.now, UTC).date() if known.now is not None else None
    listed = known.revoked.get(org)
    since = listed.since(id) if listed is not None else None
    told = told | {"as_of": day_text(listed.as_of) if listed is not None else None, "revoked": None}
    if since is not None:
        told["revoked"] = since.isoformat()
    what = _words(told)
    if since is not None and (known.now is None or is_gone(since, known.now)):
        detail = f"{what}; it counts no more from {since.isoformat()} on{_as_of(listed)}"
        return Judged(str(path), KIND, "refused", "credential-revoked", detail, told=told)
    if today is not None and until is not None and until < today:
        return Judged(str(path), KIND, "refused", "credential-expired", f"{what}; that is over", told=told)
    if today is not None and today < start - timedelta(days=1):  # the day is that of the room, this one is UTC
        return Judged(str(path), KIND, "refused", "credential-not-yet", f"{what}; that day has not come", told=told)
    if since is not None:
        detail = f"{what}; from {since.isoformat()} on it will count no more{_as_of(listed)}"
    elif listed is not None:
        detail = f"{what}; not revoked{_as_of(listed)}"
    else:
        detail = f"{what}; no list of revoked certificates is known here"
    return Judged(str(path), KIND, "verified", "", detail, told=told)


def _as_of(listed: Revoked | None) -> str:
    return f", by head office's list of {day_text(listed.as_of)}" if listed is not None else ""


def _unknown(path: Path, told: dict[str, Any], reason: str, why: str) -> Judged:
    return Judged(str(path), KIND, "signer-unknown", reason, f"{_words(told)}; {why}", told=told)


def told_of(found: Credential) -> dict[str, Any]:
    start, until = (
        datetime.fromtimestamp(at, UTC).date() if at is not None else None for at in (found.start, found.until)
    )
    assert start is not None
    told = _told(found.id, found.program, found.version, found.title, found.name, start, until)
    return told | {"recipient": [{"hash": hash, "salt": salt} for hash, salt in found.hashes], "parts": [*found.parts]}


def _told(id: str, program: str, version: str, title: str, name: str, on: date, until: date | None) -> dict[str, Any]:
    return {
        "id": id,
        "program": program,
        "version": version,
        "title": title,
        "name": name,
        "by": None,
        "on": on.isoformat(),
        "until": until.isoformat() if until is not None else None,
    }


def _words(told: dict[str, Any]) -> str:
    """Who gave it to whom, for what, and until when it counts."""
    whom = f"given to {told['name']}" if told["name"] else "names nobody"
    by = f" by {told['by']}" if told["by"] else ""
    ends = f"counts until {told['until']}" if told["until"] else "does not end"
    return f"{told['title']} ({told['program']} {told['version']}), {whom}{by}, completed {told['on']}, {ends}"
