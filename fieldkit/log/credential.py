"""An Open Badges 3.0 credential: what somebody completed, signed by the office key, readable and checked by anybody.

It is a W3C Verifiable Credential 2.0 with the `AchievementSubject` of https://www.imsglobal.org/spec/ob/v3p0/ and a
Data Integrity proof of the suite `eddsa-jcs-2022` (https://www.w3.org/TR/vc-di-eddsa/): Ed25519 over SHA-256 of the
proof's options and SHA-256 of the document, both as RFC 8785 spells them. The issuer is the `did:key` of the office
key, so other programs can check the signature without a network; whose key that is, the trust list says.

The recipient is a salted hash of badge and issuer, never an e-mail; a name only where one was given. The document holds
texts, booleans, lists and objects: with keys in ASCII and no numbers, sorted compact JSON is its canonical form.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import msgspec

from fieldkit.core.clean import clean_name, clean_text
from fieldkit.errors import BadBytes
from fieldkit.log.didkey import base58, did_of, method_of, pub_of, unbase58
from fieldkit.log.keys import Signer, VKey
from fieldkit.log.note import utc_text

LIMIT = 256 * 1024
DEPTH = 12
CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]
SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
SUITE = "eddsa-jcs-2022"
TYPES = ("OpenBadgeCredential", "AchievementCredential")
"""Two names of the same."""
ID = "urn:uuid:"


class Proof(msgspec.Struct, frozen=True):
    """A record that something rests on: its log, its index, its leaf hash (hex)."""

    origin: str
    i: int
    leaf: str


class Part(msgspec.Struct, frozen=True):
    """A part of the program, done on a day, and by which records."""

    id: str
    title: str
    day: date
    by: tuple[Proof, ...]


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in a credential. `at`: when the program was complete, `made`: when this was signed (Unix s); `until`:
    the last day on which it counts. `name` is empty where none is to stand there."""

    id: str
    org: str
    program: str
    version: str
    title: str
    lang: str
    criteria: str
    parts: tuple[Part, ...]
    badge: str
    issuer: str
    salt: str
    name: str
    at: int
    until: date | None
    made: int


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """A credential as read, its signature good under `pub`; whose key that is nobody has asked. Times in Unix s."""

    id: str
    org: str
    pub: bytes
    program: str
    version: str
    title: str
    name: str
    hashes: tuple[tuple[str, str], ...]
    """(hash, salt) of each identity of the recipient."""
    parts: tuple[str, ...]
    start: int
    until: int | None
    made: int
    sha256: str
    """Of the canonical document, hex."""


def credential(given: Given, office: Signer) -> dict[str, Any]:
    """The signed document."""
    did = did_of(office.vkey.pub)
    document = unsigned(given, did)
    proof = {
        "@context": list(CONTEXT),
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": utc_text(given.made),
        "verificationMethod": method_of(did),
        "proofPurpose": "assertionMethod",
    }
    return document | {"proof": proof | {"proofValue": base58(office.sign(_hashed(document, proof)))}}


def unsigned(given: Given, did: str) -> dict[str, Any]:
    """The document without a proof, by the issuer `did`."""
    identity: list[dict[str, Any]] = [
        {
            "type": "IdentityObject",
            "hashed": True,
            "identityHash": identity_hash(given.badge, given.issuer, given.salt),
            "identityType": "accountId",
            "salt": given.salt,
        }
    ]
    if given.name:
        identity.append({"type": "IdentityObject", "hashed": False, "identityHash": given.name, "identityType": "name"})
    parts = "; ".join(f"{one.title} ({one.day.isoformat()})" for one in given.parts)
    document: dict[str, Any] = {
        "@context": list(CONTEXT),
        "id": ID + given.id,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": given.title,
        "issuer": {"id": did, "type": ["Profile"], "name": given.org},
        "validFrom": utc_text(given.at),
        "credentialSubject": {
            "type": ["AchievementSubject"],
            "identifier": identity,
            "achievement": {
                "id": ID
                + str(uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_DNS, given.org), f"{given.program}@{given.version}")),
                "type": ["Achievement"],
                "achievementType": "CertificateOfCompletion",
                "name": given.title,
                "description": f"{given.program} {given.version}: {parts}",
                "humanCode": given.program,
                "version": given.version,
                "inLanguage": given.lang,
                "criteria": {"narrative": given.criteria},
            },
        },
        "evidence": [_evidence(one, by) for one in given.parts for by in one.by],
        "credentialSchema": [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
    }
    if given.until is not None:
        document["validUntil"] = f"{given.until.isoformat()}T23:59:59Z"
    return document


