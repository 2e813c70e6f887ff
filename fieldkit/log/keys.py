"""Keys and key files: who may have signed something (docs/log-format.md, Names and keys).

Ed25519 throughout, in the key format of C2SP signed-note: type 01 signs notes, type 04 cosigns checkpoints. Public
keys come from strangers: those of low order (anybody can sign for them) and those with a second spelling are refused
before they reach the library, which would take them.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from fieldkit.errors import BadBytes, DamagedData, FieldkitError, NotPossible
from fieldkit.log.files import write_durable
from fieldkit.log.names import COSIGNER, ROLES, SIGNER, b64, org_of, role_of, unb64

_P = 2**255 - 19
_D = -121665 * pow(121666, _P - 2, _P) % _P
_AGE = b"age-encryption.org/v1\n"


# ---- public keys ---------------------------------------------------------------------------------------------


def check_point(pub: bytes) -> None:
    """Refuse a public key that is not 32 bytes, not canonical, not on the curve or of low order. Raises BadBytes.

    Low order: 8·A is the neutral element, so one signature would verify for many messages (RFC 8032 §8.4 and the
    Wycheproof notes); libraries differ on them, we do not wait to see which.
    """
    if len(pub) != 32:
        raise BadBytes("bad-key-length", f"a public key is 32 bytes, not {len(pub)}")
    raw = int.from_bytes(pub, "little")
    sign, y = raw >> 255, raw & (2**255 - 1)
    if y >= _P:
        raise BadBytes("not-canonical-key", "the public key has a second spelling")
    # x² = top / bottom. A quotient is a square when the product is, which saves inverting.
    top, bottom = (y * y - 1) % _P, (_D * y * y + 1) % _P
    if top == 0 and sign:
        raise BadBytes("not-canonical-key", "the public key has a second spelling")
    # Orders 1 and 2 have x = 0, order 4 has y = 0; order 8 doubles to y = 0, which means x² = -y².
    if top == 0 or y == 0 or (top + y * y * bottom) % _P == 0:
        raise BadBytes("low-order-key", "the public key is of low order: anybody could sign for it")
    if pow(top * bottom, (_P - 1) // 2, _P) != 1:
        raise BadBytes("not-a-key", "the public key is no point of the curve")


class VKey(msgspec.Struct, frozen=True):
    """A public key and its name. Made by `parse` or from a Signer; the constructor itself does not check."""

    name: str
    type: int
    pub: bytes

    @property
    def digest(self) -> bytes:
        """SHA-256(name ‖ 0x0A ‖ type ‖ pub): the key id and the six words are its beginning."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.pub).digest()

    @property
    def keyid(self) -> bytes:
        """The four bytes that stand before a signature."""
        return self.digest[:4]

    @property
    def role(self) -> str:
        return role_of(self.name)

    @property
    def org(self) -> str:
        return org_of(self.name)

    def __str__(self) -> str:
        return f"{self.name}+{self.keyid.hex()}+{b64(bytes([self.type]) + self.pub)}"

    @classmethod
    def parse(cls, text: str) -> VKey:
        """The key of a vkey text, in its one spelling. Raises BadBytes.

        Split at the first two `+` only: base64 has plus signs of its own.
        """
        parts = text.split("+", 2) if len(text) <= 1024 else []
        if len(parts) != 3:
            raise BadBytes("bad-vkey", "a key is written name+keyid+base64")
        name, keyid, body = parts
        role = role_of(name)
        raw = unb64(body)
        if not raw or raw[0] not in (SIGNER, COSIGNER):
            raise BadBytes("bad-key-type", "only Ed25519 keys of type 01 and 04 are known")
        if raw[0] != ROLES[role]:
            raise BadBytes("bad-key-type", f"a key named {role} is of type {ROLES[role]:02x}")
        check_point(raw[1:])
        key = cls(name, raw[0], raw[1:])
        if keyid != key.keyid.hex():
            raise BadBytes("bad-keyid", "the key id does not belong to name and key")
        return key

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Whether `signature` (64 bytes) is this key's over `message`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.pub).verify(signature, message)
        except InvalidSignature:
            return False
        return True


# ---- words ---------------------------------------------------------------------------------------------------


@cache
def words() -> tuple[str, ...]:
    """The 2048 words, eleven bits each, told apart by their first four letters."""
    text = Path(__file__).with_name("words.txt").read_text("ascii")
    return tuple(text.split())


