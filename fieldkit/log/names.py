"""Names and the small spellings around them: key names, origins, base64 (docs/log-format.md, Names and keys).

A name says what its key may be (`<org>/dev/<id>`, `<org>/central`, …) and is plain lower-case ASCII, so that no name
can look like another. Everything here has exactly one spelling.
"""

from __future__ import annotations

import binascii
import re

import msgspec

from fieldkit.errors import BadBytes

SIGNER = 1
COSIGNER = 4
HOME_ORG = "laptop.fieldkit"
"""The organisation of a laptop that does not know its own yet."""

ROLES = {"root": SIGNER, "central": COSIGNER, "office": SIGNER, "dev": SIGNER, "fac": SIGNER, "pub": SIGNER}
ROLES["witness"] = COSIGNER
"""What a name may say, and the type of key that goes with it."""

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ORG = re.compile(rf"{_LABEL}(?:\.{_LABEL})+\Z")
_NAME = re.compile(
    rf"(?P<org>{_LABEL}(?:\.{_LABEL})+)/(?:(?P<one>root|central|office)|(?P<many>dev|fac|pub|witness)/[a-z0-9]{{4,12}})\Z"
)
_ORIGIN = re.compile(
    r"(?P<device>[^\n]{1,300}/dev/[a-z0-9]{4,12})/(?P<seq>[0-9]{6,9})-(?P<tail>[0-9a-hjkmnp-tv-z]{8})\Z"
)
_ALIKE = str.maketrans("01i", "oll")
_ID_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
"""32 letters without i, l, o, u: five bits of entropy each, none to be misread."""


def is_org(text: str) -> bool:
    """Whether `text` may be an organisation: lower-case DNS labels with at least one dot."""
    return len(text) <= 253 and _ORG.match(text) is not None


def role_of(name: str) -> str:
    """`root`, `central`, `office`, `dev`, `fac`, `pub` or `witness`. Raises BadBytes("bad-name")."""
    match = _NAME.match(name)
    if match is None or len(match["org"]) > 253:
        raise BadBytes("bad-name", "a key name is <org>/root, <org>/central, <org>/office or <org>/dev/<id> and alike")
    return match["one"] or match["many"]


def org_of(name: str) -> str:
    """The organisation in a key name. Raises BadBytes("bad-name")."""
    role_of(name)
    return name.partition("/")[0]


def new_id(entropy: bytes, length: int = 12) -> str:
    """`length` letters out of fresh random bytes, one byte each."""
    if len(entropy) < length:
        raise ValueError("not enough entropy")
    return "".join(_ID_LETTERS[byte & 31] for byte in entropy[:length])


def device_name(entropy: bytes, org: str | None = None) -> str:
    """A device's name for ever: 12 random letters under its organisation, or under the home of the homeless."""
    return f"{org or HOME_ORG}/dev/{new_id(entropy)}"


def make_origin(device: str, seq: int, entropy: bytes) -> str:
    """The origin of a device's session number `seq` (from 1), with 8 random letters."""
    origin = f"{device}/{seq:06d}-{new_id(entropy, 8)}"
    split_origin(origin)
    return origin


class Origin(msgspec.Struct, frozen=True):
    """The three parts of an origin: device key name, session number, random tail."""

    device: str
    seq: int
    tail: str


def split_origin(origin: str) -> Origin:
    """The parts of an origin. Raises BadBytes("bad-origin")."""
    match = _ORIGIN.match(origin)
    if match is None or not origin.isascii() or f"{int(match['seq']):06d}" != match["seq"]:
        raise BadBytes("bad-origin", "an origin is <device>/<number>-<8 letters>")
    try:
        role_of(match["device"])
    except BadBytes:
        raise BadBytes("bad-origin", "an origin begins with the name of a device") from None
    return Origin(match["device"], int(match["seq"]), match["tail"])


def alike(one: str, other: str) -> bool:
    """Whether two different names can be taken for one another when they are read: 0 and o, 1 and i and l, rn and m."""
    return one != other and skeleton(one) == skeleton(other)


def skeleton(name: str) -> str:
    """What is left of a name when signs that look alike are made one; for comparing only."""
    return name.translate(_ALIKE).replace("rn", "m").replace("vv", "w")


# ---- base64 as in notes --------------------------------------------------------------------------------------


def b64(raw: bytes) -> str:
    """Standard base64 with padding."""
    return binascii.b2a_base64(raw, newline=False).decode("ascii")


def unb64(text: str) -> bytes:
    """The bytes of standard base64 in its one spelling. Raises BadBytes("bad-base64")."""
    try:
        raw = binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except ValueError:
        raise BadBytes("bad-base64", "no base64") from None
    if b64(raw) != text:
        raise BadBytes("bad-base64", "another spelling than the one base64 has")
    return raw
