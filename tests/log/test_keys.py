"""Names, public keys, words and key files."""

from __future__ import annotations

import asyncio
import json
import os
import re
import stat
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldkit.errors import BadBytes, DamagedData, FieldkitError, NotPossible
from fieldkit.log import apart, facilitators
from fieldkit.log.keys import (
    Signer,
    TooBusy,
    VKey,
    check_point,
    is_sealed,
    same_words,
    seal,
    six_words,
    unseal,
    words,
    words_from,
)
from fieldkit.log.names import (
    HOME_ORG,
    ROLES,
    b64,
    device_name,
    is_org,
    make_origin,
    new_id,
    org_of,
    role_of,
    split_origin,
    unb64,
)
from tests.log.given import CENTRAL, DEVICE, FACILITATOR, ORIGIN, ROOT, signer

P = 2**255 - 19


def refused(text: str) -> str:
    with pytest.raises(BadBytes) as caught:
        VKey.parse(text)
    return caught.value.reason


# ---- names ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("ld.acme.example/root", "root"),
        ("ld.acme.example/central", "central"),
        ("a.b/office", "office"),
        ("laptop.fieldkit/dev/0123456789ab", "dev"),
        ("a.b/fac/9k3m", "fac"),
        ("a-b.c-d/pub/aaaa", "pub"),
        ("a.b/witness/works", "witness"),
    ],
)
def test_a_name_says_its_role_and_organisation(name: str, role: str) -> None:
    assert role_of(name) == role
    assert org_of(name) == name.split("/")[0]


@pytest.mark.parametrize(
    "name",
    [
        "", "root", "/root", "acme/root", "a..b/root", ".a.b/root", "a.b./root", "-a.b/root", "a-.b/root", "A.b/root",
        "a.b/Root", "a.b/root/", "a.b/root/aaaa", "a.b/dev", "a.b/dev/", "a.b/dev/abc", "a.b/dev/" + "a" * 13,
        "a.b/dev/ABCD", "a.b/dev/ab-d", "a.b/dev/abcd\n", "a.b/dev/аbcd", "a.b/dev/abcd/x", "a.b/admin", "a b.c/root",
        "ａ.b/root", "a.b/root+1", "a" * 64 + ".b/root", ".".join(["a" * 60] * 5) + "/root", "a.b\u200b/root",
    ],
)  # fmt: skip
def test_names_that_look_alike_or_are_misspelt_are_no_names(name: str) -> None:
    with pytest.raises(BadBytes, match="bad-name"):
        role_of(name)


def test_an_organisation_is_written_like_a_domain() -> None:
    assert is_org("ld.acme.example") and is_org(HOME_ORG)
    for text in ("acme", "Acme.example", "acme..example", "acme.example\n", "acme.example/root", ".".join(["a"] * 200)):
        assert not is_org(text)


def test_ids_come_from_the_bytes_they_are_given() -> None:
    assert new_id(bytes(range(12))) == "0123456789ab"
    assert role_of(device_name(os.urandom(12), "ld.acme.example")) == "dev"
    with pytest.raises(ValueError, match="entropy"):
        new_id(b"short")


def test_an_origin_falls_into_its_parts_and_has_one_spelling() -> None:
    origin = split_origin(ORIGIN)
    assert (origin.device, origin.seq, origin.tail) == ("ld.acme.example/dev/7q2k", 17, "k3m9w2p4")
    made = make_origin("a.b/dev/abcd", 1234567, os.urandom(8))
    assert split_origin(made).seq == 1234567
    for text in (
        "",
        ORIGIN + "\n",
        ORIGIN.replace("000017", "17"),
        ORIGIN.replace("000017", "0000017"),
        ORIGIN.replace("k3m9", "l3m9"),
        ORIGIN.replace("k3m9", "K3M9"),
        ORIGIN.replace("dev", "fac"),
        ORIGIN.replace("acme", "аcme"),
        ORIGIN.replace("000017", "٠٠٠٠١٧"),
        "x" * 400 + ORIGIN,
        "fieldkit-trust/1",
    ):
        with pytest.raises(BadBytes, match="bad-origin"):
            split_origin(text)


