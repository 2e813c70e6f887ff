"""TLS between two laptops that know each other's key by six words: a fresh certificate, its key's hash, both contexts.

No authority stands behind these certificates and no name in them is looked at: whoever connects compares the hash of
the public key (66 bits of it as six words) and speaks to nobody else. TLS 1.3 only, no resumption.
"""

from __future__ import annotations

import hashlib
import secrets
import ssl
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID

from fieldkit.errors import BadBytes
from fieldkit.log.keys import words_from

ALWAYS = datetime(2000, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
"""A laptop's clock may be wrong by years, and the key lives no longer than the listener."""


class Listening(msgspec.Struct, frozen=True):
    """What a listener shows with: its context, and the SHA-256 of its key's SubjectPublicKeyInfo."""

    context: ssl.SSLContext
    key_hash: bytes

    @property
    def words(self) -> str:
        """Six words, 66 bits of the hash."""
        return words_from(self.key_hash)


def listening() -> Listening:
    """A server's side with a key that was never used before and is gone with the process."""
    key = Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "fieldkit")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(ALWAYS[0])
        .not_valid_after(ALWAYS[1])
        .sign(key, None)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.num_tickets = 0
    # The ssl module takes a key from a file only. What lies there for a moment is sealed with a password that exists
    # in this function alone.
    password = secrets.token_bytes(32).hex().encode()
    sealed = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password),
    )
    with tempfile.TemporaryDirectory(prefix="fieldkit-") as folder:
        both = Path(folder) / "listener.pem"
        both.write_bytes(sealed + made.public_bytes(serialization.Encoding.PEM))
        context.load_cert_chain(both, password=password)
    return Listening(context, key_hash(made.public_bytes(serialization.Encoding.DER)))


def asking() -> ssl.SSLContext:
    """A client's side. It believes any certificate: compare `key_hash` before a byte is written."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def key_hash(certificate: bytes) -> bytes:
    """SHA-256 of the SubjectPublicKeyInfo of a certificate in DER. Raises BadBytes."""
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
        info = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    except Exception as wrong:  # the library raises many kinds for a stranger's bytes
        raise BadBytes("bad-certificate", "this is no certificate") from wrong
    return hashlib.sha256(info).digest()
