"""The credential as a document: what others read of it, what breaks it, and what is no credential at all."""

from __future__ import annotations

import hashlib
import json
import zlib
from datetime import UTC, date, datetime
from typing import Any

import jsonschema
import msgspec
import pytest
from openbadgeslib.ob3 import OB3Verifier, OpenBadgeCredential
from openbadgeslib.ob3.did import did_key_from_pem
from openvc.did.did_key import DidKeyResolver
from openvc.proof.di_jcs import EddsaJcsProofSuite
from openvc.proof.errors import SignatureInvalid

from fieldkit.errors import BadBytes
from fieldkit.log import certificate
from fieldkit.log.credential import (
    LIMIT,
    Given,
    Part,
    Proof,
    credential,
    identity_hash,
    read_credential,
    sha256_of,
    to_bytes,
    unsigned,
)
from fieldkit.log.credential_jwt import looks_like_jwt, read_jwt, to_jwt
from fieldkit.log.didkey import base58, did_of, pub_of, unbase58
from fieldkit.log.keys import Signer
from fieldkit.log.line import b64u
from tests.house.tree import ROOT

OFFICE = Signer("ld.acme.example/office", hashlib.sha256(b"fieldkit test key office").digest())
ORIGIN = "ld.acme.example/dev/7q2k/000017-k3m9w2p4"
DAY = date(2026, 11, 22)
GIVEN = Given(
    id="0b5e1c2d-8a7e-5c11-9d0e-1a2b3c4d5e6f",
    org="ld.acme.example",
    program="press4",
    version="1.0.0",
    title="Press 4, =both parts",
    lang="en",
    criteria="Every part of press4@1.0.0: Basics. It counts for 12 months.",
    parts=(Part("basics", "Basics", DAY, (Proof(ORIGIN, 3, "ab" * 32),)),),
    badge="E1",
    issuer="",
    salt="c2FsdA",
    name="Zoë Álvarez",
    at=1_795_348_800,
    until=date(2027, 11, 22),
    made=1_795_348_800,
)
FAR = date(2999, 12, 31)
WHEN = datetime(2026, 12, 1, tzinfo=UTC)


def given(**more: Any) -> Given:
    return msgspec.structs.replace(GIVEN, **more)


def schema() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "tests/vectors/open-badges-3.0.json").read_text("utf-8"))
    return found


HOSTILE = [
    given(),
    given(name=""),
    given(until=None),
    given(name="محمد <b>‮ {x}"),
    given(name='a"\\\u0007\u001f\u007f\u2028𝒳é', title="=HYPERLINK(1)", badge="'; DROP TABLE--", issuer="ACME/1"),
]


@pytest.mark.parametrize("one", HOSTILE, ids=range(len(HOSTILE)))
def test_it_is_an_open_badge_and_two_other_programs_agree(one: Given) -> None:
    """The rules of the format, the signature by one library, the parts by another; neither has our code."""
    raw = to_bytes(credential(one, OFFICE))
    document = json.loads(raw)
    jsonschema.Draft202012Validator(schema(), format_checker=jsonschema.FormatChecker()).validate(document)
    found = EddsaJcsProofSuite().verify(document, resolver=DidKeyResolver(), now=WHEN)
    assert found.issuer == document["issuer"]["id"] and not found.expired
    badge = OpenBadgeCredential.from_vc_document(document)
    assert badge.identifiers[0].identity_hash == identity_hash(one.badge, one.issuer, one.salt)
    assert (badge.achievement.name, badge.issuer.name) == (one.title, one.org)
    mine = read_credential(raw)
    assert (mine.id, mine.program, mine.pub) == (one.id, "press4", OFFICE.vkey.pub)