def words_from(bits: bytes) -> str:
    """Six words, single spaces, out of the first 66 bits of at least 9 bytes."""
    if len(bits) < 9:
        raise ValueError("six words take 66 bits")
    number = int.from_bytes(bits[:9], "big") >> 6
    table = words()
    return " ".join(table[number >> shift & 2047] for shift in range(55, -1, -11))


def six_words(key: VKey) -> str:
    """The words two people compare by voice: 66 bits of the hash of name, type and key."""
    return words_from(key.digest)


def plain_words(typed: str) -> str:
    """Words as somebody typed them, in any case and with any signs between them (the list has letters only), as they
    are compared: lower case, single spaces."""
    return " ".join(re.findall(r"[^\W\d_]+", typed.lower()))


def same_words(typed: str, key: VKey) -> bool:
    """Whether words as somebody typed them are those of this key."""
    return plain_words(typed) == six_words(key)


# ---- private keys --------------------------------------------------------------------------------------------


class Signer:
    """A private key and its name."""

    __slots__ = ("_key", "_seed", "vkey")

    def __init__(self, name: str, seed: bytes, type: int | None = None) -> None:
        """`seed`: 32 bytes. `type` is the one the name asks for."""
        wanted = ROLES[role_of(name)]
        if type not in (None, wanted):
            raise BadBytes("bad-key-type", f"{name} is of type {wanted:02x}")
        if len(seed) != 32:
            raise BadBytes("bad-key-length", "a seed is 32 bytes")
        self._seed = seed
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.vkey = VKey(name, wanted, self._key.public_key().public_bytes_raw())

    @classmethod
    def generate(cls, name: str) -> Signer:
        """A fresh key from the operating system's randomness."""
        return cls(name, Ed25519PrivateKey.generate().private_bytes_raw())

    @property
    def name(self) -> str:
        return self.vkey.name

    def __repr__(self) -> str:
        return f"<Signer {self.name}>"  # a seed must not reach a traceback or a log

    def sign(self, message: bytes) -> bytes:
        """64 bytes over exactly these bytes; what they mean is log.note's business."""
        return self._key.sign(message)

    def unsealed(self, raw: bytes) -> bytes:
        """Open what `seal_to` made for this key. Raises BadBytes: `sealed` (to another key), `seal-damaged`."""
        import pyrage  # type: ignore[import-untyped]  # late: most commands never open anything
        from cryptography.hazmat.primitives import serialization as form

        pem = self._key.private_bytes(form.Encoding.PEM, form.PrivateFormat.OpenSSH, form.NoEncryption())
        try:
            return bytes(pyrage.decrypt(raw, [pyrage.ssh.Identity.from_buffer(pem)]))
        except pyrage.DecryptError as wrong:
            # The library has no codes; its one sentence for "none of these" is the only thing to go by.
            if "No matching keys" in str(wrong):
                raise BadBytes("sealed", "it is sealed to another key") from None
            raise BadBytes("seal-damaged", "it was changed or cut after it was sealed") from None

    def to_bytes(self) -> bytes:
        """The key file in the clear."""
        return f"fieldkit-key/1\nname {self.name}\nseed {b64(self._seed)}\n".encode("ascii")

    @classmethod
    def from_bytes(cls, raw: bytes) -> Signer:
        """Read a key file in the clear. Raises BadBytes."""
        try:
            head, name, seed, end = raw.decode("ascii").split("\n")
        except ValueError:
            raise BadBytes("not-a-key-file", "no key file") from None
        if head != "fieldkit-key/1" or not name.startswith("name ") or not seed.startswith("seed ") or end:
            raise BadBytes("not-a-key-file", "no key file")
        return cls(name[5:], unb64(seed[5:]))

    def save(
        self, path: Path, passphrase: str | None = None, seal: Callable[[bytes, str], bytes] | None = None
    ) -> None:
        """Write the key file, mode 0600; sealed with age-scrypt when there is a passphrase (`seal`: another way to).

        Never over an existing file: a lost key cannot be made again. Raises FieldkitError.
        """
        if path.exists():
            raise NotPossible(
                f"There is already a key in {path.name}.", "Choose another name, or move that key away first."
            )
        raw = self.to_bytes()
        write_durable(path, (seal or _seal)(raw, passphrase) if passphrase is not None else raw)

    @classmethod
    def load(
        cls, path: Path, passphrase: str | None = None, unseal: Callable[[bytes, str], bytes] | None = None
    ) -> Signer:
        """Read a key file, opening it with `passphrase` when it is sealed (`unseal`: another way to).

        Raises FieldkitError: missing or unreadable, DamagedData: no key file, NotPossible: passphrase absent or wrong.
        """
        try:
            with path.open("rb") as file:
                raw = file.read(65537)  # never more: a device has no size and no end
            raw = raw if len(raw) <= 65536 else b""
        except OSError as wrong:
            raise FieldkitError(
                f"The key {path.name} could not be read: {wrong.strerror or 'the disk refused'}.",
                "Check that the file is there and belongs to you.",
            ) from wrong
        try:
            if is_sealed(raw):
                if passphrase is None:
                    raise NotPossible(f"The key {path.name} is sealed.", "Give its passphrase.")
                raw = (unseal or _unseal)(raw, passphrase)
            return cls.from_bytes(raw)
        except BadBytes as wrong:
            raise DamagedData(f"{path.name} is no key file.", "Restore it from a backup.") from wrong


