"""Published public keys that must be refused wherever a key is read, with the reason; and why it matters.

Sources in tests/vectors/README.md. Keys of mixed order are taken: they have one spelling, and nobody can sign for them
without the private half.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from fieldkit.errors import BadBytes
from fieldkit.log.keys import VKey, check_point
from fieldkit.log.names import ROLES
from fieldkit.log.note import fields_text, parse_day, sign_note
from fieldkit.log.trust import parse_enrol, parse_trust
from tests.cli.kit import fieldkit
from tests.log.given import DEVICE, ORG, VECTORS

KEYS = json.loads(VECTORS.joinpath("ed25519-public-keys.json").read_text("ascii"))
WEAK = [(key, "low-order-key") for key in KEYS["low_order"]]
WEAK += [(key, "not-canonical-key") for key in KEYS["non_canonical"]]
NAMES = {role: f"{ORG}/{role}" + ("/abcd" if role in ("dev", "fac", "pub", "witness") else "") for role in ROLES}


def reason(text: str) -> str:
    with pytest.raises(BadBytes) as caught:
        VKey.parse(text)
    return caught.value.reason


def test_there_are_as_many_as_were_published() -> None:
    """Eight points of low order; their six other spellings, and twenty of points that are not of low order."""
    assert (len(set(KEYS["low_order"])), len(set(KEYS["non_canonical"]))) == (8, 6 + 20)


@pytest.mark.parametrize(("key", "why"), WEAK)
def test_a_weak_public_key_is_refused_under_every_name(key: str, why: str) -> None:
    pub = bytes.fromhex(key)
    with pytest.raises(BadBytes, match=why):
        check_point(pub)
    for role, name in NAMES.items():
        assert reason(str(VKey(name, ROLES[role], pub))) == why


@pytest.mark.parametrize("key", [*KEYS["taken"], *KEYS["mixed_order"]])
def test_other_published_keys_are_read(key: str) -> None:
    check_point(bytes.fromhex(key))


def test_the_library_alone_would_believe_a_key_of_low_order() -> None:
    """Signatures that nobody needed a private key for: at least one of them verifies, so the check above is needed."""
    believed = 0
    for case in KEYS["forged"]:
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(case["key"])).verify(
                bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"])
            )
            believed += 1
        except InvalidSignature:
            continue
    assert believed


@pytest.mark.parametrize(("key", "why"), WEAK[:3] + WEAK[-3:])
def test_nor_is_one_listed_enrolled_or_typed(key: str, why: str) -> None:
    """In a trust list its line is void, an enrolment with it is refused, and --root says no."""
    pub = bytes.fromhex(key)
    line = f"device {VKey(NAMES['dev'], 1, pub)} from=2026-03-01 until=2027-03-01"
    head = f"fieldkit-trust/1\norg {ORG}\nversion 1\nissued 2026-03-01T00:00:00Z\nexpires 2026-06-01T00:00:00Z\n"
    trust = parse_trust(f"{head}{line}\n")
    assert trust.void == ((line, why),) and trust.keys == () and trust.expires > parse_day("2026-03-01")
    text = fields_text("enrol", [("device", str(VKey(NAMES["dev"], 1, pub))), ("made", "2026-11-20T09:00:00Z")])
    with pytest.raises(BadBytes, match=why):
        parse_enrol(sign_note(text, DEVICE))


def test_a_weak_root_is_no_root_on_the_command_line(tmp_path: Path) -> None:
    note = tmp_path / "trust.note"
    note.write_bytes(VECTORS.joinpath("worked", "trust.note").read_bytes())
    weak = str(VKey(NAMES["root"], 1, bytes.fromhex(KEYS["low_order"][0])))
    done = fieldkit("trust", "accept", str(note), "--root", weak, home=tmp_path / "home")
    assert done.code == 2 and "low-order-key" in done.talk