def test_the_rules_of_the_format_are_rules() -> None:
    """Else the test above would say nothing."""
    check = jsonschema.Draft202012Validator(schema())
    document = credential(GIVEN, OFFICE)
    for path in (["validFrom"], ["issuer"], ["credentialSubject", "achievement", "criteria"], ["id"], ["@context"]):
        broken = json.loads(json.dumps(document))
        at = broken
        for step in path[:-1]:
            at = at[step]
        del at[path[-1]]
        assert not check.is_valid(broken), path
    document["credentialSubject"]["email"] = "a@example.org"
    assert not check.is_valid(document)


def test_the_identity_is_hashed_as_the_format_says() -> None:
    assert identity_hash(" e1 ", "", "salt") == "sha256$" + hashlib.sha256(b"E1salt").hexdigest()
    assert identity_hash("e1", "acme", "salt") == "sha256$" + hashlib.sha256(b"ACME/E1salt").hexdigest()
    text = to_bytes(credential(given(name="", badge="E745738"), OFFICE)).decode()
    assert "E745738" not in text and "@" not in text.replace("@context", "").replace("press4@1.0.0", "")


def test_the_same_makes_the_same_bytes_and_indentation_says_nothing() -> None:
    document = credential(GIVEN, OFFICE)
    assert to_bytes(document) == to_bytes(credential(GIVEN, OFFICE))
    flat = json.dumps(document, ensure_ascii=True, separators=(", ", ":")).encode()
    assert read_credential(b"\xef\xbb\xbf" + flat) == read_credential(to_bytes(document))
    assert read_credential(flat).sha256 == sha256_of(document)