def reseal(path: Path, signer: Signer, passphrase: str | None) -> None:
    """Write the key that `path` holds again behind another passphrase (None: behind none), at once or not at all.

    What was sealed is opened before it takes the place of the file, whose time stays: it says when the key was made.
    Raises NotPossible for an empty passphrase, FieldkitError when the disk refuses.
    """
    raw = signer.to_bytes()
    made = _seal(raw, passphrase) if passphrase is not None else raw
    if passphrase is not None:
        Signer.from_bytes(_unseal(made, passphrase))
    before = path.stat()
    write_durable(path, made)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def is_sealed(raw: bytes) -> bool:
    """Whether a key file is encrypted with a passphrase."""
    return raw.startswith(_AGE)


def seal(raw: bytes, passphrase: str) -> bytes:
    """age-scrypt over `raw`; takes about a second on purpose. An empty passphrase is refused."""
    if not passphrase:
        raise NotPossible("The passphrase is empty.", "Type one, or say plainly that there shall be none.")
    import pyrage  # late: most commands never meet a sealed key

    return bytes(pyrage.passphrase.encrypt(raw, passphrase))


class TooBusy(NotPossible):
    """age measures how fast this machine is at that moment, and refuses a file that was sealed on a much faster one."""

    def __init__(self) -> None:
        super().__init__("This computer is too busy to open the key now.", "Close other programs and try again.")


MEASURES = 60
"""So often age may measure the machine, some ms each, before it counts as too busy: a right passphrase must not be
called wrong because something else ran at that moment."""


def unseal(raw: bytes, passphrase: str) -> bytes:
    """Open what `seal` made. Raises NotPossible when the passphrase is wrong, TooBusy when it could not be tried,
    BadBytes when the file is no age file."""
    import pyrage

    for _ in range(MEASURES):
        try:
            return bytes(pyrage.passphrase.decrypt(raw, passphrase))
        except pyrage.DecryptError as wrong:
            if "xcessive work" not in str(wrong):
                raise NotPossible(
                    "The passphrase does not open the key.", "Check capitals and spaces, and try again."
                ) from wrong
    raise TooBusy


_seal, _unseal = seal, unseal

# ---- to one key ----------------------------------------------------------------------------------------------


def seal_to(key: VKey, raw: bytes) -> bytes:
    """age over `raw` that only the holder of this signing key opens: age's ssh-ed25519 recipient, which takes the key
    to Curve25519 under a label of its own, so that neither use can be turned into the other."""
    import pyrage

    parts = (b"ssh-ed25519", key.pub)
    wire = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return bytes(pyrage.encrypt(raw, [pyrage.ssh.Recipient.from_str(f"ssh-ed25519 {b64(wire)}")]))


# ---- age identities ------------------------------------------------------------------------------------------


def new_identity() -> tuple[str, str]:
    """A fresh age X25519 identity: (secret text `AGE-SECRET-KEY-1…`, recipient `age1…`)."""
    from pyrage import x25519  # late, as above

    identity = x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def recipient_of(secret: str) -> str:
    """The recipient (`age1…`) of an identity (`AGE-SECRET-KEY-1…`)."""
    from pyrage import x25519

    return str(x25519.Identity.from_str(secret).to_public())