def _evidence(part: Part, by: Proof) -> dict[str, Any]:
    return {
        "id": f"urn:fieldkit:{by.origin}#{by.i}",
        "type": ["Evidence"],
        "name": part.title,
        "narrative": f"{part.id}, done on {part.day.isoformat()}",
        "description": f"record {by.i} of the log {by.origin}, leaf {by.leaf}",
        "genre": "record",
    }


def identity_hash(badge: str, issuer: str, salt: str) -> str:
    """`sha256$…` of a badge, with its issuer before it where it has one, and the salt behind it."""
    badge, issuer = badge.strip().upper(), issuer.strip().upper()
    whole = f"{issuer}/{badge}" if issuer else badge
    return "sha256$" + hashlib.sha256((whole + salt).encode()).hexdigest()


def to_bytes(document: Mapping[str, Any]) -> bytes:
    """The file: the same document, indented for people."""
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def sha256_of(document: Mapping[str, Any]) -> str:
    """Of the canonical document with its proof, hex: the same however the file is indented."""
    return hashlib.sha256(_canonical(document)).hexdigest()


def _canonical(obj: object) -> bytes:
    """RFC 8785 for what `_plain` lets through."""
    return json.dumps(obj, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _hashed(document: Mapping[str, Any], proof: Mapping[str, Any]) -> bytes:
    return hashlib.sha256(_canonical(proof)).digest() + hashlib.sha256(_canonical(document)).digest()


# ---- reading -----------------------------------------------------------------------------------------------------


def looks_like(head: bytes) -> bool:
    """Whether a file can be a credential: an object of JSON that speaks of a context."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and b"@context" in head


def read_credential(raw: bytes) -> Credential:
    """Read a credential and check that the key it names has signed it. Raises BadBytes: `too-large`, `bad-signature`,
    `not-a-credential`… What it says is its issuer's word: whose key that is, and whether it counts, others ask."""
    document = parse(raw)
    proof = document.pop("proof", None)
    if not isinstance(proof, dict):
        raise BadBytes("not-signed", "the credential has no proof, or several")
    options = {key: value for key, value in proof.items() if key != "proofValue"}
    if (options.get("type"), options.get("cryptosuite")) != ("DataIntegrityProof", SUITE):
        raise BadBytes("unknown-suite", f"the proof is not of the suite {SUITE}")
    context = document.get("@context")
    if not isinstance(context, list) or options.get("@context", context) != context:
        raise BadBytes("not-a-credential", "document and proof speak of different contexts")
    issuer = section(document, "issuer")
    did = words(issuer, "id")
    if options.get("proofPurpose") != "assertionMethod" or options.get("verificationMethod") != method_of(did):
        raise BadBytes("wrong-key", "the proof is not made with the issuer's own key")
    pub = pub_of(did)
    signature = unbase58(words(proof, "proofValue"))
    signed = _hashed(document, options | {"@context": context})
    if len(signature) != 64 or not VKey("", 1, pub).verify(signature, signed):
        raise BadBytes("bad-signature", "the signature is not over this credential")
    return read(document, proof, issuer, pub)


def read(document: dict[str, Any], proof: dict[str, Any], issuer: dict[str, Any], pub: bytes) -> Credential:
    """What a document says whose signature was good; `proof` says when it was made. Raises BadBytes."""
    types = document.get("type")
    if not isinstance(types, list) or "VerifiableCredential" not in types or not any(one in types for one in TYPES):
        raise BadBytes("not-a-credential", "this is no Open Badges credential")
    subject = section(document, "credentialSubject")
    achievement = section(subject, "achievement")
    identity = [one for one in _list(subject, "identifier") if isinstance(one, dict)]
    named = [one for one in identity if one.get("identityType") == "name" and one.get("hashed") is False]
    id = words(document, "id")
    return Credential(
        id=id.removeprefix(ID),
        org=clean_text(words(issuer, "name"), 120),
        pub=pub,
        program=clean_text(str(achievement.get("humanCode", "")), 80),
        version=clean_text(str(achievement.get("version", "")), 120),
        title=clean_text(words(achievement, "name"), 200),
        name=clean_name(str(named[0].get("identityHash", ""))) if named else "",
        hashes=tuple(
            (str(one.get("identityHash", "")), str(one.get("salt", "")))
            for one in identity
            if one.get("hashed") is True
        ),
        parts=tuple(
            clean_text(str(one.get("narrative", "")), 120)
            for one in _list(document, "evidence")
            if isinstance(one, dict)
        ),
        start=moment(document, "validFrom"),
        until=moment(document, "validUntil") if "validUntil" in document else None,
        made=moment(proof, "created"),
        sha256=sha256_of(document | {"proof": proof}),
    )


def parse(raw: bytes, numbers: Iterable[str] = ()) -> dict[str, Any]:
    """An object of texts, lists and objects; `numbers`: its own fields that may be whole numbers. Raises BadBytes."""
    if len(raw) > LIMIT:
        raise BadBytes("too-large", f"a credential of more than {LIMIT >> 10} KiB")
    try:
        found = json.loads(raw.decode("utf-8-sig"), object_pairs_hook=_once)
        whole = {key: found.pop(key) for key in numbers if isinstance(found, dict) and type(found.get(key)) is int}
        found = _plain(found, DEPTH)
    except (ValueError, RecursionError):
        raise BadBytes("not-a-credential", "the file is no JSON that can be read") from None
    if not isinstance(found, dict):
        raise BadBytes("not-a-credential", "the file is no JSON object")
    return found | whole


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object; a key that stands there twice would be read by one program so and by another one so."""
    out = dict(pairs)
    if len(out) != len(pairs):
        raise ValueError("a key twice")
    return out


def _plain(value: Any, depth: int) -> Any:
    """What has one spelling: texts, booleans, lists, objects with keys in ASCII. Raises ValueError."""
    if not depth:
        raise ValueError("too deep")
    if isinstance(value, dict):
        if not all(key.isascii() for key in value):
            raise ValueError("a key that sorts differently elsewhere")
        return {key: _plain(one, depth - 1) for key, one in value.items()}
    if isinstance(value, list):
        return [_plain(one, depth - 1) for one in value]
    if isinstance(value, str):
        value.encode()  # half of a surrogate pair has no bytes
        return value
    if isinstance(value, bool):
        return value
    raise ValueError("a number, or null")


def section(of: Mapping[str, Any], key: str) -> dict[str, Any]:
    found = of.get(key)
    if not isinstance(found, dict):
        raise BadBytes("not-a-credential", f"the credential has no {key}")
    return found


def _list(of: Mapping[str, Any], key: str) -> list[Any]:
    found = of.get(key, [])
    return found if isinstance(found, list) else [found]


def words(of: Mapping[str, Any], key: str) -> str:
    found = of.get(key)
    if not isinstance(found, str) or not found:
        raise BadBytes("not-a-credential", f"the credential has no {key}")
    return found


def moment(of: Mapping[str, Any], key: str) -> int:
    try:
        found = datetime.fromisoformat(words(of, key))
        return int((found if found.tzinfo is not None else found.replace(tzinfo=UTC)).timestamp())
    except (ValueError, OverflowError):
        raise BadBytes("not-a-credential", f"{key} is no moment") from None