def changed(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Every text of the document, changed in one letter or gone; (what, document)."""
    out = []
    for path in paths(document):
        other = json.loads(json.dumps(document))
        at = other
        for step in path[:-1]:
            at = at[step]
        value = at[path[-1]]
        at[path[-1]] = (not value) if isinstance(value, bool) else value + "x"
        out.append((".".join(map(str, path)), other))
    return out


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [found for key, one in value.items() for found in paths(one, (*at, key))]
    if isinstance(value, list):
        return [found for k, one in enumerate(value) for found in paths(one, (*at, k))]
    return [at]


def test_nothing_in_it_can_be_changed() -> None:
    """Not one letter of one value, wherever it stands; and the other library says the same."""
    every = changed(credential(GIVEN, OFFICE))
    assert len(every) > 30
    for what, other in every:
        with pytest.raises(BadBytes):
            read_credential(to_bytes(other))
        if what.startswith("credentialSubject"):
            with pytest.raises(SignatureInvalid):
                EddsaJcsProofSuite().verify(other, resolver=DidKeyResolver(), now=WHEN)


def test_what_is_added_breaks_it_too() -> None:
    document = credential(GIVEN, OFFICE)
    for more in ({"x": "y"}, {"evidence": []}, {"validUntil": "2099-01-01T00:00:00Z"}):
        with pytest.raises(BadBytes, match="bad-signature"):
            read_credential(to_bytes(document | more))
    with pytest.raises(BadBytes, match="not-signed"):
        read_credential(to_bytes({key: one for key, one in document.items() if key != "proof"}))
    with pytest.raises(BadBytes, match="not-signed"):
        read_credential(to_bytes(document | {"proof": [document["proof"], document["proof"]]}))


BAD = {
    b"": "not-a-credential",
    b"{": "not-a-credential",
    b"\xff\xfe": "not-a-credential",
    b"[]": "not-a-credential",
    b"null": "not-a-credential",
    b'{"@context": [], "@context": []}': "not-a-credential",
    b'{"@context": 1.5}': "not-a-credential",
    b'{"@context": NaN}': "not-a-credential",
    b'{"@context": "\\ud800"}': "not-a-credential",
    b"[" * 100_000: "not-a-credential",
    b'{"a":' * 40 + b"{}" + b"}" * 40: "not-a-credential",
    b'{"n": ' + b"9" * 5000 + b"}": "not-a-credential",
    b" " * (LIMIT + 1): "too-large",
    b'{"@context": ["x"], "proof": {"type": "Ed25519Signature2020"}}': "unknown-suite",
}


@pytest.mark.parametrize("raw", BAD, ids=[raw[:20].decode("latin-1") for raw in BAD])
def test_what_is_no_credential_says_so(raw: bytes) -> None:
    with pytest.raises(BadBytes) as wrong:
        read_credential(raw)
    assert wrong.value.reason == BAD[raw]


def test_a_did_key_is_what_others_make_of_the_same_key() -> None:
    """And has one spelling: leading ones, other prefixes and points of low order are refused."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = Ed25519PublicKey.from_public_bytes(OFFICE.vkey.pub)
    did = did_of(OFFICE.vkey.pub)
    assert did == did_key_from_pem(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    assert pub_of(did) == OFFICE.vkey.pub
    assert unbase58(base58(b"\0\0a\0")) == b"\0\0a\0"
    for bad in (
        did.replace("z6", "z16"),
        "did:key:z",
        "did:web:a",
        did + "l",
        did_of(bytes(32)),
        "did:key:z" + "2" * 999,
    ):
        with pytest.raises(BadBytes):
            pub_of(bad)


# ---- as a token ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("one", HOSTILE, ids=range(len(HOSTILE)))
def test_the_token_says_the_same_and_another_library_verifies_it(one: Given) -> None:
    """Under the did:key alone, without a network."""
    later = msgspec.structs.replace(one, at=1_700_000_000, made=1_700_000_000, until=None if one.until is None else FAR)
    raw = to_jwt(later, OFFICE)
    found = OB3Verifier.for_issuer_did(did_of(OFFICE.vkey.pub)).verify(raw.decode().strip())
    assert (found.id, found.achievement.name) == (f"urn:uuid:{one.id}", one.title)
    mine, document = read_jwt(raw), read_credential(to_bytes(credential(later, OFFICE)))
    assert msgspec.structs.replace(mine, sha256="") == msgspec.structs.replace(document, sha256="")
    assert looks_like_jwt(raw[:4096])


def test_no_claim_of_a_token_can_be_changed() -> None:
    """Nor any sign of it; and claims that were signed have to be those of the document."""
    raw = to_jwt(GIVEN, OFFICE).strip()
    for k in range(0, len(raw), 7):
        with pytest.raises(BadBytes):
            read_jwt(raw[:k] + (b"A" if raw[k : k + 1] != b"A" else b"B") + raw[k + 1 :])
    document = unsigned(GIVEN, did_of(OFFICE.vkey.pub))
    good = {"iss": did_of(OFFICE.vkey.pub), "jti": document["id"], "nbf": GIVEN.at, "exp": 1_826_927_999}
    assert read_jwt(token(document | good)).made == GIVEN.at
    wrong: list[dict[str, Any]] = [
        {"iss": "did:key:z"},
        {"jti": "urn:uuid:x"},
        {"nbf": 1},
        {"exp": 2**40},
        {"exp": "1"},
    ]
    for one in (*wrong, {"nbf": 1.5}, {"iat": 2**62}, {"iat": -(2**62)}):
        with pytest.raises(BadBytes):
            read_jwt(token(document | good | one))
    for head in ({"alg": "none"}, {"alg": "HS256"}, {"kid": "did:key:z6Mk#x"}, {"alg": None}):
        with pytest.raises(BadBytes):
            read_jwt(token(document | good, **head))
    for raw in (b"", b"a.b", b"a.b.c.d", b"\xff.\xff.\xff", b"e30.e30.e30", b"eyJ" * 900_000):
        with pytest.raises(BadBytes):
            read_jwt(raw)


def token(claims: dict[str, Any], **head: Any) -> bytes:
    did = did_of(OFFICE.vkey.pub)
    header = {"alg": "EdDSA", "kid": f"{did}#{did.removeprefix('did:key:')}"} | head
    signed = ".".join(b64u(json.dumps(one).encode()) for one in (header, claims))
    return f"{signed}.{b64u(OFFICE.sign(signed.encode()))}".encode()


# ---- the paper ---------------------------------------------------------------------------------------------------


def test_the_code_says_what_the_paper_says() -> None:
    note = certificate.certificate_note(GIVEN, "ab" * 32, DAY, OFFICE)
    text = certificate.qr_text(note)
    assert len(text) < 800 and certificate.of_qr(f" {text[:50].lower()}\n {text[50:]} ") == note
    found = certificate.read_certificate(note.decode().rpartition("\n\n")[0] + "\n")
    assert (found.name, found.program, found.until) == ("Zoë Álvarez", "press4@1.0.0", date(2027, 11, 22))
    nobody = certificate.certificate_note(given(name="", until=None), "ab" * 32, DAY, OFFICE)
    found = certificate.read_certificate(nobody.decode().rpartition("\n\n")[0] + "\n")
    assert (found.name, found.until) == ("", None)
    assert certificate.of_qr(certificate.qr_text(b"fieldkit-other/1\n")) is None


@pytest.mark.parametrize("line", ["id x", "sha256 00", "on 2026-13-01", "until tomorrow", "on 20261122"])
def test_a_code_with_a_wrong_line_is_none(line: str) -> None:
    note = certificate.certificate_note(GIVEN, "ab" * 32, DAY, OFFICE).decode().rpartition("\n\n")[0] + "\n"
    word = line.partition(" ")[0]
    text = "\n".join(line if one.startswith(f"{word} ") else one for one in note.split("\n"))
    with pytest.raises(BadBytes, match="bad-note"):
        certificate.read_certificate(text)


def test_a_pdf_is_read_back_and_no_byte_of_it_can_change() -> None:
    body = b'%PDF-1.7\n4 0 obj\n<</Type /EmbeddedFile /Length 13>>\nstream\n{"a": "b"}  \nendstream\nendobj\n%%EOF\n'
    pdf = certificate.sealed(body, GIVEN.id, OFFICE)
    assert certificate.attached(pdf) == b'{"a": "b"}  \n'[:13] and certificate.read_seal(pdf).id == GIVEN.id
    for k in range(len(body)):
        with pytest.raises(BadBytes, match=r"changed|no-seal"):
            certificate.read_seal(pdf[:k] + bytes([pdf[k] ^ 1]) + pdf[k + 1 :])
    for bad in (body, pdf + b"\n", pdf + b"%", pdf[:-9] + b"\n", b"", b"%fieldkit-pdf/1 "):
        with pytest.raises(BadBytes):
            certificate.read_seal(bad)


def test_what_is_in_a_pdf_is_one_file_and_not_too_large() -> None:
    def holding(*files: bytes, filter: bytes = b"") -> bytes:
        return b"%PDF-1.7\n" + b"".join(
            b"4 0 obj\n<<\n/Type /EmbeddedFile%s\n/Length %d\n>>\nstream\n%s\nendstream\nendobj\n" % (filter, len(x), x)
            for x in files
        )

    squeezed = zlib.compress(b'{"a": 1}')
    assert certificate.attached(holding(squeezed, filter=b" /Filter /FlateDecode")) == b'{"a": 1}'
    assert certificate.attached(holding(b"text", b"{}")) == b"{}"
    bomb = zlib.compress(b"{" + b" " * (LIMIT * 40))
    with pytest.raises(BadBytes, match="too-large"):
        certificate.attached(holding(bomb, filter=b" /Filter /FlateDecode"))
    for bad in (
        holding(),
        holding(b"{}", b"{}"),
        holding(b"\0\1", filter=b" /Filter /FlateDecode"),
        b"/Type /EmbeddedFile" * 99,
    ):
        with pytest.raises(BadBytes, match="no-credential"):
            certificate.attached(bad)
