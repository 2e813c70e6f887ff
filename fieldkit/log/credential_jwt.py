"""The same credential as a VC-JWT, for wallets that take nothing else (Open Badges 3.0, 8.2; RFC 7519 and 8037).

The claims are the document without its proof, with `iss`, `jti`, `nbf`, `iat` and `exp`, which have to say what the
document says; `kid` is the verification method of the issuer's did:key.
"""

from __future__ import annotations

import hashlib
import json
import re

import msgspec

from fieldkit.errors import BadBytes
from fieldkit.log.credential import LIMIT, Credential, Given, moment, parse, read, section, unsigned, words
from fieldkit.log.didkey import did_of, method_of, pub_of
from fieldkit.log.keys import Signer, VKey
from fieldkit.log.line import b64u, unb64u
from fieldkit.log.note import utc_text

_NUMBERS = ("exp", "iat", "nbf")
_HEAD = re.compile(rb"eyJ[A-Za-z0-9_-]{8,400}\.eyJ[A-Za-z0-9_-]").match
MOST = 2 * LIMIT


def to_jwt(given: Given, office: Signer) -> bytes:
    """The token, with a line end."""
    did = did_of(office.vkey.pub)
    document = unsigned(given, did)
    claims = {"iss": did, "jti": document["id"], "nbf": given.at, "iat": given.made}
    if given.until is not None:
        claims["exp"] = moment(document, "validUntil")
    head = {"alg": "EdDSA", "typ": "JWT", "kid": method_of(did)}
    signed = ".".join(b64u(json.dumps(one, separators=(",", ":")).encode()) for one in (head, document | claims))
    return f"{signed}.{b64u(office.sign(signed.encode()))}\n".encode()


def looks_like_jwt(head: bytes) -> bool:
    """Whether a file can be a token."""
    return _HEAD(head.lstrip()) is not None


def read_jwt(raw: bytes) -> Credential:
    """Read a token and check that the key it names has signed it, as `read_credential` does. Raises BadBytes."""
    if len(raw) > MOST:
        raise BadBytes("too-large", f"a credential of more than {LIMIT >> 10} KiB")
    parts = raw.strip().split(b".")
    if len(parts) != 3:
        raise BadBytes("not-a-credential", "a token has three parts")
    try:
        head, body, signature = (unb64u(part.decode("ascii")) for part in parts)
    except (BadBytes, UnicodeDecodeError):
        raise BadBytes("not-a-credential", "the token is not in base64url") from None
    header = parse(head)
    if header.get("alg") != "EdDSA":
        raise BadBytes("unknown-suite", "the token is not signed with Ed25519")
    document = parse(body, _NUMBERS)
    claims = {key: document.pop(key, None) for key in ("iss", "jti", *_NUMBERS)}
    issuer = section(document, "issuer")
    did = words(issuer, "id")
    until = moment(document, "validUntil") if "validUntil" in document else None
    says = (did, words(document, "id"), moment(document, "validFrom"), until)
    if (claims["iss"], claims["jti"], claims["nbf"], claims["exp"]) != says or header.get("kid") != method_of(did):
        raise BadBytes("wrong-key", "the claims of the token are not those of the credential in it")
    pub = pub_of(did)
    if len(signature) != 64 or not VKey("", 1, pub).verify(signature, b".".join(parts[:2])):
        raise BadBytes("bad-signature", "the signature is not over this credential")
    made = claims["iat"] if isinstance(claims["iat"], int) else claims["nbf"]
    try:
        found = read(document, {"created": utc_text(made)}, issuer, pub)
    except (ValueError, OverflowError, OSError):
        raise BadBytes("not-a-credential", "iat is no moment") from None
    return msgspec.structs.replace(found, sha256=hashlib.sha256(raw.strip()).hexdigest())