@pytest.mark.parametrize("text", ["A", "AA", "AA=", "AB==", "AA==\n", "A A=", "AA==AA==", "_w==", "é", "===="])
def test_base64_has_one_spelling(text: str) -> None:
    with pytest.raises(BadBytes, match="bad-base64"):
        unb64(text)


# ---- public keys ---------------------------------------------------------------------------------------------


def test_vkeys_of_the_worked_example_read_and_print_the_same() -> None:
    lines = [
        "ld.acme.example/root+c25c7880+Ae23ygUVrYVVVPFw6ODQYXb8vhIEw1HSGKs0EUaqnNb7",
        "ld.acme.example/central+ce025969+BK/8UKg7otzKoQpW8gAl/QhovJ929u3FBBXf9JyfavHS",
        "ld.acme.example/dev/7q2k+8d9aa389+AW9E4hQreedCexdPluUfayLr9km9aGQiDlZLuZeJRDYz",
        "ld.acme.example/fac/9k3m+db83764a+AcMxI84L5+XBk/yzmuT7l2H1xbUEOQuurRVsrp6gNIp3",
    ]
    for text, one in zip(lines, (ROOT, CENTRAL, DEVICE, FACILITATOR), strict=True):
        assert VKey.parse(text) == one.vkey
        assert str(one.vkey) == text


def test_a_plus_sign_in_base64_does_not_split_a_vkey() -> None:
    for n in range(200):
        one = signer("a.b/dev/plus", str(n)).vkey
        if "+" in b64(one.pub):
            assert VKey.parse(str(one)) == one
            return
    pytest.fail("no key with a plus sign")


def test_vkeys_have_one_spelling() -> None:
    text = str(DEVICE.vkey)
    name, keyid, body = text.split("+", 2)
    assert refused("") == refused(name) == refused("x" * 5000) == "bad-vkey"
    assert refused(f"{name}+{keyid.upper()}+{body}") == "bad-keyid"
    assert refused(f"{name}+00000000+{body}") == "bad-keyid"
    assert refused(f"{name}+{keyid}+{body}\n") == "bad-base64"
    assert refused(f"{name}+{keyid}+{body}=") == "bad-base64"
    assert refused(f"{name}+{keyid}+") == "bad-key-type"
    assert refused(f"{name.replace('7q2k', '7q2l')}+{keyid}+{body}") == "bad-keyid"
    assert refused(text.replace("7q2k", "7Q2K")) == "bad-name"
    for length in (31, 33):
        raw = b"\x01" + b"\x09" * length
        assert refused(f"{name}+{keyid}+{b64(raw)}") == "bad-key-length"


@pytest.mark.parametrize("type_", [0, 2, 3, 4, 5, 6, 255])
def test_a_key_has_the_type_its_name_asks_for(type_: int) -> None:
    pub = DEVICE.vkey.pub
    assert refused(str(VKey("a.b/dev/abcd", type_, pub))) == "bad-key-type"
    assert refused(str(VKey("a.b/central", 1, pub))) == "bad-key-type"
    with pytest.raises(BadBytes, match="bad-key-type"):
        Signer("a.b/central", bytes(32), 1)
    assert Signer("a.b/witness/works", bytes(32)).vkey.type == 4


def _edwards_add(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    d = -121665 * pow(121666, P - 2, P) % P
    (x1, y1), (x2, y2) = a, b
    t = d * x1 * x2 * y1 * y2
    return (x1 * y2 + x2 * y1) * pow(1 + t, P - 2, P) % P, (y1 * y2 + x1 * x2) * pow(1 - t, P - 2, P) % P


def _low_order_points() -> set[bytes]:
    """All eight, by doubling up from a point of order 8 (RFC 7748 and Curve25519's list give the same y values)."""
    y = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
    d = -121665 * pow(121666, P - 2, P) % P
    square = (y * y - 1) * pow(d * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    assert x * x % P == square
    at, out = (x, y), set()
    for _ in range(8):
        out.add((at[1] | (at[0] & 1) << 255).to_bytes(32, "little"))
        at = _edwards_add(at, (x, y))
    assert len(out) == 8
    return out


def test_the_eight_points_of_low_order_are_refused() -> None:
    for pub in _low_order_points():
        with pytest.raises(BadBytes, match="low-order-key"):
            check_point(pub)
        assert refused(str(VKey("a.b/dev/abcd", 1, pub))) == "low-order-key"


def test_second_spellings_and_other_bytes_are_no_public_keys() -> None:
    for y in (P, P + 1, 2**255 - 1, P + 3):
        for sign in (0, 1):
            with pytest.raises(BadBytes, match="not-canonical-key"):
                check_point((y | sign << 255).to_bytes(32, "little"))
    for y in (1, P - 1):  # x = 0 has no sign
        with pytest.raises(BadBytes, match="not-canonical-key"):
            check_point((y | 1 << 255).to_bytes(32, "little"))
    with pytest.raises(BadBytes, match="not-a-key"):
        check_point((2).to_bytes(32, "little"))


@given(st.binary(min_size=32, max_size=32))
def test_every_honest_key_passes(seed: bytes) -> None:
    check_point(Signer("a.b/dev/abcd", seed).vkey.pub)


def test_signatures_verify_as_wycheproof_says() -> None:
    path = Path(__file__).parents[1] / "vectors" / "wycheproof-ed25519.json"
    groups = json.loads(path.read_text())["testGroups"]
    count = 0
    for group in groups:
        key = VKey("a.b/dev/abcd", 1, bytes.fromhex(group["publicKey"]["pk"]))
        check_point(key.pub)
        for case in group["tests"]:
            good = key.verify(bytes.fromhex(case["sig"]), bytes.fromhex(case["msg"]))
            assert good == (case["result"] == "valid"), case["comment"]
            count += 1
    assert count >= 150


# ---- words ---------------------------------------------------------------------------------------------------


def test_the_words_are_short_distinct_and_told_apart_by_four_letters() -> None:
    table = words()
    assert len(table) == len(set(table)) == 2048
    assert all(word.isascii() and word.isalpha() and word.islower() and 3 <= len(word) <= 8 for word in table)
    assert len({word[:4] for word in table}) == 2048
    assert list(table) == sorted(table)
    known = set(table)
    for word in table:  # nor does one letter too few lead from one to another
        assert not any(word[:at] + word[at + 1 :] in known for at in range(len(word)))


def test_six_words_are_66_bits_of_the_key_hash() -> None:
    table = words()
    number = 0
    for word in six_words(DEVICE.vkey).split(" "):
        number = number << 11 | table.index(word)
    assert number == int.from_bytes(DEVICE.vkey.digest, "big") >> 256 - 66
    assert six_words(DEVICE.vkey) == "logo sari soft inn outside educate"
    assert same_words("  Logo SARI soft\tinn outside educate ", DEVICE.vkey)
    assert same_words("“logo, sari, soft - inn; outside/educate.”", DEVICE.vkey)
    assert not same_words("logo sari soft inn outside", DEVICE.vkey)
    assert not same_words("logosari soft inn outside educate", DEVICE.vkey)
    assert not same_words("logo ѕari soft inn outside educate", DEVICE.vkey)  # a Cyrillic sign
    assert not same_words(six_words(ROOT.vkey), DEVICE.vkey)
    assert words_from(bytes(9)) == " ".join([table[0]] * 6)
    assert words_from(b"\xff" * 9) == " ".join([table[2047]] * 6)
    with pytest.raises(ValueError, match="66 bits"):
        words_from(bytes(8))


# ---- key files -----------------------------------------------------------------------------------------------


def test_a_device_key_is_a_plain_file_that_only_its_owner_reads(tmp_path: Path) -> None:
    path = tmp_path / "device.key"
    one = Signer.generate("a.b/dev/abcd")
    one.save(path)
    assert Signer.load(path).vkey == one.vkey
    assert path.read_text().startswith("fieldkit-key/1\nname a.b/dev/abcd\nseed ")
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(NotPossible):
        Signer.generate("a.b/dev/abcd").save(path)
    assert Signer.load(path).vkey == one.vkey


def test_a_sealed_key_opens_with_its_passphrase_only(tmp_path: Path) -> None:
    path = tmp_path / "root.key"
    one = Signer.generate("a.b/root")
    one.save(path, "correct horse")
    raw = path.read_bytes()
    assert is_sealed(raw) and b"seed" not in raw
    assert Signer.load(path, "correct horse").vkey == one.vkey
    for passphrase in (None, "wrong"):
        with pytest.raises(NotPossible) as caught:
            Signer.load(path, passphrase)
        assert caught.value.hint
    with pytest.raises(NotPossible):
        one.save(tmp_path / "other.key", "")


def test_damaged_key_files_are_told_from_missing_ones(tmp_path: Path) -> None:
    with pytest.raises(FieldkitError) as caught:
        Signer.load(tmp_path / "none.key")
    assert caught.value.exit_code == 3
    good = Signer("a.b/dev/abcd", bytes(32)).to_bytes()
    for raw in (b"", b"x", good[:-1], good + b"\n", good.replace(b"dev", b"DEV"), b"\xff" * 99, b"x" * 70_000):
        (tmp_path / "bad.key").write_bytes(raw)
        with pytest.raises(DamagedData):
            Signer.load(tmp_path / "bad.key")
    with pytest.raises(DamagedData):
        Signer.load(Path("/dev/zero"))  # it has no size and no end


def test_a_seed_does_not_leak_by_printing() -> None:
    assert b64(bytes(32)) not in repr(Signer("a.b/dev/abcd", bytes(32)))
    assert set(ROLES) == {"root", "central", "office", "dev", "fac", "pub", "witness"}


async def test_a_key_is_opened_beside_a_loop_that_goes_on(tmp_path: Path) -> None:
    """scrypt keeps the interpreter's lock for seconds; phones must not wait. A wrong passphrase is a sentence."""
    (tmp_path / "keys").mkdir()
    gaps, last = [0.0], time.perf_counter()

    async def tick() -> None:
        nonlocal last
        while True:
            await asyncio.sleep(0.01)
            now = time.perf_counter()
            gaps.append(now - last)
            last = now

    ticking = asyncio.create_task(tick())
    try:
        made = await asyncio.to_thread(facilitators.make, tmp_path, "ld.acme.example", "9k3m", "right words")
        signer = await asyncio.to_thread(facilitators.unlock, tmp_path, "9k3m", "right words")
        with pytest.raises(NotPossible, match="does not open the key"):
            await asyncio.to_thread(facilitators.unlock, tmp_path, "9k3m", "other words")
    finally:
        ticking.cancel()
    assert signer.vkey == made.vkey and made.sealed
    took = sum(gaps)
    assert max(gaps) < took / 4, f"the loop stood still for {max(gaps):.2f} of {took:.2f} s"


def test_a_key_that_cannot_be_tried_now_is_not_called_wrong() -> None:
    """age refuses by how fast the machine seems at that moment; here it is a demand that no machine takes."""
    hard = re.sub(rb"(-> scrypt \S+) \d+", rb"\1 40", seal(b"AGE", "korrekt"))
    for opens in (unseal, apart.unseal):
        with pytest.raises(TooBusy, match="too busy"):
            opens(hard, "korrekt")
